//! Counts events per input file: used, or ignored for exactly one reason.

use std::collections::BTreeMap;

use crate::event::KindId;

/// Why an event does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ignored {
    /// Actor and target are the same person.
    SelfInteraction,
    /// Before the window or after the as-of time.
    OutsideWindow,
    /// A repeat of another event.
    Duplicate,
    /// Beyond the daily cap of its pair and kind.
    OverDailyCap,
    /// A follow of an account that the actor follows already.
    AlreadyFollowing,
    /// An unfollow of an account that the actor does not follow.
    NotFollowing,
    /// So old that less than a millionth of its weight is left.
    Faded,
    /// Actor or target may not be profiled, and the configuration excludes such people from the graph.
    ProfilingDenied,
}

impl Ignored {
    /// All reasons, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::SelfInteraction,
        Self::OutsideWindow,
        Self::Duplicate,
        Self::OverDailyCap,
        Self::AlreadyFollowing,
        Self::NotFollowing,
        Self::Faded,
        Self::ProfilingDenied,
    ];

    /// The name of this reason in the manifest.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SelfInteraction => "self_interaction",
            Self::OutsideWindow => "outside_window",
            Self::Duplicate => "duplicate",
            Self::OverDailyCap => "over_daily_cap",
            Self::AlreadyFollowing => "already_following",
            Self::NotFollowing => "not_following",
            Self::Faded => "faded",
            Self::ProfilingDenied => "profiling_denied",
        }
    }
}

/// Exact counts of used and ignored events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Only files with events: a block of events comes from one or two of thousands of files.
    files: BTreeMap<u16, FileTally>,
    /// The number of used events of each kind.
    used_by_kind: Vec<u64>,
    rounded: bool,
}

/// The used and ignored events of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct FileTally {
    used: u64,
    /// In the order of [`Ignored::ALL`].
    ignored: [u64; Ignored::ALL.len()],
}

impl Tally {
    pub(super) fn new(kind_count: usize) -> Self {
        Self { files: BTreeMap::new(), used_by_kind: vec![0; kind_count], rounded: false }
    }

    pub(super) fn ignore(&mut self, file: u16, reason: Ignored) {
        self.files.entry(file).or_default().ignored[reason as usize] += 1;
    }

    pub(super) fn count(&mut self, file: u16, kind: KindId) {
        self.files.entry(file).or_default().used += 1;
        self.used_by_kind[usize::from(kind.0)] += 1;
    }

    /// Records that a weight was rounded.
    pub(super) fn round(&mut self) {
        self.rounded = true;
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.rounded |= other.rounded;
        add_each(&mut self.used_by_kind, &other.used_by_kind);
        for (file, theirs) in &other.files {
            let mine = self.files.entry(*file).or_default();
            mine.used += theirs.used;
            add_each(&mut mine.ignored, &theirs.ignored);
        }
    }

    /// The number of used events of `file`.
    pub fn used(&self, file: u16) -> u64 {
        self.files.get(&file).map_or(0, |tally| tally.used)
    }

    /// The number of ignored events of `file`, for any reason.
    pub fn ignored(&self, file: u16) -> u64 {
        self.files.get(&file).map_or(0, |tally| tally.ignored.iter().sum())
    }

    /// The number of used events of all files.
    pub fn used_total(&self) -> u64 {
        self.files.values().map(|tally| tally.used).sum()
    }

    /// The number of events of all files ignored for `reason`.
    pub fn ignored_for(&self, reason: Ignored) -> u64 {
        self.files.values().map(|tally| tally.ignored[reason as usize]).sum()
    }

    /// The number of used events by kind id.
    pub fn used_by_kind(&self) -> &[u64] {
        &self.used_by_kind
    }

    /// By how many units the weight of an edge may differ from the exact sum of its events: up to one for each kind, 0
    /// where every sum is a whole number of units.
    pub fn weight_error_units(&self) -> f64 {
        if self.rounded { self.used_by_kind.len() as f64 } else { 0.0 }
    }

    /// The number of all events, used or ignored.
    pub fn total(&self) -> u64 {
        self.used_total() + Ignored::ALL.iter().map(|&reason| self.ignored_for(reason)).sum::<u64>()
    }
}

fn add_each(mine: &mut [u64], theirs: &[u64]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine += theirs;
    }
}
