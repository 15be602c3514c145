//! Finds which references occur, and for outputs the order in which they first appear.
//!
//! Both results are computed after reading: readers keep no counts, and the order is computed only for callers that
//! need it.

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

/// The set of the references in `lists`, all of which must be below `bound`. Each thread fills a separate bit set.
pub(super) fn seen(lists: &[&[u32]], bound: usize) -> FixedBitSet {
    let of_part = |lists: &[&[u32]]| {
        let mut seen = FixedBitSet::with_capacity(bound);
        lists.iter().copied().flatten().for_each(|&reference| seen.insert(reference as usize));
        seen
    };
    let parts: Vec<FixedBitSet> = lists.par_chunks(part_len(lists)).map(of_part).collect();
    let union = |mut all: FixedBitSet, part: FixedBitSet| {
        all.union_with(&part);
        all
    };
    parts.into_iter().reduce(union).unwrap_or_default()
}

/// Each reference in `lists` once, in the order of first appearance, for any number of threads.
pub(super) fn order(lists: &[&[u32]], bound: usize) -> Vec<u32> {
    let of_part = |lists: &[&[u32]]| {
        let mut seen = FixedBitSet::with_capacity(bound);
        let references = lists.iter().copied().flatten().copied();
        let order: Vec<u32> = references.filter(|&reference| !seen.put(reference as usize)).collect();
        (seen, order)
    };
    let parts: Vec<_> = lists.par_chunks(part_len(lists)).map(of_part).collect();
    let followed_by = |(mut seen, mut order): (FixedBitSet, Vec<u32>), (later_seen, later): (_, Vec<u32>)| {
        order.extend(later.into_iter().filter(|&reference| !seen.contains(reference as usize)));
        seen.union_with(&later_seen);
        (seen, order)
    };
    parts.into_iter().reduce(followed_by).map_or_else(Vec::new, |(_, order)| order)
}

/// How many lists each thread gets.
fn part_len(lists: &[&[u32]]) -> usize {
    lists.len().div_ceil(rayon::current_num_threads()).max(1)
}
