//! Why a selector or a list of ids names nobody.

use std::{io, path::PathBuf};

use crate::{ids::offset64, report::ReportError, text::counted};

/// What an id names, in messages.
pub(super) const PERSON: &str = "customer or account";

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// The run cannot be read, or does not have the tier, community or channel.
    #[error(transparent)]
    Report(ReportError),
    /// No person in the outputs has this id.
    #[error("there is no {sought} `{given}`{}", suggestion(nearest.as_deref()))]
    UnknownPerson {
        /// What was looked for: `customer or account`, or `customer, account or tier`.
        sought: &'static str,
        given: String,
        nearest: Option<String>,
    },
    /// `meanings` are selectors, one for each meaning.
    #[error("`{given}` is ambiguous: it can be {}", quoted(meanings))]
    Ambiguous { given: String, meanings: Vec<String> },
    #[error("cannot use `community:{given}`: a whole number is expected")]
    BadCommunityNumber { given: String },
    #[error("no customer is in `{given}`")]
    Nobody { given: String },
    #[error("cannot read the list of ids `{}`: {cause}", path.display())]
    List { path: PathBuf, cause: io::Error },
    #[error("the list of ids `{}` is empty: no line of it holds an id", path.display())]
    EmptyList { path: PathBuf },
    /// A list without a known id is probably the wrong file, or its ids are written differently.
    #[error("none of the {} in `{}` is in this run", counted(offset64(*ids), "id", "ids"), path.display())]
    UnknownList { path: PathBuf, ids: usize },
}

impl SelectionError {
    /// How to fix a selector that was given on the command line; `None` if plaudit itself is at fault.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Report(error) => return error.hint(),
            Self::UnknownPerson { nearest: Some(near), .. } => {
                return Some(format!("did you mean `{near}`?"));
            }
            Self::UnknownPerson { .. } => {
                "`plaudit top` lists ids and tiers, `plaudit prospects` lists accounts; segments are `tier:NAME`, \
                 `community:NUMBER`, `channel:NAME` and `@FILE`"
            }
            Self::Ambiguous { meanings, .. } => {
                return Some(format!("say which: `{}`", meanings.join("` or `")));
            }
            Self::BadCommunityNumber { .. } => "`plaudit communities` lists the numbers",
            Self::Nobody { .. } => {
                "name people or a segment with customers: `plaudit top` lists customers, `plaudit communities` counts \
                 them"
            }
            Self::List { .. } => "name a text file in UTF-8 with one id per line",
            Self::UnknownList { .. } => "write one id per line, as `plaudit top` shows them",
            Self::EmptyList { .. } => "write the ids into it, one per line, or name another file",
        };
        Some(hint.to_owned())
    }
}

/// Wraps all errors that convert to a [`ReportError`]: those of the store and of its tables.
impl<E> From<E> for SelectionError
where
    ReportError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Report(error.into())
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |name| format!(": the nearest is `{name}`"))
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")
}
