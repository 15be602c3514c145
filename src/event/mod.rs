//! Here are bytes: which rows are events, and where is each bad row?
//!
//! The way of a row: `input` opens a file and decodes it, `chunk` cuts it at row ends (`record` says where those are),
//! `plan` settles which column is what, `fields` cuts a row, `rows` makes events of rows, `intern` numbers the
//! accounts, and `read` calls them all.
//! `text_table` hands out the rows of any table with a header.

pub(crate) mod account;
pub(crate) mod chunk;
mod error;
pub(crate) mod fields;
pub(crate) mod input;
mod intern;
mod layout;
mod memory;
pub(crate) mod plan;
mod read;
pub(crate) mod record;
pub(crate) mod reject;
mod rows;
mod table;
mod text_table;
mod time;

pub use account::{
    AccountId, AccountTable, CaseRule, ChannelRules, key_hash, normalise_channel, normalise_handle,
};
pub use chunk::CHUNK_BYTES;
pub use error::EventError;
pub use fields::MAX_NAME_BYTES;
pub use input::{FileDigest, Input, MAX_FILES, expand};
pub use layout::{Column, Delimiter, FromFile, Layout, Quoting, Source};
pub use memory::{ACCOUNT_BYTES, read_bytes};
pub use read::{EventTable, FileReport, ReadOptions, read};
pub use record::MAX_RECORD_BYTES;
pub use reject::{MAX_KEPT_RAW_BYTES, MAX_KEPT_REJECTS, MAX_RAW_BYTES, Reject, RejectReason, Rejects};
pub use table::{Event, KindId, Time};
pub use text_table::{RowFault, TextRow, TextTable, split_row};
pub use time::TimeFault;
