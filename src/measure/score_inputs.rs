//! The measures that make up the score: one column a measure, in step with the nodes.

use ndarray::Array2;
use rayon::prelude::*;

use crate::{
    graph::Graph,
    ids::NodeId,
    tier::{ScoreMeasure, TierConfig},
};

/// The measures that make up the score, in step with the nodes.
pub(crate) struct ScoreInputs<'a> {
    /// Its degrees are the audiences.
    pub(crate) graph: &'a Graph,
    pub(crate) pagerank: &'a [f64],
    pub(crate) reach: &'a [f64],
    pub(crate) strength: &'a [f64],
}

impl ScoreInputs<'_> {
    /// A row a node of `nodes`, a column a component.
    pub(crate) fn matrix(&self, nodes: &[NodeId], config: &TierConfig) -> Array2<f64> {
        let mut matrix = Array2::zeros((nodes.len(), config.components.len()));
        for (component, mut column) in config.components.iter().zip(matrix.columns_mut()) {
            for (&node, slot) in nodes.iter().zip(&mut column) {
                *slot = match component.measure {
                    ScoreMeasure::PageRank => self.pagerank[node.index()],
                    ScoreMeasure::Reach => self.reach[node.index()],
                    ScoreMeasure::Strength => self.strength[node.index()],
                    ScoreMeasure::Audience => self.graph.in_edges().degree(node) as f64,
                };
            }
        }
        matrix
    }
}

/// The strength of each node: the sum of the weights of its in-edges, one fresh event of weight 1 being 1.
pub(crate) fn strengths(graph: &Graph) -> Vec<f64> {
    let strength = graph.in_edges().strengths();
    strength.par_iter().map(|&units| units as f64 * graph.weight_unit()).collect()
}
