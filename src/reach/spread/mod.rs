//! Whom to begin with, so that together they reach the most? Seed sets by random reverse-reachable sets.
//!
//! The way of a seed set: `model` gives every edge its probability, `sample` draws sets (whom would a random node have
//! to hear it from?), `lists` notes in which sets a candidate is, `greedy` picks who covers the most of them, `wish`
//! says who may be picked, and `certificate` what a second sample says of the result. `survey` tells whom given nodes
//! reach.

mod certificate;
mod coins;
mod contain;
mod greedy;
mod lists;
mod model;
mod sample;
mod survey;
mod tasks;
mod wish;

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rayon::prelude::*;

use crate::{
    ids::{NodeId, id32, offset64},
    num,
};
use certificate::{interval, ln_choose, lower_bound, upper_bound};
pub use contain::{CONTAIN_PRECISION, CONTAIN_WORK, ContainConfig, ContainError, Containment, contain};
use greedy::{Order, Picks};
pub use lists::ListSize;
use lists::{Lists, NO_CANDIDATE};
pub use model::{Chance, Diffusion, ModelError, SpreadModel};
use sample::{Sample, Side};
pub use survey::{Hit, MOST_TEAMS, Survey, SurveyConfig, each, survey};
pub use wish::{Budget, Caps, Wish};

/// Default of [`SeedConfig::epsilon`].
pub const EPSILON: f64 = 0.1;
/// Default of [`SeedConfig::most_work`]: some minutes on two cores.
pub const MOST_WORK: u64 = 1 << 32;

/// How seed sets are looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeedConfig {
    /// Sets are drawn until the result is certified to have `1 − 1/e − epsilon` of the best, above 0 and below 0.6.
    pub epsilon: f64,
    /// How many nodes all sets of a sample may have together, about: beyond, the search ends with what it has.
    pub most_work: u64,
    /// Another seed, other sets.
    pub seed: u64,
}

/// A seed set and what it reaches.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedSet {
    /// In order of choice, those that must be in it first.
    pub picks: Vec<Pick>,
    /// What all of them reach, themselves included.
    pub spread: Spread,
    /// At least this share of what the best seed set reaches that keeps to the wish, with a chance of `1 − delta`.
    pub certificate: f64,
    /// The chance that the certificate is too high, at most.
    pub delta: f64,
    /// Sets in each of the two samples.
    pub sets: u64,
    /// How large the lists of sets were.
    pub lists: ListSize,
}

/// A node of a seed set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// Which.
    pub node: NodeId,
    /// What it reaches beyond those before it.
    pub marginal: Spread,
    /// What it and those before it reach.
    pub cumulative: Spread,
}

/// What is reached on average over all ways that things may go; each node counts with its worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Why there is no seed set.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// Nothing is asked for.
    #[error("a seed set of no node is empty: a size of 1 or more is expected")]
    NoSize,
    /// Nobody may be picked.
    #[error("no node may be picked")]
    NobodyEligible,
    /// Nothing can be reached.
    #[error("nobody is worth reaching: at least one node must be worth more than 0")]
    NothingToReach,
    /// No sensible precision.
    #[error("an epsilon of {epsilon} cannot be: a number above 0 and below 0.6 is expected")]
    BadEpsilon {
        /// What was asked for.
        epsilon: f64,
    },
    /// Those that must be in it do not fit.
    #[error(
        "node {node}, which must be in the seed set, does not fit in: size, caps or budget leave no room"
    )]
    NoRoom {
        /// The first that does not.
        node: u32,
    },
}

/// Candidates to begin with, beside those for each node of the seed set; and how many times more where these are too
/// few.
const CANDIDATES: usize = 256;
const CANDIDATES_A_SEED: usize = 8;
const CANDIDATE_FACTOR: usize = 4;

