//! Compares the greedy seed set with the first nodes by other scores, on sets that are used for nothing else.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use rayon::prelude::*;

use super::greedy::{CoverageProblem, Selection};
use crate::{
    ids::{NodeId, offset64},
    influence::{
        constraints::{quotas::SelectionState, seed_constraints::SeedConstraints},
        model::SpreadModel,
        rr_sets::sample::{RrSample, RrSets},
    },
};

/// How many seed sets are compared in one pass: each uses one bit.
const BATCH: usize = 64;
/// A lead of this many standard deviations is significant.
const SIGNIFICANT: f64 = 2.0;
/// If `SIGNIFICANT` standard deviations are at most this share of the spread, the difference between seed sets is
/// negligible.
const NEGLIGIBLE: f64 = 0.01;
/// The sets of a comparison may have about `BASE_WORK + WORK_FACTOR * work` nodes in total, where `work` is the total
/// number of nodes in the sets on which the seeds were selected.
const BASE_WORK: u64 = 1 << 19;
const WORK_FACTOR: u64 = 2;

/// The one-step spread reads edges, so it is computed only for the `ONE_STEP_NODES` nodes of the largest in-degree, or
/// for `ONE_STEP_NODES_PER_SEED` for each node requested if that is more.
const ONE_STEP_NODES: usize = 1024;
const ONE_STEP_NODES_PER_SEED: usize = 8;

/// The baselines: the first nodes by in-degree; the first by one-step spread among the nodes with the largest
/// in-degree; the first of each ranking of the constraints. Each baseline is within the constraints and starts with the
/// included nodes.
pub(super) fn baseline_seeds(model: &SpreadModel<'_>, constraints: &SeedConstraints<'_>) -> Vec<Vec<NodeId>> {
    let n = model.graph.node_count();
    let by_in_degree = || nodes_by(n, |v| offset64(model.graph.in_edges().degree(v)));
    let count = ONE_STEP_NODES.max(ONE_STEP_NODES_PER_SEED.saturating_mul(constraints.size));
    let top: Vec<NodeId> = by_in_degree().filter(|&v| constraints.may_be_picked(v)).take(count).collect();
    // All nodes follow by in-degree, in case caps exclude most of the `top` nodes.
    let others = || std::iter::once_with(by_in_degree).flatten();
    let spreads = model.one_step_spread(&top, constraints.worth);
    let mut by_step: Vec<(f64, NodeId)> =
        spreads.into_iter().zip(top.iter().copied()).filter(|(spread, _)| *spread > 0.0).collect();
    by_step.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let by_step = by_step.into_iter().map(|(_, v)| v);
    let mut all = vec![
        first_allowed(constraints, n, top.iter().copied().chain(others())),
        first_allowed(constraints, n, by_step.chain(others())),
    ];
    let given = constraints.baselines.iter();
    all.extend(given.map(|ranking| first_allowed(constraints, n, ranking.iter().copied())));
    all
}

/// The nodes of positive score by falling score, ties by rising node. A heap sorts only as many nodes as are consumed.
fn nodes_by(node_count: usize, score: impl Fn(NodeId) -> u64 + Sync) -> impl Iterator<Item = NodeId> {
    let scored = |v: usize| (score(NodeId::new(v)), Reverse(NodeId::new(v)));
    let scores: Vec<(u64, Reverse<NodeId>)> =
        (0..node_count).into_par_iter().map(scored).filter(|scored| scored.0 > 0).collect();
    let mut heap = BinaryHeap::from(scores);
    std::iter::from_fn(move || Some(heap.pop()?.1.0))
}

/// The included nodes, then the first nodes of a ranking that the constraints allow together.
fn first_allowed(
    constraints: &SeedConstraints<'_>,
    node_count: usize,
    ranking: impl Iterator<Item = NodeId>,
) -> Vec<NodeId> {
    let (mut state, mut is_in) = (SelectionState::new(constraints), vec![false; node_count]);
    constraints.included.iter().for_each(|v| is_in[v.index()] = true);
    let mut nodes = constraints.included.to_vec();
    for v in ranking {
        if state.remaining.size == 0 {
            break;
        }
        if constraints.may_be_picked(v) && !is_in[v.index()] && state.allows(v) {
            state.take(v);
            is_in[v.index()] = true;
            nodes.push(v);
        }
    }
    SelectionState::new(constraints).append_reserve(&mut nodes);
    nodes
}

/// Returns the best of the greedy selection, the baselines, and the greedy selections that prefer the nodes of a
/// baseline. Also returns an upper bound on how many of the reverse-reachable sets any allowed seed set covers. The
/// seeds were selected by these sets, which have `work` nodes in total.
pub(super) fn best_seed_set(
    sample: &RrSample<'_>,
    problem: &CoverageProblem<'_>,
    greedy: Selection,
    baselines: &[Vec<NodeId>],
    sets: u64,
    work: u64,
) -> (Vec<NodeId>, u64) {
    let (mut max_covered, mut seed_sets) = (greedy.max_covered, vec![greedy.nodes]);
    for baseline in baselines {
        let preferring = problem.select(Some(baseline));
        max_covered = max_covered.min(preferring.max_covered);
        for nodes in [&preferring.nodes, baseline] {
            if !seed_sets.contains(nodes) {
                seed_sets.push(nodes.clone());
            }
        }
    }
    // A seed set with an unmet quota can win only if every seed set has an unmet quota.
    let meets_quotas = |nodes: &Vec<NodeId>| problem.constraints.unmet_quota(nodes).is_none();
    if seed_sets.iter().any(meets_quotas) {
        seed_sets.retain(meets_quotas);
    }
    let comparison = Comparison {
        sample,
        already_active: problem.constraints.already_active,
        first_sets: sets,
        max_work: BASE_WORK + WORK_FACTOR * work,
    };
    (comparison.best(seed_sets), max_covered)
}

