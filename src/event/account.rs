//! Accounts and their keys, `channel:handle` in one normal form, numbered by the hash of the key.

use std::{borrow::Cow, collections::BTreeMap};

use xxhash_rust::xxh3::xxh3_64;

use super::intern::{Interner, KeyBatch};
use crate::ids::{id32, index64};

/// The dense number of an account that an accepted row names; accounts are ordered by ([`key_hash`], key bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub u32);

impl AccountId {
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whether two handles that differ only in case are the same account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CaseRule {
    /// `Ada` and `ada` are one account (the rule of most channels; the default).
    #[default]
    Fold,
    Exact,
}

/// The case rule of each channel; channels that are not listed fold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelRules {
    /// Maps the normal form of a channel's name to the channel's case rule.
    pub case: BTreeMap<String, CaseRule>,
}

impl ChannelRules {
    pub fn case(&self, channel: &str) -> CaseRule {
        self.case.get(channel).copied().unwrap_or_default()
    }
}

/// The 64-bit hash that orders accounts and nodes (XXH3-64, seed 0). Part of the snapshot format.
#[inline]
pub fn key_hash(key: &[u8]) -> u64 {
    xxh3_64(key)
}

/// The normal form of a channel: in lower case, without surrounding blanks. `Twitter` and `twitter` are one channel.
///
/// Returns borrowed text if nothing changes.
pub fn normalize_channel(channel: &str) -> Cow<'_, str> {
    let trimmed = channel.trim();
    let folds = trimmed.chars().any(|c| c.is_ascii_uppercase() || !c.is_ascii());
    if folds { Cow::Owned(trimmed.to_lowercase()) } else { Cow::Borrowed(trimmed) }
}

/// The normal form of a handle: without surrounding blanks and one leading `@`, in lower case if `rule` folds case.
///
/// Returns borrowed text if nothing changes. If `rule` folds case, text beyond ASCII is always copied, because
/// Unicode's rules lower-case it as a whole.
pub fn normalize_handle(handle: &str, rule: CaseRule) -> Cow<'_, str> {
    let trimmed = handle.trim();
    let bare = trimmed.strip_prefix('@').unwrap_or(trimmed);
    let folds = match rule {
        CaseRule::Exact => false,
        CaseRule::Fold => bare.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()),
    };
    if folds { Cow::Owned(bare.to_lowercase()) } else { Cow::Borrowed(bare) }
}

/// The accounts that accepted rows name, each with its key.
///
/// An account's id is the rank of its key by ([`key_hash`], key bytes), so ids depend on the set of keys alone.
///
/// ```
/// use plaudit::event::AccountTable;
///
/// let accounts = AccountTable::from_keys(["twitter:ada", "twitter:grace", "twitter:ada"]);
/// let ada = accounts.find("twitter:ada").expect("ada is there");
/// assert_eq!(accounts.len(), 2);
/// assert_eq!(accounts.key(ada), "twitter:ada");
/// assert_eq!(accounts.find("twitter:linus"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountTable {
    keys: SortedKeys,
}

/// Distinct keys in the order of ([`key_hash`], key bytes); the position of a key is its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SortedKeys {
    /// [`key_hash`] of each key, ascending.
    pub(crate) hashes: Vec<u64>,
    /// The offset in `text` at which each key ends.
    pub(crate) ends: Vec<u64>,
    /// The keys, concatenated.
    pub(crate) text: String,
}

impl SortedKeys {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn key(&self, id: AccountId) -> &str {
        let start = if id.0 == 0 { 0 } else { self.ends[id.index() - 1] };
        &self.text[index64(start)..index64(self.ends[id.index()])]
    }

    /// The id of `key`. O(log n).
    pub(crate) fn find(&self, key: &str) -> Option<AccountId> {
        let hash = key_hash(key.as_bytes());
        let start = self.hashes.partition_point(|&other| other < hash);
        (start..self.len())
            .take_while(|&index| self.hashes[index] == hash)
            .map(|index| AccountId(id32(index)))
            .find(|&id| self.key(id) == key)
    }
}

impl AccountTable {
    /// The accounts with these keys; a key may occur more than once.
    pub fn from_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let mut batch = KeyBatch::default();
        for key in keys {
            batch.push("", key.as_bytes());
        }
        let mut interner = Interner::new();
        interner
            .intern(&[batch.grouped()])
            .and_then(|_| interner.finish())
            .expect("invariant: keys in memory are fewer than ids")
            .accounts
    }

    pub(super) fn from_sorted(keys: SortedKeys) -> Self {
        Self { keys }
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The key of an account: `channel:handle`, or the bare handle if its layout has no channel.
    pub fn key(&self, id: AccountId) -> &str {
        self.keys.key(id)
    }

    pub fn hash(&self, id: AccountId) -> u64 {
        self.keys.hashes[id.index()]
    }

    /// The account with this key, given in its normal form. O(log n).
    pub fn find(&self, key: &str) -> Option<AccountId> {
        self.keys.find(key)
    }

    /// All accounts with their keys, in the order of their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (AccountId, &str)> {
        (0..id32(self.len())).map(|id| (AccountId(id), self.key(AccountId(id))))
    }
}
