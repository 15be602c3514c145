//! The textbook's iteration: a given number of plain rounds over all nodes, in `f64`.

use rayon::prelude::*;

use super::{
    gather::{lane_sums, pull},
    solve::scale_to_one,
    system::{MAX_DISTANCE, error_bound, shares},
};
use crate::{
    graph::{Graph, HugeVec, Scratch},
    ids::{NodeId, index64},
    num::{self, SUM_BLOCK},
    rank::Ranks,
};

/// Edges and nodes in a chunk of nodes, and how many chunks there are at most. Part of no result.
const CHUNK_COST: usize = 1 << 16;
const MAX_CHUNKS: usize = 8192;

/// `rounds` rounds of `x = (1 - a) t + a (A x + D u)` from `start`, where `D` is the mass on dangling nodes.
pub(super) fn rounds(g: &Graph, damping: f64, [t, u, start]: [&[f64]; 3], rounds: u32) -> Ranks {
    let (n, in_edges) = (t.len(), g.in_edges());
    let share = shares(g);
    let chunks = in_edges.balanced_ranges(((index64(g.edge_count()) + n) / CHUNK_COST).clamp(1, MAX_CHUNKS));
    let mut table = HugeVec::<f64>::zeroed(n);
    let mut x = start.to_vec();
    let mut next = x.clone();
    let mut bound = MAX_DISTANCE;
    let rows = in_edges.stored();
    for _ in 0..rounds {
        table.par_iter_mut().zip(&x).zip(&share).with_min_len(SUM_BLOCK).for_each(|((entry, x), share)| {
            *entry = x * share;
        });
        let [dangling] = lane_sums(n, |v| [if share[v] == 0.0 { x[v] } else { 0.0 }]);
        let entries = table.as_chunks::<1>().0;
        let parts = num::split_by_lengths(&mut next, chunks.iter().map(ExactSizeIterator::len));
        chunks.par_iter().zip(parts).with_max_len(1).for_each(|(chunk, next)| {
            let mut scratch = Scratch::default();
            for (v, next) in chunk.clone().zip(next) {
                let [pulled] = pull(rows.row(NodeId::new(v)), &mut scratch, entries);
                *next = (1.0 - damping) * t[v] + damping * (pulled + dangling * u[v]);
            }
        });
        let [change] = lane_sums(n, |v| [(next[v] - x[v]).abs()]);
        bound = error_bound(n, damping, change);
        std::mem::swap(&mut x, &mut next);
    }
    scale_to_one::<1>(&mut x);
    Ranks { score: x, rounds, error_bound: bound }
}
