//! What can be wrong with a question about a campaign.

use std::path::PathBuf;

use super::Quota;
use crate::{
    analysis::AnalysisError,
    event::EventError,
    influence::{ContainError, ModelError, SeedError},
    report::ReportError,
    selection::SelectionError,
    store::{StoreError, TableError},
};

/// Why there is no cohort, or no reach.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CampaignError {
    /// The run's graph or tables cannot be read.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// A selector or a list names nobody.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// A condition or a figure that cannot be used.
    #[error("cannot use `{option}`: {why}")]
    Formula {
        /// The option.
        option: &'static str,
        /// What is wrong with it.
        why: String,
        /// The column that was probably meant.
        nearest: Option<String>,
    },
    /// The run has learnt no probabilities, and they were asked for.
    #[error("run `{run}` has no learnt probabilities: {why}")]
    NotLearnt {
        /// The run.
        run: String,
        /// What the run itself says of it.
        why: String,
    },
    /// Learnt probabilities, and a model that has no room for them.
    #[error(
        "the probabilities that run `{run}` has learnt do not go with the linear threshold model: those of one person \
         may add up to more than 1"
    )]
    NoThreshold {
        /// The run.
        run: String,
    },
    /// Influence cannot spread like that.
    #[error("cannot let influence spread over the graph of run `{run}`: {cause}")]
    Model {
        /// The run.
        run: String,
        /// What is wrong.
        cause: ModelError,
    },
    /// The contact log cannot be read.
    #[error(transparent)]
    Contacts(#[from] EventError),
    /// A row of the contact log that says nothing certain: somebody could be contacted too often.
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
    /// Nobody knows which contacts are recent.
    #[error("cannot tell which contacts are recent: run `{run}` has no date, as none of its events has")]
    NoMoment {
        /// The run.
        run: String,
    },
    /// Somebody must be in the cohort and may not.
    #[error("`{id}` must be included and cannot be: {why}")]
    CannotInclude {
        /// The customer.
        id: String,
        /// Which rule is in the way.
        why: String,
    },
    /// Somebody is to leave who was never there.
    #[error("cannot go without `{id}`: it is not among the people whose reach is asked for")]
    NotAmong {
        /// Who.
        id: String,
    },
    /// A list of people none of whom is in the run: it is surely another file, or written otherwise.
    #[error("none of the {ids} lines of `{}` is the id of anybody in this run", path.display())]
    Strangers {
        /// The list.
        path: PathBuf,
        /// How many ids it holds.
        ids: usize,
    },
    /// Nobody may be picked.
    #[error("nobody may be picked: {why}")]
    Nobody {
        /// Who is left out, by rule.
        why: String,
        /// Whether nobody has agreed to be contacted in the first place.
        no_consent: bool,
    },
    /// The rules leave no room for so many.
    #[error("cannot pick {asked}: {why}")]
    NoRoom {
        /// How many were asked for.
        asked: usize,
        /// How many there is room for.
        room: usize,
        /// Which rule leaves no more.
        why: String,
        /// Whether it is all rules together that say who may be picked, consent among them.
        by_all: bool,
    },
    /// Of all people of whom there are to be some, there are to be too many.
    #[error("cannot meet all `--at-least`: together they take {places} places, and there are {left}")]
    TooManyPlaces {
        /// How many places they take at least.
        places: u64,
        /// How many there are for them.
        left: u64,
        /// How many people would have to be asked for; none where the budget says how many.
        need: Option<usize>,
    },
    /// There cannot be as many of somebody as are asked for.
    #[error("cannot pick at least {} of `{}`: {why}", quota.count, quota.whom)]
    TooFew {
        /// What is asked for.
        quota: Quota,
        /// How many there is room for.
        room: usize,
        /// Which rule leaves no more.
        why: String,
    },
    /// Nobody is worth reaching.
    #[error("there is nobody to reach: {why}")]
    NothingToReach {
        /// Why.
        why: String,
    },
    /// What people are worth or cost cannot be added up.
    #[error("cannot use `{option}`: together that is {sum:.3e}; at most {most:.1e} can be added up exactly")]
    TooMuch {
        /// The option.
        option: &'static str,
        /// What it adds up to.
        sum: f64,
        /// The limit.
        most: f64,
    },
    /// The kernel refuses.
    #[error("cannot pick a cohort: {0}")]
    Seeds(#[from] SeedError),
    /// The kernel refuses.
    #[error("cannot contain a message: {0}")]
    Contain(#[from] ContainError),
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

impl CampaignError {
    /// A table of `run` that has other columns than this version expects.
    pub(super) fn table(run: &str, cause: TableError) -> Self {
        ReportError::Table { run: run.to_owned(), cause }.into()
    }
}
