//! Counts events per input file: used, or ignored for exactly one reason.

use std::collections::BTreeMap;

use crate::event::KindId;

/// Why an event does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ignored {
    SelfInteraction,
    /// Before the window or after the as-of time.
    OutsideWindow,
    Duplicate,
    /// Beyond the daily cap of its pair and kind.
    OverDailyCap,
    AlreadyFollowing,
    NotFollowing,
    /// So old that less than a millionth of its weight is left.
    Faded,
    /// Actor or target may not be profiled, and the configuration excludes such people from the graph.
    ProfilingDenied,
    /// Actor or target is a placeholder, such as `[deleted]`.
    Nobody,
}

impl Ignored {
    /// All reasons, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::SelfInteraction,
        Self::OutsideWindow,
        Self::Duplicate,
        Self::OverDailyCap,
        Self::AlreadyFollowing,
        Self::NotFollowing,
        Self::Faded,
        Self::ProfilingDenied,
        Self::Nobody,
    ];

    /// The reason of this name in the manifest.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The ignored events in words, to follow their number.
    pub const fn words(self) -> &'static str {
        match self {
            Self::SelfInteraction => "self-interactions",
            Self::OutsideWindow => "outside the window",
            Self::Duplicate => "duplicates",
            Self::OverDailyCap => "over the daily cap",
            Self::AlreadyFollowing => "repeated follows",
            Self::NotFollowing => "unfollows without a follow",
            Self::Faded => "too old to count",
            Self::ProfilingDenied => "of people who may not be profiled",
            Self::Nobody => "of placeholders such as `[deleted]`",
        }
    }

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
            Self::Nobody => "nobody",
        }
    }
}

/// Exact counts of used and ignored events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Has an entry only for files with counted events: a block of events comes from one or two of thousands of files.
    files: BTreeMap<u16, FileTally>,
    used_by_kind: Vec<u64>,
    rounded: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct FileTally {
    used: u64,
    /// The number of ignored events for each reason, in the order of [`Ignored::ALL`].
    ignored: [u64; Ignored::ALL.len()],
}

impl Tally {
    pub(super) fn new(kind_count: usize) -> Self {
        Self { files: BTreeMap::new(), used_by_kind: vec![0; kind_count], rounded: false }
    }

    pub(super) fn ignore(&mut self, file: u16, reason: Ignored) {
        self.files.entry(file).or_default().ignored[reason as usize] += 1;
    }

    /// Counts events that were taken out before the projection; `counts[file]`.
    pub fn ignore_all(&mut self, counts: &BTreeMap<u16, u64>, reason: Ignored) {
        for (&file, &count) in counts {
            self.files.entry(file).or_default().ignored[reason as usize] += count;
        }
    }

    pub(super) fn count(&mut self, file: u16, kind: KindId) {
        self.files.entry(file).or_default().used += 1;
        self.used_by_kind[usize::from(kind.0)] += 1;
    }

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

    pub fn used(&self, file: u16) -> u64 {
        self.files.get(&file).map_or(0, |tally| tally.used)
    }

    pub fn ignored(&self, file: u16) -> u64 {
        self.files.get(&file).map_or(0, |tally| tally.ignored.iter().sum())
    }

    pub fn used_total(&self) -> u64 {
        self.files.values().map(|tally| tally.used).sum()
    }

    pub fn ignored_for(&self, reason: Ignored) -> u64 {
        self.files.values().map(|tally| tally.ignored[reason as usize]).sum()
    }

    pub fn used_by_kind(&self) -> &[u64] {
        &self.used_by_kind
    }

    /// An upper bound, in units, on the difference between the weight of an edge and the exact sum of its events: one
    /// unit for each kind; 0 if every sum is a whole number of units.
    pub fn weight_error_units(&self) -> f64 {
        if self.rounded { self.used_by_kind.len() as f64 } else { 0.0 }
    }

    pub fn total(&self) -> u64 {
        self.used_total() + Ignored::ALL.iter().map(|&reason| self.ignored_for(reason)).sum::<u64>()
    }
}

fn add_each(mine: &mut [u64], theirs: &[u64]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine += theirs;
    }
}
