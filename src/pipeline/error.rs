//! `PipelineError`: the errors of all stages of a run, each with its reason and a hint.

use crate::{
    guard::Warning, inputs::InputError, measure::MeasureError, progress::StopSignal, publish::PublishError,
    selection::TopicError, store::StoreError, text::bytes,
};

/// Why a run publishes nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The run cannot use its input.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The run would take more memory than its limit.
    #[error("stage `{stage}` would take about {} of memory; the limit is {}", bytes(*needed_bytes), bytes(*limit_bytes))]
    TooLarge {
        /// The stage that needs the most memory.
        stage: &'static str,
        /// The memory that the stage would need.
        needed_bytes: u64,
        /// The memory limit of the run.
        limit_bytes: u64,
    },
    /// Something looks broken beside the previous runs.
    #[error("a guard refused the run")]
    Guarded {
        /// What looks broken, the most suspicious first.
        warnings: Vec<Warning>,
    },
    /// The people of a topic or segment cannot be found.
    #[error(transparent)]
    Topic(Box<TopicError>),
    /// The measures cannot be computed.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// An equation that must hold does not hold: a fault of plaudit.
    #[error("{what}: {got} is not {expected}")]
    Broken {
        /// The equation that must hold.
        what: &'static str,
        /// The value found.
        got: String,
        /// The value expected.
        expected: String,
    },
    /// The operator stopped the run before anything was published.
    #[error("stopped by {} during stage `{stage}`", signal.name())]
    Stopped {
        /// The signal that asked for it.
        signal: StopSignal,
        /// The stage that ran.
        stage: String,
    },
    /// The files of the run cannot be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl From<TopicError> for PipelineError {
    fn from(cause: TopicError) -> Self {
        Self::Topic(cause.into())
    }
}

/// An error of the store before anything is written.
impl From<StoreError> for PipelineError {
    fn from(cause: StoreError) -> Self {
        Self::Publish(cause.into())
    }
}

impl PipelineError {
    /// Details of the failure, shown below its first line.
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Input(error) => error.why(),
            Self::Topic(error) => error.why(),
            Self::TooLarge { .. } => {
                Some("the limit is `[run] memory_limit`, or the machine's memory".to_owned())
            }
            Self::Guarded { warnings } => {
                Some(warnings.iter().map(|warning| warning.text.as_str()).collect::<Vec<_>>().join("; "))
            }
            Self::Stopped { .. } => {
                Some("nothing was published; the store has the runs that it had before".to_owned())
            }
            Self::Measure(_) | Self::Broken { .. } | Self::Publish(_) => None,
        }
    }

    /// Whether the run is refused because of its input.
    pub(super) fn is_of_input(&self) -> bool {
        match self {
            Self::Input(_) | Self::TooLarge { .. } | Self::Guarded { .. } | Self::Topic(_) => true,
            Self::Measure(cause) => matches!(cause, MeasureError::NothingToLearn { .. }),
            Self::Broken { .. } | Self::Stopped { .. } | Self::Publish(_) => false,
        }
    }

    /// How to fix it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Input(error) => return error.hint(),
            Self::Topic(error) => return Some(error.hint()),
            Self::Guarded { .. } => {
                "`refused/` in the store has the details; if the change is meant, publish with `--force`, or allow more in \
                 `[guard]`"
            }
            Self::Measure(error) => error.hint(),
            Self::TooLarge { .. } => {
                "use a shorter `[run] window`, fewer `[reach] registers`, a larger `memory_limit`, or a larger machine"
            }
            Self::Stopped { .. } => "start the run again",
            Self::Broken { .. } => {
                "this is a fault of plaudit; please report it with the manifest of the last good run"
            }
            Self::Publish(PublishError::Store(error)) => return error.hint(),
            Self::Publish(_) => {
                "check that the folder of the run store is writable and its disk has free space; the last good \
                 run is untouched"
            }
        };
        Some(hint.to_owned())
    }
}
