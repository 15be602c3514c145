//! Why a run publishes nothing.

use std::io;

use crate::{
    community::OutOfIds,
    config::TopicUse,
    event::EventError,
    graph::snapshot::SnapshotError,
    identity::IdentityError,
    rank::RankError,
    reach::ReachError,
    selection::SelectionError,
    store::{StoreError, TableError},
    text::{self, bytes},
};

/// Why a run publishes nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// An event file cannot be read.
    #[error(transparent)]
    Event(#[from] EventError),
    /// A CRM file cannot be read.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// More rows are bad than the plan allows.
    #[error(
        "{bad} of {read} {what} {} {} bad",
        text::noun(*read, "row", "rows"), text::noun(*bad, "is", "are")
    )]
    TooManyBadRows {
        /// Of which files: `event` or `customer`.
        what: &'static str,
        /// Rows set aside.
        bad: u64,
        /// Rows read.
        read: u64,
        /// The share that is allowed.
        allowed: f64,
        /// The first bad row, with its place and reason.
        first: String,
    },
    /// There is nothing to make tiers of.
    #[error("there is no event in {}", files.join(", "))]
    NoEvents {
        /// The files that were read.
        files: Vec<String>,
    },
    /// The CRM files hold no customer.
    #[error("there is no customer in {}", files.join(", "))]
    NoCustomers {
        /// The files that were read.
        files: Vec<String>,
    },
    /// No account of the events belongs to a customer.
    #[error("no customer is linked to any account")]
    NothingLinked,
    /// Every event was ignored.
    #[error("no event counts")]
    NothingUsed {
        /// How many were ignored for what.
        reasons: String,
    },
    /// The run would take more memory than it may.
    #[error("stage `{stage}` would take about {} of memory, {} are allowed", bytes(*needed_bytes), bytes(*limit_bytes))]
    TooLarge {
        /// The stage that needs most.
        stage: &'static str,
        /// What it would need.
        needed_bytes: u64,
        /// What the run may take.
        limit_bytes: u64,
    },
    /// The list of ids of a topic cannot be read.
    #[error("cannot find the people of {} `{topic}`: {cause}", of.noun())]
    TopicList {
        /// What the topic is for.
        of: TopicUse,
        /// The topic's name.
        topic: String,
        /// What is wrong with the list.
        cause: SelectionError,
    },
    /// A topic names somebody who is not there.
    #[error("there is no customer or account `{given}`{} for {} `{topic}`", place.as_deref().map_or(String::new(), |place| format!(" at {place}")), of.noun())]
    UnknownInTopic {
        /// What the topic is for.
        of: TopicUse,
        /// The topic's name.
        topic: String,
        /// The id.
        given: String,
        /// Where it was found, as `file:line`; none in the configuration.
        place: Option<String>,
        /// The known id that is nearest to it, if one is near.
        nearest: Option<String>,
    },
    /// A topic names a channel on which no customer is.
    #[error("no customer is on channel `{channel}` for {} `{topic}`", of.noun())]
    NobodyOnChannel {
        /// What the topic is for.
        of: TopicUse,
        /// The topic's name.
        topic: String,
        /// The channel.
        channel: String,
        /// The channel with customers that is nearest to it, if one is near.
        nearest: Option<String>,
        /// All channels with customers.
        known: Vec<String>,
    },
    /// PageRank failed.
    #[error("cannot rank: {0}")]
    Rank(#[from] RankError),
    /// Every id of a community has been given.
    #[error("cannot name the communities: {0}")]
    OutOfIds(#[from] OutOfIds),
    /// Reach failed.
    #[error("cannot estimate reach: {0}")]
    Reach(#[from] ReachError),
    /// Learnt probabilities are asked for, and the log does not show enough.
    #[error("cannot learn how influence travels: {missing}")]
    NothingToLearn {
        /// What the log lacks, and by how much.
        missing: String,
    },
    /// A sum that must hold does not: a fault of plaudit.
    #[error("{what}: {got} is not {expected}")]
    Broken {
        /// What must hold.
        what: &'static str,
        /// What came out.
        got: String,
        /// What was expected.
        expected: String,
    },
    /// The run store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The snapshot cannot be written.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A table cannot be written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A segment file cannot be written.
    #[error("cannot write a file of the run: {0}")]
    Write(#[source] io::Error),
}

impl PipelineError {
    /// Why it failed, beyond the first line.
    pub fn why(&self) -> Option<String> {
        match self {
            Self::TooManyBadRows { allowed, first, .. } => {
                Some(format!("at most {} % may be; the first one is {first}", allowed * 100.0))
            }
            Self::NoEvents { .. } => Some("the files hold no data row that is an event".to_owned()),
            Self::NoCustomers { .. } => {
                Some("without customers everybody would be a prospect, also who has denied it".to_owned())
            }
            Self::NothingLinked => {
                Some("none of the CRM's identifiers is an account that the events name".to_owned())
            }
            Self::NothingUsed { reasons } => Some(format!("all were ignored: {reasons}")),
            Self::UnknownInTopic { nearest: Some(near), .. } => Some(format!("the nearest is `{near}`")),
            Self::UnknownInTopic { .. } => Some("nobody whom events or CRM name goes by this id".to_owned()),
            Self::NobodyOnChannel { known, .. } if known.is_empty() => {
                Some("no channel has customers".to_owned())
            }
            Self::NobodyOnChannel { known, .. } => {
                Some(format!("the channels with customers are {}", known.join(", ")))
            }
            Self::TooLarge { .. } => {
                Some("the limit is `[run] memory_limit`, or the machine's memory".to_owned())
            }
            _ => None,
        }
    }

    /// How it can be mended.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Event(error) => return error.hint(),
            Self::Identity(error) => {
                let hint = error.hint();
                return hint.or_else(|| {
                    Some("check that the file is whole, and its delimiter and quotes".to_owned())
                });
            }
            Self::TooManyBadRows { .. } => {
                "`plaudit check` lists the first bad rows; mend them, or raise `[run] max_rejected`"
            }
            Self::NoEvents { .. } => "check `path`, `header` and `comment` of `[[events]]`",
            Self::NoCustomers { .. } => {
                "check the export of the CRM; without any CRM leave `[[customers]]` out"
            }
            Self::NothingLinked => {
                "the namespaces of `identifiers` must be the channels of the events; `plaudit check` counts what is linked"
            }
            Self::NothingUsed { .. } => {
                "check `[run] as_of` and `window`, and which columns are actor and target"
            }
            Self::UnknownInTopic { .. } | Self::NobodyOnChannel { .. } | Self::TopicList { .. } => {
                return Some(self.topic_hint());
            }
            Self::TooLarge { .. } => {
                "use a shorter `[run] window`, fewer `[reach] registers`, a larger `memory_limit`, or a larger machine"
            }
            Self::Rank(RankError::NotConverged { .. }) => "raise `[rank] max_rounds` or `[rank] tolerance`",
            Self::Rank(_) => "check `[rank]` in the configuration",
            Self::OutOfIds(_) => "publish into a new store, where ids begin at 0 again",
            Self::Reach(_) => "check `[reach]` in the configuration",
            Self::NothingToLearn { .. } => {
                "set `[reach] probability = \"auto\"`, which falls back to the weighted cascade, or add posts to the events, \
                 as shares from oneself; docs/influence.md tells what is needed"
            }
            Self::Broken { .. } => {
                "this is a fault of plaudit; please report it with the manifest of the last good run"
            }
            Self::Snapshot(_) | Self::Table(_) | Self::Write(_) => {
                "check that the folder of the run store may be written and has room; the last good run is untouched"
            }
            // The store's errors say it themselves.
            Self::Store(_) => return None,
        };
        Some(hint.to_owned())
    }

    /// The same where people are named that are not there.
    fn topic_hint(&self) -> String {
        match self {
            Self::UnknownInTopic { nearest: Some(near), .. }
            | Self::NobodyOnChannel { nearest: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::UnknownInTopic { place: Some(_), .. } => {
                "mend the line, or take it out; accounts are written `channel:handle`".to_owned()
            }
            Self::UnknownInTopic { of, .. } => {
                format!("name in {} an id of the CRM, or an account as `channel:handle`", segment_of(*of))
            }
            Self::NobodyOnChannel { of, known, .. } if known.is_empty() => {
                format!("name people in {}, by id or as `@FILE`", segment_of(*of))
            }
            Self::NobodyOnChannel { of, .. } => format!("name one of these channels in {}", segment_of(*of)),
            Self::TopicList { of, cause: SelectionError::EmptyList { .. }, .. } => {
                format!("write the ids into it, one a line, or mend {}", segment_of(*of))
            }
            Self::TopicList { of, .. } => format!(
                "mend {}: `@FILE` is a text file in UTF-8 with one id a line, and its path starts from the folder of the \
                 configuration",
                segment_of(*of)
            ),
            _ => unreachable!("invariant: asked of topics only"),
        }
    }
}

/// The key that names the people of a topic.
fn segment_of(of: TopicUse) -> String {
    format!("`segment` of `[[{}]]`", of.table())
}
