//! Selects the nodes to block: samples worlds until what the greedy selection prevents in them nearly holds in
//! independent worlds.

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
    /// what the picks prevent in the second collection is at least `1 − precision` of what they prevent in the first.
    /// If no node can be picked, worlds are sampled until the lower end of the spread of the sources is at least `1 −
    /// precision` of that spread. In (0, 1).
    pub precision: f64,
    /// The approximate maximum of the memory for the worlds in which nodes are picked, in units of 4 bytes. Beyond it
    /// the search ends with the result so far.
    pub max_work: u64,
    /// The seed of the random numbers.
    pub seed: u64,
}

impl Default for BlockingConfig {
    fn default() -> Self {
        Self { precision: BLOCKING_PRECISION, max_work: BLOCKING_MAX_WORK, seed: 42 }
    }
}

/// Nodes to block, and the spread that blocking them prevents.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockingSet {
    /// The nodes in the order in which they were picked, the included nodes first. `marginal` is the spread that a pick
    /// prevents in addition to the picks before it, the pick itself included. `cumulative` is the spread that the pick
    /// and all picks before it prevent.
    pub picks: Vec<Pick>,
    /// The spread of the sources if no node is blocked, the sources not counted.
    pub before: Spread,
    /// The spread of the sources if all picks are blocked.
    pub after: Spread,
    /// The difference of `before` and `after`, in the same worlds.
    pub prevented: Spread,
    /// An upper bound on the mean spread that any set of the requested size prevents: a node that a source reaches
    /// directly is only saved by being blocked itself. The best set may prevent much less.
    pub max_prevented: Spread,
    /// The number of worlds in which the nodes were picked. The spread was measured in the same number of other worlds.
    pub worlds: u64,
}

/// Why no blocking set is returned.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockingError {
    /// The list of sources is empty.
    #[error("there is no source: at least one is expected")]
    NoSource,
    /// A source is not a node of the graph.
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
    /// The size is 0, all nodes have a worth of 0, no node may be blocked, or the included nodes violate a constraint.
    #[error(transparent)]
    Constraints(#[from] SeedError),
}

/// How many worlds are sampled at first: few, because each world may be as large as the graph.
const FIRST_WORLDS: u64 = 16;
/// The largest number of worlds, even if they are small.
const MAX_WORLDS: u64 = 1 << 20;

/// Picks nodes to block greedily, so that a cascade from `sources` reaches few other nodes.
///
/// Sources are active. A blocked node never becomes active and passes nothing on. A *world* is one random choice of the
/// live edges. In a world, if `v` is blocked, the nodes dominated by `v` are not reached: the nodes for which every
/// path from the sources goes through `v`. They are the subtree of `v` in the dominator tree. The sum over many worlds
/// estimates what blocking `v` prevents. The node that prevents the most is picked, the worlds that contain it are
/// searched again without it, and so on.
///
/// - **Input**: a diffusion model; `sources`, each below n, in any order, where repeats count once; in `constraints`
///   the size, `eligible`, `included`, `caps`, `quotas` and `budget` of the nodes to block, in `already_active` the
///   nodes that are already blocked, and in `worth` the worth of each node that is not reached. Sources are never
///   picked, and must not be eligible if there are quotas; a source that is already blocked is active nevertheless.
///   [`SeedConstraints::unmet_quota`] checks whether the quotas are met.
/// - **Output**: [`BlockingSet`]. Every figure is an unbiased mean over worlds that are independent of the selection,
///   with a 95 % interval: the lower end is a Wilson score bound for sizes, and the upper end is that of a sum of rare
///   events. The intervals do not account for worlds larger than all sampled worlds. **The selection has no
///   guarantee**: the best set is NP-hard to find and hard to approximate, and the prevented spread is neither
///   submodular nor supermodular: two nodes on parallel paths may prevent much together and little alone. (In the
///   linear threshold model at most one node activates a node, so a greedy selection that only the size limits reaches
///   `1 − 1/e` of the best in the worlds in which it was picked.) [`BlockingSet::max_prevented`] is an upper bound for
///   any set. Nodes that prevent nothing are not picked.
/// - **Stop**: when the result holds in other worlds (`cfg.precision`), at 2^20 worlds, or when the next doubling would
///   exceed `cfg.max_work`.
/// - **Cost**: a world takes 4 bytes for each live edge and 8 for each node reached; the worlds in which nodes are
///   picked are stored, the other worlds are not. A pick takes twice a time that is nearly linear in the size of the
///   worlds that contain it, and one scan over the nodes of all worlds. In addition, the search takes 20 bytes a node,
///   4 bytes a node for each worker, and, unless all probabilities are the same, 16 bytes a node and 8 bytes an edge
///   (12 with linear threshold).
/// - **Same bits**: at any thread count: a world is a function of its number, sums are of integers, and on ties the
///   smaller node is picked.
/// - **Source**: Xie, Zhang, Wang, Zhang, Zhang, Lin 2023 ("Minimizing the influence of misinformation via vertex
///   blocking"); Georgiadis 2005 (Semi-NCA).
/// - **Checked by**: `tests/it/influence/blocking.rs` — enumeration of all outcomes, all sets of nodes, closed forms;
///   and unit tests in `dominators.rs` — petgraph's dominators, searches with one node left out.
///
/// # Errors
/// [`BlockingError`]. Panics if the length of a slice of the constraints is not the number of nodes.
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
