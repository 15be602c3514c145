//! Events after reading: 16 bytes each, in no meaningful order.

use super::AccountId;

/// A kind of event: an index into the list of kind names that the reader was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindId(pub u8);

/// Whole seconds since 1970-01-01T00:00:00Z, up to 2106; fractions of a second are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u32);

impl Time {
    /// The time of an event whose file has no times.
    pub const UNDATED: Self = Self(u32::MAX);
}

/// One accepted row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Who acted.
    pub actor: AccountId,
    /// On whom.
    pub target: AccountId,
    /// When, or [`Time::UNDATED`].
    pub at: Time,
    /// What was done.
    pub kind: KindId,
    /// Which input file the row came from: an index into the list of sources.
    pub file: u16,
}
