//! HITS: hubs are nodes that attend to good authorities, and authorities are nodes to which good hubs attend.
//!
//! With the weight matrix `W` (row `u` holds the out-edges of `u`), a round is `a = Wᵀ h`, then `h = W a`, each scaled
//! to sum to 1. That is the power method for `W Wᵀ` and `Wᵀ W`: it converges to the singular vectors of the largest
//! singular value of `W`.

use rayon::prelude::*;

use super::{RankError, error_bounds::MAX_DISTANCE, gather::pull};
use crate::{
    graph::{Csr, Graph, RowBuffer},
    ids::NodeId,
    num::{self, SUM_BLOCK},
};

/// Default limit on the L1 change of a round.
pub const HITS_TOLERANCE: f64 = 1e-9;
/// Default limit on rounds before HITS gives up with an error.
pub const HITS_MAX_ROUNDS: u32 = 1000;
/// Approximate number of edges plus nodes in a chunk. Does not affect the result.
const CHUNK_EDGES: usize = 1 << 14;
/// Scores below this are set to 0: in parts of the graph whose scores fade, scores would otherwise become subnormal
/// numbers, and arithmetic with subnormal numbers is a hundred times slower.
const NEGLIGIBLE: f64 = 1e-200;

/// Settings of [`hits`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HitsConfig {
    /// Stop when a round changes neither vector by more than this in L1.
    pub tolerance: f64,
    /// Limit on rounds; reaching it before the tolerance is an error.
    pub max_rounds: u32,
}

impl Default for HitsConfig {
    fn default() -> Self {
        Self { tolerance: HITS_TOLERANCE, max_rounds: HITS_MAX_ROUNDS }
    }
}

/// The answer of [`hits`].
#[derive(Clone, Debug, PartialEq)]
pub struct Hits {
    /// Hub score of each node; the scores sum to 1, or are all 0 in a graph without edges.
    pub hub: Vec<f64>,
    /// Authority score of each node; the scores sum to 1, or are all 0 in a graph without edges.
    pub authority: Vec<f64>,
    /// Rounds done; a round passes over the edges twice.
    pub rounds: u32,
    /// The larger L1 change of the two vectors in the last round. This is not a bound on the distance to the limit.
    pub l1_change: f64,
}

