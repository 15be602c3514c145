//! Builds a graph in both directions from blocks of edges, in parallel, without atomics.
//!
//! Partition the edges into buckets of consecutive sources → sort each bucket in the cache, merge repeated edges →
//! write the rows. The in-edges are the out-edges, transposed: partitioned once more, by target, without a sort.
//! Chunks and buckets are functions of the data, never of the number of threads, and the rows do not depend on them.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    BuildConfig, Csr, Directions, Edge, EdgeBlock, Graph, HugeVec, Row, Storage, Weighting,
    buckets::{Buckets, RowItems, equal_ranges, partition},
    compressed::{CompressedRows, EncodedRows, encode_rows},
    sort::{EdgeItem, sort_by_ends},
    transpose::{PASSES, transpose_in},
};
use crate::{
    ids::{NodeId, index64, low32, offset64},
    num::{inclusive_sums, saturating_u32, split_by_lengths},
};

/// Number of chunks of the input, one task each. Does not affect the result.
const CHUNKS: usize = 64;
const PIECE_EDGES: usize = 1 << 14;
/// Minimum number of pieces in a chunk: each chunk has separate counters, and there must not be more counters than
/// edges.
const MIN_PIECES: usize = 4;

/// Maximum number of bits of the sum of all stored weights. In an undirected graph every edge counts twice, and the
/// community kernels need ten of the 63 bits for a resolution of up to 1000.
const TOTAL_BITS: u32 = 52;

/// Builds a graph of `node_count` nodes from a list of `edges` in any order: [`build_blocks`] in its simplest form.
///
/// Panics when an edge has an end that is not below `node_count`.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// let edge = |u, v, weight| Edge { source: NodeId(u), target: NodeId(v), weight };
/// let g = graph::build(3, vec![edge(0, 1, 2), edge(2, 1, 1), edge(0, 1, 3)], Weighting::FixedPoint { unit_log2: 0 });
/// assert_eq!(g.edge_count(), 2);
/// assert_eq!(g.out_edges().strength(NodeId(0)), 5);
/// assert_eq!(g.in_edges().rows().neighbors(NodeId(1)), [NodeId(0), NodeId(2)]);
/// ```
pub fn build(node_count: usize, edges: Vec<Edge>, weighting: Weighting) -> Graph {
    let block = EdgeBlock::from(edges);
    let numbers: Vec<NodeId> = (0..node_count).map(NodeId::new).collect();
    build_blocks(node_count, vec![block], &numbers, &BuildConfig { weighting, ..BuildConfig::default() })
}

/// Builds a graph of `node_count` nodes from blocks of edges, in any order and of any size.
///
/// `node_of` maps the node numbers in the blocks to node ids. Repeated edges are merged: their weights are added, up to
/// the largest `u64` (in an unweighted graph, one edge remains). Stored weights have 32 bits, and their sum has 52
/// bits, so that no kernel's sums overflow. If a weight or the sum needs more bits, all weights are divided by the same
/// power of two, rounded to nearest and kept ≥ 1, and [`Graph::weight_unit`] is multiplied by that power. Self-loops
/// are kept; an edge between two numbers that map to the same node becomes a self-loop.
///
/// - **Input**: `node_of[number]` below `node_count` for every number that occurs in an edge, including edges of weight
///   0.
/// - **Output**: both directions, stored as `cfg` says; rows sorted by neighbor, each neighbor once.
/// - **Stop**: after a fixed number of passes.
/// - **Cost**: time O(n + m), parallel: one pass that looks up `node_of`, then two passes over the edges for each
///   direction, and a radix sort of buckets that fit the cache. Memory per edge: unweighted 8 bytes each for the
///   blocks, the buckets and the result, never more than 16 at once; weighted 16 each, never more than 32 at once.
///   With compressed rows, buckets hold a quarter of the edges at a time, so the peak is the blocks, a quarter of them
///   and half of the result; the edges are partitioned four times for each direction.
/// - **Same bits**: for any order of edges and blocks, and any thread count.
/// - **Source**: stable distribution in two levels, then least-significant-digit radix sort (Knuth 1998, 5.2 and
///   5.2.5).
/// - **Checked by**: `tests/it/graph/build.rs` — a map of edges, digests, shuffled blocks.
///
/// Panics when an edge has an end that is not below `node_count`.
pub fn build_blocks(
    node_count: usize,
    mut blocks: Vec<EdgeBlock>,
    node_of: &[NodeId],
    cfg: &BuildConfig,
) -> Graph {
    // Look up nodes once: `node_of` is longer than the cache, and every look-up is a random access.
    let numbers = blocks.par_iter_mut().flat_map(|block| block.ends.par_chunks_mut(PIECE_EDGES));
    numbers.for_each(|ends| {
        for end in ends.as_flattened_mut() {
            let node = node_of[*end as usize];
            assert!(node.index() < node_count, "invariant: nodes are below {node_count}");
            *end = node.0;
        }
    });
    let build = match (cfg.storage, cfg.weighting) {
        (Storage::Plain, Weighting::Unweighted) => build_plain::<1>,
        (Storage::Plain, Weighting::FixedPoint { .. }) => build_plain::<2>,
        (Storage::Compressed, Weighting::Unweighted) => build_compressed::<1>,
        (Storage::Compressed, Weighting::FixedPoint { .. }) => build_compressed::<2>,
    };
    build(node_count, blocks, cfg)
}

