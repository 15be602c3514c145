//! Estimates the spread of several seed sets, alone and in combination, and by groups of reached nodes.

use std::ops::Range;

use super::{
    certificate::Z,
    model::SpreadModel,
    rr_sets::sample::{RrSample, RrSets},
    spread::Spread,
};
use crate::ids::{NodeId, low8, offset64};

/// The number of sets in the first round of [`estimate_by_group`].
const FIRST_SETS: u64 = 1 << 14;
/// No round begins once this many sets are drawn.
const MAX_SETS: u64 = 1 << 26;
/// The largest number of seed sets of [`estimate_by_group`]: each uses one bit of a byte.
pub const MAX_SEED_SETS: usize = 8;

/// How precise an estimate by group is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupEstimateConfig {
    /// The number of sets is doubled until half the width of the 95 % interval of every seed set's spread is at most
    /// this share of that spread.
    pub precision: f64,
    /// About how many nodes all drawn sets may have together. Beyond it the search ends with the result so far.
    pub max_work: u64,
    /// The seed of the random numbers.
    pub seed: u64,
}

/// A sample of random nodes, each with the seed sets that reach it. The sample gives the spread into any group of
/// nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupEstimate {
    /// The sampled nodes that some seed set reaches, in the order in which they were sampled.
    pub hits: Vec<Hit>,
    /// How many nodes were sampled, reached or not.
    pub sets: u64,
    /// What all nodes are worth together.
    pub total_worth: f64,
}

/// A sampled node that some seed set reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The node.
    pub node: NodeId,
    /// Bit `i` is set if seed set `i` reaches the node.
    pub reached_by: u8,
}

impl GroupEstimate {
    /// The expected worth of the reached nodes that `filter` selects.
    pub fn spread(&self, filter: impl Fn(&Hit) -> bool) -> Spread {
        self.spread_of(offset64(self.hits.iter().filter(|&hit| filter(hit)).count()))
    }

    /// The expected worth of the reached nodes that `plus` selects, minus that of the reached nodes that `minus`
    /// selects. The interval uses the normal approximation. Its width grows with the number of hits that `plus` and
    /// `minus` select.
    pub fn difference(&self, plus: impl Fn(&Hit) -> bool, minus: impl Fn(&Hit) -> bool) -> Spread {
        let count = |filter: &dyn Fn(&Hit) -> bool| self.hits.iter().filter(|hit| filter(hit)).count() as f64;
        let (plus, minus, sets) = (count(&plus), count(&minus), self.sets as f64);
        let mean = (plus - minus) / sets;
        // One hit is added, so that the interval has a width even where no hit was seen.
        let error = Z * ((plus + minus + 1.0) / sets - mean * mean).max(0.0).sqrt() / sets.sqrt();
        let scaled = |share: f64| share * self.total_worth;
        Spread { mean: scaled(mean), low: scaled(mean - error), high: scaled(mean + error) }
    }

    /// The expected worth of the reached nodes, estimated from this number of hits.
    pub(crate) fn spread_of(&self, hits: u64) -> Spread {
        Spread::of_hits(hits, self.sets, self.total_worth)
    }
}

