//! Graphs derived from another graph: without the edges of some sources, or with other weights.

use std::ops::Range;

use rayon::prelude::*;

use super::{BuildConfig, Directions, EdgeBlock, Graph, Rows, Weighting, build_blocks, weights::exponent};
use crate::ids::NodeId;

/// Maximum number of blocks; each block has about equally many edges. Does not affect the result.
const BLOCKS: usize = 512;

/// Copies a graph without the edges whose source is `left_out`; nodes and storage stay the same.
///
/// - **Input**: `left_out[NodeId]`.
/// - **Output**: a graph of the same nodes; weights and their unit are unchanged.
/// - **Stop**: after one pass over the out-edges, and the passes of the builder.
/// - **Cost**: that of [`build_blocks`]; the blocks are read from the rows.
/// - **Same bits**: for any thread count.
/// - **Source**: the definition.
/// - **Checked by**: `tests/it/pipeline/trust.rs`: a graph built from the remaining edges.
pub fn without_sources(g: &Graph, left_out: &[bool]) -> Graph {
    assert_eq!(left_out.len(), g.node_count(), "invariant: one flag per node");
    let weighting = if g.is_weighted() {
        // Weights fit already, so the builder does not scale them again.
        Weighting::FixedPoint { unit_log2: exponent(g.weight_unit()) }
    } else {
        Weighting::Unweighted
    };
    rebuilt(g, weighting, |u, rows, weights| {
        if left_out[u.index()] {
            return &[];
        }
        let row = rows.row(u);
        weights.extend(row.weights.into_iter().flatten().map(|&weight| u64::from(weight)));
        row.targets
    })
}

/// Copies a graph with other weights; nodes, edges and storage stay the same.
///
/// - **Input**: `weigh(u, neighbors, weights)` appends to `weights` the weight of the edge from `u` to each neighbor,
///   in order, each ≥ 1, in units of 2 to the power of `unit_log2`.
/// - **Output**: a graph of the same nodes and edges; its unit is coarser if the weights add up to 2^52 or more, see
///   [`build_blocks`].
/// - **Stop**: after one pass over the out-edges, and the passes of the builder.
/// - **Cost**: that of [`build_blocks`]; the blocks are read from the rows.
/// - **Same bits**: for any thread count.
/// - **Source**: the definition.
/// - **Checked by**: `tests/it/influence/learn.rs`: rows and weights one by one, in both storages.
pub fn reweighted(
    g: &Graph,
    unit_log2: i32,
    weigh: impl Fn(NodeId, &[NodeId], &mut Vec<u64>) + Sync,
) -> Graph {
    rebuilt(g, Weighting::FixedPoint { unit_log2 }, |u, rows, weights| {
        let (neighbors, before) = (rows.neighbors(u), weights.len());
        weigh(u, neighbors, weights);
        assert_eq!(weights.len() - before, neighbors.len(), "invariant: one weight per edge");
        assert!(!weights[before..].contains(&0), "invariant: no edge has weight 0");
        neighbors
    })
}

/// Builds a graph with the nodes and the storage of `g`. `row(u, rows, weights)` returns the neighbors of `u`, which it
/// reads with `rows`, and appends their weights, if there are any.
fn rebuilt(
    g: &Graph,
    weighting: Weighting,
    row: impl for<'r> Fn(NodeId, &'r mut Rows<'_>, &mut Vec<u64>) -> &'r [NodeId] + Sync,
) -> Graph {
    let block = |sources: Range<usize>| {
        let (mut ends, mut weights) = (Vec::new(), Vec::new());
        let mut rows = g.out_edges().rows();
        for u in sources.map(NodeId::new) {
            ends.extend(row(u, &mut rows, &mut weights).iter().map(|v| [u.0, v.0]));
        }
        EdgeBlock::from_parts(ends.into(), weights.into())
    };
    let blocks = g.out_edges().balanced_ranges(BLOCKS).into_par_iter().map(block).collect();
    let cfg = BuildConfig { directions: Directions::AsWritten, weighting, storage: g.storage() };
    let numbers: Vec<NodeId> = g.nodes().collect();
    build_blocks(g.node_count(), blocks, &numbers, &cfg)
}
