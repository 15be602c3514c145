//! The settings that trust and scores depend on.

use crate::{config::TrustConfig, rank::PageRankConfig, reach::ReachConfig, tier::TierConfig};

/// The settings that scores depend on.
#[derive(Clone, Copy)]
pub(crate) struct ScoreSettings<'a> {
    pub(crate) rank: &'a PageRankConfig,
    pub(crate) reach: &'a ReachConfig,
    pub(crate) trust: &'a TrustConfig,
    pub(crate) tiers: &'a TierConfig,
}
