//! The public functions: PageRank of one teleport vector, from a start, and of several columns; checks of their input.

use ndarray::{Array2, ArrayView2};

use super::{
    Dangling, NodeVector, PageRankConfig, RankError, StopRule,
    columns::solve_strongly_preferential,
    error_bounds::{MAX_DISTANCE, error_bound},
    gather::lane_sums,
    power_iteration::power_iteration,
    refinement::SolveLimits,
    system::System,
    weakly_preferential::{least_bound, solve_weakly_preferential},
};
use crate::{graph::Graph, ids::NodeId};

/// Where a walk restarts when it does not follow an edge, or cannot.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Teleport {
    /// At every node with the same probability.
    #[default]
    Uniform,
    /// At node `v` in proportion to entry `v`. The vector has one entry per node; entries are finite, ≥ 0 and not all
    /// 0.
    Weights(Vec<f64>),
}

/// The answer of [`pagerank`].
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    /// The probability of each node; sums to 1.
    pub score: Vec<f64>,
    /// Number of rounds (passes over the edges).
    pub rounds: u32,
    /// The L1 distance between `score` and the true answer is at most this, float rounding included.
    pub error_bound: f64,
}

/// The answer of [`pagerank_columns`].
#[derive(Clone, Debug, PartialEq)]
pub struct RankColumns {
    /// Row `v`, column `j`: the probability of node `v` under teleport vector `j`; columns sum to 1.
    pub score: Array2<f64>,
    /// Number of rounds of each column.
    pub rounds: Vec<u32>,
    /// The L1 distance between each column and its true answer is at most this, float rounding included.
    pub error_bound: Vec<f64>,
}

/// Computes weighted PageRank: most rounds in `f32`, pulling along in-edges; the answer is certified in `f64`.
///
/// An edge `u → v` of weight `w` hands `v` the share `w / out_strength(u)` of `u`'s rank; a dangling node hands all of
/// its rank to the nodes that `cfg.dangling` selects. So the total stays 1 in every round. The module documentation
/// derives the method.
///
/// - **Input**: any `g`, self-loops kept as ordinary edges; `cfg.damping` in `[0, 1)`. Fastest if nodes with both in-
///   and out-edges come first ([`locality_order`](crate::graph::locality_order)).
/// - **Output**: `score[NodeId]`, length `g.node_count()`; ≥ 0, sums to 1 within 1e-12. Empty graph → empty.
/// - **Stop**: `Certified`: after the first plain `f64` round whose bound on the L1 distance to the true answer is at
///   most `tolerance`. `Rounds(k)`: after `k` plain rounds from the teleport vector. With [`Dangling::Uniform`] a
///   certified answer is combined from two answers, and `max_rounds` applies to each of the two.
/// - **Cost**: time O(rounds · (edges among nodes with in- and out-edges)) + O(n + m), one random read of 4 bytes per
///   edge; memory at most 112 n bytes beyond the graph.
/// - **Same bits**: for any thread count; chunks and blocks are cut by the graph alone, sums run over blocks of fixed
///   length.
/// - **Source**: Page, Brin, Motwani, Winograd 1999; the dangling rules as in Boldi, Santini, Vigna 2009; renormalized
///   mass as in Arasu, Novak, Tomkins, Tomlin 2002; iterative refinement after Wilkinson 1963.
/// - **Checked by**: `tests/it/rank/pagerank.rs`: closed forms, dense power method, networkx, LDBC, bounds that hold,
///   relabeling.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// use plaudit::rank::{self, PageRankConfig, Teleport};
/// // Two fans attend to an idol, which has no out-edges: l = 1 / (3 + 2a) for a fan, (1 + 2a) l for the idol.
/// let follow = |u| Edge { source: NodeId(u), target: NodeId(2), weight: 1 };
/// let g = graph::build(3, vec![follow(0), follow(1)], Weighting::Unweighted);
/// let cfg = PageRankConfig { damping: 0.5, ..PageRankConfig::default() };
/// let ranks = rank::pagerank(&g, &Teleport::Uniform, &cfg)?;
/// assert!((ranks.score[0] - 0.25).abs() < 1e-9 && (ranks.score[2] - 0.5).abs() < 1e-9);
/// # Ok::<(), rank::RankError>(())
/// ```
///
/// # Errors
/// `NotConverged` if the limit on rounds is reached (a partial answer is never returned); `BadDamping`, `BadTolerance`
/// (the tolerance is below what rounding allows on a graph of this size, or at least 2), `VectorLength`, `BadEntry`,
/// `BadSum`.
pub fn pagerank(g: &Graph, teleport: &Teleport, cfg: &PageRankConfig) -> Result<Ranks, RankError> {
    check_config(g, cfg)?;
    let teleport = teleport_vector(teleport, g.node_count())?;
    Ok(only(solve_for_teleports(g, vec![teleport], None, cfg)?))
}

/// [`pagerank`] from start values near the answer, such as the ranks before a few edges changed.
///
/// - **Input**: as [`pagerank`]; `start[NodeId]` ≥ 0, scaled to sum 1.
/// - **Output, Stop, Cost, Same bits**: as [`pagerank`]; the nearer `start` is to the answer, the fewer rounds are
///   needed, except with `Rounds(k)`. The answer is certified as well, so it differs from the answer of [`pagerank`] by
///   at most the sum of the two bounds.
/// - **Source**: as [`pagerank`]; the power method converges from any start.
/// - **Checked by**: `tests/it/rank/columns.rs`: any start, and the ranks before a small change.
///
/// # Errors
/// The errors of [`pagerank`], for the teleport vector or for `start`.
pub fn pagerank_from(
    g: &Graph,
    teleport: &Teleport,
    start: &[f64],
    cfg: &PageRankConfig,
) -> Result<Ranks, RankError> {
    check_config(g, cfg)?;
    let teleport = teleport_vector(teleport, g.node_count())?;
    let start = normalized(start, g.node_count(), NodeVector::Start)?;
    Ok(only(solve_for_teleports(g, vec![teleport], Some(&start), cfg)?))
}

