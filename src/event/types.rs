//! The types of an event as it is kept in memory: 16 bytes.

use super::AccountId;

/// A kind of event: an index into the list of kind names given to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindId(pub u8);

/// Whole seconds since 1970-01-01T00:00:00Z, up to 2106; fractions of a second are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u32);

impl Time {
    /// The time of an event whose file has no times.
    pub const UNDATED: Self = Self(u32::MAX);
}

/// One event: `actor` did something of `kind` to `target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    pub actor: AccountId,
    pub target: AccountId,
    /// The time of the event, or [`Time::UNDATED`].
    pub at: Time,
    pub kind: KindId,
    /// The input file: an index into the list of sources.
    pub file: u16,
}
