//! The core of a graph, over which the fast solvers iterate: its equations, and its rows in chunks and blocks.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    Solver,
    error_bounds::error_bound,
    gather::{CompressedCoreRows, PlainCoreRows},
    power_iteration::shares,
};
use crate::{
    graph::{Csr, Graph, Row, Rows},
    ids::{NodeId, id32, index64},
    num::{self, SUM_BLOCK},
};

/// Limits on the number of edges plus rows in a chunk, which is one task. Within these limits, a chunk is `1 / CHUNKS`
/// of the core. With smaller chunks the overhead dominates; with larger chunks, threads wait for the last chunk.
const CHUNK_COST: Range<usize> = 1 << 14..1 << 17;
const CHUNKS: usize = 1024;
/// Blocks of a Gauss–Seidel sweep, processed one after the other. Affects the result.
///
/// Number of rounds until the change is 3e-7, with 1, 4, 8, 16, 32, 64 blocks: 73, 60, 57, 57, 45, 40 on the Higgs
/// interactions ordered by degree; 9 in all cases on Kronecker graphs; 22 in all cases on a graph with communities of
/// consecutive node numbers, which lie inside blocks.
const BLOCKS: usize = 16;
/// Core nodes without in-edges from the core are left out of the iteration if they are more than
/// `1 / NO_CORE_IN_EDGES_PART` of the core nodes. That saves a visit to each of them in every round, and costs a pass
/// over all edges of the core before the first round.
const NO_CORE_IN_EDGES_PART: usize = 8;
/// Shares in `f32` are multiplied by 2^64, so that tiny contributions do not become subnormal numbers.
pub(super) const SCALE: f64 = 18_446_744_073_709_551_616.0;

/// A node of the core: where its row of in-edges begins, and the number of its sources below the prefix.
#[derive(Clone, Copy, Debug)]
pub(super) struct CoreRow {
    pub(super) start: u64,
    len: u32,
    pub(super) node: NodeId,
}

impl CoreRow {
    #[inline]
    pub(super) fn len(self) -> usize {
        self.len as usize
    }

    /// The range of its edges in the arrays of plain rows.
    #[inline]
    pub(super) fn edges(self) -> Range<usize> {
        let start = index64(self.start);
        start..start + self.len()
    }
}

/// The rows of a core by storage.
#[derive(Clone, Copy, Debug)]
pub(super) enum CoreStorage<'a> {
    Unweighted(PlainCoreRows<'a, false>),
    Weighted(PlainCoreRows<'a, true>),
    Compressed(CompressedCoreRows<'a>),
}

/// The data of a core node that a round needs besides the row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow {
    /// 1 / out-strength, times [`SCALE`].
    pub(super) share: f32,
    /// The part of the node's value that leaves the core in a round: 1 - damping · (share of its out-edges into the
    /// core).
    pub(super) leak: f32,
}

/// The equations `z = b + a A z` on the core, without `b`. The documentation of [`rank`](super) explains the terms.
#[derive(Debug)]
pub(super) struct System<'a> {
    pub(super) in_edges: &'a Csr,
    pub(super) storage: CoreStorage<'a>,
    pub(super) damping: f64,
    /// 1 / out-strength of every node; 0 marks a dangling node.
    pub(super) share: Vec<f64>,
    /// One past the last node that has both in- and out-edges.
    pub(super) prefix: usize,
    /// The nodes below `prefix` that have out-edges, in order, except those in `no_core_in_edges`.
    pub(super) rows: Vec<CoreRow>,
    /// The nodes below `prefix` with out-edges and without a source below `prefix`, if there are many such nodes;
    /// otherwise empty. Their values never change.
    pub(super) no_core_in_edges: Vec<CoreRow>,
    /// One entry for each entry of `rows`.
    pub(super) flows: Vec<Flow>,
    /// Whether nodes may read values of the same round (Gauss–Seidel).
    pub(super) in_place: bool,
    /// The blocks: a block consists of consecutive chunks, and a chunk of consecutive rows.
    pub(super) blocks: Vec<Vec<Range<usize>>>,
}

