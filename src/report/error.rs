//! What can be wrong with a question to a run.

use super::TopBy;
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
    /// A tier without customers, or of no such name.
    #[error("no customer of this run is in tier `{given}`: {}", existing("tiers with customers", known))]
    UnknownTier {
        /// The name given.
        given: String,
        /// The tier that is nearest to it, if one is near.
        nearest: Option<String>,
        /// The tiers that have customers, the top one first.
        known: Vec<String>,
    },
    /// A channel on which nobody was seen.
    #[error("nobody in this run is on channel `{given}`: {}", existing("channels", known))]
    UnknownChannel {
        /// The name given.
        given: String,
        /// The channel that is nearest to it, if one is near.
        nearest: Option<String>,
        /// All channels.
        known: Vec<String>,
    },
    /// Nobody has a value in the column that orders.
    #[error("nobody in run `{run}` has a `{}` to sort by: {why}", by.column())]
    NoValues {
        /// The run.
        run: String,
        /// What to sort by.
        by: TopBy,
        /// Why it is empty.
        why: &'static str,
    },
    /// A community that this run does not have.
    #[error("there is no community {given}; this run has {}", communities(*count, *greatest))]
    UnknownCommunity {
        /// The community asked for.
        given: u32,
        /// Number of communities.
        count: usize,
        /// The greatest of their ids.
        greatest: u32,
    },
}

impl ReportError {
    pub(super) fn unknown_tier(given: &str, known: Vec<String>) -> Self {
        Self::UnknownTier { given: given.to_owned(), nearest: nearest(given, &known), known }
    }

    pub(super) fn unknown_community(given: u32, known: &[u32]) -> Self {
        let greatest = known.iter().max().copied().unwrap_or(0);
        Self::UnknownCommunity { given, count: known.len(), greatest }
    }

    pub(super) fn unknown_channel(given: &str, known: Vec<String>) -> Self {
        Self::UnknownChannel { given: given.to_owned(), nearest: nearest(given, &known), known }
    }
}

fn nearest(given: &str, known: &[String]) -> Option<String> {
    words::nearest(given, known.iter().map(String::as_str)).map(str::to_owned)
}

fn existing(what: &str, known: &[String]) -> String {
    if known.is_empty() {
        format!("there are no {what}")
    } else {
        format!("the {what} are {}", known.join(", "))
    }
}

/// Ids of communities that have ended are missing between the others.
fn communities(count: usize, greatest: u32) -> String {
    match count {
        0 => "none".to_owned(),
        1 => format!("community {greatest} only"),
        _ if count == greatest as usize + 1 => format!("communities 0 to {greatest}"),
        _ => format!("{count} communities with ids up to {greatest}"),
    }
}
