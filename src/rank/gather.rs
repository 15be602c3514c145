//! The inner loop of all rank kernels: the sum of weight times value over a row, for several columns at once.

use std::ops::{Add, Mul, Range};

use rayon::prelude::*;

use super::system::CoreRow;
use crate::{
    graph::{BLOCK_EDGES, CompressedRow, Row, RowBuffer, StoredRow, StoredRows},
    ids::NodeId,
    num::{self, SUM_BLOCK},
};

/// Number of vector entries in a run. A run is summed in order before its sum is added to the sum of the block.
const RUN: usize = 64;

/// Number of independent partial sums of a row, so that additions need not wait for each other. Affects the result.
const UNROLL: usize = 4;
/// Rows longer than this are summed by several threads, so that one hub does not delay a round.
const PARALLEL_EDGES: usize = 1 << 20;
/// Number of edges in a piece of a long row: the blocks of each piece are summed, then the pieces.
const PIECE_EDGES: usize = 1 << 15;
/// Number of edges in a block, which is summed in the precision of the table.
const BLOCK: usize = 512;

/// The number type of a table: `f32` in the fast rounds, `f64` where the answer is certified.
pub(super) trait Float:
    Copy + Default + Send + Sync + Add<Output = Self> + Mul<Output = Self>
{
    /// `TAIL_FACTORS[k]`: the factor is 1 for the first `k` of three edges and 0 for the rest, where `k` is the length
    /// of a row modulo 4.
    const TAIL_FACTORS: [[Self; UNROLL - 1]; UNROLL];

    fn from_weight(weight: u32) -> Self;
    fn to_f64(self) -> f64;
}

impl Float for f32 {
    const TAIL_FACTORS: [[Self; UNROLL - 1]; UNROLL] = [[0.0; 3], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0; 3]];
    #[inline]
    fn from_weight(weight: u32) -> Self {
        weight as f32
    }
    #[inline]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Float for f64 {
    const TAIL_FACTORS: [[Self; UNROLL - 1]; UNROLL] = [[0.0; 3], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0; 3]];
    #[inline]
    fn from_weight(weight: u32) -> Self {
        Self::from(weight)
    }
    #[inline]
    fn to_f64(self) -> f64 {
        self
    }
}

/// The rows of the core by storage. The type is chosen once per round, so that no row needs a branch.
pub(super) trait CoreRows: Copy + Sync {
    /// [`pull`] over the sources of a row that are in the core.
    fn pull<T: Float, const L: usize>(
        self,
        row: CoreRow,
        buffer: &mut RowBuffer,
        table: &[[T; L]],
    ) -> [f64; L];
}

/// Plain rows: all targets, row after row, and their weights if there are any.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlainCoreRows<'a, const WEIGHTED: bool> {
    pub(super) targets: &'a [NodeId],
    pub(super) weights: &'a [u32],
}

#[derive(Clone, Copy, Debug)]
pub(super) struct CompressedCoreRows<'a>(pub(super) StoredRows<'a>);

impl<const WEIGHTED: bool> CoreRows for PlainCoreRows<'_, WEIGHTED> {
    #[expect(clippy::inline_always, reason = "it only calls `pull_short`, which is inlined too")]
    #[inline(always)]
    fn pull<T: Float, const L: usize>(self, row: CoreRow, _: &mut RowBuffer, table: &[[T; L]]) -> [f64; L] {
        let weights = if WEIGHTED { Some(&self.weights[row.edges()]) } else { None };
        pull_short::<T, L, WEIGHTED>(Row { targets: &self.targets[row.edges()], weights }, table)
    }
}

impl CoreRows for CompressedCoreRows<'_> {
    #[inline]
    fn pull<T: Float, const L: usize>(
        self,
        row: CoreRow,
        buffer: &mut RowBuffer,
        table: &[[T; L]],
    ) -> [f64; L] {
        pull(self.0.first_edges_at(row.node, row.start, row.len()), buffer, table)
    }
}

/// The sum of weight times table entry over a row, column by column. The order of additions depends on the row alone,
/// not on its storage, and no value goes through more than 2^7 + 2^6 + length / 2^15 additions.
#[expect(clippy::inline_always, reason = "most rows are short: a call for each costs as much as their edges")]
#[inline(always)]
pub(super) fn pull<T: Float, const L: usize>(
    row: StoredRow<'_>,
    buffer: &mut RowBuffer,
    table: &[[T; L]],
) -> [f64; L] {
    match row {
        StoredRow::Plain(row) => pull_plain(row, table),
        StoredRow::Compressed(row) => pull_compressed(row, buffer, table),
    }
}

