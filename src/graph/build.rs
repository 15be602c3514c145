//! From blocks of edges to a graph in both directions, in parallel, without atomics on the result.
//!
//! Deal the edges to piles of neighbouring sources → sort each pile in the cache, add up repeats → write the rows.
//! The in-edges are the out-edges, transposed: dealt once more, to piles of targets, without a sort. Blocks, chunks and
//! piles are functions of the data, never of the number of threads, and the rows come out the same whatever they are.

use std::{marker::PhantomData, ops::Range};

use rayon::prelude::*;

use super::{
    BuildConfig, Csr, Directions, Edge, EdgeBlock, Form, Graph, HugeVec, Row, Weighting,
    packed::{PackedRows, Part, encode_part},
    piles::{Deal, Piles, deal, equal_ranges},
    sort::{Item, Plain, Weighted, sort_by_ends},
    transpose::{PASSES, transpose_in, transpose_packed},
};
use crate::{
    ids::{NodeId, index64, low32, offset64},
    num::{add_up, saturating_u32, split_by_lengths},
};

/// Into how many tasks the blocks are dealt. Part of no result.
const CHUNKS: usize = 64;
/// Edges of a block that stay together.
const PIECE_EDGES: usize = 1 << 14;
/// Pieces of a task at least: there are counters for each task, which must not be more than what they count.
const MIN_PIECES: usize = 4;

/// Bits of the sum of all stored weights. Undirected, every edge counts twice, and that must leave the kernels of
/// communities ten of 63 bits for a resolution up to 1000.
const TOTAL_BITS: u32 = 52;

/// Builds a graph of `node_count` nodes from `edges` in any order: [`build_blocks`] for who has a plain list.
///
/// Panics when an edge names a node that is not below `node_count`.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// let edge = |u, v, weight| Edge { source: NodeId(u), target: NodeId(v), weight };
/// let g = graph::build(3, vec![edge(0, 1, 2), edge(2, 1, 1), edge(0, 1, 3)], Weighting::FixedPoint { unit_log2: 0 });
/// assert_eq!(g.edge_count(), 2);
/// assert_eq!(g.out_edges().strength(NodeId(0)), 5);
/// assert_eq!(g.in_edges().rows().neighbours(NodeId(1)), [NodeId(0), NodeId(2)]);
/// ```
pub fn build(node_count: usize, edges: Vec<Edge>, weighting: Weighting) -> Graph {
    let block = EdgeBlock::from(edges);
    let numbers: Vec<NodeId> = (0..node_count).map(NodeId::new).collect();
    let cfg = BuildConfig { directions: Directions::AsWritten, weighting, form: Form::Plain };
    build_blocks(node_count, vec![block], &numbers, &cfg)
}

/// Builds a graph of `node_count` nodes from blocks of edges, in any order and of any size.
///
/// `node_of` says which node each of the caller's numbers is. Repeated edges are merged: their weights are added
/// (unweighted: one stays), up to the largest `u64`. Stored weights have 32 bits, and their sum has 52, so that no
/// kernel's sums overflow: where either needs more, all weights are divided by the same power of two, rounded to
/// nearest and kept ≥ 1, and [`Graph::weight_unit`] grows by that power. Self-loops are kept; an edge between two
/// numbers of one node is one.
///
/// - **Input**: `node_of[number]` below `node_count` for every number that an edge names, of weight 0 too.
/// - **Output**: both directions, in the form of `cfg`; rows sorted by neighbour, each neighbour once.
/// - **Cost**: time O(n + m), parallel; one pass that makes nodes of numbers, the only one that reads `node_of`, then
///   two passes over the edges a direction, and a radix sort of piles that fit the cache. Memory: unweighted 8 bytes an
///   edge of the blocks, 8 of the piles and 8 of the result, never more than 16 at once; weighted 16 each, never more
///   than 32 at once. Packed, piles hold a quarter of the edges at a time, so that it is the blocks, a quarter of them
///   and half of the result; each direction is dealt four times over.
/// - **Same bits**: for any order of edges and blocks, and any thread count.
/// - **Source**: stable distribution in two levels, then least-significant-digit radix sort (Knuth 1998, 5.2 and
///   5.2.5).
/// - **Checked by**: `tests/it/graph/build.rs` — a map of edges, digests, shuffled blocks.
///
/// Panics when an edge names a node that is not below `node_count`.
pub fn build_blocks(
    node_count: usize,
    mut blocks: Vec<EdgeBlock>,
    node_of: &[NodeId],
    cfg: &BuildConfig,
) -> Graph {
    // Once: every later pass would look nodes up anywhere in an array that is longer than the cache.
    let numbers = blocks.par_iter_mut().flat_map(|block| block.ends.par_chunks_mut(PIECE_EDGES));
    numbers.for_each(|ends| {
        for end in ends.as_flattened_mut() {
            let node = node_of[*end as usize];
            assert!(node.index() < node_count, "invariant: nodes are below {node_count}");
            *end = node.0;
        }
    });
    match (cfg.form, cfg.weighting) {
        (Form::Plain, Weighting::Unweighted) => plain::<Plain>(node_count, blocks, cfg),
        (Form::Plain, Weighting::FixedPoint { .. }) => plain::<Weighted>(node_count, blocks, cfg),
        (Form::Packed, Weighting::Unweighted) => packed::<Plain>(node_count, blocks, cfg),
        (Form::Packed, Weighting::FixedPoint { .. }) => packed::<Weighted>(node_count, blocks, cfg),
    }
}

