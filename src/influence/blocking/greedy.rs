//! Who saves most of what is not saved yet? One by one, by worlds that are kept.

use std::{
    cmp::{Ordering, Reverse},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use rayon::prelude::*;

use super::{
    Problem,
    dominators::Dominators,
    set,
    worlds::{Kept, World},
};
use crate::{ids::NodeId, influence::floors::Selection};

/// What comes next: saving alone, or saving for cost.
#[derive(Clone, Copy)]
pub(super) enum Order {
    Saving,
    SavingForCost,
}

/// Nodes to win over.
pub(super) struct Choice {
    /// In order of choice.
    pub(super) nodes: Vec<NodeId>,
    /// What they save in all worlds together.
    pub(super) saved: u64,
}

/// What winning over one more node would save in all worlds together.
struct Gains<'a> {
    problem: &'a Problem<'a>,
    worlds: &'a [Kept],
    of: Vec<AtomicU64>,
    is_blocked: Vec<bool>,
}

impl<'a> Gains<'a> {
    fn new(problem: &'a Problem<'a>, worlds: &'a [Kept]) -> Self {
        let n = problem.node_count();
        let of = (0..n).into_par_iter().map(|_| AtomicU64::new(0)).collect();
        let gains = Self { problem, worlds, of, is_blocked: vec![false; n] };
        gains.worlds.par_iter().for_each_init(Dominators::default, |dominators, kept| {
            gains.update(dominators, kept.world(), None, |gain, saved| gain.fetch_add(saved, Relaxed));
        });
        gains
    }

    fn of(&self, v: NodeId) -> u64 {
        self.of[v.index()].load(Relaxed)
    }

    fn update(
        &self,
        dominators: &mut Dominators,
        world: World<'_>,
        also: Option<NodeId>,
        update: impl Fn(&AtomicU64, u64) -> u64,
    ) {
        let is_blocked = |v: NodeId| self.is_blocked[v.index()] || also == Some(v);
        let worth = |v: NodeId| self.problem.rounded_worth(v);
        dominators.savings(world, is_blocked, worth, |v, saved| {
            update(&self.of[v.index()], saved);
        });
    }

    /// Wins over `v`; only in worlds that it is in do others save more or less than before.
    fn block(&mut self, v: NodeId) -> u64 {
        let saved = self.of(v);
        let gains = &*self;
        gains.worlds.par_iter().for_each_init(Dominators::default, |dominators, kept| {
            let world = kept.world();
            if world.nodes().contains(&v) {
                gains.update(dominators, world, None, |gain, saved| gain.fetch_sub(saved, Relaxed));
                gains.update(dominators, world, Some(v), |gain, saved| gain.fetch_add(saved, Relaxed));
            }
        });
        self.is_blocked[v.index()] = true;
        saved
    }
}

/// Picks nodes one by one, each the one that saves most beyond those before it, ties to the smaller node, as far as the
/// wish has room and something is saved. Savings may grow as others are won over, so no bound of them can be kept.
pub(super) fn choose(problem: &Problem<'_>, worlds: &[Kept], order: Order) -> Choice {
    let wish = problem.wish;
    let (mut picked, mut gains) = (Selection::new(wish), Gains::new(problem, worlds));
    let mut choice = Choice { nodes: Vec::new(), saved: 0 };
    let mut win = |v: NodeId, gains: &mut Gains<'_>| {
        choice.saved += gains.block(v);
        choice.nodes.push(v);
    };
    // Who is in no world saves nothing, whoever else is won over.
    let mut is_met = vec![false; problem.node_count()];
    for kept in worlds {
        set(&mut is_met, kept.world().nodes(), true);
    }
    let open = |v: &NodeId| is_met[v.index()] && wish.may_be_picked(*v);
    let open: Vec<NodeId> = (0..problem.node_count()).map(NodeId::new).filter(open).collect();
    for &v in wish.included {
        win(v, &mut gains);
    }
    loop {
        let next = |&v: &NodeId| (gains.of(v), picked.room.cost(v), Reverse(v));
        let may_be_next = |next: &(u64, u64, Reverse<NodeId>)| next.0 > 0 && picked.has_room(next.2.0);
        let best = open.par_iter().map(next).filter(may_be_next).max_by(|a, b| {
            let dense = match order {
                Order::Saving => Ordering::Equal,
                Order::SavingForCost => {
                    let product = |gain: u64, cost: u64| u128::from(gain) * u128::from(cost);
                    product(a.0, b.1).cmp(&product(b.0, a.1))
                }
            };
            dense.then(a.0.cmp(&b.0)).then(a.2.cmp(&b.2))
        });
        let Some((_, _, Reverse(v))) = best else { return choice };
        picked.take(v);
        win(v, &mut gains);
    }
}