#[inline]
pub(super) fn pull_plain<T: Float, const L: usize>(row: Row<'_>, table: &[[T; L]]) -> [f64; L] {
    match row.weights {
        None => pull_short::<T, L, false>(row, table),
        Some(_) => pull_short::<T, L, true>(row, table),
    }
}

/// [`pull_plain`] if it is known at compile time whether edges have weights.
#[expect(clippy::inline_always, reason = "most rows are short: a call for each costs as much as their edges")]
#[inline(always)]
fn pull_short<T: Float, const L: usize, const WEIGHTED: bool>(row: Row<'_>, table: &[[T; L]]) -> [f64; L] {
    if row.targets.len() <= BLOCK {
        block::<T, L, WEIGHTED>(row.targets, row.weights.unwrap_or_default(), table).map(T::to_f64)
    } else {
        pull_long(row, table)
    }
}

/// [`block`] of a row that may have weights.
#[inline]
fn any_block<T: Float, const L: usize>(row: Row<'_>, table: &[[T; L]]) -> [T; L] {
    match row.weights {
        None => block::<T, L, false>(row.targets, &[], table),
        Some(weights) => block::<T, L, true>(row.targets, weights, table),
    }
}

#[inline(never)]
fn pull_long<T: Float, const L: usize>(row: Row<'_>, table: &[[T; L]]) -> [f64; L] {
    let in_blocks =
        |row| pieces(row, BLOCK).map(|row| any_block(row, table).map(T::to_f64)).fold([0.0; L], sum);
    if row.targets.len() <= PARALLEL_EDGES {
        return pieces(row, PIECE_EDGES).map(in_blocks).fold([0.0; L], sum);
    }
    let parts: Vec<Row<'_>> = pieces(row, PIECE_EDGES).collect();
    let sums: Vec<[f64; L]> = parts.into_par_iter().map(in_blocks).collect();
    sums.into_iter().fold([0.0; L], sum)
}

/// [`pull_plain`] of a compressed row: only a block of it is decoded at a time, so that it stays in the cache.
#[inline(never)]
fn pull_compressed<T: Float, const L: usize>(
    row: CompressedRow<'_>,
    buffer: &mut RowBuffer,
    table: &[[T; L]],
) -> [f64; L] {
    const { assert!(BLOCK.is_multiple_of(BLOCK_EDGES), "blocks are decoded whole") };
    let in_block = |range: Range<usize>, buffer: &mut RowBuffer| {
        any_block(row.decode_piece(range, buffer), table).map(T::to_f64)
    };
    let len = row.len();
    if len <= BLOCK {
        return in_block(0..len, buffer);
    }
    let in_piece = |buffer: &mut RowBuffer, piece: Range<usize>| {
        let starts = piece.clone().step_by(BLOCK);
        let blocks = starts.map(|start| start..(start + BLOCK).min(piece.end));
        blocks.map(|range| in_block(range, buffer)).fold([0.0; L], sum)
    };
    let pieces = num::blocks(len, PIECE_EDGES);
    if len <= PARALLEL_EDGES {
        return pieces.into_iter().map(|piece| in_piece(buffer, piece)).fold([0.0; L], sum);
    }
    let sums: Vec<[f64; L]> = pieces.into_par_iter().map_init(RowBuffer::default, in_piece).collect();
    sums.into_iter().fold([0.0; L], sum)
}

