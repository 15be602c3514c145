//! From ids to references: what a chunk's reader asks, and the three dictionaries that answer.
//!
//! A file starts with the dictionary of small numbers, where a reference is the number itself. When a number is too
//! large for it, all go on with the table of any numbers; when an id is no canonical number, with the table of texts.
//! What was read until then keeps its place: only its references are translated, nothing is read again but the chunks
//! that got stuck.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{
    dense::Dense,
    hashed::{Numbers, Texts},
    node_ids::Form,
    scan::Key,
};
use crate::event::EventError;

/// What the ids of a chunk are looked up in, by many chunks at once.
pub(super) trait Dictionary: Sync {
    type Key: Key;

    /// The key of an id that did not go the short way and starts at byte `at` of the text.
    fn key(id: &str, at: usize) -> Result<Self::Key, Stuck>;

    /// Appends the references of `keys`, which stand in the `text` of chunk number `block`, to `found`.
    fn look_up(&self, keys: &[Self::Key], text: &[u8], block: u32, found: &mut Found) -> Result<(), Stuck>;
}

/// What one chunk holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The references in order.
    pub(super) references: Vec<u32>,
    /// Those that no earlier chunk was known to hold when they came, in order of appearance in this chunk.
    pub(super) firsts: Vec<u32>,
}

impl Found {
    pub(super) fn clear(&mut self) {
        self.references.clear();
        self.firsts.clear();
    }

    /// Notes that chunk number `block` holds `reference`, whose first chunk so far is `first`.
    #[inline]
    pub(super) fn push(&mut self, reference: u32, first: &AtomicU32, block: u32) {
        self.references.push(reference);
        if first.load(Ordering::Relaxed) > block {
            self.push_first(reference, first, block);
        }
    }

    #[cold]
    fn push_first(&mut self, reference: u32, first: &AtomicU32, block: u32) {
        if first.fetch_min(block, Ordering::Relaxed) > block {
            self.firsts.push(reference);
        }
    }
}

/// Why a chunk cannot go on, from the least to the greatest change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stuck {
    /// The table is full.
    Full,
    /// A number beyond the table of small numbers.
    Large(u64),
    /// An id that is no canonical number.
    NoNumber,
}

/// The dictionary of the moment.
pub(super) enum AnyDictionary {
    Dense(Dense),
    Numbers(Numbers),
    Texts(Texts),
}

/// All ids by node number, and what turns references into nodes.
pub(super) struct Finished {
    pub(super) form: Form,
    /// By reference; `u32::MAX` where it is unused.
    pub(super) node_of: Vec<u32>,
    /// By reference.
    pub(super) first_blocks: Vec<AtomicU32>,
}

impl AnyDictionary {
    /// The dictionary that `stuck` asks for, and the new reference of each old one where they change.
    pub(super) fn grown(self, stuck: Stuck) -> Result<(Self, Option<Vec<u32>>), EventError> {
        match (self, stuck) {
            (Self::Dense(dense), Stuck::NoNumber) => {
                let (texts, moved) = Texts::from_numbers(&dense.values(), dense.first_blocks())?;
                Ok((Self::Texts(texts), Some(moved)))
            }
            (Self::Numbers(numbers), Stuck::NoNumber) => {
                let (texts, moved) = Texts::from_numbers(&numbers.values(), numbers.first_blocks())?;
                Ok((Self::Texts(texts), Some(moved)))
            }
            (Self::Dense(dense), Stuck::Large(value)) if dense.may_hold(value) => {
                Ok((Self::Dense(dense.grown(value)), None))
            }
            (Self::Dense(dense), _) => {
                let (numbers, moved) = Numbers::from_dense(&dense.values(), dense.first_blocks())?;
                Ok((Self::Numbers(numbers), Some(moved)))
            }
            (Self::Numbers(numbers), _) => {
                let (numbers, moved) = numbers.grown()?;
                Ok((Self::Numbers(numbers), Some(moved)))
            }
            (Self::Texts(texts), _) => {
                let (texts, moved) = texts.grown()?;
                Ok((Self::Texts(texts), Some(moved)))
            }
        }
    }

    pub(super) fn finish(self) -> Finished {
        match self {
            Self::Dense(dense) => dense.finish(),
            Self::Numbers(numbers) => numbers.finish(),
            Self::Texts(texts) => texts.finish(),
        }
    }
}
