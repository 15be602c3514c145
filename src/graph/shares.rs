//! The share of each node's in-edges, or of the walks to it, that comes from marked nodes.

use rayon::prelude::*;

use super::{Graph, Rows};
use crate::ids::NodeId;

/// The share of each node's in-strength that comes from `marked` sources; 0 for nodes without in-edges.
///
/// - **Input**: `marked[NodeId]`; self-loops count like any edge.
/// - **Output**: `share[NodeId]` in `[0, 1]`, length `g.node_count()`.
/// - **Stop**: after one pass over the in-edges.
/// - **Cost**: time O(n + m), parallel; memory 8 bytes per node.
/// - **Same bits**: for any thread count; weights are integers.
/// - **Source**: the definition.
/// - **Checked by**: `tests/it/pipeline/trust.rs`: closed forms, and counting edge by edge.
pub fn strength_share(g: &Graph, marked: &[bool]) -> Vec<f64> {
    assert_eq!(marked.len(), g.node_count(), "invariant: one flag per node");
    let share = |rows: &mut Rows<'_>, v: NodeId| {
        let row = rows.row(v);
        let part = row.iter().filter(|(u, _)| marked[u.index()]).map(|(_, w)| u64::from(w)).sum::<u64>();
        if part == 0 { 0.0 } else { part as f64 / row.strength() as f64 }
    };
    g.in_edges().par_map(share).collect()
}

/// Computes, for each node, the share of walks that pass through a `marked` node before the end, among all walks of 1
/// to `hops` steps that end at the node; 0 for nodes without in-edges. With one hop, this is the share of sources that
/// are marked.
///
/// It approximates the share of a node's `hops`-hop audience that is marked or reached through marked nodes only; it is
/// approximate because a node from which several walks lead to the end counts once for each walk.
///
/// - **Input**: `marked[NodeId]`; `hops` ≥ 1. Weights do not count.
/// - **Output**: `share[NodeId]` in `[0, 1]`, length `g.node_count()`.
/// - **Stop**: after `hops` passes over the in-edges.
/// - **Cost**: time O(hops · (n + m)), parallel; memory 32 bytes per node.
/// - **Same bits**: for any thread count; every node sums its sources in order.
/// - **Source**: powers of the adjacency matrix count walks; powers of the adjacency matrix without the rows of marked
///   nodes count walks without marked nodes.
/// - **Checked by**: `tests/it/pipeline/trust.rs`: closed forms, and all walks one by one.
pub fn walk_share(g: &Graph, marked: &[bool], hops: u32) -> Vec<f64> {
    assert_eq!(marked.len(), g.node_count(), "invariant: one flag per node");
    // For each node, the number of all walks that end at it, and the number of such walks without a marked node before
    // the end. Counts may exceed 2^53 and are then rounded; they saturate at the largest float, so that the ratio stays
    // defined.
    let mut walks = vec![(0.0_f64, 0.0_f64); g.node_count()];
    for _ in 0..hops {
        let longer = |rows: &mut Rows<'_>, v: NodeId| {
            let mut sum = (0.0_f64, 0.0_f64);
            for u in rows.neighbors(v) {
                let (all, clean) = walks[u.index()];
                sum.0 += 1.0 + all;
                sum.1 += if marked[u.index()] { 0.0 } else { 1.0 + clean };
            }
            (sum.0.min(f64::MAX), sum.1.min(f64::MAX))
        };
        walks = g.in_edges().par_map(longer).collect();
    }
    let share = |&(all, clean): &(f64, f64)| if all > 0.0 { 1.0 - clean / all } else { 0.0 };
    walks.par_iter().map(share).collect()
}
