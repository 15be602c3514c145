//! One level of the climb: the graph itself, or communities of the level below as nodes.

use rayon::prelude::*;

use crate::{graph::SymmetricCsr, ids::index64};

/// A view of an undirected graph whose rows may leave gaps between them.
///
/// Nodes, and the labels of communities, are `0..node_count`. No row holds its own node: what a node weighs inside
/// is in its strength only.
#[derive(Clone, Copy)]
pub(super) struct Level<'a> {
    starts: &'a [u64],
    ends: &'a [u64],
    targets: &'a [u32],
    weights: &'a [u64],
    strengths: &'a [u64],
    /// Nodes of strength above 0. The others belong to nobody and are never touched.
    pub(super) live_count: usize,
}

/// What aggregation builds; [`Coarse::level`] is how it is read.
pub(super) struct Coarse {
    pub(super) starts: Vec<u64>,
    pub(super) ends: Vec<u64>,
    pub(super) targets: Vec<u32>,
    pub(super) weights: Vec<u64>,
    pub(super) strengths: Vec<u64>,
}

impl Coarse {
    pub(super) fn level(&self) -> Level<'_> {
        Level {
            starts: &self.starts,
            ends: &self.ends,
            targets: &self.targets,
            weights: &self.weights,
            strengths: &self.strengths,
            live_count: self.strengths.len(),
        }
    }
}

impl<'a> Level<'a> {
    /// The graph itself.
    pub(super) fn bottom(g: &'a SymmetricCsr) -> Self {
        Self {
            starts: &g.offsets()[..g.node_count()],
            ends: &g.offsets()[1..],
            targets: bytemuck::cast_slice(g.targets()),
            weights: g.all_weights(),
            strengths: g.strengths(),
            live_count: g.strengths().par_iter().filter(|&&strength| strength > 0).count(),
        }
    }

    #[inline]
    pub(super) fn node_count(&self) -> usize {
        self.strengths.len()
    }

    #[inline]
    pub(super) fn strength(&self, u: u32) -> u64 {
        self.strengths[u as usize]
    }

    pub(super) fn strengths(&self) -> &'a [u64] {
        self.strengths
    }

    #[inline]
    pub(super) fn degree(&self, u: u32) -> usize {
        index64(self.ends[u as usize] - self.starts[u as usize])
    }

    /// The neighbours of `u` and their weights, in step.
    #[inline]
    pub(super) fn row(&self, u: u32) -> (&'a [u32], &'a [u64]) {
        let range = index64(self.starts[u as usize])..index64(self.ends[u as usize]);
        (&self.targets[range.clone()], &self.weights[range])
    }
}
