//! Rejected rows, each with its position, the reason and its text.

use std::collections::BTreeMap;

use super::{TimeFault, fields::MAX_NAME_BYTES};
use crate::text::noun;

/// How many rejected rows are kept; further ones are only counted.
pub const MAX_KEPT_REJECTS: usize = 1_000_000;
/// How many bytes of rejected rows are kept in total, so that long rows cannot fill the memory.
pub const MAX_KEPT_RAW_BYTES: usize = 256 << 20;
/// How many bytes of one rejected row are kept.
pub const MAX_RAW_BYTES: usize = 4 << 10;

/// Why a row was rejected. Only the first fault is reported; the row as a whole is checked first, then its channel,
/// actor, target, kind and time. Messages shorten the text that they quote from the row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RejectReason {
    #[error("found {found} {}, expected {expected}", noun(*found as u64, "field", "fields"))]
    TooFewFields { found: usize, expected: usize },
    #[error("found {found} {}, expected {expected}", noun(*found as u64, "field", "fields"))]
    TooManyFields { found: usize, expected: usize },
    #[error("the text is not UTF-8")]
    InvalidUtf8,
    #[error("the row contains a NUL byte")]
    NulByte,
    #[error("the actor is empty")]
    EmptyActor,
    #[error("the target is empty")]
    EmptyTarget,
    /// The name is a channel, an actor or a target.
    #[error("the name is longer than {MAX_NAME_BYTES} bytes")]
    NameTooLong,
    #[error("the channel is empty")]
    EmptyChannel,
    #[error("the channel `{channel}` contains `:`")]
    BadChannel { channel: String },
    #[error("the kind `{word}` is not known{}", suggestion(nearest.as_deref()))]
    UnknownKind { word: String, nearest: Option<String> },
    #[error("the time `{text}` {fault}")]
    BadTime { fault: TimeFault, text: String },
    #[error("a quote stands inside a field or after a blank, or text follows a closing quote")]
    StrayQuote,
    #[error("the quote that opens here is never closed")]
    UnterminatedQuote,
    /// Either a quote is missing, or the quote that opens the field is text. The rows behind it are read.
    #[error("the quoted field that opens here runs over {lines} lines that look like rows themselves")]
    SwallowedRows { lines: usize },
    #[error("the row is longer than {limit} bytes")]
    RowTooLong { limit: usize },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"))
}

impl RejectReason {
    /// The stable name of this reason in files and counts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooFewFields { .. } => "too_few_fields",
            Self::TooManyFields { .. } => "too_many_fields",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::NulByte => "nul_byte",
            Self::EmptyActor => "empty_actor",
            Self::EmptyTarget => "empty_target",
            Self::NameTooLong => "name_too_long",
            Self::EmptyChannel => "empty_channel",
            Self::BadChannel { .. } => "bad_channel",
            Self::UnknownKind { .. } => "unknown_kind",
            Self::BadTime { fault: TimeFault::Malformed | TimeFault::OtherForm, .. } => "bad_time",
            Self::BadTime { fault: TimeFault::Zero, .. } => "zero_time",
            Self::BadTime { fault: TimeFault::OutOfRange, .. } => "time_out_of_range",
            Self::StrayQuote => "stray_quote",
            Self::UnterminatedQuote => "unterminated_quote",
            Self::SwallowedRows { .. } => "swallowed_rows",
            Self::RowTooLong { .. } => "row_too_long",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Which input file: an index into the list of sources.
    pub file: u16,
    /// The physical line of the fault, from 1.
    pub line: u64,
    /// The byte of the fault in that line, from 1: the start of the field's text, unless a single byte is at fault.
    pub column: u64,
    pub reason: RejectReason,
    /// The row's text without its line end; bytes that are not UTF-8 are replaced.
    pub raw: String,
    /// Whether `raw` is only the start of the row.
    pub raw_is_cut: bool,
}

/// The rejected rows, in the order of (file, line), and their counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejects {
    /// The first rejected rows: at most [`MAX_KEPT_REJECTS`], with at most [`MAX_KEPT_RAW_BYTES`] of text.
    pub kept: Vec<Reject>,
    /// For each file, how many rows were rejected for each [`RejectReason::code`]; always exact.
    pub counts: Vec<BTreeMap<&'static str, u64>>,
}

impl Rejects {
    pub fn total(&self) -> u64 {
        self.counts.iter().flat_map(BTreeMap::values).sum()
    }
}

/// The first [`MAX_RAW_BYTES`] of a row, cut between two characters, and whether anything was cut off.
pub(super) fn raw_text(row: &[u8]) -> (String, bool) {
    if row.len() <= MAX_RAW_BYTES {
        return (String::from_utf8_lossy(row).into_owned(), false);
    }
    let is_inside = |at: usize| row[at] & 0xc0 == 0x80;
    let cut = (MAX_RAW_BYTES - 3..=MAX_RAW_BYTES).rev().find(|&at| !is_inside(at)).unwrap_or(MAX_RAW_BYTES);
    (String::from_utf8_lossy(&row[..cut]).into_owned(), true)
}

/// The text of a bad field, shortened for a message.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN_CHARS: usize = 40;
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
