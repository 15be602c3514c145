//! An inverted index: for each candidate the numbers of the sets that contain it, stored as differences of one or two
//! bytes.

use std::ops::Range;

use rayon::prelude::*;

use super::sample::{RrSample, RrSets};
use crate::{
    ids::{NodeId, id32, index64, low8, offset64},
    influence::numbered_tasks::split,
    num,
};

/// The number of sets in a block. The sets of a block are drawn together, and until the entries are sorted each holds
/// the number of its set within the block in two bytes.
const BLOCK_SETS: u64 = 1 << 16;

pub(crate) struct InvertedIndex {
    blocks: Vec<IndexBlock>,
    set_count: u64,
}

/// The size of an inverted index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexSize {
    /// The size in bytes, the offsets of the lists included.
    pub bytes: u64,
    /// The number of pairs of a candidate and a set that contains it.
    pub entries: u64,
}

/// The lists of all candidates for the sets of one block.
struct IndexBlock {
    /// The start of the list of every [`LISTS_PER_OFFSET`]th candidate in `bytes`. The lists of the candidates in
    /// between follow it.
    offsets: Vec<u32>,
    /// For each candidate the length of its list in bytes, then the rising numbers of its sets within the block, each
    /// as the difference from the number before it. All these values are varints: seven bits a byte, the lowest bits
    /// first; the highest bit of a byte is set if more bytes follow.
    bytes: Vec<u8>,
    entries: u64,
}

const LISTS_PER_OFFSET: usize = 8;

/// Which sets are covered, one bit for each set.
pub(crate) struct Coverage {
    words: Vec<u64>,
    pub(crate) count: u64,
}

/// The entry of a node that is not a candidate.
pub(crate) const NO_CANDIDATE: u32 = u32::MAX;

impl InvertedIndex {
    /// Draws the first `set_count` sets of [`RrSets::Select`] again and indexes their members. `candidate_of[NodeId]`
    /// is the number of a candidate or [`NO_CANDIDATE`]. Sets that contain an `already_active` node are left out: their
    /// roots are reached in any case.
    pub(crate) fn new(
        sample: &RrSample<'_>,
        set_count: u64,
        candidates: &[NodeId],
        candidate_of: &[u32],
        already_active: Option<&[bool]>,
    ) -> Self {
        let block = |sets: Range<u64>| {
            let start = sets.start;
            let entries = sample.run_chunks(sets, |sampler, numbers| {
                let mut entries: Vec<(u32, u16)> = Vec::new();
                for number in numbers {
                    let set = sampler.draw(RrSets::Select, number, |_| false);
                    if already_active.is_some_and(|active| set.iter().any(|v| active[v.index()])) {
                        continue;
                    }
                    let candidates = set.iter().map(|v| candidate_of[v.index()]);
                    let number = u16::try_from(number - start).expect("invariant: a block has 65,536 sets");
                    entries.extend(candidates.filter(|&c| c != NO_CANDIDATE).map(|c| (c, number)));
                }
                entries
            });
            IndexBlock::new(candidates.len(), entries.iter().map(|entries| &entries[..]))
        };
        Self { blocks: split(0..set_count, BLOCK_SETS).map(block).collect(), set_count }
    }

    pub(crate) fn empty_coverage(&self) -> Coverage {
        Coverage { words: vec![0; index64(self.set_count.div_ceil(64))], count: 0 }
    }

    /// The number of uncovered sets that contain the candidate: its marginal gain.
    pub(crate) fn gain(&self, candidate: u32, coverage: &Coverage) -> u64 {
        self.sets(candidate).map(|set| u64::from(!coverage.contains(set))).sum()
    }

    pub(crate) fn gains(&self, count: usize, coverage: &Coverage) -> Vec<u64> {
        let candidates = (0..id32(count)).into_par_iter().with_min_len(64);
        candidates.map(|candidate| self.gain(candidate, coverage)).collect()
    }

    pub(crate) fn cover(&self, candidate: u32, coverage: &mut Coverage) {
        self.sets(candidate).for_each(|set| coverage.insert(set));
    }

    pub(crate) fn size(&self) -> IndexSize {
        let bytes = |block: &IndexBlock| offset64(4 * block.offsets.len() + block.bytes.len());
        IndexSize {
            bytes: self.blocks.iter().map(bytes).sum(),
            entries: self.blocks.iter().map(|block| block.entries).sum(),
        }
    }

    fn sets(&self, candidate: u32) -> impl Iterator<Item = u64> {
        (0..).zip(&self.blocks).flat_map(move |(at, block): (u64, _)| {
            let start = at * BLOCK_SETS;
            block.sets(candidate).map(move |set| start + set)
        })
    }
}

