//! A read-only array, owned or mapped from a snapshot: kernels see a slice either way.

use std::{marker::PhantomData, ops::Deref, sync::Arc};

use bytemuck::Pod;
use memmap2::Mmap;

use super::HugeVec;

/// A read-only array of plain values, owned or memory-mapped without a copy.
#[derive(Clone, Debug)]
pub(crate) struct Array<T: Pod> {
    memory: ArrayMemory<T>,
}

#[derive(Clone, Debug)]
enum ArrayMemory<T: Pod> {
    Owned(HugeVec<T>),
    Mapped { map: Arc<Mmap>, start: usize, end: usize, item: PhantomData<T> },
}

impl<T: Pod> Array<T> {
    /// The values at bytes `start..end` of `map`, or `None` when the range is outside of `map`, misaligned, or does not
    /// hold a whole number of values.
    pub(crate) fn from_map(map: Arc<Mmap>, start: usize, end: usize) -> Option<Self> {
        bytemuck::try_cast_slice::<u8, T>(map.get(start..end)?).ok()?;
        Some(Self { memory: ArrayMemory::Mapped { map, start, end, item: PhantomData } })
    }
}

impl<T: Pod> From<Vec<T>> for Array<T> {
    fn from(values: Vec<T>) -> Self {
        HugeVec::from(values).into()
    }
}

impl<T: Pod> From<HugeVec<T>> for Array<T> {
    fn from(values: HugeVec<T>) -> Self {
        Self { memory: ArrayMemory::Owned(values) }
    }
}

impl<T: Pod> Deref for Array<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match &self.memory {
            ArrayMemory::Owned(values) => values,
            ArrayMemory::Mapped { map, start, end, .. } => bytemuck::cast_slice(&map[*start..*end]),
        }
    }
}
