//! The part of a graph that has to be iterated, and how its work is cut up.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    Solver,
    gather::{Packed, Unweighted, Weighted},
};
use crate::{
    graph::{Csr, Graph, Row, Rows},
    ids::{NodeId, id32, index64},
    num::{self, SUM_BLOCK},
};

/// Edges plus rows in a chunk, the unit that one thread works on: a 1024th of the core, but within these limits.
/// Smaller ones are mostly bookkeeping, larger ones leave threads waiting for the last.
const CHUNK_COST: Range<usize> = 1 << 14..1 << 17;
const CHUNKS: usize = 1024;
/// Blocks of a Gauss–Seidel sweep, worked on one after the other. Part of the result.
///
/// Rounds to a change of 3e-7 with 1, 4, 8, 16, 32, 64 blocks: 73, 60, 57, 57, 45, 40 on the Higgs interactions by
/// degree; 9 each on Kronecker graphs; 22 each on communities numbered in turn, which fall inside the blocks.
const BLOCKS: usize = 16;
/// Core rows without a source in the core are set apart where they are more than this part of all. It saves visiting
/// them every round, and costs a look at all edges of the core before the first.
const SETTLED_PART: usize = 8;
/// Shares are stored as `f32` times 2^64, which keeps tiny contributions away from subnormal numbers.
pub(super) const SCALE: f64 = 18_446_744_073_709_551_616.0;

/// No two probability vectors are further apart in L1.
pub(super) const MAX_DISTANCE: f64 = 2.0;

/// A node of the core: where its row of in-edges begins, and how many of its sources are from below the prefix.
#[derive(Clone, Copy, Debug)]
pub(super) struct CoreRow {
    pub(super) start: u64,
    pub(super) len: u32,
    pub(super) node: u32,
}

impl CoreRow {
    /// Where its edges stand, if rows are plain.
    #[inline]
    pub(super) fn edges(self) -> Range<usize> {
        let start = index64(self.start);
        start..start + NodeId(self.len).index()
    }
}

/// The rows of a core, in the form that they have.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form<'a> {
    Unweighted(Unweighted<'a>),
    Weighted(Weighted<'a>),
    Packed(Packed<'a>),
}

/// What a round needs of a node besides its row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow {
    /// 1 / out-strength, times [`SCALE`].
    pub(super) share: f32,
    /// The part of the node's value that a round takes out of the core: 1 - damping · (share of it that stays).
    pub(super) leak: f32,
}

/// The equations `z = b + a A z` on the core, but for `b`. See the module's documentation for the terms.
#[derive(Debug)]
pub(super) struct System<'a> {
    pub(super) in_edges: &'a Csr,
    pub(super) form: Form<'a>,
    pub(super) damping: f64,
    /// 1 / out-strength of every node; 0 marks a dangling one.
    pub(super) share: Vec<f64>,
    /// One past the last node that has both in- and out-edges.
    pub(super) prefix: usize,
    /// The nodes below `prefix` that have out-edges, in order, but for those that are `settled`.
    pub(super) rows: Vec<CoreRow>,
    /// Those of them that no node below `prefix` feeds, if they are many: their values never change either.
    pub(super) settled: Vec<CoreRow>,
    /// In step with `rows`.
    pub(super) flows: Vec<Flow>,
    /// Whether nodes may read values of the same round.
    pub(super) in_place: bool,
    /// Consecutive rows in chunks, consecutive chunks in blocks.
    pub(super) blocks: Vec<Vec<Range<usize>>>,
}

