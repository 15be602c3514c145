//! The inner loop: the sum of weight times value over a row, for several columns at once.

use std::ops::{Add, Mul, Range};

use rayon::prelude::*;

use super::system::CoreRow;
use crate::{
    graph::{BLOCK_EDGES, PackedRow, Row, Scratch, StoredRow, StoredRows},
    ids::NodeId,
    num::{self, SUM_BLOCK},
};

/// Entries of a vector that are summed in one go, before their sum goes to that of the block.
const RUN: usize = 64;

/// Edges that are summed side by side: one addition need not wait for the one before. Part of the result.
const ABREAST: usize = 4;
/// Rows longer than this are summed by several threads, so that one hub does not hold up a round.
const HEAVY: usize = 1 << 20;
/// Blocks of long rows are summed in pieces of so many edges, and then the pieces.
const PIECE: usize = 1 << 15;
/// Edges that are summed in one go.
const BLOCK: usize = 512;

/// A number as tables hold it: `f32` where speed counts, `f64` where the answer is certified.
pub(super) trait Value:
    Copy + Default + Send + Sync + Add<Output = Self> + Mul<Output = Self>
{
    /// By the length of what is left of a row behind its fours: 1 for each of three edges that are part of it, else 0.
    const COUNTS: [[Self; ABREAST - 1]; ABREAST];
    /// A weight of an edge.
    fn of(weight: u32) -> Self;
    /// The same value in 64 bits.
    fn wide(self) -> f64;
}

impl Value for f32 {
    const COUNTS: [[Self; ABREAST - 1]; ABREAST] = [[0.0; 3], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0; 3]];
    #[inline]
    fn of(weight: u32) -> Self {
        weight as f32
    }
    #[inline]
    fn wide(self) -> f64 {
        f64::from(self)
    }
}

impl Value for f64 {
    const COUNTS: [[Self; ABREAST - 1]; ABREAST] = [[0.0; 3], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0; 3]];
    #[inline]
    fn of(weight: u32) -> Self {
        Self::from(weight)
    }
    #[inline]
    fn wide(self) -> f64 {
        self
    }
}

/// The rows that a sweep reads, in one of three forms: chosen once a round, so that no row asks for its form again.
pub(super) trait CoreRows: Copy + Sync {
    /// [`pull`] of the core's part of a row.
    fn pull<T: Value, const L: usize>(
        self,
        row: CoreRow,
        scratch: &mut Scratch,
        table: &[[T; L]],
    ) -> [f64; L];
}

/// All targets, one row after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unweighted<'a>(pub(super) &'a [NodeId]);

/// All targets and their weights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighted<'a>(pub(super) &'a [NodeId], pub(super) &'a [u32]);

/// Rows to be decoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed<'a>(pub(super) StoredRows<'a>);

impl CoreRows for Unweighted<'_> {
    #[expect(clippy::inline_always, reason = "as for its only part")]
    #[inline(always)]
    fn pull<T: Value, const L: usize>(self, row: CoreRow, _: &mut Scratch, table: &[[T; L]]) -> [f64; L] {
        pull_short::<T, L, false>(Row { targets: &self.0[row.edges()], weights: None }, table)
    }
}

impl CoreRows for Weighted<'_> {
    #[expect(clippy::inline_always, reason = "as for its only part")]
    #[inline(always)]
    fn pull<T: Value, const L: usize>(self, row: CoreRow, _: &mut Scratch, table: &[[T; L]]) -> [f64; L] {
        let row = Row { targets: &self.0[row.edges()], weights: Some(&self.1[row.edges()]) };
        pull_short::<T, L, true>(row, table)
    }
}

impl CoreRows for Packed<'_> {
    #[inline]
    fn pull<T: Value, const L: usize>(
        self,
        row: CoreRow,
        scratch: &mut Scratch,
        table: &[[T; L]],
    ) -> [f64; L] {
        pull(self.0.first_at(NodeId(row.node), row.start, NodeId(row.len).index()), scratch, table)
    }
}

/// The sum of weight times table entry over a row, column by column. The order of additions depends on the row alone,
/// not on its form, and no value goes through more than 2^7 + 2^6 + length / 2^15 of them.
#[expect(clippy::inline_always, reason = "most rows are short: a call for each costs as much as their edges")]
#[inline(always)]
pub(super) fn pull<T: Value, const L: usize>(
    row: StoredRow<'_>,
    scratch: &mut Scratch,
    table: &[[T; L]],
) -> [f64; L] {
    match row {
        StoredRow::Plain(row) => pull_plain(row, table),
        StoredRow::Packed(row) => pull_packed(row, scratch, table),
    }
}

/// [`pull`] of a row in place.
#[inline]
pub(super) fn pull_plain<T: Value, const L: usize>(row: Row<'_>, table: &[[T; L]]) -> [f64; L] {
    match row.weights {
        None => pull_short::<T, L, false>(row, table),
        Some(_) => pull_short::<T, L, true>(row, table),
    }
}

/// [`pull_plain`] where it is known whether edges have weights.
#[expect(clippy::inline_always, reason = "most rows are short: a call for each costs as much as their edges")]
#[inline(always)]
fn pull_short<T: Value, const L: usize, const WEIGHTED: bool>(row: Row<'_>, table: &[[T; L]]) -> [f64; L] {
    if row.targets.len() <= BLOCK {
        block::<T, L, WEIGHTED>(row.targets, row.weights.unwrap_or_default(), table).map(T::wide)
    } else {
        pull_long(row, table)
    }
}

