//! Writes a graph to a file, and maps it back without a copy. The only file of this module that does I/O.
//!
//! A snapshot is a head (metadata, section table, checksum) and the raw arrays of both directions, each aligned to
//! pages. `docs/formats.md` describes every byte. Checksums cover the whole file: the checksum of the head is verified
//! whenever a file is opened, the checksums of the arrays by [`verify`].
//!
//! A mapped file must not change while it is open. Snapshots are therefore never changed in place: a new snapshot is
//! written under another name and then renamed.

mod error;
mod head;
mod values;

pub use error::{SnapshotError, SnapshotFault};
pub use head::{BLOCK_BYTES, FORMAT_VERSION};

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    sync::Arc,
};

use bytemuck::Pod;
use memmap2::{Mmap, MmapOptions};
use rayon::prelude::*;

use super::{Array, Csr, Graph, csr};
use crate::ids::{NodeId, index64, offset64};
use head::{ArraySection, Head, Metadata, PAGE, PREAMBLE};
use values::{ArrayValues, values_of};

/// Whether a file begins like a snapshot. A pipe never does: nothing is read from it.
pub(crate) fn is_snapshot(path: &Path) -> bool {
    let mut magic = [0; head::MAGIC.len()];
    let file = path.is_file().then(|| File::open(path).ok()).flatten();
    file.is_some_and(|mut file| file.read_exact(&mut magic).is_ok() && magic == head::MAGIC)
}

/// Bytes that [`verify`] holds in memory at a time: enough blocks for every core to hash one.
const VERIFY_BYTES: usize = 64 * BLOCK_BYTES;

const WRITER: &str = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));

/// Writes `graph` and returns the number of bytes. The bytes do not depend on thread count or storage: rows that are
/// compressed in memory are plain in the file.
///
/// # Errors
/// [`SnapshotError::Write`] with the error of the sink; [`SnapshotError::WeightUnit`] when the unit is no power of two.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting, snapshot}, ids::NodeId};
/// let edges = vec![Edge { source: NodeId(0), target: NodeId(1), weight: 1 }];
/// let g = graph::build(2, edges, Weighting::Unweighted);
/// let mut bytes = Vec::new();
/// assert_eq!(snapshot::write(&g, &mut bytes)?, 5 * 4096);
/// assert!(bytes.starts_with(b"PLAUDITG"));
/// # Ok::<(), snapshot::SnapshotError>(())
/// ```
pub fn write(graph: &Graph, sink: &mut impl Write) -> Result<u64, SnapshotError> {
    refuse_big_endian()?;
    let metadata = Metadata {
        node_count: offset64(graph.node_count()),
        edge_count: graph.edge_count(),
        weighted: graph.is_weighted(),
        weight_unit_log2: exponent(graph.weight_unit())?,
        writer: WRITER.to_owned(),
    };
    let values: Vec<ArrayValues<'_>> =
        [graph.out_edges(), graph.in_edges()].into_iter().flat_map(values_of).collect();
    let checksums = values.iter().map(|values| values.block_checksums()).collect();
    let head = Head::new(metadata, checksums).expect("invariant: what fits memory fits a file");
    write_all(&head, &values, sink).map_err(|source| SnapshotError::Write { source })?;
    Ok(head.file_bytes())
}

fn write_all(head: &Head, values: &[ArrayValues<'_>], sink: &mut impl Write) -> io::Result<()> {
    sink.write_all(&head.to_bytes())?;
    for values in values {
        let mut length = 0;
        values.for_each_block(|block| {
            length += block.len();
            sink.write_all(block)
        })?;
        sink.write_all(padding(length))?;
    }
    sink.flush()
}

/// The zeros that fill the last page of a section of `length` bytes.
fn padding(length: usize) -> &'static [u8] {
    static ZEROS: [u8; index64(PAGE)] = [0; index64(PAGE)];
    &ZEROS[..length.next_multiple_of(ZEROS.len()) - length]
}

/// Maps the snapshot at `path`: nothing is copied, and pages are read from disk on first access.
///
/// Verifies the head, the length of the file and all row starts, so that no row is out of range. [`verify`] or
/// [`Graph::check`] verify the rest.
///
/// # Errors
/// [`SnapshotError::Read`] if reading fails, [`SnapshotError::Unusable`] if the file is truncated, damaged, of another
/// version, or no snapshot.
pub fn open(path: &Path) -> Result<Graph, SnapshotError> {
    load(path, |file, head| Ok(ArraySource::Map(Arc::new(map(file, head)?))))
}

/// Reads the snapshot at `path` into memory: slower than [`open`], for files that may change.
///
/// # Errors
/// The errors of [`open`].
pub fn read(path: &Path) -> Result<Graph, SnapshotError> {
    load(path, |file, _| Ok(ArraySource::File(file.try_clone()?)))
}

/// Compares all blocks with their checksums, in parallel, then checks that the graph is sound.
///
/// Returns the length of the file. At most 64 MiB are in memory at a time. The first damaged block is reported.
///
/// # Errors
/// The errors of [`open`], [`SnapshotFault::Damaged`] for a block, and [`SnapshotFault::Unsound`].
pub fn verify(path: &Path) -> Result<u64, SnapshotError> {
    let (mut file, head) = open_head(path)?;
    let mut buffer = Vec::new();
    for section in &head.sections {
        for batch in (section.offset..section.end()).step_by(VERIFY_BYTES) {
            buffer.resize(VERIFY_BYTES.min(index64(section.end() - batch)), 0);
            read_at(&mut file, batch, &mut buffer).map_err(|fault| cannot_read(path, fault))?;
            let first = index64(batch - section.offset) / BLOCK_BYTES;
            let damaged = |(i, block)| section.check_block(first + i, block).err();
            if let Some(fault) = buffer.par_chunks(BLOCK_BYTES).enumerate().find_map_first(damaged) {
                return Err(unusable(path, fault));
            }
        }
    }
    open(path)?
        .check()
        .map_err(|unsound| unusable(path, SnapshotFault::Unsound { reason: unsound.to_string() }))?;
    Ok(head.file_bytes())
}

