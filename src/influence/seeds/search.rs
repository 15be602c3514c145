//! Selects the seed set: draws reverse-reachable sets until the greedy selection is certified to be good enough.

use std::sync::atomic::AtomicU32;

use rayon::prelude::*;

use super::{
    candidates::{CandidateSearch, initial_count},
    compare_baselines::{baseline_seeds, best_seed_set},
    error::SeedError,
    feasibility::{check_feasible, check_size_and_worth},
    stopping::{OpimStopRule, StopReason},
};
use crate::influence::{
    constraints::{infeasibility::InfeasibleSize, seed_constraints::SeedConstraints},
    estimate::{SpreadEstimate, count_hits, estimate_picks},
    model::SpreadModel,
    rr_sets::{inverted_index::IndexSize, sample::RrSample},
    spread::{Pick, Spread},
};

/// Default of [`SeedConfig::epsilon`].
pub const EPSILON: f64 = 0.1;
/// Default of [`SeedConfig::max_work`]: some minutes on two cores.
pub const MAX_WORK: u64 = 1 << 32;

/// How a seed set is searched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeedConfig {
    /// Sets are drawn until the result is certified to reach `1 − 1/e − epsilon` of the best spread. In (0, 0.6).
    pub epsilon: f64,
    /// The least number of nodes in all drawn sets together, roughly, even if fewer suffice for the certificate. More
    /// sets give a better certificate, a sharper comparison with the baselines and narrower intervals.
    pub min_work: u64,
    /// The largest number of nodes in all drawn sets together, roughly. Beyond it the search ends with the best result
    /// so far.
    pub max_work: u64,
    /// The seed of the random numbers.
    pub seed: u64,
}

impl Default for SeedConfig {
    fn default() -> Self {
        Self { epsilon: EPSILON, min_work: 0, max_work: MAX_WORK, seed: 42 }
    }
}

/// A seed set and its expected spread.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedSet {
    /// The nodes in the order in which they were picked, or in that of the baseline they come from; the included ones
    /// first.
    pub picks: Vec<Pick>,
    /// The spread of all of them, themselves included.
    pub spread: Spread,
    /// The spread is at least this share of the best spread within the constraints, with probability `1 − delta`.
    pub certificate: f64,
    /// The probability that the certificate is too high, at most.
    pub delta: f64,
    /// How many sets the nodes were selected by. The spread is estimated from `2 * rr_sets` others: the sets from
    /// number `rr_sets` on of those that only validate.
    pub rr_sets: u64,
    /// The size of the inverted index.
    pub index: IndexSize,
    /// If the constraints allow fewer nodes than requested: how many, and which constraint excludes the others.
    pub infeasible_size: Option<InfeasibleSize>,
    /// Why there are no more nodes.
    pub stop_reason: StopReason,
}

/// A selection overfits if it covers more of the sets that it was made by than of others, by this share or more. Then
/// more sets are drawn, until all have `OVERFIT_WORK` nodes together.
const MAX_OVERFIT: f64 = 0.02;
const OVERFIT_WORK: u64 = 1 << 18;

/// If no candidate gains anything although more nodes are allowed, more sets are drawn until all have this many nodes
/// together.
const NO_GAIN_WORK: u64 = 1 << 23;

/// The upper bound ignores how constraints interact, so more sets may not improve the certificate. Once all sets have
/// this many nodes together, the search ends if doubling them raises the certificate by less than this factor.
const STALLED_WORK: u64 = 1 << 20;
const STALLED_FACTOR: f64 = 1.05;

/// Until all sets have this many nodes together they are doubled without a selection, which would take longer.
const SMALL_WORK: u64 = 1 << 17;