/// Picks nodes that together reach as many others as can be certified.
///
/// Nodes that reach many are in many *reverse-reachable sets*: who would have to be active for a random node to
/// become so, in one draw of chances. So nodes are picked that cover the most sets of a sample, one by one, each the
/// one that adds most. A second sample, which knows nothing of the choice, says what they reach; what no choice could
/// have covered in the first one bounds the best; sets are doubled until the ratio of the two is good enough.
///
/// - **Input**: a model of how influence spreads; who may be picked.
/// - **Output**: [`SeedSet`]. `spread` is unbiased, with a 95 % interval (Wilson with continuity correction); the
///   certificate holds for the best seed set *within the wish*. It is not below `1 − 1/e − epsilon` where only the size
///   is limited and the work sufficed; with caps or a budget it says what was reached. Fewer nodes than asked for are
///   picked where the wish has no room for more, or more would reach nobody new.
/// - **Stop**: when certified, when so many sets are drawn that theory certifies any greedy choice, or when the next
///   doubling would pass `cfg.most_work`.
/// - **Cost**: each set is drawn at most five times, never stored; lists take one or two bytes for each set that a
///   candidate is in, 4 for each candidate and 65,536 sets, a worker n / 8 bytes, and all together 9 bytes a node.
/// - **Same bits**: at any thread count: a set is a function of its number, ties go to the smaller node.
/// - **Source**: Tang, Tang, Xiao, Yuan 2018 (OPIM-C); Guo, Wang, Wei, Chen 2020 (SUBSIM's sampling); Minoux 1978.
/// - **Checked by**: `tests/it/spread.rs` — enumeration of all outcomes, all seed sets, forward simulation.
///
/// # Errors
/// [`SeedError`]. Panics where a slice of the wish has another length than there are nodes.
pub fn seed_set(model: &SpreadModel<'_>, wish: &Wish<'_>, cfg: &SeedConfig) -> Result<SeedSet, SeedError> {
    check(model, wish, cfg)?;
    let n = model.graph.node_count();
    let sample = Sample::new(model, wish.worth, cfg.seed);
    let plan = Stopping::new(n, wish, sample.whole(), cfg.epsilon);
    let counts: Vec<AtomicU32> = (0..n).into_par_iter().map(|_| AtomicU32::new(0)).collect();
    let mut candidate_count = match wish.budget {
        // Who is dear and reaches many may lose to who is cheap and reaches few.
        Some(_) => n,
        None => CANDIDATES + CANDIDATES_A_SEED.saturating_mul(wish.size),
    };
    let (mut counted, mut sets) = (0, plan.first_sets);
    loop {
        let work = count(&sample, counted..sets, &counts);
        let (picks, lists) = picked(&sample, sets, &counts, wish, &mut candidate_count);
        let hits = hits(&sample, sets, &picks.nodes, wish);
        let lower = lower_bound(hits, sets, plan.a);
        let upper = upper_bound(picks.most, sets, plan.a);
        let certificate = if upper > 0.0 { (lower / upper).min(1.0) } else { 1.0 };
        let too_much = work.saturating_mul(2 * sets / (sets - counted)) > cfg.most_work;
        if certificate >= plan.target || sets >= plan.most_sets || too_much {
            let (picks, spread) = spreads(&sample, sets, &picks.nodes, wish.reached);
            return Ok(SeedSet { picks, spread, certificate, delta: plan.delta, sets, lists });
        }
        (counted, sets) = (sets, 2 * sets);
    }
}

/// What given nodes reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Reached {
    /// Each of them in their order, with what it adds to those before it.
    pub picks: Vec<Pick>,
    /// What all of them reach, themselves included.
    pub spread: Spread,
}

/// What `nodes` reach on average, and what each adds to those before it.
///
/// - **Input**: `reached[NodeId]` tells who is active already: what these reach counts for nobody. `worth[NodeId]` is
///   what reaching a node is worth, 1 each where there is none.
/// - **Output**: unbiased means with 95 % intervals (Wilson with continuity correction), from `sets` ≥ 1 random
///   reverse-reachable sets. Relative to what all nodes are worth, the interval is 1.96 / (2 √sets) wide to each side
///   at most.
/// - **Stop**: after `sets` sets.
/// - **Cost**: time that of the sets; memory 4 bytes a node, 8 for each of `nodes` and 256 sets, a worker n / 8.
/// - **Same bits**: at any thread count.
/// - **Source**: Borgs, Brautbar, Chayes, Lucier 2014.
/// - **Checked by**: `tests/it/spread.rs` — enumeration of all outcomes, forward simulation.
///
/// Panics where a slice has another length than there are nodes.
pub fn spread(
    model: &SpreadModel<'_>,
    nodes: &[NodeId],
    reached: Option<&[bool]>,
    worth: Option<&[u64]>,
    sets: u64,
    seed: u64,
) -> Reached {
    let sample = Sample::new(model, worth, seed);
    if sample.whole() == 0.0 {
        let none = Spread { mean: 0.0, low: 0.0, high: 0.0 };
        let picks = nodes.iter().map(|&node| Pick { node, marginal: none, cumulative: none }).collect();
        return Reached { picks, spread: none };
    }
    let (picks, spread) = spreads(&sample, sets, nodes, reached);
    Reached { picks, spread }
}

