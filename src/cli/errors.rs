//! Turns the errors of all rooms into command line errors: with an exit code, the causes and a hint.

use std::{error::Error, iter};

use super::exit::{CliError, EXIT_BUG, EXIT_INPUT, EXIT_REFUSED};
use crate::{
    analysis::AnalysisError,
    campaign::CampaignError,
    config::ConfigError,
    edge_list::EdgeListError,
    event::EventError,
    pipeline::{InputError, MeasureError, PipelineError, PublishError},
    report::{ReportError, TopBy},
    selection::SelectionError,
    store::StoreError,
};

/// The error of a room, with the causes below it that its text does not tell.
fn with_causes(code: u8, error: &(dyn Error + 'static)) -> CliError {
    let text = error.to_string();
    let chain = iter::successors(error.source(), |&cause: &&(dyn Error + 'static)| cause.source());
    let causes = chain.map(ToString::to_string).filter(|cause| !text.contains(cause.as_str()));
    causes.fold(CliError::of_room(code, error), CliError::because)
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        Self::of_room(EXIT_INPUT, &error).hint(error.hint())
    }
}

impl From<EventError> for CliError {
    fn from(error: EventError) -> Self {
        with_causes(EXIT_INPUT, &error).maybe_hint(error.hint())
    }
}

impl From<EdgeListError> for CliError {
    fn from(error: EdgeListError) -> Self {
        let hint = match error {
            EdgeListError::TooLittleMemory { .. } => {
                Some("raise `--memory-limit`, or take fewer edges".to_owned())
            }
            EdgeListError::UnreadableNodeWeights { .. } => Some(
                "`--teleport` takes a plain text file that this user may read, `node weight` a line"
                    .to_owned(),
            ),
            _ => error.hint(),
        };
        with_causes(EXIT_INPUT, &error).maybe_hint(hint)
    }
}

impl From<PipelineError> for CliError {
    fn from(error: PipelineError) -> Self {
        let code = match &error {
            PipelineError::TooLarge { .. }
            | PipelineError::Input(
                InputError::NoCustomers { .. } | InputError::NothingLinked | InputError::NothingUsed { .. },
            )
            | PipelineError::Measure(MeasureError::NothingToLearn { .. }) => EXIT_REFUSED,
            PipelineError::Broken { .. } => EXIT_BUG,
            PipelineError::Publish(PublishError::Store(store)) => return Self::from(store),
            _ => EXIT_INPUT,
        };
        let shown = with_causes(code, &error);
        let shown = if code == EXIT_BUG { shown.into_bug() } else { shown }.maybe_hint(error.hint());
        match error.why() {
            Some(why) => shown.why(why),
            None => shown,
        }
    }
}

impl From<ReportError> for CliError {
    fn from(error: ReportError) -> Self {
        let hint = match &error {
            ReportError::Store(error) => return Self::from(error),
            ReportError::OtherVersion { .. } => "run again with this version of plaudit",
            ReportError::UnknownTier { nearest: Some(nearest), .. }
            | ReportError::UnknownChannel { nearest: Some(nearest), .. } => {
                return Self::of_room(EXIT_INPUT, &error).hint(format!("did you mean `{nearest}`?"));
            }
            ReportError::UnknownTier { .. } => "name one of these tiers",
            ReportError::UnknownChannel { known, .. } if known.is_empty() => {
                "do without a channel, or run again with `channel` or `columns.channel` of `[[events]]`"
            }
            ReportError::UnknownChannel { .. } => "name one of these channels",
            ReportError::UnknownCommunity { .. } => "`plaudit communities` lists the communities of the run",
            ReportError::NoValues { by: TopBy::SuspectShare, .. } => {
                "sort by another column, or run again with `[[customers]]` and `[trust] enabled = true`"
            }
            ReportError::NoValues { by: TopBy::Value, .. } => {
                "sort by another column, or run again with `columns.value` of `[[customers]]`"
            }
            ReportError::NoValues { .. } => "sort by another column",
        };
        Self::of_room(EXIT_INPUT, &error).hint(hint)
    }
}

impl From<SelectionError> for CliError {
    fn from(error: SelectionError) -> Self {
        let hint = match error {
            SelectionError::Report(error) => return Self::from(error),
            SelectionError::UnknownPerson { nearest: Some(ref near), .. } => format!("did you mean `{near}`?"),
            SelectionError::UnknownPerson { place: Some(_), .. } => {
                "mend the line, or take it out; `plaudit top` and `plaudit prospects` list ids".to_owned()
            }
            SelectionError::UnknownPerson { .. } => {
                "`plaudit top` lists ids and tiers, `plaudit prospects` accounts; segments are `tier:NAME`, \
                 `community:NUMBER`, `channel:NAME` and `@FILE`"
                    .to_owned()
            }
            SelectionError::Ambiguous { ref meanings, .. } => format!("say which: `{}`", meanings.join("` or `")),
            SelectionError::BadCommunityNumber { .. } => "`plaudit communities` lists the numbers".to_owned(),
            SelectionError::Nobody { .. } => {
                "name people or a segment with customers: `plaudit top` lists customers, `plaudit communities` counts them"
                    .to_owned()
            }
            SelectionError::List { .. } => "name a text file in UTF-8 with one id a line".to_owned(),
            SelectionError::EmptyList { .. } => "write the ids into it, one per line, or name another file".to_owned(),
        };
        with_causes(EXIT_INPUT, &error).hint(hint)
    }
}

impl From<AnalysisError> for CliError {
    fn from(error: AnalysisError) -> Self {
        let hint = match error {
            AnalysisError::Report(error) => return Self::from(error),
            AnalysisError::Selection(error) => return Self::from(error),
            AnalysisError::Rank { .. } => "run again with a higher `[rank] max_rounds` or `tolerance`",
            _ => "run again; `plaudit runs verify RUN` tells whether an older one is whole",
        };
        with_causes(EXIT_INPUT, &error).hint(hint)
    }
}

impl From<CampaignError> for CliError {
    fn from(error: CampaignError) -> Self {
        let hint = match error {
            CampaignError::Analysis(error) => return Self::from(error),
            CampaignError::Contacts(error) => return Self::from(error),
            CampaignError::Formula { nearest: Some(ref near), .. } => format!("did you mean `{near}`?"),
            CampaignError::Formula { .. } => {
                "docs/formats.md lists the columns of scores.parquet; text stands in single quotes: tier = 'star'".to_owned()
            }
            CampaignError::NotLearnt { .. } => "leave out `--probability learnt`".to_owned(),
            CampaignError::NoThreshold { .. } => {
                "leave out `--model lt`, or add `--probability weighted-cascade`".to_owned()
            }
            CampaignError::Model { .. } => "take another `--model`, or `--probability weighted-cascade`".to_owned(),
            CampaignError::ContactRow { .. } => {
                "mend the row: a contact that is not counted could make one too many".to_owned()
            }
            CampaignError::NoMoment { .. } => "say when with `--at TIME`".to_owned(),
            CampaignError::CannotInclude { .. } => "take the line out of the list, or change that rule".to_owned(),
            CampaignError::NotAmong { .. } => "`--without` takes people away from those named before".to_owned(),
            CampaignError::UnknownList { .. } => "write one id a line, as `plaudit top` shows them".to_owned(),
            CampaignError::Nobody { no_consent: true, .. } => {
                "name the CRM's column with `columns.consent` of `[[customers]]`; `[consent] missing = \"full\"` takes \
                 silence for consent"
                    .to_owned()
            }
            CampaignError::Nobody { .. } => "loosen `--eligible`, the lists or the caps".to_owned(),
            CampaignError::NoRoom { room: 0, .. } => "loosen that rule".to_owned(),
            CampaignError::NoRoom { room, by_all: true, .. } => {
                format!("ask for fewer (at most `-n {room}`), or loosen one of these; consent is not to be loosened")
            }
            CampaignError::NoRoom { room, .. } => format!("ask for fewer (at most `-n {room}`), or loosen that rule"),
            CampaignError::TooManyPlaces { need: None, .. } => "raise the budget, or ask for fewer of some".to_owned(),
            CampaignError::TooManyPlaces { need: Some(need), .. } => {
                format!("ask for more in all (`-n {need}`), or for fewer of some")
            }
            CampaignError::TooFew { room: 0, .. } => "leave that `--at-least` out, or loosen that rule".to_owned(),
            CampaignError::TooFew { ref quota, room, .. } => {
                format!("ask for fewer (at most `--at-least {}={room}`), or loosen that rule", quota.people)
            }
            CampaignError::NothingToReach { .. } => "loosen `--among`, or leave out `--worth`".to_owned(),
            CampaignError::TooMuch { .. } => "divide it, such as `value / 1000`".to_owned(),
            CampaignError::Seeds(_) | CampaignError::Contain(_) => "`plaudit cohort --help` explains the options".to_owned(),
        };
        with_causes(EXIT_INPUT, &error).hint(hint)
    }
}

impl From<&StoreError> for CliError {
    fn from(error: &StoreError) -> Self {
        let hint = match error {
            StoreError::Io { .. } | StoreError::Write { .. } => {
                "check that the folder of the run store may be written and that the disk has room; the last good run is untouched"
            }
            StoreError::NotAStore { .. } => {
                "name a run store with `--store DIR`, or make one with `plaudit run`"
            }
            StoreError::Foreign { .. } => "name another folder with `--out DIR` or `[run] output`",
            StoreError::Version { .. } => "use the version of plaudit that wrote it, or a newer one",
            StoreError::Locked { .. } => "wait until the other run is done; its lock goes with its process",
            StoreError::CurrentIsNotALink { .. } => {
                "move it away and run again; the runs beside it are untouched"
            }
            StoreError::NoRuns { .. } => "make one with `plaudit run`",
            StoreError::AmbiguousRun { .. } => "type more of the id, or all of it",
            _ => "run again; `plaudit runs verify RUN` tells whether an older one is whole",
        };
        match error {
            // A count that does not add up is our fault, whatever the input.
            StoreError::Counts(_) | StoreError::Unfinished { .. } => {
                Self::of_room(EXIT_BUG, error).into_bug()
            }
            _ => Self::of_room(EXIT_INPUT, error).hint(hint),
        }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}