/// [`pagerank`] for several teleport vectors at once, one in each column of `teleports`: topics, segments, trusted
/// nodes.
///
/// - **Input**: `teleports[[v, j]]` is the weight of node `v` in teleport vector `j`: finite, ≥ 0, no column all 0.
/// - **Output**: column `j` holds the same bits as [`pagerank`] gives for that vector alone.
/// - **Stop**: each column independently; a finished column stays unchanged while the others continue.
/// - **Cost**: up to eight columns share a pass over the edges, which costs far less than eight passes; memory per
///   node: 32 bytes, 80 bytes for each column of a batch (1, 2, 4 or 8), and 3 · 8 bytes for each column (teleports and
///   scores).
/// - **Same bits**: for any thread count and any other columns.
/// - **Source**: as [`pagerank`]; topics as columns after Haveliwala 2002.
/// - **Checked by**: `tests/it/rank/columns.rs`: single runs, linearity, dense power method.
///
/// # Errors
/// The errors of [`pagerank`], for the first column with an error.
pub fn pagerank_columns(
    g: &Graph,
    teleports: &ArrayView2<'_, f64>,
    cfg: &PageRankConfig,
) -> Result<RankColumns, RankError> {
    check_config(g, cfg)?;
    let n = g.node_count();
    let teleports = teleports.columns().into_iter();
    let columns = teleports.map(|weights| normalized(&weights.to_vec(), n, NodeVector::Teleport));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let solved = solve_for_teleports(g, columns, None, cfg)?;
    let mut score = Array2::zeros((n, solved.len()));
    for (mut column, ranks) in score.columns_mut().into_iter().zip(&solved) {
        column.iter_mut().zip(&ranks.score).for_each(|(place, score)| *place = *score);
    }
    let rounds = solved.iter().map(|ranks| ranks.rounds).collect();
    Ok(RankColumns { score, rounds, error_bound: solved.iter().map(|ranks| ranks.error_bound).collect() })
}

fn only(mut ranks: Vec<Ranks>) -> Ranks {
    ranks.pop().expect("invariant: one answer per column")
}

fn check_config(g: &Graph, cfg: &PageRankConfig) -> Result<(), RankError> {
    if !(0.0..1.0).contains(&cfg.damping) {
        return Err(RankError::BadDamping { damping: cfg.damping });
    }
    let n = g.node_count();
    if let StopRule::Certified { tolerance, .. } = cfg.stop
        && n > 0
    {
        let floor = match cfg.dangling {
            Dangling::Teleport => error_bound(n, cfg.damping, 0.0),
            Dangling::Uniform => least_bound(n, cfg.damping),
        };
        if tolerance.is_nan() || tolerance <= floor || tolerance >= MAX_DISTANCE {
            return Err(RankError::BadTolerance { tolerance, floor });
        }
    }
    Ok(())
}

/// Solves for every teleport vector (each sums to 1) with the solver that `cfg` selects.
fn solve_for_teleports(
    g: &Graph,
    teleports: Vec<Vec<f64>>,
    start: Option<&[f64]>,
    cfg: &PageRankConfig,
) -> Result<Vec<Ranks>, RankError> {
    let n = g.node_count();
    if n == 0 {
        let nothing = Ranks { score: Vec::new(), rounds: 0, error_bound: 0.0 };
        return Ok(vec![nothing; teleports.len()]);
    }
    let limits = match cfg.stop {
        StopRule::Certified { tolerance, max_rounds } => SolveLimits { tolerance, max_rounds },
        StopRule::Rounds(rounds) => {
            let uniform = vec![1.0 / n as f64; n];
            let rounds = |t: &Vec<f64>| {
                let u = if cfg.dangling == Dangling::Uniform { &uniform } else { t };
                power_iteration(g, cfg.damping, [t, u, start.unwrap_or(t)], rounds)
            };
            return Ok(teleports.iter().map(rounds).collect());
        }
    };
    let system = System::new(g, cfg.damping, cfg.solver);
    match cfg.dangling {
        Dangling::Teleport => solve_strongly_preferential(&system, &teleports, start, limits),
        Dangling::Uniform => solve_weakly_preferential(&system, teleports, start, limits),
    }
}

/// The teleport vector, scaled to sum 1.
fn teleport_vector(teleport: &Teleport, n: usize) -> Result<Vec<f64>, RankError> {
    match teleport {
        Teleport::Uniform => Ok(vec![1.0 / n as f64; n]),
        Teleport::Weights(weights) => normalized(weights, n, NodeVector::Teleport),
    }
}

/// The entries of a vector, scaled to sum 1.
fn normalized(values: &[f64], n: usize, vector: NodeVector) -> Result<Vec<f64>, RankError> {
    if values.len() != n {
        return Err(RankError::VectorLength { vector, found: values.len(), expected: n });
    }
    if let Some(v) = values.iter().position(|value| !value.is_finite() || *value < 0.0) {
        return Err(RankError::BadEntry { vector, node: NodeId::new(v), value: values[v] });
    }
    let [sum] = lane_sums(n, |v| [values[v]]);
    let is_usable = sum > 0.0 && sum.is_finite();
    if n > 0 && !is_usable {
        return Err(RankError::BadSum { vector, sum });
    }
    Ok(values.iter().map(|value| value / sum).collect())
}
