//! `MeasureError`: a kernel refuses its input or does not converge, or the share log is too small to learn from.

use crate::{community::OutOfIds, rank::RankError, reach::ReachError};

/// Why the measures of a run cannot be computed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// `PageRank` failed.
    #[error("cannot rank: {0}")]
    Rank(#[from] RankError),
    /// Every community id has been used.
    #[error("cannot name the communities: {0}")]
    OutOfIds(#[from] OutOfIds),
    /// The k-hop audience failed.
    #[error("cannot compute the k-hop audience: {0}")]
    Reach(#[from] ReachError),
    /// Learned probabilities are requested, but the share log is too small.
    #[error("cannot learn how influence travels: {missing}")]
    NothingToLearn {
        /// What the share log lacks: the numbers found and needed.
        missing: String,
    },
}

impl MeasureError {
    /// How it can be fixed.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Rank(RankError::NotConverged { .. }) => "raise `[rank] max_rounds` or `[rank] tolerance`",
            Self::Rank(_) => "check `[rank]` in the configuration",
            Self::OutOfIds(_) => "publish into a new store, where ids begin at 0 again",
            Self::Reach(_) => "check `[reach]` in the configuration",
            Self::NothingToLearn { .. } => {
                "set `[reach] probability = \"auto\"`, which falls back to the weighted cascade, or add posts to the events, \
                 as shares from oneself; docs/influence.md says what is needed"
            }
        }
    }
}
