//! The questions that can be asked, and what is wrong with some of them.

use ndarray::{Array2, ArrayView2};

use super::{Dangling, PageRankConfig, RankError, StopRule, columns, gather::lane_sums, plain, system, weak};
use crate::{graph::Graph, ids::NodeId};

/// Where a walk goes when it stops walking along edges, or cannot.
#[derive(Clone, Debug, PartialEq)]
pub enum Teleport {
    /// To every node with the same probability.
    Uniform,
    /// To node `v` in proportion to entry `v`: finite, ≥ 0, one a node, not all 0.
    Weights(Vec<f64>),
}

/// The answer of [`pagerank`].
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    /// The probability of each node; sums to 1.
    pub score: Vec<f64>,
    /// Passes over the edges.
    pub rounds: u32,
    /// The L1 distance between `score` and the true answer is at most this, float rounding included.
    pub error_bound: f64,
}

/// The answer of [`pagerank_columns`].
#[derive(Clone, Debug, PartialEq)]
pub struct RankColumns {
    /// Row `v`, column `j`: the probability of node `v` under teleport vector `j`; columns sum to 1.
    pub score: Array2<f64>,
    /// Passes over the edges that each column took part in.
    pub rounds: Vec<u32>,
    /// The L1 distance between each column and its true answer is at most this, float rounding included.
    pub error_bound: Vec<f64>,
}

/// Computes weighted PageRank by pulling along in-edges, most rounds in `f32`, and certifies the answer in `f64`.
///
/// An edge `u → v` of weight `w` hands `v` the share `w / out_strength(u)` of `u`'s rank; a dangling node hands all of
/// its rank to where `cfg.dangling` says. So the total stays 1 in every round.
///
/// - **Input**: any `g`, self-loops kept as ordinary edges; `cfg.damping` in `[0, 1)`. Fastest where nodes that have
///   both in- and out-edges come first.
/// - **Output**: `score[NodeId]`, length `g.node_count()`; ≥ 0, sums to 1 within 1e-12. Empty graph → empty.
/// - **Stop**: `Certified`: after the first plain `f64` round whose bound on the L1 distance to the true answer is at
///   most `tolerance`; the module's documentation derives the bound. `Rounds(k)`: after `k` plain rounds from the
///   teleport vector. With [`Dangling::Uniform`] a certified answer is put together from two, and `max_rounds` holds
///   for each.
/// - **Cost**: time O(rounds · (edges among nodes with in- and out-edges)) + O(n + m), one random read of 4 bytes an
///   edge; memory at most 112 n bytes beyond the graph.
/// - **Same bits**: for any thread count; chunks and blocks are cut by the graph alone, sums run over blocks of fixed
///   length.
/// - **Source**: Page, Brin, Motwani, Winograd 1999; the dangling rules as in Boldi, Santini, Vigna 2009; renormalised
///   mass as in Arasu, Novak, Tomkins, Tomlin 2002; iterative refinement after Wilkinson 1963.
/// - **Checked by**: `tests/it/rank/pagerank.rs`: closed forms, dense power method, networkx, LDBC, honest bounds,
///   relabelling.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// use plaudit::rank::{self, Dangling, PageRankConfig, Solver, StopRule, Teleport};
/// // Two fans attend to an idol who attends to nobody: l = 1 / (3 + 2a) for a fan, (1 + 2a) l for the idol.
/// let follow = |u| Edge { source: NodeId(u), target: NodeId(2), weight: 1 };
/// let g = graph::build(3, vec![follow(0), follow(1)], Weighting::Unweighted);
/// let stop = StopRule::Certified { tolerance: 1e-9, max_rounds: rank::MAX_ROUNDS };
/// let cfg = PageRankConfig { damping: 0.5, stop, solver: Solver::GaussSeidel, dangling: Dangling::Teleport };
/// let ranks = rank::pagerank(&g, &Teleport::Uniform, &cfg)?;
/// assert!((ranks.score[0] - 0.25).abs() < 1e-9 && (ranks.score[2] - 0.5).abs() < 1e-9);
/// # Ok::<(), rank::RankError>(())
/// ```
///
/// # Errors
/// `NotConverged`, never a partial answer in silence; `BadDamping`, `BadTolerance` (below what rounding allows on a
/// graph of this size, or 2 and more), `TeleportLength`, `BadTeleport`, `BadTeleportSum`.
pub fn pagerank(g: &Graph, teleport: &Teleport, cfg: &PageRankConfig) -> Result<Ranks, RankError> {
    check(g, cfg)?;
    let teleport = normalised(teleport, g.node_count())?;
    Ok(only(solve(g, vec![teleport], None, cfg)?))
}

/// [`pagerank`] from values that are thought to be near the answer, such as the ranks before a few edges came.
///
/// - **Input**: as [`pagerank`]; `start[NodeId]` ≥ 0, brought to sum 1.
/// - **Output, Stop, Cost, Same bits**: as [`pagerank`]; fewer rounds the nearer `start` is, but for those that
///   `Rounds(k)` asks for. The answer is certified alike, so it agrees with that of [`pagerank`] within the two bounds.
/// - **Source**: as [`pagerank`]; the power method goes to its limit from any start.
/// - **Checked by**: `tests/it/rank/columns.rs`: any start, and starts before a small change.
///
/// # Errors
/// Those of [`pagerank`]; `StartLength`, `BadStart`, `BadStartSum`.
pub fn pagerank_from(
    g: &Graph,
    teleport: &Teleport,
    start: &[f64],
    cfg: &PageRankConfig,
) -> Result<Ranks, RankError> {
    check(g, cfg)?;
    let teleport = normalised(teleport, g.node_count())?;
    let start = normalised_start(start, g.node_count())?;
    Ok(only(solve(g, vec![teleport], Some(&start), cfg)?))
}

