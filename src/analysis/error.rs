//! Why a finished run's graph cannot be analyzed.

use crate::{
    graph::snapshot::SnapshotError, rank::RankError, report::ReportError, selection::SelectionError,
};

/// Why there is no personalized ranking, report or list of invitations.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalysisError {
    /// The run cannot be read, or does not have the tier, community or channel.
    #[error(transparent)]
    Report(ReportError),
    #[error(transparent)]
    Selection(#[from] SelectionError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error("cannot rank run `{run}`: {cause}")]
    Rank { run: String, cause: RankError },
}

/// Wraps all errors that convert to a [`ReportError`]: those of the store and of its tables.
impl<E> From<E> for AnalysisError
where
    ReportError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Report(error.into())
    }
}
