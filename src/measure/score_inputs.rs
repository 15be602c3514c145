//! The measures that make up the score: one column for each measure, with one entry for each node.

use ndarray::Array2;
use rayon::prelude::*;

use crate::{
    graph::Graph,
    ids::NodeId,
    tier::{ScoreMeasure, TierConfig},
};

/// The measures that make up the score. Slices have one entry for each node.
pub(crate) struct ScoreInputs<'a> {
    /// The graph; its in-degrees are the audiences.
    pub(crate) graph: &'a Graph,
    pub(crate) pagerank: &'a [f64],
    pub(crate) reach: &'a [f64],
    pub(crate) strength: &'a [f64],
}

impl ScoreInputs<'_> {
    /// A matrix with one row for each of `nodes` and one column for each component of the score.
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

/// The strength of each node: the sum of the weights of its in-edges, in units of one fresh event of weight 1.
pub(crate) fn strengths(graph: &Graph) -> Vec<f64> {
    let strength = graph.in_edges().strengths();
    strength.par_iter().map(|&units| units as f64 * graph.weight_unit()).collect()
}