impl<'a> System<'a> {
    pub(super) fn new(g: &'a Graph, damping: f64, solver: Solver) -> Self {
        let (in_edges, out_edges) = (g.in_edges(), g.out_edges());
        let share = shares(g);
        let in_rows = in_edges.stored();
        let both = |v: &usize| share[*v] > 0.0 && in_rows.degree(NodeId(id32(*v))) > 0;
        let ends = num::blocks(share.len(), SUM_BLOCK).into_par_iter().rev();
        let prefix = ends.find_map_first(|block| block.rev().find(both)).map_or(0, |v| v + 1);
        let core_row = |rows: &mut Rows<'_>, v: u32| {
            let len = below(rows.neighbours(NodeId(v)), prefix);
            CoreRow { start: in_rows.place(NodeId(v)), len: id32(len), node: v }
        };
        let is_core = |v: &u32| share[NodeId(*v).index()] > 0.0;
        let core = (0..id32(prefix)).into_par_iter().filter(is_core);
        let mut rows: Vec<CoreRow> = core.map_init(|| in_edges.rows(), core_row).collect();
        // With classes numbered in turn, all nodes below the prefix are in the core and need no look-up.
        let solid = rows.len() == prefix;
        let mut settled = Vec::new();
        if SETTLED_PART * rows.par_iter().filter(|row| row.len == 0).count() > rows.len() {
            (settled, rows) = rows.into_par_iter().partition(|row| row.len == 0);
        }
        let flow = |rows: &mut Rows<'_>, row: &CoreRow| {
            let u = NodeId(row.node);
            let row = rows.row(u);
            let row = row.part(0..below(row.targets, prefix));
            let into_core = |(v, w): (NodeId, u32)| if share[v.index()] > 0.0 { u64::from(w) } else { 0 };
            let stays = if solid { row.strength() } else { row.iter().map(into_core).sum() };
            let share = share[u.index()];
            Flow { share: narrow(share * SCALE), leak: narrow(1.0 - damping * (stays as f64 * share)) }
        };
        let flows = rows.par_iter().map_init(|| out_edges.rows(), flow).collect();
        let blocks = blocks(&rows, solver);
        let in_place = solver == Solver::GaussSeidel;
        let form = match in_edges.plain().map(|rows| (rows.targets(), rows.weights())) {
            None => Form::Packed(Packed(in_rows)),
            Some((targets, None)) => Form::Unweighted(Unweighted(targets)),
            Some((targets, Some(weights))) => Form::Weighted(Weighted(targets, weights)),
        };
        Self { in_edges, form, damping, share, prefix, rows, settled, flows, in_place, blocks }
    }

    /// The in-edges of a core row whose sources have values that never change, and maybe others of the core.
    pub(super) fn fixed_row<'r>(&self, core: CoreRow, rows: &'r mut Rows<'_>) -> Row<'r> {
        let row = rows.row(NodeId(core.node));
        // Sources that are settled may stand anywhere among those from the core.
        let from = if self.settled.is_empty() { NodeId(core.len).index() } else { 0 };
        row.part(from..row.targets.len())
    }

    /// Gives every settled node its `entry` in `table`.
    pub(super) fn settle<T>(&self, table: &mut [T], entry: impl Fn(usize) -> T) {
        for (i, row) in self.settled.iter().enumerate() {
            table[NodeId(row.node).index()] = entry(i);
        }
    }

    /// The node of core row `i`.
    #[inline]
    pub(super) fn node(&self, i: usize) -> usize {
        NodeId(self.rows[i].node).index()
    }

    /// The bound on the L1 distance to the true answer after a plain round that changed `l1_change`.
    pub(super) fn error_bound(&self, l1_change: f64) -> f64 {
        error_bound(self.share.len(), self.damping, l1_change)
    }

    /// The parts of `table`, an entry a node, that belong to `chunks`, which follow one another: from the node of a
    /// chunk's first row to that of the next chunk's.
    pub(super) fn parts_of<'t, T>(&self, chunks: &[Range<usize>], table: &'t mut [T]) -> Vec<&'t mut [T]> {
        let (Some(first), Some(last)) = (chunks.first(), chunks.last()) else { return Vec::new() };
        let nodes = self.nodes_of(&(first.start..last.end));
        let starts = chunks.iter().map(|chunk| self.nodes_of(chunk).start);
        let cuts: Vec<usize> = starts.chain([nodes.end]).collect();
        num::split_by_lengths(&mut table[nodes], cuts.windows(2).map(|cut| cut[1] - cut[0]))
    }

    /// Gives every core row's node its `entry` in `table`.
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
        NodeId(self.rows[chunk.start].node).index()..NodeId(self.rows[chunk.end - 1].node).index() + 1
    }
}

/// The bound on the L1 distance to the true answer after a plain round that changed `l1_change` on `n` nodes, and after
/// the scaling at the end. One [`rounding`] is for the round itself; one for the scaling (the computed values miss the
/// sum 1 by no more); one for the rounding of `l1_change` and of the scaled values.
pub(super) fn error_bound(n: usize, damping: f64, l1_change: f64) -> f64 {
    ((damping * l1_change + 3.0 * rounding(n)) / (1.0 - damping)).min(MAX_DISTANCE)
}

/// A bound on the L1 rounding error of one plain round.
///
/// All terms are ≥ 0, so relative errors carry over to sums. Rows and node vectors are summed in runs, blocks and
/// pieces, so no value goes through more than `terms` additions in one sum. The longest way of a value goes through
/// four sums (weights → normalised teleport, row of a settled node, row of sources, and the final scaling by the sum of
/// all) and fourteen operations beside: `4 · terms + 14` roundings of half an epsilon each, relative to results that
/// sum to 1; the rest covers the second order. What rounding does to the jump is the same factor for every node, and
/// the final scaling takes it away again.
pub(super) fn rounding(n: usize) -> f64 {
    let terms = n.min(192) + n.div_ceil(SUM_BLOCK);
    f64::EPSILON * (2 * terms + 12) as f64
}

/// 1 / out-strength of every node; 0 marks a dangling one.
pub(super) fn shares(g: &Graph) -> Vec<f64> {
    let share = |strength: u64| if strength == 0 { 0.0 } else { 1.0 / strength as f64 };
    g.out_edges().of_strengths(share)
}

#[inline]
pub(super) fn narrow(value: f64) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "rounding to 24 bits is what is asked for")]
    let narrow = value as f32;
    narrow
}

/// How many of sorted `nodes` are below `prefix`.
fn below(nodes: &[NodeId], prefix: usize) -> usize {
    if nodes.last().is_none_or(|last| last.index() < prefix) {
        nodes.len()
    } else {
        nodes.partition_point(|u| u.index() < prefix)
    }
}

/// Cuts the rows into chunks of about equal cost, and for [`Solver::GaussSeidel`] the chunks into blocks.
fn blocks(rows: &[CoreRow], solver: Solver) -> Vec<Vec<Range<usize>>> {
    let cost = |row: &CoreRow| NodeId(row.len).index() + 1;
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