fn build_plain<const W: usize>(node_count: usize, blocks: Vec<EdgeBlock>, cfg: &BuildConfig) -> Graph {
    // Partition by source, then sort and merge each bucket.
    let source = EdgesBySource::<W>::new(&blocks, cfg.directions, 0..node_count);
    let mut buckets = partition(&source, node_count, HugeVec::zeroed);
    drop(blocks);
    // `offsets[u + 1]` first holds the degree of `u`; the running sum turns it into the end of row `u`.
    let mut offsets = HugeVec::<u64>::zeroed(node_count + 1);
    let merged = merge(&mut buckets, 0, &mut offsets[1..]);
    inclusive_sums(&mut offsets);
    let edge_count = index64(offsets[node_count]);
    let shift = WeightRange::of(&merged).shift(cfg.weighting, offset64(edge_count));

    // Write the rows by source; the rows by target are their transpose. If no weights are stored, every slice of
    // weights is empty.
    let stored = if W > 1 { edge_count } else { 0 };
    let mut targets = HugeVec::<NodeId>::zeroed(edge_count);
    let mut weights = HugeVec::<u32>::zeroed(stored);
    let lengths = || merged.iter().map(|bucket| bucket.edge_count);
    let weight_parts = split_by_lengths(&mut weights, lengths().map(|length| length.min(stored)));
    let parts = split_by_lengths(&mut targets, lengths()).into_par_iter().zip(weight_parts);
    buckets.split().into_par_iter().zip(parts).for_each(|(bucket, (targets, weights))| {
        for (target, item) in targets.iter_mut().zip(&*bucket) {
            *target = NodeId(low32(item.ends()));
        }
        for (weight, item) in weights.iter_mut().zip(&*bucket) {
            *weight = scale_to_u32(item.weight(), shift);
        }
    });
    let weights = (W > 1).then(|| weights.into());
    let out_edges = Csr::from_parts(offsets.into(), targets.into(), weights);
    let in_edges = transpose_in(buckets.items, &out_edges);
    Graph::from_parts(out_edges, in_edges, weight_unit(cfg.weighting, shift))
}

/// [`build_plain`] for compressed rows: they are built in passes, each for a range of sources, and encoded immediately.
fn build_compressed<const W: usize>(node_count: usize, blocks: Vec<EdgeBlock>, cfg: &BuildConfig) -> Graph {
    let source = |rows| EdgesBySource::<W>::new(&blocks, cfg.directions, rows);
    let passes = equal_ranges(&source(0..node_count), node_count, PASSES);
    let mut buffer = HugeVec::<EdgeItem<W>>::zeroed(0);
    let mut shift = 0;
    let rows = loop {
        let (mut parts, mut range) = (Vec::<EncodedRows>::new(), WeightRange::default());
        for rows in &passes {
            let mut buckets = partition(&source(rows.clone()), rows.len(), |len| buffer.recycled(len));
            let merged = merge(&mut buckets, rows.start, &mut vec![0; rows.len()]);
            range = range.and(WeightRange::of(&merged));
            let bucket_rows = buckets.graph_rows(rows.start);
            let work = buckets.split().into_par_iter().zip(&merged).zip(bucket_rows);
            parts.par_extend(work.map_init(BucketEncoder::default, |encoder, ((bucket, merged), rows)| {
                encoder.encode(&bucket[..merged.edge_count], rows, shift)
            }));
            buffer = buckets.items;
        }
        let edge_count = parts.iter().map(|part| part.edge_count).sum();
        // The shift that the weights need is known only now. It is nearly always 0, so a second try is rare.
        let needed = range.shift(cfg.weighting, edge_count);
        if needed == shift {
            break CompressedRows::from_parts(node_count, parts.into_iter(), W > 1);
        }
        shift = needed;
    };
    drop(blocks);
    let out_edges = Csr::from(rows);
    let in_edges = transpose_in(buffer, &out_edges);
    Graph::from_parts(out_edges, in_edges, weight_unit(cfg.weighting, shift))
}

