//! From items in any order to piles of neighbouring rows: the one pass over the edges that every build is made of.
//!
//! Chunks of the input count their items by row, the counts are cut into piles of about equal size, and then each chunk
//! deals its items to places that nobody else writes to. No atomics, no locks: both passes go over disjoint slices.
//! The order within a pile is that of the input (the partition is stable), whatever the number of threads.
//!
//! Piles are there for the cache: a pile of some ten thousand edges can be sorted, or placed in rows, without a trip
//! to memory for each of them. Rows are very unlike in length, so piles are cut by items and not by rows.

use std::{ops::Range, slice::IterMut};

use bytemuck::Pod;
use rayon::prelude::*;

use super::HugeVec;
use crate::num::split_by_lengths;

/// Rows are counted in granules of neighbours, at most so many: the counters of a chunk fit the cache.
const MAX_GRANULES: usize = 1 << 14;
/// So many piles at most, one open write stream each.
const MAX_PILES: usize = 512;
/// A pile is not cut smaller than this.
pub(super) const MIN_PILE_ITEMS: usize = 1 << 12;

/// Where items come from. Chunks are a function of the data; both passes must give the same rows in the same order.
pub(super) trait Deal: Sync {
    /// What is dealt.
    type Item: Pod + Send;

    /// Into how many parts the input is cut, one task each.
    fn chunk_count(&self) -> usize;

    /// Calls `each` with the row of every item of a chunk.
    fn for_each_row(&self, chunk: usize, each: impl FnMut(usize));

    /// Calls `each` with the row of every item of a chunk and the item.
    fn for_each_item(&self, chunk: usize, each: impl FnMut(usize, Self::Item));
}

/// Items, grouped by ranges of rows.
pub(super) struct Piles<T> {
    /// All items, pile after pile.
    pub(super) items: HugeVec<T>,
    /// The rows of each pile: consecutive, from 0 to the number of rows.
    pub(super) rows: Vec<Range<usize>>,
    /// The number of items of each pile.
    pub(super) lengths: Vec<usize>,
}

impl<T: Pod> Piles<T> {
    /// The items of each pile.
    pub(super) fn split(&mut self) -> Vec<&mut [T]> {
        split_by_lengths(&mut self.items, self.lengths.iter().copied())
    }
}

/// Deals all items of `source`, whose rows are below `row_count`; `memory` gives room for that many items.
///
/// O(rows + items), parallel.
pub(super) fn deal<D: Deal>(
    source: &D,
    row_count: usize,
    memory: impl FnOnce(usize) -> HugeVec<D::Item>,
) -> Piles<D::Item> {
    let Counts { shift, granule_count, of_chunk: counts } = Counts::of(source, row_count);
    let piles = cut(&counts, granule_count, MAX_PILES, MIN_PILE_ITEMS);

    let in_pile = |counts: &Vec<usize>, granules: &Range<usize>| counts[granules.clone()].iter().sum();
    let sizes: Vec<usize> =
        piles.iter().flat_map(|pile| counts.iter().map(move |counts| in_pile(counts, pile))).collect();
    let mut items = memory(sizes.iter().sum());
    let mut places: Vec<Vec<IterMut<'_, D::Item>>> =
        counts.iter().map(|_| Vec::with_capacity(piles.len())).collect();
    for (i, place) in split_by_lengths(&mut items, sizes.iter().copied()).into_iter().enumerate() {
        places[i % counts.len()].push(place.iter_mut());
    }
    let pile_of: Vec<u16> =
        (0_u16..).zip(&piles).flat_map(|(pile, granules)| granules.clone().map(move |_| pile)).collect();
    places.into_par_iter().enumerate().with_max_len(1).for_each(|(chunk, mut places)| {
        source.for_each_item(chunk, |row, item| {
            let place = places[usize::from(pile_of[row >> shift])].next();
            *place.expect("invariant: both passes give the same rows") = item;
        });
    });

    // By number, for there may be no chunk at all; the piles are there even so.
    let sizes_of = |pile: usize| &sizes[pile * counts.len()..(pile + 1) * counts.len()];
    let lengths = (0..piles.len()).map(|pile| sizes_of(pile).iter().sum()).collect();
    let rows = piles.iter().map(|pile| pile.start << shift..(pile.end << shift).min(row_count)).collect();
    Piles { items, rows, lengths }
}

/// Cuts the rows into consecutive ranges of about equal items, about `parts` of them.
pub(super) fn equal_ranges<D: Deal>(source: &D, row_count: usize, parts: usize) -> Vec<Range<usize>> {
    let Counts { shift, granule_count, of_chunk: counts } = Counts::of(source, row_count);
    let cut = cut(&counts, granule_count, parts, 1);
    cut.into_iter().map(|granules| granules.start << shift..(granules.end << shift).min(row_count)).collect()
}

/// How many items of each chunk are in each granule of `1 << shift` rows.
struct Counts {
    shift: u32,
    granule_count: usize,
    of_chunk: Vec<Vec<usize>>,
}

impl Counts {
    fn of<D: Deal>(source: &D, row_count: usize) -> Self {
        let fits = |shift: &u32| row_count >> shift < MAX_GRANULES;
        let shift = (0..usize::BITS).find(fits).expect("invariant: 0 < 2^14");
        let granule_count = (row_count >> shift) + 1;
        let of_chunk = (0..source.chunk_count())
            .into_par_iter()
            .map(|chunk| {
                let mut counts = vec![0; granule_count];
                source.for_each_row(chunk, |row| counts[row >> shift] += 1);
                counts
            })
            .collect();
        Self { shift, granule_count, of_chunk }
    }
}

/// Cuts the granules into consecutive piles of about equal numbers of items.
fn cut(counts: &[Vec<usize>], granule_count: usize, parts: usize, min_items: usize) -> Vec<Range<usize>> {
    let of_granule = |granule: usize| counts.iter().map(|counts| counts[granule]).sum::<usize>();
    let sizes: Vec<usize> = (0..granule_count).map(of_granule).collect();
    let goal = (sizes.iter().sum::<usize>() / parts + 1).max(min_items);
    let (mut piles, mut start, mut held) = (Vec::new(), 0, 0);
    for (granule, size) in sizes.iter().enumerate() {
        // A granule that would fill a pile beyond its size starts the next one, so that hubs stay by themselves.
        if held > 0 && held + size > goal {
            piles.push(start..granule);
            (start, held) = (granule, 0);
        }
        held += size;
    }
    piles.push(start..granule_count);
    piles
}
