//! What names an account: `channel:handle`, in one normal form.

use std::{borrow::Cow, collections::BTreeMap};

use xxhash_rust::xxh3::xxh3_64;

/// An account that some accepted row names: dense, in the order of ([`key_hash`], key bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub u32);

impl AccountId {
    /// The position of this account in a dense array.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whether two handles that differ in case are the same account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CaseRule {
    /// `Ada` and `ada` are one account (the rule of most channels; the default).
    #[default]
    Fold,
    /// Case tells accounts apart.
    Exact,
}

/// The case rule of each channel; channels not named here fold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelRules {
    /// Rule by channel name.
    pub case: BTreeMap<String, CaseRule>,
}

impl ChannelRules {
    /// The rule of `channel`.
    pub fn case(&self, channel: &str) -> CaseRule {
        self.case.get(channel).copied().unwrap_or_default()
    }
}

/// The 64-bit hash that orders accounts and nodes (XXH3-64, seed 0). Part of the snapshot format.
#[inline]
pub fn key_hash(key: &[u8]) -> u64 {
    xxh3_64(key)
}

/// The normal form of a handle: blanks around it and one leading `@` removed, lower-cased where the channel folds.
///
/// Borrows when nothing changes. Non-ASCII letters are lower-cased by Unicode's simple rules.
pub fn normalise_handle(handle: &str, rule: CaseRule) -> Cow<'_, str> {
    let trimmed = handle.trim();
    let bare = trimmed.strip_prefix('@').unwrap_or(trimmed);
    let folds = match rule {
        CaseRule::Exact => false,
        CaseRule::Fold => bare.chars().any(|c| c.is_ascii_uppercase() || (!c.is_ascii() && c.is_uppercase())),
    };
    if folds { Cow::Owned(bare.to_lowercase()) } else { Cow::Borrowed(bare) }
}
