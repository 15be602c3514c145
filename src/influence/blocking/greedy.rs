//! The greedy algorithm for blocking: repeatedly picks the node that prevents the most in the stored worlds.

use std::{
    cmp::Reverse,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use rayon::prelude::*;

use super::{
    dominators::Dominators,
    problem::{BlockingProblem, set_all},
    worlds::{SampledWorld, StoredWorld},
};
use crate::{
    ids::NodeId,
    influence::constraints::{
        gain_bound::{GreedyOrder, by_gain_per_cost},
        quotas::SelectionState,
    },
};

pub(super) struct BlockingSelection {
    /// The nodes in the order in which they were picked.
    pub(super) nodes: Vec<NodeId>,
    /// The rounded worth that the nodes prevent, summed over all worlds.
    pub(super) prevented: u64,
}

/// For each node, the rounded worth that blocking it in addition to the blocked nodes would prevent, summed over all
/// worlds.
struct PreventedGains<'a> {
    problem: &'a BlockingProblem<'a>,
    worlds: &'a [StoredWorld],
    gains: Vec<AtomicU64>,
    is_blocked: Vec<bool>,
}

impl<'a> PreventedGains<'a> {
    fn new(problem: &'a BlockingProblem<'a>, worlds: &'a [StoredWorld]) -> Self {
        let n = problem.node_count();
        let gains = (0..n).into_par_iter().map(|_| AtomicU64::new(0)).collect();
        let gains = Self { problem, worlds, gains, is_blocked: vec![false; n] };
        gains.worlds.par_iter().for_each_init(Dominators::default, |dominators, stored| {
            gains.update(dominators, stored.world(), None, |gain, worth| gain.fetch_add(worth, Relaxed));
        });
        gains
    }

    fn of(&self, v: NodeId) -> u64 {
        self.gains[v.index()].load(Relaxed)
    }

    /// Calls `update` with the gain of each node and the worth that blocking the node prevents in one world. The node
    /// `also`, if any, counts as blocked.
    fn update(
        &self,
        dominators: &mut Dominators,
        world: SampledWorld<'_>,
        also: Option<NodeId>,
        update: impl Fn(&AtomicU64, u64) -> u64,
    ) {
        let is_blocked = |v: NodeId| self.is_blocked[v.index()] || also == Some(v);
        let worth = |v: NodeId| self.problem.rounded_worth(v);
        dominators.dominated_worth(world, is_blocked, worth, |v, worth| {
            update(&self.gains[v.index()], worth);
        });
    }

    /// Blocks `v`, and returns what that prevents. Gains change only in the worlds that contain `v`.
    fn block(&mut self, v: NodeId) -> u64 {
        let prevented = self.of(v);
        let gains = &*self;
        gains.worlds.par_iter().for_each_init(Dominators::default, |dominators, stored| {
            let world = stored.world();
            if world.nodes.contains(&v) {
                gains.update(dominators, world, None, |gain, worth| gain.fetch_sub(worth, Relaxed));
                gains.update(dominators, world, Some(v), |gain, worth| gain.fetch_add(worth, Relaxed));
            }
        });
        self.is_blocked[v.index()] = true;
        prevented
    }
}

/// Selects by gain and, if there is a budget, also by gain per cost; returns the better selection.
pub(super) fn select(problem: &BlockingProblem<'_>, worlds: &[StoredWorld]) -> BlockingSelection {
    let by_gain = select_by(problem, worlds, GreedyOrder::Gain);
    if problem.constraints.budget.is_none() {
        return by_gain;
    }
    let by_ratio = select_by(problem, worlds, GreedyOrder::GainPerCost);
    // A selection that meets all quotas beats one that does not.
    let rank = |found: &BlockingSelection| {
        let mut nodes = found.nodes.clone();
        problem.append_reserve(&mut nodes);
        (problem.constraints.unmet_quota(&nodes).is_none(), found.prevented)
    };
    if rank(&by_gain) >= rank(&by_ratio) { by_gain } else { by_ratio }
}

/// Picks nodes one by one, as long as a node fits in and prevents something: each time the node that prevents the most
/// in addition to the nodes before it; on ties, the smaller node. Gains may grow as other nodes are blocked, so an old
/// gain is no bound on the new gain.
fn select_by(problem: &BlockingProblem<'_>, worlds: &[StoredWorld], order: GreedyOrder) -> BlockingSelection {
    let constraints = problem.constraints;
    let (mut state, mut gains) = (SelectionState::new(constraints), PreventedGains::new(problem, worlds));
    let mut selected = BlockingSelection { nodes: Vec::new(), prevented: 0 };
    let mut block = |v: NodeId, gains: &mut PreventedGains<'_>| {
        selected.prevented += gains.block(v);
        selected.nodes.push(v);
    };
    // A node that is in no world never prevents anything.
    let mut is_reached = vec![false; problem.node_count()];
    for stored in worlds {
        set_all(&mut is_reached, stored.world().nodes, true);
    }
    let is_open = |v: &NodeId| is_reached[v.index()] && constraints.may_be_picked(*v);
    let open: Vec<NodeId> = (0..problem.node_count()).map(NodeId::new).filter(is_open).collect();
    for &v in constraints.included {
        block(v, &mut gains);
    }
    loop {
        let next = |&v: &NodeId| ((gains.of(v), state.remaining.cost(v)), Reverse(v));
        let may_be_next = |next: &((u64, u64), Reverse<NodeId>)| next.0.0 > 0 && state.allows(next.1.0);
        let best = open.par_iter().map(next).filter(may_be_next).max_by(|a, b| {
            let by_gain = match order {
                GreedyOrder::Gain => a.0.0.cmp(&b.0.0),
                GreedyOrder::GainPerCost => by_gain_per_cost(a.0, b.0),
            };
            by_gain.then(a.1.cmp(&b.1))
        });
        let Some((_, Reverse(v))) = best else { return selected };
        state.take(v);
        block(v, &mut gains);
    }
}