fn check(model: &SpreadModel<'_>, wish: &Wish<'_>, cfg: &SeedConfig) -> Result<(), SeedError> {
    let n = model.graph.node_count();
    let lengths = [wish.eligible.map(<[_]>::len), wish.reached.map(<[_]>::len), wish.worth.map(<[_]>::len)];
    let fits = |len: usize| assert_eq!(len, n, "invariant: an entry for every node");
    lengths.into_iter().flatten().for_each(fits);
    wish.caps.iter().for_each(|caps| fits(caps.group.len()));
    wish.budget.iter().for_each(|budget| fits(budget.cost.len()));
    if !(cfg.epsilon > 0.0 && cfg.epsilon < 0.6) {
        return Err(SeedError::BadEpsilon { epsilon: cfg.epsilon });
    }
    if wish.size == 0 {
        return Err(SeedError::NoSize);
    }
    if n == 0 || wish.worth.is_some_and(|worth| worth.iter().all(|&worth| worth == 0)) {
        return Err(SeedError::NothingToReach);
    }
    let mut room = wish::Room::new(wish);
    for &v in wish.included {
        if !room.has(v) {
            return Err(SeedError::NoRoom { node: v.0 });
        }
        room.take(v);
    }
    let open = |v: u32| wish.may_be_picked(NodeId(v));
    if wish.included.is_empty() && !(0..id32(n)).any(open) {
        return Err(SeedError::NobodyEligible);
    }
    Ok(())
}

/// When enough sets are drawn.
struct Stopping {
    first_sets: u64,
    most_sets: u64,
    /// Bounds fail with a chance of `e^-a` each.
    a: f64,
    delta: f64,
    /// The certificate that is good enough.
    target: f64,
}

/// `1 − 1/e`: what the greedy choice has of the best, at least.
const GREEDY: f64 = 0.632_120_558_828_557_7;
/// The certificate is wrong with this chance at most, and one over the number of nodes at most.
const DELTA: f64 = 1e-3;

impl Stopping {
    /// By OPIM-C, section 6: with `most_sets` any greedy choice is certified, by theory.
    fn new(n: usize, wish: &Wish<'_>, whole: f64, epsilon: f64) -> Self {
        let (n, k) = (n as f64, (wish.size as f64).min(n as f64));
        let delta = DELTA.min(1.0 / n);
        let sure = num::ln(6.0 / delta);
        let root = GREEDY * sure.sqrt() + (GREEDY * (ln_choose(n, k) + sure)).sqrt();
        let base = 2.0 * root * root;
        // The best seed set reaches itself at least: a node of average worth each, or the worthiest nodes.
        let certain = match wish.worth {
            None => k,
            Some(worth) => (0..worth.len())
                .filter(|&v| wish.may_be_picked(NodeId::new(v)))
                .map(|v| worth[v] as f64)
                .fold(1.0, f64::max),
        };
        let first_sets = num::ceil_u64(base).max(1);
        let most_sets = num::ceil_u64(base * whole / (epsilon * epsilon * certain)).max(first_sets);
        let doublings = (most_sets / first_sets).max(2).next_power_of_two().ilog2();
        let a = num::ln(3.0 * f64::from(doublings) / delta);
        Self { first_sets, most_sets, a, delta, target: GREEDY - epsilon }
    }
}

