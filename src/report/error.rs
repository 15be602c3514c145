//! `ReportError`: runs that cannot be read, and names that a run does not have, listed with the names that it has.

use super::{EndedCommunity, TopBy};
use crate::{
    store::{Run, StoreError},
    tables::RunTableError,
    text,
};

/// Why a listing of a finished run cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the run does not have the contents that this version expects.
    #[error("run `{run}` was written by another version: {why}")]
    OtherVersion { run: String, why: String },
    /// No tier with customers has this name; `known` are the tiers with customers, from the top.
    #[error("no customer of this run is in tier `{given}`: {}", existing("tiers with customers", known))]
    UnknownTier { given: String, nearest: Option<String>, known: Vec<String> },
    #[error("nobody in this run is on channel `{given}`: {}", existing("channels", known))]
    UnknownChannel { given: String, nearest: Option<String>, known: Vec<String> },
    #[error("nobody in run `{run}` has a `{}` to sort by: {why}", by.column())]
    NoValues { run: String, by: TopBy, why: &'static str },
    /// `known` are the ids of all communities, ascending; `ended` tells what has become of this one, if it existed.
    #[error("there is no community {given}{}; this run has {}", in_words(ended), communities(known))]
    UnknownCommunity { given: u32, known: Vec<u32>, ended: Vec<EndedCommunity> },
}

impl From<RunTableError> for ReportError {
    fn from(error: RunTableError) -> Self {
        match error {
            RunTableError::Store(cause) => Self::Store(cause),
            RunTableError::OtherVersion { run, cause } => Self::other_version(&run, &cause),
        }
    }
}

impl ReportError {
    /// How to fix it; `None` if plaudit itself is at fault.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Store(error) => return error.hint(),
            Self::OtherVersion { .. } => "run again with this version of plaudit",
            Self::UnknownTier { nearest: Some(nearest), .. }
            | Self::UnknownChannel { nearest: Some(nearest), .. } => {
                return Some(format!("did you mean `{nearest}`?"));
            }
            Self::UnknownTier { .. } => "name one of these tiers",
            Self::UnknownChannel { known, .. } if known.is_empty() => {
                "omit the channel, or run again with `channel` or `columns.channel` of `[[events]]`"
            }
            Self::UnknownChannel { .. } => "name one of these channels",
            Self::UnknownCommunity { ended, .. } if ended.iter().all(|end| end.merged_into().is_some()) => {
                match ended.last().and_then(EndedCommunity::merged_into) {
                    Some(into) => {
                        return Some(format!("name community {into}, or an earlier run with `--run ID`"));
                    }
                    None => "`plaudit communities` lists the communities of the run",
                }
            }
            Self::UnknownCommunity { .. } => "`plaudit communities` lists the communities of the run",
            Self::NoValues { by: TopBy::SuspectShare, .. } => {
                "sort by another column, or run again with `[[customers]]` and `[trust] enabled = true`"
            }
            Self::NoValues { by: TopBy::Value, .. } => {
                "sort by another column, or run again with `columns.value` of `[[customers]]`"
            }
            Self::NoValues {
                by: TopBy::FollowingStrength | TopBy::Amplification | TopBy::Conversation,
                ..
            } => "sort by another column, or map words of the data to that kind with `kinds` of `[[events]]`",
            Self::NoValues { .. } => "sort by another column",
        };
        Some(hint.to_owned())
    }

    pub(crate) fn other_version(run: &str, why: &dyn ToString) -> Self {
        Self::OtherVersion { run: run.to_owned(), why: why.to_string() }
    }

    pub(super) fn unknown_tier(given: &str, known: Vec<String>) -> Self {
        Self::UnknownTier { given: given.to_owned(), nearest: nearest(given, &known), known }
    }

    /// The error for a community that `run` does not have.
    pub(crate) fn unknown_community(run: &Run, given: u32, mut known: Vec<u32>) -> Self {
        known.sort_unstable();
        let ended = EndedCommunity::trace(run, given, &known);
        Self::UnknownCommunity { given, known, ended }
    }

    pub(super) fn unknown_channel(given: &str, known: Vec<String>) -> Self {
        Self::UnknownChannel { given: given.to_owned(), nearest: nearest(given, &known), known }
    }
}

fn nearest(given: &str, known: &[String]) -> Option<String> {
    text::nearest(given, known.iter().map(String::as_str)).map(str::to_owned)
}

/// `: it merged into 0 on 2026-06-29, which merged into 3 on 2026-06-30`.
fn in_words(ended: &[EndedCommunity]) -> String {
    let ends: Vec<String> = ended.iter().map(EndedCommunity::words).collect();
    if ends.is_empty() { String::new() } else { format!(": it {}", ends.join(", which ")) }
}

fn existing(what: &str, known: &[String]) -> String {
    if known.is_empty() {
        format!("there are no {what}")
    } else {
        format!("the {what} are {}", known.join(", "))
    }
}

/// The maximum number of ranges of consecutive ids in a message.
const NAMED_RUNS: usize = 6;

/// Writes ids as ranges: `communities 0 to 4, 7 and 9`.
fn communities(known: &[u32]) -> String {
    let runs: Vec<&[u32]> = known.chunk_by(|a, b| a + 1 == *b).collect();
    let run = |run: &&[u32]| match run {
        [one] => one.to_string(),
        [first, .., last] => format!("{first} to {last}"),
        [] => unreachable!("invariant: no chunk is empty"),
    };
    let mut named: Vec<String> = runs.iter().take(NAMED_RUNS).map(run).collect();
    if runs.len() > NAMED_RUNS {
        return format!("communities {} and others, {} in all", named.join(", "), known.len());
    }
    match (known, named.pop()) {
        ([one], _) => format!("community {one} only"),
        (_, None) => "none".to_owned(),
        (_, Some(last)) if named.is_empty() => format!("communities {last}"),
        (_, Some(last)) => format!("communities {} and {last}", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_by_their_runs() {
        let told = |known: &[u32]| {
            let known = known.to_vec();
            ReportError::UnknownCommunity { given: 6, known, ended: Vec::new() }.to_string()
        };
        assert_eq!(told(&[]), "there is no community 6; this run has none");
        assert_eq!(told(&[0]), "there is no community 6; this run has community 0 only");
        assert_eq!(told(&[0, 1, 2]), "there is no community 6; this run has communities 0 to 2");
        assert!(told(&[0, 1, 2, 4, 9]).ends_with("has communities 0 to 2, 4 and 9"));
        assert!(told(&[0, 2, 4, 8, 10, 12, 14]).ends_with("0, 2, 4, 8, 10, 12 and others, 7 in all"));
    }
}
