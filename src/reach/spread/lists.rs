//! Which sets is a candidate in? Lists of two bytes an entry.

use rayon::prelude::*;

use super::sample::{Sample, Side};
use crate::{
    ids::{NodeId, id32, index64, offset64},
    num,
};

/// Sets of a block: their numbers within it take two bytes.
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
    /// Where the list of each candidate starts.
    starts: Vec<u64>,
    /// Numbers within the block, rising for each candidate.
    sets: Vec<u16>,
}

/// The sets that are covered, a bit each.
#[derive(Clone)]
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
        let bytes = |block: &Block| offset64(8 * block.starts.len() + 2 * block.sets.len());
        let entries = |block: &Block| offset64(block.sets.len());
        ListSize {
            bytes: self.blocks.iter().map(bytes).sum(),
            entries: self.blocks.iter().map(entries).sum(),
        }
    }

    fn sets(&self, candidate: u32) -> impl Iterator<Item = u64> {
        (0..).zip(&self.blocks).flat_map(move |(at, block): (u64, _)| {
            let start = at * BLOCK_SETS;
            block.of(candidate).iter().map(move |&set| start + u64::from(set))
        })
    }
}

impl Block {
    /// Sorts entries by candidate, counting; they come in the order of their sets.
    fn new<'e>(candidate_count: usize, entries: impl Iterator<Item = &'e [(u32, u16)]> + Clone) -> Self {
        let mut counts = vec![0_u64; candidate_count];
        entries.clone().flatten().for_each(|&(candidate, _)| counts[candidate as usize] += 1);
        let starts = num::prefix_sums(counts.into_iter());
        let mut next = starts.clone();
        let mut sets = vec![0; index64(starts[candidate_count])];
        for &(candidate, set) in entries.flatten() {
            let slot = &mut next[candidate as usize];
            sets[index64(*slot)] = set;
            *slot += 1;
        }
        Self { starts, sets }
    }

    fn of(&self, candidate: u32) -> &[u16] {
        let candidate = candidate as usize;
        &self.sets[index64(self.starts[candidate])..index64(self.starts[candidate + 1])]
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
