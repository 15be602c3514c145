//! Why a finished run's graph cannot be analyzed.

use crate::{
    graph::snapshot::SnapshotError, rank::RankError, report::ReportError, selection::SelectionError,
    tables::RunTableError,
};

/// Why there is no personalized ranking, report or list of invitations.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalysisError {
    /// The run cannot be read, or does not have the tier, community or channel.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A selector names nobody.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The graph of the run cannot be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// PageRank did not converge.
    #[error("cannot rank run `{run}`: {cause}")]
    Rank {
        /// The run.
        run: String,
        /// What is wrong.
        cause: RankError,
    },
    /// The run's manifest has no PageRank settings, or its graph and its tables do not match.
    #[error("run `{run}` was written by another version: {why}")]
    OtherVersion {
        /// The run.
        run: String,
        /// What is different.
        why: String,
    },
}

impl From<RunTableError> for AnalysisError {
    fn from(error: RunTableError) -> Self {
        Self::Report(error.into())
    }
}
