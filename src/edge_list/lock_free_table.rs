//! A lock-free hash set that many threads fill at the same time: open addressing, linear probing, no removals.
//!
//! A slot is two words, and neither word is 0 once the slot holds a key; the number of the slot is the key's reference.
//! A slot is claimed word by word. The thread that changes the second word from 0 to the second word of its key
//! restricts the slot to keys with this second word. The thread that then changes the first word from 0 decides which
//! key the slot holds. A thread that finds a half-claimed slot with the second word of its key continues the claim for
//! its key, so no thread ever waits for another thread. No slot holds a mixture of two keys: each word is written once,
//! and a key counts as found only where both words match. [`FirstWords`] defines how a first word represents a key.

use std::{
    hint::black_box,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

use rayon::prelude::*;

use super::{
    EdgeListError,
    dictionary::DictionaryLimit,
    scan::{Key, TextKey},
};
use crate::{
    ids::{index64, low32, offset64},
    num::folded_multiply,
};

pub(super) struct LockFreeTable {
    slots: Vec<[AtomicU64; 2]>,
    len: AtomicUsize,
    /// The number of bits by which a hash is shifted right to give a slot; the number of slots is a power of two.
    shift: u32,
}

/// How the first word of a slot represents a key; the second word is always the second word of the key.
pub(super) trait FirstWords {
    /// Whether the first word of a slot is the first word of the key.
    const ARE_KEYS: bool;

    /// Whether a slot with first word `first` and the second word of `key` holds `key`.
    fn is(&self, first: u64, key: [u64; 2]) -> bool;

    /// The first word of a slot for a new key.
    fn make(&self, key: [u64; 2]) -> u64;

    /// Prefetches the memory that a comparison with the first word of `slot` will read.
    fn touch(&self, slot: [u64; 2]) -> u64;
}

/// The first word of a slot is the first word of its key.
pub(super) struct InlineKeys;

impl FirstWords for InlineKeys {
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

/// The smallest table has `2^LEAST_BITS` slots, the largest `2^MOST_BITS`.
const LEAST_BITS: u32 = 12;
const MOST_BITS: u32 = 32;
/// How full a table may be, in quarters of its slots. Neighboring slots share a cache line, so a few more probes take
/// less time than a table of twice the size would.
const FULL_QUARTERS: usize = 3;
/// How many keys are prefetched before they are compared.
const AHEAD: usize = 64;
/// The minimum number of slots that one task handles.
const PART: usize = 1 << 14;

impl LockFreeTable {
    pub(super) fn with_room(count: u64) -> Result<Self, EdgeListError> {
        let slots = (count / FULL_QUARTERS as u64 * 4 + 4).next_power_of_two();
        let bits = slots.ilog2().max(LEAST_BITS);
        if bits > MOST_BITS {
            return Err(EdgeListError::TooManyNodes { limit: (1 << MOST_BITS) / 4 * FULL_QUARTERS });
        }
        let length = 1_usize << bits;
        let empty = |_| [const { AtomicU64::new(0) }; 2];
        let slots = (0..length).into_par_iter().with_min_len(PART).map(empty).collect();
        Ok(Self { slots, len: AtomicUsize::new(0), shift: u64::BITS - bits })
    }

    /// Finds or adds `keys` and appends their slots to `references`.
    ///
    /// The first access to a slot is usually a cache miss, so the slots of a few keys are prefetched by plain reads
    /// whose values are not used. Then the memory to which the first words of these slots refer is prefetched in the
    /// same way.
    #[inline]
    pub(super) fn look_up<K: Key, F: FirstWords>(
        &self,
        keys: &[K],
        first_words: &F,
        references: &mut Vec<u32>,
    ) -> Result<(), DictionaryLimit> {
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

    /// Adds one key to a table that has a free slot for it.
    pub(super) fn add(&self, key: [u64; 2], first_words: &impl FirstWords) -> u32 {
        let Ok(slot) = self.slot(key, self.home(key), first_words) else {
            unreachable!("invariant: a new table has room for all keys")
        };
        reference(slot)
    }

    #[inline]
    fn home(&self, key: [u64; 2]) -> usize {
        // The second word of a long id is its hash; the first word depends on the position of the id in the text.
        let first = if TextKey::is_long(key) { 0 } else { key[0] };
        // The two random odd words prevent that keys with few set bits give products with few set bits.
        index64(folded_multiply(first ^ 0x9e37_79b9_7f4a_7c15, key[1] ^ 0xd1b5_4a32_d192_ed03) >> self.shift)
    }

    /// The first slot from `home` on that is free or whose second word is `second`.
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

    /// Finds the slot of a key, probing from slot `start`; adds the key if it is new.
    #[inline(never)]
    fn slot(
        &self,
        key: [u64; 2],
        start: usize,
        first_words: &impl FirstWords,
    ) -> Result<usize, DictionaryLimit> {
        let mut at = start;
        loop {
            let slot = &self.slots[at];
            if is_in(slot, key, first_words) || self.claim(slot, key, first_words)? {
                return Ok(at);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Claims `slot` for the key if it is free; returns whether it holds the key now.
    #[inline]
    fn claim(
        &self,
        slot: &[AtomicU64; 2],
        key: [u64; 2],
        first_words: &impl FirstWords,
    ) -> Result<bool, DictionaryLimit> {
        let mut second = slot[1].load(Ordering::Relaxed);
        if second == 0 {
            if self.len.load(Ordering::Relaxed) >= self.slots.len() / 4 * FULL_QUARTERS {
                return Err(DictionaryLimit::Full);
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

    /// Returns a table with room for at least twice as many keys as this table, and the new slot for each old slot.
    pub(super) fn grown(&self) -> Result<(Self, Vec<u32>), EdgeListError> {
        let grown = Self::with_room(self.slots.len() as u64)?;
        let new_slots = self.slots.par_iter().with_min_len(PART).map(|slot| {
            let words = words_of(slot);
            if is_free(words) { u32::MAX } else { grown.add(words, &InlineKeys) }
        });
        let new_slots = new_slots.collect();
        Ok((grown, new_slots))
    }

    /// The words of all slots that hold a key, each with the reference of the key, in the order of the slots.
    pub(super) fn entries(&self) -> impl ParallelIterator<Item = ([u64; 2], u32)> {
        let slots = self.slots.par_iter().enumerate().with_min_len(PART);
        slots.map(|(at, slot)| (words_of(slot), reference(at))).filter(|&(words, _)| !is_free(words))
    }

    pub(super) fn slot_count(&self) -> usize {
        self.slots.len()
    }
}

/// The reference of the key in slot number `slot`. `u32::MAX` is reserved among nodes, but is a valid reference.
#[inline]
fn reference(slot: usize) -> u32 {
    low32(offset64(slot))
}

/// Whether `slot` holds this key. If the first word of a slot refers to stored bytes, these bytes were written before
/// the word itself (release and acquire).
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

/// Whether a slot with these words holds no key. No claim stops half-way, so between two rounds of reading both words
/// of a slot are set, or neither is.
fn is_free(words: [u64; 2]) -> bool {
    words[0] == 0
}
