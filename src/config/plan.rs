//! The plan of a run: every setting, complete and checked.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use super::people_selector::PeopleSelector;
use crate::{
    community::LeidenConfig,
    event::{self, ChannelRules, ColumnRef, EventError, EventLayout, Source, Time},
    identity::{ConsentRules, CustomerSource},
    influence::Diffusion,
    projection::Weights,
    rank::PageRankConfig,
    reach::ReachConfig,
    tier::TierConfig,
};

/// Everything that a run is asked to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The run store.
    pub output: PathBuf,
    /// The as-of time: the time that scores refer to.
    pub as_of: AsOf,
    /// Only events within this many seconds before `as_of` count; `None`: all.
    pub window_s: Option<u32>,
    /// How much memory a run may take.
    pub memory_limit: MemoryLimit,
    /// The seed of everything random; the kernels' configurations hold it too.
    pub seed: u64,
    /// The share of bad rows, in `[0, 1]`, above which nothing is published.
    pub max_rejected: f64,
    /// How many threads; `None`: one per core.
    pub threads: Option<NonZeroUsize>,
    /// The event files, at least one entry.
    pub events: Vec<EventSource>,
    /// The CRM files; none: every account is a customer.
    pub customers: Vec<CustomerFiles>,
    /// The contact logs; no run reads them, `plaudit cohort` does.
    pub contacts: Vec<ContactLog>,
    /// Which channels tell case apart.
    pub channels: ChannelRules,
    /// The consent of customers without an answer, and what happens to the events of denied ones.
    pub consent: ConsentRules,
    /// What each kind of event weighs; the kinds of `events` are numbered by it.
    pub weights: Weights,
    /// How PageRank is computed.
    pub rank: PageRankConfig,
    /// Groups of people for each of which a personalized PageRank is computed, in a column of its own.
    pub topics: Vec<Topic>,
    /// Whether PageRank starts from the ranks of the previous run.
    pub warm_start: bool,
    /// How communities are found.
    pub communities: LeidenConfig,
    /// How communities continue those of the previous run.
    pub continuation: ContinuationConfig,
    /// How k-hop audiences are counted.
    pub reach: ReachConfig,
    /// The diffusion model, for cohorts and expected spreads.
    pub spread: SpreadConfig,
    /// Groups of people who are counted separately in each k-hop audience, in columns of their own.
    pub reach_segments: Vec<Topic>,
    /// Which accounts are suspects, and the share of suspects from which a tier is capped.
    pub trust: TrustConfig,
    /// What the score is made of and where tiers are cut.
    pub tiers: TierConfig,
}

/// How communities continue those of the previous run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContinuationConfig {
    /// Whether the search starts from the communities of the previous run.
    pub warm_start: bool,
    /// After how many seconds between the as-of times of two runs communities are also searched from scratch; `None`:
    /// never.
    pub cold_every_s: Option<u32>,
    /// How much better in quality those must be to be adopted.
    pub adopt_margin: f64,
}

/// The diffusion model and its edge probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpreadConfig {
    /// Where the probability that influence passes along an edge comes from.
    pub probability: Probability,
    /// The diffusion model. Learned probabilities go with the independent cascade only.
    pub diffusion: Diffusion,
}

/// Where the probability that influence passes along an edge comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Probability {
    /// Learned where the share log and the model allow it, else the weighted cascade.
    Auto,
    /// Learned from the share log; a run fails where the log does not allow it.
    Learned,
    /// The edge's share of its source's out-strength.
    WeightedCascade,
    /// The same for all edges, above 0, at most 1.
    Fixed(f64),
}

/// Which accounts are suspects, and the share of suspects from which a tier is capped. Without CRM files it has no
/// effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrustConfig {
    /// Whether suspects are looked for.
    pub enabled: bool,
    /// The spam mass above which a prospect is a suspect, in `[0, 1]`.
    pub suspect_mass: f64,
    /// The share of suspects in what a customer receives above which the customer is flagged, in `[0, 1]`.
    pub suspect_share: f64,
}

/// What is computed for a group of people separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicUse {
    /// PageRank personalized to them.
    Rank,
    /// How many of them are in each k-hop audience.
    Reach,
}

impl TopicUse {
    /// The table that names them.
    pub fn table(self) -> &'static str {
        match self {
            Self::Rank => "rank.topics",
            Self::Reach => "reach.segments",
        }
    }

    /// What they are called.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Rank => "topic",
            Self::Reach => "segment",
        }
    }

    /// What the names of their columns begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Rank => "pagerank_",
            Self::Reach => "reach_",
        }
    }
}

