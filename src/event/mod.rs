//! Here are bytes: which rows are events, and where is each bad row?
//!
//! The way of a row: `input` opens a file and decodes it, `chunk` cuts the text into chunks at row ends (`record` finds
//! them), `columns` finds the position of each column, `fields` cuts a row into fields, `rows` parses rows into events,
//! `intern` numbers the accounts, and `read` calls them all. `text_table` reads the rows of any other table with a
//! header, such as a CRM file.

mod account;
mod chunk;
mod columns;
mod error;
mod fields;
mod gzip;
mod input;
mod intern;
mod layout;
mod memory;
mod read;
mod record;
mod reject;
mod rows;
mod text_table;
mod time;
mod time_layout;
mod types;

pub use account::{
    AccountId, AccountTable, CaseRule, ChannelRules, PLACEHOLDERS, is_damaged, is_placeholder, key_hash,
    normalize_channel, normalize_handle,
};
pub use chunk::CHUNK_BYTES;
pub use error::EventError;
pub use fields::MAX_NAME_BYTES;
pub use input::{FileDigest, MAX_FILES, expand};
pub use layout::{ColumnRef, Delimiter, EventLayout, FixedOrColumn, Quoting, Ragged, Source, TextShape};
pub use memory::{ACCOUNT_BYTES, read_bytes};
pub use read::{EventTable, FileReport, ReadOptions, read};
pub use record::MAX_RECORD_BYTES;
pub use reject::{MAX_KEPT_RAW_BYTES, MAX_KEPT_REJECTS, MAX_RAW_BYTES, Reject, RejectReason, Rejects};
pub use text_table::{RowFault, TextRow, TextTable, split_row};
pub use time::TimeFault;
pub use time_layout::{TimeFormat, TimeLayout, Zone};
pub use types::{Event, KindId, Time};

// `edge_list` reads its lines with these, so it cuts rows by the same rules.
pub(crate) use account::{SortedKeys, is_invisible};
pub(crate) use chunk::{Chunk, Splitter, in_batches};
pub(crate) use columns::FieldCount;
pub(crate) use fields::{FieldFault, FieldSpan, cut, fit_field_count, is_blank};
pub(crate) use input::Input;
pub(crate) use record::{Dialect, RawRecord, Records, without_line_end};
pub(crate) use reject::shown;
