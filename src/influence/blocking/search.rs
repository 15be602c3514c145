//! Selects the nodes to block: samples worlds until the greedy selection prevents nearly as much in other worlds.

use super::{
    evaluate::{SizeSums, evaluate},
    greedy::select,
    problem::{BlockingProblem, set_all},
    worlds::{StoredWorld, WorldSet},
};
use crate::{
    ids::{NodeId, offset64},
    influence::{
        constraints::seed_constraints::SeedConstraints,
        model::SpreadModel,
        seeds::{
            error::SeedError,
            feasibility::{check_included, check_size_and_worth},
        },
        spread::{Pick, Spread},
    },
};

/// Default of [`BlockingConfig::precision`].
pub const BLOCKING_PRECISION: f64 = 0.05;
/// Default of [`BlockingConfig::max_work`]: half a gibibyte of worlds.
pub const BLOCKING_MAX_WORK: u64 = 1 << 27;

/// How the nodes to block are searched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockingConfig {
    /// Nodes are picked in one collection of worlds and checked in another. Worlds are sampled until the lower end of
    /// what the picks prevent in the second is at least `1 − precision` of what they prevent in the first. If no node
    /// can be picked, they are sampled until the spread of the sources is known as precisely. In (0, 1).
    pub precision: f64,
    /// The most memory of the worlds in which nodes are picked, about, in units of 4 bytes. Beyond it the search ends
    /// with the result so far.
    pub max_work: u64,
    /// The seed of the random numbers.
    pub seed: u64,
}

impl Default for BlockingConfig {
    fn default() -> Self {
        Self { precision: BLOCKING_PRECISION, max_work: BLOCKING_MAX_WORK, seed: 42 }
    }
}

/// Nodes to block, and the spread that this prevents.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockingSet {
    /// The nodes in the order in which they were picked, the included ones first. `marginal` is the spread that a pick
    /// prevents beyond those before it, itself included; `cumulative` what it and those before it prevent.
    pub picks: Vec<Pick>,
    /// The spread of the sources if no node is blocked, the sources not counted.
    pub before: Spread,
    /// The spread of the sources if all picks are blocked.
    pub after: Spread,
    /// The difference of the two, in the same worlds.
    pub prevented: Spread,
    /// No set of as many nodes prevents more on average, because nodes that a source reaches directly are only saved by
    /// being blocked themselves. The best set may prevent much less.
    pub max_prevented: Spread,
    /// How many worlds the nodes were picked by; as many others measured the spread.
    pub worlds: u64,
}

/// Why there is no blocking set.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockingError {
    /// The list of sources is empty.
    #[error("there is no source: at least one is expected")]
    NoSource,
    /// A source is no node of the graph.
    #[error("node {node} cannot be a source: there are {node_count} nodes, from 0")]
    UnknownSource {
        /// The source given.
        node: u32,
        /// The number of nodes of the graph.
        node_count: usize,
    },
    /// A source cannot be blocked.
    #[error("node {node} is a source: it cannot be blocked")]
    IncludedSource {
        /// The included node.
        node: u32,
    },
    /// The precision is out of range.
    #[error("a precision of {precision} is out of range: a number above 0 and below 1 is expected")]
    BadPrecision {
        /// The value given.
        precision: f64,
    },
    /// The size is 0, no node is worth anything or may be blocked, or the included nodes violate a constraint.
    #[error(transparent)]
    Constraints(#[from] SeedError),
}

/// How many worlds are sampled at first. Few, as each may be as large as the graph.
const FIRST_WORLDS: u64 = 16;
/// The largest number of worlds, however small they are.
const MAX_WORLDS: u64 = 1 << 20;

