//! Why a campaign query has no answer.

use std::path::PathBuf;

use super::Quota;
use crate::{
    analysis::AnalysisError,
    event::EventError,
    influence::{BlockingError, ModelError, SeedError},
};

/// Why no cohort is picked, or no expected spread is estimated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CampaignError {
    #[error(transparent)]
    Analysis(AnalysisError),
    /// If a column is unknown, `nearest` is the most similar known column name.
    #[error("cannot use `{option}`: {why}")]
    Formula { option: &'static str, why: String, nearest: Option<String> },
    #[error("run `{run}` has no learned probabilities: {why}")]
    NotLearned { run: String, why: String },
    #[error(
        "cannot use the learned probabilities of run `{run}` with the linear threshold model: the probabilities of one \
         person may add up to more than 1"
    )]
    NoThreshold { run: String },
    #[error("cannot use the spread model on the graph of run `{run}`: {cause}")]
    Model { run: String, cause: ModelError },
    #[error(transparent)]
    Contacts(#[from] EventError),
    /// A row of the contact log cannot be read. Skipping it could let somebody be contacted too often. Lines, and the
    /// bytes in a line, count from 1.
    #[error("cannot use the contact log at {path}:{line}:{column}: {why}", path = path.display())]
    ContactRow { path: PathBuf, line: u64, column: u64, why: String },
    /// A log without a customer of the run is probably read by the wrong column.
    #[error("none of the {contacts} contacts in `{files}` is with a customer of this run")]
    UnknownContacts { files: String, contacts: u64 },
    /// Without a date it is unknown which contacts are recent.
    #[error(
        "cannot tell which contacts are recent: run `{run}` has no date, because its events have no times"
    )]
    NoMoment { run: String },
    #[error("`{id}` must be included but cannot be picked: {why}")]
    CannotInclude { id: String, why: String },
    #[error("cannot take away `{id}`: it is not among the people whose spread is estimated")]
    NotAmong { id: String },
    /// `no_consent` tells whether the reason is that nobody agreed to be contacted.
    #[error("nobody may be picked: {why}")]
    Nobody { why: String, no_consent: bool },
    /// No customer has a cost. `empty` is the column of the formula that has no value, if it is a column of the CRM.
    #[error("no customer has a `--cost`{}", empty.map_or(String::new(), |empty| format!(": the CRM has no {empty} column, or an empty one")))]
    NoCost { empty: Option<&'static str> },
    /// The cheapest person who may be picked costs more than the budget.
    #[error(
        "nobody can be picked: the cheapest eligible person costs {cheapest}, and the budget is {budget}"
    )]
    BudgetTooSmall { cheapest: String, budget: String },
    /// `by_all` tells whether consent and all other rules together are the limit, instead of a single rule.
    #[error("cannot pick {requested}: {why}")]
    InfeasibleSize { requested: usize, feasible: usize, why: String, by_all: bool },
    /// `need` is the cohort size with which the minimums would fit; none where the budget determines the size.
    #[error(
        "cannot meet all `--at-least` minimums: together they take {places} places, and {left} can be filled"
    )]
    TooManyPlaces { places: u64, left: u64, need: Option<usize> },
    #[error("cannot pick at least {} of `{}`: {why}", quota.count, quota.people)]
    InfeasibleQuota { quota: Quota, feasible: usize, why: String },
    #[error("there is nobody to reach: {why}")]
    NothingToReach { why: String },
    #[error(
        "cannot use `{option}`: its sum over all people is {sum:.3e}; at most {most:.1e} can be added up exactly"
    )]
    TooMuch { option: &'static str, sum: f64, most: f64 },
    #[error("cannot pick a cohort: {0}")]
    Seeds(#[from] SeedError),
    #[error("cannot contain a message: {0}")]
    Contain(#[from] BlockingError),
}

impl CampaignError {
    /// How to fix it; `None` where plaudit is at fault.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Analysis(error) => return error.hint(),
            Self::Contacts(error) => return error.hint(),
            Self::Formula { nearest: Some(near), .. } => {
                return Some(format!("did you mean `{near}`?"));
            }
            Self::Formula { .. } => {
                "docs/formats.md lists the columns of scores.parquet; text stands in single quotes: tier = 'star'"
            }
            Self::NotLearned { .. } => "leave out `--probability learnt`",
            Self::NoThreshold { .. } => "leave out `--model lt`, or add `--probability weighted-cascade`",
            Self::Model { .. } => "take another `--model`, or `--probability weighted-cascade`",
            Self::ContactRow { .. } => {
                "fix the row: if a contact is not counted, a customer may be contacted too often"
            }
            Self::UnknownContacts { .. } => {
                "name in `columns.id` of `[[contacts]]` the column with the CRM's key, as `plaudit top` shows it"
            }
            Self::NoMoment { .. } => "say when with `--at TIME`",
            Self::CannotInclude { .. } => "take the line out of the list, or change that rule",
            Self::NotAmong { .. } => "`--without` takes people away from those named before",
            Self::Nobody { no_consent: true, .. } => {
                "name the CRM's column with `columns.consent` of `[[customers]]`; `[consent] missing = \"full\"` takes \
                 silence for consent"
            }
            Self::NoCost { empty: Some(empty) } => {
                return Some(format!(
                    "name the CRM's column with `columns.{empty}` of `[[customers]]`, and run again"
                ));
            }
            Self::NoCost { empty: None } => "check the formula; a cost below 0 counts as none",
            Self::BudgetTooSmall { cheapest, .. } => {
                return Some(format!("raise `--budget` to {cheapest} or more"));
            }
            Self::Nobody { .. } => "loosen `--eligible`, the lists or the caps",
            Self::InfeasibleSize { feasible: 0, .. } => "loosen that rule",
            Self::InfeasibleSize { feasible, by_all: true, .. } => {
                return Some(format!(
                    "ask for fewer (at most `-n {feasible}`), or loosen one of these; consent is not to be loosened"
                ));
            }
            Self::InfeasibleSize { feasible, .. } => {
                return Some(format!("ask for fewer (at most `-n {feasible}`), or loosen that rule"));
            }
            Self::TooManyPlaces { need: None, .. } => "raise the budget, or ask for fewer of some",
            Self::TooManyPlaces { need: Some(need), .. } => {
                return Some(format!("ask for more in all (`-n {need}`), or for fewer of some"));
            }
            Self::InfeasibleQuota { feasible: 0, .. } => "leave that `--at-least` out, or loosen that rule",
            Self::InfeasibleQuota { quota, feasible, .. } => {
                return Some(format!(
                    "ask for fewer (at most `--at-least {}={feasible}`), or loosen that rule",
                    quota.people
                ));
            }
            Self::NothingToReach { .. } => "loosen `--among`, or leave out `--worth`",
            Self::TooMuch { .. } => "divide it, such as `value / 1000`",
            Self::Seeds(_) | Self::Contain(_) => "`plaudit cohort --help` explains the options",
        };
        Some(hint.to_owned())
    }
}

/// Wraps all errors that convert to an [`AnalysisError`]: the errors of the store, its tables, selectors and the graph.
impl<E> From<E> for CampaignError
where
    AnalysisError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Analysis(error.into())
    }
}
