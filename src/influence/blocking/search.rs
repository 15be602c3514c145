//! Whom to win over first, so that a bad message that starts at given nodes reaches the fewest?
//!
//! The way of a choice: `audience` turns the edges of a model to whom they lead to, `worlds` draws who would hear it
//! from the sources and over which edges, `dominators` says what each node would save there, `greedy` wins over who
//! saves most, and `judge` says what that saves in worlds which had no part in the choice.

mod audience;
mod dominators;
mod greedy;
mod judge;
mod worlds;

use super::{
    Pick, Spread,
    floors::Selection,
    model::SpreadModel,
    wish::{Room, Wish},
};
use crate::ids::{NodeId, offset64};
use audience::Audience;
use greedy::{Choice, Order, choose};
use judge::judge;
use worlds::{Kept, Origin, Side};

/// Default of [`ContainConfig::precision`].
pub const CONTAIN_PRECISION: f64 = 0.05;
/// Default of [`ContainConfig::most_work`]: half a gibibyte of worlds.
pub const CONTAIN_WORK: u64 = 1 << 27;

/// How nodes to win over are looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContainConfig {
    /// Worlds are drawn until others that had no part in the choice bear it out: until the lower end of what the picks
    /// save there is at least `1 − precision` of what they save where they were picked; where nobody can be picked,
    /// until what is reached is known as well. Above 0 and below 1.
    pub precision: f64,
    /// How many numbers of 4 bytes the worlds to pick by may take together, about: beyond, the search ends with what it
    /// has.
    pub most_work: u64,
    /// Another seed, other worlds.
    pub seed: u64,
}

/// Nodes to win over, and what that saves.
#[derive(Clone, Debug, PartialEq)]
pub struct Containment {
    /// In order of choice, those that must be won over first. `marginal` is what a pick saves beyond those before it,
    /// itself included, and `cumulative` what it and those before it save.
    pub picks: Vec<Pick>,
    /// What the sources reach when nobody is won over, themselves not counted.
    pub before: Spread,
    /// What they reach all the same.
    pub after: Spread,
    /// The difference of the two, by the same worlds.
    pub saved: Spread,
    /// No choice of so many nodes saves more on average: those who hear it from a source at first hand and cannot all
    /// be won over are lost. The best choice may well save less.
    pub most: Spread,
    /// Worlds that nodes were picked by, and as many that judged them.
    pub worlds: u64,
}

/// Why there is no choice.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ContainError {
    /// It starts nowhere.
    #[error("a message starts at no node: at least one source is expected")]
    NoSource,
    /// It starts at nobody that we know.
    #[error("node {node} cannot be a source: there are {node_count} nodes, from 0")]
    UnknownSource {
        /// What was given.
        node: u32,
        /// How many nodes there are.
        node_count: usize,
    },
    /// Sources pass it on in any case.
    #[error("node {node} is a source: it cannot be won over")]
    IncludedSource {
        /// Who must be won over and cannot be.
        node: u32,
    },
    /// Nothing is asked for.
    #[error("nobody is won over: a size of 1 or more is expected")]
    NoSize,
    /// Nobody may be picked.
    #[error("no node may be picked")]
    NobodyEligible,
    /// Nothing can be saved.
    #[error("nobody is worth saving: at least one node must be worth more than 0")]
    NothingToSave,
    /// No sensible precision.
    #[error("a precision of {precision} cannot be: a number above 0 and below 1 is expected")]
    BadPrecision {
        /// What was asked for.
        precision: f64,
    },
    /// Those that must be won over do not fit.
    #[error("node {node}, which must be won over, does not fit in: size, caps or budget leave no room")]
    NoRoom {
        /// The first that does not.
        node: u32,
    },
}

/// Worlds to begin with. Few, as each may be as large as the graph.
const FIRST_WORLDS: u64 = 16;
/// Worlds at most, however small.
const MOST_WORLDS: u64 = 1 << 20;
/// What nodes are worth together is rounded to so many bits while they are picked: sums over all worlds have 64.
const WORTH_BITS: u32 = 43;