enum ArraySource {
    Map(Arc<Mmap>),
    File(File),
}

impl ArraySource {
    fn array<T: Pod>(&mut self, section: &ArraySection) -> io::Result<Array<T>> {
        match self {
            Self::Map(map) => {
                let (start, end) = (index64(section.offset), index64(section.values_end()));
                let array = Array::from_map(Arc::clone(map), start, end);
                Ok(array.expect("invariant: sections lie on pages within the mapped length"))
            }
            Self::File(file) => {
                let mut values = vec![T::zeroed(); index64(section.count)];
                read_at(file, section.offset, bytemuck::cast_slice_mut(&mut values))?;
                Ok(values.into())
            }
        }
    }
}

fn load(
    path: &Path,
    source: impl FnOnce(&File, &Head) -> io::Result<ArraySource>,
) -> Result<Graph, SnapshotError> {
    let (file, head) = open_head(path)?;
    let mut source = source(&file, &head).map_err(|fault| cannot_read(path, fault))?;
    let mut rows = |names| load_rows(&mut source, &head, names, path);
    let (out_edges, in_edges) = (rows(head::OUT_NAMES)?, rows(head::IN_NAMES)?);
    Ok(Graph::from_parts(out_edges, in_edges, power_of_two(head.metadata.weight_unit_log2)))
}

fn load_rows(
    source: &mut ArraySource,
    head: &Head,
    names: [&str; 3],
    path: &Path,
) -> Result<Csr, SnapshotError> {
    let section =
        |name: &str| head.section(name).expect("invariant: the head lists the sections of its metadata");
    let mut arrays = || -> io::Result<_> {
        let (offsets, targets) = (section(names[0]), section(names[1]));
        let weights = head.section(names[2]).map(|weights| source.array::<u32>(weights)).transpose()?;
        Ok((source.array::<u64>(offsets)?, source.array::<NodeId>(targets)?, weights))
    };
    let (offsets, targets, weights) = arrays().map_err(|fault| cannot_read(path, fault))?;
    csr::check_offsets(&offsets, head.metadata.edge_count).map_err(|unsound| {
        unusable(path, SnapshotFault::Unsound { reason: format!("section `{}`: {unsound}", names[0]) })
    })?;
    Ok(Csr::from_parts(offsets, targets, weights))
}

#[expect(unsafe_code, reason = "a mapping can only be made by promising that the file does not change")]
fn map(file: &File, head: &Head) -> io::Result<Mmap> {
    // SAFETY: the file has at least this length (`Head::from_bytes` compared them), and a published snapshot is
    // replaced by renaming, never changed in place, so its bytes do not change while the map lives.
    unsafe { MmapOptions::new().len(index64(head.file_bytes())).map(file) }
}

fn open_head(path: &Path) -> Result<(File, Head), SnapshotError> {
    refuse_big_endian()?;
    // Check this before opening, because opening a pipe would wait for its writer.
    let is_file = fs::metadata(path).map_err(|fault| cannot_read(path, fault))?.is_file();
    if !is_file {
        return Err(unusable(path, SnapshotFault::NotAFile));
    }
    let mut file = File::open(path).map_err(|fault| cannot_read(path, fault))?;
    let bytes = file.metadata().map_err(|fault| cannot_read(path, fault))?.len();
    let mut start = [0; PREAMBLE];
    let known = PREAMBLE.min(index64(bytes));
    file.read_exact(&mut start[..known]).map_err(|fault| cannot_read(path, fault))?;
    let head_bytes = head::head_length(&start[..known], bytes).map_err(|fault| unusable(path, fault))?;
    let mut head = vec![0; index64(head_bytes)];
    read_at(&mut file, 0, &mut head).map_err(|fault| cannot_read(path, fault))?;
    let head = Head::from_bytes(&head, bytes).map_err(|fault| unusable(path, fault))?;
    Ok((file, head))
}

fn read_at(file: &mut File, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(bytes)
}

fn refuse_big_endian() -> Result<(), SnapshotError> {
    if cfg!(target_endian = "big") { Err(SnapshotError::BigEndian) } else { Ok(()) }
}

fn cannot_read(path: &Path, source: io::Error) -> SnapshotError {
    SnapshotError::Read { path: path.to_owned(), source }
}

fn unusable(path: &Path, source: SnapshotFault) -> SnapshotError {
    SnapshotError::Unusable { path: path.to_owned(), source }
}

/// The exponent of a weight unit, if it is a power of two that the format can hold.
fn exponent(unit: f64) -> Result<i32, SnapshotError> {
    let exponent = head::UNIT_EXPONENTS.into_iter().find(|&exponent| power_of_two(exponent) == unit);
    exponent.ok_or(SnapshotError::WeightUnit { unit })
}

/// 2 to the power of `exponent`, exactly: doubling and halving never round in this range.
fn power_of_two(exponent: i32) -> f64 {
    let factor = if exponent < 0 { 0.5_f64 } else { 2.0 };
    (0..exponent.unsigned_abs()).fold(1.0, |power, _| power * factor)
}
