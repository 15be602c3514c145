//! One level of the climb: the graph itself, or communities of the level below as nodes.

use super::mass::Mass;
use crate::{graph::SymmetricCsr, ids::index64};

/// A view of an undirected graph whose rows may leave gaps between them.
///
/// Nodes, and the labels of communities, are `0..node_count`. No row holds its own node: what a node weighs inside
/// is in its strength and mass only.
#[derive(Clone, Copy)]
pub(super) struct Level<'a, M> {
    starts: &'a [u64],
    ends: &'a [u64],
    targets: &'a [u32],
    weights: &'a [u64],
    strengths: &'a [u64],
    masses: &'a [M],
}

/// What aggregation builds; [`Coarse::level`] is how it is read.
pub(super) struct Coarse<M> {
    pub(super) starts: Vec<u64>,
    pub(super) ends: Vec<u64>,
    pub(super) targets: Vec<u32>,
    pub(super) weights: Vec<u64>,
    pub(super) strengths: Vec<u64>,
    pub(super) masses: Vec<M>,
}

impl<M: Mass> Coarse<M> {
    pub(super) fn level(&self) -> Level<'_, M> {
        Level {
            starts: &self.starts,
            ends: &self.ends,
            targets: &self.targets,
            weights: &self.weights,
            strengths: &self.strengths,
            masses: &self.masses,
        }
    }
}

impl<'a, M: Mass> Level<'a, M> {
    /// The graph itself; `masses` in step with its nodes.
    pub(super) fn bottom(g: &'a SymmetricCsr, masses: &'a [M]) -> Self {
        Self {
            starts: &g.offsets()[..g.node_count()],
            ends: &g.offsets()[1..],
            targets: bytemuck::cast_slice(g.targets()),
            weights: g.all_weights(),
            strengths: g.strengths(),
            masses,
        }
    }

    #[inline]
    pub(super) fn node_count(&self) -> usize {
        self.masses.len()
    }

    #[inline]
    pub(super) fn mass(&self, u: u32) -> M {
        self.masses[u as usize]
    }

    /// At least what the row of `u` weighs.
    #[inline]
    pub(super) fn strength(&self, u: u32) -> u64 {
        self.strengths[u as usize]
    }

    pub(super) fn masses(&self) -> &'a [M] {
        self.masses
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