/// Encodes merged buckets as compressed rows; its buffers are reused from bucket to bucket.
#[derive(Default)]
struct BucketEncoder {
    targets: Vec<NodeId>,
    weights: Vec<u32>,
    bytes: Vec<u8>,
}

impl BucketEncoder {
    /// Weights that do not fit after `shift` saturate: then `shift` is too small, and the caller tries again.
    fn encode<const W: usize>(
        &mut self,
        bucket: &[EdgeItem<W>],
        rows: Range<usize>,
        shift: u32,
    ) -> EncodedRows {
        let Self { targets, weights, bytes } = self;
        targets.clear();
        weights.clear();
        targets.extend(bucket.iter().map(|item| NodeId(low32(item.ends()))));
        if W > 1 {
            weights
                .extend(bucket.iter().map(|item| saturating_u32(round_shift(item.weight(), shift).max(1))));
        }
        let all = Row { targets, weights: (W > 1).then_some(&weights[..]) };
        let mut start = 0;
        let row = |u: usize| {
            let of_row = |item: &EdgeItem<W>| index64(item.ends() >> 32) == u;
            let len = bucket[start..].iter().take_while(|item| of_row(item)).count();
            start += len;
            (NodeId::new(u), all.part(start - len..start))
        };
        encode_rows(rows.map(row), bytes)
    }
}

struct EdgesBySource<'a, const W: usize> {
    /// Each chunk consists of consecutive pieces of blocks.
    chunks: Vec<Vec<BlockPiece<'a>>>,
    directions: Directions,
    /// The sources of this pass; the first source is row 0.
    rows: Range<usize>,
}

/// Consecutive edges of one block.
#[derive(Clone, Copy)]
struct BlockPiece<'a> {
    ends: &'a [[u32; 2]],
    /// Empty if every edge has weight 1.
    weights: &'a [u64],
}

impl<'a, const W: usize> EdgesBySource<'a, W> {
    fn new(blocks: &'a [EdgeBlock], directions: Directions, rows: Range<usize>) -> Self {
        let pieces: Vec<BlockPiece<'a>> = blocks.iter().flat_map(pieces).collect();
        let in_chunk = pieces.len().div_ceil(CHUNKS).max(MIN_PIECES);
        let chunks = pieces.chunks(in_chunk).map(<[BlockPiece<'a>]>::to_vec).collect();
        Self { chunks, directions, rows }
    }

    /// Calls `each` with every edge of a chunk except edges of weight 0.
    #[inline]
    fn for_each_edge(&self, chunk: usize, mut each: impl FnMut(u32, u32, u64)) {
        for piece in &self.chunks[chunk] {
            if piece.weights.is_empty() {
                piece.ends.iter().for_each(|&[source, target]| each(source, target, 1));
                continue;
            }
            let kept = piece.ends.iter().zip(piece.weights).filter(|&(_, &weight)| weight > 0);
            kept.for_each(|(&[source, target], &weight)| each(source, target, weight));
        }
    }

    /// The row of a source, if this pass includes it.
    #[inline]
    fn row(&self, node: u32) -> Option<usize> {
        let row = (node as usize).wrapping_sub(self.rows.start);
        (row < self.rows.len()).then_some(row)
    }
}

fn pieces(block: &EdgeBlock) -> impl Iterator<Item = BlockPiece<'_>> {
    let weights = |start: usize, len: usize| block.weights.get(start..start + len).unwrap_or(&[]);
    let starts = (0..).step_by(PIECE_EDGES);
    block
        .ends
        .chunks(PIECE_EDGES)
        .zip(starts)
        .map(move |(ends, start)| BlockPiece { ends, weights: weights(start, ends.len()) })
}

impl<const W: usize> RowItems for EdgesBySource<'_, W> {
    type Item = EdgeItem<W>;

    fn chunk_count(&self) -> usize {
        self.chunks.len()
    }

    fn for_each_row(&self, chunk: usize, mut each: impl FnMut(usize)) {
        self.for_each_edge(chunk, |source, target, _| {
            self.row(source).into_iter().for_each(&mut each);
            if self.directions == Directions::Both && source != target {
                self.row(target).into_iter().for_each(&mut each);
            }
        });
    }

