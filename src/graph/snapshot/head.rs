//! Encodes and decodes the head of a snapshot: metadata of the graph and the table of its arrays. No I/O.
//!
//! The layout follows from the metadata alone, so a reader recomputes it and compares; it never trusts an offset.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::SnapshotFault;
use crate::ids::{index64, offset64};

/// The version of the format that this program reads and writes.
pub const FORMAT_VERSION: u32 = 1;

/// Length of a block; each block has a checksum.
pub const BLOCK_BYTES: usize = 1 << 20;

pub(super) const MAGIC: [u8; 8] = *b"PLAUDITG";

/// Byte order mark: reads as this number only in the byte order of the writer.
const BYTE_ORDER: u32 = 0x0102_0304;

/// The head and every section fill whole pages, so a mapped section is aligned for any number type.
pub(super) const PAGE: u64 = 4096;

/// The exponents of weight units that can be stored: a sum of 2^64 units is still a finite, normal number.
pub(super) const UNIT_EXPONENTS: RangeInclusive<i32> = -256..=256;

/// Number of bytes of the magic, the version, the byte order mark and the length of the head.
pub(super) const PREAMBLE: usize = 24;

const CHECKSUM: usize = 8;

/// Maximum length of a record that is read (the checksums of 32 TiB of arrays), so that a forged length cannot claim
/// more memory.
const RECORD_LIMIT: usize = 1 << 28;

/// The names of the sections of each direction: row starts, neighbors, weights.
pub(super) const OUT_NAMES: [&str; 3] = ["out_offsets", "out_targets", "out_weights"];
pub(super) const IN_NAMES: [&str; 3] = ["in_offsets", "in_targets", "in_weights"];

/// The bincode record of the head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) metadata: Metadata,
    pub(super) sections: Vec<ArraySection>,
}

/// Properties of the graph that its arrays do not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Metadata {
    pub(super) node_count: u64,
    pub(super) edge_count: u64,
    pub(super) weighted: bool,
    /// One unit of weight is worth 2 to this power.
    pub(super) weight_unit_log2: i32,
    pub(super) writer: String,
}

/// The entry of one array in the section table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ArraySection {
    pub(super) name: String,
    pub(super) dtype: Dtype,
    pub(super) count: u64,
    /// First byte in the file, a multiple of [`PAGE`].
    pub(super) offset: u64,
    /// XXH3-64 of each block of [`BLOCK_BYTES`], the zeros up to the next page included.
    pub(super) checksums: Vec<u64>,
}

/// The type of the values of a section, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Dtype {
    U32,
    U64,
}

impl Metadata {
    /// The sections of a graph with this metadata, without checksums, the first section at byte `start`; `None` beyond
    /// 2^64 bytes.
    pub(super) fn sections(&self, start: u64) -> Option<Vec<ArraySection>> {
        let mut sections: Vec<ArraySection> = Vec::new();
        let mut offset = start;
        for [offsets, targets, weights] in [OUT_NAMES, IN_NAMES] {
            let mut arrays = vec![
                (offsets, Dtype::U64, self.node_count.checked_add(1)?),
                (targets, Dtype::U32, self.edge_count),
            ];
            if self.weighted {
                arrays.push((weights, Dtype::U32, self.edge_count));
            }
            for (name, dtype, count) in arrays {
                let bytes = count.checked_mul(dtype.width())?.checked_next_multiple_of(PAGE)?;
                sections.push(ArraySection {
                    name: name.to_owned(),
                    dtype,
                    count,
                    offset,
                    checksums: Vec::new(),
                });
                offset = offset.checked_add(bytes)?;
            }
        }
        Some(sections)
    }
}

impl Dtype {
    const fn width(self) -> u64 {
        match self {
            Self::U32 => 4,
            Self::U64 => 8,
        }
    }
}

impl ArraySection {
    /// One past the last byte in the file, the zeros up to the next page included.
    pub(super) fn end(&self) -> u64 {
        self.offset + (self.count * self.dtype.width()).next_multiple_of(PAGE)
    }

    /// One past the last byte that holds a value.
    pub(super) fn values_end(&self) -> u64 {
        self.offset + self.count * self.dtype.width()
    }

    pub(super) fn check_block(&self, block: usize, bytes: &[u8]) -> Result<(), SnapshotFault> {
        let start = self.offset + offset64(block * BLOCK_BYTES);
        compare(&self.name, block, start, bytes, self.checksums[block])
    }
}

fn compare(part: &str, block: usize, start: u64, bytes: &[u8], expected: u64) -> Result<(), SnapshotFault> {
    let got = xxh3_64(bytes);
    if got == expected {
        return Ok(());
    }
    let end = start + offset64(bytes.len());
    Err(SnapshotFault::Damaged { part: part.to_owned(), block, start, end, expected, got })
}

/// Encoding of the record: little-endian, every number in its full width, lengths as 64 bits.
fn encoding() -> impl bincode::config::Config {
    bincode::config::standard().with_little_endian().with_fixed_int_encoding().with_limit::<RECORD_LIMIT>()
}

