//! The stop rule of OPIM-C: when is a seed set good enough? Also finds the reason why a seed set has no more nodes.

use crate::{
    ids::{NodeId, id32},
    influence::{
        certificate::{ln_choose, lower_bound, upper_bound},
        constraints::{quotas::SelectionState, seed_constraints::SeedConstraints},
    },
    num,
};

/// Why a seed set has no more nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// It has as many nodes as requested.
    SizeReached,
    /// No other eligible node fits within the constraints.
    NothingFits,
    /// No uncovered set contains another node: no node adds measurable spread.
    NoGain,
}

impl StopReason {
    pub(super) fn of(constraints: &SeedConstraints<'_>, nodes: &[NodeId], node_count: usize) -> Self {
        if nodes.len() >= constraints.size {
            return Self::SizeReached;
        }
        let (mut state, mut is_in) = (SelectionState::new(constraints), vec![false; node_count]);
        for v in nodes {
            is_in[v.index()] = true;
        }
        for &v in nodes.iter().filter(|v| !constraints.included.contains(v)) {
            state.take(v);
        }
        let fits = |v: NodeId| !is_in[v.index()] && constraints.may_be_picked(v) && state.allows(v);
        if (0..id32(node_count)).map(NodeId).any(fits) { Self::NoGain } else { Self::NothingFits }
    }
}

/// How many sets are drawn, and which certificate suffices.
pub(super) struct OpimStopRule {
    pub(super) first_sets: u64,
    pub(super) max_sets: u64,
    /// Every single bound fails with probability at most `e^-a`.
    a: f64,
    /// The certificate fails with at most this probability.
    pub(super) delta: f64,
    /// The certificate that suffices.
    pub(super) target: f64,
}

/// `1 − 1/e`: the approximation ratio of the greedy algorithm.
const GREEDY_RATIO: f64 = 0.632_120_558_828_557_7;
/// The largest `delta`. A `delta` is also at most one over the number of nodes.
const MAX_DELTA: f64 = 1e-3;

impl OpimStopRule {
    /// The rule of OPIM-C, section 6: theory certifies any greedy selection made on `max_sets` sets.
    pub(super) fn new(n: usize, constraints: &SeedConstraints<'_>, total_worth: f64, epsilon: f64) -> Self {
        let (n, k) = (n as f64, (constraints.size as f64).min(n as f64));
        let delta = MAX_DELTA.min(1.0 / n);
        let ln_term = num::ln(6.0 / delta);
        let root = GREEDY_RATIO * ln_term.sqrt() + (GREEDY_RATIO * (ln_choose(n, k) + ln_term)).sqrt();
        let base = 2.0 * root * root;
        // A lower bound on the best spread: a seed set reaches at least its own nodes.
        let min_best = match constraints.worth {
            None => k,
            Some(worth) => (0..worth.len())
                .filter(|&v| constraints.may_be_picked(NodeId::new(v)))
                .map(|v| worth[v] as f64)
                .fold(1.0, f64::max),
        };
        let first_sets = num::ceil_u64(base).max(1);
        let max_sets = num::ceil_u64(base * total_worth / (epsilon * epsilon * min_best)).max(first_sets);
        // There is one round at first and one after each doubling, and each round has two bounds.
        let rounds = max_sets.div_ceil(first_sets).next_power_of_two().ilog2() + 1;
        let a = num::ln(3.0 * f64::from(rounds) / delta);
        Self { first_sets, max_sets, a, delta, target: GREEDY_RATIO - epsilon }
    }

    /// A lower bound on the approximation ratio of a seed set. The seed set covers `hits` of `validate_sets` sets, on
    /// which its selection did not depend. No allowed seed set covers more than `max_hits` of `select_sets` other sets.
    /// In each round at most one lower and one upper bound enter a certificate, so the probability that any of these
    /// bounds fails is at most `delta`.
    pub(super) fn certificate(&self, hits: u64, validate_sets: u64, max_hits: u64, select_sets: u64) -> f64 {
        let lower = lower_bound(hits, validate_sets, self.a);
        let upper = upper_bound(max_hits, select_sets, self.a);
        if upper > 0.0 { (lower / upper).min(1.0) } else { 1.0 }
    }
}
