//! Stable parallel partition of edges into buckets of consecutive rows: every build consists of such passes.
//!
//! Each chunk of the input counts its items by row. From the counts, the rows are divided into buckets with about
//! equally many items. Then each chunk writes its items to slices that no other chunk uses. There are no atomics and no
//! locks. Within a bucket items keep the order of the input (the partition is stable) with any number of threads.
//!
//! A bucket of some ten thousand edges fits the cache: it can be sorted, or scattered to rows, without a cache miss for
//! each edge. Row lengths are skewed, so buckets have about equally many items, not equally many rows.

use std::{ops::Range, slice::IterMut};

use bytemuck::Pod;
use rayon::prelude::*;

use super::HugeVec;
use crate::num::split_by_lengths;

/// Maximum number of bins (ranges of consecutive rows) in which items are counted, so that the counters of a chunk fit
/// the cache.
const MAX_BINS: usize = 1 << 14;
/// Maximum number of buckets; each is one open write stream.
const MAX_BUCKETS: usize = 512;
/// The target number of items per bucket is at least this.
pub(super) const MIN_BUCKET_ITEMS: usize = 1 << 12;

/// A source of items, each with a row, in chunks that depend on the data alone. Both passes, counting and scattering,
/// must yield the same rows in the same order.
pub(super) trait RowItems: Sync {
    type Item: Pod + Send;

    /// The number of chunks of the input, one task each.
    fn chunk_count(&self) -> usize;

    /// Calls `each` with the row of every item of a chunk.
    fn for_each_row(&self, chunk: usize, each: impl FnMut(usize));

    /// Calls `each` with the row of every item of a chunk and the item.
    fn for_each_item(&self, chunk: usize, each: impl FnMut(usize, Self::Item));
}

/// Items, grouped by ranges of consecutive rows.
pub(super) struct Buckets<T> {
    /// All items, bucket after bucket.
    pub(super) items: HugeVec<T>,
    /// The rows of each bucket: consecutive, from 0 to the number of rows.
    pub(super) rows: Vec<Range<usize>>,
    /// The number of items of each bucket.
    pub(super) lengths: Vec<usize>,
}

impl<T: Pod> Buckets<T> {
    /// The items of each bucket.
    pub(super) fn split(&mut self) -> Vec<&mut [T]> {
        split_by_lengths(&mut self.items, self.lengths.iter().copied())
    }

    /// The rows of each bucket as rows of the graph; row 0 here is row `first_row` of the graph.
    pub(super) fn graph_rows(&self, first_row: usize) -> Vec<Range<usize>> {
        self.rows.iter().map(|rows| first_row + rows.start..first_row + rows.end).collect()
    }
}

/// Partitions all items of `source`, whose rows are below `row_count`; `allocate(count)` returns memory for `count`
/// items.
///
/// O(rows + items), parallel.
pub(super) fn partition<S: RowItems>(
    source: &S,
    row_count: usize,
    allocate: impl FnOnce(usize) -> HugeVec<S::Item>,
) -> Buckets<S::Item> {
    // Count.
    let bins = BinCounts::of(source, row_count);
    let (shift, counts) = (bins.shift, &bins.of_chunk);
    let buckets = bins.cut(MAX_BUCKETS, MIN_BUCKET_ITEMS);

    // Split the memory of the items: bucket after bucket, and within each bucket chunk after chunk.
    let in_bucket = |counts: &Vec<usize>, bins: &Range<usize>| counts[bins.clone()].iter().sum();
    let sizes: Vec<usize> = buckets
        .iter()
        .flat_map(|bucket| counts.iter().map(move |counts| in_bucket(counts, bucket)))
        .collect();
    let mut items = allocate(sizes.iter().sum());
    let mut slots: Vec<Vec<IterMut<'_, S::Item>>> =
        counts.iter().map(|_| Vec::with_capacity(buckets.len())).collect();
    for (i, slice) in split_by_lengths(&mut items, sizes.iter().copied()).into_iter().enumerate() {
        slots[i % counts.len()].push(slice.iter_mut());
    }
    let bucket_of: Vec<u16> =
        (0_u16..).zip(&buckets).flat_map(|(bucket, bins)| bins.clone().map(move |_| bucket)).collect();

    // Scatter.
    slots.into_par_iter().enumerate().with_max_len(1).for_each(|(chunk, mut slots)| {
        source.for_each_item(chunk, |row, item| {
            let slot = slots[usize::from(bucket_of[row >> shift])].next();
            *slot.expect("invariant: both passes give the same rows") = item;
        });
    });

    // Slices by index instead of `chunks`, because an input without chunks has buckets, but no sizes.
    let sizes_of = |bucket: usize| &sizes[bucket * counts.len()..(bucket + 1) * counts.len()];
    let lengths = (0..buckets.len()).map(|bucket| sizes_of(bucket).iter().sum()).collect();
    Buckets { items, rows: bins.rows(&buckets, row_count), lengths }
}

/// Cuts the rows into about `parts` consecutive ranges with about equally many items.
pub(super) fn equal_ranges<S: RowItems>(source: &S, row_count: usize, parts: usize) -> Vec<Range<usize>> {
    let bins = BinCounts::of(source, row_count);
    bins.rows(&bins.cut(parts, 1), row_count)
}

/// The number of items of each chunk in each bin of `1 << shift` rows.
struct BinCounts {
    shift: u32,
    bin_count: usize,
    of_chunk: Vec<Vec<usize>>,
}

impl BinCounts {
    fn of<S: RowItems>(source: &S, row_count: usize) -> Self {
        let fits = |shift: &u32| row_count >> shift < MAX_BINS;
        let shift = (0..usize::BITS).find(fits).expect("invariant: 0 < 2^14");
        let bin_count = (row_count >> shift) + 1;
        let of_chunk = (0..source.chunk_count())
            .into_par_iter()
            .map(|chunk| {
                let mut counts = vec![0; bin_count];
                source.for_each_row(chunk, |row| counts[row >> shift] += 1);
                counts
            })
            .collect();
        Self { shift, bin_count, of_chunk }
    }

    /// Cuts the bins into consecutive ranges with about equally many items.
    fn cut(&self, parts: usize, min_items: usize) -> Vec<Range<usize>> {
        let of_bin = |bin: usize| self.of_chunk.iter().map(|counts| counts[bin]).sum::<usize>();
        let sizes: Vec<usize> = (0..self.bin_count).map(of_bin).collect();
        let goal = (sizes.iter().sum::<usize>() / parts + 1).max(min_items);
        let (mut ranges, mut start, mut held) = (Vec::new(), 0, 0);
        for (bin, size) in sizes.iter().enumerate() {
            // A bin that would exceed the goal starts the next range, so that hubs stay by themselves.
            if held > 0 && held + size > goal {
                ranges.push(start..bin);
                (start, held) = (bin, 0);
            }
            held += size;
        }
        ranges.push(start..self.bin_count);
        ranges
    }

    /// The rows of ranges of bins.
    fn rows(&self, ranges: &[Range<usize>], row_count: usize) -> Vec<Range<usize>> {
        let rows = |bins: &Range<usize>| bins.start << self.shift..(bins.end << self.shift).min(row_count);
        ranges.iter().map(rows).collect()
    }
}
