//! Phase 2: each community is rebuilt from single nodes, in parts that are connected by construction.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use super::{
    ask::{Choice, Home, ScratchPool, Stand, Ties, Visitor},
    labels::{self, Labels},
    level::Level,
    local_moving::higher,
    mass::Mass,
    plan::Plan,
};
use crate::{
    community::quality::Objective,
    ids::{id32, low32},
};

/// From so many moves on, they are noted by all threads, so many a task.
const PARALLEL_NOTES: usize = 4096;
const NOTES_PER_TASK: usize = 1024;

/// Splits the communities of `labels` into connected parts; a part is labelled by one of its nodes, its leader.
///
/// All nodes start by themselves. In its sub-round, a node that is still by itself and is well connected to its
/// community joins the part of a neighbour where it adds most quality, ties to the smaller label. A part that
/// consists of one node *of the same sub-round* is no choice: that node may be about to leave.
///
/// So whenever a part is joined, it holds a node that does not move in this sub-round, and never will: the one that
/// is by itself has its turn in another sub-round, or has company and stays for good. Every joiner is a neighbour of
/// a member that was there before the sub-round. By induction, every part is connected, its leader within.
pub(super) fn refine<M: Mass>(
    level: &Level<'_, M>,
    labels: &Labels<M>,
    plan: &Plan,
    objective: &Objective,
    pool: &ScratchPool<M>,
) -> Labels<M> {
    let nodes = || (0..id32(level.node_count())).into_par_iter();
    let parts = Labels::singletons(level);
    let places: Vec<AtomicU64> = nodes().map(|u| AtomicU64::new(place(labels.of(u), u))).collect();
    let settled: Vec<AtomicBool> = nodes().map(|_| AtomicBool::new(false)).collect();
    for sub_round in 0..plan.sub_round_count() {
        let joiner = Joiner {
            level,
            labels,
            parts: &parts,
            places: &places,
            settled: &settled,
            plan,
            objective,
            sub_round,
        };
        let moves = plan.propose(level, sub_round, pool, &joiner);
        parts.apply(level, &moves);
        labels::for_each_move(&moves, PARALLEL_NOTES, NOTES_PER_TASK, |step| {
            places[step.node as usize].store(place(labels.of(step.node), step.to), Relaxed);
            settled[step.node as usize].store(true, Relaxed);
            settled[step.to as usize].store(true, Relaxed);
        });
    }
    parts
}

/// Community and part of a node in one word: one load from far away instead of two.
fn place(community: u32, part: u32) -> u64 {
    u64::from(community) << 32 | u64::from(part)
}

/// Asks nodes which part they join.
struct Joiner<'a, M: Mass> {
    level: &'a Level<'a, M>,
    labels: &'a Labels<M>,
    parts: &'a Labels<M>,
    /// By node.
    places: &'a [AtomicU64],
    /// By node: whether it has company, and so stays where it is.
    settled: &'a [AtomicBool],
    plan: &'a Plan,
    objective: &'a Objective,
    sub_round: usize,
}

impl<M: Mass> Visitor<M> for Joiner<'_, M> {
    #[inline]
    fn objective(&self) -> &Objective {
        self.objective
    }

    #[inline]
    fn looks_at(&self, u: u32) -> bool {
        !self.settled[u as usize].load(Relaxed)
    }

    #[inline]
    fn home(&self, u: u32) -> Home<M> {
        Home { label: u, mass: self.labels.volume(self.labels.of(u)) }
    }

    /// No neighbour is in part `u`, as `u` is by itself; here that label stands for all other communities.
    #[inline]
    fn label_for(&self, u: u32) -> impl Fn(u32) -> u32 + Sync {
        let community = self.labels.of(u);
        let places = self.places;
        move |v| {
            let place = places[v as usize].load(Relaxed);
            std::hint::select_unpredictable(low32(place >> 32) == community, low32(place), u)
        }
    }

    #[inline]
    fn stand(&self, u: u32, home: Home<M>, ties: &Ties) -> Option<Stand> {
        let mass = self.level.mass(u);
        let inside = ties.all - ties.own;
        let well_connected = self.objective.score(inside, mass, home.mass.minus(mass)) >= 0;
        well_connected.then_some(Stand { least: 0, best: (0, u) })
    }

    #[inline]
    fn mass_of(&self, label: u32) -> M {
        self.parts.volume(label)
    }

    #[inline]
    fn better(&self, u: u32, best: (i128, u32), Choice { sum, mass }: Choice<M>) -> (i128, u32) {
        let chosen = higher(best, (self.objective.score(sum.weight, self.level.mass(u), mass), sum.label));
        if chosen == best || self.may_leave(sum.label) { best } else { chosen }
    }
}

impl<M: Mass> Joiner<'_, M> {
    /// Whether a part is one node that moves in this sub-round.
    #[inline]
    fn may_leave(&self, part: u32) -> bool {
        self.plan.sub_round_of(part) == self.sub_round && !self.settled[part as usize].load(Relaxed)
    }
}