fn plain<T: Item>(node_count: usize, blocks: Vec<EdgeBlock>, cfg: &BuildConfig) -> Graph {
    let source = Blocks::<T>::new(&blocks, cfg.directions, 0..node_count);
    let mut piles = deal(&source, node_count, HugeVec::zeroed);
    drop(blocks);
    // The row of a node has its degree behind its start, and ends there once all are added up.
    let mut offsets = HugeVec::<u64>::zeroed(node_count + 1);
    let merged = merge(&mut piles, 0, &mut offsets[1..]);
    add_up(&mut offsets);
    let edge_count = index64(offsets[node_count]);
    let shift = Heaviest::of(&merged).shift(cfg.weighting, offset64(edge_count));

    let weighting = cfg.weighting;
    let stored = if weighting == Weighting::Unweighted { 0 } else { edge_count };
    let mut targets = HugeVec::<NodeId>::zeroed(edge_count);
    let mut weights = HugeVec::<u32>::zeroed(stored);
    let lengths = || merged.iter().map(|pile| pile.edge_count);
    // Where no weights are stored, every slice of them is empty.
    let weight_parts = split_by_lengths(&mut weights, lengths().map(|length| length.min(stored)));
    let parts = split_by_lengths(&mut targets, lengths()).into_par_iter().zip(weight_parts);
    piles.split().into_par_iter().zip(parts).for_each(|(pile, (targets, weights))| {
        for (target, item) in targets.iter_mut().zip(&*pile) {
            *target = NodeId(low32(item.ends()));
        }
        for (weight, item) in weights.iter_mut().zip(&*pile) {
            *weight = scale_to_u32(item.weight(), shift);
        }
    });
    let weights = (weighting != Weighting::Unweighted).then(|| weights.into());
    let out_edges = Csr::from_parts(offsets.into(), targets.into(), weights);
    let in_edges = transpose_in(&out_edges, piles.items);
    Graph::from_parts(out_edges, in_edges, weight_unit(weighting, shift))
}

/// [`plain`], but the rows are packed as soon as they are known, some sources after the others.
fn packed<T: Item>(node_count: usize, blocks: Vec<EdgeBlock>, cfg: &BuildConfig) -> Graph {
    let weighted = cfg.weighting != Weighting::Unweighted;
    let source = |rows| Blocks::<T>::new(&blocks, cfg.directions, rows);
    let passes = equal_ranges(&source(0..node_count), node_count, PASSES);
    let mut buffer = HugeVec::<T>::zeroed(0);
    let mut shift = 0;
    let rows = loop {
        let (mut parts, mut heaviest) = (Vec::<Part>::new(), Heaviest::default());
        for rows in &passes {
            let mut piles = deal(&source(rows.clone()), rows.len(), |len| buffer.recycled(len));
            let merged = merge(&mut piles, rows.start, &mut vec![0; rows.len()]);
            heaviest = heaviest.or(Heaviest::of(&merged));
            let first_rows: Vec<Range<usize>> =
                piles.rows.iter().map(|pile| rows.start + pile.start..rows.start + pile.end).collect();
            let work = piles.split().into_par_iter().zip(&merged).zip(first_rows);
            parts.par_extend(work.map_init(Merging::default, |merging, ((pile, merged), rows)| {
                merging.encode(&pile[..merged.edge_count], rows, weighted, shift)
            }));
            buffer = piles.items;
        }
        let edge_count = parts.iter().map(|part| part.edge_count).sum();
        // By how much weights must be shifted is known only now. It is seldom more than not at all.
        let needed = heaviest.shift(cfg.weighting, edge_count);
        if needed == shift {
            break PackedRows::from_parts(node_count, parts.into_iter(), weighted);
        }
        shift = needed;
    };
    drop(blocks);
    let out_edges = Csr::from(rows);
    let in_edges = transpose_packed(&out_edges, buffer);
    Graph::from_parts(out_edges, in_edges, weight_unit(cfg.weighting, shift))
}

