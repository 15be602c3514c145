//! Edges before the graph is built, and the settings of the builder.

use super::{HugeVec, Storage};
use crate::ids::NodeId;

/// One directed edge before the graph is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The node that attends.
    pub source: NodeId,
    /// The node that `source` attends to.
    pub target: NodeId,
    /// Weight in units of the caller; edges of weight 0 are dropped.
    pub weight: u64,
}

/// A block of edges in any order. Nodes are identified by numbers that the caller chooses.
///
/// ```
/// use plaudit::graph::EdgeBlock;
/// let block: EdgeBlock = [([0, 1], 5), ([0, 2], 1)].into_iter().collect();
/// assert_eq!((block.ends(), block.weights()), (&[[0, 1], [0, 2]][..], &[5, 1][..]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EdgeBlock {
    /// Source and target of each edge.
    pub(super) ends: HugeVec<[u32; 2]>,
    /// The weight of each edge in units of the caller, 0 for an edge to drop; empty if every edge has weight 1.
    pub(super) weights: HugeVec<u64>,
}

/// Whether edges are directed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Directions {
    /// Directed: from source to target.
    #[default]
    AsWritten,
    /// Undirected: an edge in each direction, of the same weight; a self-loop is still one edge.
    Both,
}

/// What the integer weights of the edges mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weighting {
    /// Every edge has weight 1, however often it is listed; no weights are stored.
    #[default]
    Unweighted,
    /// Weights of repeated edges are added; one unit is worth 2 to the power of `unit_log2`.
    FixedPoint {
        /// Base-2 logarithm of the value of one unit; projections use `projection::UNIT_LOG2`.
        unit_log2: i32,
    },
}

/// Settings of [`build_blocks`](super::build_blocks).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BuildConfig {
    /// Whether edges are directed.
    pub directions: Directions,
    /// What the weights mean.
    pub weighting: Weighting,
    /// How rows are stored.
    pub storage: Storage,
}

impl EdgeBlock {
    pub(crate) fn from_parts(ends: HugeVec<[u32; 2]>, weights: HugeVec<u64>) -> Self {
        assert!(weights.is_empty() || weights.len() == ends.len(), "invariant: one weight per edge");
        Self { ends, weights }
    }

    /// Source and target of each edge.
    pub fn ends(&self) -> &[[u32; 2]] {
        &self.ends
    }

    /// The weight of each edge in units of the caller, 0 for an edge to drop; empty if every edge has weight 1.
    pub fn weights(&self) -> &[u64] {
        &self.weights
    }

    /// The edges one by one, including edges of weight 0.
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
