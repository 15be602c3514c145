//! Estimates the memory that reading takes, before it starts.

/// Bytes of an account: key, hash and offsets, rounded up generously.
pub const ACCOUNT_BYTES: u64 = 64;
/// Bytes of an event while it is read.
const READ_EVENT_BYTES: u64 = 32;

/// An upper bound on the memory in bytes that reading takes in addition to the returned accounts.
pub fn read_bytes(accounts: u64, events: u64) -> u64 {
    2 * ACCOUNT_BYTES * accounts + READ_EVENT_BYTES * events
}
