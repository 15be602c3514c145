//! From a list of weighted edges to a graph in both directions, in parallel, without atomics on the result.
//!
//! Sort by (source, target) → merge repeats → count → prefix sums → fill disjoint slices. The in-edges are built
//! from the out-edges by a stable two-level partition: fixed ranges of sources are scattered to fixed ranges of
//! targets, so every in-row comes out sorted by source without a sort. Chunks are a function of the data, never of
//! the number of threads.

use rayon::prelude::*;

use super::{Array, Csr, Graph};
use crate::{
    ids::{NodeId, id32, index64, offset64},
    num,
};

/// One directed edge before the graph is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Who attends.
    pub source: NodeId,
    /// Whom `source` attends to.
    pub target: NodeId,
    /// Weight in the caller's units; edges of weight 0 are dropped.
    pub weight: u64,
}

/// What the integer weights of the edges mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// Every edge counts 1, however often it is listed; no weights are stored.
    Unweighted,
    /// Weights of repeated edges are added; one unit is worth 2 to the power of `unit_log2`.
    FixedPoint {
        /// Base-2 logarithm of the worth of one unit; −16 for projections.
        unit_log2: i32,
    },
}

/// Number of source chunks and of target ranges in the transposition. Part of no result: rows come out the same.
const TRANSPOSE_PARTS: usize = 64;

/// Builds a graph of `node_count` nodes from `edges` in any order.
///
/// Repeated edges are merged: their weights are added (unweighted: one stays). Stored weights have 32 bits: where the
/// largest sum needs more, all weights are divided by the same power of two, rounded to nearest and kept ≥ 1, and
/// [`Graph::weight_unit`] grows by that power. Self-loops are kept.
///
/// - **Cost**: time O(m log m) for the sort, O(n + m) for the rest, parallel; memory 16 bytes an input edge, then 8
///   bytes an edge and direction (4 unweighted).
/// - **Same bits**: for any order of `edges` and any thread count.
///
/// Panics when an edge names a node that is not below `node_count`.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// let edge = |u, v, weight| Edge { source: NodeId(u), target: NodeId(v), weight };
/// let g = graph::build(3, vec![edge(0, 1, 2), edge(2, 1, 1), edge(0, 1, 3)], Weighting::FixedPoint { unit_log2: 0 });
/// assert_eq!(g.edge_count(), 2);
/// assert_eq!(g.out_edges().strength(NodeId(0)), 5);
/// assert_eq!(g.in_edges().neighbours(NodeId(1)), [NodeId(0), NodeId(2)]);
/// ```
pub fn build(node_count: usize, mut edges: Vec<Edge>, weighting: Weighting) -> Graph {
    let in_range = |edge: &Edge| edge.source.index() < node_count && edge.target.index() < node_count;
    assert!(edges.par_iter().all(in_range), "invariant: edges name nodes below {node_count}");
    edges.retain(|edge| edge.weight > 0);
    edges.par_sort_unstable();
    merge_repeats(&mut edges);

    let mut degrees = vec![0_u64; node_count];
    for edge in &edges {
        degrees[edge.source.index()] += 1;
    }
    let offsets = num::prefix_sums(degrees.into_iter());
    let targets: Vec<NodeId> = edges.par_iter().map(|edge| edge.target).collect();
    let (weights, weight_unit) = match weighting {
        Weighting::Unweighted => (None, 1.0),
        Weighting::FixedPoint { unit_log2 } => {
            let shift = shift_to_u32(edges.par_iter().map(|edge| edge.weight).max().unwrap_or(0));
            let weights: Vec<u32> = edges.par_iter().map(|edge| scale_to_u32(edge.weight, shift)).collect();
            (Some(weights), 2.0_f64.powi(unit_log2 + shift.cast_signed()))
        }
    };
    drop(edges);
    let out_edges = Csr::from_parts(offsets.into(), targets.into(), weights.map(Array::from));
    let in_edges = transpose(&out_edges);
    Graph::from_parts(out_edges, in_edges, weight_unit)
}

