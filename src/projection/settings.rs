//! Settings of the projection: the weight of each kind of event, saturation, duplicates, the time window.

use crate::event::{KindId, Time};

/// The weighting of events; `kinds[KindId]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    pub kinds: Vec<KindWeight>,
    pub saturation: Saturation,
    pub duplicates: Duplicates,
}

#[derive(Clone, Debug, PartialEq)]
pub struct KindWeight {
    /// The kind's name in the configuration.
    pub name: String,
    pub role: KindRole,
    /// The weight of one fresh event, in thousandths (3.0 is 3000).
    pub weight_milli: u32,
    /// The half-life of an event's weight in seconds; `None`: the weight does not fade.
    pub half_life_s: Option<u32>,
    /// How many events of one pair count per UTC day; `None`: all events count.
    pub daily_cap: Option<u32>,
}

/// The number of half-lives after which an event counts for nothing.
pub(super) const FADED_HALF_LIVES: u32 = 20;

impl KindWeight {
    /// The moment before which events of this kind are too old to count; `None` if they do not fade.
    pub fn faded_before(&self, as_of: Time) -> Option<Time> {
        Some(Time(as_of.0.saturating_sub(self.half_life_s?.saturating_mul(FADED_HALF_LIVES))))
    }
}

/// What a kind does to an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindRole {
    /// Each event adds to the edge.
    Act,
    /// Begins a state, which a [`KindRole::Unfollow`] ends. The state counts once, with the age of its last beginning.
    Follow,
    /// Ends an earlier [`KindRole::Follow`] of the same pair.
    Unfollow,
}

/// How repeated events of one pair and kind add up. `S` is their decayed count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saturation {
    /// `S`: a hundred shares weigh a hundred times as much as one share.
    None,
    /// `log2(1 + S)`: one event weighs 1, a hundred weigh 6.7.
    Log,
}

/// How dated events with the same actor, target, kind and second count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// One of these events counts; the others are ignored as `duplicate`.
    Ignore,
    /// Each of these events counts.
    Keep,
}

/// Which dated events count: acts in `[from, as_of]`, follows and unfollows up to `as_of`. Undated events always count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first second that counts.
    pub from: Time,
    /// The as-of time, to which scores refer; `None` if no event is dated.
    pub as_of: Option<Time>,
}

impl Weights {
    pub fn kind(&self, name: &str) -> Option<KindId> {
        let position = self.kinds.iter().position(|kind| kind.name == name)?;
        u8::try_from(position).ok().map(KindId)
    }
}
