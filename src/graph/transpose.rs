//! Transposes a graph in parallel, without a sort and without atomics.
//!
//! Two stable passes: the edges are partitioned into buckets of targets in the order of their sources, then each bucket
//! is scattered to its rows, in the cache. So every row comes out sorted by source.

use std::ops::Range;

use bytemuck::Pod;
use rayon::prelude::*;

use super::{
    Csr, HugeVec, Row, Storage,
    buckets::{RowItems, equal_ranges, partition},
    compressed::{CompressedRows, EncodedRows, encode_rows},
};
use crate::{
    ids::{NodeId, index64, offset64},
    num::{exclusive_sums, prefix_sums, split_by_lengths},
};

/// Maximum number of chunks of sources; each has about equally many edges. Does not affect the result.
const SOURCE_CHUNKS: usize = 64;
/// Minimum number of edges plus rows in a chunk: each chunk has separate counters, and there must not be more counters
/// than edges.
const MIN_CHUNK: usize = 1 << 16;
/// Approximate number of passes that build compressed rows; each pass builds a range of rows. Every pass reads all
/// edges; fewer passes take more memory. Does not affect the result.
pub(super) const PASSES: usize = 4;

/// Reverses all edges.
///
/// - **Input**: rows sorted by neighbor, without repeats ([`Csr::check`]).
/// - **Output**: row `v` lists the rows of the input that contain `v`, sorted, with their weights; in the storage of
///   the input.
/// - **Stop**: after two passes over the edges.
/// - **Cost**: time O(n + m), parallel; memory in addition to the result: 8 bytes per edge, 12 with weights; for
///   compressed rows, a quarter of that.
/// - **Same bits**: for any thread count.
/// - **Source**: distribution counting, stable and in two levels (Knuth 1998, 5.2 and 5.2.5).
/// - **Checked by**: `tests/it/graph/build.rs` — a map of edges, digests, and transposing twice gives the same rows.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
/// let g = graph::build(3, vec![edge(0, 2), edge(1, 2)], Weighting::Unweighted);
/// assert_eq!(graph::transpose(g.out_edges()).rows().neighbors(NodeId(2)), [NodeId(0), NodeId(1)]);
/// ```
pub fn transpose(forward: &Csr) -> Csr {
    transpose_in(HugeVec::<u8>::zeroed(0), forward)
}

/// [`transpose`] in the memory of `buffer` if that is large enough: page faults of fresh memory would take longer than
/// the work itself.
pub(super) fn transpose_in<B: Pod>(buffer: HugeVec<B>, forward: &Csr) -> Csr {
    match (forward.storage(), forward.is_weighted()) {
        (Storage::Plain, false) => scatter_transposed::<2, B>(forward, buffer),
        (Storage::Plain, true) => scatter_transposed::<3, B>(forward, buffer),
        (Storage::Compressed, false) => encode_transposed::<2, B>(forward, buffer),
        (Storage::Compressed, true) => encode_transposed::<3, B>(forward, buffer),
    }
}

/// A reversed edge: its target, its source, and, if `W` is 3 instead of 2, its weight.
#[inline]
fn reversed<const W: usize>(target: NodeId, source: NodeId, weight: u32) -> [u32; W] {
    let words = [target.0, source.0, weight];
    std::array::from_fn(|i| words[i])
}

fn scatter_transposed<const W: usize, B: Pod>(forward: &Csr, buffer: HugeVec<B>) -> Csr {
    let (n, m) = (forward.node_count(), index64(forward.edge_count()));
    let mut buckets = partition(&EdgesByTarget::<W>::new(forward, 0..n), n, |len| buffer.recycled(len));

    let mut offsets = HugeVec::<u64>::zeroed(n + 1);
    let mut targets = HugeVec::<NodeId>::zeroed(m);
    let mut weights = HugeVec::<u32>::zeroed(if forward.is_weighted() { m } else { 0 });
    let lengths = buckets.lengths.clone();
    let starts = prefix_sums(lengths.iter().map(|&length| offset64(length)));
    let weight_lengths = lengths.iter().map(|&length| if forward.is_weighted() { length } else { 0 });
    let row_parts = split_by_lengths(&mut offsets, buckets.rows.iter().map(Range::len));
    let edge_parts = split_by_lengths(&mut targets, lengths.iter().copied())
        .into_par_iter()
        .zip(split_by_lengths(&mut weights, weight_lengths));
    let first_rows: Vec<usize> = buckets.rows.iter().map(|rows| rows.start).collect();
    buckets.split().into_par_iter().zip(first_rows).zip(starts).zip(row_parts).zip(edge_parts).for_each(
        |((((bucket, first_row), start), offsets), (targets, weights))| {
            scatter(bucket, first_row, start, offsets, targets, weights);
        },
    );
    offsets[n] = offset64(m);
    let weights = forward.is_weighted().then(|| weights.into());
    Csr::from_parts(offsets.into(), targets.into(), weights)
}

