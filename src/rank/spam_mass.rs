//! The share of each node's PageRank that comes from jumps to a set of nodes: the complement of its relative spam mass.

use rayon::prelude::*;

use crate::{graph::Graph, ids::NodeId, num};

/// The share of each node's rank that is contributed by walks from a set of nodes.
///
/// Every walk begins with a jump and then follows edges, so a rank is a sum of contributions, one for each node at
/// which walks begin. `whole` holds the ranks of walks that begin anywhere, `part` the ranks of walks that begin in the
/// set; `weight` is the share of all jumps that the set stands for. With `weight = size of the set / n` the answer is
/// the true share, and the shares of the sets of a partition add up to 1. A larger weight lets the set stand for
/// similar nodes outside it: then the share is an estimate, at most 1. Both vectors are scaled to sum 1, which inflates
/// ranks by the restarts at dangling nodes; that factor is divided out of both.
///
/// - **Input**: `whole` and `part`: the answers of [`pagerank`](super::pagerank) on `g` for two teleport vectors under
///   [`Dangling::Teleport`](super::Dangling) and this `damping`; the teleport vector of `whole` is uniform, so all
///   its entries are above 0.
/// - **Output**: `share[NodeId]` in `[0, 1]`.
/// - **Stop**: after one pass over the nodes.
/// - **Cost**: O(n), parallel.
/// - **Same bits**: for any thread count; sums run over blocks of fixed length.
/// - **Source**: linearity of PageRank in its teleport vector (Boldi, Santini, Vigna 2009); `1 - share` for a trusted
///   set is the relative spam mass of Gyöngyi, Berkhin, Garcia-Molina, Pedersen 2006.
/// - **Checked by**: `tests/it/pipeline/trust.rs`: closed forms, sums over partitions, a dense solution without any
///   restart.
pub fn contribution_share(g: &Graph, whole: &[f64], part: &[f64], weight: f64, damping: f64) -> Vec<f64> {
    let n = g.node_count();
    assert!(whole.len() == n && part.len() == n, "invariant: one rank per node");
    let restarts = |ranks: &[f64]| {
        let dangling = num::block_sum_by(n, |block| {
            let rest = block.filter(|&v| g.out_edges().degree(NodeId::new(v)) == 0);
            rest.map(|v| ranks[v]).sum()
        });
        1.0 - damping + damping * dangling
    };
    let scale = weight * restarts(whole) / restarts(part);
    let share = |(part, whole): (&f64, &f64)| {
        if *whole > 0.0 { (scale * part / whole).clamp(0.0, 1.0) } else { 0.0 }
    };
    part.par_iter().zip(whole).map(share).collect()
}
