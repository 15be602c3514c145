//! Whom to begin with, so that together they reach the most? Seed sets by random reverse-reachable sets.
//!
//! The way of a seed set: `learn` finds probabilities in what was seen, `model` gives every edge its own, `sample`
//! draws sets (whom would a random node have to hear it from?), `candidates` says whose lists are kept, `lists` notes
//! in which sets each of them is, `greedy` picks who covers the most of them, `wish` says who may be picked, `floors`
//! what is kept free for whom and `shortfall` where it asks for too much, `contest` compares what was picked with the
//! first nodes by other scores on a second sample, and `judge` and `certificate` tell what a third one says of the
//! winner. `survey` tells whom given nodes reach, and `contain` whom to win over so that others reach few.

mod candidates;
mod certificate;
mod coins;
mod contain;
mod contest;
mod floors;
mod greedy;
mod judge;
mod learn;
mod lists;
mod model;
mod sample;
mod shortfall;
mod survey;
mod tasks;
mod wish;

use std::sync::atomic::AtomicU32;

use rayon::prelude::*;

use crate::{
    ids::{NodeId, offset64},
    num,
};
use candidates::{count, picked};
use certificate::{ln_choose, lower_bound, upper_bound};
pub use contain::{CONTAIN_PRECISION, CONTAIN_WORK, ContainConfig, ContainError, Containment, contain};
use floors::{Missed, Selection};
use judge::{Judged, hits, judge};
pub use learn::{
    CHANCE_UNIT_LOG2, LEAST_CHANCE, Learnt, MOST_CHANCE, Trial, learn, learning_bytes, learnt_graph,
    mean_chance,
};
pub use lists::ListSize;
pub use model::{Chance, Diffusion, ModelError, SpreadModel};
use sample::Sample;
pub use shortfall::{Excess, FloorShortfall, Limit, Shortfall, floor_shortfall, shortfall};
pub use survey::{Hit, MOST_TEAMS, Survey, SurveyConfig, each, survey};
pub use wish::{Budget, Caps, Floor, Wish};

/// Default of [`SeedConfig::epsilon`].
pub const EPSILON: f64 = 0.1;
/// Default of [`SeedConfig::most_work`]: some minutes on two cores.
pub const MOST_WORK: u64 = 1 << 32;

/// How seed sets are looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeedConfig {
    /// Sets are drawn until the result is certified to have `1 − 1/e − epsilon` of the best, above 0 and below 0.6.
    pub epsilon: f64,
    /// How many nodes all sets of a sample shall have together, about, even where fewer would do: more certify more,
    /// tell rivals apart better, and make narrower intervals.
    pub least_work: u64,
    /// How many nodes all sets of a sample may have together, about: beyond, the search ends with what it has.
    pub most_work: u64,
    /// Another seed, other sets.
    pub seed: u64,
}

/// A seed set and what it reaches.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedSet {
    /// In order of choice, or of the list that they come from; those that must be in it first.
    pub picks: Vec<Pick>,
    /// What all of them reach, themselves included.
    pub spread: Spread,
    /// At least this share of what the best seed set reaches that keeps to the wish, with a chance of `1 − delta`.
    pub certificate: f64,
    /// The chance that the certificate is too high, at most.
    pub delta: f64,
    /// Sets that nodes were picked by; the `2 * sets` of the judging sample from number `sets` on tell what they reach.
    pub sets: u64,
    /// How large the lists of sets were.
    pub lists: ListSize,
    /// Where the wish asks for more nodes than it has room for: for how many it has, and what keeps out the others.
    pub shortfall: Option<Shortfall>,
    /// Why there are no more nodes.
    pub ended: Ended,
}

/// Why a seed set has no more nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// There are as many as were asked for.
    Complete,
    /// Nobody else may be picked beside these: caps or budget are used up, or everybody who may be is in it.
    NoRoom,
    /// In no set would anybody else reach somebody whom these do not.
    NobodyNew,
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
    #[error("node {node}, which must be in the seed set, does not fit in: those that must be pass {excess}")]
    NoRoom {
        /// The first that does not.
        node: u32,
        /// The rule that it breaks, and by how much all of them do.
        excess: Excess,
    },
    /// There cannot be as many as a floor takes.
    #[error("{0}")]
    TooFew(FloorShortfall),
    /// All floors together take more places than there are.
    #[error("the floors together take {places} places at least, and there are {left}")]
    TooManyPlaces {
        /// So many, beside those that must be in it.
        places: u64,
        /// So many there are.
        left: u64,
    },
    /// No seed set was found that meets all floors, though there may be one. Of the attempt that came nearest:
    #[error(
        "no seed set was found that meets all floors: of floor {floor}, which takes {least}, it has {found}"
    )]
    FloorMissed {
        /// which of the wish's floors, from 0: the first that is missed,
        floor: usize,
        /// how many it takes,
        least: u32,
        /// and how many there were.
        found: usize,
    },
    /// Some may be picked, but caps or budget keep out each of them.
    #[error("no node fits in the seed set: {limit}")]
    NothingFits {
        /// The rule.
        limit: Limit,
    },
}

