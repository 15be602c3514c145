//! Edges before the graph is built, and what is to be made of them.

use super::{Form, HugeVec};
use crate::ids::NodeId;

/// One directed edge before the graph is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Who attends.
    pub source: NodeId,
    /// Whom `source` attends to.
    pub target: NodeId,
    /// Weight in the caller's units; edges of weight 0 are dropped.
    pub weight: u64,
}

/// Some edges as they come, in the caller's numbers for nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EdgeBlock {
    /// Source and target of each edge.
    pub ends: HugeVec<[u32; 2]>,
    /// The weight of each edge in the caller's units, 0 for an edge to drop; empty where every edge counts 1.
    pub weights: HugeVec<u64>,
}

/// Whether an edge goes one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directions {
    /// From its source to its target.
    AsWritten,
    /// Both ways, with the same weight; a self-loop is one edge still.
    Both,
}

/// What the integer weights of the edges mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// Every edge counts 1, however often it is listed; no weights are stored.
    Unweighted,
    /// Weights of repeated edges are added; one unit is worth 2 to the power of `unit_log2`.
    FixedPoint {
        /// Base-2 logarithm of the worth of one unit; that of projections is `projection::UNIT_LOG2`.
        unit_log2: i32,
    },
}

/// What [`build_blocks`](super::build_blocks) makes of edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildConfig {
    /// Whether an edge goes one way.
    pub directions: Directions,
    /// What weights mean.
    pub weighting: Weighting,
    /// How rows are held.
    pub form: Form,
}

impl EdgeBlock {
    /// The edges one by one, those of weight 0 too.
    pub fn iter(&self) -> impl Iterator<Item = Edge> + '_ {
        let weight = |i: usize| self.weights.get(i).copied().unwrap_or(1);
        let edge = move |(i, &[source, target]): (usize, &[u32; 2])| Edge {
            source: NodeId(source),
            target: NodeId(target),
            weight: weight(i),
        };
        self.ends.iter().enumerate().map(edge)
    }
}

impl From<Vec<Edge>> for EdgeBlock {
    fn from(edges: Vec<Edge>) -> Self {
        edges.into_iter().map(|edge| ([edge.source.0, edge.target.0], edge.weight)).collect()
    }
}

impl FromIterator<([u32; 2], u64)> for EdgeBlock {
    fn from_iter<I: IntoIterator<Item = ([u32; 2], u64)>>(edges: I) -> Self {
        let (ends, weights): (Vec<_>, Vec<_>) = edges.into_iter().unzip();
        Self { ends: ends.into(), weights: weights.into() }
    }
}
