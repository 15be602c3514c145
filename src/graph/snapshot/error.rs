//! What can go wrong with a snapshot.

use std::{io, path::PathBuf};

/// Why a snapshot could not be written, opened or verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Snapshots hold little-endian numbers that are used where they lie.
    #[error("snapshots need a little-endian machine; this one is big-endian")]
    BigEndian,
    /// The format stores the exponent of the unit, so the unit must be a power of two.
    #[error("the graph's weight unit is {unit}; only a power of two can be stored")]
    WeightUnit {
        /// What one unit of weight is worth.
        unit: f64,
    },
    /// The sink refused bytes.
    #[error("cannot write the snapshot")]
    Write {
        /// What the sink said.
        source: io::Error,
    },
    /// The file cannot be read or mapped.
    #[error("cannot read snapshot `{}`", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file can be read, but is no whole and sound snapshot.
    #[error("cannot use snapshot `{}`", path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: SnapshotFault,
    },
}

/// What is wrong with the content of a snapshot file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotFault {
    /// A directory, a device, a pipe.
    #[error("it is not a regular file")]
    NotAFile,
    /// Some other kind of file.
    #[error("it begins with `{}`, a snapshot begins with `PLAUDITG`", got.escape_ascii())]
    Magic {
        /// The first bytes.
        got: [u8; 8],
    },
    /// Numbers were written in another byte order.
    #[error("its byte order mark is {got:#010x}, {expected:#010x} is expected")]
    ByteOrder {
        /// The mark of this program.
        expected: u32,
        /// The mark in the file.
        got: u32,
    },
    /// A format of another version of this program.
    #[error("its format has version {got}, this program reads version {expected}")]
    Version {
        /// What this program reads.
        expected: u32,
        /// What the file is.
        got: u32,
    },
    /// The file is cut off, or something was appended.
    #[error("it has {got} bytes, {expected} are expected")]
    Length {
        /// What the head tells; for a file without a whole head, the least that is missing.
        expected: u64,
        /// What the file has.
        got: u64,
    },
    /// The bytes are not the ones that were written.
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
        /// The checksum of what is there.
        got: u64,
    },
    /// The head is intact but does not describe a snapshot of this version.
    #[error("its head makes no sense: {reason}")]
    Head {
        /// What does not fit.
        reason: String,
    },
    /// The bytes are as written, but what was written is no sound graph.
    #[error("its graph is not sound: {reason}")]
    Unsound {
        /// The first invariant that does not hold.
        reason: String,
    },
}