/// A group of people for whom something is computed separately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// What is computed.
    pub of: TopicUse,
    /// What the column is called, after its prefix.
    pub name: String,
    /// The people; no tier and no community.
    pub segment: PeopleSelector,
    /// Where the path of a list starts.
    pub folder: PathBuf,
}

impl Topic {
    /// The list of ids that is the segment, if it is one.
    pub fn list(&self) -> Option<PathBuf> {
        match &self.segment {
            PeopleSelector::File(path) => Some(self.folder.join(path)),
            _ => None,
        }
    }
}

/// The as-of time: the time that scores refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// The time of the newest event.
    NewestEvent,
    /// This time; later events are outside the window.
    At(Time),
}

/// How much memory a run may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryLimit {
    /// This many bytes.
    Bytes(u64),
    /// This share of what the machine or its cgroup allows.
    ShareOfAvailable {
        /// From 1 to 100.
        percent: u8,
    },
}

impl MemoryLimit {
    /// The limit in bytes; a share is taken of the bytes that `available` returns. `None` where those are unknown.
    pub fn bytes(self, available: impl FnOnce() -> Option<u64>) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::ShareOfAvailable { percent } => available().map(|bytes| bytes / 100 * u64::from(percent)),
        }
    }
}

/// The event files of one `[[events]]` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSource {
    /// Which files.
    pub files: Files,
    /// How each of them is laid out.
    pub layout: EventLayout,
}

impl EventSource {
    /// One of the files, with its layout.
    pub fn source(&self, path: PathBuf) -> Source {
        Source { path, layout: self.layout.clone() }
    }
}

/// The CRM files of one `[[customers]]` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerFiles {
    /// Which files.
    pub files: Files,
    /// The layout of each of them; its `path` is the pattern.
    pub template: CustomerSource,
}

impl CustomerFiles {
    /// One of the files, with its layout.
    pub fn source(&self, path: PathBuf) -> CustomerSource {
        CustomerSource { path, ..self.template.clone() }
    }
}

/// The files of one `[[contacts]]` table: who has been contacted when, and how often that may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactLog {
    /// Which files.
    pub files: Files,
    /// What separates their fields.
    pub delimiter: u8,
    /// The column of the customer's key.
    pub id: ColumnRef,
    /// The column of the time.
    pub at: ColumnRef,
    /// For how many seconds a contact counts; `None`: forever.
    pub window_s: Option<u32>,
    /// The most contacts with one customer in that time, planned ones included; `None`: any number.
    pub max_per_customer: Option<u32>,
    /// The most contacts with all members of one household together.
    pub max_per_household: Option<u32>,
    /// The most contacts with all members of one community together.
    pub max_per_community: Option<u32>,
}

/// Which files a table means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// Exactly this file, whatever characters its name has.
    Exact(PathBuf),
    /// The file of this name, or if there is none, all that match.
    Matching {
        /// Where a relative pattern starts.
        folder: PathBuf,
        /// A path, or a pattern with `*`, `**`, `?` and `[…]`.
        pattern: String,
    },
}

impl Files {
    /// The one file that this names if the pattern is read as a plain path; messages show it.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Exact(path) => path.clone(),
            Self::Matching { folder, pattern } => folder.join(pattern),
        }
    }

    /// The pattern to match where no file has the name [`Files::path`]; `None`: only that file is meant.
    ///
    /// The folder is matched literally, even if its name contains a `[`.
    pub fn glob(&self) -> Option<String> {
        match self {
            Self::Exact(_) => None,
            Self::Matching { folder, pattern } => {
                let folder = glob::Pattern::escape(&folder.to_string_lossy());
                Some(PathBuf::from(folder).join(pattern).to_string_lossy().into_owned())
            }
        }
    }

    /// The file of exactly this name, or all that match the pattern, sorted.
    ///
    /// # Errors
    /// [`EventError`]: nothing matches, or a folder cannot be listed.
    pub fn expand(&self) -> Result<Vec<PathBuf>, EventError> {
        let plain = self.path();
        match self.glob() {
            Some(pattern) if !plain.exists() => event::expand(Path::new(&pattern)),
            _ => Ok(vec![plain]),
        }
    }

    /// As the configuration has it.
    pub fn as_written(&self) -> String {
        match self {
            Self::Exact(path) => path.to_string_lossy().into_owned(),
            Self::Matching { pattern, .. } => pattern.clone(),
        }
    }
}
