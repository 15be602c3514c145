//! `EdgeListError`: files, lines and node weights that cannot be read, and graphs that are too large.

use std::{io, path::PathBuf};

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

impl EdgeListError {
    /// How to fix the error; `None` if the fix depends on the caller, which sets the limit or names the file.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::File(error) => return error.hint(),
            Self::BadLine { .. } => {
                "fix the line, or begin it with `#`: all lines hold `source target` or all `source target weight`, \
                 separated by blanks, comma or tab like the first one"
            }
            Self::TooManyNodes { .. } => "take fewer edges",
            Self::TooLittleMemory { .. } | Self::UnreadableNodeWeights { .. } => return None,
            Self::BadNodeWeight { .. } => "a line holds `node weight`, separated by blanks, comma or tab",
        };
        Some(hint.to_owned())
    }
}
