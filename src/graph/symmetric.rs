//! The undirected graph: the weight of a pair is the sum over both directions.

use rayon::prelude::*;

use super::{Graph, Row, Rows};
use crate::{
    huge_pages::HugeVec,
    ids::{NodeId, index64, offset64},
    num,
};

/// An undirected weighted graph: row `u` lists the neighbors of `u`, sorted, each once, without `u` itself.
///
/// Every pair is in two rows with the same weight. A self-loop is in no row, only in the strength of its node. Memory:
/// 12 bytes per entry of a row and 24 bytes per node.
#[derive(Debug)]
pub struct SymmetricCsr {
    offsets: Vec<u64>,
    targets: HugeVec<NodeId>,
    weights: HugeVec<u64>,
    /// For each node, the sum of its row plus twice the weight of its self-loop.
    strengths: Vec<u64>,
    out_strengths: Vec<u64>,
    total_strength: u64,
}

/// Maximum number of tasks; each has about equally many edges. Does not affect the result.
const TASKS: usize = 512;

/// Makes `g` undirected: the weight of {u, v} is the weight of `u → v` plus that of `v → u`.
///
/// A self-loop of weight `w` adds `2 w` to its node's strength, the usual convention, because both of its ends are at
/// the node. So the strength of a node is its out-strength plus its in-strength, and the total is twice the weight of
/// all edges.
///
/// - **Input**: any sound graph.
/// - **Output**: the pairs of `g`, sorted by neighbor.
/// - **Stop**: after two passes over both directions.
/// - **Cost**: time O(n + m), parallel: two merges of sorted rows, no sort; memory as [`SymmetricCsr`] says.
/// - **Same bits**: for any thread count; every row is a merge of two rows of `g`.
/// - **Source**: the definition.
/// - **Checked by**: `tests/it/graph/symmetric.rs`: a map of pairs.
///
/// Panics when twice the weight of all edges does not fit 64 bits.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// let edge = |u, v, weight| Edge { source: NodeId(u), target: NodeId(v), weight };
/// let edges = vec![edge(0, 1, 2), edge(1, 0, 3), edge(1, 1, 4)];
/// let g = graph::symmetrize(&graph::build(2, edges, Weighting::FixedPoint { unit_log2: 0 }));
/// assert_eq!((g.neighbors(NodeId(1)), g.weights(NodeId(1))), (&[NodeId(0)][..], &[5][..]));
/// assert_eq!(g.strength(NodeId(1)), 5 + 2 * 4);
/// ```
pub fn symmetrize(g: &Graph) -> SymmetricCsr {
    let n = g.node_count();
    let nodes: Vec<NodeId> = g.nodes().collect();
    let reader = || [g.out_edges().rows(), g.in_edges().rows()];
    let degree = |rows: &mut [Rows<'_>; 2], u: &NodeId| offset64(MergedRow::new(rows, *u).count());
    let degrees: Vec<u64> = nodes.par_iter().map_init(reader, degree).collect();
    let offsets = num::prefix_sums(degrees.into_iter());
    let entry_count = index64(offsets[n]);
    let mut targets: HugeVec<NodeId> = HugeVec::zeroed(entry_count);
    let mut weights: HugeVec<u64> = HugeVec::zeroed(entry_count);
    let tasks = g.out_edges().balanced_ranges(TASKS);
    let lengths = || tasks.iter().map(|task| index64(offsets[task.end] - offsets[task.start]));
    let target_parts = num::split_by_lengths(&mut targets, lengths());
    let weight_parts = num::split_by_lengths(&mut weights, lengths());
    tasks.par_iter().zip(target_parts).zip(weight_parts).for_each(|((task, targets), weights)| {
        let (mut rows, mut slots) = (reader(), targets.iter_mut().zip(weights));
        for &u in &nodes[task.clone()] {
            // The row is the first iterator of the zip, so that its end does not consume a slot.
            for ((v, w), slot) in MergedRow::new(&mut rows, u).zip(&mut slots) {
                (*slot.0, *slot.1) = (v, w);
            }
        }
    });
    let (out_strengths, in_strengths) = (g.out_edges().strengths(), g.in_edges().strengths());
    let strengths: Vec<u64> = out_strengths.par_iter().zip(&in_strengths).map(|(a, b)| a + b).collect();
    let total_strength = strengths
        .iter()
        .try_fold(0_u64, |sum, &strength| sum.checked_add(strength))
        .expect("invariant: twice the weight of all edges fits 64 bits");
    SymmetricCsr { offsets, targets, weights, strengths, out_strengths, total_strength }
}

/// The neighbors of one node in either direction, in order, each with the sum of its weights; no self-loop.
struct MergedRow<'a> {
    node: NodeId,
    cursors: [RowCursor<'a>; 2],
}

/// A position in the row of one direction.
struct RowCursor<'a> {
    row: Row<'a>,
    next: usize,
}