/// [`block`] of a row that may have weights.
#[inline]
fn any_block<T: Value, const L: usize>(row: Row<'_>, table: &[[T; L]]) -> [T; L] {
    match row.weights {
        None => block::<T, L, false>(row.targets, &[], table),
        Some(weights) => block::<T, L, true>(row.targets, weights, table),
    }
}

#[inline(never)]
fn pull_long<T: Value, const L: usize>(row: Row<'_>, table: &[[T; L]]) -> [f64; L] {
    let in_blocks =
        |row| pieces(row, BLOCK).map(|row| any_block(row, table).map(T::wide)).fold([0.0; L], sum);
    if row.targets.len() <= HEAVY {
        return pieces(row, PIECE).map(in_blocks).fold([0.0; L], sum);
    }
    let parts: Vec<Row<'_>> = pieces(row, PIECE).collect();
    let sums: Vec<[f64; L]> = parts.into_par_iter().map(in_blocks).collect();
    sums.into_iter().fold([0.0; L], sum)
}

/// [`pull_plain`] of a packed row: no more than a block of it is decoded at a time, so that it stays in the cache.
#[inline(never)]
fn pull_packed<T: Value, const L: usize>(
    row: PackedRow<'_>,
    scratch: &mut Scratch,
    table: &[[T; L]],
) -> [f64; L] {
    const { assert!(BLOCK.is_multiple_of(BLOCK_EDGES), "blocks are decoded whole") };
    let in_block = |range: Range<usize>, scratch: &mut Scratch| {
        any_block(row.decode_piece(range, scratch), table).map(T::wide)
    };
    let len = row.len();
    if len <= BLOCK {
        return in_block(0..len, scratch);
    }
    let in_piece = |scratch: &mut Scratch, piece: Range<usize>| {
        let starts = piece.clone().step_by(BLOCK);
        let blocks = starts.map(|start| start..(start + BLOCK).min(piece.end));
        blocks.map(|range| in_block(range, scratch)).fold([0.0; L], sum)
    };
    let pieces = num::blocks(len, PIECE);
    if len <= HEAVY {
        return pieces.into_iter().map(|piece| in_piece(scratch, piece)).fold([0.0; L], sum);
    }
    let sums: Vec<[f64; L]> = pieces.into_par_iter().map_init(Scratch::default, in_piece).collect();
    sums.into_iter().fold([0.0; L], sum)
}

/// Consecutive parts of a row of `size` edges; the last may be shorter.
fn pieces(row: Row<'_>, size: usize) -> impl Iterator<Item = Row<'_>> {
    num::blocks(row.targets.len(), size).into_iter().map(move |range| row.part(range))
}

/// The sum over a row of one block; without `WEIGHTED` all weights are 1 and `weights` is not looked at.
#[expect(clippy::inline_always, reason = "most rows are short: a call for each costs as much as their edges")]
#[inline(always)]
fn block<T: Value, const L: usize, const WEIGHTED: bool>(
    targets: &[NodeId],
    weights: &[u32],
    table: &[[T; L]],
) -> [T; L] {
    let Some(last) = targets.len().checked_sub(1) else { return [T::default(); L] };
    let mut sums = [[T::default(); L]; ABREAST];
    let (four, rest) = targets.as_chunks::<ABREAST>();
    if WEIGHTED {
        for (targets, weights) in four.iter().zip(weights.as_chunks::<ABREAST>().0) {
            for (sums, (u, w)) in sums.iter_mut().zip(targets.iter().zip(weights)) {
                *sums = sum(*sums, weighted(table, *u, T::of(*w)));
            }
        }
    } else {
        for targets in four {
            for (sums, u) in sums.iter_mut().zip(targets) {
                *sums = sum(*sums, table[u.index()]);
            }
        }
    }
    // How long the rest is, nobody can foresee: instead of asking, take three values and weigh those beyond it with 0.
    let counts = T::COUNTS[rest.len()];
    for (i, (sums, count)) in sums.iter_mut().zip(counts).enumerate() {
        let at = last.min(ABREAST * four.len() + i);
        let weight = if WEIGHTED { count * T::of(weights[at]) } else { count };
        *sums = sum(*sums, weighted(table, targets[at], weight));
    }
    let [a, b, c, d] = sums;
    sum(sum(a, b), sum(c, d))
}

#[expect(clippy::inline_always, reason = "as for the block")]
#[inline(always)]
fn weighted<T: Value, const L: usize>(table: &[[T; L]], node: NodeId, weight: T) -> [T; L] {
    table[node.index()].map(|value| value * weight)
}

/// Entry by entry.
#[inline]
pub(super) fn sum<T: Value, const L: usize>(mut a: [T; L], b: [T; L]) -> [T; L] {
    for (a, b) in a.iter_mut().zip(b) {
        *a = *a + b;
    }
    a
}

/// The sum of `term(i)` over `0..len`, column by column, in blocks of [`SUM_BLOCK`] that are added in order, and those
/// in runs: no value goes through more than 2^7 + length / [`SUM_BLOCK`] additions.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_any_length_sum_up() {
        // Whole numbers below 2^24 in blocks: no rounding, so every order gives the same.
        for len in [0, 1, 3, 4, 5, 511, 512, 513, 5000, HEAVY, HEAVY + 1, HEAVY + PIECE / 2] {
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
