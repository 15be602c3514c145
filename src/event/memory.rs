//! The memory that reading takes, known before it starts.

/// Bytes of an account: key, hash and offsets, with room to spare.
pub const ACCOUNT_BYTES: u64 = 64;
/// Bytes of an event while it is read.
const READ_EVENT_BYTES: u64 = 32;

/// The most memory that reading takes beyond the accounts that it returns, in bytes.
pub fn read_bytes(accounts: u64, events: u64) -> u64 {
    2 * ACCOUNT_BYTES * accounts + READ_EVENT_BYTES * events
}
