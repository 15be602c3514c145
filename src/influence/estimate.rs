//! What does a seed set reach, by sets that had no say in its choice?

use std::ops::Range;

use super::{
    Pick, Spread,
    sample::{Sample, Side},
};
use crate::ids::{NodeId, id32, offset64};

/// In how many sets of the judging side one of `nodes` is and nobody who is active already.
pub(super) fn hits(sample: &Sample<'_>, sets: u64, nodes: &[NodeId], reached: Option<&[bool]>) -> u64 {
    let mut is_seed = vec![false; sample.model.graph.node_count()];
    for v in nodes {
        is_seed[v.index()] = true;
    }
    let is_seed = |v: NodeId| is_seed[v.index()];
    let hits = sample.tasks(0..sets, |sampler, numbers| {
        let hit = |number: &u64| match reached {
            None => sampler.draw(Side::Judging, *number, is_seed).last().is_some_and(|&v| is_seed(v)),
            Some(reached) => {
                let is_reached = |v: NodeId| reached[v.index()];
                let set = sampler.draw(Side::Judging, *number, is_reached);
                set.last().is_some_and(|&v| !is_reached(v)) && set.iter().any(|&v| is_seed(v))
            }
        };
        offset64(numbers.filter(hit).count())
    });
    hits.iter().sum()
}

/// What nodes reach.
pub(super) struct Judged {
    pub(super) picks: Vec<Pick>,
    pub(super) spread: Spread,
    /// How many sets they cover.
    pub(super) hits: u64,
}

/// What each of `nodes` adds by these sets of the judging side, and what all reach.
pub(super) fn judge(
    sample: &Sample<'_>,
    sets: Range<u64>,
    nodes: &[NodeId],
    reached: Option<&[bool]>,
) -> Judged {
    // Who is active already stands before the first.
    let mut place = vec![u32::MAX; sample.model.graph.node_count()];
    // Of one that stands twice, the first place counts.
    nodes.iter().enumerate().rev().for_each(|(at, v)| place[v.index()] = id32(at + 1));
    if let Some(reached) = reached {
        place.iter_mut().zip(reached).filter(|(_, reached)| **reached).for_each(|(place, _)| *place = 0);
    }
    // No place comes before this one.
    let foremost = u32::from(reached.is_none());
    let firsts = sample.sums(sets.clone(), nodes.len() + 1, |sampler, number, firsts| {
        let set = sampler.draw(Side::Judging, number, |v| place[v.index()] == foremost);
        let first = set.iter().map(|v| place[v.index()]).min().filter(|&first| first != u32::MAX);
        if let Some(first) = first {
            firsts[first as usize] += 1;
        }
    });
    let spread = |hits: u64| Spread::of_hits(hits, sets.end - sets.start, sample.whole());
    let mut covered = 0;
    let pick = |(&node, &hits): (&NodeId, &u64)| {
        covered += hits;
        Pick { node, marginal: spread(hits), cumulative: spread(covered) }
    };
    let picks = nodes.iter().zip(&firsts[1..]).map(pick).collect();
    Judged { picks, spread: spread(covered), hits: covered }
}
