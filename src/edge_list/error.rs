//! `EdgeListError`: files, lines and node weights that cannot be read, and graphs that are too large.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::foreign::ForeignFormat;
use crate::{event::EventError, text::bytes};

/// Why an edge list cannot be read, or its graph cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EdgeListError {
    /// A file is missing, empty or binary, or cannot be read or decompressed.
    #[error(transparent)]
    File(#[from] EventError),
    /// A line is not an edge.
    #[error("cannot read the line at {}:{line}:{column}: {why}", path.display())]
    BadLine {
        /// The file.
        path: PathBuf,
        /// The physical line, from 1.
        line: u64,
        /// The byte in the line, from 1.
        column: u64,
        /// What is wrong at this position.
        why: String,
        /// How to fix it.
        remedy: &'static str,
    },
    /// A file of edges has another format.
    #[error("cannot read `{}` as an edge list: it is {format}", path.display())]
    OtherFormat {
        /// The file.
        path: PathBuf,
        /// The format.
        format: &'static str,
        /// How to make an edge list of it.
        remedy: &'static str,
    },
    /// The files have more node ids than the dictionary can hold.
    #[error("the files name more nodes than one graph can hold ({limit})")]
    TooManyNodes {
        /// The maximum number of node ids.
        limit: usize,
    },
    /// The graph may not fit the memory budget, even compressed.
    #[error("cannot build the graph: it may take {} of memory, {} are allowed", bytes(*needed_bytes), bytes(*limit_bytes))]
    TooLittleMemory {
        /// The memory that the process may hold with the smaller of the two storages, in bytes.
        needed_bytes: u64,
        /// The limit of the budget.
        limit_bytes: u64,
    },
    /// The system cannot read a file of node weights.
    #[error("cannot read `{}`: {source}", path.display())]
    UnreadableNodeWeights {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A line is not `node weight`.
    #[error("cannot read a teleport weight at {}:{line}: {why}", path.display())]
    BadNodeWeight {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with the line.
        why: String,
    },
}

/// How to fix a line, by what is wrong with it.
pub(super) mod remedy {
    pub(in super::super) const LINE: &str = "fix the line, or begin it with `#`: all lines hold `source target` or all \
        `source target weight`, separated like the first one";
    pub(in super::super) const WEIGHT: &str = "fix the line: all lines hold `source target weight` like the first one; \
        `--ignore-weights` reads the first two fields only";
    pub(in super::super) const MORE_FIELDS: &str = "fix the line: all lines hold `source target` or all `source target \
        weight`; `--ignore-weights` reads the first two fields and ignores the others";
    pub(in super::super) const QUOTES: &str = "fix the line: a field that begins with a quote ends with one, in the same \
        line; `--quoting none` reads quotes as letters";
    pub(in super::super) const DOUBLED_QUOTE: &str =
        "rename the node, or read quotes as letters with `--quoting none`";
    pub(in super::super) const DELIMITER: &str = "say what separates the fields, such as `--delimiter tab`, or \
        `--delimiter blank` for blanks and tabs";
    pub(in super::super) const HEADER: &str =
        "fix the header; R's `write.table` writes it right with `row.names = FALSE`";
    pub(in super::super) const REVERSED: &str =
        "put the source first; if the row is an edge, say so with `--no-header`";
    pub(in super::super) const NO_WEIGHT: &str = "put the weight into the third column, or read the first two columns only \
        with `--ignore-weights`, if they hold source and target";
    pub(in super::super) const TIMES: &str = "read the first two columns only with `--ignore-weights`; if the numbers \
        are weights, divide all of them by one number, such as 1e12";
    pub(in super::super) const MATRIX: &str = "write the file again, or correct the line of its sizes";
}

impl EdgeListError {
    pub(super) fn other_format(path: &Path, format: ForeignFormat) -> Self {
        let ForeignFormat { name: format, remedy } = format;
        Self::OtherFormat { path: path.to_owned(), format, remedy }
    }

    /// How to fix the error; `None` if the fix depends on the caller, which sets the limit or names the file.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::File(error) => return error.hint(),
            Self::BadLine { remedy, .. } | Self::OtherFormat { remedy, .. } => remedy,
            Self::TooManyNodes { .. } => "take fewer edges",
            Self::TooLittleMemory { .. } | Self::UnreadableNodeWeights { .. } => return None,
            Self::BadNodeWeight { .. } => "a line holds `node weight`, separated by blanks, comma or tab",
        };
        Some(hint.to_owned())
    }
}
