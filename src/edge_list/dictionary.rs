//! From ids to references: what a chunk's reader asks, and the three dictionaries that answer.
//!
//! A file starts with the dictionary of small numbers, where a reference is the number itself. When a number is too
//! large for it, all go on with the table of any numbers; when an id is no canonical number, with the table of texts.
//! What was read until then keeps its place: only its references are translated, nothing is read again but the chunks
//! that got stuck.

use fixedbitset::FixedBitSet;

use super::{
    dense::{self, Dense},
    hashed::{Numbers, Texts},
    node_ids::Form,
    scan::Key,
};
use crate::{event::EventError, huge_pages::HugeVec, ids::NodeId};

/// What the ids of a chunk are looked up in, by many chunks at once.
pub(super) trait Dictionary: Sync {
    type Key: Key;

    /// The key of an id that did not go the short way and starts at byte `at` of the text.
    fn key(id: &str, at: usize) -> Result<Self::Key, Stuck>;

    /// Appends the references of `keys`, which stand in `text`, to `references`.
    fn look_up(&self, keys: &[Self::Key], text: &[u8], references: &mut Vec<u32>) -> Result<(), Stuck>;
}

/// Why a chunk cannot go on, from the lesser to the greater change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stuck {
    /// The table is full, or a number is beyond it.
    Full,
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
    /// By reference; [`NodeId::NONE`] where it is unused.
    pub(super) node_of: HugeVec<NodeId>,
}

impl AnyDictionary {
    /// The dictionary that `stuck` asks for, and the new reference of each old one; `seen` tells those below a bound
    /// that blocks hold.
    pub(super) fn grown(
        self,
        stuck: Stuck,
        seen: impl FnOnce(usize) -> FixedBitSet,
    ) -> Result<(Self, Vec<u32>), EventError> {
        match (self, stuck) {
            (Self::Dense(dense), Stuck::Full) => {
                let (numbers, moved) = Numbers::from_dense(&dense::values(&seen(dense.bound())))?;
                Ok((Self::Numbers(numbers), moved))
            }
            (Self::Dense(dense), Stuck::NoNumber) => {
                let (texts, moved) = Texts::from_numbers(&dense::values(&seen(dense.bound())))?;
                Ok((Self::Texts(texts), moved))
            }
            (Self::Numbers(numbers), Stuck::NoNumber) => {
                let (texts, moved) = Texts::from_numbers(&numbers.values())?;
                Ok((Self::Texts(texts), moved))
            }
            (Self::Numbers(numbers), Stuck::Full) => {
                let (numbers, moved) = numbers.grown()?;
                Ok((Self::Numbers(numbers), moved))
            }
            (Self::Texts(texts), _) => {
                let (texts, moved) = texts.grown()?;
                Ok((Self::Texts(texts), moved))
            }
        }
    }

    /// All ids and their nodes; `seen` as for [`AnyDictionary::grown`].
    pub(super) fn finish(self, seen: impl FnOnce(usize) -> FixedBitSet) -> Finished {
        match self {
            Self::Dense(dense) => dense::finish(&seen(dense.bound())),
            Self::Numbers(numbers) => numbers.finish(),
            Self::Texts(texts) => texts.finish(),
        }
    }
}
