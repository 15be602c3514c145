//! Local moving, phase 1 of Leiden: nodes move to the neighboring community where they add most quality.

use std::{
    hint::select_unpredictable,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use rayon::prelude::*;

use super::{
    best_move::{
        self, CandidateLabel, MoveBaseline, MoveRule, MoveScratchPool, OwnCommunity, RatingSummary,
        higher_score,
    },
    labels::{self, Labels, Move},
    level::Level,
    schedule::Schedule,
};
use crate::{
    community::{null_model::NullModelWeight, quality::Objective},
    ids::id32,
};

/// When local moving ends, and properties of the partition from which it starts.
#[derive(Clone, Copy)]
pub(super) struct MovingStopRule<'a> {
    /// The phase ends after a round with at most this many moves.
    pub(super) max_moves_left: usize,
    /// Whether all nodes start as singletons: then nearly all of them move in the first rounds.
    pub(super) from_singletons: bool,
    /// In a warm start, for each node of the level: whether it contains a node of the input graph that was not alone at
    /// the start. If such a node fits its community no worse than chance, it moves only for a gain above a margin, see
    /// [`INERTIA`].
    pub(super) inertial: Option<&'a [bool]>,
    /// Whether to end after the first sub-round if hardly any of its nodes moved.
    pub(super) stop_if_settled: bool,
}

/// How local moving ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MovingOutcome {
    Finished,
    /// Hardly any node moved in the first sub-round, and local moving ended after it.
    Settled,
}

/// The phase ends after this many rounds at the latest.
const MAX_ROUNDS: u32 = 30;
/// An inertial node moves only for a gain above `1 / INERTIA` of its edge weight.
const INERTIA: i128 = 8;
/// A node is steady if at least `1 / STEADY` of its edge weight leads to one community. After a round in which nearly
/// all nodes moved, a steady node is usually in the right community, and is considered again only once a neighbor moves
/// away in a later round. On the graphs of `docs/benchmarks.md` this rule changes the modularity by less than a change
/// of the seed does.
const STEADY: u128 = 3;
/// A partition is settled if at most `1 / SETTLED` of the nodes of a sub-round move.
const SETTLED: usize = 1000;
/// With at least this many moves, all threads mark neighbors, `MARKS_PER_TASK` moves at a time.
const PARALLEL_MARKS: usize = 512;
const MARKS_PER_TASK: usize = 128;

/// Moves nodes of `level` between communities until hardly any move adds quality.
///
/// A sub-round has three steps, see `README.md`: its nodes choose, their moves are applied, neighbors are marked. A
/// node without a mark keeps its community: no neighbor has moved since it was last considered, or, in the first
/// rounds, it is [`STEADY`]. While nodes choose, a node reads and writes no mark except its own.
pub(super) fn move_nodes<W: NullModelWeight>(
    level: &Level<'_, W>,
    labels: &Labels<W>,
    schedule: &Schedule,
    objective: &Objective,
    stop: MovingStopRule<'_>,
    pool: &MoveScratchPool<W>,
) -> MovingOutcome {
    // One mark for each node; the entry after the last node receives unwanted marks.
    let marks: Vec<AtomicBool> =
        (0..=level.node_count()).into_par_iter().map(|_| AtomicBool::new(true)).collect();
    // While most nodes move, most nodes would be marked: considering all nodes is cheaper than marking.
    let mut marking = !stop.from_singletons;
    for round in 0..MAX_ROUNDS {
        let mut moved = 0;
        for sub_round in 0..schedule.sub_round_count() {
            let pruning = match (marking, round) {
                (true, _) => Pruning::Unmarked(&marks),
                (false, 1..) if stop.max_moves_left > 0 => Pruning::NextRound(&marks),
                (false, _) => Pruning::None,
            };
            let rule = LocalMoveRule { level, labels, objective, pruning, inertial: stop.inertial };
            let moves = schedule.propose(level, sub_round, pool, &rule);
            moved += labels.apply(level, &moves);
            if marking {
                mark_neighbors(level, labels, &marks, &moves);
            }
            if stop.stop_if_settled
                && round == 0
                && sub_round == 0
                && moved * SETTLED <= schedule.node_count_in(sub_round)
            {
                return MovingOutcome::Settled;
            }
        }
        if moved <= stop.max_moves_left {
            break;
        }
        marking |= moved * 5 < level.node_count() * 4;
    }
    MovingOutcome::Finished
}

/// Moves nodes of `level` one at a time until no single move adds quality. One thread.
pub(super) fn move_one_by_one<W: NullModelWeight>(
    level: &Level<'_, W>,
    labels: &Labels<W>,
    objective: &Objective,
    pool: &MoveScratchPool<W>,
) {
    let rule = LocalMoveRule { level, labels, objective, pruning: Pruning::None, inertial: None };
    let mut moved = true;
    while moved {
        moved = false;
        for u in 0..id32(level.node_count()) {
            let moves = best_move::best_moves(level, &rule, &mut pool.take(), std::iter::once(u));
            moved |= labels.apply(level, &[moves]) > 0;
        }
    }
}

