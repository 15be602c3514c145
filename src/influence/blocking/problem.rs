//! The constraints of a blocking search: which nodes may be blocked, and the worth of each node that is not reached.

use super::{audience::AudienceRows, worlds::WorldSample};
use crate::{
    ids::NodeId,
    influence::{
        constraints::{quotas::SelectionState, seed_constraints::SeedConstraints},
        model::SpreadModel,
    },
};

/// While nodes are picked, worths are rounded so that their total has at most this many bits, because the sums over all
/// worlds have 64 bits.
const WORTH_BITS: u32 = 43;

/// The constraints on the nodes to block, with the sources left out.
pub(super) struct BlockingProblem<'a> {
    pub(super) constraints: &'a SeedConstraints<'a>,
    /// By node: whether it may or must be blocked.
    pub(super) may_be_blocked: Vec<bool>,
    /// The number of low bits of a worth that are dropped while nodes are picked.
    shift: u32,
}

impl<'a> BlockingProblem<'a> {
    pub(super) fn new(
        model: &SpreadModel<'_>,
        sources: &[NodeId],
        constraints: &'a SeedConstraints<'a>,
    ) -> Self {
        let mut may_be_blocked: Vec<bool> =
            model.graph.nodes().map(|v| constraints.may_be_picked(v)).collect();
        set_all(&mut may_be_blocked, constraints.included, true);
        set_all(&mut may_be_blocked, sources, false);
        let total_worth: u64 = constraints.worth.map_or(0, |worth| worth.iter().sum());
        let shift = (u64::BITS - total_worth.leading_zeros()).saturating_sub(WORTH_BITS);
        Self { constraints, may_be_blocked, shift }
    }

    pub(super) fn world_sample<'m>(
        &self,
        model: &'m SpreadModel<'m>,
        sources: &[NodeId],
        seed: u64,
    ) -> WorldSample<'m> {
        let mut sources = sources.to_vec();
        sources.sort_unstable();
        sources.dedup();
        let already_blocked = self.constraints.already_active;
        let mut closed = already_blocked.map_or_else(|| vec![false; self.node_count()], <[bool]>::to_vec);
        set_all(&mut closed, &sources, true);
        WorldSample { graph: model.graph, audience: AudienceRows::new(model), sources, closed, seed }
    }

    pub(super) fn node_count(&self) -> usize {
        self.may_be_blocked.len()
    }

    pub(super) fn worth(&self, v: NodeId) -> u64 {
        self.constraints.worth.map_or(1, |worth| worth[v.index()])
    }

    pub(super) fn rounded_worth(&self, v: NodeId) -> u64 {
        self.worth(v) >> self.shift
    }

    pub(super) fn unrounded(&self, worth: u64) -> f64 {
        worth as f64 * (1_u64 << self.shift) as f64
    }

    /// Appends the nodes that the quotas still need, although blocking them prevents nothing.
    pub(super) fn append_reserve(&self, nodes: &mut Vec<NodeId>) {
        SelectionState::new(self.constraints).append_reserve(nodes);
    }
}

pub(super) fn set_all(flags: &mut [bool], nodes: &[NodeId], to: bool) {
    for v in nodes {
        flags[v.index()] = to;
    }
}
