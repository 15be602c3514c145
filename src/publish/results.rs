//! Everything that the files of a run are made of.

use crate::{
    config::Plan,
    graph::Graph,
    guard::Warning,
    identity::People,
    ids::{NodeId, id32},
    inputs::Inputs,
    measure::{DiffusionModel, Measures, Scores, TopicRanks},
    selection::Topics,
};

/// Everything that the files of a run are made of.
pub(crate) struct RunResults<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) inputs: &'a Inputs,
    pub(crate) topics: &'a Topics,
    pub(crate) people: &'a People<'a>,
    pub(crate) graph: &'a Graph,
    pub(crate) measures: &'a Measures,
    pub(crate) topic_ranks: &'a [TopicRanks],
    pub(crate) diffusion: &'a DiffusionModel,
    pub(crate) scores: &'a Scores,
    /// The tier of each customer in the previous run, sorted by key.
    pub(crate) previous_tiers: &'a [(String, String)],
    /// The channels that have a column, in column order.
    pub(crate) channels: &'a [String],
    /// The warnings in spite of which the run is published.
    pub(crate) warnings: &'a [Warning],
}

impl RunResults<'_> {
    /// The certified error bound of each PageRank of the run, with its name in words.
    pub(crate) fn rank_bounds(&self) -> Vec<(String, f64)> {
        let plain = ("plain PageRank".to_owned(), self.measures.ranks.error_bound);
        let trusted =
            self.measures.trust.iter().map(|trust| ("trusted rank".to_owned(), trust.trusted.error_bound));
        let topics = self.topic_ranks.iter().map(|topic| (topic.column.clone(), topic.ranks.error_bound));
        [plain].into_iter().chain(trusted).chain(topics).collect()
    }

    pub(crate) fn tier_name(&self, tier: usize) -> &str {
        &self.plan.tiers.bands[tier].name
    }

    pub(crate) fn previous_tier(&self, key: &str) -> Option<&str> {
        let found = self.previous_tiers.binary_search_by(|(id, _)| id.as_str().cmp(key)).ok()?;
        Some(&self.previous_tiers[found].1)
    }

    pub(crate) fn audience(&self, node: NodeId) -> u32 {
        id32(self.graph.in_edges().degree(node))
    }

    /// The name that users gave to the community with this lasting id.
    pub(crate) fn community_name(&self, id: u32) -> Option<&str> {
        self.inputs.names.as_ref()?.of(id)
    }
}
