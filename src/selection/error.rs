//! Why a selector or a list of ids names nobody.

use std::{io, path::PathBuf};

use crate::{report::ReportError, tables::RunTableError};

/// What an id is of, in messages.
pub(super) const PERSON: &str = "customer or account";

/// Why people cannot be selected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// The run cannot be read, or does not have the tier, community or channel.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Nobody who may be shown has this id.
    #[error("there is no {sought} `{given}`{}{}", at(place.as_deref()), suggestion(nearest.as_deref()))]
    UnknownPerson {
        /// What was looked for: `customer or account`, or a tier as well.
        sought: &'static str,
        /// The id.
        given: String,
        /// Where it was found, as `file:line`; none on the command line.
        place: Option<String>,
        /// The known id or tier that is nearest to it, if one is near.
        nearest: Option<String>,
    },
    /// A word that is both an id and a tier.
    #[error("`{given}` is ambiguous: it can be {}", quoted(meanings))]
    Ambiguous {
        /// The word.
        given: String,
        /// A selector for each meaning.
        meanings: Vec<String>,
    },
    /// A community's number is not a number.
    #[error("cannot use `community:{given}`: a whole number is expected")]
    BadCommunityNumber {
        /// What stands in the place of the number.
        given: String,
    },
    /// A segment without customers.
    #[error("no customer is in `{given}`")]
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
}

impl From<RunTableError> for SelectionError {
    fn from(error: RunTableError) -> Self {
        Self::Report(error.into())
    }
}

fn at(place: Option<&str>) -> String {
    place.map_or(String::new(), |place| format!(" at {place}"))
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |name| format!(": the nearest is `{name}`"))
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")
}
