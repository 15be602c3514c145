//! Why a campaign query has no answer.

use std::path::PathBuf;

use super::Quota;
use crate::{
    analysis::AnalysisError,
    event::EventError,
    influence::{BlockingError, ModelError, SeedError},
    report::ReportError,
    selection::SelectionError,
    store::StoreError,
    tables::RunTableError,
};

/// Why there is no cohort, or no expected spread.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CampaignError {
    /// The run's graph or tables cannot be read.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// A selector or a list names nobody.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// A formula that cannot be used.
    #[error("cannot use `{option}`: {why}")]
    Formula {
        /// The option.
        option: &'static str,
        /// What is wrong with it.
        why: String,
        /// The known column that is nearest to an unknown one.
        nearest: Option<String>,
    },
    /// Learnt probabilities were requested, and the run has none.
    #[error("run `{run}` has no learnt probabilities: {why}")]
    NotLearnt {
        /// The run.
        run: String,
        /// The reason that the run's manifest gives.
        why: String,
    },
    /// Learnt probabilities were requested with the linear threshold model.
    #[error(
        "cannot use the learnt probabilities of run `{run}` with the linear threshold model: those of one person may add \
         up to more than 1"
    )]
    NoThreshold {
        /// The run.
        run: String,
    },
    /// The spread model does not fit the run's graph.
    #[error("cannot use the spread model on the graph of run `{run}`: {cause}")]
    Model {
        /// The run.
        run: String,
        /// What is wrong.
        cause: ModelError,
    },
    /// The contact log cannot be read.
    #[error(transparent)]
    Contacts(#[from] EventError),
    /// A row of the contact log cannot be read. Skipping it could let somebody be contacted too often.
    #[error("cannot use the contact log at {path}:{line}:{column}: {why}", path = path.display())]
    ContactRow {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The byte in it, from 1.
        column: u64,
        /// What is wrong.
        why: String,
    },
    /// Without a date it is unknown which contacts are recent.
    #[error("cannot tell which contacts are recent: run `{run}` has no date, because its events have none")]
    NoMoment {
        /// The run.
        run: String,
    },
    /// A customer must be included and may not be.
    #[error("`{id}` must be included and cannot be: {why}")]
    CannotInclude {
        /// The customer.
        id: String,
        /// The rule that excludes the customer.
        why: String,
    },
    /// A person to take away is not among those given.
    #[error("cannot take away `{id}`: it is not among the people whose spread is estimated")]
    NotAmong {
        /// The person.
        id: String,
    },
    /// A list without a known id: surely it is the wrong file, or ids are written differently.
    #[error("none of the {ids} ids in `{}` is in this run", path.display())]
    UnknownList {
        /// The list.
        path: PathBuf,
        /// How many ids it holds.
        ids: usize,
    },
    /// Nobody may be picked.
    #[error("nobody may be picked: {why}")]
    Nobody {
        /// How many each rule excludes.
        why: String,
        /// Whether nobody agreed to be contacted in the first place.
        no_consent: bool,
    },
    /// The rules admit fewer people than requested.
    #[error("cannot pick {asked}: {why}")]
    NoRoom {
        /// The requested number.
        asked: usize,
        /// How many can be picked.
        room: usize,
        /// The rule that limits it.
        why: String,
        /// Whether the limit is eligibility, by consent and all other rules together, instead of one rule.
        by_all: bool,
    },
    /// The minimum quotas together exceed the cohort size.
    #[error(
        "cannot meet all `--at-least` minimums: together they take {places} places, and there are {left}"
    )]
    TooManyPlaces {
        /// How many places they take at least.
        places: u64,
        /// How many places there are for them.
        left: u64,
        /// The cohort size that they need; none where the budget determines the size.
        need: Option<usize>,
    },
    /// A minimum quota cannot be met.
    #[error("cannot pick at least {} of `{}`: {why}", quota.count, quota.people)]
    TooFew {
        /// The minimum quota.
        quota: Quota,
        /// How many of these people can be picked.
        room: usize,
        /// The rule that limits it.
        why: String,
    },
    /// The audience is empty or worth nothing.
    #[error("there is nobody to reach: {why}")]
    NothingToReach {
        /// Why.
        why: String,
    },
    /// The sum of all worths or costs is too large to be exact.
    #[error(
        "cannot use `{option}`: its sum over all people is {sum:.3e}; at most {most:.1e} can be added up exactly"
    )]
    TooMuch {
        /// The option.
        option: &'static str,
        /// The sum.
        sum: f64,
        /// The largest exact sum.
        most: f64,
    },
    /// The seed-set search fails.
    #[error("cannot pick a cohort: {0}")]
    Seeds(#[from] SeedError),
    /// The containment search fails.
    #[error("cannot contain a message: {0}")]
    Contain(#[from] BlockingError),
}

impl From<ReportError> for CampaignError {
    fn from(error: ReportError) -> Self {
        Self::Analysis(error.into())
    }
}

impl From<StoreError> for CampaignError {
    fn from(error: StoreError) -> Self {
        Self::Analysis(ReportError::from(error).into())
    }
}

impl From<RunTableError> for CampaignError {
    fn from(error: RunTableError) -> Self {
        ReportError::from(error).into()
    }
}
