//! The layout of an event file: delimiter, quoting, and which column holds what.

use std::{collections::BTreeMap, path::PathBuf};

use super::{KindId, TimeLayout};

/// One event file and how to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file: plain, gzip or zstd; its first bytes decide, not its name.
    pub path: PathBuf,
    pub layout: EventLayout,
}

/// Which columns of an event file hold what, and how its rows are cut into fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLayout {
    pub delimiter: Delimiter,
    /// Whether the first row names the columns.
    pub header: bool,
    pub quoting: Quoting,
    /// Lines that begin with this byte are comments.
    pub comment: Option<u8>,
    pub actor: ColumnRef,
    pub target: ColumnRef,
    /// The column of the time; `None`: the events of this file are undated.
    pub at: Option<ColumnRef>,
    /// The channel; `None`: account keys are bare handles.
    pub channel: Option<FixedOrColumn<String>>,
    pub kind: FixedOrColumn<KindId>,
    /// Maps the words of the file (exact match) to kinds; used if `kind` is a column. If it is empty, the words are the
    /// names of the kinds.
    pub kinds: BTreeMap<String, KindId>,
    pub shape: TextShape,
    pub times: TimeLayout,
}

/// Which lines of a file are no rows of its table, and whether a row may lack fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextShape {
    /// How many lines stand before the table: before its header if it has one. Blank lines count.
    pub skip_rows: u32,
    /// How many lines stand behind the table. Blank lines do not count.
    pub skip_footer: u32,
    pub ragged: Ragged,
}

/// What happens to a row that has not as many fields as the header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ragged {
    /// It is rejected.
    #[default]
    Reject,
    /// Missing fields at its end count as empty, and surplus fields are dropped if they are empty.
    Fill,
}

/// Refers to a column by its name in the header, or by its position from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnRef {
    Name(String),
    Index(usize),
}

/// A value that is fixed for the whole file, or read from a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FixedOrColumn<T> {
    Fixed(T),
    Column(ColumnRef),
}

/// What separates fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    Byte(u8),
    /// Any run of spaces and tabs; blanks at the ends of a line are ignored.
    Blanks,
}

/// Whether a field may be quoted. Never guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// A quote is a character like any other, and a line feed always ends a row.
    None,
    /// RFC 4180: fields may be enclosed in double quotes; inside them a doubled quote means one quote, and delimiters
    /// and line feeds are text.
    Rfc4180,
}
