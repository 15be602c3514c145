//! What became of every event: used, or ignored for one reason, per input file.

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
    /// One of the two may not be profiled, and the configuration keeps them out of the graph.
    ProfilingDenied,
}

impl Ignored {
    /// All reasons, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::SelfInteraction,
        Self::OutsideWindow,
        Self::Duplicate,
        Self::OverDailyCap,
        Self::AlreadyFollowing,
        Self::NotFollowing,
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
            Self::ProfilingDenied => "profiling_denied",
        }
    }
}

/// Exact counts of what became of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Per file: how many events count.
    used: Vec<u64>,
    /// Per file and reason, in the order of [`Ignored::ALL`].
    ignored: Vec<[u64; Ignored::ALL.len()]>,
    /// Per kind: how many events count.
    used_by_kind: Vec<u64>,
}

impl Tally {
    pub(super) fn new(file_count: usize, kind_count: usize) -> Self {
        Self {
            used: vec![0; file_count],
            ignored: vec![[0; Ignored::ALL.len()]; file_count],
            used_by_kind: vec![0; kind_count],
        }
    }

    pub(super) fn ignore(&mut self, file: u16, reason: Ignored) {
        self.ignored[usize::from(file)][reason as usize] += 1;
    }

    pub(super) fn count(&mut self, file: u16, kind: KindId) {
        self.used[usize::from(file)] += 1;
        self.used_by_kind[usize::from(kind.0)] += 1;
    }

    pub(super) fn add(&mut self, other: &Self) {
        add_each(&mut self.used, &other.used);
        add_each(&mut self.used_by_kind, &other.used_by_kind);
        for (mine, theirs) in self.ignored.iter_mut().zip(&other.ignored) {
            add_each(mine, theirs);
        }
    }

    /// Events of `file` that count.
    pub fn used(&self, file: usize) -> u64 {
        self.used[file]
    }

    /// Events of `file` that do not count, whatever the reason.
    pub fn ignored(&self, file: usize) -> u64 {
        self.ignored[file].iter().sum()
    }

    /// Events of all files that count.
    pub fn used_total(&self) -> u64 {
        self.used.iter().sum()
    }

    /// Events of all files ignored for `reason`.
    pub fn ignored_for(&self, reason: Ignored) -> u64 {
        self.ignored.iter().map(|file| file[reason as usize]).sum()
    }

    /// Events that count, by kind id.
    pub fn used_by_kind(&self) -> &[u64] {
        &self.used_by_kind
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
