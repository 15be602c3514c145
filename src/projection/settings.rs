//! What each kind of event weighs, fully resolved.

use crate::event::{KindId, Time};

/// The weighting of events; `kinds[KindId]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// One entry a kind, in the order of the kind ids.
    pub kinds: Vec<KindWeight>,
    /// What repeated events of one pair and kind add up to.
    pub saturation: Saturation,
    /// What happens to the same event delivered twice.
    pub duplicates: Duplicates,
}

/// How one kind of event counts.
#[derive(Clone, Debug, PartialEq)]
pub struct KindWeight {
    /// The kind's name in the configuration.
    pub name: String,
    /// What the kind does to an edge.
    pub role: KindRole,
    /// What one fresh event is worth, in thousandths (3.0 is 3000).
    pub weight_milli: u32,
    /// Seconds in which an event loses half its worth; `None`: it never does.
    pub half_life_s: Option<u32>,
    /// How many events of one pair count in one UTC day; `None`: all.
    pub daily_cap: Option<u32>,
}

/// What a kind does to an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindRole {
    /// Each event adds to the edge.
    Act,
    /// A state that begins: it counts once, from its last beginning, until it is taken away.
    Follow,
    /// Takes an earlier [`KindRole::Follow`] of the same pair away.
    Unfollow,
}

/// What repeated events of one pair and kind add up to. `S` is their decayed count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saturation {
    /// `S`: a hundred shares weigh a hundred times one.
    None,
    /// `log2(1 + S)`: one event weighs 1, a hundred weigh 6.7.
    Log,
}

/// What happens to a dated event that repeats another in actor, target, kind and second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// It is one event delivered twice: one counts, the others are ignored and counted.
    Ignore,
    /// Each counts.
    Keep,
}

/// Which dated events count: acts in `[from, as_of]`, follows and unfollows up to `as_of`. Undated events always do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first second that counts.
    pub from: Time,
    /// The moment that scores are for; `None` where no event is dated.
    pub as_of: Option<Time>,
}

/// Kinds of the user's own take the id after the built-in ones.
impl Weights {
    /// The kind of this name.
    pub fn kind(&self, name: &str) -> Option<KindId> {
        let position = self.kinds.iter().position(|kind| kind.name == name)?;
        u8::try_from(position).ok().map(KindId)
    }
}
