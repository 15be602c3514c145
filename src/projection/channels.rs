//! Assigns each account to the column of its channel.

use std::collections::{BTreeMap, HashMap};

use crate::{
    event::{AccountId, AccountTable},
    ids::{id32, low8},
};

/// The maximum number of channels that get a column each; all other channels share [`OTHER_CHANNEL`].
pub const MAX_CHANNELS: usize = 32;
/// The column of accounts without a channel, and of accounts on channels that get no column.
pub const OTHER_CHANNEL: &str = "other";
/// The longest column name, in bytes; channels with longer names get no column.
const MAX_NAME: usize = 64;

/// The channel of every account, as a column number.
///
/// A column is named after its channel: letters, digits, `_` and `-` are kept, and every other character becomes `_`.
/// Channels with the same column name share a column. The [`MAX_CHANNELS`] channels with the most accounts get a column
/// (ties: the smaller name).
///
/// ```
/// use plaudit::{event::AccountTable, projection::Channels};
/// let accounts = AccountTable::from_keys(["twitter:ada", "twitter:bob", "my forum:ada", "eve"]);
/// let channels = Channels::new(&accounts, |_| true);
/// assert_eq!(channels.names(), ["my_forum", "twitter", "other"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channels {
    /// Sorted, with [`OTHER_CHANNEL`] last.
    names: Vec<String>,
    of_account: Vec<u8>,
}

impl Channels {
    /// The channels of `accounts`. Only accounts for which `shown` holds can give their channel a column, so that no
    /// column name reveals a withheld account.
    pub fn new(accounts: &AccountTable, shown: impl Fn(AccountId) -> bool) -> Self {
        let mut sizes: HashMap<&str, u64> = HashMap::new();
        for (account, key) in accounts.iter() {
            if let Some((channel, _)) = key.split_once(':').filter(|_| shown(account)) {
                *sizes.entry(channel).or_default() += 1;
            }
        }
        let mut by_name: BTreeMap<String, u64> = BTreeMap::new();
        for (channel, size) in sizes {
            if let Some(name) = column_name(channel) {
                *by_name.entry(name).or_default() += size;
            }
        }
        let mut named: Vec<(String, u64)> = by_name.into_iter().collect();
        // The sort is stable: on ties, the smaller name comes first.
        named.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        named.truncate(MAX_CHANNELS);
        let mut names: Vec<String> = named.into_iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        let other = names.len();
        let position = |channel: &str| {
            let name = column_name(channel)?;
            names.binary_search(&name).ok()
        };
        let mut known: HashMap<&str, usize> = HashMap::new();
        let of_account = accounts.iter().map(|(_, key)| {
            let Some((channel, _)) = key.split_once(':') else { return other };
            *known.entry(channel).or_insert_with(|| position(channel).unwrap_or(other))
        });
        let of_account = of_account.map(|column| low8(u64::from(id32(column)))).collect();
        names.push(OTHER_CHANNEL.to_owned());
        Self { names, of_account }
    }

    /// The column names in order: the channels sorted by name, then [`OTHER_CHANNEL`].
    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn of(&self, account: AccountId) -> u8 {
        self.of_account[account.index()]
    }
}

/// The column name of a channel; `None` if the channel gets no column.
fn column_name(channel: &str) -> Option<String> {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
    let name: String = channel.chars().map(plain).collect();
    (1..=MAX_NAME).contains(&name.len()).then_some(name).filter(|name| name != OTHER_CHANNEL)
}
