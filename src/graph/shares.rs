//! Which share of what each node receives comes from some of the nodes?

use rayon::prelude::*;

use super::{Graph, Rows};
use crate::ids::{NodeId, id32};

/// The share of each node's in-strength that comes from `marked` sources; 0 for who receives nothing.
///
/// - **Input**: `marked[NodeId]`; loops count like any edge.
/// - **Output**: `share[NodeId]` in `[0, 1]`, length `g.node_count()`.
/// - **Stop**: after one pass over the in-edges.
/// - **Cost**: time O(n + m), parallel; memory 8 bytes a node.
/// - **Same bits**: for any thread count; weights are integers.
/// - **Source**: the definition.
/// - **Checked by**: `tests/it/pipeline/trust.rs`: closed forms, and counting edge by edge.
pub fn strength_share(g: &Graph, marked: &[bool]) -> Vec<f64> {
    assert_eq!(marked.len(), g.node_count(), "invariant: a word a node");
    let share = |rows: &mut Rows<'_>, v: u32| {
        let row = rows.row(NodeId(v));
        let part = row.iter().filter(|(u, _)| marked[u.index()]).map(|(_, w)| u64::from(w)).sum::<u64>();
        if part == 0 { 0.0 } else { part as f64 / row.strength() as f64 }
    };
    (0..id32(g.node_count())).into_par_iter().map_init(|| g.in_edges().rows(), share).collect()
}

/// The share of the walks to each node, of 1 to `hops` steps, that have a `marked` node on them before the last; 0
/// where no walk leads. With one hop: the share of the sources that are marked.
///
/// It says roughly which share of the nodes within so many steps is marked or comes through marked ones; a node to
/// which several walks lead counts as often.
///
/// - **Input**: `marked[NodeId]`; `hops` ≥ 1. Weights do not count.
/// - **Output**: `share[NodeId]` in `[0, 1]`, length `g.node_count()`.
/// - **Stop**: after `hops` passes over the in-edges.
/// - **Cost**: time O(hops · (n + m)), parallel; memory 32 bytes a node.
/// - **Same bits**: for any thread count; every node adds up its sources in order.
/// - **Source**: powers of the adjacency matrix count walks; those of the unmarked rows alone count the clean ones.
/// - **Checked by**: `tests/it/pipeline/trust.rs`: closed forms, and all walks one by one.
pub fn walk_share(g: &Graph, marked: &[bool], hops: u32) -> Vec<f64> {
    assert_eq!(marked.len(), g.node_count(), "invariant: a word a node");
    // All walks that end at a node, and those without a marked node before it. Counts of long walks may pass what a
    // float counts exactly, and are then cut off at its largest, so that a ratio is left.
    let mut walks = vec![(0.0_f64, 0.0_f64); g.node_count()];
    for _ in 0..hops {
        let longer = |rows: &mut Rows<'_>, v: u32| {
            let mut sum = (0.0_f64, 0.0_f64);
            for u in rows.neighbours(NodeId(v)) {
                let (all, clean) = walks[u.index()];
                sum.0 += 1.0 + all;
                sum.1 += if marked[u.index()] { 0.0 } else { 1.0 + clean };
            }
            (sum.0.min(f64::MAX), sum.1.min(f64::MAX))
        };
        walks = (0..id32(g.node_count())).into_par_iter().map_init(|| g.in_edges().rows(), longer).collect();
    }
    let share = |&(all, clean): &(f64, f64)| if all > 0.0 { 1.0 - clean / all } else { 0.0 };
    walks.par_iter().map(share).collect()
}
