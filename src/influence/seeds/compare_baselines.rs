//! Would the first nodes by another score reach more? Seed sets against each other, on sets of their own.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use rayon::prelude::*;

use super::{
    floors::Selection,
    greedy::{Ballot, Picks},
    model::SpreadModel,
    sample::{Sample, Side},
    wish::Wish,
};
use crate::ids::{NodeId, offset64};

/// Seed sets that are compared at once: a bit each.
const AT_ONCE: usize = 64;
/// A lead is real if it is so many standard deviations ...
const SURE: f64 = 2.0;
/// ... and if they are less than this share of what is reached, no lead is worth knowing.
const CLOSE: f64 = 0.01;
/// How many nodes the sets of a contest may have together in any case, and how many more for each of those that the
/// sets of the choice have.
const LEAST_WORK: u64 = 1 << 19;
const WORK_FACTOR: u64 = 2;

/// Of so many nodes with the largest audiences, those for each node of the seed set included, is told whom they move in
/// one step: that takes a look at their edges.
const FOREMOST: usize = 1024;
const FOREMOST_A_SEED: usize = 8;

/// The first nodes by the size of their audience, the first of the largest audiences by whom they move in one step, and
/// the first by each rival score, as far as the wish has room; those that must be in it first.
pub(super) fn listed(model: &SpreadModel<'_>, wish: &Wish<'_>) -> Vec<Vec<NodeId>> {
    let n = model.graph.node_count();
    let by_audience = || falling(n, |v| offset64(model.graph.in_edges().degree(v)));
    let foremost_count = FOREMOST.max(FOREMOST_A_SEED.saturating_mul(wish.size));
    let foremost: Vec<NodeId> =
        by_audience().filter(|&v| wish.may_be_picked(v)).take(foremost_count).collect();
    // Where caps keep out most of them, the others follow.
    let others = || std::iter::once_with(by_audience).flatten();
    let moved = model.first_step(&foremost, wish.worth);
    let mut by_step: Vec<(f64, NodeId)> =
        moved.into_iter().zip(foremost.iter().copied()).filter(|(moved, _)| *moved > 0.0).collect();
    by_step.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let by_step = by_step.into_iter().map(|(_, v)| v);
    let mut all = vec![
        first(wish, n, foremost.iter().copied().chain(others())),
        first(wish, n, by_step.chain(others())),
    ];
    all.extend(wish.rivals.iter().map(|rival| first(wish, n, rival.iter().copied())));
    all
}

/// Nodes by falling score, ties by rising node; only as many are sorted as are asked for.
fn falling(node_count: usize, score: impl Fn(NodeId) -> u64 + Sync) -> impl Iterator<Item = NodeId> {
    let scored = |v: usize| (score(NodeId::new(v)), Reverse(NodeId::new(v)));
    let scores: Vec<(u64, Reverse<NodeId>)> =
        (0..node_count).into_par_iter().map(scored).filter(|scored| scored.0 > 0).collect();
    let mut heap = BinaryHeap::from(scores);
    std::iter::from_fn(move || Some(heap.pop()?.1.0))
}

/// The first nodes of an order that the wish has room for.
fn first(wish: &Wish<'_>, node_count: usize, order: impl Iterator<Item = NodeId>) -> Vec<NodeId> {
    let (mut picked, mut is_in) = (Selection::new(wish), vec![false; node_count]);
    wish.included.iter().for_each(|v| is_in[v.index()] = true);
    let mut nodes = wish.included.to_vec();
    for v in order {
        if picked.room.size == 0 {
            break;
        }
        if wish.may_be_picked(v) && !is_in[v.index()] && picked.has_room(v) {
            picked.take(v);
            is_in[v.index()] = true;
            nodes.push(v);
        }
    }
    Selection::new(wish).complete(&mut nodes);
    nodes
}

/// Of the greedy choice, the lists, and the choices that begin with a list, the one that reaches the most; and what no
/// seed set that keeps to the wish covers more than, of the sets of the choice.
///
/// `work` is how many nodes these sets have together.
pub(super) fn winner(
    sample: &Sample<'_>,
    ballot: &Ballot<'_>,
    picks: Picks,
    listed: &[Vec<NodeId>],
    sets: u64,
    work: u64,
) -> (Vec<NodeId>, u64) {
    let (mut most, mut seed_sets) = (picks.most, vec![picks.nodes]);
    for list in listed {
        let favoured = ballot.pick(Some(list));
        most = most.min(favoured.most);
        for nodes in [&favoured.nodes, list] {
            if !seed_sets.contains(nodes) {
                seed_sets.push(nodes.clone());
            }
        }
    }
    // Who misses floors wins only where all do.
    if seed_sets.iter().any(|nodes| ballot.wish.missed(nodes).is_none()) {
        seed_sets.retain(|nodes| ballot.wish.missed(nodes).is_none());
    }
    let most_work = LEAST_WORK + WORK_FACTOR * work;
    (best(sample, seed_sets, ballot.wish.reached, sets, most_work), most)
}

