//! What can be wrong with a question about a few people.

use std::{io, path::PathBuf};

use crate::{graph::snapshot::SnapshotError, rank::RankError, report::ReportError, store::TableError};

/// Why nobody can be named who moves these people.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FocusError {
    /// The run cannot be read, or does not know the tier, community or channel.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The graph of the run cannot be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The walk did not come to its end.
    #[error("cannot rank run `{run}`: {cause}")]
    Rank {
        /// The run.
        run: String,
        /// What is wrong.
        cause: RankError,
    },
    /// An id that nobody has who may be shown.
    #[error("there is no {sought} `{given}`{}{}", at(place.as_deref()), suggestion(nearest.as_deref()))]
    UnknownPerson {
        /// What it could have been: `customer or account`, or a tier as well.
        sought: &'static str,
        /// The id.
        given: String,
        /// Where it was found, as `file:line`; none on the command line.
        place: Option<String>,
        /// The id or tier that was probably meant.
        nearest: Option<String>,
    },
    /// A word that means several things.
    #[error("`{given}` is not one thing: it can be {}", listed(meanings))]
    Ambiguous {
        /// The word.
        given: String,
        /// The words that each mean one of them.
        meanings: Vec<String>,
    },
    /// No community has such a number.
    #[error("cannot use `community:{given}`: a whole number is expected")]
    NoNumber {
        /// What stands in the place of the number.
        given: String,
    },
    /// Nobody is in the segment.
    #[error("no customer is in `{given}`: the walk has nowhere to start")]
    Nobody {
        /// The segment.
        given: String,
    },
    /// A list of ids cannot be read.
    #[error("cannot read the list of ids `{}`: {cause}", path.display())]
    List {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A list without an id.
    #[error("the list of ids `{}` is empty: no line of it holds an id", path.display())]
    EmptyList {
        /// The file.
        path: PathBuf,
    },
    /// The run's manifest has no settings of PageRank, or its graph is another one than its table speaks of.
    #[error("run `{run}` was written by another version: {why}")]
    OtherVersion {
        /// The run.
        run: String,
        /// What is different.
        why: String,
    },
}

impl FocusError {
    /// A table of `run` that has other columns than this version expects.
    pub(super) fn table(run: &str, cause: TableError) -> Self {
        Self::Report(ReportError::Table { run: run.to_owned(), cause })
    }
}

fn at(place: Option<&str>) -> String {
    place.map_or(String::new(), |place| format!(" at {place}"))
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |name| format!(": the nearest is `{name}`"))
}

fn listed(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")
}
