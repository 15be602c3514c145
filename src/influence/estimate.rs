//! Estimates the expected spread of given nodes from random reverse-reachable sets.

use std::ops::Range;

use super::{
    model::SpreadModel,
    rr_sets::sample::{RrSample, RrSets},
    spread::{Pick, Spread},
};
use crate::ids::{NodeId, id32, offset64};

/// The spread of given nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct SpreadEstimate {
    /// The nodes in the given order, each with what it adds to the nodes before it.
    pub picks: Vec<Pick>,
    /// The spread of all the nodes together, the nodes themselves included.
    pub spread: Spread,
}

/// Estimates the expected spread of `nodes`, and what each node adds to the nodes before it.
///
/// - **Input**: `already_active[NodeId]`: whether a node is active before the cascade; what the active nodes reach is
///   excluded. `worth[NodeId]` is what reaching a node is worth; without it each node is worth 1.
/// - **Output**: unbiased means with 95 % intervals (Wilson with continuity correction), from `sets` ≥ 1 random
///   reverse-reachable sets. Relative to the worth of all nodes, an interval extends at most 1.96 / (2 √sets) to each
///   side.
/// - **Stop**: after `sets` sets.
/// - **Cost**: time that of drawing the sets; memory 4 bytes a node, 8 bytes for each of `nodes` and each 256 sets of a
///   wave, and n / 8 bytes a worker.
/// - **Same bits**: at any thread count.
/// - **Source**: Borgs, Brautbar, Chayes, Lucier 2014.
/// - **Checked by**: `tests/it/influence/seeds.rs` — enumeration of all outcomes, forward simulation.
///
/// Panics if the length of a slice is not the number of nodes.
pub fn estimate_spread(
    model: &SpreadModel<'_>,
    nodes: &[NodeId],
    already_active: Option<&[bool]>,
    worth: Option<&[u64]>,
    sets: u64,
    seed: u64,
) -> SpreadEstimate {
    let sample = RrSample::new(model, worth, seed);
    if sample.total_worth() == 0.0 {
        let pick = |&node: &NodeId| Pick { node, marginal: Spread::ZERO, cumulative: Spread::ZERO };
        return SpreadEstimate { picks: nodes.iter().map(pick).collect(), spread: Spread::ZERO };
    }
    estimate_picks(&sample, 0..sets, nodes, already_active).0
}

/// How many of the first `sets` validation sets contain one of `nodes` and no node that is already active.
pub(super) fn count_hits(sample: &RrSample<'_>, sets: u64, nodes: &[NodeId], active: Option<&[bool]>) -> u64 {
    let mut is_seed = vec![false; sample.model.graph.node_count()];
    for v in nodes {
        is_seed[v.index()] = true;
    }
    let is_seed = |v: NodeId| is_seed[v.index()];
    let hits = sample.run_chunks(0..sets, |sampler, numbers| {
        let is_hit = |number: &u64| match active {
            None => sampler.draw(RrSets::Validate, *number, is_seed).last().is_some_and(|&v| is_seed(v)),
            Some(active) => {
                let is_active = |v: NodeId| active[v.index()];
                let set = sampler.draw(RrSets::Validate, *number, is_active);
                set.last().is_some_and(|&v| !is_active(v)) && set.iter().any(|&v| is_seed(v))
            }
        };
        offset64(numbers.filter(is_hit).count())
    });
    hits.iter().sum()
}

/// Estimates from the validation sets with the numbers `sets` what each of `nodes` adds to the nodes before it, and the
/// spread of all `nodes`. Also returns how many sets the nodes cover.
pub(super) fn estimate_picks(
    sample: &RrSample<'_>,
    sets: Range<u64>,
    nodes: &[NodeId],
    already_active: Option<&[bool]>,
) -> (SpreadEstimate, u64) {
    // Each set counts for the first pick that it contains. `place` is the position of a pick, from 1. Active nodes have
    // position 0, before all picks.
    let mut place = vec![u32::MAX; sample.model.graph.node_count()];
    // The first position of a repeated node counts.
    nodes.iter().enumerate().rev().for_each(|(at, v)| place[v.index()] = id32(at + 1));
    if let Some(active) = already_active {
        place.iter_mut().zip(active).filter(|(_, active)| **active).for_each(|(place, _)| *place = 0);
    }
    let lowest = u32::from(already_active.is_none());
    let firsts = sample.sums(sets.clone(), nodes.len() + 1, |sampler, number, firsts| {
        let set = sampler.draw(RrSets::Validate, number, |v| place[v.index()] == lowest);
        let first = set.iter().map(|v| place[v.index()]).min().filter(|&first| first != u32::MAX);
        if let Some(first) = first {
            firsts[first as usize] += 1;
        }
    });
    let spread = |hits: u64| Spread::of_hits(hits, sets.end - sets.start, sample.total_worth());
    let mut covered = 0;
    let pick = |(&node, &hits): (&NodeId, &u64)| {
        covered += hits;
        Pick { node, marginal: spread(hits), cumulative: spread(covered) }
    };
    let picks = nodes.iter().zip(&firsts[1..]).map(pick).collect();
    (SpreadEstimate { picks, spread: spread(covered) }, covered)
}