/// While a seed set seems to reach this much more by the sets that it was picked by than it does by others, it owes
/// something to luck, ...
const LUCK: f64 = 0.02;
/// ... and more sets are drawn if those so far have fewer nodes than this together: a moment's work.
const LUCKY_WORK: u64 = 1 << 18;

/// Where the picks seem to reach all that can be reached, though there is room for more of them, more sets are drawn if
/// those so far have fewer nodes than this together: a second's work.
const EARLY_WORK: u64 = 1 << 23;

/// Where the bound of the best ignores how rules work together, more sets certify no more: once they have so many nodes
/// together, the search ends when twice as many raise the certificate by less than this factor.
const STALLED_WORK: u64 = 1 << 20;
const STALLED: f64 = 1.05;

/// Sets that have fewer nodes than this together are doubled without a look: drawing more takes less.
const NO_WORK: u64 = 1 << 17;

/// Picks nodes that together reach as many others as can be certified.
///
/// Nodes that reach many are in many *reverse-reachable sets*: who would have to be active for a random node to
/// become so, in one draw of chances. So nodes are picked that cover the most sets of a sample, one by one, each the
/// one that adds most. What no choice could have covered there bounds the best; a further sample, ignorant of
/// the choice, says what the nodes do reach; sets are doubled until the ratio of the two is good enough.
///
/// Where hundreds are as good as each other, that picks the luckier ones. So the choice then has to stand a contest, on
/// sets of its own: against the first nodes by the size of their audience, the first of the 1,024 largest audiences (of
/// eight for each node asked for, where these are more) by whom they reach in one step, and the first by each of
/// `wish.rivals`, as far as the wish has room; and against a choice which begins with any of these lists and leaves
/// it only for nodes that are clearly better, by four standard deviations. Who reaches the most there wins.
///
/// - **Input**: a model of how influence spreads; who may be picked.
/// - **Output**: [`SeedSet`]. `spread` is unbiased, with a 95 % interval (Wilson with continuity correction), from
///   sets that neither the choice nor the contest was made by. The certificate holds for the best seed set *within
///   the wish*. It is not below `1 − 1/e − epsilon` where only the size is limited and the work sufficed; with caps
///   or a budget it says what was reached. No list in the contest reaches more by what that tells: to 1 %, or less
///   exactly where it takes too many sets. Fewer nodes than asked for are picked where the wish has no room for
///   more, or more would reach nobody new; `ended` and `shortfall` say which.
/// - **Stop**: when certified, past `cfg.least_work`, and either no longer lucky by more than 2 % or past a
///   moment's work, and either with as many nodes as there is room for or past a second's work; when so many sets are
///   drawn that theory certifies any greedy choice; where more than the size is limited, when twice as many certify
///   next to nothing more; or when the next doubling would pass `cfg.most_work`.
/// - **Cost**: each set that nodes are picked by is drawn at most five times, never stored; about as many again for the
///   contest and the verdict. Lists take one or two bytes for each set that a candidate is in, 1.5 for each candidate
///   and 65,536 sets, a worker n / 8 bytes, and all together 25 bytes a node.
/// - **Same bits**: at any thread count: a set is a function of its number, ties go to the smaller node.
/// - **Source**: Tang, Tang, Xiao, Yuan 2018 (OPIM-C); Guo, Wang, Wei, Chen 2020 (SUBSIM's sampling); Minoux 1978.
/// - **Checked by**: `tests/it/influence/seeds.rs` — enumeration of all outcomes, all seed sets, forward simulation, the first
///   nodes by other scores on planted graphs.
///
/// # Errors
/// [`SeedError`]. Panics where a slice of the wish has another length than there are nodes.
pub fn seed_set(model: &SpreadModel<'_>, wish: &Wish<'_>, cfg: &SeedConfig) -> Result<SeedSet, SeedError> {
    let shortfall = check(model, wish, cfg)?;
    let n = model.graph.node_count();
    let sample = Sample::new(model, wish.worth, cfg.seed);
    let plan = Stopping::new(n, wish, sample.whole(), cfg.epsilon);
    let listed = contest::listed(model, wish);
    let counts: Vec<AtomicU32> = (0..n).into_par_iter().map(|_| AtomicU32::new(0)).collect();
    let mut candidate_count = candidates::first_count(wish, n);
    let (mut counted, mut sets, mut work, mut before) = (0, plan.first_sets, 0_u64, 0.0);
    let (ballot, picks) = loop {
        work += count(&sample, counted..sets, &counts);
        if work < NO_WORK.min(cfg.most_work / 2) && 2 * sets <= plan.most_sets {
            (counted, sets) = (sets, 2 * sets);
            continue;
        }
        let (ballot, picks) = picked(&sample, sets, &counts, wish, &listed, &mut candidate_count);
        let hits = hits(&sample, sets, &picks.nodes, wish.reached);
        let certificate = plan.certificate(hits, sets, picks.most, sets);
        let certified = certificate >= plan.target;
        let stalled = !wish.is_of_size_alone() && work >= STALLED_WORK && certificate < STALLED * before;
        before = certificate;
        let lucky = picks.covered as f64 > (1.0 + LUCK) * hits as f64 && work < LUCKY_WORK;
        let early = picks.nodes.len() < wish.size
            && work < EARLY_WORK
            && wish.ended(&picks.nodes, n) == Ended::NobodyNew;
        let too_much = work.saturating_mul(2) > cfg.most_work;
        let enough = (stalled || certified && !lucky) && !early && work >= cfg.least_work;
        if enough || sets >= plan.most_sets || too_much {
            break (ballot, picks);
        }
        (counted, sets) = (sets, 2 * sets);
    };
    let (nodes, most) = contest::winner(&sample, &ballot, picks, &listed, sets, work.min(cfg.most_work));
    if let Some((floor, found)) = wish.missed(&nodes) {
        return Err(SeedError::FloorMissed { floor, least: wish.floors[floor].least, found });
    }
    // Twice as many sets: so the certificate of the winner is hardly ever below that of the greedy choice.
    let Judged { picks, spread, hits } = judge(&sample, sets..3 * sets, &nodes, wish.reached);
    let certificate = plan.certificate(hits, 2 * sets, most, sets);
    let (lists, ended) = (ballot.lists.size(), wish.ended(&nodes, n));
    Ok(SeedSet { picks, spread, certificate, delta: plan.delta, sets, lists, shortfall, ended })
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
/// - **Checked by**: `tests/it/influence/seeds.rs` — enumeration of all outcomes, forward simulation.
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
    let Judged { picks, spread, .. } = judge(&sample, 0..sets, nodes, reached);
    Reached { picks, spread }
}

