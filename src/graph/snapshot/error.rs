//! `SnapshotError` says why a snapshot cannot be written or used; `SnapshotFault` says what is wrong with its bytes.

use std::{io, path::PathBuf};

/// Why a snapshot could not be written, opened or verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Snapshots hold little-endian numbers that are used in place.
    #[error("snapshots need a little-endian machine; this one is big-endian")]
    BigEndian,
    /// The format stores the exponent of the unit, so the unit must be a power of two.
    #[error("the graph's weight unit is {unit}; only a power of two can be stored")]
    WeightUnit {
        /// The worth of one unit of weight.
        unit: f64,
    },
    /// Writing to the sink failed.
    #[error("cannot write the snapshot")]
    Write {
        /// The error of the sink.
        source: io::Error,
    },
    /// The file cannot be read or mapped.
    #[error("cannot read snapshot `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file can be read, but is not a complete and sound snapshot.
    #[error("cannot use snapshot `{}`", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: SnapshotFault,
    },
}

/// What is wrong with the content of a snapshot file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotFault {
    /// The path is a directory, a device or a pipe.
    #[error("it is not a regular file")]
    NotAFile,
    /// The file is of another kind.
    #[error("it begins with `{}`, a snapshot begins with `PLAUDITG`", got.escape_ascii())]
    Magic {
        /// The first bytes.
        got: [u8; 8],
    },
    /// The file was written in another byte order.
    #[error("its byte order mark is {got:#010x}, {expected:#010x} is expected")]
    ByteOrder {
        /// The mark of this program.
        expected: u32,
        /// The mark in the file.
        got: u32,
    },
    /// The file has another version of the format.
    #[error("its format has version {got}, this program reads version {expected}")]
    Version {
        /// The version that this program reads.
        expected: u32,
        /// The version of the file.
        got: u32,
    },
    /// The file is truncated, or something was appended.
    #[error("it has {got} bytes, {expected} are expected")]
    Length {
        /// The length that the head states; for a file without a complete head, the minimum length of its head.
        expected: u64,
        /// The length of the file.
        got: u64,
    },
    /// The bytes changed after they were written.
    #[error(
        "block {block} of {part} (bytes {start}..{end}) has checksum {got:016x}, {expected:016x} was written"
    )]
    Damaged {
        /// `head` or the name of a section.
        part: String,
        /// Number of the block in its part, from 0.
        block: usize,
        /// First byte of the block in the file.
        start: u64,
        /// One past the last byte of the block.
        end: u64,
        /// The checksum that was written.
        expected: u64,
        /// The checksum of the bytes in the file.
        got: u64,
    },
    /// The head is intact but does not describe a snapshot of this version.
    #[error("its head is inconsistent: {reason}")]
    Head {
        /// What is inconsistent.
        reason: String,
    },
    /// The bytes are as written, but they are not a sound graph.
    #[error("its graph is not sound: {reason}")]
    Unsound {
        /// The first invariant that does not hold.
        reason: String,
    },
}