/// A comparison of seed sets: `first_sets` sets are drawn, and their number is doubled until the lead of the best seed
/// set over every other one is significant or its error is negligible, or the next doubling would pass `max_work`
/// nodes.
struct Comparison<'a> {
    sample: &'a RrSample<'a>,
    already_active: Option<&'a [bool]>,
    first_sets: u64,
    max_work: u64,
}

impl Comparison<'_> {
    fn best(&self, mut seed_sets: Vec<Vec<NodeId>>) -> Vec<NodeId> {
        while seed_sets.len() > 1 {
            let winner = |batch: &[Vec<NodeId>]| batch[self.best_of_batch(batch)].clone();
            seed_sets = seed_sets.chunks(BATCH).map(winner).collect();
        }
        seed_sets.pop().expect("invariant: the greedy selection is there")
    }

    fn best_of_batch(&self, seed_sets: &[Vec<NodeId>]) -> usize {
        // By node: a bit for each seed set that contains it.
        let mut member_of = vec![0_u64; self.sample.model.graph.node_count()];
        for (at, nodes) in seed_sets.iter().enumerate() {
            for v in nodes {
                member_of[v.index()] |= 1 << at;
            }
        }
        let all = u64::MAX >> (BATCH - seed_sets.len());
        let is_active = |v: NodeId| self.already_active.is_some_and(|active| active[v.index()]);
        // For each combination of seed sets: how many reverse-reachable sets exactly these seed sets cover.
        let (mut hits, mut work, mut drawn) = (BTreeMap::<u64, u64>::new(), 0, 0..self.first_sets);
        loop {
            let chunks = self.sample.run_chunks(drawn.clone(), |sampler, numbers| {
                let (mut hits, mut work) = (BTreeMap::<u64, u64>::new(), 0);
                for number in numbers {
                    // A node that is in all seed sets decides that all of them cover the set, unless an already active
                    // node may follow.
                    let decides = |v: NodeId| self.already_active.is_none() && member_of[v.index()] == all;
                    let set = sampler.draw(RrSets::Compare, number, |v| is_active(v) || decides(v));
                    work += offset64(set.len());
                    if !set.last().is_some_and(|&v| is_active(v)) {
                        let covered_by = set.iter().fold(0, |bits, v| bits | member_of[v.index()]);
                        *hits.entry(covered_by).or_default() += 1;
                    }
                }
                (hits, work)
            });
            for (chunk_hits, chunk_work) in chunks {
                for (covered_by, count) in chunk_hits {
                    *hits.entry(covered_by).or_default() += count;
                }
                work += chunk_work;
            }
            let (best, clear) = leader(&hits, seed_sets.len());
            if clear || 2 * work > self.max_work {
                return best;
            }
            drawn = drawn.end..2 * drawn.end;
        }
    }
}

/// The index of the seed set that covers the most reverse-reachable sets, and whether its lead over every other seed
/// set is significant or its error is negligible. `hits` has for each combination of seed sets the number of
/// reverse-reachable sets that exactly these seed sets cover.
fn leader(hits: &BTreeMap<u64, u64>, seed_sets: usize) -> (usize, bool) {
    let count = |holds: &dyn Fn(u64) -> bool| {
        hits.iter().filter(|(bits, _)| holds(**bits)).map(|(_, count)| count).sum::<u64>() as f64
    };
    let covered: Vec<f64> = (0..seed_sets).map(|at| count(&|bits| bits >> at & 1 == 1)).collect();
    let best = (1..seed_sets).fold(0, |best, at| if covered[at] > covered[best] { at } else { best });
    let clear = |other: usize| {
        // Sets that both seed sets cover do not show which seed set is better (McNemar).
        let discordant = count(&|bits| (bits >> best ^ bits >> other) & 1 == 1);
        let error = SIGNIFICANT * discordant.sqrt();
        covered[best] - covered[other] >= error || error <= NEGLIGIBLE * covered[best]
    };
    (best, (0..seed_sets).all(clear))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_is_significant_negligible_or_neither() {
        let hits = |parts: &[(u64, u64)]| parts.iter().copied().collect::<BTreeMap<u64, u64>>();
        // Both seed sets cover the same 1,000 sets; besides, one covers 40 and the other 20. The lead is 20, and about
        // 15 would be significant.
        assert_eq!(leader(&hits(&[(0b11, 1000), (0b01, 40), (0b10, 20)]), 2), (0, true));
        assert_eq!(leader(&hits(&[(0b11, 1000), (0b10, 40), (0b01, 20)]), 2), (1, true));
        // A lead of 5 with an error of 15 among 1,030 sets is neither significant nor negligible.
        assert_eq!(leader(&hits(&[(0b11, 1000), (0b01, 30), (0b10, 25)]), 2), (0, false));
        // The same lead among 5,030 sets: the error is negligible.
        assert_eq!(leader(&hits(&[(0b11, 5000), (0b01, 30), (0b10, 25)]), 2), (0, true));
        // The first two seed sets cover equally many, so the first one leads; the third is far behind.
        assert_eq!(leader(&hits(&[(0b011, 900), (0b100, 100)]), 3), (0, true));
    }
}
