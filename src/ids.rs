//! What is a node id, and a cast that cannot lose bits? Newtypes over `u32`, and all casts between integer sizes.
//!
//! Graph files hold ids as `u32` and offsets as `u64`; memory is indexed by `usize`. Every conversion goes through
//! this module, so that a value that does not fit is a broken invariant here and never a silent truncation elsewhere.
//! `u32::MAX` is reserved in both id types and means "none".

use bytemuck::{Pod, Zeroable};

/// The number of a node of the graph: dense from 0, at most `u32::MAX - 1`, in an order that depends on keys and edges
/// alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct NodeId(pub u32);

/// The number of a community: dense from 0, the largest community first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct CommunityId(pub u32);

macro_rules! dense_id {
    ($name:ident) => {
        impl $name {
            /// The reserved id that stands for "none".
            pub const NONE: Self = Self(u32::MAX);

            /// The id at position `index`; `index` is below `u32::MAX`.
            #[inline]
            pub fn new(index: usize) -> Self {
                Self(id32(index))
            }

            /// The position of this id in a dense array.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}
dense_id!(NodeId);
dense_id!(CommunityId);

/// `index` as a 32-bit id; ids stop below `u32::MAX`, which is reserved.
#[inline]
pub fn id32(index: usize) -> u32 {
    assert!(index < u32::MAX as usize, "invariant: a graph has fewer than 2^32 - 1 nodes");
    #[expect(clippy::cast_possible_truncation, reason = "checked in the line above")]
    let id = index as u32;
    id
}

/// A file offset or edge position as an index into memory (plaudit runs on 64-bit machines only).
#[inline]
pub const fn index64(offset: u64) -> usize {
    const { assert!(size_of::<usize>() == 8, "plaudit needs a 64-bit machine") };
    #[expect(clippy::cast_possible_truncation, reason = "usize has 64 bits, asserted above")]
    let index = offset as usize;
    index
}

/// The number of true values.
pub(crate) fn count_true(flags: &[bool]) -> u64 {
    offset64(flags.iter().filter(|&&flag| flag).count())
}

/// An index or a length as a 64-bit number, as in files.
#[inline]
pub(crate) const fn offset64(index: usize) -> u64 {
    index as u64
}

/// The low 32 bits: truncates on purpose.
#[inline]
pub const fn low32(value: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "truncation to the low half is intended")]
    let low = value as u32;
    low
}

/// The low 64 bits: truncates on purpose.
#[inline]
pub(crate) const fn low64(value: u128) -> u64 {
    #[expect(clippy::cast_possible_truncation, reason = "truncation to the low half is intended")]
    let low = value as u64;
    low
}

/// The low 8 bits: truncates on purpose.
#[inline]
pub(crate) const fn low8(value: u64) -> u8 {
    #[expect(clippy::cast_possible_truncation, reason = "truncation to the low byte is intended")]
    let low = value as u8;
    low
}
