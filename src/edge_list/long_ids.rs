//! Stores the bytes of ids that are longer than fifteen bytes. Many threads write and read at the same time without
//! locks.
//!
//! Ids are stored as words, one id after the other, in blocks. Each block is twice as long as the previous block, and
//! no block ever moves. The last word of an id holds its last eight bytes, which may repeat some bytes of the previous
//! word.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use crate::{event::MAX_NAME_BYTES, ids::index64};

const WORD_BYTES: usize = size_of::<u64>();
/// The length of the first block in words; no id is longer.
const FIRST_BLOCK: u64 = 1 << 13;
/// All blocks together hold 2^48 words, the number of words that an [`IdSpan`] can address.
const BLOCKS: usize = 35;
/// How many bits of an [`IdSpan`] hold the length.
const LENGTH_BITS: u32 = 16;
const _: () = assert!(MAX_NAME_BYTES < 1 << LENGTH_BITS && (MAX_NAME_BYTES as u64) < FIRST_BLOCK);

pub(super) struct LongIds {
    blocks: Box<[OnceLock<Box<[AtomicU64]>>]>,
    len: AtomicU64,
}

/// The start of the bytes of an id, in [`LongIds`] or in a text, and their number, packed in one word that is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IdSpan(pub(super) u64);

impl LongIds {
    pub(super) fn new() -> Self {
        Self { blocks: (0..BLOCKS).map(|_| OnceLock::new()).collect(), len: AtomicU64::new(0) }
    }

    /// Stores the bytes of an id of eight bytes or more. Another thread may read these bytes after this thread has
    /// published the span with release ordering and the other thread has read it with acquire ordering.
    pub(super) fn store(&self, id: &[u8]) -> IdSpan {
        let count = id.len().div_ceil(WORD_BYTES) as u64;
        let start = loop {
            let start = self.len.fetch_add(count, Ordering::Relaxed);
            // If the rest of a block is too short for the id, it stays unused.
            if block_of(start) == block_of(start + count - 1) {
                break start;
            }
        };
        let span = IdSpan::new(start, id.len());
        let ((stored_last, stored), (last, words)) = (split_last(self.words(span)), words_of(id));
        for (stored, word) in stored.iter().zip(words) {
            stored.store(u64::from_le_bytes(*word), Ordering::Relaxed);
        }
        stored_last.store(last, Ordering::Relaxed);
        span
    }

    #[inline]
    pub(super) fn is(&self, span: IdSpan, id: &[u8]) -> bool {
        if span.id_bytes() != id.len() {
            return false;
        }
        let ((stored_last, stored), (last, words)) = (split_last(self.words(span)), words_of(id));
        let same = |(stored, word): (&AtomicU64, &[u8; 8])| {
            stored.load(Ordering::Relaxed) == u64::from_le_bytes(*word)
        };
        stored.iter().zip(words).all(same) && stored_last.load(Ordering::Relaxed) == last
    }

    /// Reads the first word at `span`, so that the word and its neighbors are in the cache.
    #[inline]
    pub(super) fn touch(&self, span: IdSpan) -> u64 {
        self.words(span)[0].load(Ordering::Relaxed)
    }

    pub(super) fn append(&self, span: IdSpan, id: &mut Vec<u8>) {
        let (last, before) = split_last(self.words(span));
        let start = id.len();
        for word in before {
            id.extend_from_slice(&word.load(Ordering::Relaxed).to_le_bytes());
        }
        id.truncate(start + span.id_bytes() - WORD_BYTES);
        id.extend_from_slice(&last.load(Ordering::Relaxed).to_le_bytes());
    }

    #[inline]
    fn words(&self, span: IdSpan) -> &[AtomicU64] {
        let start = span.start();
        let block = block_of(start);
        let words =
            self.blocks[block].get_or_init(|| (0..FIRST_BLOCK << block).map(|_| AtomicU64::new(0)).collect());
        let start = index64(start - start_of(block));
        &words[start..start + span.id_bytes().div_ceil(WORD_BYTES)]
    }
}

impl IdSpan {
    /// `id_bytes` must be above 0 and at most [`MAX_NAME_BYTES`].
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

/// The block of word number `word`.
#[inline]
fn block_of(word: u64) -> usize {
    (word / FIRST_BLOCK + 1).ilog2() as usize
}

#[inline]
fn start_of(block: usize) -> u64 {
    FIRST_BLOCK * ((1 << block) - 1)
}

#[inline]
fn split_last(words: &[AtomicU64]) -> (&AtomicU64, &[AtomicU64]) {
    words.split_last().expect("invariant: no id is empty")
}

/// The last eight bytes of an id as a word, and the complete words from its start. If the length is a multiple of
/// eight, the last complete word equals the last word.
#[inline]
fn words_of(id: &[u8]) -> (u64, &[[u8; WORD_BYTES]]) {
    let last = id.last_chunk().expect("invariant: a long id has eight bytes or more");
    (u64::from_le_bytes(*last), id.as_chunks().0)
}