/// A merged pile on its way to packed rows.
#[derive(Default)]
struct Merging {
    targets: Vec<NodeId>,
    weights: Vec<u32>,
    bytes: Vec<u8>,
}

impl Merging {
    /// Weights that do not fit after `shift` are cut off: then the shift was too small and there is another try.
    fn encode<T: Item>(&mut self, pile: &[T], rows: Range<usize>, weighted: bool, shift: u32) -> Part {
        let Self { targets, weights, bytes } = self;
        targets.clear();
        weights.clear();
        targets.extend(pile.iter().map(|item| NodeId(low32(item.ends()))));
        if weighted {
            weights.extend(pile.iter().map(|item| saturating_u32(round_shift(item.weight(), shift).max(1))));
        }
        let all = Row { targets, weights: weighted.then_some(&weights[..]) };
        let mut start = 0;
        let row = |u: usize| {
            let of_row = |item: &T| index64(item.ends() >> 32) == u;
            let len = pile[start..].iter().take_while(|item| of_row(item)).count();
            start += len;
            (NodeId::new(u), all.part(start - len..start))
        };
        encode_part(rows.map(row), bytes)
    }
}

/// The blocks as they are dealt to piles of sources.
struct Blocks<'a, T> {
    /// Consecutive pieces of blocks, some for each task.
    chunks: Vec<Vec<Piece<'a>>>,
    directions: Directions,
    /// The sources that count, all in one go or some at a time; the first is row 0.
    rows: Range<usize>,
    item: PhantomData<T>,
}

/// A few edges of one block.
#[derive(Clone, Copy)]
struct Piece<'a> {
    ends: &'a [[u32; 2]],
    /// Empty where every edge counts 1.
    weights: &'a [u64],
}

impl<'a, T> Blocks<'a, T> {
    fn new(blocks: &'a [EdgeBlock], directions: Directions, rows: Range<usize>) -> Self {
        let pieces: Vec<Piece<'a>> = blocks.iter().flat_map(pieces).collect();
        let in_chunk = pieces.len().div_ceil(CHUNKS).max(MIN_PIECES);
        let chunks = pieces.chunks(in_chunk).map(<[Piece<'a>]>::to_vec).collect();
        Self { chunks, directions, rows, item: PhantomData }
    }

    /// Calls `each` with every edge of a chunk; those of weight 0 are left out.
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

    /// The row of a source, if it counts.
    #[inline]
    fn row(&self, node: u32) -> Option<usize> {
        let row = (node as usize).wrapping_sub(self.rows.start);
        (row < self.rows.len()).then_some(row)
    }
}

fn pieces(block: &EdgeBlock) -> impl Iterator<Item = Piece<'_>> {
    let weights = |start: usize, len: usize| block.weights.get(start..start + len).unwrap_or(&[]);
    assert!(
        block.weights.is_empty() || block.weights.len() == block.ends.len(),
        "invariant: a weight an edge"
    );
    let starts = (0..).step_by(PIECE_EDGES);
    block
        .ends
        .chunks(PIECE_EDGES)
        .zip(starts)
        .map(move |(ends, start)| Piece { ends, weights: weights(start, ends.len()) })
}

impl<T: Item> Deal for Blocks<'_, T> {
    type Item = T;

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

