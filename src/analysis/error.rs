//! Why a finished run's graph cannot be analyzed.

use crate::{
    graph::snapshot::SnapshotError, rank::RankError, report::ReportError, selection::SelectionError,
};

/// Why no personalized ranking, report or list of invitations is returned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalysisError {
    /// The run cannot be read, or it does not have the tier, community or channel that was named.
    #[error(transparent)]
    Report(ReportError),
    #[error(transparent)]
    Selection(#[from] SelectionError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error("cannot rank run `{run}`: {cause}")]
    Rank { run: String, cause: RankError },
}

impl AnalysisError {
    /// How to fix it; `None` where plaudit is at fault.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Report(error) => return error.hint(),
            Self::Selection(error) => return error.hint(),
            Self::Rank { .. } => "run again with a higher `[rank] max_rounds` or `tolerance`",
            Self::Snapshot(_) => "run again; `plaudit runs verify RUN` tells whether an older one is intact",
        };
        Some(hint.to_owned())
    }
}

/// Wraps all errors that convert to a [`ReportError`]: the errors of the store and of its tables.
impl<E> From<E> for AnalysisError
where
    ReportError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Report(error.into())
    }
}
