//! From blocks of edges to a graph in both directions, in parallel, without atomics on the result.
//!
//! Deal the edges to piles of neighbouring sources → sort each pile in the cache, add up repeats → write the rows.
//! The in-edges are the out-edges, transposed: dealt once more, to piles of targets, without a sort. Blocks, chunks and
//! piles are functions of the data, never of the number of threads, and the rows come out the same whatever they are.

use std::{marker::PhantomData, ops::Range};

use rayon::prelude::*;

use super::{
    Csr, Directions, Edge, EdgeBlock, Graph, HugeVec, Weighting,
    piles::{Deal, Piles, deal},
    sort::{Item, Plain, Weighted, sort_by_ends},
    transpose::transpose_in,
};
use crate::{
    ids::{NodeId, index64, low32, offset64},
    num::{prefix_sums, split_by_lengths},
};

/// Into how many tasks the blocks are dealt. Part of no result.
const CHUNKS: usize = 64;
/// Edges of a block that stay together.
const PIECE_EDGES: usize = 1 << 14;

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
/// assert_eq!(g.in_edges().neighbours(NodeId(1)), [NodeId(0), NodeId(2)]);
/// ```
pub fn build(node_count: usize, edges: Vec<Edge>, weighting: Weighting) -> Graph {
    let block = EdgeBlock::from(edges);
    let numbers: Vec<NodeId> = (0..node_count).map(NodeId::new).collect();
    build_blocks(node_count, vec![block], &numbers, Directions::AsWritten, weighting)
}

/// Builds a graph of `node_count` nodes from blocks of edges, in any order and of any size.
///
/// `node_of` says which node each of the caller's numbers is. Repeated edges are merged: their weights are added
/// (unweighted: one stays), up to the largest `u64`. Stored weights have 32 bits, and their sum has 52, so that no
/// kernel's sums overflow: where either needs more, all weights are divided by the same power of two, rounded to nearest
/// and kept ≥ 1, and [`Graph::weight_unit`] grows by that power. Self-loops are kept.
///
/// - **Input**: `node_of[number]` below `node_count` for every number that an edge names.
/// - **Cost**: time O(n + m), parallel; two passes over the edges a direction, and a radix sort of piles that fit the
///   cache. Memory: unweighted 8 bytes an edge of the blocks, 8 of the piles and 8 of the result, never more than 16 at
///   once; weighted 16 each, never more than 32 at once.
/// - **Same bits**: for any order of edges and blocks, and any thread count.
/// - **Source**: stable distribution in two levels, then least-significant-digit radix sort (Knuth 1998, 5.2 and 5.2.5).
/// - **Checked by**: `tests/it/graph.rs` — a map of edges, digests, shuffled blocks.
///
/// Panics when an edge names a node that is not below `node_count`.
pub fn build_blocks(
    node_count: usize,
    blocks: Vec<EdgeBlock>,
    node_of: &[NodeId],
    directions: Directions,
    weighting: Weighting,
) -> Graph {
    let (in_range, none) = (|node: &NodeId| node.index() < node_count, |node: &NodeId| *node == NodeId::NONE);
    assert!(
        node_of.iter().all(|node| in_range(node) || none(node)),
        "invariant: nodes are below {node_count}"
    );
    match weighting {
        Weighting::Unweighted => build_items::<Plain>(node_count, blocks, node_of, directions, weighting),
        Weighting::FixedPoint { .. } => {
            build_items::<Weighted>(node_count, blocks, node_of, directions, weighting)
        }
    }
}

fn build_items<T: Item>(
    node_count: usize,
    blocks: Vec<EdgeBlock>,
    node_of: &[NodeId],
    directions: Directions,
    weighting: Weighting,
) -> Graph {
    let source = Blocks::<T>::new(&blocks, node_of, directions);
    let mut piles = deal(&source, node_count, HugeVec::zeroed);
    drop(blocks);
    let (offsets, merged) = merge(node_count, &mut piles);
    let edge_count = index64(offsets[node_count]);
    let (shift, unit) = match weighting {
        Weighting::Unweighted => (0, 1.0),
        Weighting::FixedPoint { unit_log2 } => {
            let shift = Heaviest::of(&merged).shift(offset64(edge_count));
            (shift, 2.0_f64.powi(unit_log2 + shift.cast_signed()))
        }
    };

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
    Graph::from_parts(out_edges, in_edges, unit)
}

/// The blocks as they are dealt to piles of sources.
struct Blocks<'a, T> {
    /// Consecutive pieces of blocks, some for each task.
    chunks: Vec<Vec<Piece<'a>>>,
    node_of: &'a [NodeId],
    directions: Directions,
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
    fn new(blocks: &'a [EdgeBlock], node_of: &'a [NodeId], directions: Directions) -> Self {
        let pieces: Vec<Piece<'a>> = blocks.iter().flat_map(pieces).collect();
        let in_chunk = pieces.len().div_ceil(CHUNKS).max(1);
        let chunks = pieces.chunks(in_chunk).map(<[Piece<'a>]>::to_vec).collect();
        Self { chunks, node_of, directions, item: PhantomData }
    }

    /// Calls `each` with every edge of a chunk, in the caller's numbers; those of weight 0 are left out.
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

    #[inline]
    fn node(&self, number: u32) -> NodeId {
        self.node_of[number as usize]
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
            each(self.node(source).index());
            if self.directions == Directions::Both && source != target {
                each(self.node(target).index());
            }
        });
    }

    fn for_each_item(&self, chunk: usize, mut each: impl FnMut(usize, T)) {
        self.for_each_edge(chunk, |source, target, weight| {
            let (u, v) = (self.node(source), self.node(target));
            each(u.index(), T::new(u.0, v.0, weight));
            if self.directions == Directions::Both && source != target {
                each(v.index(), T::new(v.0, u.0, weight));
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

/// Sorts every pile and merges the repeats in it, to the front; and where every row starts after that.
fn merge<T: Item>(node_count: usize, piles: &mut Piles<T>) -> (Vec<u64>, Vec<Merged>) {
    let mut degrees = vec![0_u64; node_count];
    let rows = std::mem::take(&mut piles.rows);
    let row_parts = split_by_lengths(&mut degrees, rows.iter().map(Range::len));
    let merged = piles
        .split()
        .into_par_iter()
        .zip(&rows)
        .zip(row_parts)
        .map_init(Vec::new, |scratch, ((pile, rows), degrees)| {
            sort_by_ends(pile, rows.start, scratch);
            merge_repeats(pile, rows.start, degrees)
        })
        .collect();
    (prefix_sums(degrees.into_iter()), merged)
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
    fn shift(self, edge_count: u64) -> u32 {
        // Rounding up and keeping at least 1 add at most 1 an edge.
        let fits = |shift: &u32| (self.total >> shift) + u128::from(edge_count) < 1 << TOTAL_BITS;
        let shift = (0..u64::BITS).find(fits).expect("invariant: fewer than 2^51 edges fit memory");
        shift.max(shift_to_u32(self.edge))
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