impl<'a> MergedRow<'a> {
    fn new(rows: &'a mut [Rows<'_>; 2], node: NodeId) -> Self {
        Self { node, cursors: rows.each_mut().map(|rows| RowCursor { row: rows.row(node), next: 0 }) }
    }
}

impl RowCursor<'_> {
    /// The next neighbor, or the reserved id, which is larger than every neighbor.
    #[inline]
    fn head(&self) -> NodeId {
        self.row.targets.get(self.next).copied().unwrap_or(NodeId::NONE)
    }

    /// If `v` is the next neighbor, advances past it and returns its weight; otherwise returns 0.
    #[inline]
    fn take(&mut self, v: NodeId) -> u64 {
        if self.head() != v {
            return 0;
        }
        self.next += 1;
        self.row.weights.map_or(1, |weights| u64::from(weights[self.next - 1]))
    }
}

impl Iterator for MergedRow<'_> {
    type Item = (NodeId, u64);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let v = self.cursors[0].head().min(self.cursors[1].head());
            if v == NodeId::NONE {
                return None;
            }
            let weight = self.cursors[0].take(v) + self.cursors[1].take(v);
            if v != self.node {
                return Some((v, weight));
            }
        }
    }
}

impl SymmetricCsr {
    /// Number of rows.
    #[inline]
    pub fn node_count(&self) -> usize {
        self.strengths.len()
    }

    /// Number of distinct pairs {u, v} with u ≠ v.
    pub fn pair_count(&self) -> u64 {
        offset64(self.targets.len()) / 2
    }

    /// The index at which each row starts in [`SymmetricCsr::targets`]; `node_count + 1` entries.
    pub fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    /// All neighbors, row after row.
    pub fn targets(&self) -> &[NodeId] {
        &self.targets
    }

    /// The weight of every entry of [`SymmetricCsr::targets`].
    pub fn all_weights(&self) -> &[u64] {
        &self.weights
    }

    /// The neighbors of `u`, sorted, without `u`.
    #[inline]
    pub fn neighbors(&self, u: NodeId) -> &[NodeId] {
        &self.targets[index64(self.offsets[u.index()])..index64(self.offsets[u.index() + 1])]
    }

    /// The weight of every entry of [`SymmetricCsr::neighbors`].
    #[inline]
    pub fn weights(&self, u: NodeId) -> &[u64] {
        &self.weights[index64(self.offsets[u.index()])..index64(self.offsets[u.index() + 1])]
    }

    /// Sum of the weights of row `u`, plus twice the weight of its self-loop.
    #[inline]
    pub fn strength(&self, u: NodeId) -> u64 {
        self.strengths[u.index()]
    }

    /// The strength of every node.
    pub fn strengths(&self) -> &[u64] {
        &self.strengths
    }

    /// The part of every node's strength that came from out-edges, self-loops counted once.
    pub fn out_strengths(&self) -> &[u64] {
        &self.out_strengths
    }

    /// The subgraph induced by `nodes`, which strictly increase and are renumbered in that order.
    ///
    /// Self-loops stay. The direction of single edges is not known, so out-strengths are set to half of the strengths.
    /// Time O(d log k) for k nodes of total degree d.
    #[must_use]
    pub fn induced(&self, nodes: &[u32]) -> Self {
        let number = |v: &NodeId| nodes.binary_search(&v.0).ok().map(NodeId::new);
        let (mut offsets, mut targets, mut weights) = (vec![0], Vec::new(), Vec::new());
        let mut strengths = Vec::with_capacity(nodes.len());
        for &u in nodes {
            let u = NodeId(u);
            let loops = self.strength(u) - self.weights(u).iter().sum::<u64>();
            let row = self.neighbors(u).iter().zip(self.weights(u));
            for (v, &weight) in row.filter_map(|(v, weight)| Some((number(v)?, weight))) {
                targets.push(v);
                weights.push(weight);
            }
            let start = offsets.last().copied().map_or(0, index64);
            strengths.push(loops + weights[start..].iter().sum::<u64>());
            offsets.push(offset64(targets.len()));
        }
        let total_strength = strengths.iter().sum();
        let out_strengths = strengths.iter().map(|strength| strength / 2).collect();
        let (targets, weights) = (HugeVec::from(&targets[..]), HugeVec::from(&weights[..]));
        Self { offsets, targets, weights, strengths, out_strengths, total_strength }
    }

    /// Sum of all strengths: twice the weight of all edges, self-loops included.
    pub fn total_strength(&self) -> u64 {
        self.total_strength
    }
}
