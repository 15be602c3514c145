//! What can be wrong with a question to a run.

use crate::{
    store::{StoreError, TableError},
    words,
};

/// Why a report cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The store or the run cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A table of the run has other columns than this version expects.
    #[error("run `{run}` was written by another version: {cause}")]
    Table {
        /// The run.
        run: String,
        /// What is different.
        cause: TableError,
    },
    /// A name that this run, or this program, does not know.
    #[error("there is no {what} `{given}`{}; known: {}", suggestion(nearest.as_deref()), known.join(", "))]
    Unknown {
        /// What was named: `tier`, `channel`, `column to order by`, …
        what: &'static str,
        /// The name given.
        given: String,
        /// The known name that is nearest to it, if one is near.
        nearest: Option<String>,
        /// All known names.
        known: Vec<String>,
    },
    /// A community that this run does not have.
    #[error("there is no community {given}; this run has {}", communities(*count))]
    UnknownCommunity {
        /// The community asked for.
        given: u32,
        /// Number of communities; their ids are `0..count`.
        count: u32,
    },
}

impl ReportError {
    /// An unknown name, with the known one that was probably meant.
    pub(super) fn unknown(what: &'static str, given: &str, known: Vec<String>) -> Self {
        let nearest = words::nearest(given, known.iter().map(String::as_str)).map(str::to_owned);
        Self::Unknown { what, given: given.to_owned(), nearest, known }
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |name| format!(", the nearest is `{name}`"))
}

fn communities(count: u32) -> String {
    match count {
        0 => "none".to_owned(),
        1 => "community 0 only".to_owned(),
        _ => format!("communities 0 to {}", count - 1),
    }
}
