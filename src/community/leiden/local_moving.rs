//! Phase 1: nodes move, one sub-round after the other, to the neighbouring community where they add most quality.

use std::{
    hint::select_unpredictable,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use rayon::prelude::*;

use super::{
    ask::{self, Choice, Home, ScratchPool, Stand, Ties, Visitor},
    labels::{self, Labels, Move},
    level::Level,
    mass::Mass,
    plan::Plan,
};
use crate::{community::quality::Objective, ids::id32};

/// How long nodes move, and from where.
#[derive(Clone, Copy)]
pub(super) struct Patience<'a> {
    /// The phase ends after a round with at most this many moves.
    pub(super) enough: usize,
    /// Whether all nodes start by themselves: then nearly all of them move in the first rounds.
    pub(super) from_singletons: bool,
    /// Where a partition is meant to stay: by node, whether it brings anybody who had company when the climb began. It
    /// leaves a place that is no worse than chance only if that gains it a share of its ties, see [`INERTIA`].
    pub(super) residents: Option<&'a [bool]>,
    /// Whether to give up after the first sub-round if hardly any of its nodes moved.
    pub(super) may_give_up: bool,
}

/// Whether anything was worth moving.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    /// The phase was carried through.
    Through,
    /// The first sub-round said that the partition is settled; its moves are made, the others not looked for.
    Settled,
}

/// The phase ends after this many rounds in any case.
const MAX_ROUNDS: u32 = 30;
/// The share of its ties to others that a resident must gain by leaving: one in so many.
const INERTIA: i128 = 8;
/// After a round in which nearly all nodes moved, those that had at least one in so many of their ties in one place
/// are hardly ever wrong already, and are not asked again before a neighbour leaves them behind in a later round. On
/// the graphs of `docs/benchmarks.md` that changes the modularity by less than the seed does.
const STEADY: u128 = 3;
/// A partition is settled where at most one in so many nodes of a sub-round moves.
const SETTLED: usize = 1000;
/// From so many moves on, neighbours are marked by all threads, so many movers a task.
const PARALLEL_MARKS: usize = 512;
const MARKS_PER_TASK: usize = 128;

/// Moves nodes of `level` between communities until few moves are left that add quality.
///
/// A sub-round is three steps, each finished before the next begins: its nodes choose against frozen labels and
/// volumes; all moves are applied; the neighbours that a mover left behind are marked. A node that is not marked keeps
/// its community: nothing next to it changed since it was asked, or, in the first rounds, it is [`STEADY`]. Neighbours
/// are marked by the labels *after* all moves; while nodes still choose, a mark could come before or after a neighbour
/// of the same sub-round looks. Then only a node's own mark is touched, by whoever asks it.
pub(super) fn move_nodes<M: Mass>(
    level: &Level<'_, M>,
    labels: &Labels<M>,
    plan: &Plan,
    objective: &Objective,
    patience: Patience<'_>,
    pool: &ScratchPool<M>,
) -> Moved {
    // One mark more than there are nodes: where marks go that mean nothing.
    let marks: Vec<AtomicBool> =
        (0..=level.node_count()).into_par_iter().map(|_| AtomicBool::new(true)).collect();
    // While most nodes move, most would be marked: cheaper to look at all of them than to mark.
    let mut marking = !patience.from_singletons;
    for round in 0..MAX_ROUNDS {
        let mut moved = 0;
        for sub_round in 0..plan.sub_round_count() {
            let pruning = match (marking, round) {
                (true, _) => Pruning::Unmarked(&marks),
                (false, 1..) if patience.enough > 0 => Pruning::NextRound(&marks),
                (false, _) => Pruning::None,
            };
            let mover = Mover { level, labels, objective, pruning, residents: patience.residents };
            let moves = plan.propose(level, sub_round, pool, &mover);
            moved += labels.apply(level, &moves);
            if marking {
                mark_neighbours(level, labels, &marks, &moves);
            }
            if patience.may_give_up
                && round == 0
                && sub_round == 0
                && moved * SETTLED <= plan.asked(sub_round)
            {
                return Moved::Settled;
            }
        }
        if moved <= patience.enough {
            break;
        }
        marking |= moved * 5 < level.node_count() * 4;
    }
    Moved::Through
}

/// Moves nodes of `level` one at a time until none adds quality by moving. One thread.
pub(super) fn move_one_by_one<M: Mass>(
    level: &Level<'_, M>,
    labels: &Labels<M>,
    objective: &Objective,
    pool: &ScratchPool<M>,
) {
    let mover = Mover { level, labels, objective, pruning: Pruning::None, residents: None };
    let mut moved = true;
    while moved {
        moved = false;
        for u in 0..id32(level.node_count()) {
            let moves = ask::about(level, &mover, &mut pool.take(), std::iter::once(u));
            moved |= labels.apply(level, &[moves]) > 0;
        }
    }
}

/// Asks nodes where they add most quality.
struct Mover<'a, M: Mass> {
    level: &'a Level<'a, M>,
    labels: &'a Labels<M>,
    objective: &'a Objective,
    pruning: Pruning<'a>,
    residents: Option<&'a [bool]>,
}