    fn for_each_item(&self, chunk: usize, mut each: impl FnMut(usize, T)) {
        self.for_each_edge(chunk, |source, target, weight| {
            if let Some(row) = self.row(source) {
                each(row, T::new(source, target, weight));
            }
            let goes_back = self.directions == Directions::Both && source != target;
            if let Some(row) = self.row(target).filter(|_| goes_back) {
                each(row, T::new(target, source, weight));
            }
        });
    }
}

/// What is left of a pile when repeats are merged.
#[derive(Clone, Copy, Debug, Default)]
struct Merged {
    edge_count: usize,
    heaviest: Heaviest,
}

/// Sorts every pile and merges the repeats in it, to the front; counts the edges of each row. The rows of the piles,
/// and of `degrees`, start at `first_row`.
fn merge<T: Item>(piles: &mut Piles<T>, first_row: usize, degrees: &mut [u64]) -> Vec<Merged> {
    let starts: Vec<usize> = piles.rows.iter().map(|rows| first_row + rows.start).collect();
    let row_parts = split_by_lengths(degrees, piles.rows.iter().map(Range::len));
    piles
        .split()
        .into_par_iter()
        .zip(starts)
        .zip(row_parts)
        .map_init(Vec::new, |scratch, ((pile, start), degrees)| {
            sort_by_ends(pile, start, scratch);
            merge_repeats(pile, start, degrees)
        })
        .collect()
}

/// Merges the repeats of a sorted pile to its front and counts the edges of each row.
fn merge_repeats<T: Item>(pile: &mut [T], first_row: usize, degrees: &mut [u64]) -> Merged {
    let mut merged = Merged::default();
    let mut next = 0;
    while next < pile.len() {
        let mut edge = pile[next];
        next += 1;
        while let Some(repeat) = pile.get(next).filter(|repeat| repeat.ends() == edge.ends()) {
            edge = edge.merged(*repeat);
            next += 1;
        }
        pile[merged.edge_count] = edge;
        degrees[index64(edge.ends() >> 32) - first_row] += 1;
        merged.edge_count += 1;
        merged.heaviest = merged.heaviest.or(Heaviest { edge: edge.weight(), total: edge.weight().into() });
    }
    merged
}

/// The weights that must fit.
#[derive(Clone, Copy, Debug, Default)]
struct Heaviest {
    /// The largest weight of an edge.
    edge: u64,
    /// The sum over all edges.
    total: u128,
}

impl Heaviest {
    fn of(piles: &[Merged]) -> Self {
        piles.iter().fold(Self::default(), |heaviest, pile| heaviest.or(pile.heaviest))
    }

    fn or(self, other: Self) -> Self {
        Self { edge: self.edge.max(other.edge), total: self.total + other.total }
    }

    /// How far weights must be shifted right so that each, rounded, fits 32 bits and all of them [`TOTAL_BITS`].
    fn shift(self, weighting: Weighting, edge_count: u64) -> u32 {
        if weighting == Weighting::Unweighted {
            return 0;
        }
        // Rounding up and keeping at least 1 add at most 1 an edge.
        let fits = |shift: &u32| (self.total >> shift) + u128::from(edge_count) < 1 << TOTAL_BITS;
        let shift = (0..u64::BITS).find(fits).expect("invariant: fewer than 2^51 edges fit memory");
        shift.max(shift_to_u32(self.edge))
    }
}

/// What a unit of the stored weights is worth.
fn weight_unit(weighting: Weighting, shift: u32) -> f64 {
    match weighting {
        Weighting::Unweighted => 1.0,
        Weighting::FixedPoint { unit_log2 } => 2.0_f64.powi(unit_log2 + shift.cast_signed()),
    }
}

/// How far weights must be shifted right so that `largest`, rounded, fits 32 bits.
fn shift_to_u32(largest: u64) -> u32 {
    (0..=32).find(|&shift| u32::try_from(round_shift(largest, shift)).is_ok()).unwrap_or(33)
}

fn round_shift(weight: u64, shift: u32) -> u64 {
    if shift == 0 { weight } else { (weight >> shift) + ((weight >> (shift - 1)) & 1) }
}

fn scale_to_u32(weight: u64, shift: u32) -> u32 {
    u32::try_from(round_shift(weight, shift).max(1)).expect("invariant: the shift makes every weight fit")
}
