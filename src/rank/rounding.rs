//! How far ranks may be off because weights were rounded before the graph was built.

use super::Ranks;
use crate::{
    graph::Graph,
    ids::{NodeId, id32},
    num,
};

/// Bounds the L1 distance between `ranks` and the PageRank of weights that differ from those of `g` by at most
/// `error_units` weight units an edge.
///
/// For `x = T(x)` and `x' = T'(x')` with row-stochastic `P` and `P'`, `x' − x = α Pᵀ(x' − x) + α (P' − P)ᵀ x'`, so
/// `‖x' − x‖₁ ≤ α / (1 − α) · Σ_u x'_u ‖P'_u − P_u‖₁`; and a row of `d` edges and strength `s` moves by at most
/// `2 d error_units / s`, never by more than 2, and not at all where `d` is 1.
///
/// - **Input**: `ranks` of `g` at this `damping`, `ranks.score[NodeId]`; `error_units` ≥ 0.
/// - **Output**: a bound ≥ 0, to be added to [`Ranks::error_bound`]; at most 2 (the diameter of the simplex).
/// - **Cost**: O(n + m), parallel.
/// - **Same bits**: for any thread count: sums go through `num::block_sum_by`.
/// - **Source**: perturbation of stationary distributions, as in Ng, Zheng, Jordan, IJCAI 2001, lemma 1.
/// - **Checked by**: `tests/it/rank/pagerank.rs`, against the dense power method on unrounded weights.
pub fn weight_rounding_bound(g: &Graph, ranks: &Ranks, damping: f64, error_units: f64) -> f64 {
    let moved = num::block_sum_by(g.node_count(), |block| {
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
    (damping / (1.0 - damping) * moved).min(2.0)
}