struct LocalMoveRule<'a, W: NullModelWeight> {
    level: &'a Level<'a, W>,
    labels: &'a Labels<W>,
    objective: &'a Objective,
    pruning: Pruning<'a>,
    inertial: Option<&'a [bool]>,
}

/// How marks decide which nodes are considered.
#[derive(Clone, Copy)]
enum Pruning<'a> {
    /// All nodes are considered.
    None,
    /// Nodes without a mark are skipped.
    Unmarked(&'a [AtomicBool]),
    /// All nodes are considered, and nodes that are not [`STEADY`] are marked for the next round.
    NextRound(&'a [AtomicBool]),
}

impl<W: NullModelWeight> MoveRule<W> for LocalMoveRule<'_, W> {
    #[inline]
    fn objective(&self) -> &Objective {
        self.objective
    }

    #[inline]
    fn considers(&self, u: u32) -> bool {
        let Pruning::Unmarked(marks) = self.pruning else { return true };
        let mark = &marks[u as usize];
        let marked = mark.load(Relaxed);
        if marked {
            mark.store(false, Relaxed);
        }
        marked
    }

    #[inline]
    fn current(&self, u: u32) -> OwnCommunity<W> {
        let label = self.labels.of(u);
        OwnCommunity { label, volume: self.labels.volume(label) }
    }

    #[inline]
    fn label_for(&self, _: u32) -> impl Fn(u32) -> u32 + Sync {
        let labels = self.labels.all();
        move |v| labels[v as usize].load(Relaxed)
    }

    #[inline]
    fn baseline(&self, u: u32, current: OwnCommunity<W>, summary: &RatingSummary) -> Option<MoveBaseline> {
        if let Pruning::NextRound(marks) = self.pruning {
            let is_steady = STEADY * u128::from(summary.max()) >= u128::from(summary.total);
            marks[u as usize].store(!is_steady, Relaxed);
        }
        let weight = self.level.node_weight(u);
        let stay = self.objective.score(summary.own, weight, current.volume.minus(weight));
        // Being alone has a score of 0. Node `u` can be alone under label `u` if no node has that label.
        if stay < 0 && self.labels.volume(u).is_zero() {
            return Some(MoveBaseline { threshold: stay, best: (0, u) });
        }
        let inertial = stay >= 0 && self.inertial.is_some_and(|inertial| inertial[u as usize]);
        let threshold =
            if inertial { stay + self.objective.max_score(summary.total) / INERTIA } else { stay };
        Some(MoveBaseline { threshold, best: (threshold, current.label) })
    }

    #[inline]
    fn volume(&self, label: u32) -> W {
        self.labels.volume(label)
    }

    #[inline]
    fn better(&self, u: u32, best: (i128, u32), candidate: CandidateLabel<W>) -> (i128, u32) {
        let CandidateLabel { rating, volume } = candidate;
        let score = self.objective.score(rating.weight, self.level.node_weight(u), volume);
        higher_score(best, (score, rating.label))
    }
}

/// Marks every neighbor of a moved node that is not in the new community of the moved node.
fn mark_neighbors<W: NullModelWeight>(
    level: &Level<'_, W>,
    labels: &Labels<W>,
    marks: &[AtomicBool],
    moves: &[Vec<Move>],
) {
    let unwanted = id32(level.node_count());
    labels::for_each_move(moves, PARALLEL_MARKS, MARKS_PER_TASK, |step| {
        for &v in level.row(step.node).0 {
            // An unwanted mark goes to a spare entry: a branch could not be predicted.
            let place = select_unpredictable(labels.of(v) == step.to, unwanted, v);
            marks[place as usize].store(true, Relaxed);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::{LocalMoveRule, Move, Pruning, best_move};
    use crate::{
        community::{
            LeidenConfig,
            leiden::{best_move::MoveScratchPool, labels::Labels, level::Level},
            quality::Objective,
        },
        graph::{self, Edge, Weighting},
        ids::NodeId,
        num,
    };

    #[test]
    fn a_hub_shared_by_all_threads_makes_the_move_that_one_thread_finds() {
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
        let pool = MoveScratchPool::new(level.node_count());
        let rule = LocalMoveRule {
            level: &level,
            labels: &labels,
            objective: &objective,
            pruning: Pruning::None,
            inertial: None,
        };
        let mut moves = 0;
        for u in 0..300 {
            let one = best_move::best_moves(&level, &rule, &mut pool.take(), std::iter::once(u));
            let all = best_move::best_move_of_hub(&level, &rule, &pool, u);
            let parts = |step: &Move| (step.node, step.from, step.to);
            assert_eq!(one.first().map(parts), all.as_ref().map(parts), "node {u}");
            moves += one.len();
        }
        let together = best_move::best_moves(&level, &rule, &mut pool.take(), 0..300);
        assert!(moves > 50 && together.len() == moves, "{moves} and {}", together.len());
    }
}
