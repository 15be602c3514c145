//! Bounds on the L1 error of PageRank: after a round, by float rounding, and by rounded edge weights.

use super::Ranks;
use crate::{
    graph::Graph,
    ids::{NodeId, id32},
    num::{self, SUM_BLOCK},
};

/// The largest L1 distance of two probability vectors.
pub(super) const MAX_DISTANCE: f64 = 2.0;

/// A bound on the L1 distance to the true answer after a plain round on `n` nodes that changed the vector by
/// `l1_change`, and after the final scaling to sum 1. [`rounding`] counts three times: for the round itself, for the
/// scaling (the sum of the computed values differs from 1 by at most that much), and for the rounding of `l1_change`
/// and of the scaled values.
pub(super) fn error_bound(n: usize, damping: f64, l1_change: f64) -> f64 {
    ((damping * l1_change + 3.0 * rounding(n)) / (1.0 - damping)).min(MAX_DISTANCE)
}

/// A bound on the L1 rounding error of one plain round.
///
/// All terms are ≥ 0, so relative errors carry over to sums. Rows and node vectors are summed in runs, blocks and
/// pieces, so no value goes through more than `terms` additions in one sum. The longest chain of a value has four sums
/// (weights → normalized teleport, row of a node without core in-edges, row of sources, and the final scaling by the
/// sum of all) and fourteen other operations: `4 · terms + 14` roundings of half an epsilon each, relative to results
/// that sum to 1; the remaining five epsilons cover terms of second order. Rounding of the restart probability
/// multiplies all nodes by the same factor, which the final scaling cancels.
pub(super) fn rounding(n: usize) -> f64 {
    let terms = n.min(192) + n.div_ceil(SUM_BLOCK);
    f64::EPSILON * (2 * terms + 12) as f64
}

/// Bounds the L1 distance between `ranks` and the PageRank of a graph whose edge weights differ from the edge weights
/// of `g` by at most `error_units` weight units per edge.
///
/// For `x = T(x)` and `x' = T'(x')` with row-stochastic `P` and `P'`, `x' − x = α Pᵀ(x' − x) + α (P' − P)ᵀ x'`, so
/// `‖x' − x‖₁ ≤ α / (1 − α) · Σ_u x'_u ‖P'_u − P_u‖₁`; and a row of `d` edges and strength `s` changes by at most
/// `2 d error_units / s`, never by more than 2, and not at all if `d` is 1.
///
/// - **Input**: `ranks` of `g` at this `damping`, `ranks.score[NodeId]`; `error_units` ≥ 0.
/// - **Output**: a bound ≥ 0, to be added to [`Ranks::error_bound`]; at most 2 (the diameter of the simplex).
/// - **Stop**: after one pass over the out-edges.
/// - **Cost**: O(n + m), parallel.
/// - **Same bits**: for any thread count: sums go through `num::block_sum_by`.
/// - **Source**: perturbation of stationary distributions, as in Ng, Zheng, Jordan, IJCAI 2001, lemma 1.
/// - **Checked by**: `tests/it/rank/pagerank.rs`, against the dense power method on unrounded weights.
pub fn weight_rounding_bound(g: &Graph, ranks: &Ranks, damping: f64, error_units: f64) -> f64 {
    let change = num::block_sum_by(g.node_count(), |block| {
        let mut rows = g.out_edges().rows();
        let of_node = |u: usize| {
            let row = rows.row(NodeId(id32(u)));
            let degree = row.targets.len();
            if degree < 2 {
                return 0.0;
            }
            ranks.score[u] * (2.0 * degree as f64 * error_units / row.strength() as f64).min(2.0)
        };
        block.map(of_node).sum()
    });
    (damping / (1.0 - damping) * change).min(2.0)
}
