//! A set of keys that many threads fill at once without locks: open addressing, linear probing, never a removal.
//!
//! A key is two words, neither of them 0, and its reference is the slot it stands in. A slot is claimed word by word:
//! whoever turns the second word from 0 to its own has narrowed the slot to keys with that word, and whoever then turns
//! the first word from 0 has settled it. A thread that finds a slot half claimed goes on with the claim for its own
//! key, so nobody ever waits for another, and no slot holds a mixture: both words are written once, and a key is only
//! said to be in a slot where both are seen to be its own.

use std::{
    hint::black_box,
    sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering},
};

use rayon::prelude::*;

use super::{
    dense::unseen,
    dictionary::{Found, Stuck},
    scan::Key,
};
use crate::{
    event::EventError,
    ids::{index64, low32, offset64},
    num::folded_multiply,
};

pub(super) struct Table {
    slots: Vec<[AtomicU64; 2]>,
    /// By slot, the first chunk that holds its key.
    pub(super) first_blocks: Vec<AtomicU32>,
    /// How many keys there are; for moments a few too many, while threads race for one slot.
    len: AtomicUsize,
    /// The length of the table is a power of two; hashes are shifted right so far.
    shift: u32,
}

const LEAST_BITS: u32 = 12;
/// The length of the largest table.
const MOST_BITS: u32 = 32;
/// How full a table may be, in quarters. Neighbouring slots share a line of the cache, so a few more probes cost less
/// than a table of twice the size.
const FULL_QUARTERS: usize = 3;
/// How many keys are fetched ahead of being compared.
const AHEAD: usize = 64;
/// The share of the table that is handled at a time.
const PART: usize = 1 << 14;

impl Table {
    /// An empty table with room for `count` keys.
    pub(super) fn with_room(count: u64) -> Result<Self, EventError> {
        let slots = (count / FULL_QUARTERS as u64 * 4 + 4).next_power_of_two();
        let bits = slots.ilog2().max(LEAST_BITS);
        if bits > MOST_BITS {
            return Err(EventError::TooManyAccounts { limit: (1 << MOST_BITS) / 4 * FULL_QUARTERS });
        }
        let length = 1_usize << bits;
        let empty = |_| [const { AtomicU64::new(0) }; 2];
        let slots = (0..length).into_par_iter().with_min_len(PART).map(empty).collect();
        Ok(Self { slots, first_blocks: unseen(length), len: AtomicUsize::new(0), shift: u64::BITS - bits })
    }

    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// Finds or adds `keys`, which stand in chunk number `block`, and appends their slots to `found`.
    ///
    /// The first touch of a slot is a miss of the cache more often than not, so a few keys are fetched ahead: plain
    /// reads whose values nobody waits for.
    #[inline]
    pub(super) fn look_up<K: Key>(&self, keys: &[K], block: u32, found: &mut Found) -> Result<(), Stuck> {
        let mut homes = [0; AHEAD];
        for keys in keys.chunks(AHEAD) {
            let mut touched = 0;
            for (home, key) in homes.iter_mut().zip(keys) {
                *home = self.home(key.words());
                touched |= self.slots[*home][0].load(Ordering::Relaxed);
                touched |= u64::from(self.first_blocks[*home].load(Ordering::Relaxed));
            }
            black_box(touched);
            for (&home, key) in homes.iter().zip(keys) {
                let words = key.words();
                let slot = if is_in(&self.slots[home], words) { home } else { self.slot(words, home)? };
                found.push(reference(slot), &self.first_blocks[slot], block);
            }
        }
        Ok(())
    }

    /// Adds one key.
    pub(super) fn insert(&self, words: [u64; 2]) -> Result<usize, Stuck> {
        self.slot(words, self.home(words))
    }

