//! The bytes of ids of more than fifteen bytes, kept once each, written and read by many threads at once without locks.
//!
//! They lie as words, one id after the other, in blocks of which each is twice as long as the one before, so that none
//! ever moves. The last eight bytes of an id are its last word, which may repeat some bytes of the word before it.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use crate::{event::MAX_NAME_BYTES, ids::index64};

const WORD_BYTES: usize = size_of::<u64>();
/// The length of the first block in words, more than any id has.
const FIRST_BLOCK: u64 = 1 << 13;
/// All blocks together hold 2^48 words, as many as a place can tell.
const BLOCKS: usize = 35;
/// How many bits of a [`Place`] tell the length.
const LENGTH_BITS: u32 = 16;
const _: () = assert!(MAX_NAME_BYTES < 1 << LENGTH_BITS && (MAX_NAME_BYTES as u64) < FIRST_BLOCK);

pub(super) struct LongIds {
    blocks: Box<[OnceLock<Box<[AtomicU64]>>]>,
    /// How many words are taken.
    len: AtomicU64,
}

/// Where the bytes of an id lie, here or in a text, and how many they are, in a word that is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(pub(super) u64);

impl LongIds {
    pub(super) fn new() -> Self {
        Self { blocks: (0..BLOCKS).map(|_| OnceLock::new()).collect(), len: AtomicU64::new(0) }
    }

    /// Keeps the bytes of an id, eight or more. Another thread may read them when it learns the place by an acquiring
    /// read of what this thread releases.
    pub(super) fn keep(&self, id: &[u8]) -> Place {
        let count = id.len().div_ceil(WORD_BYTES) as u64;
        let start = loop {
            let start = self.len.fetch_add(count, Ordering::Relaxed);
            // What is left of a block that is too short stays unused.
            if block_of(start) == block_of(start + count - 1) {
                break start;
            }
        };
        let place = Place::new(start, id.len());
        let ((kept_last, kept), (last, words)) = (split_last(self.words(place)), words_of(id));
        for (kept, word) in kept.iter().zip(words) {
            kept.store(u64::from_le_bytes(*word), Ordering::Relaxed);
        }
        kept_last.store(last, Ordering::Relaxed);
        place
    }

    /// Whether the bytes at `place` are those of `id`.
    #[inline]
    pub(super) fn is(&self, place: Place, id: &[u8]) -> bool {
        if place.id_bytes() != id.len() {
            return false;
        }
        let ((kept_last, kept), (last, words)) = (split_last(self.words(place)), words_of(id));
        let same =
            |(kept, word): (&AtomicU64, &[u8; 8])| kept.load(Ordering::Relaxed) == u64::from_le_bytes(*word);
        kept.iter().zip(words).all(same) && kept_last.load(Ordering::Relaxed) == last
    }

    /// Reads the first word at `place`, so that it and its neighbours are near.
    #[inline]
    pub(super) fn touch(&self, place: Place) -> u64 {
        self.words(place)[0].load(Ordering::Relaxed)
    }

    /// Appends the bytes at `place` to `id`.
    pub(super) fn append(&self, place: Place, id: &mut Vec<u8>) {
        let (last, before) = split_last(self.words(place));
        let start = id.len();
        for word in before {
            id.extend_from_slice(&word.load(Ordering::Relaxed).to_le_bytes());
        }
        id.truncate(start + place.id_bytes() - WORD_BYTES);
        id.extend_from_slice(&last.load(Ordering::Relaxed).to_le_bytes());
    }

    #[inline]
    fn words(&self, place: Place) -> &[AtomicU64] {
        let start = place.start();
        let block = block_of(start);
        let words =
            self.blocks[block].get_or_init(|| (0..FIRST_BLOCK << block).map(|_| AtomicU64::new(0)).collect());
        let start = index64(start - start_of(block));
        &words[start..start + place.id_bytes().div_ceil(WORD_BYTES)]
    }
}

impl Place {
    /// `id_bytes` is above 0 and at most [`MAX_NAME_BYTES`].
    #[inline]
    pub(super) fn new(start: u64, id_bytes: usize) -> Self {
        Self(start << LENGTH_BITS | id_bytes as u64)
    }

    #[inline]
    pub(super) fn start(self) -> u64 {
        self.0 >> LENGTH_BITS
    }

    #[inline]
    pub(super) fn id_bytes(self) -> usize {
        index64(self.0 & ((1 << LENGTH_BITS) - 1))
    }
}

/// The block that holds word number `word`.
#[inline]
fn block_of(word: u64) -> usize {
    (word / FIRST_BLOCK + 1).ilog2() as usize
}

/// The number of the first word of a block.
#[inline]
fn start_of(block: usize) -> u64 {
    FIRST_BLOCK * ((1 << block) - 1)
}

#[inline]
fn split_last(words: &[AtomicU64]) -> (&AtomicU64, &[AtomicU64]) {
    words.split_last().expect("invariant: no id is empty")
}

/// The last word of an id, and all words that start at multiples of eight bytes; where no bytes are left over, the last
/// of them is the last word again.
#[inline]
fn words_of(id: &[u8]) -> (u64, &[[u8; WORD_BYTES]]) {
    let last = id.last_chunk().expect("invariant: a long id has eight bytes or more");
    (u64::from_le_bytes(*last), id.as_chunks().0)
}
