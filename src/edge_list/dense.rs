//! The dictionary of small numbers: the reference of an id is the number itself.

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use super::{
    dictionary::{Dictionary, DictionaryLimit, FinishedDictionary},
    node_ids::SortedIds,
    scan::NumberKey,
};
use crate::{
    huge_pages::HugeVec,
    ids::{NodeId, id32, index64, low32, offset64},
    num,
};

/// Numbers below this count as small in every file.
const LEAST_BOUND: u64 = 1 << 12;
/// Numbers below an eighth of the file's length in bytes count as small too: a table with 4 bytes for each such number
/// is at most half as long as the text, even if few of the numbers occur.
const BYTES_A_NUMBER: u64 = 8;

/// How many words of the bit set one task numbers: 65,536 bits.
const PART_WORDS: usize = 1 << 10;
const WORD_BITS: usize = usize::BITS as usize;

pub(super) struct DenseDictionary {
    /// The dictionary takes numbers below this.
    bound: u64,
}

impl DenseDictionary {
    pub(super) fn new(file_bytes: u64) -> Self {
        Self { bound: (file_bytes / BYTES_A_NUMBER).clamp(LEAST_BOUND, u64::from(u32::MAX - 1)) }
    }

    pub(super) fn bound(&self) -> usize {
        index64(self.bound)
    }
}

/// The numbers that occur, ascending, each with its reference.
pub(super) fn values(seen: &FixedBitSet) -> Vec<(u64, u32)> {
    seen.ones().map(|number| (number as u64, id32(number))).collect()
}

/// Numbers the nodes by value; `seen` holds the numbers that occur. Parallel over words of the bit set.
pub(super) fn finish(seen: &FixedBitSet) -> FinishedDictionary {
    let parts = || seen.as_slice().par_chunks(PART_WORDS);
    let counts: Vec<usize> = parts().map(|words| ones(words).count()).collect();
    let firsts = num::prefix_sums(counts.iter().map(|&count| offset64(count)));
    let mut numbers = HugeVec::zeroed(counts.iter().sum());
    let mut node_of = HugeVec::zeroed(seen.maximum().map_or(0, |last| last + 1));
    let tasks = num::split_by_lengths(&mut numbers, counts.iter().copied()).into_par_iter().zip(firsts);
    let node_parts = node_of.par_chunks_mut(PART_WORDS * WORD_BITS);
    parts().zip(node_parts).zip(tasks).enumerate().for_each(
        |(part, ((words, node_of), (numbers, first)))| {
            node_of.fill(NodeId::NONE);
            let start = part * PART_WORDS * WORD_BITS;
            for ((at, number), node) in ones(words).zip(numbers).zip(index64(first)..) {
                node_of[at] = NodeId::new(node);
                *number = offset64(start + at);
            }
        },
    );
    FinishedDictionary { ids: SortedIds::Numbers(numbers), node_of }
}

fn ones(words: &[usize]) -> impl Iterator<Item = usize> {
    let ones = |(at, &word): (usize, &usize)| {
        let mut left = word;
        std::iter::from_fn(move || {
            let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(at * WORD_BITS + bit)
        })
    };
    words.iter().enumerate().flat_map(ones)
}

impl Dictionary for DenseDictionary {
    type Key = NumberKey;

    #[inline]
    fn look_up(&self, keys: &[NumberKey], _: &[u8], found: &mut Vec<u32>) -> Result<(), DictionaryLimit> {
        if keys.iter().any(|key| key.0 >= self.bound) {
            return Err(DictionaryLimit::Full);
        }
        found.extend(keys.iter().map(|key| low32(key.0)));
        Ok(())
    }
}
