//! The textbook solver: power iteration over all nodes in `f64`, for a given number of rounds. Read this file first.
//!
//! A round is `x ← T(x) = (1 - a) t + a (A x + D u)`: a walker follows an edge with probability `a` (the damping),
//! otherwise it jumps to a node drawn from the teleport vector `t`. `A x` is what nodes receive along their in-edges,
//! `D` the mass of `x` on dangling nodes, and `u` the distribution by which that mass is handed on: `t`
//! ([`Dangling::Teleport`](super::Dangling)) or the uniform one.

use rayon::prelude::*;

use super::{
    Ranks,
    error_bounds::{MAX_DISTANCE, error_bound},
    gather::{lane_sums, pull, scale_to_one},
};
use crate::{
    graph::{Graph, HugeVec, RowBuffer},
    ids::{NodeId, index64},
    num::{self, SUM_BLOCK},
};

/// Approximate number of edges plus nodes in a chunk, and maximum number of chunks. Neither affects the result.
const CHUNK_COST: usize = 1 << 16;
const MAX_CHUNKS: usize = 8192;

/// Runs `rounds` rounds from `start`; the vectors `t`, `u` and `start` sum to 1.
pub(super) fn power_iteration(g: &Graph, damping: f64, [t, u, start]: [&[f64]; 3], rounds: u32) -> Ranks {
    let (n, in_edges) = (t.len(), g.in_edges());
    let share = shares(g);
    let chunks = in_edges.balanced_ranges(((index64(g.edge_count()) + n) / CHUNK_COST).clamp(1, MAX_CHUNKS));
    let mut contributions = HugeVec::<f64>::zeroed(n);
    let mut x = start.to_vec();
    let mut next = x.clone();
    let mut bound = MAX_DISTANCE;
    let rows = in_edges.stored();
    for _ in 0..rounds {
        // What each node hands on per unit of edge weight, and the mass on dangling nodes.
        contributions.par_iter_mut().zip(&x).zip(&share).with_min_len(SUM_BLOCK).for_each(
            |((contribution, x), share)| {
                *contribution = x * share;
            },
        );
        let [dangling] = lane_sums(n, |v| [if share[v] == 0.0 { x[v] } else { 0.0 }]);
        // Pull along in-edges.
        let entries = contributions.as_chunks::<1>().0;
        let parts = num::split_by_lengths(&mut next, chunks.iter().map(ExactSizeIterator::len));
        chunks.par_iter().zip(parts).with_max_len(1).for_each(|(chunk, next)| {
            let mut buffer = RowBuffer::default();
            for (v, next) in chunk.clone().zip(next) {
                let [pulled] = pull(rows.row(NodeId::new(v)), &mut buffer, entries);
                *next = (1.0 - damping) * t[v] + damping * (pulled + dangling * u[v]);
            }
        });
        // The change of a round bounds the distance to the true answer.
        let [change] = lane_sums(n, |v| [(next[v] - x[v]).abs()]);
        bound = error_bound(n, damping, change);
        std::mem::swap(&mut x, &mut next);
    }
    scale_to_one::<1>(&mut x);
    Ranks { score: x, rounds, error_bound: bound }
}

/// 1 / out-strength of every node; 0 marks a dangling node.
pub(super) fn shares(g: &Graph) -> Vec<f64> {
    let share = |strength: u64| if strength == 0 { 0.0 } else { 1.0 / strength as f64 };
    g.out_edges().map_strengths(share)
}
