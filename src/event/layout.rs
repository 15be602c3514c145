//! How an event file is laid out, fully resolved: what the reader needs to know before it sees a byte.

use std::{collections::BTreeMap, path::PathBuf};

use super::KindId;

/// One event file and how to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file; `.gz` and `.zst` are told by their first bytes, not by the name.
    pub path: PathBuf,
    /// Its layout.
    pub layout: Layout,
}

/// The columns and the punctuation of an event file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// What separates fields.
    pub delimiter: Delimiter,
    /// Whether the first row names the columns.
    pub header: bool,
    /// Whether fields may be quoted.
    pub quoting: Quoting,
    /// Lines that begin with this byte are skipped and are no rows.
    pub comment: Option<u8>,
    /// Who acted.
    pub actor: Column,
    /// On whom.
    pub target: Column,
    /// When; `None`: the events of this file are undated.
    pub at: Option<Column>,
    /// On which channel; `None`: keys are bare handles.
    pub channel: Option<FromFile<String>>,
    /// What was done.
    pub kind: FromFile<KindId>,
    /// The file's words for kinds, exact, to ours; used where `kind` is a column.
    pub kinds: BTreeMap<String, KindId>,
}

/// A column by its name in the header or by its number from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// Name in the header.
    Name(String),
    /// Number from 0.
    Index(usize),
}

/// A value that is the same for the whole file, or stands in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromFile<T> {
    /// The same for every row.
    Fixed(T),
    /// Read from each row.
    Column(Column),
}

/// What separates fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    /// One byte.
    Byte(u8),
    /// Any run of spaces and tabs; blanks at the ends of a line are ignored.
    Blanks,
}

/// Whether a field may be quoted. Never guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// A quote is a character like any other, and a line feed always ends a row.
    None,
    /// RFC 4180: fields may stand in double quotes, a doubled quote is a quote, delimiters and line feeds inside count
    /// as text.
    Rfc4180,
}