/// Who is not asked, by the marks of nodes.
#[derive(Clone, Copy)]
enum Pruning<'a> {
    /// Everybody is.
    None,
    /// Who is not marked.
    Unmarked(&'a [AtomicBool]),
    /// Everybody is; marks those who are not [`STEADY`].
    NextRound(&'a [AtomicBool]),
}

impl<M: Mass> Visitor<M> for Mover<'_, M> {
    #[inline]
    fn objective(&self) -> &Objective {
        self.objective
    }

    #[inline]
    fn looks_at(&self, u: u32) -> bool {
        let Pruning::Unmarked(marks) = self.pruning else { return true };
        let mark = &marks[u as usize];
        let marked = mark.load(Relaxed);
        if marked {
            mark.store(false, Relaxed);
        }
        marked
    }

    #[inline]
    fn home(&self, u: u32) -> Home<M> {
        let label = self.labels.of(u);
        Home { label, mass: self.labels.volume(label) }
    }

    #[inline]
    fn label_for(&self, _: u32) -> impl Fn(u32) -> u32 + Sync {
        let labels = self.labels.all();
        move |v| labels[v as usize].load(Relaxed)
    }

    #[inline]
    fn stand(&self, u: u32, home: Home<M>, ties: &Ties) -> Option<Stand> {
        if let Pruning::NextRound(marks) = self.pruning {
            let is_steady = STEADY * u128::from(ties.most()) >= u128::from(ties.all);
            marks[u as usize].store(!is_steady, Relaxed);
        }
        let mass = self.level.mass(u);
        let stay = self.objective.score(ties.own, mass, home.mass.minus(mass));
        // Label `u` is free for `u` alone when nobody carries it; being alone scores 0.
        if stay < 0 && self.labels.volume(u).is_zero() {
            return Some(Stand { least: stay, best: (0, u) });
        }
        let held = stay >= 0 && self.residents.is_some_and(|residents| residents[u as usize]);
        let least = if held { stay + self.objective.most(ties.all) / INERTIA } else { stay };
        Some(Stand { least, best: (least, home.label) })
    }

    #[inline]
    fn mass_of(&self, label: u32) -> M {
        self.labels.volume(label)
    }

    #[inline]
    fn better(&self, u: u32, best: (i128, u32), Choice { sum, mass }: Choice<M>) -> (i128, u32) {
        higher(best, (self.objective.score(sum.weight, self.level.mass(u), mass), sum.label))
    }
}

/// The choice of the higher score, of the smaller label where they tie.
#[expect(clippy::needless_bitwise_bool, reason = "the outcome cannot be predicted: bits instead of branches")]
#[inline]
pub(super) fn higher(a: (i128, u32), b: (i128, u32)) -> (i128, u32) {
    let second = (b.0 > a.0) | ((b.0 == a.0) & (b.1 < a.1));
    (select_unpredictable(second, b.0, a.0), select_unpredictable(second, b.1, a.1))
}

/// Marks the neighbours of movers that are not in the mover's new community.
fn mark_neighbours<M: Mass>(
    level: &Level<'_, M>,
    labels: &Labels<M>,
    marks: &[AtomicBool],
    moves: &[Vec<Move>],
) {
    let nowhere = id32(level.node_count());
    labels::for_each_move(moves, PARALLEL_MARKS, MARKS_PER_TASK, |step| {
        for &v in level.row(step.node).0 {
            // A choice of the place instead of a branch: whether `v` went along cannot be predicted.
            let place = select_unpredictable(labels.of(v) == step.to, nowhere, v);
            marks[place as usize].store(true, Relaxed);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::{Move, Mover, Pruning, ask};
    use crate::{
        community::{
            LeidenConfig,
            leiden::{ask::ScratchPool, labels::Labels, level::Level},
            quality::Objective,
        },
        graph::{self, Edge, Weighting},
        ids::NodeId,
        num,
    };

    #[test]
    fn all_threads_at_once_find_what_one_does() {
        let draw = |i: u64, stage, below: u64| u32::try_from(num::random(3, stage, i, 0) % below).unwrap();
        let edges = (0..6000).map(|i| {
            let (source, target) = (NodeId(draw(i, 1, 300)), NodeId(draw(i, 2, 40)));
            Edge { source, target, weight: 1 + u64::from(draw(i, 3, 9)) }
        });
        let edges = edges.filter(|edge| edge.source != edge.target).collect();
        let g = graph::symmetrize(&graph::build(300, edges, Weighting::FixedPoint { unit_log2: 0 }));
        let cfg = LeidenConfig::default();
        let objective = Objective::of(&g, cfg.quality, cfg.resolution);
        let level = Level::bottom(&g, g.strengths());
        let groups: Vec<u32> = (0..300).map(|u| u % 7).collect();
        let labels = Labels::from_partition(&level, &groups);
        let pool = ScratchPool::new(level.node_count());
        let mover = Mover {
            level: &level,
            labels: &labels,
            objective: &objective,
            pruning: Pruning::None,
            residents: None,
        };
        let mut moves = 0;
        for u in 0..300 {
            let one = ask::about(&level, &mover, &mut pool.take(), std::iter::once(u));
            let all = ask::about_hub(&level, &mover, &pool, u);
            let told = |step: &Move| (step.node, step.from, step.to);
            assert_eq!(one.first().map(told), all.as_ref().map(told), "node {u}");
            moves += one.len();
        }
        let together = ask::about(&level, &mover, &mut pool.take(), 0..300);
        assert!(moves > 50 && together.len() == moves, "{moves} and {}", together.len());
    }
}