/// The seed set that reaches the most: `sets` sets are drawn, and twice as many again and again, until all leads are
/// clear, or close, or more than `most_work` nodes would have to be drawn.
fn best(
    sample: &Sample<'_>,
    mut seed_sets: Vec<Vec<NodeId>>,
    reached: Option<&[bool]>,
    sets: u64,
    most_work: u64,
) -> Vec<NodeId> {
    while seed_sets.len() > 1 {
        let of_few = |few: &[Vec<NodeId>]| few[best_of_few(sample, few, reached, sets, most_work)].clone();
        seed_sets = seed_sets.chunks(AT_ONCE).map(of_few).collect();
    }
    seed_sets.pop().expect("invariant: the greedy choice is there")
}

fn best_of_few(
    sample: &Sample<'_>,
    seed_sets: &[Vec<NodeId>],
    reached: Option<&[bool]>,
    sets: u64,
    most_work: u64,
) -> usize {
    // By node: which seed sets it is in.
    let mut is_in = vec![0_u64; sample.model.graph.node_count()];
    for (at, nodes) in seed_sets.iter().enumerate() {
        for v in nodes {
            is_in[v.index()] |= 1 << at;
        }
    }
    let all = u64::MAX >> (AT_ONCE - seed_sets.len());
    let is_reached = |v: NodeId| reached.is_some_and(|reached| reached[v.index()]);
    // How many sets are covered by just these seed sets.
    let (mut hits, mut work, mut drawn) = (BTreeMap::<u64, u64>::new(), 0, 0..sets);
    loop {
        let tasks = sample.tasks(drawn.clone(), |sampler, numbers| {
            let (mut hits, mut work) = (BTreeMap::<u64, u64>::new(), 0);
            for number in numbers {
                // In all of them is in all of them, unless somebody further on is active already.
                let stop = |v: NodeId| is_reached(v) || (reached.is_none() && is_in[v.index()] == all);
                let set = sampler.draw(Side::Comparing, number, stop);
                work += offset64(set.len());
                if !set.last().is_some_and(|&v| is_reached(v)) {
                    *hits.entry(set.iter().fold(0, |hit, v| hit | is_in[v.index()])).or_default() += 1;
                }
            }
            (hits, work)
        });
        for (more, of_task) in tasks {
            for (hit, count) in more {
                *hits.entry(hit).or_default() += count;
            }
            work += of_task;
        }
        let (best, clear) = leader(&hits, seed_sets.len());
        if clear || 2 * work > most_work {
            return best;
        }
        drawn = drawn.end..2 * drawn.end;
    }
}

/// Who covers the most sets, given how many sets are covered by which seed sets; and whether that lead is clear, or
/// close.
fn leader(hits: &BTreeMap<u64, u64>, seed_sets: usize) -> (usize, bool) {
    let count = |holds: &dyn Fn(u64) -> bool| {
        hits.iter().filter(|(hit, _)| holds(**hit)).map(|(_, count)| count).sum::<u64>() as f64
    };
    let covered: Vec<f64> = (0..seed_sets).map(|at| count(&|hit| hit >> at & 1 == 1)).collect();
    let best = (1..seed_sets).fold(0, |best, at| if covered[at] > covered[best] { at } else { best });
    let clear = |other: usize| {
        // Sets that both cover say nothing of who is better.
        let differ = count(&|hit| (hit >> best ^ hit >> other) & 1 == 1);
        let noise = SURE * differ.sqrt();
        covered[best] - covered[other] >= noise || noise <= CLOSE * covered[best]
    };
    (best, (0..seed_sets).all(clear))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_is_clear_close_or_neither() {
        let hits = |parts: &[(u64, u64)]| parts.iter().copied().collect::<BTreeMap<u64, u64>>();
        // Beyond 1,000 sets in common one seed set covers 40 and the other 20: a lead of 20 where 15 would do.
        assert_eq!(leader(&hits(&[(0b11, 1000), (0b01, 40), (0b10, 20)]), 2), (0, true));
        assert_eq!(leader(&hits(&[(0b11, 1000), (0b10, 40), (0b01, 20)]), 2), (1, true));
        // A lead of 5, noise of 15 in 1,035: neither.
        assert_eq!(leader(&hits(&[(0b11, 1000), (0b01, 30), (0b10, 25)]), 2), (0, false));
        // The same in 5,000: whoever wins, it is close.
        assert_eq!(leader(&hits(&[(0b11, 5000), (0b01, 30), (0b10, 25)]), 2), (0, true));
        // The first of equals; a third is far behind.
        assert_eq!(leader(&hits(&[(0b011, 900), (0b100, 100)]), 3), (0, true));
    }
}