impl IndexBlock {
    /// Sorts entries by candidate with a counting sort. The entries must be in the order of their sets.
    fn new<'e>(candidate_count: usize, entries: impl Iterator<Item = &'e [(u32, u16)]> + Clone) -> Self {
        let (mut lengths, mut before) = (vec![0_u64; candidate_count], vec![0_u16; candidate_count]);
        let mut entry_count = 0;
        for &(candidate, set) in entries.clone().flatten() {
            let (length, before) = (&mut lengths[candidate as usize], &mut before[candidate as usize]);
            *length += byte_count(u64::from(set - *before));
            *before = set;
            entry_count += 1;
        }
        let offsets = num::prefix_sums(lengths.iter().map(|&length| byte_count(length) + length));
        let mut next: Vec<u32> = offsets.into_iter().map(|offset| id32(index64(offset))).collect();
        let offsets = next[..candidate_count].iter().copied().step_by(LISTS_PER_OFFSET).collect();
        let mut bytes = vec![0; next[candidate_count] as usize];
        for (next, &length) in next.iter_mut().zip(&lengths) {
            write(length, &mut bytes, next);
        }
        before.fill(0);
        for &(candidate, set) in entries.flatten() {
            let (next, before) = (&mut next[candidate as usize], &mut before[candidate as usize]);
            write(u64::from(set - *before), &mut bytes, next);
            *before = set;
        }
        Self { offsets, bytes, entries: entry_count }
    }

    /// The numbers within the block of the sets that contain a candidate.
    fn sets(&self, candidate: u32) -> impl Iterator<Item = u64> {
        let candidate = candidate as usize;
        let mut at = self.offsets[candidate / LISTS_PER_OFFSET] as usize;
        let mut list = || {
            let length = read(&self.bytes, &mut at);
            at += index64(length);
            at - index64(length)..at
        };
        for _ in 0..candidate % LISTS_PER_OFFSET {
            list();
        }
        let list = &self.bytes[list()];
        let (mut set, mut gap, mut shift) = (0, 0, 0);
        list.iter().filter_map(move |&byte| {
            gap |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 != 0 {
                shift += 7;
                return None;
            }
            set += gap;
            (gap, shift) = (0, 0);
            Some(set)
        })
    }
}

/// The length of a varint in bytes.
fn byte_count(number: u64) -> u64 {
    u64::from((number | 1).ilog2() / 7 + 1)
}

fn write(mut number: u64, bytes: &mut [u8], at: &mut u32) {
    loop {
        let more = number >> 7 != 0;
        bytes[*at as usize] = low8(number & 0x7f) | u8::from(more) << 7;
        *at += 1;
        number >>= 7;
        if !more {
            break;
        }
    }
}

fn read(bytes: &[u8], at: &mut usize) -> u64 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = bytes[*at];
        *at += 1;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return number;
        }
        shift += 7;
    }
}

impl Coverage {
    #[inline]
    fn contains(&self, set: u64) -> bool {
        self.words[index64(set / 64)] >> (set % 64) & 1 == 1
    }

    fn insert(&mut self, set: u64) {
        self.count += u64::from(!self.contains(set));
        self.words[index64(set / 64)] |= 1 << (set % 64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_every_length_read_back() {
        let all: Vec<u16> = (0..=u16::MAX).collect();
        let mut sets: Vec<&[u16]> =
            vec![&[0, 1, 127, 128, 255, 16_639, 16_640, 65_535], &[65_535], &[], &[300, 20_000], &all];
        // Lists after the first offset, so that several offsets are needed.
        sets.extend([&[7, 200][..]; 2 * LISTS_PER_OFFSET]);
        let mut entries: Vec<(u32, u16)> =
            (0..).zip(&sets).flat_map(|(c, sets)| sets.iter().map(move |&set| (c, set))).collect();
        entries.sort_by_key(|entry| entry.1);
        let (first, second) = entries.split_at(5);
        let block = IndexBlock::new(sets.len(), [first, second].into_iter());
        for (candidate, sets) in (0..).zip(&sets) {
            let expected: Vec<u64> = sets.iter().map(|&set| set.into()).collect();
            assert_eq!(block.sets(candidate).collect::<Vec<_>>(), expected, "{candidate}");
        }
        assert_eq!(block.entries, 11 + 65_536 + 2 * 16);
        // A length up to 127 takes one byte, a length of 65,536 takes three.
        assert_eq!(block.bytes.len(), (1 + 12) + (1 + 3) + 1 + (1 + 5) + (3 + 65_536) + 16 * (1 + 3));
        assert_eq!(block.offsets.len(), 3);
    }
}