/// Reads the preamble of a file of `file_bytes` bytes and returns the length of its head.
///
/// `start` is the first [`PREAMBLE`] bytes, or all if there are fewer.
pub(super) fn head_length(start: &[u8], file_bytes: u64) -> Result<u64, SnapshotFault> {
    if let Some(&got) = start.first_chunk::<8>().filter(|magic| **magic != MAGIC) {
        return Err(SnapshotFault::Magic { got });
    }
    let Some(preamble) = start.first_chunk::<PREAMBLE>() else {
        return Err(SnapshotFault::Length { expected: offset64(PREAMBLE), got: file_bytes });
    };
    let number = |at: usize| u32::from_le_bytes(std::array::from_fn(|i| preamble[at + i]));
    let (version, byte_order) = (number(8), number(12));
    if byte_order != BYTE_ORDER {
        return Err(SnapshotFault::ByteOrder { expected: BYTE_ORDER, got: byte_order });
    }
    if version != FORMAT_VERSION {
        return Err(SnapshotFault::Version { expected: FORMAT_VERSION, got: version });
    }
    let length = u64::from_le_bytes(std::array::from_fn(|i| preamble[16 + i]));
    if length == 0 || length % PAGE != 0 {
        return Err(SnapshotFault::Head { reason: format!("a length of {length} bytes") });
    }
    if length > file_bytes {
        return Err(SnapshotFault::Length { expected: length, got: file_bytes });
    }
    Ok(length)
}

impl Head {
    /// The head of a graph whose sections, in order, have these checksums; `None` beyond 2^64 bytes.
    pub(super) fn new(metadata: Metadata, checksums: Vec<Vec<u64>>) -> Option<Self> {
        let mut sections = metadata.sections(0)?;
        assert_eq!(sections.len(), checksums.len(), "invariant: every section was hashed");
        for (section, checksums) in sections.iter_mut().zip(checksums) {
            section.checksums = checksums;
        }
        // The length of the record does not depend on its offsets, so it can be measured before they are known.
        let mut head = Self { metadata, sections };
        let head_bytes = head_bytes(head.record().len());
        for section in &mut head.sections {
            section.offset = section.offset.checked_add(head_bytes)?;
        }
        Some(head)
    }

    fn record(&self) -> Vec<u8> {
        bincode::serde::encode_to_vec(self, encoding()).expect("invariant: plain numbers and names encode")
    }

    /// The bytes of the head: preamble, record, zeros, checksum.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let record = self.record();
        let length = head_bytes(record.len());
        let mut bytes = Vec::with_capacity(index64(length));
        bytes.extend(MAGIC);
        bytes.extend(FORMAT_VERSION.to_le_bytes());
        bytes.extend(BYTE_ORDER.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(record);
        bytes.resize(index64(length) - CHECKSUM, 0);
        let checksum = xxh3_64(&bytes);
        bytes.extend(checksum.to_le_bytes());
        bytes
    }

    /// Decodes the head of a file of `file_bytes` bytes.
    pub(super) fn from_bytes(bytes: &[u8], file_bytes: u64) -> Result<Self, SnapshotFault> {
        let (guarded, checksum) =
            bytes.split_last_chunk::<CHECKSUM>().expect("invariant: a head fills at least a page");
        compare("head", 0, 0, guarded, u64::from_le_bytes(*checksum))?;
        let (head, _) = bincode::serde::decode_from_slice::<Self, _>(&guarded[PREAMBLE..], encoding())
            .map_err(|fault| SnapshotFault::Head { reason: fault.to_string() })?;
        head.check(offset64(bytes.len()), file_bytes)?;
        Ok(head)
    }

    /// Compares the section table with the one that follows from the metadata, and its end with the length of the file.
    fn check(&self, head_bytes: u64, file_bytes: u64) -> Result<(), SnapshotFault> {
        let inconsistent = |reason: String| Err(SnapshotFault::Head { reason });
        let Metadata { node_count, edge_count, weight_unit_log2, .. } = self.metadata;
        if node_count >= u64::from(u32::MAX) {
            return inconsistent(format!("{node_count} nodes do not fit 32-bit ids"));
        }
        if !UNIT_EXPONENTS.contains(&weight_unit_log2) {
            return inconsistent(format!("a weight unit of 2^{weight_unit_log2}"));
        }
        let Some(planned) = self.metadata.sections(head_bytes) else {
            return inconsistent(format!("{edge_count} edges do not fit a file"));
        };
        if self.sections.len() != planned.len() {
            return inconsistent(format!("{} sections, not {}", self.sections.len(), planned.len()));
        }
        for (section, planned) in self.sections.iter().zip(planned) {
            let blocks = (planned.end() - planned.offset).div_ceil(offset64(BLOCK_BYTES));
            let found = ArraySection { checksums: Vec::new(), ..section.clone() };
            if found != planned || offset64(section.checksums.len()) != blocks {
                return inconsistent(format!(
                    "section `{}` does not have the place and size that the counts imply",
                    section.name
                ));
            }
        }
        let expected = self.file_bytes();
        if file_bytes == expected { Ok(()) } else { Err(SnapshotFault::Length { expected, got: file_bytes }) }
    }

    pub(super) fn file_bytes(&self) -> u64 {
        self.sections.last().expect("invariant: a graph has row starts").end()
    }

    pub(super) fn section(&self, name: &str) -> Option<&ArraySection> {
        self.sections.iter().find(|section| section.name == name)
    }
}

fn head_bytes(record_bytes: usize) -> u64 {
    offset64(PREAMBLE + record_bytes + CHECKSUM).next_multiple_of(PAGE)
}