/// Samples random nodes, in proportion to their worth, and finds which of the seed sets reach each of them.
///
/// All seed sets share the same sample, so the difference of two seed sets is more precise than the difference of two
/// separate estimates.
///
/// - **Input**: at most [`MAX_SEED_SETS`] seed sets. `already_active` and `worth` as for
///   [`estimate_spread`](super::estimate_spread).
/// - **Output**: [`GroupEstimate`]; the spread into any group of nodes is an unbiased estimate with a 95 % interval
///   (Wilson with continuity correction).
/// - **Stop**: when the spread of every nonempty seed set is known to `cfg.precision`, or the next doubling would pass
///   `cfg.max_work` or 2^26 sets.
/// - **Cost**: time that of drawing the sets; memory 8 bytes a hit, 1 byte a node, and n / 8 bytes a worker.
/// - **Same bits**: at any thread count.
/// - **Source**: Borgs, Brautbar, Chayes, Lucier 2014.
/// - **Checked by**: `tests/it/influence/groups.rs` — enumeration of all outcomes,
///   [`estimate_spread`](super::estimate_spread).
///
/// Panics if the length of a slice is not the number of nodes, or if there are too many seed sets.
pub fn estimate_by_group(
    model: &SpreadModel<'_>,
    seed_sets: &[&[NodeId]],
    already_active: Option<&[bool]>,
    worth: Option<&[u64]>,
    cfg: &GroupEstimateConfig,
) -> GroupEstimate {
    assert!(seed_sets.len() <= MAX_SEED_SETS, "invariant: each seed set has a bit of a byte");
    let mut member_of = vec![0_u8; model.node_count()];
    for (at, nodes) in seed_sets.iter().enumerate() {
        nodes.iter().for_each(|v| member_of[v.index()] |= low8(1 << at));
    }
    let sample = RrSample::new(model, worth, cfg.seed);
    let is_active = |v: NodeId| already_active.is_some_and(|active| active[v.index()]);
    let mut estimate = GroupEstimate { hits: Vec::new(), sets: 0, total_worth: sample.total_worth() };
    if estimate.total_worth == 0.0 {
        return estimate;
    }
    let (mut work, mut sets) = (0_u64, FIRST_SETS);
    loop {
        let chunks = sample.run_chunks(estimate.sets..sets, |sampler, numbers| {
            let (mut hits, mut work) = (Vec::new(), 0);
            for number in numbers {
                let set = sampler.draw(RrSets::Validate, number, is_active);
                work += offset64(set.len());
                let reached_by = set.iter().fold(0, |bits, v| bits | member_of[v.index()]);
                if reached_by != 0 && !set.last().is_some_and(|&v| is_active(v)) {
                    hits.push(Hit { node: set[0], reached_by });
                }
            }
            (hits, work)
        });
        for (hits, chunk_work) in chunks {
            estimate.hits.extend(hits);
            work += chunk_work;
        }
        estimate.sets = sets;
        let is_precise = |at: usize| {
            let Spread { mean, low, high } = estimate.spread(|hit| hit.reached_by >> at & 1 == 1);
            high - low <= 2.0 * cfg.precision * mean
        };
        let all_precise = (0..seed_sets.len()).filter(|&at| !seed_sets[at].is_empty()).all(is_precise);
        if all_precise || work.saturating_mul(2) > cfg.max_work || sets >= MAX_SETS {
            return estimate;
        }
        sets *= 2;
    }
}

/// Estimates the spread of each of `nodes` alone, in the given order. It uses the sets with the numbers `sets`, at
/// least one, that [`estimate_by_group`] draws with the same seed.
///
/// - **Input**, **Output**, **Same bits**, **Source**, **Checked by**: as [`estimate_by_group`].
/// - **Stop**: after these sets.
/// - **Cost**: time that of drawing the sets; memory 4 bytes a node, 512 bytes for each of `nodes`, and n / 8 bytes a
///   worker.
///
/// Panics if the length of a slice is not the number of nodes.
pub fn estimate_each(
    model: &SpreadModel<'_>,
    nodes: &[NodeId],
    already_active: Option<&[bool]>,
    worth: Option<&[u64]>,
    sets: Range<u64>,
    seed: u64,
) -> Vec<Spread> {
    let mut place = vec![u32::MAX; model.node_count()];
    (0..).zip(nodes).for_each(|(at, v)| place[v.index()] = at);
    let sample = RrSample::new(model, worth, seed);
    if sample.total_worth() == 0.0 {
        return vec![Spread::ZERO; nodes.len()];
    }
    let is_active = |v: NodeId| already_active.is_some_and(|active| active[v.index()]);
    let hits = sample.sums(sets.clone(), nodes.len(), |sampler, number, hits| {
        let set = sampler.draw(RrSets::Validate, number, is_active);
        if set.last().is_some_and(|&v| is_active(v)) {
            return;
        }
        let places = set.iter().map(|v| place[v.index()]).filter(|&at| at != u32::MAX);
        places.for_each(|at| hits[at as usize] += 1);
    });
    // A repeated node has the position of its last occurrence, and all occurrences share the hits of that position.
    let count = sets.end - sets.start;
    let spread = |v: &NodeId| Spread::of_hits(hits[place[v.index()] as usize], count, sample.total_worth());
    nodes.iter().map(spread).collect()
}
