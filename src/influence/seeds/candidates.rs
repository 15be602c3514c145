//! Whose lists are kept? Those who are in the most sets, and more of them where these are too few.

use std::{
    cmp::Reverse,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use rayon::prelude::*;

use super::{
    greedy::{Ballot, Picks},
    lists::{Lists, NO_CANDIDATE},
    sample::{Sample, Side},
    wish::Wish,
};
use crate::ids::{NodeId, id32, offset64};

/// Candidates to begin with, beside those for each node of the seed set; and how many times more where these are too
/// few.
const CANDIDATES: usize = 256;
const CANDIDATES_A_SEED: usize = 80;
const CANDIDATE_FACTOR: usize = 4;

/// How many candidates to begin with.
pub(super) fn first_count(wish: &Wish<'_>, node_count: usize) -> usize {
    match wish.budget {
        // Who is dear and reaches many may lose to who is cheap and reaches few.
        Some(_) => node_count,
        None => CANDIDATES_A_SEED.saturating_mul(wish.size).saturating_add(CANDIDATES),
    }
}

/// Counts in how many of these sets each node is; how many nodes they have together.
pub(super) fn count(sample: &Sample<'_>, sets: std::ops::Range<u64>, counts: &[AtomicU32]) -> u64 {
    let work = sample.tasks(sets, |sampler, numbers| {
        let mut work = 0;
        for number in numbers {
            let set = sampler.draw(Side::Choosing, number, |_| false);
            for v in set {
                counts[v.index()].fetch_add(1, Relaxed);
            }
            work += offset64(set.len());
        }
        work
    });
    work.iter().sum()
}

/// Of these nodes the members in the most sets, `count` of them at most, and in how many all others are at most.
fn foremost(counted: &[(Reverse<u32>, NodeId)], member: &[bool], count: usize) -> (Vec<NodeId>, u64) {
    let mut members: Vec<_> = counted.iter().filter(|counted| member[counted.1.index()]).collect();
    let mut others = 0;
    if count < members.len() {
        others = members.select_nth_unstable(count).1.0.0.into();
        members.truncate(count);
    }
    (members.into_iter().map(|counted| counted.1).collect(), others)
}

/// Picks nodes by the first `sets` sets.
///
/// Only nodes that are in many sets have lists, and those that are `listed`. Where one without could have been picked,
/// there are more of them: `candidate_count` at first, and afterwards as many as it took.
pub(super) fn picked<'w>(
    sample: &Sample<'_>,
    sets: u64,
    counts: &[AtomicU32],
    wish: &'w Wish<'w>,
    listed: &[Vec<NodeId>],
    candidate_count: &mut usize,
) -> (Ballot<'w>, Picks) {
    let counted = |v: NodeId| (Reverse(counts[v.index()].load(Relaxed)), v);
    let mut order: Vec<(Reverse<u32>, NodeId)> =
        (0..id32(counts.len())).into_par_iter().map(|v| counted(NodeId(v))).collect();
    order = order.into_par_iter().filter(|&(count, v)| count.0 > 0 && wish.may_be_picked(v)).collect();
    loop {
        let inside_count = (*candidate_count).min(order.len());
        let other = if inside_count < order.len() {
            u64::from(order.select_nth_unstable(inside_count).1.0.0)
        } else {
            0
        };
        let (inside, outside) = order.split_at(inside_count);
        let inside = inside.iter().map(|counted| counted.1);
        // Floors may take some that are in fewer sets.
        let for_floors = wish.floors.iter().map(|floor| foremost(outside, floor.member, *candidate_count));
        let (for_floors, of_floors): (Vec<Vec<NodeId>>, Vec<u64>) = for_floors.unzip();
        let mut candidates: Vec<NodeId> = inside
            .chain(for_floors.into_iter().flatten())
            .chain(wish.included.iter().chain(listed.iter().flatten()).copied())
            .collect();
        candidates.sort_unstable();
        candidates.dedup();
        let mut candidate_of = vec![NO_CANDIDATE; counts.len()];
        (0..).zip(&candidates).for_each(|(number, v)| candidate_of[v.index()] = number);
        let lists = Lists::new(sample, sets, &candidates, &candidate_of, wish.reached);
        let ballot = Ballot { wish, lists, candidates, other, of_floors };
        let picks = ballot.pick(None);
        let sure = other == 0 || (picks.nodes.len() == wish.size && picks.least_gain >= other);
        if sure {
            return (ballot, picks);
        }
        // With all that could gain as much as the last one, it is nearly always enough; with some more, next time too.
        let as_good = order.iter().filter(|counted| u64::from(counted.0.0) >= picks.least_gain).count();
        *candidate_count = if picks.nodes.len() == wish.size && as_good > inside_count {
            as_good + as_good / 4
        } else {
            candidate_count.saturating_mul(CANDIDATE_FACTOR)
        };
    }
}