/// [`pagerank`] for several teleport vectors at once, one a column of `teleports`: topics, segments, trusted circles.
///
/// - **Input**: `teleports[[v, j]]` is the weight of node `v` in teleport vector `j`: finite, ≥ 0, no column all 0.
/// - **Output**: column `j` holds the same bits as [`pagerank`] gives for that vector alone.
/// - **Stop**: every column by itself; one that is done stands still while the others go on.
/// - **Cost**: up to eight columns share a pass over the edges, which costs far less than eight passes; memory 32 bytes
///   a node, 80 more for each of [`lanes`](super::lanes) columns, and 8 a node and column three times for teleports and
///   scores.
/// - **Same bits**: for any thread count and any company of columns.
/// - **Source**: as [`pagerank`]; topics as columns after Haveliwala 2002.
/// - **Checked by**: `tests/it/rank/columns.rs`: single runs, linearity, dense power method.
///
/// # Errors
/// Those of [`pagerank`], for the first column that has one.
pub fn pagerank_columns(
    g: &Graph,
    teleports: &ArrayView2<'_, f64>,
    cfg: &PageRankConfig,
) -> Result<RankColumns, RankError> {
    check(g, cfg)?;
    let n = g.node_count();
    let column = |weights: ndarray::ArrayView1<'_, f64>| normalised(&Teleport::Weights(weights.to_vec()), n);
    let columns = teleports.columns().into_iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let solved = solve(g, columns, None, cfg)?;
    let mut score = Array2::zeros((n, solved.len()));
    for (mut column, ranks) in score.columns_mut().into_iter().zip(&solved) {
        column.iter_mut().zip(&ranks.score).for_each(|(place, score)| *place = *score);
    }
    let rounds = solved.iter().map(|ranks| ranks.rounds).collect();
    Ok(RankColumns { score, rounds, error_bound: solved.iter().map(|ranks| ranks.error_bound).collect() })
}

fn only(mut ranks: Vec<Ranks>) -> Ranks {
    ranks.pop().expect("invariant: an answer a column")
}

/// Refuses knobs that no column can be solved with.
fn check(g: &Graph, cfg: &PageRankConfig) -> Result<(), RankError> {
    if !(0.0..1.0).contains(&cfg.damping) {
        return Err(RankError::BadDamping { damping: cfg.damping });
    }
    let n = g.node_count();
    if let StopRule::Certified { tolerance, .. } = cfg.stop
        && n > 0
    {
        let floor = match cfg.dangling {
            Dangling::Teleport => system::error_bound(n, cfg.damping, 0.0),
            Dangling::Uniform => weak::least_bound(n, cfg.damping),
        };
        if tolerance.is_nan() || tolerance <= floor || tolerance >= system::MAX_DISTANCE {
            return Err(RankError::BadTolerance { tolerance, floor });
        }
    }
    Ok(())
}

/// Solves all columns of good questions.
fn solve(
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
        StopRule::Certified { tolerance, max_rounds } => columns::Limits { tolerance, max_rounds },
        StopRule::Rounds(rounds) => {
            let uniform = vec![1.0 / n as f64; n];
            let rounds = |t: &Vec<f64>| {
                let u = if cfg.dangling == Dangling::Uniform { &uniform } else { t };
                plain::rounds(g, cfg.damping, [t, u, start.unwrap_or(t)], rounds)
            };
            return Ok(teleports.iter().map(rounds).collect());
        }
    };
    let system = system::System::new(g, cfg.damping, cfg.solver);
    match cfg.dangling {
        Dangling::Teleport => columns::solve(&system, &teleports, start, limits),
        Dangling::Uniform => weak::solve(&system, teleports, start, limits),
    }
}

/// The teleport vector, scaled to sum to 1.
fn normalised(teleport: &Teleport, n: usize) -> Result<Vec<f64>, RankError> {
    let Teleport::Weights(weights) = teleport else {
        return Ok(vec![1.0 / n as f64; n]);
    };
    if weights.len() != n {
        return Err(RankError::TeleportLength { found: weights.len(), expected: n });
    }
    if let Some(node) = first_bad(weights) {
        return Err(RankError::BadTeleport { node: NodeId::new(node), weight: weights[node] });
    }
    to_sum_one(weights).map_err(|sum| RankError::BadTeleportSum { sum })
}

/// The start, scaled to sum to 1.
fn normalised_start(start: &[f64], n: usize) -> Result<Vec<f64>, RankError> {
    if start.len() != n {
        return Err(RankError::StartLength { found: start.len(), expected: n });
    }
    if let Some(node) = first_bad(start) {
        return Err(RankError::BadStart { node: NodeId::new(node), value: start[node] });
    }
    to_sum_one(start).map_err(|sum| RankError::BadStartSum { sum })
}

/// The first value that is negative, infinite or not a number.
fn first_bad(values: &[f64]) -> Option<usize> {
    values.iter().position(|value| !value.is_finite() || *value < 0.0)
}

/// The values over their sum, or the sum that this cannot be done with.
fn to_sum_one(values: &[f64]) -> Result<Vec<f64>, f64> {
    let [sum] = lane_sums(values.len(), |v| [values[v]]);
    let usable = sum > 0.0 && sum.is_finite();
    if !values.is_empty() && !usable {
        return Err(sum);
    }
    Ok(values.iter().map(|value| value / sum).collect())
}