/// Cuts a row into parts of `size` edges; the last may be shorter.
fn pieces(row: Row<'_>, size: usize) -> impl Iterator<Item = Row<'_>> {
    num::blocks(row.targets.len(), size).into_iter().map(move |range| row.part(range))
}

/// The sum over a row of at most one block; without `WEIGHTED` all weights are 1 and `weights` is not read.
#[expect(clippy::inline_always, reason = "most rows are short: a call for each costs as much as their edges")]
#[inline(always)]
fn block<T: Float, const L: usize, const WEIGHTED: bool>(
    targets: &[NodeId],
    weights: &[u32],
    table: &[[T; L]],
) -> [T; L] {
    let Some(last) = targets.len().checked_sub(1) else { return [T::default(); L] };
    let mut sums = [[T::default(); L]; UNROLL];
    let (four, rest) = targets.as_chunks::<UNROLL>();
    if WEIGHTED {
        for (targets, weights) in four.iter().zip(weights.as_chunks::<UNROLL>().0) {
            for (sums, (u, w)) in sums.iter_mut().zip(targets.iter().zip(weights)) {
                *sums = sum(*sums, weighted(table, *u, T::from_weight(*w)));
            }
        }
    } else {
        for targets in four {
            for (sums, u) in sums.iter_mut().zip(targets) {
                *sums = sum(*sums, table[u.index()]);
            }
        }
    }
    // A branch on the length of the rest would be mispredicted: always add three values; values beyond the rest are
    // multiplied by 0.
    let factors = T::TAIL_FACTORS[rest.len()];
    for (i, (sums, factor)) in sums.iter_mut().zip(factors).enumerate() {
        let at = last.min(UNROLL * four.len() + i);
        let weight = if WEIGHTED { factor * T::from_weight(weights[at]) } else { factor };
        *sums = sum(*sums, weighted(table, targets[at], weight));
    }
    let [a, b, c, d] = sums;
    sum(sum(a, b), sum(c, d))
}

#[expect(clippy::inline_always, reason = "as for `block`")]
#[inline(always)]
fn weighted<T: Float, const L: usize>(table: &[[T; L]], node: NodeId, weight: T) -> [T; L] {
    table[node.index()].map(|value| value * weight)
}

/// The entrywise sum of two arrays.
#[inline]
pub(super) fn sum<T: Float, const L: usize>(mut a: [T; L], b: [T; L]) -> [T; L] {
    for (a, b) in a.iter_mut().zip(b) {
        *a = *a + b;
    }
    a
}

/// The sum of `term(i)` over `0..len`, column by column. Runs of terms are summed first, then the runs of each block of
/// [`SUM_BLOCK`] terms, then the blocks in order, so no value goes through more than 2^7 + length / [`SUM_BLOCK`]
/// additions.
pub(super) fn lane_sums<const L: usize>(
    len: usize,
    term: impl Fn(usize) -> [f64; L] + Sync + Send,
) -> [f64; L] {
    let blocks = num::blocks(len, SUM_BLOCK).into_par_iter();
    let run = |range: Range<usize>| range.map(&term).fold([0.0; L], sum);
    let in_runs = |block: Range<usize>| {
        let runs = block.clone().step_by(RUN).map(|start| run(start..(start + RUN).min(block.end)));
        runs.fold([0.0; L], sum)
    };
    let sums: Vec<[f64; L]> = blocks.map(in_runs).collect();
    sums.into_iter().fold([0.0; L], sum)
}

/// Scales every column to sum 1.
pub(super) fn scale_to_one<const L: usize>(score: &mut [f64]) {
    let rows = score.as_chunks_mut::<L>().0;
    let sums = lane_sums(rows.len(), |v| rows[v]);
    rows.par_iter_mut().with_min_len(SUM_BLOCK).for_each(|row| {
        for lane in 0..L {
            row[lane] /= sums[lane];
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_any_length_are_summed_exactly() {
        // Block sums are whole numbers below 2^24: nothing is rounded, so the order of additions does not matter.
        let hubs = [PARALLEL_EDGES, PARALLEL_EDGES + 1, PARALLEL_EDGES + PIECE_EDGES / 2];
        for len in [0, 1, 3, 4, 5, 511, 512, 513, 5000].into_iter().chain(hubs) {
            let targets: Vec<NodeId> = (0..len).map(|i| NodeId::new(i % 7)).collect();
            let weights: Vec<u32> = (0..len).map(|i| crate::ids::id32(i % 3 + 1)).collect();
            let table: Vec<[f32; 2]> = (0..7).map(|v| [v as f32, (2 * v) as f32]).collect();
            let wide: Vec<[f64; 2]> = table.iter().map(|value| value.map(f64::from)).collect();
            for weights in [None, Some(&weights[..])] {
                let row = Row { targets: &targets, weights };
                let expected: usize = (0..len)
                    .map(|i| (i % 7) * weights.map_or(1, |w| usize::try_from(w[i]).expect("small")))
                    .sum();
                let expected = [expected as f64, 2.0 * expected as f64];
                assert_eq!(pull_plain(row, &table), expected, "{len}");
                assert_eq!(pull_plain(row, &wide), expected, "{len}");
            }
        }
    }
}