/// Counts in how many of these sets each node is; how many nodes they have together.
fn count(sample: &Sample<'_>, sets: std::ops::Range<u64>, counts: &[AtomicU32]) -> u64 {
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

/// Picks nodes by the first `sets` sets; and the size of the lists that it took.
///
/// Only nodes that are in many sets have lists. Where one without could have been picked, there are more of them:
/// `candidate_count` at first, and afterwards as many as it took.
fn picked(
    sample: &Sample<'_>,
    sets: u64,
    counts: &[AtomicU32],
    wish: &Wish<'_>,
    candidate_count: &mut usize,
) -> (Picks, ListSize) {
    let count = |v: NodeId| counts[v.index()].load(Relaxed);
    let mut order: Vec<NodeId> = (0..id32(counts.len())).into_par_iter().map(NodeId).collect();
    order = order.into_par_iter().filter(|&v| count(v) > 0 && wish.may_be_picked(v)).collect();
    order.par_sort_unstable_by_key(|&v| (std::cmp::Reverse(count(v)), v));
    loop {
        let (inside, outside) = order.split_at((*candidate_count).min(order.len()));
        let mut candidates: Vec<NodeId> = inside.iter().chain(wish.included).copied().collect();
        candidates.sort_unstable();
        candidates.dedup();
        let mut candidate_of = vec![NO_CANDIDATE; counts.len()];
        (0..).zip(&candidates).for_each(|(number, v)| candidate_of[v.index()] = number);
        let other = outside.first().map_or(0, |&v| u64::from(count(v)));
        let lists = Lists::new(sample, sets, &candidates, &candidate_of, wish.reached);
        let mut picks = greedy::pick(&lists, &candidates, wish, other, Order::Gain);
        if wish.budget.is_some() {
            let dense = greedy::pick(&lists, &candidates, wish, other, Order::GainForCost);
            let most = picks.most.min(dense.most);
            picks = Picks { most, ..if picks.covered >= dense.covered { picks } else { dense } };
        }
        let sure = other == 0 || (picks.nodes.len() == wish.size && picks.least_gain >= other);
        if sure {
            return (picks, lists.size());
        }
        // With all that could gain as much as the last one, it is nearly always enough.
        let as_good = order.partition_point(|&v| u64::from(count(v)) >= picks.least_gain);
        *candidate_count = if picks.nodes.len() == wish.size && as_good > inside.len() {
            as_good
        } else {
            candidate_count.saturating_mul(CANDIDATE_FACTOR)
        };
    }
}

/// In how many sets of the judging side one of `nodes` is and nobody who is active already.
fn hits(sample: &Sample<'_>, sets: u64, nodes: &[NodeId], wish: &Wish<'_>) -> u64 {
    let mut is_seed = vec![false; sample.model.graph.node_count()];
    for v in nodes {
        is_seed[v.index()] = true;
    }
    let is_seed = |v: NodeId| is_seed[v.index()];
    let hits = sample.tasks(0..sets, |sampler, numbers| {
        let hit = |number: &u64| match wish.reached {
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

/// What each of `nodes` adds by the judging side, and what all reach.
fn spreads(
    sample: &Sample<'_>,
    sets: u64,
    nodes: &[NodeId],
    reached: Option<&[bool]>,
) -> (Vec<Pick>, Spread) {
    // Who is active already stands before the first.
    let mut place = vec![u32::MAX; sample.model.graph.node_count()];
    // Of one that stands twice, the first place counts.
    nodes.iter().enumerate().rev().for_each(|(at, v)| place[v.index()] = id32(at + 1));
    if let Some(reached) = reached {
        place.iter_mut().zip(reached).filter(|(_, reached)| **reached).for_each(|(place, _)| *place = 0);
    }
    let firsts = sample.tasks(0..sets, |sampler, numbers| {
        let mut firsts = vec![0_u64; nodes.len() + 1];
        for number in numbers {
            let set = sampler.draw(Side::Judging, number, |v| place[v.index()] == 0);
            let first = set.iter().map(|v| place[v.index()]).min().filter(|&first| first != u32::MAX);
            if let Some(first) = first {
                firsts[first as usize] += 1;
            }
        }
        firsts
    });
    let first = |at: usize| firsts.iter().map(|firsts| firsts[at]).sum::<u64>();
    let whole = sample.whole();
    let spread = |hits: u64| {
        let (low, high) = interval(hits, sets);
        Spread { mean: hits as f64 / sets as f64 * whole, low: low * whole, high: high * whole }
    };
    let mut before = 0;
    let picks: Vec<Pick> = nodes
        .iter()
        .enumerate()
        .map(|(at, &node)| {
            let hits = first(at + 1);
            before += hits;
            Pick { node, marginal: spread(hits), cumulative: spread(before) }
        })
        .collect();
    let all = picks.last().map_or_else(|| spread(0), |pick| pick.cumulative);
    (picks, all)
}