/// Computes hubs and authorities by the weighted power method from the uniform start.
///
/// The authority of `v` is the sum of the hub scores of its sources, the hub score of `u` the sum of the authorities
/// of its targets, both times the weight of the edge. Nodes without in-edges have authority 0, nodes without out-edges
/// hub score 0.
///
/// If several singular vectors share the largest singular value (for example, if two parts of the graph are copies of
/// each other), the limit is the projection of the uniform start onto their span, so each part keeps its share of the
/// start. Parts of the graph that are not connected to the strongest one fade to 0: this follows from the definition of
/// HITS and is not an error.
///
/// - **Input**: any `g`, self-loops kept as ordinary edges; `cfg.tolerance` above the possible rounding error of
///   floats.
/// - **Output**: vectors of length `g.node_count()`, ≥ 0, each of sum 1 within 1e-12; all 0 in a graph without edges.
/// - **Stop**: after the first round that changes neither vector by more than `cfg.tolerance` in L1. HITS is not a
///   contraction: with the two largest singular values s₁ > s₂, the error shrinks by (s₂/s₁)² a round, which is unknown
///   beforehand, so the remaining error may be 1 / (1 − (s₂/s₁)²) times the last change, `l1_change`.
/// - **Cost**: time O(rounds · (n + m)), two random reads per edge and round; memory 24 n bytes beyond the graph.
/// - **Same bits**: for any thread count; a row is summed in order by one thread, sums run over blocks of fixed length.
/// - **Source**: Kleinberg 1999, with vectors scaled to sum 1 instead of to a sum of squares of 1.
/// - **Checked by**: `tests/it/rank/hits.rs`: closed forms, the full matrix by Jacobi rotations, networkx, relabeling.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId, rank::{self, HitsConfig}};
/// // Two fans attend to one idol: the idol has all the authority, each fan half of the hub score.
/// let follow = |u| Edge { source: NodeId(u), target: NodeId(2), weight: 1 };
/// let g = graph::build(3, vec![follow(0), follow(1)], Weighting::Unweighted);
/// let hits = rank::hits(&g, &HitsConfig::default())?;
/// assert_eq!((hits.hub, hits.authority), (vec![0.5, 0.5, 0.0], vec![0.0, 0.0, 1.0]));
/// # Ok::<(), rank::RankError>(())
/// ```
///
/// # Errors
/// `HitsNotConverged` if the limit on rounds is reached (a partial answer is never returned); `BadTolerance` if the
/// tolerance is below what rounding allows on a graph of this size, or at least 2.
pub fn hits(g: &Graph, cfg: &HitsConfig) -> Result<Hits, RankError> {
    let n = g.node_count();
    if g.edge_count() == 0 {
        return Ok(Hits { hub: vec![0.0; n], authority: vec![0.0; n], rounds: 0, l1_change: 0.0 });
    }
    let floor = rounding(n);
    if cfg.tolerance.is_nan() || cfg.tolerance <= floor || cfg.tolerance >= MAX_DISTANCE {
        return Err(RankError::BadTolerance { tolerance: cfg.tolerance, floor });
    }
    let mut hub = vec![1.0 / n as f64; n];
    let mut authority = hub.clone();
    let mut next = vec![0.0; n];
    let (by_target, by_source) = (ChunkedRows::new(g.in_edges()), ChunkedRows::new(g.out_edges()));
    let (mut rounds, mut l1_change) = (0, f64::INFINITY);
    while rounds < cfg.max_rounds {
        rounds += 1;
        let change = by_target.pull(&hub, &authority, &mut next);
        std::mem::swap(&mut authority, &mut next);
        l1_change = by_source.pull(&authority, &hub, &mut next).max(change);
        std::mem::swap(&mut hub, &mut next);
        if l1_change <= cfg.tolerance {
            return Ok(Hits { hub, authority, rounds, l1_change });
        }
    }
    Err(RankError::HitsNotConverged { rounds, l1_change, tolerance: cfg.tolerance })
}

/// A bound on the L1 change that rounding alone can cause in one round to a vector of sum 1. In each of three sums (the
/// row, the total and the sum of changes), a value goes through at most as many additions as in a blocked sum.
fn rounding(n: usize) -> f64 {
    let terms = n.min(SUM_BLOCK) + n.div_ceil(SUM_BLOCK);
    4.0 * f64::EPSILON * (terms + 8) as f64
}

/// One direction of the graph, cut into chunks of rows.
struct ChunkedRows<'a> {
    rows: &'a Csr,
    chunks: Vec<std::ops::Range<usize>>,
}

impl<'a> ChunkedRows<'a> {
    fn new(rows: &'a Csr) -> Self {
        Self { rows, chunks: rows.ranges_of(CHUNK_EDGES) }
    }

    /// Fills `next` with the weighted sums of `from` over the rows, scaled to sum 1, and returns its L1 distance from
    /// `before`.
    fn pull(&self, from: &[f64], before: &[f64], next: &mut [f64]) -> f64 {
        let parts = num::split_by_lengths(next, self.chunks.iter().map(std::ops::Range::len));
        self.chunks.par_iter().zip(parts).with_max_len(1).for_each(|(chunk, next)| {
            let (rows, mut buffer) = (self.rows.stored(), RowBuffer::default());
            for (v, next) in chunk.clone().zip(next) {
                [*next] = pull(rows.row(NodeId::new(v)), &mut buffer, from.as_chunks().0);
            }
        });
        // The sum is above 0: at least one edge comes from a node with a score above 0.
        let sum = num::block_sum(next);
        let blocks = next.par_chunks_mut(SUM_BLOCK).zip(before.par_chunks(SUM_BLOCK));
        let changes: Vec<f64> = blocks
            .map(|(next, before)| {
                let mut change = 0.0;
                for (next, before) in next.iter_mut().zip(before) {
                    let share = *next / sum;
                    *next = if share < NEGLIGIBLE { 0.0 } else { share };
                    change += (*next - before).abs();
                }
                change
            })
            .collect();
        changes.iter().sum()
    }
}