/// Runs in passes, each for a range of targets, so that only a part of the edges is decompressed at a time.
fn encode_transposed<const W: usize, B: Pod>(forward: &Csr, buffer: HugeVec<B>) -> Csr {
    let n = forward.node_count();
    let mut buffer = buffer.recycled::<[u32; W]>(0);
    let mut parts: Vec<EncodedRows> = Vec::new();
    for rows in equal_ranges(&EdgesByTarget::<W>::new(forward, 0..n), n, PASSES) {
        let source = EdgesByTarget::<W>::new(forward, rows.clone());
        let mut buckets = partition(&source, rows.len(), |len| buffer.recycled(len));
        let bucket_rows = buckets.graph_rows(rows.start);
        let work = buckets.split().into_par_iter().zip(bucket_rows);
        parts.par_extend(
            work.map_init(ScatteredBucket::default, |scattered, (bucket, rows)| {
                scattered.encode(bucket, rows)
            }),
        );
        buffer = buckets.items;
    }
    CompressedRows::from_parts(n, parts.into_iter(), forward.is_weighted()).into()
}

/// A bucket of edges, scattered to rows to be encoded; its buffers are reused from bucket to bucket.
#[derive(Default)]
struct ScatteredBucket {
    offsets: Vec<u64>,
    targets: Vec<NodeId>,
    weights: Vec<u32>,
    bytes: Vec<u8>,
}

impl ScatteredBucket {
    fn encode<const W: usize>(&mut self, bucket: &[[u32; W]], rows: Range<usize>) -> EncodedRows {
        let weighted = W > 2;
        self.offsets.resize(rows.len() + 1, 0);
        self.targets.resize(bucket.len(), NodeId(0));
        self.weights.resize(if weighted { bucket.len() } else { 0 }, 0);
        scatter(bucket, rows.start, 0, &mut self.offsets[..rows.len()], &mut self.targets, &mut self.weights);
        self.offsets[rows.len()] = offset64(bucket.len());
        let all = Row { targets: &self.targets, weights: weighted.then_some(&self.weights[..]) };
        let row = |(u, ends): (usize, &[u64])| (NodeId::new(u), all.part(index64(ends[0])..index64(ends[1])));
        encode_rows(rows.zip(self.offsets.windows(2)).map(row), &mut self.bytes)
    }
}

struct EdgesByTarget<'a, const W: usize> {
    forward: &'a Csr,
    /// The targets of this pass; the first target is row 0.
    rows: Range<usize>,
    chunks: Vec<Range<usize>>,
}

impl<'a, const W: usize> EdgesByTarget<'a, W> {
    fn new(forward: &'a Csr, rows: Range<usize>) -> Self {
        let size = index64(forward.edge_count()) + forward.node_count();
        let chunks = forward.balanced_ranges(size.div_ceil(MIN_CHUNK).min(SOURCE_CHUNKS));
        Self { forward, rows, chunks }
    }

    /// Whether this pass includes all targets.
    #[inline]
    fn is_all(&self) -> bool {
        self.rows.len() == self.forward.node_count()
    }

    /// The edges of a row whose targets belong to this pass.
    #[inline]
    fn kept<'r>(&self, row: Row<'r>) -> Row<'r> {
        if self.is_all() {
            return row;
        }
        let before = |end: usize| row.targets.partition_point(|v| v.index() < end);
        row.part(before(self.rows.start)..before(self.rows.end))
    }
}

impl<const W: usize> RowItems for EdgesByTarget<'_, W> {
    type Item = [u32; W];

    fn chunk_count(&self) -> usize {
        self.chunks.len()
    }

    fn for_each_row(&self, chunk: usize, mut each: impl FnMut(usize)) {
        let sources = self.chunks[chunk].clone();
        if let (Some(rows), true) = (self.forward.plain(), self.is_all()) {
            // Only targets count here, so all rows of the chunk are read as one.
            let [start, end] = [sources.start, sources.end].map(|u| index64(rows.offsets()[u]));
            rows.targets()[start..end].iter().for_each(|v| each(v.index()));
            return;
        }
        let mut rows = self.forward.rows();
        for u in sources.map(NodeId::new) {
            let row = Row { targets: rows.neighbors(u), weights: None };
            self.kept(row).targets.iter().for_each(|v| each(v.index() - self.rows.start));
        }
    }

    fn for_each_item(&self, chunk: usize, mut each: impl FnMut(usize, [u32; W])) {
        let mut rows = self.forward.rows();
        for u in self.chunks[chunk].clone().map(NodeId::new) {
            for (v, weight) in self.kept(rows.row(u)).iter() {
                each(v.index() - self.rows.start, reversed(v, u, weight));
            }
        }
    }
}

/// Second pass: scatters a bucket to its rows. The first row is `first_row`, and its edges start at index `base`.
fn scatter<const W: usize>(
    bucket: &[[u32; W]],
    first_row: usize,
    base: u64,
    offsets: &mut [u64],
    targets: &mut [NodeId],
    weights: &mut [u32],
) {
    let row_of = |item: &[u32; W]| NodeId(item[0]).index() - first_row;
    let mut next = vec![0_usize; offsets.len()];
    for item in bucket {
        next[row_of(item)] += 1;
    }
    exclusive_sums(&mut next);
    for (offset, start) in offsets.iter_mut().zip(&next) {
        *offset = base + offset64(*start);
    }
    for item in bucket {
        let slot = &mut next[row_of(item)];
        targets[*slot] = NodeId(item[1]);
        if let Some(&weight) = item.get(2) {
            weights[*slot] = weight;
        }
        *slot += 1;
    }
}