/// Refuses what cannot be; where the wish has room for some nodes but fewer than it asks for, says so.
fn check(model: &SpreadModel<'_>, wish: &Wish<'_>, cfg: &SeedConfig) -> Result<Option<Shortfall>, SeedError> {
    let n = model.graph.node_count();
    let lengths = [wish.eligible.map(<[_]>::len), wish.reached.map(<[_]>::len), wish.worth.map(<[_]>::len)];
    let fits = |len: usize| assert_eq!(len, n, "invariant: an entry for every node");
    lengths.into_iter().flatten().for_each(fits);
    wish.caps.iter().for_each(|caps| fits(caps.group.len()));
    wish.floors.iter().for_each(|floor| fits(floor.member.len()));
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
    feasible(wish, n)
}

/// Refuses a wish that no seed set meets; where there is room for some nodes but fewer than it asks for, says so.
///
/// - **Input**: a wish whose slices have an entry for each of `node_count` nodes.
/// - **Cost**, **Checked by**: as [`shortfall`] and [`floor_shortfall`].
///
/// # Errors
/// [`SeedError::NoRoom`], [`SeedError::TooFew`], [`SeedError::TooManyPlaces`], [`SeedError::NobodyEligible`],
/// [`SeedError::NothingFits`], [`SeedError::FloorMissed`].
pub fn feasible(wish: &Wish<'_>, node_count: usize) -> Result<Option<Shortfall>, SeedError> {
    if let Some((node, excess)) = shortfall::misfit(wish) {
        return Err(SeedError::NoRoom { node: node.0, excess });
    }
    match shortfall(wish, node_count) {
        Some(Shortfall { room: 0, limit: Limit::Eligible, .. }) => return Err(SeedError::NobodyEligible),
        Some(Shortfall { room: 0, limit, .. }) => return Err(SeedError::NothingFits { limit }),
        _ => {}
    }
    if let Some(short) = floor_shortfall(wish, node_count) {
        return Err(SeedError::TooFew(short));
    }
    let (places, picked) = (floors::places(wish), Selection::new(wish));
    let left = offset64(picked.room.size);
    if places > left {
        return Err(SeedError::TooManyPlaces { places, left });
    }
    match picked.missed() {
        Some(Missed { floor, found, .. }) => {
            let least = wish.floors[floor].least;
            Err(SeedError::FloorMissed { floor, least, found: found as usize })
        }
        None => Ok(shortfall(wish, node_count)),
    }
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
        // The first look, and one after each doubling; two bounds each.
        let rounds = most_sets.div_ceil(first_sets).next_power_of_two().ilog2() + 1;
        let a = num::ln(3.0 * f64::from(rounds) / delta);
        Self { first_sets, most_sets, a, delta, target: GREEDY - epsilon }
    }

    /// The share of the best that a seed set certainly has which covers `hits` of `judged` sets that it was not chosen
    /// by, where none covers more than `most` of other `sets`. Of each doubling at most one lower and one upper bound
    /// enter a certificate, so both kinds together fail with less than `delta`.
    fn certificate(&self, hits: u64, judged: u64, most: u64, sets: u64) -> f64 {
        let (lower, upper) = (lower_bound(hits, judged, self.a), upper_bound(most, sets, self.a));
        if upper > 0.0 { (lower / upper).min(1.0) } else { 1.0 }
    }
}