impl<'a> System<'a> {
    pub(super) fn new(g: &'a Graph, damping: f64, solver: Solver) -> Self {
        let (in_edges, out_edges) = (g.in_edges(), g.out_edges());
        let share = shares(g);
        let in_rows = in_edges.stored();
        let both = |v: &usize| share[*v] > 0.0 && in_rows.degree(NodeId::new(*v)) > 0;
        let ends = num::blocks(share.len(), SUM_BLOCK).into_par_iter().rev();
        let prefix = ends.find_map_first(|block| block.rev().find(both)).map_or(0, |v| v + 1);
        let core_row = |rows: &mut Rows<'_>, node: NodeId| {
            let len = below(rows.neighbors(node), prefix);
            CoreRow { start: in_rows.position(node), len: id32(len), node }
        };
        let core = (0..prefix).into_par_iter().filter(|&v| share[v] > 0.0).map(NodeId::new);
        let mut rows: Vec<CoreRow> = core.map_init(|| in_edges.rows(), core_row).collect();
        // If nodes are ordered for locality, the core is exactly the prefix, and membership needs no look-up.
        let solid = rows.len() == prefix;
        let mut no_core_in_edges = Vec::new();
        if NO_CORE_IN_EDGES_PART * rows.par_iter().filter(|row| row.len == 0).count() > rows.len() {
            (no_core_in_edges, rows) = rows.into_par_iter().partition(|row| row.len == 0);
        }
        let flow = |rows: &mut Rows<'_>, row: &CoreRow| {
            let (u, row) = (row.node, rows.row(row.node));
            let row = row.part(0..below(row.targets, prefix));
            let into_core = |(v, w): (NodeId, u32)| if share[v.index()] > 0.0 { u64::from(w) } else { 0 };
            let stays = if solid { row.strength() } else { row.iter().map(into_core).sum() };
            let share = share[u.index()];
            Flow { share: narrow(share * SCALE), leak: narrow(1.0 - damping * (stays as f64 * share)) }
        };
        let flows = rows.par_iter().map_init(|| out_edges.rows(), flow).collect();
        let blocks = blocks(&rows, solver);
        let in_place = solver == Solver::GaussSeidel;
        let storage = match in_edges.plain().map(|rows| (rows.targets(), rows.weights())) {
            None => CoreStorage::Compressed(CompressedCoreRows(in_rows)),
            Some((targets, None)) => CoreStorage::Unweighted(PlainCoreRows { targets, weights: &[] }),
            Some((targets, Some(weights))) => CoreStorage::Weighted(PlainCoreRows { targets, weights }),
        };
        Self { in_edges, storage, damping, share, prefix, rows, no_core_in_edges, flows, in_place, blocks }
    }

    /// The in-edges of a core row that may come from sources outside the iteration. Sources of these in-edges that are
    /// inside the iteration must be 0 in the table.
    pub(super) fn fixed_row<'r>(&self, core: CoreRow, rows: &'r mut Rows<'_>) -> Row<'r> {
        let row = rows.row(core.node);
        // Sources in `no_core_in_edges` may be anywhere among the sources below the prefix.
        let from = if self.no_core_in_edges.is_empty() { core.len() } else { 0 };
        row.part(from..row.targets.len())
    }

    /// Writes `entry(i)` to the entry of the `i`-th node of `no_core_in_edges` in `table`.
    pub(super) fn fill_no_core_in_edges<T>(&self, table: &mut [T], entry: impl Fn(usize) -> T) {
        for (i, row) in self.no_core_in_edges.iter().enumerate() {
            table[row.node.index()] = entry(i);
        }
    }

    /// The node of core row `i`.
    #[inline]
    pub(super) fn node(&self, i: usize) -> usize {
        self.rows[i].node.index()
    }

    /// [`error_bound`] of this system.
    pub(super) fn error_bound(&self, l1_change: f64) -> f64 {
        error_bound(self.share.len(), self.damping, l1_change)
    }

    /// Splits `table` (one entry per node) by consecutive `chunks`: each part runs from the first node of its chunk to
    /// the first node of the next chunk.
    pub(super) fn parts_of<'t, T>(&self, chunks: &[Range<usize>], table: &'t mut [T]) -> Vec<&'t mut [T]> {
        let (Some(first), Some(last)) = (chunks.first(), chunks.last()) else { return Vec::new() };
        let nodes = self.nodes_of(&(first.start..last.end));
        let starts = chunks.iter().map(|chunk| self.nodes_of(chunk).start);
        let cuts: Vec<usize> = starts.chain([nodes.end]).collect();
        num::split_by_lengths(&mut table[nodes], cuts.windows(2).map(|cut| cut[1] - cut[0]))
    }

    /// Writes `entry(i)` to the entry of the node of every core row `i` in `table`.
    pub(super) fn fill<T: Send>(&self, table: &mut [T], entry: impl Fn(usize) -> T + Sync) {
        let chunks: Vec<Range<usize>> = self.blocks.iter().flatten().cloned().collect();
        let parts = self.parts_of(&chunks, table);
        chunks.into_par_iter().zip(parts).for_each(|(chunk, part)| {
            let first = self.node(chunk.start);
            for i in chunk {
                part[self.node(i) - first] = entry(i);
            }
        });
    }

    /// The nodes from the first to the last row of a chunk.
    pub(super) fn nodes_of(&self, chunk: &Range<usize>) -> Range<usize> {
        self.rows[chunk.start].node.index()..self.rows[chunk.end - 1].node.index() + 1
    }
}

#[inline]
pub(super) fn narrow(value: f64) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "rounding to 24 bits is intended")]
    let narrow = value as f32;
    narrow
}

/// The number of nodes below `prefix` in the sorted list `nodes`.
fn below(nodes: &[NodeId], prefix: usize) -> usize {
    if nodes.last().is_none_or(|last| last.index() < prefix) {
        nodes.len()
    } else {
        nodes.partition_point(|u| u.index() < prefix)
    }
}

/// Cuts the rows into chunks of about equal cost, and for [`Solver::GaussSeidel`] the chunks into blocks.
fn blocks(rows: &[CoreRow], solver: Solver) -> Vec<Vec<Range<usize>>> {
    let cost = |row: &CoreRow| row.len() + 1;
    let total: usize = rows.iter().map(cost).sum();
    let size = (total / CHUNKS).clamp(CHUNK_COST.start, CHUNK_COST.end);
    let (mut chunks, mut start, mut sum) = (Vec::new(), 0, 0);
    for (i, row) in rows.iter().enumerate() {
        sum += cost(row);
        if sum >= size || i + 1 == rows.len() {
            chunks.push(start..i + 1);
            (start, sum) = (i + 1, 0);
        }
    }
    let parts = if solver == Solver::GaussSeidel { BLOCKS.min(chunks.len()) } else { 1 };
    let cut = |part: usize| chunks.len() * part / parts.max(1);
    (0..parts).map(|part| chunks[cut(part)..cut(part + 1)].to_vec()).filter(|b| !b.is_empty()).collect()
}
