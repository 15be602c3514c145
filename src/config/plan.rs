//! The plan of a run: every setting, complete and checked.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use super::people_selector::PeopleSelector;
use crate::{
    community::LeidenConfig,
    event::{self, ChannelRules, ColumnRef, EventError, EventLayout, Source, TextShape, Time, TimeLayout},
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
    /// Only events within this many seconds before `as_of` count; `None`: all events count.
    pub window_s: Option<u32>,
    /// The maximum memory of a run.
    pub memory_limit: MemoryLimit,
    /// The seed of everything random; the kernels' configurations hold it too.
    pub seed: u64,
    /// The fraction of bad rows, in `[0, 1]`, above which nothing is published.
    pub max_rejected: f64,
    /// The number of threads; `None`: one per core.
    pub threads: Option<NonZeroUsize>,
    /// The event files, at least one entry.
    pub events: Vec<EventSource>,
    /// The CRM files; if there are none, every account is a customer.
    pub customers: Vec<CustomerFiles>,
    /// The contact logs; only `plaudit cohort` reads them, runs do not.
    pub contacts: Vec<ContactLog>,
    /// Handles that stand for nobody, in lower case.
    pub placeholders: Vec<String>,
    /// The case rule of each channel.
    pub channels: ChannelRules,
    /// The consent of customers without an answer, and the treatment of events of customers who denied consent.
    pub consent: ConsentRules,
    /// What a run may change of what the previous one published.
    pub guard: GuardConfig,
    /// The weight of each kind of event; the kind ids in `events` are indices into its list of kinds.
    pub weights: Weights,
    /// How PageRank is computed.
    pub rank: PageRankConfig,
    /// Groups of people; a personalized PageRank is computed for each group, in a separate column.
    pub topics: Vec<Topic>,
    /// Whether PageRank starts from the ranks of the previous run.
    pub warm_start: bool,
    /// How communities are found.
    pub communities: LeidenConfig,
    /// How communities continue the communities of the previous run.
    pub continuation: ContinuationConfig,
    /// How k-hop audiences are counted.
    pub reach: ReachConfig,
    /// The diffusion model, for cohorts and expected spreads.
    pub spread: SpreadConfig,
    /// Groups of people; the members of each group are counted within each k-hop audience, in separate columns.
    pub reach_segments: Vec<Topic>,
    /// The settings for suspects: how they are found, and the share of suspects above which a tier is capped.
    pub trust: TrustConfig,
    /// The measures of the score and the sizes of the tiers.
    pub tiers: TierConfig,
}

/// From which change on a run is refused before it publishes. Shares are in `[0, 1]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GuardConfig {
    /// The share of the customers of the previous run who are gone.
    pub customers_drop: f64,
    /// By which share fewer accounts are linked than in the previous run.
    pub match_rate_drop: f64,
    /// By which share an `[[events]]` or `[[customers]]` table has fewer rows than the median of its last seven runs.
    pub events_drop: f64,
    /// The share of valid events that are ignored.
    pub ignored_share: f64,
    /// The share of CRM rows that have the key of another row.
    pub merged_share: f64,
    /// The share of bad rows in one file, if at least two are bad.
    pub rejected_in_file: f64,
    /// The share of remembered denials that the CRM lifts in one run.
    pub denials_lifted: f64,
    /// The share of customers whose tier changes.
    pub tier_change: f64,
    /// By how many seconds the newest event may be later than its file, the clock, or a given as-of time.
    pub future_s: u32,
}

/// How communities continue the communities of the previous run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContinuationConfig {
    /// Whether the search starts from the communities of the previous run.
    pub warm_start: bool,
    /// Communities are also searched from scratch if the as-of time is at least this many seconds after that of the
    /// last search from scratch; `None`: never.
    pub cold_every_s: Option<u32>,
    /// How much higher the quality of communities from scratch must be to be adopted.
    pub adopt_margin: f64,
}

/// The diffusion model and its edge probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpreadConfig {
    /// The source of the probability that influence passes along an edge.
    pub probability: Probability,
    /// The diffusion model. Learned probabilities require the independent cascade.
    pub diffusion: Diffusion,
}

