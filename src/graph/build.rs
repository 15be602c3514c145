//! From a list of weighted edges to a graph in both directions, in parallel, without atomics on the result.
//!
//! Sort by (source, target) → cut into chunks of whole rows → count → prefix sums → fill disjoint slices. Chunks are
//! a function of the data, never of the number of threads. The in-edges are the out-edges, transposed.

use std::ops::Range;

use rayon::prelude::*;

use super::{Csr, Graph, transpose};
use crate::{
    ids::{NodeId, index64, offset64},
    num::{prefix_sums, split_by_lengths},
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
        /// Base-2 logarithm of the worth of one unit; that of projections is `projection::UNIT_LOG2`.
        unit_log2: i32,
    },
}

/// Number of chunks of rows that are merged in parallel. Part of no result: rows come out the same.
const CHUNKS: usize = 64;

/// Bits of the sum of all stored weights. Undirected, every edge counts twice, and that must leave the kernels of
/// communities ten of 63 bits for a resolution up to 1000.
const TOTAL_BITS: u32 = 52;

/// Builds a graph of `node_count` nodes from `edges` in any order.
///
/// Repeated edges are merged: their weights are added (unweighted: one stays), up to the largest `u64`. Stored weights
/// have 32 bits, and their sum has 52, so that no kernel's sums overflow: where either needs more, all weights are
/// divided by the same power of two, rounded to nearest and kept ≥ 1, and [`Graph::weight_unit`] grows by that power.
/// Self-loops are kept.
///
/// - **Cost**: time O(m log m) for the sort, O(n + m) for the rest, parallel; memory 16 bytes an input edge, later 12
///   an edge for the transposition, beside the 8 bytes an edge and direction of the result (4 unweighted).
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
    edges.par_sort_unstable_by_key(ends);
    let chunks = chunks_of_rows(node_count, &edges);
    let (offsets, heaviest) = count(node_count, &chunks);

    let edge_count = index64(offsets.last().copied().unwrap_or(0));
    let (shift, unit, stored) = match weighting {
        Weighting::Unweighted => (0, 1.0, 0),
        Weighting::FixedPoint { unit_log2 } => {
            let shift = heaviest.shift(offset64(edge_count));
            (shift, 2.0_f64.powi(unit_log2 + shift.cast_signed()), edge_count)
        }
    };
    let mut targets: Vec<NodeId> = rayon::iter::repeat_n(NodeId(0), edge_count).collect();
    let mut weights = vec![0_u32; stored];
    let lengths = || chunks.iter().map(|chunk| index64(offsets[chunk.rows.end] - offsets[chunk.rows.start]));
    // Where no weights are stored, every slice of them is empty.
    let weight_lengths = lengths().map(|length| length.min(stored));
    chunks
        .par_iter()
        .zip(split_by_lengths(&mut targets, lengths()))
        .zip(split_by_lengths(&mut weights, weight_lengths))
        .for_each(|((chunk, targets), weights)| {
            for (i, edge) in merged(chunk.edges).enumerate() {
                targets[i] = edge.target;
                if let Some(weight) = weights.get_mut(i) {
                    *weight = scale_to_u32(edge.weight, shift);
                }
            }
        });
    drop(edges);
    let weights = (weighting != Weighting::Unweighted).then(|| weights.into());
    let out_edges = Csr::from_parts(offsets.into(), targets.into(), weights);
    let in_edges = transpose(&out_edges);
    Graph::from_parts(out_edges, in_edges, unit)
}

/// Source and target as one number: what the edges are sorted by.
fn ends(edge: &Edge) -> u64 {
    u64::from(edge.source.0) << 32 | u64::from(edge.target.0)
}

/// Some consecutive rows and all edges out of them, sorted, repeats included.
struct Chunk<'a> {
    rows: Range<usize>,
    edges: &'a [Edge],
}

/// Cuts the sorted list into chunks of whole rows with about equal numbers of edges.
fn chunks_of_rows(node_count: usize, edges: &[Edge]) -> Vec<Chunk<'_>> {
    let row_at = |chunk: usize| edges.get(edges.len() * chunk / CHUNKS).map_or(0, |edge| edge.source.index());
    let mut cuts: Vec<usize> = (0..CHUNKS).map(row_at).chain([node_count]).collect();
    cuts[0] = 0;
    let before = |row: usize| edges.partition_point(|edge| edge.source.index() < row);
    let chunk = |rows: Range<usize>| Chunk { edges: &edges[before(rows.start)..before(rows.end)], rows };
    cuts.windows(2).map(|cut| cut[0]..cut[1]).filter(|rows| !rows.is_empty()).map(chunk).collect()
}

/// The edges of a sorted list, repeats added up, those of weight 0 left out.
fn merged(edges: &[Edge]) -> impl Iterator<Item = Edge> {
    // A sum that stops at the largest number is the same in any order too.
    let add = |repeats: &[Edge]| Edge {
        weight: repeats.iter().fold(0_u64, |sum, edge| sum.saturating_add(edge.weight)),
        ..repeats[0]
    };
    edges.chunk_by(|a, b| ends(a) == ends(b)).map(add).filter(|edge| edge.weight > 0)
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

/// Where every row starts after merging, and the weights that must fit.
fn count(node_count: usize, chunks: &[Chunk]) -> (Vec<u64>, Heaviest) {
    let mut degrees = vec![0_u64; node_count];
    let parts = split_by_lengths(&mut degrees, chunks.iter().map(|chunk| chunk.rows.len()));
    let count = |(chunk, degrees): (&Chunk, &mut [u64])| {
        merged(chunk.edges).fold(Heaviest::default(), |heaviest, edge| {
            degrees[edge.source.index() - chunk.rows.start] += 1;
            heaviest.or(Heaviest { edge: edge.weight, total: edge.weight.into() })
        })
    };
    let heaviest = chunks.par_iter().zip(parts).map(count).reduce(Heaviest::default, Heaviest::or);
    (prefix_sums(degrees.into_iter()), heaviest)
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
