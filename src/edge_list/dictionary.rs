//! Maps ids to references: the trait through which chunks are read, and the choice among the three dictionaries.
//!
//! A file starts with the dictionary of small numbers, where a reference is the number itself. If a number is too large
//! for this dictionary, the table of numbers replaces it. If an id is not a canonical number, the table of texts
//! replaces it. In the chunks that are already read, only the references are translated; only chunks that failed or
//! were not begun are read with the new dictionary.

use fixedbitset::FixedBitSet;

use super::{
    EdgeListError,
    dense::{self, DenseDictionary},
    hashed::{NumberDictionary, TextDictionary},
    node_ids::SortedIds,
    scan::Key,
};
use crate::{huge_pages::HugeVec, ids::NodeId};

/// Finds or adds ids, for many chunks at once.
pub(super) trait Dictionary: Sync {
    type Key: Key;

    /// Appends the references of `keys`, whose ids are in `text`, to `found`.
    fn look_up(&self, keys: &[Self::Key], text: &[u8], found: &mut Vec<u32>) -> Result<(), DictionaryLimit>;
}

/// Why a dictionary cannot take an id. A later variant requires a larger change of the dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DictionaryLimit {
    /// The table is full, or the number is not below the bound of the dictionary.
    Full,
    /// The dictionary takes numbers only, and the id is not a canonical number.
    NumbersOnly,
}

pub(super) enum AnyDictionary {
    Dense(DenseDictionary),
    Numbers(NumberDictionary),
    Texts(TextDictionary),
}

/// All ids in the order of their node numbers, and the node number of each reference.
pub(super) struct FinishedDictionary {
    pub(super) ids: SortedIds,
    /// By reference: its node number; [`NodeId::NONE`] if the reference is unused.
    pub(super) node_of: HugeVec<NodeId>,
}

impl AnyDictionary {
    /// Returns a dictionary without this limit, and the new reference for each old reference. `used` returns the
    /// references below a bound that occur in chunks.
    pub(super) fn grown(
        self,
        limit: DictionaryLimit,
        used: impl FnOnce(usize) -> FixedBitSet,
    ) -> Result<(Self, Vec<u32>), EdgeListError> {
        let as_numbers = |(dictionary, new_references)| (Self::Numbers(dictionary), new_references);
        let as_texts = |(dictionary, new_references)| (Self::Texts(dictionary), new_references);
        let seen = |dense: DenseDictionary| dense::values(&used(dense.bound()));
        match (self, limit) {
            (Self::Dense(dense), DictionaryLimit::Full) => {
                NumberDictionary::from_dense(&seen(dense)).map(as_numbers)
            }
            (Self::Dense(dense), DictionaryLimit::NumbersOnly) => {
                TextDictionary::from_numbers(&seen(dense)).map(as_texts)
            }
            (Self::Numbers(numbers), DictionaryLimit::NumbersOnly) => {
                TextDictionary::from_numbers(&numbers.values()).map(as_texts)
            }
            (Self::Numbers(numbers), DictionaryLimit::Full) => numbers.grown().map(as_numbers),
            (Self::Texts(texts), _) => texts.grown().map(as_texts),
        }
    }

    /// Numbers the nodes; `used` as for [`AnyDictionary::grown`].
    pub(super) fn finish(self, used: impl FnOnce(usize) -> FixedBitSet) -> FinishedDictionary {
        match self {
            Self::Dense(dense) => dense::finish(&used(dense.bound())),
            Self::Numbers(numbers) => numbers.finish(),
            Self::Texts(texts) => texts.finish(),
        }
    }
}
