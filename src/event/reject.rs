//! Rows that are no events: where each stands, why it was set aside, and what it said.

use std::{collections::BTreeMap, fmt};

use super::{TimeFault, fields::MAX_NAME_BYTES};

/// After this many bad rows only their counts go on.
pub const MAX_KEPT_REJECTS: usize = 1_000_000;
/// After this much raw text only counts go on as well, so that long bad rows cannot fill the memory.
pub const MAX_KEPT_RAW_BYTES: usize = 256 << 20;
/// How much of a bad row's text is kept.
pub const MAX_RAW_BYTES: usize = 4 << 10;

/// Why a row is no event. The first fault found counts: the row as a whole first, then its channel, actor, target,
/// kind and time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectReason {
    /// Fewer fields than the header, or without a header than the wanted columns need.
    TooFewFields {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// More fields than the header.
    TooManyFields {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A used field that is not UTF-8.
    InvalidUtf8,
    /// A NUL byte anywhere in the row.
    NulByte,
    /// Nothing is left of the actor in its normal form.
    EmptyActor,
    /// Nothing is left of the target in its normal form.
    EmptyTarget,
    /// A channel, an actor or a target beyond the limit.
    NameTooLong,
    /// The row's channel is empty.
    EmptyChannel,
    /// The row's channel contains `:`, which ends a channel in a key.
    BadChannel {
        /// The channel.
        channel: String,
    },
    /// A word that no kind of event has.
    UnknownKind {
        /// The word, cut to a readable length.
        word: String,
        /// The known word most like it.
        nearest: Option<String>,
    },
    /// A time that cannot be used.
    BadTime {
        /// Which rule it breaks.
        fault: TimeFault,
        /// The text, cut to a readable length.
        text: String,
    },
    /// A quote inside a field that does not start with one, or text after a closing quote.
    StrayQuote,
    /// A quote that is not closed before the end of the file or the longest record.
    UnterminatedQuote,
    /// A row beyond the limit.
    RowTooLong {
        /// The longest row, in bytes.
        limit: usize,
    },
}

impl RejectReason {
    /// The stable word for this reason, for files and counts.
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
            Self::BadTime { fault: TimeFault::Malformed, .. } => "bad_time",
            Self::BadTime { fault: TimeFault::Zero, .. } => "zero_time",
            Self::BadTime { fault: TimeFault::OutOfRange, .. } => "time_out_of_range",
            Self::StrayQuote => "stray_quote",
            Self::UnterminatedQuote => "unterminated_quote",
            Self::RowTooLong { .. } => "row_too_long",
        }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFewFields { found, expected } | Self::TooManyFields { found, expected } => {
                let noun = if *found == 1 { "field" } else { "fields" };
                write!(f, "found {found} {noun}, expected {expected}")
            }
            Self::InvalidUtf8 => f.write_str("the text is not UTF-8"),
            Self::NulByte => f.write_str("the row contains a NUL byte"),
            Self::EmptyActor => f.write_str("the actor is empty"),
            Self::EmptyTarget => f.write_str("the target is empty"),
            Self::NameTooLong => write!(f, "the name is longer than {MAX_NAME_BYTES} bytes"),
            Self::EmptyChannel => f.write_str("the channel is empty"),
            Self::BadChannel { channel } => write!(f, "the channel `{channel}` contains `:`"),
            Self::UnknownKind { word, nearest: Some(nearest) } => {
                write!(f, "the kind `{word}` is not known; did you mean `{nearest}`?")
            }
            Self::UnknownKind { word, nearest: None } => write!(f, "the kind `{word}` is not known"),
            Self::BadTime { fault, text } => write!(f, "the time `{text}` {fault}"),
            Self::StrayQuote => f.write_str("a quote stands inside a field, or text follows a closing quote"),
            Self::UnterminatedQuote => f.write_str("the quote that opens here is never closed"),
            Self::RowTooLong { limit } => write!(f, "the row is longer than {limit} bytes"),
        }
    }
}

/// A row that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Which input file: an index into the list of sources.
    pub file: u16,
    /// The physical line of the fault, from 1.
    pub line: u64,
    /// The byte in that line at which the fault stands, from 1: the start of the field's text, unless one byte is at
    /// fault.
    pub column: u64,
    /// Why.
    pub reason: RejectReason,
    /// The row's text without its line end; bytes that are no UTF-8 are replaced.
    pub raw: String,
    /// Whether the row went on after `raw`.
    pub raw_is_cut: bool,
}

/// The rows that were set aside, in the order of (file, line), and how many there were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejects {
    /// The first bad rows: at most [`MAX_KEPT_REJECTS`] and [`MAX_KEPT_RAW_BYTES`] of text.
    pub kept: Vec<Reject>,
    /// For each file, how many rows were rejected for each [`RejectReason::code`]; always exact.
    pub counts: Vec<BTreeMap<&'static str, u64>>,
}

impl Rejects {
    /// How many rows were rejected, kept or not.
    pub fn total(&self) -> u64 {
        self.counts.iter().flat_map(BTreeMap::values).sum()
    }
}

/// The first [`MAX_RAW_BYTES`] of a row, cut between two characters, and whether that was a cut.
pub(crate) fn raw_text(row: &[u8]) -> (String, bool) {
    if row.len() <= MAX_RAW_BYTES {
        return (String::from_utf8_lossy(row).into_owned(), false);
    }
    let is_inside = |at: usize| row[at] & 0xc0 == 0x80;
    let cut = (MAX_RAW_BYTES - 3..=MAX_RAW_BYTES).rev().find(|&at| !is_inside(at)).unwrap_or(MAX_RAW_BYTES);
    (String::from_utf8_lossy(&row[..cut]).into_owned(), true)
}

/// A bad field's text, short enough for a message.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN_CHARS: usize = 40;
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