/// Picks nodes to block greedily, so that a cascade from `sources` reaches few others.
///
/// Sources are active. A blocked node never becomes active and passes nothing on. In a *world*, one outcome of which
/// edges are live, blocking `v` prevents that the nodes dominated by `v` are reached: those for which every path from
/// the sources goes through `v`, its subtree in the dominator tree. The sum over many worlds estimates what `v`
/// prevents; the node that prevents the most is picked, the worlds that it is in are searched again without it, and so
/// on.
///
/// - **Input**: a diffusion model; `sources`, each below n, in any order, repeats count once; in `constraints` the
///   size, `eligible`, `included`, `caps`, `quotas` and `budget` of the nodes to block, in `already_active` the nodes
///   that are blocked already, and in `worth` what it is worth that a node is not reached. Sources are never picked,
///   and must not be eligible if there are quotas; a source that is blocked already is active all the same.
///   [`SeedConstraints::unmet_quota`] checks whether the quotas are met.
/// - **Output**: [`BlockingSet`]. Every figure is an unbiased mean over worlds that nodes were not picked by, with a 95
///   % interval: the lower end is Wilson's for sizes, the upper end that of a sum of rare events. Worlds larger than
///   all sampled ones are not accounted for. **The selection has no guarantee**: the best set is NP-hard to find and
///   hard to approximate, and the prevented spread is neither submodular nor supermodular: two nodes on parallel paths
///   may prevent much together and little alone. (In the linear threshold model at most one node activates a node, so
///   a greedy selection that only the size limits reaches `1 − 1/e` of the best in the worlds that it was picked by.)
///   [`BlockingSet::max_prevented`] is an upper bound for any set. Nodes that prevent nothing are not picked.
/// - **Stop**: when the result holds in other worlds (`cfg.precision`), at 2^20 worlds, or when the next doubling would
///   exceed `cfg.max_work`.
/// - **Cost**: a world takes 4 bytes for each live edge and 8 for each node reached; the worlds that nodes are picked
///   by are stored, those that measure are not. A pick takes time nearly linear in the worlds that it is in, twice, and
///   one look at the nodes of all. Beside them 20 bytes a node, a worker 4; and, unless all probabilities are the same,
///   16 bytes a node and 8 an edge (linear threshold 12).
/// - **Same bits**: at any thread count: a world is a function of its number, sums are of integers, ties go to the
///   smaller node.
/// - **Source**: Xie, Zhang, Wang, Zhang, Zhang, Lin 2023 ("Minimizing the influence of misinformation via vertex
///   blocking"); Georgiadis 2005 (Semi-NCA).
/// - **Checked by**: `tests/it/influence/blocking.rs` — enumeration of all outcomes, all sets of nodes, closed forms;
///   beside the code petgraph's dominators and searches without a node.
///
/// # Errors
/// [`BlockingError`]. Panics if a slice of the constraints has another length than there are nodes.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// use plaudit::influence::{self, BlockingConfig, Diffusion, EdgeProbability, SeedConstraints, SpreadModel};
/// // 1 attends to 0; 2 and 3 attend to 1; 4 attends to 0 as well.
/// let edges = [(1, 0), (2, 1), (3, 1), (4, 0)].map(|(u, v)| Edge { source: NodeId(u), target: NodeId(v), weight: 1 });
/// let g = graph::build(5, edges.to_vec(), Weighting::Unweighted);
/// let model = SpreadModel::new(&g, Diffusion::IndependentCascade, &EdgeProbability::Fixed(1.0))?;
/// let (one, cfg) = (SeedConstraints::of_size(1), BlockingConfig::default());
/// let found = influence::blocking_set(&model, &[NodeId(0)], &one, &cfg)?;
/// assert_eq!((found.picks[0].node, found.before.mean, found.after.mean), (NodeId(1), 4.0, 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn blocking_set(
    model: &SpreadModel<'_>,
    sources: &[NodeId],
    constraints: &SeedConstraints<'_>,
    cfg: &BlockingConfig,
) -> Result<BlockingSet, BlockingError> {
    check(model, sources, constraints, cfg)?;
    let problem = BlockingProblem::new(model, sources, constraints);
    let sample = problem.world_sample(model, sources, cfg.seed);
    let max_size: f64 = sample.reachable().iter().map(|&v| problem.worth(v) as f64).sum();
    let (mut stored, mut worlds): (Vec<StoredWorld>, _) = (Vec::new(), FIRST_WORLDS);
    let mut nodes = loop {
        stored.extend(sample.stored(offset64(stored.len())..worlds));
        let selected = select(&problem, &stored);
        let work: u64 = stored.iter().map(|world| offset64(world.size())).sum();
        let checked = evaluate(&problem, &sample, WorldSet::Check, 0..worlds, &selected.nodes);
        let (sums, claimed) = match checked.picks.last() {
            Some((_, prevented)) if selected.prevented > 0 => {
                (prevented, problem.unrounded(selected.prevented) / worlds as f64)
            }
            _ => (&checked.before, checked.before.spread(worlds, max_size).mean),
        };
        let holds = claimed > 0.0 && sums.spread(worlds, max_size).low >= (1.0 - cfg.precision) * claimed;
        if holds || max_size == 0.0 || 2 * worlds > MAX_WORLDS || 2 * work > cfg.max_work {
            break selected.nodes;
        }
        worlds *= 2;
    };
    drop(stored);
    problem.append_reserve(&mut nodes);
    let measured = evaluate(&problem, &sample, WorldSet::Validate, 0..worlds, &nodes);
    let spread = |sums: &SizeSums| sums.spread(worlds, max_size);
    let pick = |(&node, (marginal, cumulative)): (&NodeId, &(SizeSums, SizeSums))| Pick {
        node,
        marginal: spread(marginal),
        cumulative: spread(cumulative),
    };
    let picks: Vec<Pick> = nodes.iter().zip(&measured.picks).map(pick).collect();
    Ok(BlockingSet {
        prevented: picks.last().map_or(Spread::ZERO, |pick| pick.cumulative),
        picks,
        before: spread(&measured.before),
        after: spread(&measured.after),
        max_prevented: spread(&measured.max_prevented),
        worlds,
    })
}

/// Refuses input out of range and included nodes that do not fit.
fn check(
    model: &SpreadModel<'_>,
    sources: &[NodeId],
    constraints: &SeedConstraints<'_>,
    cfg: &BlockingConfig,
) -> Result<(), BlockingError> {
    let n = model.graph.node_count();
    if !(cfg.precision > 0.0 && cfg.precision < 1.0) {
        return Err(BlockingError::BadPrecision { precision: cfg.precision });
    }
    if sources.is_empty() {
        return Err(BlockingError::NoSource);
    }
    if let Some(v) = sources.iter().find(|v| v.index() >= n) {
        return Err(BlockingError::UnknownSource { node: v.0, node_count: n });
    }
    check_size_and_worth(constraints, n)?;
    let mut is_source = vec![false; n];
    set_all(&mut is_source, sources, true);
    if let Some(v) = constraints.included.iter().find(|v| is_source[v.index()]) {
        return Err(BlockingError::IncludedSource { node: v.0 });
    }
    check_included(constraints)?;
    let is_open = |v: usize| !is_source[v] && constraints.may_be_picked(NodeId::new(v));
    if constraints.included.is_empty() && !(0..n).any(is_open) {
        return Err(SeedError::NoEligibleNode.into());
    }
    Ok(())
}
