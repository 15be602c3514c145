//! Which sets is a candidate in? Lists of one or two bytes an entry.

use rayon::prelude::*;

use super::sample::{Sample, Side};
use crate::{
    ids::{NodeId, id32, index64, low8, offset64},
    num,
};

/// Sets of a block: it is drawn at once, and their numbers within it take two bytes meanwhile.
const BLOCK_SETS: u64 = 1 << 16;

/// For each candidate the sets that it is in.
pub(super) struct Lists {
    blocks: Vec<Block>,
    set_count: u64,
}

/// How large the lists are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListSize {
    /// Bytes, what says where each list begins included.
    pub bytes: u64,
    /// How often a candidate is in a set.
    pub entries: u64,
}

struct Block {
    /// Where the list of the first candidate of every few starts; those of the others follow it.
    starts: Vec<u32>,
    /// For each candidate how many bytes its list takes, then the numbers of its sets within the block, rising: each as
    /// what it is beyond the one before. Seven bits a byte, the lowest first, the highest bit of a byte telling whether
    /// there is more.
    bytes: Vec<u8>,
    entries: u64,
}

/// So many lists have one start.
const LISTS_A_START: usize = 8;

/// The sets that are covered, a bit each.
pub(super) struct Covered {
    words: Vec<u64>,
    pub(super) count: u64,
}

/// No candidate.
pub(super) const NO_CANDIDATE: u32 = u32::MAX;

impl Lists {
    /// Draws the first `set_count` sets once more and notes who is in them; `candidate_of` a node, or [`NO_CANDIDATE`].
    /// Sets with a node that is `reached` already are in no list: what is in them counts for nobody.
    pub(super) fn new(
        sample: &Sample<'_>,
        set_count: u64,
        candidates: &[NodeId],
        candidate_of: &[u32],
        reached: Option<&[bool]>,
    ) -> Self {
        let block = |at: u64| {
            let start = at * BLOCK_SETS;
            let sets = start..(start + BLOCK_SETS).min(set_count);
            let entries = sample.tasks(sets, |sampler, numbers| {
                let mut entries: Vec<(u32, u16)> = Vec::new();
                for number in numbers {
                    let set = sampler.draw(Side::Choosing, number, |_| false);
                    if reached.is_some_and(|reached| set.iter().any(|v| reached[v.index()])) {
                        continue;
                    }
                    let candidates = set.iter().map(|v| candidate_of[v.index()]);
                    let number = u16::try_from(number - start).expect("invariant: a block has 65,536 sets");
                    entries.extend(candidates.filter(|&c| c != NO_CANDIDATE).map(|c| (c, number)));
                }
                entries
            });
            Block::new(candidates.len(), entries.iter().map(|entries| &entries[..]))
        };
        Self { blocks: (0..set_count.div_ceil(BLOCK_SETS)).map(block).collect(), set_count }
    }

    /// No set is covered.
    pub(super) fn nothing_covered(&self) -> Covered {
        Covered { words: vec![0; index64(self.set_count.div_ceil(64))], count: 0 }
    }

    /// How many sets that are not covered the candidate is in.
    pub(super) fn gain(&self, candidate: u32, covered: &Covered) -> u64 {
        self.sets(candidate).map(|set| u64::from(!covered.holds(set))).sum()
    }

    /// The gains of all candidates.
    pub(super) fn gains(&self, count: usize, covered: &Covered) -> Vec<u64> {
        (0..id32(count))
            .into_par_iter()
            .with_min_len(64)
            .map(|candidate| self.gain(candidate, covered))
            .collect()
    }

    /// Covers the sets of a candidate.
    pub(super) fn choose(&self, candidate: u32, covered: &mut Covered) {
        self.sets(candidate).for_each(|set| covered.cover(set));
    }

    pub(super) fn size(&self) -> ListSize {
        let bytes = |block: &Block| offset64(4 * block.starts.len() + block.bytes.len());
        ListSize {
            bytes: self.blocks.iter().map(bytes).sum(),
            entries: self.blocks.iter().map(|block| block.entries).sum(),
        }
    }

    fn sets(&self, candidate: u32) -> impl Iterator<Item = u64> {
        (0..).zip(&self.blocks).flat_map(move |(at, block): (u64, _)| {
            let start = at * BLOCK_SETS;
            block.of(candidate).map(move |set| start + set)
        })
    }
}

impl Block {
    /// Sorts entries by candidate, counting; they come in the order of their sets.
    fn new<'e>(candidate_count: usize, entries: impl Iterator<Item = &'e [(u32, u16)]> + Clone) -> Self {
        let (mut lengths, mut before) = (vec![0_u64; candidate_count], vec![0_u16; candidate_count]);
        let mut entry_count = 0;
        for &(candidate, set) in entries.clone().flatten() {
            let (length, before) = (&mut lengths[candidate as usize], &mut before[candidate as usize]);
            *length += byte_count(u64::from(set - *before));
            *before = set;
            entry_count += 1;
        }
        let starts = num::prefix_sums(lengths.iter().map(|&length| byte_count(length) + length));
        let mut next: Vec<u32> = starts.into_iter().map(|start| id32(index64(start))).collect();
        let starts = next[..candidate_count].iter().copied().step_by(LISTS_A_START).collect();
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
        Self { starts, bytes, entries: entry_count }
    }

    /// The numbers of the sets of a candidate.
    fn of(&self, candidate: u32) -> impl Iterator<Item = u64> {
        let candidate = candidate as usize;
        let mut at = self.starts[candidate / LISTS_A_START] as usize;
        let mut list = || {
            let length = read(&self.bytes, &mut at);
            at += index64(length);
            at - index64(length)..at
        };
        for _ in 0..candidate % LISTS_A_START {
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

/// How many bytes a number takes.
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

impl Covered {
    #[inline]
    fn holds(&self, set: u64) -> bool {
        self.words[index64(set / 64)] >> (set % 64) & 1 == 1
    }

    fn cover(&mut self, set: u64) {
        self.count += u64::from(!self.holds(set));
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
        // More than one start.
        sets.extend([&[7, 200][..]; 2 * LISTS_A_START]);
        let mut entries: Vec<(u32, u16)> =
            (0..).zip(&sets).flat_map(|(c, sets)| sets.iter().map(move |&set| (c, set))).collect();
        entries.sort_by_key(|entry| entry.1);
        let (first, second) = entries.split_at(5);
        let block = Block::new(sets.len(), [first, second].into_iter());
        for (candidate, sets) in (0..).zip(&sets) {
            let expected: Vec<u64> = sets.iter().map(|&set| set.into()).collect();
            assert_eq!(block.of(candidate).collect::<Vec<_>>(), expected, "{candidate}");
        }
        assert_eq!(block.entries, 11 + 65_536 + 2 * 16);
        // A byte for a length up to 127, three for 65,536.
        assert_eq!(block.bytes.len(), (1 + 12) + (1 + 3) + 1 + (1 + 5) + (3 + 65_536) + 16 * (1 + 3));
        assert_eq!(block.starts.len(), 3);
    }
}
