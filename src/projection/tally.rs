//! What became of every event: used, or ignored for one reason, per input file.

use std::collections::BTreeMap;

use crate::event::KindId;

/// Why an event does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ignored {
    /// Actor and target are the same person.
    SelfInteraction,
    /// Before the window or after the moment that scores are for.
    OutsideWindow,
    /// The same event delivered again.
    Duplicate,
    /// Past the daily cap of its pair and kind.
    OverDailyCap,
    /// A follow of somebody who is followed already.
    AlreadyFollowing,
    /// An unfollow of somebody who is not followed.
    NotFollowing,
    /// So old that less than a millionth of it is left.
    Faded,
    /// One of the two may not be profiled, and the configuration keeps them out of the graph.
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

    /// The word for this reason in the manifest.
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

/// Exact counts of what became of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Only files with events are here: a block of events knows one or two of thousands.
    files: BTreeMap<u16, FileTally>,
    /// Per kind: how many events count.
    used_by_kind: Vec<u64>,
    /// Whether any weight is not a whole number of units.
    rounded: bool,
}

/// What became of the events of one file.
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

    /// Notes that a weight was rounded.
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

    /// Events of `file` that count.
    pub fn used(&self, file: u16) -> u64 {
        self.files.get(&file).map_or(0, |tally| tally.used)
    }

    /// Events of `file` that do not count, whatever the reason.
    pub fn ignored(&self, file: u16) -> u64 {
        self.files.get(&file).map_or(0, |tally| tally.ignored.iter().sum())
    }

    /// Events of all files that count.
    pub fn used_total(&self) -> u64 {
        self.files.values().map(|tally| tally.used).sum()
    }

    /// Events of all files ignored for `reason`.
    pub fn ignored_for(&self, reason: Ignored) -> u64 {
        self.files.values().map(|tally| tally.ignored[reason as usize]).sum()
    }

    /// Events that count, by kind id.
    pub fn used_by_kind(&self) -> &[u64] {
        &self.used_by_kind
    }

    /// By how many units the weight of an edge may differ from the sum of its events: up to one for each kind, nothing
    /// where every sum is a whole number of units.
    pub fn weight_error_units(&self) -> f64 {
        if self.rounded { self.used_by_kind.len() as f64 } else { 0.0 }
    }

    /// All events, used or ignored.
    pub fn total(&self) -> u64 {
        self.used_total() + Ignored::ALL.iter().map(|&reason| self.ignored_for(reason)).sum::<u64>()
    }
}

fn add_each(mine: &mut [u64], theirs: &[u64]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine += theirs;
    }
}
