//! The memory that exposures and the projection take, known before they run.

use crate::ids::offset64;

/// Bytes of an event while it is projected: as it was read, as it is sorted, and as an edge.
const EVENT_BYTES: u64 = 64;
/// Bytes of an event while exposures are counted: as it was read, as an act, as it is sorted, and as a pair.
const EXPOSURE_BYTES: u64 = 64;
/// Bytes of an account while events are projected, and while exposures are counted.
const ACCOUNT_BYTES: (u64, u64) = (8, 16);

/// Bytes of the exposures and shares of a pair.
pub const PAIR_BYTES: u64 = 16;

/// The most memory that `project` takes, in bytes, events included.
pub fn projection_bytes(accounts: u64, events: u64) -> u64 {
    ACCOUNT_BYTES.0 * accounts + EVENT_BYTES * events
}

/// The most memory that [`exposures`](super::exposures) takes, in bytes, where it counts `events` of them.
pub fn exposure_bytes(accounts: u64, events: u64) -> u64 {
    ACCOUNT_BYTES.1 * accounts + EXPOSURE_BYTES * events
}

/// The size of the in-strengths by kind and by channel, in bytes.
pub fn in_strength_bytes(node_count: u64, kinds: usize, channels: usize) -> u64 {
    8 * node_count * offset64(kinds + channels)
}

/// The number of events whose projection alone fills `limit_bytes`.
pub fn events_that_fit(limit_bytes: u64) -> u64 {
    limit_bytes / EVENT_BYTES
}
