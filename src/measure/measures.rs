//! All measures of all nodes.

use rayon::prelude::*;

use super::{
    MeasureError, communities::Communities, score_inputs::ScoreInputs, structure::Structure, trust::Trust,
};
use crate::{
    graph::Graph,
    identity::People,
    ids::{NodeId, id32},
    projection::InStrengths,
    rank::Ranks,
    reach::{self, Reach, ReachConfig},
};

/// The results of the kernels for each node. Vectors have one entry for each node.
pub(crate) struct Measures {
    pub(crate) ranks: Ranks,
    pub(crate) communities: Communities,
    pub(crate) reach: Reach,
    /// Sum of the weights of the in-edges, in units of one fresh event of weight 1.
    pub(crate) strength: Vec<f64>,
    pub(crate) structure: Structure,
    /// The strength, split by kind and by channel, in weight units.
    pub(crate) received: InStrengths,
    /// None without a CRM.
    pub(crate) trust: Option<Trust>,
    /// `customers_in_audience[NodeId]`.
    pub(crate) customers_in_audience: Vec<u32>,
}

impl Measures {
    /// The measures that make up the score.
    pub(crate) fn score_inputs<'a>(&'a self, graph: &'a Graph) -> ScoreInputs<'a> {
        let (pagerank, reach) = (&self.ranks.score, &self.reach.estimate);
        ScoreInputs { graph, pagerank, reach, strength: &self.strength }
    }
}

/// How many distinct people are within a few hops of each node, and how many of each segment.
pub(crate) fn k_hop_audience(
    graph: &Graph,
    segments: &[Vec<NodeId>],
    cfg: &ReachConfig,
) -> Result<Reach, MeasureError> {
    Ok(reach::reach_by_segment(graph, segments, cfg)?)
}

/// How many customers are in each node's audience, withheld customers left out.
pub(crate) fn customers_in_audience(people: &People<'_>, graph: &Graph) -> Vec<u32> {
    let is_customer = |node: &&NodeId| people.party(**node).is_customer();
    (0..id32(graph.node_count()))
        .into_par_iter()
        .map_init(
            || graph.in_edges().rows(),
            |rows, v| id32(rows.neighbors(NodeId(v)).iter().filter(is_customer).count()),
        )
        .collect()
}
