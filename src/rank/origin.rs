//! Where does a rank come from: which share of it goes back to jumps to some of the nodes?

use rayon::prelude::*;

use crate::{graph::Graph, ids::NodeId, num};

/// The share of each node's rank that walks bring which began with a jump to some set of nodes.
///
/// Every walk begins with a jump and then follows edges, so a rank is a sum over where its walks began. `whole` holds
/// the ranks of walks that begin anywhere, `part` of walks that begin in the set; `weight` says how many of all jumps
/// the part stands for. With `size of the set / n` the answer is the true share, and the shares of sets that make up
/// all nodes add up to 1. With more, the set stands for others like it that are not in it: the share is an estimate,
/// cut off at 1. Ranks that sum to 1 are larger the more walks end at dangling nodes and start anew; that is taken out
/// of both.
///
/// - **Input**: `whole` and `part` as [`pagerank`](super::pagerank) gives them on `g` for two teleport vectors under
///   [`Dangling::Teleport`](super::Dangling) and this `damping`; `whole` for the uniform one, hence > 0.
/// - **Output**: `share[NodeId]` in `[0, 1]`.
/// - **Cost**: O(n), parallel.
/// - **Same bits**: for any thread count; sums run over blocks of fixed length.
/// - **Source**: linearity of PageRank in its teleport vector (Boldi, Santini, Vigna 2009); `1 - share` for a trusted
///   set is the relative spam mass of Gyöngyi, Berkhin, Garcia-Molina, Pedersen 2006.
/// - **Checked by**: `tests/it/pipeline/trust.rs`: closed forms, sums over partitions, a dense solution without any restart.
pub fn share_from(g: &Graph, whole: &[f64], part: &[f64], weight: f64, damping: f64) -> Vec<f64> {
    let n = g.node_count();
    assert!(whole.len() == n && part.len() == n, "invariant: a rank a node");
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