/// Picks nodes to win over, so that what starts at `sources` reaches as few others as a greedy choice can bring about.
///
/// Sources are active and pass it on in any case. Who is won over never becomes active and passes nothing on. In a
/// random world (which edges hold is drawn beforehand) winning over `v` saves whom every way from the sources leads to
/// through `v`: its subtree in the dominator tree. The sum over many worlds estimates what `v` saves; the node that
/// saves most is picked, the worlds that it is in are searched again without it, and so on.
///
/// - **Input**: a model of how influence spreads; `sources`, each below n, in any order, repeats count once;
///   `wish.size`, `eligible`, `included`, `caps`, `floors` and `budget` say who may be picked, `wish.reached` who is
///   won over already, `wish.worth` what it is worth that somebody is not reached. Sources are never picked, and must
///   not be eligible where there are floors; one that is `reached` passes it on all the same. [`Wish::missed`] tells
///   whether the floors are met.
/// - **Output**: [`Containment`]. Every figure is an unbiased mean over worlds that had no part in the choice, with a
///   95 % interval: the lower end is Wilson's for sizes, the upper end that of a sum of rare events. Worlds larger
///   than all seen are not in it. **Nothing is guaranteed of the choice** but what it is measured to save: the best
///   choice is hard to find (NP-hard, and hard to approximate), and what a set saves is neither submodular nor
///   supermodular: two nodes side by side may save much together and little alone. (By linear threshold everybody hears
///   it from one node at most: there a greedy choice that only the size limits has `1 − 1/e` of the best in the worlds
///   that it was picked by.) [`Containment::most`] says what no choice passes. Nodes that save nothing are not picked.
/// - **Stop**: when worlds with no part in the choice bear it out (`cfg.precision`), at 2^20 worlds, or when twice as
///   many would pass `cfg.most_work`.
/// - **Cost**: a world takes 4 bytes for each edge that holds in it and 8 for each node reached; they are drawn once
///   and kept, those that judge are not kept. A pick takes time nearly linear in the worlds that it is in, twice, and
///   one look at the nodes of all. Beside them 20 bytes a node, a worker 4; and, unless all chances are the same, 16
///   bytes a node and 8 an edge (linear threshold 12).
/// - **Same bits**: at any thread count: a world is a function of its number, sums are of integers, ties go to the
///   smaller node.
/// - **Source**: Xie, Zhang, Wang, Zhang, Zhang, Lin 2023 ("Minimizing the influence of misinformation via vertex
///   blocking"); Georgiadis 2005 (Semi-NCA).
/// - **Checked by**: `tests/it/influence/blocking.rs` — enumeration of all outcomes, all sets of nodes, closed forms; beside the
///   code petgraph's dominators and searches without a node.
///
/// # Errors
/// [`ContainError`]. Panics where a slice of the wish has another length than there are nodes.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// use plaudit::influence::{self, Chance, ContainConfig, Diffusion, SpreadModel, Wish};
/// // 1 attends to 0; 2 and 3 attend to 1; 4 attends to 0 as well.
/// let edges = [(1, 0), (2, 1), (3, 1), (4, 0)].map(|(u, v)| Edge { source: NodeId(u), target: NodeId(v), weight: 1 });
/// let g = graph::build(5, edges.to_vec(), Weighting::Unweighted);
/// let model = SpreadModel::new(&g, Diffusion::IndependentCascade, &Chance::Fixed(1.0))?;
/// let cfg = ContainConfig { precision: 0.05, most_work: influence::CONTAIN_WORK, seed: 42 };
/// let found = influence::contain(&model, &[NodeId(0)], &Wish::of_size(1), &cfg)?;
/// assert_eq!((found.picks[0].node, found.before.mean, found.after.mean), (NodeId(1), 4.0, 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn contain(
    model: &SpreadModel<'_>,
    sources: &[NodeId],
    wish: &Wish<'_>,
    cfg: &ContainConfig,
) -> Result<Containment, ContainError> {
    check(model, sources, wish, cfg)?;
    let problem = Problem::new(model, sources, wish);
    let origin = problem.origin(model, sources, cfg.seed);
    let reachable = origin.reachable();
    let most: f64 = reachable.iter().map(|&v| problem.worth(v) as f64).sum();
    let (mut kept, mut worlds): (Vec<Kept>, _) = (Vec::new(), FIRST_WORLDS);
    let mut nodes = loop {
        kept.extend(origin.kept(offset64(kept.len())..worlds));
        let choice = problem.choice(&kept);
        let work: u64 = kept.iter().map(|kept| offset64(kept.size())).sum();
        let checked = judge(&problem, &origin, Side::Checking, 0..worlds, &choice.nodes);
        let (sums, claimed) = match checked.picks.last() {
            Some((_, saved)) if choice.saved > 0 => (saved, problem.unrounded(choice.saved) / worlds as f64),
            _ => (&checked.before, checked.before.spread(worlds, most).mean),
        };
        let borne_out = claimed > 0.0 && sums.spread(worlds, most).low >= (1.0 - cfg.precision) * claimed;
        if borne_out || most == 0.0 || 2 * worlds > MOST_WORLDS || 2 * work > cfg.most_work {
            break choice.nodes;
        }
        worlds *= 2;
    };
    drop(kept);
    problem.meet_floors(&mut nodes);
    let judged = judge(&problem, &origin, Side::Judging, 0..worlds, &nodes);
    let spread = |sums: &judge::Sums| sums.spread(worlds, most);
    let pick = |(&node, (marginal, cumulative)): (&NodeId, &(judge::Sums, judge::Sums))| Pick {
        node,
        marginal: spread(marginal),
        cumulative: spread(cumulative),
    };
    let picks: Vec<Pick> = nodes.iter().zip(&judged.picks).map(pick).collect();
    Ok(Containment {
        saved: picks.last().map_or(Spread { mean: 0.0, low: 0.0, high: 0.0 }, |pick| pick.cumulative),
        picks,
        before: spread(&judged.before),
        after: spread(&judged.after),
        most: spread(&judged.most),
        worlds,
    })
}

