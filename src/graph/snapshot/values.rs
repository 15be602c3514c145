//! The bytes of the arrays of one direction as they are in a file, for any storage in memory.

use std::io;

use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3Default;

use super::{BLOCK_BYTES, padding};
use crate::{
    graph::{Csr, PlainRows},
    ids::{NodeId, id32, offset64},
};

#[derive(Clone, Copy)]
pub(super) struct ArrayValues<'a> {
    rows: &'a Csr,
    kind: ArrayKind,
}

#[derive(Clone, Copy)]
enum ArrayKind {
    Offsets,
    Targets,
    Weights,
}

/// The arrays of one direction, in the order of the section table.
pub(super) fn values_of(rows: &Csr) -> impl Iterator<Item = ArrayValues<'_>> {
    let weights = rows.is_weighted().then_some(ArrayKind::Weights);
    [ArrayKind::Offsets, ArrayKind::Targets]
        .into_iter()
        .chain(weights)
        .map(move |kind| ArrayValues { rows, kind })
}

impl ArrayValues<'_> {
    /// The checksum of each block, the zeros after the last value included.
    pub(super) fn block_checksums(self) -> Vec<u64> {
        if let Some(rows) = self.rows.plain() {
            return self.array(rows).par_chunks(BLOCK_BYTES).map(checksum).collect();
        }
        let mut checksums = Vec::new();
        let hashed = self.for_each_block(|block| {
            checksums.push(checksum(block));
            Ok(())
        });
        hashed.expect("invariant: hashing does not fail");
        checksums
    }

    /// Calls `each` with all bytes in order, in blocks of [`BLOCK_BYTES`], the last one shorter.
    pub(super) fn for_each_block(self, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if let Some(rows) = self.rows.plain() {
            return self.array(rows).chunks(BLOCK_BYTES).try_for_each(each);
        }
        let mut block = Vec::with_capacity(BLOCK_BYTES);
        self.for_each_row(|mut bytes| {
            while !bytes.is_empty() {
                let (now, later) = bytes.split_at(bytes.len().min(BLOCK_BYTES - block.len()));
                block.extend_from_slice(now);
                bytes = later;
                if block.len() == BLOCK_BYTES {
                    each(&block)?;
                    block.clear();
                }
            }
            Ok(())
        })?;
        if block.is_empty() { Ok(()) } else { each(&block) }
    }

    /// The bytes of plain rows.
    fn array(self, rows: &PlainRows) -> &[u8] {
        match self.kind {
            ArrayKind::Offsets => bytemuck::cast_slice(rows.offsets()),
            ArrayKind::Targets => bytemuck::cast_slice(rows.targets()),
            ArrayKind::Weights => rows.weights().map_or(&[], bytemuck::cast_slice),
        }
    }

    /// Calls `each` with the bytes of each row.
    fn for_each_row(self, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let (mut rows, mut edges) = (self.rows.rows(), 0_u64);
        if let ArrayKind::Offsets = self.kind {
            each(&edges.to_le_bytes())?;
        }
        for u in (0..id32(self.rows.node_count())).map(NodeId) {
            match self.kind {
                ArrayKind::Offsets => {
                    edges += offset64(self.rows.degree(u));
                    each(&edges.to_le_bytes())?;
                }
                ArrayKind::Targets => each(bytemuck::cast_slice(rows.neighbors(u)))?,
                ArrayKind::Weights => each(rows.row(u).weights.map_or(&[], bytemuck::cast_slice))?,
            }
        }
        Ok(())
    }
}

fn checksum(block: &[u8]) -> u64 {
    let mut hasher = Xxh3Default::new();
    hasher.update(block);
    hasher.update(padding(block.len()));
    hasher.digest()
}
