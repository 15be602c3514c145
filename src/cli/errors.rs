//! Turns the errors of all modules into command line errors: with an exit code, the causes and a hint.

use std::{
    error::Error,
    io::{self, ErrorKind},
    iter,
};

use super::exit::{CliError, EXIT_BUG, EXIT_INPUT, EXIT_LOCKED, EXIT_REFUSED, EXIT_STOPPED, EXIT_UNWRITABLE};
use crate::{
    analysis::AnalysisError,
    campaign::CampaignError,
    config::ConfigError,
    edge_list::EdgeListError,
    event::EventError,
    pipeline::{InputError, MeasureError, PipelineError, PublishError},
    report::ReportError,
    selection::SelectionError,
    store::StoreError,
};

/// The error of a module, with those of its causes that its text does not mention.
fn with_causes(code: u8, error: &(dyn Error + 'static)) -> CliError {
    let text = error.to_string();
    let chain = iter::successors(error.source(), |&cause: &&(dyn Error + 'static)| cause.source());
    let causes = chain.map(ToString::to_string).filter(|cause| !text.contains(cause.as_str()));
    let code = if has_kind(error, is_full) { EXIT_UNWRITABLE } else { code };
    causes.fold(CliError::of_module(code, error), CliError::because)
}

/// The exit code of a write that failed because of `error`.
pub(super) fn code_of_write(error: &(dyn Error + 'static)) -> u8 {
    let is_unwritable = |kind| is_full(kind) || kind == ErrorKind::PermissionDenied;
    if has_kind(error, is_unwritable) { EXIT_UNWRITABLE } else { EXIT_INPUT }
}

/// Whether more room would help, or another disk. Only writes fail like this.
fn is_full(kind: ErrorKind) -> bool {
    use ErrorKind::{FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(kind, StorageFull | QuotaExceeded | ReadOnlyFilesystem | FileTooLarge)
}

/// Whether `error`, or one of its causes, is an error of the system of such a kind.
fn has_kind(error: &(dyn Error + 'static), is_wanted: impl Fn(ErrorKind) -> bool) -> bool {
    let mut chain = iter::successors(Some(error), |&cause| cause.source());
    chain.any(|cause| match cause.downcast_ref() {
        // Its text includes the cause, which is no source.
        Some(StoreError::Io { cause, .. } | StoreError::Write { cause }) => is_wanted(system_kind(cause)),
        _ => cause.downcast_ref().is_some_and(|cause| is_wanted(system_kind(cause))),
    })
}

/// The kind of an error of the system; the CSV writer wraps it without giving it as a source.
pub(super) fn system_kind(error: &io::Error) -> ErrorKind {
    let wrapped = error.get_ref().and_then(|inner| inner.downcast_ref::<csv::Error>());
    match wrapped.map(csv::Error::kind) {
        Some(csv::ErrorKind::Io(inner)) => inner.kind(),
        _ => error.kind(),
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        Self::of_module(EXIT_INPUT, &error).hint(error.hint())
    }
}

impl From<EventError> for CliError {
    fn from(error: EventError) -> Self {
        with_causes(EXIT_INPUT, &error).maybe_hint(error.hint())
    }
}

impl From<EdgeListError> for CliError {
    fn from(error: EdgeListError) -> Self {
        let hint = match error {
            EdgeListError::TooLittleMemory { .. } => {
                Some("raise `--memory-limit`, or use fewer edges".to_owned())
            }
            EdgeListError::UnreadableNodeWeights { .. } => Some(
                "`--teleport` needs a readable plain text file with one `node weight` per line".to_owned(),
            ),
            _ => error.hint(),
        };
        with_causes(EXIT_INPUT, &error).maybe_hint(hint)
    }
}

impl From<PipelineError> for CliError {
    fn from(error: PipelineError) -> Self {
        if let PipelineError::Publish(PublishError::Store(error)) = error {
            return error.into();
        }
        let code = match &error {
            PipelineError::TooLarge { .. }
            | PipelineError::Guarded { .. }
            | PipelineError::Input(
                InputError::NoEvents { .. }
                | InputError::NoCustomers { .. }
                | InputError::TooManyBadRows { .. }
                | InputError::NewConsentWords { .. }
                | InputError::OptOutColumn { .. }
                | InputError::SharedWords { .. }
                | InputError::NothingLinked
                | InputError::NothingUsed { .. },
            )
            | PipelineError::Measure(MeasureError::NothingToLearn { .. }) => EXIT_REFUSED,
            PipelineError::Broken { .. } => EXIT_BUG,
            PipelineError::Stopped { .. } => EXIT_STOPPED,
            PipelineError::Publish(_) => code_of_write(&error),
            _ => EXIT_INPUT,
        };
        let shown = with_causes(code, &error);
        let shown = if code == EXIT_BUG { shown.into_bug() } else { shown }.maybe_hint(error.hint());
        match error.why() {
            Some(why) => shown.why(why),
            None => shown,
        }
    }
}

impl From<ReportError> for CliError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Store(error) => error.into(),
            error => Self::of_module(EXIT_INPUT, &error).maybe_hint(error.hint()),
        }
    }
}

impl From<SelectionError> for CliError {
    fn from(error: SelectionError) -> Self {
        match error {
            SelectionError::Report(error) => error.into(),
            error => with_causes(EXIT_INPUT, &error).maybe_hint(error.hint()),
        }
    }
}

impl From<AnalysisError> for CliError {
    fn from(error: AnalysisError) -> Self {
        match error {
            AnalysisError::Report(error) => error.into(),
            AnalysisError::Selection(error) => error.into(),
            error => with_causes(EXIT_INPUT, &error).maybe_hint(error.hint()),
        }
    }
}

impl From<CampaignError> for CliError {
    fn from(error: CampaignError) -> Self {
        match error {
            CampaignError::Analysis(error) => error.into(),
            error => with_causes(EXIT_INPUT, &error).maybe_hint(error.hint()),
        }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        match error {
            // Counts that do not add up are a fault of plaudit for any input.
            StoreError::Counts(_) | StoreError::Unfinished { .. } => {
                Self::of_module(EXIT_BUG, &error).into_bug()
            }
            StoreError::Locked { .. } => Self::of_module(EXIT_LOCKED, &error).maybe_hint(error.hint()),
            _ => Self::of_module(code_of_write(&error), &error).maybe_hint(error.hint()),
        }
    }
}
