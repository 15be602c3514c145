//! The same edges by target, in parallel, without a sort and without atomics.
//!
//! Two stable passes: the edges are dealt to piles of targets in the order of their sources, then each pile is placed in
//! rows, in the cache. So every row comes out sorted by source.

use std::{marker::PhantomData, ops::Range};

use bytemuck::Pod;
use rayon::prelude::*;

use super::{
    Csr, HugeVec,
    piles::{Deal, deal},
};
use crate::{
    ids::{NodeId, index64, offset64},
    num::{prefix_sums, split_by_lengths},
};

/// Number of chunks of sources, of about equal edges. Part of no result.
const SOURCE_CHUNKS: usize = 64;

/// Turns all edges around.
///
/// - **Input**: rows sorted by neighbour, without repeats ([`Csr::check`]).
/// - **Output**: row `v` lists the rows of the input that name `v`, sorted, with their weights.
/// - **Stop**: after two passes over the edges.
/// - **Cost**: time O(n + m), parallel; memory 8 bytes an edge beside the result, 12 with weights.
/// - **Same bits**: for any thread count.
/// - **Source**: distribution counting, stable and in two levels (Knuth 1998, 5.2 and 5.2.5).
/// - **Checked by**: `tests/it/graph.rs` — a map of edges, digests, and twice gives the same rows back.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
/// let g = graph::build(3, vec![edge(0, 2), edge(1, 2)], Weighting::Unweighted);
/// assert_eq!(graph::transpose(g.out_edges()).neighbours(NodeId(2)), [NodeId(0), NodeId(1)]);
/// ```
pub fn transpose(forward: &Csr) -> Csr {
    transpose_in(forward, HugeVec::<u8>::zeroed(0))
}

/// [`transpose`] in the memory of `buffer`, if that is large enough: fresh memory costs more than the work itself.
pub(super) fn transpose_in<B: Pod>(forward: &Csr, buffer: HugeVec<B>) -> Csr {
    if forward.is_weighted() {
        transpose_items::<[u32; 3], B>(forward, buffer)
    } else {
        transpose_items::<[u32; 2], B>(forward, buffer)
    }
}

/// An edge on its way: target, source, and its weight if it has one.
trait Dealt: Pod + Send + Sync {
    fn new(target: NodeId, source: NodeId, weight: u32) -> Self;

    fn words(&self) -> &[u32];
}

impl Dealt for [u32; 2] {
    #[inline]
    fn new(target: NodeId, source: NodeId, _: u32) -> Self {
        [target.0, source.0]
    }

    #[inline]
    fn words(&self) -> &[u32] {
        self
    }
}

impl Dealt for [u32; 3] {
    #[inline]
    fn new(target: NodeId, source: NodeId, weight: u32) -> Self {
        [target.0, source.0, weight]
    }

    #[inline]
    fn words(&self) -> &[u32] {
        self
    }
}

fn transpose_items<T: Dealt, B: Pod>(forward: &Csr, buffer: HugeVec<B>) -> Csr {
    let (n, m) = (forward.node_count(), forward.targets().len());
    let rows = Rows { forward, chunks: forward.balanced_ranges(SOURCE_CHUNKS), item: PhantomData::<T> };
    let mut piles = deal(&rows, n, |len| buffer.recycled(len));

    let mut offsets = vec![0_u64; n + 1];
    let mut targets = HugeVec::<NodeId>::zeroed(m);
    let mut weights = HugeVec::<u32>::zeroed(if forward.is_weighted() { m } else { 0 });
    let lengths = piles.lengths.clone();
    let starts = prefix_sums(lengths.iter().map(|&length| offset64(length)));
    let weight_lengths = lengths.iter().map(|&length| if forward.is_weighted() { length } else { 0 });
    let row_parts = split_by_lengths(&mut offsets, piles.rows.iter().map(Range::len));
    let edge_parts = split_by_lengths(&mut targets, lengths.iter().copied())
        .into_par_iter()
        .zip(split_by_lengths(&mut weights, weight_lengths));
    let first_rows: Vec<usize> = piles.rows.iter().map(|rows| rows.start).collect();
    piles.split().into_par_iter().zip(first_rows).zip(starts).zip(row_parts).zip(edge_parts).for_each(
        |((((pile, first_row), start), offsets), (targets, weights))| {
            place(pile, first_row, start, offsets, targets, weights);
        },
    );
    offsets[n] = offset64(m);
    let weights = forward.is_weighted().then(|| weights.into());
    Csr::from_parts(offsets.into(), targets.into(), weights)
}

/// The edges of a graph as they are dealt to piles of targets.
struct Rows<'a, T> {
    forward: &'a Csr,
    chunks: Vec<Range<usize>>,
    item: PhantomData<T>,
}

impl<T: Dealt> Deal for Rows<'_, T> {
    type Item = T;

    fn chunk_count(&self) -> usize {
        self.chunks.len()
    }

    fn for_each_row(&self, chunk: usize, mut each: impl FnMut(usize)) {
        let Range { start, end } = self.chunks[chunk];
        let offsets = self.forward.offsets();
        let edges = index64(offsets[start])..index64(offsets[end]);
        self.forward.targets()[edges].iter().for_each(|v| each(v.index()));
    }

    fn for_each_item(&self, chunk: usize, mut each: impl FnMut(usize, T)) {
        for u in self.chunks[chunk].clone().map(NodeId::new) {
            for (v, weight) in self.forward.row(u).iter() {
                each(v.index(), T::new(v, u, weight));
            }
        }
    }
}

/// Second pass: the pile of the targets from `first_row` on, whose edges start at `base`, in rows by target.
fn place<T: Dealt>(
    pile: &[T],
    first_row: usize,
    base: u64,
    offsets: &mut [u64],
    targets: &mut [NodeId],
    weights: &mut [u32],
) {
    let row_of = |item: &T| index64(u64::from(item.words()[0])) - first_row;
    let mut next = vec![0_usize; offsets.len()];
    for item in pile {
        next[row_of(item)] += 1;
    }
    let mut start = 0;
    for (offset, slot) in offsets.iter_mut().zip(&mut next) {
        *offset = base + offset64(start);
        start += std::mem::replace(slot, start);
    }
    for item in pile {
        let slot = &mut next[row_of(item)];
        targets[*slot] = NodeId(item.words()[1]);
        if let Some(&weight) = item.words().get(2) {
            weights[*slot] = weight;
        }
        *slot += 1;
    }
}