/// Selects nodes that together reach as many others as can be certified.
///
/// A *reverse-reachable set* holds the nodes that would activate a random node in one outcome of the model; a node that
/// reaches many is in many of them. So the greedy algorithm picks nodes one by one, each the one that covers the most
/// sets not covered yet. An upper bound of what any allowed selection covers bounds the best spread; a second sample,
/// which the selection did not depend on, estimates the spread of the picks. The sets are doubled until the ratio of
/// the two is good enough.
///
/// Among hundreds of equally good nodes, greedy picks those favored by chance in its sample. So the result is compared,
/// on a third sample, with baselines within the constraints: the first nodes by in-degree; the first by expected spread
/// in one step among the 1,024 nodes of the largest in-degree (or eight for each node requested, if that is more); the
/// first by each ranking of `constraints.baselines`. It is also compared with greedy selections that prefer the nodes
/// of one baseline to any node that is not better by four standard deviations. The best of all wins.
///
/// - **Input**: a diffusion model; the constraints.
/// - **Output**: [`SeedSet`]. `spread` is unbiased, with a 95 % interval (Wilson with continuity correction), from sets
///   that neither the selection nor the comparison used. The certificate refers to the best seed set *within the
///   constraints*. It is at least `1 − 1/e − epsilon` if only the size is limited and `cfg.max_work` sufficed. No
///   baseline reaches significantly more in the comparison, which is precise to 1 % unless that takes too many sets.
///   Fewer nodes than requested are returned if the constraints allow no more or more would add nothing.
/// - **Stop**: when the seed set is certified, `cfg.min_work` is done, and neither overfitting by 2 % (up to 2^18 nodes
///   in all sets) nor a lack of nodes with a gain (up to 2^23) calls for more sets. Or when theory certifies any greedy
///   selection by as many sets; when more than the size is limited and a doubling did not improve the certificate; or
///   when the next doubling would exceed `cfg.max_work`.
/// - **Cost**: the sets that nodes are selected by are drawn at most five times and never stored; the comparison and
///   the validation draw about as many again. The index takes one or two bytes for each set that a candidate is in and
///   1.5 for each candidate and 65,536 sets; each worker n / 8 bytes; all else 25 bytes a node.
/// - **Same bits**: at any thread count: a set is a function of its number, ties go to the smaller node.
/// - **Source**: Tang, Tang, Xiao, Yuan 2018 (OPIM-C); Guo, Wang, Wei, Chen 2020 (SUBSIM's sampling); Minoux 1978.
/// - **Checked by**: `tests/it/influence/seeds.rs` — enumeration of all outcomes, all seed sets, forward simulation,
///   baselines on planted graphs.
///
/// # Errors
/// [`SeedError`]. Panics if a slice of the constraints has another length than there are nodes.
pub fn seed_set(
    model: &SpreadModel<'_>,
    constraints: &SeedConstraints<'_>,
    cfg: &SeedConfig,
) -> Result<SeedSet, SeedError> {
    let infeasible_size = check(model, constraints, cfg)?;
    let n = model.graph.node_count();
    let sample = RrSample::new(model, constraints.worth, cfg.seed);
    let rule = OpimStopRule::new(n, constraints, sample.total_worth(), cfg.epsilon);
    let baselines = baseline_seeds(model, constraints);
    let set_counts: Vec<AtomicU32> = (0..n).into_par_iter().map(|_| AtomicU32::new(0)).collect();
    let mut search = CandidateSearch {
        sample: &sample,
        constraints,
        baselines: &baselines,
        set_counts: &set_counts,
        candidate_count: initial_count(constraints, n),
    };
    let (mut counted, mut sets, mut work, mut last_certificate) = (0, rule.first_sets, 0_u64, 0.0);
    // OPIM-C: select, certify, double.
    let (problem, selected) = loop {
        work += search.count_sets(counted..sets);
        if work < SMALL_WORK.min(cfg.max_work / 2) && 2 * sets <= rule.max_sets {
            (counted, sets) = (sets, 2 * sets);
            continue;
        }
        let (problem, selected) = search.select(sets);
        let hits = count_hits(&sample, sets, &selected.nodes, constraints.already_active);
        let certificate = rule.certificate(hits, sets, selected.max_covered, sets);
        let certified = certificate >= rule.target;
        let stalled = !constraints.only_size_limits()
            && work >= STALLED_WORK
            && certificate < STALLED_FACTOR * last_certificate;
        last_certificate = certificate;
        let overfits = selected.covered as f64 > (1.0 + MAX_OVERFIT) * hits as f64 && work < OVERFIT_WORK;
        let no_gain = selected.nodes.len() < constraints.size
            && work < NO_GAIN_WORK
            && StopReason::of(constraints, &selected.nodes, n) == StopReason::NoGain;
        let exhausted = work.saturating_mul(2) > cfg.max_work;
        let enough = (stalled || certified && !overfits) && !no_gain && work >= cfg.min_work;
        if enough || sets >= rule.max_sets || exhausted {
            break (problem, selected);
        }
        (counted, sets) = (sets, 2 * sets);
    };
    let work = work.min(cfg.max_work);
    let (nodes, max_covered) = best_seed_set(&sample, &problem, selected, &baselines, sets, work);
    if let Some((quota, found)) = constraints.unmet_quota(&nodes) {
        return Err(SeedError::QuotaUnmet { quota, min: constraints.quotas[quota].min, found });
    }
    // Twice as many sets, so that the certificate of the winner is hardly ever below that of the greedy selection.
    let (SpreadEstimate { picks, spread }, hits) =
        estimate_picks(&sample, sets..3 * sets, &nodes, constraints.already_active);
    Ok(SeedSet {
        picks,
        spread,
        certificate: rule.certificate(hits, 2 * sets, max_covered, sets),
        delta: rule.delta,
        rr_sets: sets,
        index: problem.index.size(),
        infeasible_size,
        stop_reason: StopReason::of(constraints, &nodes, n),
    })
}

/// Refuses input out of range and constraints that cannot be met.
fn check(
    model: &SpreadModel<'_>,
    constraints: &SeedConstraints<'_>,
    cfg: &SeedConfig,
) -> Result<Option<InfeasibleSize>, SeedError> {
    if !(cfg.epsilon > 0.0 && cfg.epsilon < 0.6) {
        return Err(SeedError::BadEpsilon { epsilon: cfg.epsilon });
    }
    let n = model.graph.node_count();
    check_size_and_worth(constraints, n)?;
    check_feasible(constraints, n)
}
