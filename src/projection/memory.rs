//! Estimates the memory of exposures and of the projection before they run.

use crate::ids::offset64;

/// Bytes for each event during the projection: for the event as read, the record that is sorted, and the edge.
const EVENT_BYTES: u64 = 64;
/// Bytes for each event while exposures are counted: for the event as read, the act, the record that is sorted, and the
/// pair.
const EXPOSURE_BYTES: u64 = 64;
/// Bytes for each account during the projection, and while exposures are counted.
const ACCOUNT_BYTES: (u64, u64) = (8, 16);

/// Bytes for the exposures and shares of each pair.
pub const PAIR_BYTES: u64 = 16;

/// An upper bound on the memory of `project`, in bytes, the events included.
pub fn projection_bytes(accounts: u64, events: u64) -> u64 {
    ACCOUNT_BYTES.0 * accounts + EVENT_BYTES * events
}

/// An upper bound on the memory of [`exposures`](super::exposures) for `events` events, in bytes.
pub fn exposure_bytes(accounts: u64, events: u64) -> u64 {
    ACCOUNT_BYTES.1 * accounts + EXPOSURE_BYTES * events
}

/// The size of the in-strengths by kind and by channel, in bytes.
pub fn in_strength_bytes(node_count: u64, kinds: usize, channels: usize) -> u64 {
    8 * node_count * offset64(kinds + channels)
}

/// The largest number of events whose projection fits `limit_bytes`, if nothing else takes memory.
pub fn events_that_fit(limit_bytes: u64) -> u64 {
    limit_bytes / EVENT_BYTES
}
