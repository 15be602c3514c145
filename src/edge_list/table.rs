//! A set of keys that many threads fill at once without locks: open addressing, linear probing, never a removal.
//!
//! A slot is two words, neither of them 0 where a key stands, and the slot is the key's reference. It is claimed word
//! by word: whoever turns the second word from 0 to its own has narrowed the slot to keys with that word, and whoever
//! then turns the first word from 0 has settled it. A thread that finds a slot half claimed goes on with the claim for
//! its own key, so nobody ever waits for another, and no slot holds a mixture: both words are written once, and a key
//! is only said to be in a slot where both are seen to be its own. What first words stand for, [`FirstWords`] says.

use std::{
    hint::black_box,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

use rayon::prelude::*;

use super::{
    dictionary::Stuck,
    scan::{Key, Text},
};
use crate::{
    event::EventError,
    ids::{index64, low32, offset64},
    num::folded_multiply,
};

pub(super) struct Table {
    slots: Vec<[AtomicU64; 2]>,
    /// How many keys there are; for moments a few too many, while threads race for one slot.
    len: AtomicUsize,
    /// The length of the table is a power of two; hashes are shifted right so far.
    shift: u32,
}

/// What the first word of a slot stands for; the second one is that of the key.
pub(super) trait FirstWords {
    /// Whether a first word is nothing but the key's own.
    const ARE_KEYS: bool;

    /// Whether `first` is the first word of a slot that holds the key, whose second word the slot has.
    fn is(&self, first: u64, key: [u64; 2]) -> bool;

    /// The first word for a key that is new.
    fn make(&self, key: [u64; 2]) -> u64;

    /// Reads some of what a comparison with the first word of `slot` will ask for, so that it is near.
    fn touch(&self, slot: [u64; 2]) -> u64;
}

/// The first word of a slot is that of its key.
pub(super) struct Keys;

impl FirstWords for Keys {
    const ARE_KEYS: bool = true;

    #[inline]
    fn is(&self, first: u64, key: [u64; 2]) -> bool {
        first == key[0]
    }

    #[inline]
    fn make(&self, key: [u64; 2]) -> u64 {
        key[0]
    }

    #[inline]
    fn touch(&self, _: [u64; 2]) -> u64 {
        0
    }
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
        Ok(Self { slots, len: AtomicUsize::new(0), shift: u64::BITS - bits })
    }

    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// Finds or adds `keys` and appends their slots to `references`.
    ///
    /// The first touch of a slot is a miss of the cache more often than not, so a few keys are fetched ahead: plain
    /// reads whose values nobody waits for. Then the same for what first words stand for.
    #[inline]
    pub(super) fn look_up<K: Key, F: FirstWords>(
        &self,
        keys: &[K],
        first_words: &F,
        references: &mut Vec<u32>,
    ) -> Result<(), Stuck> {
        let mut starts = [0; AHEAD];
        for keys in keys.chunks(AHEAD) {
            let mut touched = 0;
            for (start, key) in starts.iter_mut().zip(keys) {
                *start = self.home(key.words());
                touched |= self.slots[*start][0].load(Ordering::Relaxed);
            }
            black_box(touched);
            if !F::ARE_KEYS {
                for (start, key) in starts.iter_mut().zip(keys) {
                    *start = self.candidate(*start, key.words()[1]);
                    touched |= first_words.touch(words_of(&self.slots[*start]));
                }
                black_box(touched);
            }
            for (&start, key) in starts.iter().zip(keys) {
                let key = key.words();
                let slot = if is_in(&self.slots[start], key, first_words) {
                    start
                } else {
                    self.slot(key, start, first_words)?
                };
                references.push(reference(slot));
            }
        }
        Ok(())
    }

    /// Adds one key to a table that has room for it.
    pub(super) fn add(&self, key: [u64; 2], first_words: &impl FirstWords) -> u32 {
        let Ok(slot) = self.slot(key, self.home(key), first_words) else {
            unreachable!("invariant: a new table has room for all keys")
        };
        reference(slot)
    }

    #[inline]
    fn home(&self, key: [u64; 2]) -> usize {
        // A longer id has its hash in the second word, and a first word that is not the same everywhere.
        let first = if Text::is_long(key) { 0 } else { key[0] };
        // Two odd words of random bits keep a key of few bits from a product of few bits.
        index64(folded_multiply(first ^ 0x9e37_79b9_7f4a_7c15, key[1] ^ 0xd1b5_4a32_d192_ed03) >> self.shift)
    }

    /// The first slot from `home` on that is free or has this second word.
    #[inline]
    fn candidate(&self, home: usize, second: u64) -> usize {
        let mut at = home;
        loop {
            let here = self.slots[at][1].load(Ordering::Relaxed);
            if here == second || here == 0 {
                return at;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// The slot of a key from slot `start` on; the key is added if it is new.
    #[inline(never)]
    fn slot(&self, key: [u64; 2], start: usize, first_words: &impl FirstWords) -> Result<usize, Stuck> {
        let mut at = start;
        loop {
            let slot = &self.slots[at];
            if is_in(slot, key, first_words) || self.claim(slot, key, first_words)? {
                return Ok(at);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Whether `slot` holds the key, if need be because it was free until now.
    #[inline]
    fn claim(
        &self,
        slot: &[AtomicU64; 2],
        key: [u64; 2],
        first_words: &impl FirstWords,
    ) -> Result<bool, Stuck> {
        let mut second = slot[1].load(Ordering::Relaxed);
        if second == 0 {
            if self.len() >= self.slots.len() / 4 * FULL_QUARTERS {
                return Err(Stuck::Full);
            }
            second = match slot[1].compare_exchange(0, key[1], Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => key[1],
                Err(other) => other,
            };
        }
        if second != key[1] {
            return Ok(false);
        }
        let first = slot[0].load(Ordering::Acquire);
        if first != 0 {
            return Ok(first_words.is(first, key));
        }
        let made = first_words.make(key);
        match slot[0].compare_exchange(0, made, Ordering::Release, Ordering::Acquire) {
            Ok(_) => {
                self.len.fetch_add(1, Ordering::Relaxed);
                Ok(true)
            }
            Err(first) => Ok(first_words.is(first, key)),
        }
    }

    /// A table for twice the keys or more, and the new slot of each old one.
    pub(super) fn grown(&self) -> Result<(Self, Vec<u32>), EventError> {
        let grown = Self::with_room(self.slots.len() as u64)?;
        let moved = self.slots.par_iter().with_min_len(PART).map(|slot| {
            let words = words_of(slot);
            if is_free(words) { u32::MAX } else { grown.add(words, &Keys) }
        });
        let moved = moved.collect();
        Ok((grown, moved))
    }

    /// The words of all slots that hold a key, each with its slot, in their order.
    pub(super) fn entries(&self) -> impl ParallelIterator<Item = ([u64; 2], u32)> {
        let slots = self.slots.par_iter().enumerate().with_min_len(PART);
        slots.map(|(at, slot)| (words_of(slot), reference(at))).filter(|&(words, _)| !is_free(words))
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

/// Whether `slot` holds this key and is settled. What stands behind a first word was written before it.
#[inline]
fn is_in(slot: &[AtomicU64; 2], key: [u64; 2], first_words: &impl FirstWords) -> bool {
    if slot[1].load(Ordering::Relaxed) != key[1] {
        return false;
    }
    let first = slot[0].load(Ordering::Acquire);
    first != 0 && first_words.is(first, key)
}

#[inline]
fn words_of(slot: &[AtomicU64; 2]) -> [u64; 2] {
    [slot[0].load(Ordering::Acquire), slot[1].load(Ordering::Relaxed)]
}

/// Whether these are the words of a slot without a key. No claim stops half-way, so between two rounds of reading a
/// slot has both words or neither.
fn is_free(words: [u64; 2]) -> bool {
    words[0] == 0
}