/// Adds up the weights of equal neighbours in the sorted list, in place.
fn merge_repeats(edges: &mut Vec<Edge>) {
    edges.dedup_by(|next, kept| {
        let same = (next.source, next.target) == (kept.source, kept.target);
        if same {
            kept.weight = kept.weight.checked_add(next.weight).expect("invariant: an edge's weight fits u64");
        }
        same
    });
}

/// How far weights must be shifted right so that `largest`, rounded, fits 32 bits.
pub(super) fn shift_to_u32(largest: u64) -> u32 {
    (0..=32).find(|&shift| u32::try_from(round_shift(largest, shift)).is_ok()).unwrap_or(33)
}

fn round_shift(weight: u64, shift: u32) -> u64 {
    if shift == 0 { weight } else { (weight >> shift) + ((weight >> (shift - 1)) & 1) }
}

pub(super) fn scale_to_u32(weight: u64, shift: u32) -> u32 {
    u32::try_from(round_shift(weight, shift).max(1)).expect("invariant: the shift makes every weight fit")
}

/// The same edges by target: two stable passes, chunks of sources to ranges of targets, then each range by itself.
pub(super) fn transpose(forward: &Csr) -> Csr {
    let n = forward.node_count();
    let mut degrees = vec![0_u64; n];
    for v in forward.targets() {
        degrees[v.index()] += 1;
    }
    let offsets = num::prefix_sums(degrees.into_iter());
    let sources = forward.balanced_ranges(TRANSPOSE_PARTS);
    let ranges = num::blocks(n, n.div_ceil(TRANSPOSE_PARTS).max(1));
    let width = n.div_ceil(TRANSPOSE_PARTS).max(1);

    // Pass 1: each chunk of sources deals its edges to the target ranges, in source order.
    let dealt: Vec<Vec<Vec<(NodeId, NodeId, u32)>>> = sources
        .into_par_iter()
        .map(|chunk| {
            let mut piles = vec![Vec::new(); ranges.len()];
            for u in chunk {
                let u = NodeId(id32(u));
                forward.row(u).iter().for_each(|(v, w)| piles[v.index() / width].push((v, u, w)));
            }
            piles
        })
        .collect();

    // Pass 2: each target range places its edges, chunk after chunk, so rows come out sorted by source.
    let mut targets = vec![NodeId(0); forward.targets().len()];
    let mut weights = vec![0_u32; if forward.is_weighted() { targets.len() } else { 0 }];
    let lengths = |ranges: &[std::ops::Range<usize>]| -> Vec<usize> {
        ranges.iter().map(|r| index64(offsets[r.end] - offsets[r.start])).collect()
    };
    let lengths = lengths(&ranges);
    let target_parts = num::split_by_lengths(&mut targets, lengths.iter().copied());
    let weight_lengths = lengths.iter().map(|&l| if forward.is_weighted() { l } else { 0 });
    let weight_parts = num::split_by_lengths(&mut weights, weight_lengths);
    ranges.par_iter().zip(target_parts).zip(weight_parts).enumerate().for_each(
        |(pile, ((range, targets), weights))| {
            let base = offsets[range.start];
            let mut next: Vec<u64> = offsets[range.clone()].iter().map(|offset| offset - base).collect();
            for &(v, u, w) in dealt.iter().flat_map(|piles| &piles[pile]) {
                let slot = index64(next[v.index() - range.start]);
                next[v.index() - range.start] += 1;
                targets[slot] = u;
                if let Some(weight) = weights.get_mut(slot) {
                    *weight = w;
                }
            }
        },
    );
    debug_assert_eq!(offsets.last().copied(), Some(offset64(targets.len())));
    let weights = forward.is_weighted().then(|| weights.into());
    Csr::from_parts(offsets.into(), targets.into(), weights)
}