    fn for_each_item(&self, chunk: usize, mut each: impl FnMut(usize, EdgeItem<W>)) {
        self.for_each_edge(chunk, |source, target, weight| {
            if let Some(row) = self.row(source) {
                each(row, EdgeItem::new(source, target, weight));
            }
            let goes_back = self.directions == Directions::Both && source != target;
            if let Some(row) = self.row(target).filter(|_| goes_back) {
                each(row, EdgeItem::new(target, source, weight));
            }
        });
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct MergedBucket {
    edge_count: usize,
    weights: WeightRange,
}

/// Sorts every bucket, moves its merged edges to the front of the bucket, and counts the edges of each row. Row 0 of
/// the buckets and of `degrees` is row `first_row` of the graph.
fn merge<const W: usize>(
    buckets: &mut Buckets<EdgeItem<W>>,
    first_row: usize,
    degrees: &mut [u64],
) -> Vec<MergedBucket> {
    let starts: Vec<usize> = buckets.rows.iter().map(|rows| first_row + rows.start).collect();
    let row_parts = split_by_lengths(degrees, buckets.rows.iter().map(Range::len));
    buckets
        .split()
        .into_par_iter()
        .zip(starts)
        .zip(row_parts)
        .map_init(Vec::new, |scratch, ((bucket, start), degrees)| {
            sort_by_ends(bucket, start, scratch);
            merge_repeats(bucket, start, degrees)
        })
        .collect()
}

/// Merges the repeated edges of a sorted bucket, moves the merged edges to its front, and counts the edges of each row.
fn merge_repeats<const W: usize>(
    bucket: &mut [EdgeItem<W>],
    first_row: usize,
    degrees: &mut [u64],
) -> MergedBucket {
    let mut merged = MergedBucket::default();
    let mut next = 0;
    while next < bucket.len() {
        let mut edge = bucket[next];
        next += 1;
        while let Some(repeat) = bucket.get(next).filter(|repeat| repeat.ends() == edge.ends()) {
            edge.merge(*repeat);
            next += 1;
        }
        bucket[merged.edge_count] = edge;
        degrees[index64(edge.ends() >> 32) - first_row] += 1;
        merged.edge_count += 1;
        merged.weights =
            merged.weights.and(WeightRange { largest: edge.weight(), sum: edge.weight().into() });
    }
    merged
}

/// The largest weight of some edges and the sum of their weights.
#[derive(Clone, Copy, Debug, Default)]
struct WeightRange {
    largest: u64,
    sum: u128,
}

impl WeightRange {
    fn of(buckets: &[MergedBucket]) -> Self {
        buckets.iter().fold(Self::default(), |range, bucket| range.and(bucket.weights))
    }

    fn and(self, other: Self) -> Self {
        Self { largest: self.largest.max(other.largest), sum: self.sum + other.sum }
    }

    /// The right shift after which each weight, rounded, fits 32 bits, and the sum of all weights fits [`TOTAL_BITS`]
    /// bits.
    fn shift(self, weighting: Weighting, edge_count: u64) -> u32 {
        if weighting == Weighting::Unweighted {
            return 0;
        }
        // Rounding up, or up to 1, adds at most 1 to each weight.
        let fits = |shift: &u32| (self.sum >> shift) + u128::from(edge_count) < 1 << TOTAL_BITS;
        let shift = (0..u64::BITS).find(fits).expect("invariant: fewer than 2^51 edges fit memory");
        shift.max(shift_to_u32(self.largest))
    }
}

/// The worth of one unit of the stored weights.
fn weight_unit(weighting: Weighting, shift: u32) -> f64 {
    match weighting {
        Weighting::Unweighted => 1.0,
        Weighting::FixedPoint { unit_log2 } => 2.0_f64.powi(unit_log2 + shift.cast_signed()),
    }
}

/// The right shift after which `largest`, rounded, fits 32 bits.
fn shift_to_u32(largest: u64) -> u32 {
    (0..=32).find(|&shift| u32::try_from(round_shift(largest, shift)).is_ok()).unwrap_or(33)
}

fn round_shift(weight: u64, shift: u32) -> u64 {
    if shift == 0 { weight } else { (weight >> shift) + ((weight >> (shift - 1)) & 1) }
}

fn scale_to_u32(weight: u64, shift: u32) -> u32 {
    u32::try_from(round_shift(weight, shift).max(1)).expect("invariant: the shift makes every weight fit")
}
