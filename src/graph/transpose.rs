//! The same edges by target, in parallel, without a sort and without atomics.
//!
//! Two stable passes: the edges are dealt to piles of targets in the order of their sources, then each pile is placed
//! in rows, in the cache. So every row comes out sorted by source.

use std::{marker::PhantomData, ops::Range};

use bytemuck::Pod;
use rayon::prelude::*;

use super::{
    Csr, Form, HugeVec, Row,
    packed::{PackedRows, Part, encode_part},
    piles::{Deal, deal, equal_ranges},
};
use crate::{
    ids::{NodeId, index64, offset64},
    num::{prefix_sums, split_by_lengths},
};

/// Number of chunks of sources at most, of about equal edges. Part of no result.
const SOURCE_CHUNKS: usize = 64;
/// Edges and rows of a chunk at least: there are counters for each chunk, which must not be more than what they count.
const MIN_CHUNK: usize = 1 << 16;
/// Packed rows are built in about so many passes, each over the edges to some rows. Every pass reads all edges; the
/// fewer, the more memory. Part of no result.
pub(super) const PASSES: usize = 4;

/// Turns all edges around.
///
/// - **Input**: rows sorted by neighbour, without repeats ([`Csr::check`]).
/// - **Output**: row `v` lists the rows of the input that name `v`, sorted, with their weights; in the same form.
/// - **Stop**: after two passes over the edges.
/// - **Cost**: time O(n + m), parallel; memory 8 bytes an edge beside the result, 12 with weights;
///   of packed rows, a quarter of that.
/// - **Same bits**: for any thread count.
/// - **Source**: distribution counting, stable and in two levels (Knuth 1998, 5.2 and 5.2.5).
/// - **Checked by**: `tests/it/graph/build.rs` — a map of edges, digests, and twice gives the same rows back.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
/// let g = graph::build(3, vec![edge(0, 2), edge(1, 2)], Weighting::Unweighted);
/// assert_eq!(graph::transpose(g.out_edges()).rows().neighbours(NodeId(2)), [NodeId(0), NodeId(1)]);
/// ```
pub fn transpose(forward: &Csr) -> Csr {
    let buffer = HugeVec::<u8>::zeroed(0);
    match forward.form() {
        Form::Plain => transpose_in(forward, buffer),
        Form::Packed => transpose_packed(forward, buffer),
    }
}

/// [`transpose`] of packed rows, in the memory of `buffer` if that is large enough: some targets after the others, so
/// that only a part of the edges is unpacked at a time.
pub(super) fn transpose_packed<B: Pod>(forward: &Csr, buffer: HugeVec<B>) -> Csr {
    if forward.is_weighted() {
        transpose_in_passes::<[u32; 3], B>(forward, buffer)
    } else {
        transpose_in_passes::<[u32; 2], B>(forward, buffer)
    }
}

/// [`transpose`] of plain rows in the memory of `buffer`, if that is large enough: fresh memory costs more than the
/// work itself.
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
    let (n, m) = (forward.node_count(), index64(forward.edge_count()));
    let mut piles = deal(&Edges::<T>::to(0..n, forward), n, |len| buffer.recycled(len));

    let mut offsets = HugeVec::<u64>::zeroed(n + 1);
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

fn transpose_in_passes<T: Dealt, B: Pod>(forward: &Csr, buffer: HugeVec<B>) -> Csr {
    let n = forward.node_count();
    let mut buffer = buffer.recycled::<T>(0);
    let mut parts: Vec<Part> = Vec::new();
    for among in equal_ranges(&Edges::<T>::to(0..n, forward), n, PASSES) {
        let mut piles =
            deal(&Edges::<T>::to(among.clone(), forward), among.len(), |len| buffer.recycled(len));
        let first_rows: Vec<_> =
            piles.rows.iter().map(|rows| among.start + rows.start..among.start + rows.end).collect();
        let work = piles.split().into_par_iter().zip(first_rows);
        parts.par_extend(work.map_init(Placed::default, |placed, (pile, rows)| placed.encode(pile, rows)));
        buffer = piles.items;
    }
    PackedRows::from_parts(n, parts.into_iter(), forward.is_weighted()).into()
}

/// A pile of edges, placed in rows and then encoded.
#[derive(Default)]
struct Placed {
    offsets: Vec<u64>,
    targets: Vec<NodeId>,
    weights: Vec<u32>,
    bytes: Vec<u8>,
}

impl Placed {
    fn encode<T: Dealt>(&mut self, pile: &[T], rows: Range<usize>) -> Part {
        let weighted = pile.first().is_some_and(|item| item.words().len() > 2);
        self.offsets.resize(rows.len() + 1, 0);
        self.targets.resize(pile.len(), NodeId(0));
        self.weights.resize(if weighted { pile.len() } else { 0 }, 0);
        place(pile, rows.start, 0, &mut self.offsets[..rows.len()], &mut self.targets, &mut self.weights);
        self.offsets[rows.len()] = offset64(pile.len());
        let all = Row { targets: &self.targets, weights: weighted.then_some(&self.weights[..]) };
        let row = |(u, ends): (usize, &[u64])| (NodeId::new(u), all.part(index64(ends[0])..index64(ends[1])));
        encode_part(rows.zip(self.offsets.windows(2)).map(row), &mut self.bytes)
    }
}

/// The edges of a graph to some of its nodes, as they are dealt to piles of targets.
struct Edges<'a, T> {
    forward: &'a Csr,
    /// The targets that count, all in one go or some at a time; the first is row 0.
    among: Range<usize>,
    chunks: Vec<Range<usize>>,
    item: PhantomData<T>,
}

impl<'a, T> Edges<'a, T> {
    fn to(among: Range<usize>, forward: &'a Csr) -> Self {
        let size = index64(forward.edge_count()) + forward.node_count();
        let chunks = forward.balanced_ranges(size.div_ceil(MIN_CHUNK).min(SOURCE_CHUNKS));
        Self { forward, among, chunks, item: PhantomData }
    }

    /// Whether all edges count.
    #[inline]
    fn is_all(&self) -> bool {
        self.among.len() == self.forward.node_count()
    }

    /// The edges of a row that count.
    #[inline]
    fn kept<'r>(&self, row: Row<'r>) -> Row<'r> {
        if self.is_all() {
            return row;
        }
        let before = |end: usize| row.targets.partition_point(|v| v.index() < end);
        row.part(before(self.among.start)..before(self.among.end))
    }
}

impl<T: Dealt> Deal for Edges<'_, T> {
    type Item = T;

    fn chunk_count(&self) -> usize {
        self.chunks.len()
    }

    fn for_each_row(&self, chunk: usize, mut each: impl FnMut(usize)) {
        let sources = self.chunks[chunk].clone();
        if let (Some(rows), true) = (self.forward.plain(), self.is_all()) {
            // From whom the edges come does not matter.
            let [start, end] = [sources.start, sources.end].map(|u| index64(rows.offsets()[u]));
            rows.targets()[start..end].iter().for_each(|v| each(v.index()));
            return;
        }
        let mut rows = self.forward.rows();
        for u in sources.map(NodeId::new) {
            let row = Row { targets: rows.neighbours(u), weights: None };
            self.kept(row).targets.iter().for_each(|v| each(v.index() - self.among.start));
        }
    }

    fn for_each_item(&self, chunk: usize, mut each: impl FnMut(usize, T)) {
        let mut rows = self.forward.rows();
        for u in self.chunks[chunk].clone().map(NodeId::new) {
            for (v, weight) in self.kept(rows.row(u)).iter() {
                each(v.index() - self.among.start, T::new(v, u, weight));
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
