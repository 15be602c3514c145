//! Here are bytes: which rows are events, and where is each bad row?

mod account;
mod layout;
mod table;

pub use account::{AccountId, CaseRule, ChannelRules, key_hash, normalise_handle};
pub use layout::{Column, Delimiter, FromFile, Layout, Quoting, Source};
pub use table::{Event, KindId, Time};