    #[inline]
    fn home(&self, words: [u64; 2]) -> usize {
        // Two odd words of random bits keep a key of few bits from a product of few bits.
        index64(
            folded_multiply(words[0] ^ 0x9e37_79b9_7f4a_7c15, words[1] ^ 0xd1b5_4a32_d192_ed03) >> self.shift,
        )
    }

    /// The slot of a key, which is added if it is new.
    #[inline(never)]
    fn slot(&self, words: [u64; 2], home: usize) -> Result<usize, Stuck> {
        let mut at = home;
        loop {
            let slot = &self.slots[at];
            if is_in(slot, words) || self.claim(slot, words)? {
                return Ok(at);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Whether `slot` holds the key, if need be because it was free until now.
    #[inline]
    fn claim(&self, slot: &[AtomicU64; 2], words: [u64; 2]) -> Result<bool, Stuck> {
        let mut second = slot[1].load(Ordering::Relaxed);
        if second == 0 {
            if self.len() >= self.slots.len() / 4 * FULL_QUARTERS {
                return Err(Stuck::Full);
            }
            second = settle(&slot[1], words[1]);
        }
        if second != words[1] {
            return Ok(false);
        }
        let first = slot[0].load(Ordering::Relaxed);
        if first != 0 {
            return Ok(first == words[0]);
        }
        match slot[0].compare_exchange(0, words[0], Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => {
                self.len.fetch_add(1, Ordering::Relaxed);
                Ok(true)
            }
            Err(first) => Ok(first == words[0]),
        }
    }

    /// A table for twice the keys or more, and the new slot of each old one.
    pub(super) fn grown(&self) -> Result<(Self, Vec<u32>), EventError> {
        let grown = Self::with_room(self.slots.len() as u64)?;
        let moved = self.slots.par_iter().zip(&self.first_blocks).with_min_len(PART).map(|(slot, first)| {
            let Some(words) = words_of(slot) else { return u32::MAX };
            grown.add_moved(words, first)
        });
        let moved = moved.collect();
        Ok((grown, moved))
    }

    /// Adds a key of another dictionary, of which the chunk `first` is known; there is room for it.
    pub(super) fn add_moved(&self, words: [u64; 2], first: &AtomicU32) -> u32 {
        let Ok(slot) = self.insert(words) else {
            unreachable!("invariant: a new table has room for all keys")
        };
        self.first_blocks[slot].store(first.load(Ordering::Relaxed), Ordering::Relaxed);
        reference(slot)
    }

    /// All keys, each with its slot, in the order of the slots.
    pub(super) fn entries(&self) -> impl ParallelIterator<Item = ([u64; 2], u32)> {
        let slots = self.slots.par_iter().enumerate().with_min_len(PART);
        slots.filter_map(|(at, slot)| words_of(slot).map(|words| (words, reference(at))))
    }

    /// How many slots there are.
    pub(super) fn slot_count(&self) -> usize {
        self.slots.len()
    }
}

/// The reference of what stands in slot number `slot`. All 32 bits may be set: `u32::MAX` is no node, but it is a slot.
#[inline]
fn reference(slot: usize) -> u32 {
    low32(offset64(slot))
}

/// Whether `slot` holds this key and is settled. Nothing is published behind the words, so no order is asked for.
#[inline]
fn is_in(slot: &[AtomicU64; 2], words: [u64; 2]) -> bool {
    slot[1].load(Ordering::Relaxed) == words[1] && slot[0].load(Ordering::Relaxed) == words[0]
}

/// Writes `word` where nothing is written yet, and tells what stands there then.
#[inline]
fn settle(place: &AtomicU64, word: u64) -> u64 {
    match place.compare_exchange(0, word, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => word,
        Err(other) => other,
    }
}

fn words_of(slot: &[AtomicU64; 2]) -> Option<[u64; 2]> {
    let words = [slot[0].load(Ordering::Relaxed), slot[1].load(Ordering::Relaxed)];
    // No claim stops half-way, so between two rounds of reading a slot has both words or neither.
    (words[0] != 0).then_some(words)
}
