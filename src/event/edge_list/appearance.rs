//! Which references are there, and in which order do they first appear? Told when all is read: nobody keeps count while
//! reading, and who does not ask for the order does not pay for it.

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

/// The references in `lists`, which are below `bound`. Each thread has a bit for each of them.
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

/// Each reference in `lists` once, in the order in which they first appear there, for any number of threads.
pub(super) fn order(lists: &[&[u32]], bound: usize) -> Vec<u32> {
    let parts: Vec<Vec<u32>> = lists.par_chunks(part_len(lists)).map(|lists| firsts(lists, bound)).collect();
    firsts(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>(), bound)
}

fn firsts(lists: &[&[u32]], bound: usize) -> Vec<u32> {
    let mut seen = FixedBitSet::with_capacity(bound);
    let references = lists.iter().copied().flatten().copied();
    references.filter(|&reference| !seen.put(reference as usize)).collect()
}

/// One part a thread.
fn part_len(lists: &[&[u32]]) -> usize {
    lists.len().div_ceil(rayon::current_num_threads()).max(1)
}
