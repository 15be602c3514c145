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
    /// The half-life of an event's weight in seconds; `None`: it does not fade.
    pub half_life_s: Option<u32>,
    /// How many events of one pair count per UTC day; `None`: all.
    pub daily_cap: Option<u32>,
}

/// What a kind does to an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindRole {
    /// Each event adds to the edge.
    Act,
    /// Begins a state that counts once, from its last beginning, until a [`KindRole::Unfollow`] ends it.
    Follow,
    /// Ends an earlier [`KindRole::Follow`] of the same pair.
    Unfollow,
}

/// How repeated events of one pair and kind add up. `S` is their decayed count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saturation {
    /// `S`: a hundred shares weigh a hundred times one.
    None,
    /// `log2(1 + S)`: one event weighs 1, a hundred weigh 6.7.
    Log,
}

/// What happens to a dated event with the same actor, target, kind and second as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// One counts; the others are ignored as `duplicate`.
    Ignore,
    /// Each counts.
    Keep,
}

/// Which dated events count: acts in `[from, as_of]`, follows and unfollows up to `as_of`. Undated events always do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first second that counts.
    pub from: Time,
    /// The as-of time, which scores are computed for; `None` where no event is dated.
    pub as_of: Option<Time>,
}

impl Weights {
    pub fn kind(&self, name: &str) -> Option<KindId> {
        let position = self.kinds.iter().position(|kind| kind.name == name)?;
        u8::try_from(position).ok().map(KindId)
    }
}
