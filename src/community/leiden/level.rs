//! The graph that one level of Leiden works on: the input graph, or a graph whose nodes are parts of the level below.

use crate::{community::null_model::NullModelWeight, graph::SymmetricCsr, ids::index64};

/// A view of an undirected graph that may have gaps between its rows.
///
/// Nodes, and the labels of communities, are `0..node_count`. The row of a node never contains the node itself: the
/// edge weight inside a node counts only in its strength and null-model weight.
#[derive(Clone, Copy)]
pub(super) struct Level<'a, W> {
    starts: &'a [u64],
    ends: &'a [u64],
    targets: &'a [u32],
    weights: &'a [u64],
    strengths: &'a [u64],
    node_weights: &'a [W],
}

/// The graph that aggregation builds, read through [`CoarseGraph::level`].
pub(super) struct CoarseGraph<W> {
    pub(super) starts: Vec<u64>,
    pub(super) ends: Vec<u64>,
    pub(super) targets: Vec<u32>,
    pub(super) weights: Vec<u64>,
    pub(super) strengths: Vec<u64>,
    pub(super) node_weights: Vec<W>,
}

impl<W: NullModelWeight> CoarseGraph<W> {
    pub(super) fn level(&self) -> Level<'_, W> {
        Level {
            starts: &self.starts,
            ends: &self.ends,
            targets: &self.targets,
            weights: &self.weights,
            strengths: &self.strengths,
            node_weights: &self.node_weights,
        }
    }
}

impl<'a, W: NullModelWeight> Level<'a, W> {
    pub(super) fn bottom(g: &'a SymmetricCsr, node_weights: &'a [W]) -> Self {
        Self {
            starts: &g.offsets()[..g.node_count()],
            ends: &g.offsets()[1..],
            targets: bytemuck::cast_slice(g.targets()),
            weights: g.all_weights(),
            strengths: g.strengths(),
            node_weights,
        }
    }

    #[inline]
    pub(super) fn node_count(&self) -> usize {
        self.node_weights.len()
    }

    #[inline]
    pub(super) fn node_weight(&self, u: u32) -> W {
        self.node_weights[u as usize]
    }

    /// An upper bound on the sum of the edge weights in the row of `u`.
    #[inline]
    pub(super) fn strength(&self, u: u32) -> u64 {
        self.strengths[u as usize]
    }

    pub(super) fn node_weights(&self) -> &'a [W] {
        self.node_weights
    }

    #[inline]
    pub(super) fn degree(&self, u: u32) -> usize {
        index64(self.ends[u as usize] - self.starts[u as usize])
    }

    /// The neighbors of `u`, and the weights of the edges to them in the same order.
    #[inline]
    pub(super) fn row(&self, u: u32) -> (&'a [u32], &'a [u64]) {
        let range = index64(self.starts[u as usize])..index64(self.ends[u as usize]);
        (&self.targets[range.clone()], &self.weights[range])
    }
}
