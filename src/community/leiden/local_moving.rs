//! Phase 1: nodes move, one sub-round after the other, to the neighbouring community where they add most quality.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rayon::prelude::*;

use super::{
    labels::{Labels, Move},
    level::Level,
    plan::Plan,
    tally::{Scratch, ScratchPool, higher},
};
use crate::{community::quality::Objective, ids::id32};

/// How long nodes move, and from where.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// The phase ends after a round with at most this many moves.
    pub(super) enough: usize,
    /// Whether all nodes start by themselves: then nearly all of them move in the first rounds.
    pub(super) from_singletons: bool,
}

/// The phase ends after this many rounds in any case.
const MAX_ROUNDS: u32 = 30;

/// Moves nodes of `level` between communities until few moves are left that add quality.
///
/// A sub-round is three steps, each finished before the next begins: its nodes choose against frozen labels and
/// volumes; all moves are applied; the neighbours that a mover left behind are marked. A node that is not marked
/// keeps its community: nothing next to it changed. Marks compare the labels *after* all moves; while nodes still
/// choose, a mark could come before or after a neighbour of the same sub-round looks.
pub(super) fn move_nodes(
    level: &Level<'_>,
    labels: &Labels,
    plan: &Plan,
    objective: &Objective,
    patience: Patience,
    pool: &ScratchPool,
) {
    // One mark more than there are nodes: where marks go that mean nothing.
    let marks: Vec<AtomicBool> =
        (0..=level.node_count()).into_par_iter().map(|_| AtomicBool::new(true)).collect();
    // While most nodes move, most are marked: cheaper to look at all of them than to mark.
    let mut marking = !patience.from_singletons;
    for _ in 0..MAX_ROUNDS {
        let mut moved = 0;
        for sub_round in 0..plan.sub_round_count() {
            let moves = plan.propose(sub_round, pool, |u, scratch| {
                let mark = &marks[u as usize];
                if !mark.load(Relaxed) {
                    return None;
                }
                mark.store(false, Relaxed);
                better(level, labels, objective, scratch, u)
            });
            moved += labels.apply(level, &moves);
            if marking {
                mark_neighbours(level, labels, &marks, &moves);
            }
        }
        if moved <= patience.enough {
            break;
        }
        if !marking {
            marks.par_iter().for_each(|mark| mark.store(true, Relaxed));
            marking = moved * 5 < level.live_count * 4;
        }
    }
}

/// The move of `u` that adds most quality, if any adds some: ties go to the smaller label, and to staying.
fn better(
    level: &Level<'_>,
    labels: &Labels,
    objective: &Objective,
    scratch: &mut Scratch,
    u: u32,
) -> Option<Move> {
    let (targets, weights) = level.row(u);
    if targets.is_empty() {
        return None;
    }
    let (from, strength) = (labels.of(u), level.strength(u));
    scratch.labels.clear();
    scratch.labels.extend(targets.iter().map(|&v| labels.of(v)));
    let sums = scratch.tally.add_up(&scratch.labels, weights);
    scratch.volumes.clear();
    scratch.volumes.extend(sums.iter().map(|sum| labels.volume(sum.label)));

    let own_weight = sums.iter().find(|sum| sum.label == from).map_or(0, |sum| sum.weight);
    let stay = objective.score(own_weight, strength, labels.volume(from) - strength);
    // The community of `u` is among the scores too, but as if `u` came on top of itself: less than staying.
    let scores = sums.iter().zip(&scratch.volumes);
    let scores = scores.map(|(sum, &volume)| (objective.score(sum.weight, strength, volume), sum.label));
    // Label `u` is free for `u` alone when nobody carries it; being alone scores 0.
    let alone = (labels.volume(u) == 0).then_some((0, u));
    let (score, to) = scores.chain(alone).reduce(higher)?;
    (score > stay).then_some(Move { node: u, from, to })
}

/// Marks the neighbours of movers that are not in the mover's new community.
fn mark_neighbours(level: &Level<'_>, labels: &Labels, marks: &[AtomicBool], moves: &[Vec<Move>]) {
    let nowhere = id32(level.node_count());
    let mark = |list: &Vec<Move>| {
        for step in list {
            for &v in level.row(step.node).0 {
                // A choice of the place instead of a branch: whether `v` went along cannot be predicted.
                let place = if labels.of(v) == step.to { nowhere } else { v };
                marks[place as usize].store(true, Relaxed);
            }
        }
    };
    if let [only] = moves { mark(only) } else { moves.par_iter().for_each(mark) }
}