/// The source of the probability that influence passes along an edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Probability {
    /// Learned if the share log and the model allow it, else the weighted cascade.
    Auto,
    /// Learned from the share log; a run fails if the log does not allow it.
    Learned,
    /// The edge's share of its source's out-strength.
    WeightedCascade,
    /// The same probability for all edges, above 0, at most 1.
    Fixed(f64),
}

/// The settings for suspects: how they are found, and the share of suspects above which a tier is capped. Without CRM
/// files they have no effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrustConfig {
    /// Whether suspects are searched.
    pub enabled: bool,
    /// The spam mass above which a prospect is a suspect, in `[0, 1]`.
    pub suspect_mass: f64,
    /// A customer is flagged if suspects contribute more than this share of a measure, in `[0, 1]`.
    pub suspect_share: f64,
}

/// The measure that is computed separately for a group of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicUse {
    /// PageRank personalized to the group.
    Rank,
    /// The number of members of the group in each k-hop audience.
    Reach,
}

impl TopicUse {
    /// The table of the configuration that names the groups.
    pub fn table(self) -> &'static str {
        match self {
            Self::Rank => "rank.topics",
            Self::Reach => "reach.segments",
        }
    }

    /// The word for such a group in messages.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Rank => "topic",
            Self::Reach => "segment",
        }
    }

    /// The prefix of the names of their columns.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Rank => "pagerank_",
            Self::Reach => "reach_",
        }
    }
}

/// A group of people with a measure of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The measure that is computed for the group.
    pub of: TopicUse,
    /// The name of the column after its prefix.
    pub name: String,
    /// The selector of the people; a tier or community is not allowed.
    pub segment: PeopleSelector,
    /// The folder to which the path of a list is relative.
    pub folder: PathBuf,
}

impl Topic {
    /// The path of the list of ids, if the segment is a list.
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

/// The maximum memory of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryLimit {
    /// This many bytes.
    Bytes(u64),
    /// This percentage of the memory that the machine or its cgroup allows.
    ShareOfAvailable {
        /// From 1 to 100.
        percent: u8,
    },
}

impl MemoryLimit {
    /// The limit in bytes; a percentage refers to the number of bytes that `available` returns. `None` if that number
    /// is unknown.
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
    /// The layout of each file.
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
    /// The layout of each file; its `path` is the pattern.
    pub template: CustomerSource,
}

impl CustomerFiles {
    /// One of the files, with its layout.
    pub fn source(&self, path: PathBuf) -> CustomerSource {
        CustomerSource { path, ..self.template.clone() }
    }
}

/// The files of one `[[contacts]]` table: the past contacts with customers, and the limits on how often a customer may
/// be contacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactLog {
    /// Which files.
    pub files: Files,
    /// The delimiter of the files.
    pub delimiter: u8,
    /// Which lines of the files are no rows.
    pub shape: TextShape,
    /// How the files write times.
    pub times: TimeLayout,
    /// The column of the customer's key.
    pub id: ColumnRef,
    /// The column of the time.
    pub at: ColumnRef,
    /// For how many seconds a contact counts; `None`: forever.
    pub window_s: Option<u32>,
    /// The maximum number of contacts with one customer within the window, including planned contacts; `None`: no
    /// limit.
    pub max_per_customer: Option<u32>,
    /// The maximum number of contacts with all members of one household together.
    pub max_per_household: Option<u32>,
    /// The maximum number of contacts with all members of one community together.
    pub max_per_community: Option<u32>,
}

/// The files that a table refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// Exactly this file, even if its name contains wildcards.
    Exact(PathBuf),
    /// The file with this name or, if there is no such file, all files that match the pattern.
    Matching {
        /// The folder to which a relative pattern refers.
        folder: PathBuf,
        /// A path, or a pattern with `*`, `**`, `?` and `[…]`.
        pattern: String,
    },
}

impl Files {
    /// The path if the pattern is read as a plain path; messages show it.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Exact(path) => path.clone(),
            Self::Matching { folder, pattern } => folder.join(pattern),
        }
    }

    /// The pattern to match if no file has the path [`Files::path`]; `None` if only that file is meant.
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

    /// The file with exactly this name or, if there is no such file, all files that match the pattern, sorted.
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

    /// The path or pattern as written in the configuration.
    pub fn as_written(&self) -> String {
        match self {
            Self::Exact(path) => path.to_string_lossy().into_owned(),
            Self::Matching { pattern, .. } => pattern.clone(),
        }
    }
}
