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
    /// Sets are drawn until the result is certified to reach the share `1 − 1/e − epsilon` of the best spread. In (0,
    /// 0.6).
    pub epsilon: f64,
    /// The approximate minimum of the total number of nodes in all drawn sets, even if fewer nodes suffice for the
    /// certificate. More sets give a better certificate, a sharper comparison with the baselines and narrower
    /// intervals.
    pub min_work: u64,
    /// The approximate maximum of the total number of nodes in all drawn sets. Beyond it the search ends with the best
    /// result so far.
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
    /// The nodes in the order in which they were picked, or in the order of the baseline from which they come; the
    /// included nodes first.
    pub picks: Vec<Pick>,
    /// The spread of all picks together, the picks themselves included.
    pub spread: Spread,
    /// The spread is at least this share of the best spread within the constraints, with probability `1 − delta`.
    pub certificate: f64,
    /// An upper bound on the probability that the certificate is too high.
    pub delta: f64,
    /// The number of sets on which the nodes were selected. The spread is estimated from `2 * rr_sets` other sets: the
    /// validation sets from number `rr_sets` on.
    pub rr_sets: u64,
    /// The size of the inverted index.
    pub index: IndexSize,
    /// If the constraints allow fewer nodes than requested: how many, and which constraint excludes more.
    pub infeasible_size: Option<InfeasibleSize>,
    /// Why there are no more nodes.
    pub stop_reason: StopReason,
}

/// A selection overfits if it covers more of the sets on which it was made than of the same number of other sets, by
/// more than this share. Then more sets are drawn, until all sets have `OVERFIT_WORK` nodes in total.
const MAX_OVERFIT: f64 = 0.02;
const OVERFIT_WORK: u64 = 1 << 18;

/// If no candidate gains anything although more nodes are allowed, more sets are drawn until all sets have this many
/// nodes in total, unless the validation sets show that there is little or nothing left to gain.
const NO_GAIN_WORK: u64 = 1 << 23;
/// From this many validation sets on, none of them uncovered shows that the picks miss less than a thousandth of the
/// best spread: a share of 0.001 is missed by 4,096 sets with a probability of 2 %.
const SATURATED_SETS: u64 = 1 << 12;
/// If at most one in this many validation sets is uncovered, the search for further nodes ends when all sets have
/// `LITTLE_GAIN_WORK` nodes in total.
const LITTLE_LEFT: u64 = 1000;
const LITTLE_GAIN_WORK: u64 = 1 << 20;

/// The upper bound ignores how constraints interact, so more sets may not improve the certificate. Once all sets have
/// `STALLED_WORK` nodes in total, the search ends if doubling the sets raises the certificate by less than
/// `STALLED_FACTOR`.
const STALLED_WORK: u64 = 1 << 20;
const STALLED_FACTOR: f64 = 1.05;

/// Until all sets have this many nodes in total, their number is doubled without a selection, because a selection would
/// take longer than drawing them.
const SMALL_WORK: u64 = 1 << 17;

/// Selects a seed set with a large expected spread, and certifies how near the spread is to the best.
///
/// A *reverse-reachable set* holds the nodes that would activate a random node in one outcome of the model; a node that
/// reaches many nodes is in many of these sets. So the greedy algorithm picks nodes one by one, each time the node that
/// covers the most uncovered sets. An upper bound on what any allowed selection covers bounds the best spread; a second
/// sample, independent of the selection, estimates the spread of the picks. The number of sets is doubled until the
/// ratio of this estimate to the bound is good enough.
///
/// Among hundreds of equally good nodes, the greedy algorithm picks those that its sample favors by chance. So the
/// result is compared, on a third sample, with baselines within the constraints: the first nodes by in-degree; the
/// first nodes by expected spread in one step among the 1,024 nodes of the largest in-degree (or eight for each node
/// requested, if that is more); the first nodes of each ranking of `constraints.baselines`. The result is also compared
/// with greedy selections that prefer the nodes of one baseline to any other node that is not better by four standard
/// deviations. The best of all these seed sets wins.
///
/// - **Input**: a diffusion model; the constraints.
/// - **Output**: [`SeedSet`]. `spread` is unbiased, with a 95 % interval (Wilson with continuity correction), from sets
///   that neither the selection nor the comparison used. The certificate refers to the best seed set *within the
///   constraints*. It is at least `1 − 1/e − epsilon` if only the size is limited and `cfg.max_work` sufficed. In the
///   comparison no baseline reaches significantly more. The comparison is precise to 1 % unless that takes too many
///   sets. Fewer nodes than requested are returned if the constraints allow no more or if more nodes would add nothing.
/// - **Stop**: when the seed set is certified, `cfg.min_work` is done, and neither overfitting by 2 % (up to 2^18 nodes
///   in all sets) nor a lack of nodes with a gain requires more sets. A lack of nodes requires sets with up to 2^23
///   nodes; with up to 2^20 if of 4,096 validation sets or more at most one in a thousand is uncovered, and none if all
///   are covered. Also when theory certifies any greedy selection on this number of sets; when there are constraints
///   besides the size and a doubling raised the certificate by less than 5 %; or when the next doubling would exceed
///   `cfg.max_work`.
/// - **Cost**: the sets on which nodes are selected are drawn at most five times and never stored; the comparison and
///   the validation draw about the same number of sets again. The index takes one or two bytes for each pair of a
///   candidate and a set that contains it, and 1.5 bytes for each candidate and each 65,536 sets. Each worker takes n /
///   8 bytes, and everything else 25 bytes a node.
/// - **Same bits**: at any thread count: a set is a function of its number, and on ties the smaller node is picked.
/// - **Source**: Tang, Tang, Xiao, Yuan 2018 (OPIM-C); Guo, Wang, Wei, Chen 2020 (SUBSIM's sampling); Minoux 1978.
/// - **Checked by**: `tests/it/influence/seeds.rs` — enumeration of all outcomes, all seed sets, forward simulation,
///   baselines on planted graphs.
///
/// # Errors
/// [`SeedError`]. Panics if the length of a slice of the constraints is not the number of nodes.
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
            && work < no_gain_work(hits, sets)
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
    // Twice as many sets as for the selection, so that the certificate of the winner is hardly ever below the
    // certificate of the greedy selection.
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

/// How many nodes all sets may have in total while they are doubled only because no candidate gains anything. A
/// selection covers `hits` of `sets` validation sets; what they leave uncovered is all that is left to gain.
fn no_gain_work(hits: u64, sets: u64) -> u64 {
    let uncovered = sets - hits;
    if sets < SATURATED_SETS || uncovered.saturating_mul(LITTLE_LEFT) > sets {
        NO_GAIN_WORK
    } else if uncovered > 0 {
        LITTLE_GAIN_WORK
    } else {
        0
    }
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