fn check(
    model: &SpreadModel<'_>,
    sources: &[NodeId],
    wish: &Wish<'_>,
    cfg: &ContainConfig,
) -> Result<(), ContainError> {
    let n = model.graph.node_count();
    let lengths = [wish.eligible.map(<[_]>::len), wish.reached.map(<[_]>::len), wish.worth.map(<[_]>::len)];
    let fits = |len: usize| assert_eq!(len, n, "invariant: an entry for every node");
    lengths.into_iter().flatten().for_each(fits);
    wish.caps.iter().for_each(|caps| fits(caps.group.len()));
    wish.floors.iter().for_each(|floor| fits(floor.member.len()));
    wish.budget.iter().for_each(|budget| fits(budget.cost.len()));
    if !(cfg.precision > 0.0 && cfg.precision < 1.0) {
        return Err(ContainError::BadPrecision { precision: cfg.precision });
    }
    if sources.is_empty() {
        return Err(ContainError::NoSource);
    }
    if let Some(v) = sources.iter().find(|v| v.index() >= n) {
        return Err(ContainError::UnknownSource { node: v.0, node_count: n });
    }
    if wish.size == 0 {
        return Err(ContainError::NoSize);
    }
    if wish.worth.is_some_and(|worth| worth.iter().all(|&worth| worth == 0)) {
        return Err(ContainError::NothingToSave);
    }
    let mut is_source = vec![false; n];
    set(&mut is_source, sources, true);
    let mut room = Room::new(wish);
    for &v in wish.included {
        if is_source[v.index()] {
            return Err(ContainError::IncludedSource { node: v.0 });
        }
        if !room.fits(v) {
            return Err(ContainError::NoRoom { node: v.0 });
        }
        room.take(v);
    }
    let open = |v: usize| !is_source[v] && wish.may_be_picked(NodeId::new(v));
    if wish.included.is_empty() && !(0..n).any(open) {
        return Err(ContainError::NobodyEligible);
    }
    Ok(())
}

fn set(flags: &mut [bool], nodes: &[NodeId], to: bool) {
    for v in nodes {
        flags[v.index()] = to;
    }
}

/// Who may be won over, and what it is worth.
struct Problem<'a> {
    wish: &'a Wish<'a>,
    /// By node: whether it may be won over or must be.
    may_be_won: Vec<bool>,
    /// Bits of a worth that do not count while nodes are picked.
    shift: u32,
}

impl<'a> Problem<'a> {
    fn new(model: &SpreadModel<'_>, sources: &[NodeId], wish: &'a Wish<'a>) -> Self {
        let mut may_be_won: Vec<bool> = model.graph.nodes().map(|v| wish.may_be_picked(v)).collect();
        set(&mut may_be_won, wish.included, true);
        set(&mut may_be_won, sources, false);
        let whole: u64 = wish.worth.map_or(0, |worth| worth.iter().sum());
        let shift = (u64::BITS - whole.leading_zeros()).saturating_sub(WORTH_BITS);
        Self { wish, may_be_won, shift }
    }

    fn origin<'m>(&self, model: &'m SpreadModel<'m>, sources: &[NodeId], seed: u64) -> Origin<'m> {
        let mut sources = sources.to_vec();
        sources.sort_unstable();
        sources.dedup();
        let mut closed = self.wish.reached.map_or_else(|| vec![false; self.node_count()], <[bool]>::to_vec);
        set(&mut closed, &sources, true);
        Origin { graph: model.graph, audience: Audience::new(model), sources, closed, seed }
    }

    fn node_count(&self) -> usize {
        self.may_be_won.len()
    }

    fn worth(&self, v: NodeId) -> u64 {
        self.wish.worth.map_or(1, |worth| worth[v.index()])
    }

    fn rounded_worth(&self, v: NodeId) -> u64 {
        self.worth(v) >> self.shift
    }

    fn unrounded(&self, worth: u64) -> f64 {
        worth as f64 * (1_u64 << self.shift) as f64
    }

    /// Adds nodes that save nothing where floors need them.
    fn meet_floors(&self, nodes: &mut Vec<NodeId>) {
        Selection::new(self.wish).complete(nodes);
    }

    /// The better of two choices where nodes cost something: who is dear and saves much may lose to who is cheap and
    /// saves little.
    fn choice(&self, worlds: &[Kept]) -> Choice {
        let by_saving = choose(self, worlds, Order::Saving);
        if self.wish.budget.is_none() {
            return by_saving;
        }
        let by_cost = choose(self, worlds, Order::SavingForCost);
        // Who misses floors is no choice where the other does not.
        let rank = |choice: &Choice| {
            let mut nodes = choice.nodes.clone();
            self.meet_floors(&mut nodes);
            (self.wish.missed(&nodes).is_none(), choice.saved)
        };
        if rank(&by_saving) >= rank(&by_cost) { by_saving } else { by_cost }
    }
}
