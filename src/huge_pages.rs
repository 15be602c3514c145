//! Big arrays on big pages: what is read or written at random should not miss the address cache as well.
//!
//! A page of 4 KiB costs one fault when it is first touched and one entry of the address cache ever after; a huge page
//! does both for 512 times as much. Systems hand huge pages out on request only (`madvise`), which `Vec` never makes.

use std::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

use bytemuck::Pod;
use memmap2::{MmapMut, MmapOptions};

/// Bytes of a huge page where there are any.
const HUGE_PAGE_BYTES: usize = 2 << 20;
/// Arrays from here on get pages of their own.
const MAPPED_BYTES: usize = 1 << 20;
/// Arrays that must go back to the system get pages of their own from here on.
const APART_BYTES: usize = 32 << 10;

/// A fixed number of plain values, all zero at first, on huge pages where they are many and the system has some.
#[derive(Debug)]
pub struct HugeVec<T> {
    memory: Memory<T>,
}

#[derive(Debug)]
enum Memory<T> {
    Small(Vec<T>),
    Mapped { map: MmapMut, len: usize, item: PhantomData<T> },
}

impl<T: Pod> HugeVec<T> {
    /// So many zeros. Large memory is taken when it is first written to, by the thread that writes.
    pub fn zeroed(len: usize) -> Self {
        Self::mapped_from(MAPPED_BYTES, len)
    }

    /// [`HugeVec::zeroed`], but the memory goes back to the system as soon as it is freed, also where it is not much:
    /// for arrays that are many and short-lived. The allocator may keep what it gets back, and beside it there is as
    /// much again.
    pub fn zeroed_apart(len: usize) -> Self {
        Self::mapped_from(APART_BYTES, len)
    }

    fn mapped_from(least_bytes: usize, len: usize) -> Self {
        let bytes = len.checked_mul(size_of::<T>()).expect("invariant: an array fits the address space");
        let map = if bytes < least_bytes { None } else { map(bytes) };
        let memory = match map {
            Some(map) => Memory::Mapped { map, len, item: PhantomData },
            None => Memory::Small(vec![T::zeroed(); len]),
        };
        Self { memory }
    }

    /// `len` values of another type in the same memory where it is large enough, else in new memory. What they hold is
    /// left over from before.
    pub fn recycled<U: Pod>(self, len: usize) -> HugeVec<U> {
        match self.memory {
            Memory::Mapped { map, .. } if map.len() >= len * size_of::<U>() => {
                HugeVec { memory: Memory::Mapped { map, len, item: PhantomData } }
            }
            _ => HugeVec::zeroed(len),
        }
    }
}

/// What an array of so many bytes takes of memory at most: whole huge pages, where no more than a quarter is wasted.
pub(crate) fn taken_bytes(bytes: u64) -> u64 {
    bytes + (bytes / 3).min(HUGE_PAGE_BYTES as u64)
}

/// Zeros in pages of their own.
fn map(bytes: usize) -> Option<MmapMut> {
    let whole_pages = bytes.checked_next_multiple_of(HUGE_PAGE_BYTES)?;
    if bytes < whole_pages / 4 * 3 {
        // All small pages at once: a fault for each would take twice as long.
        return MmapOptions::new().len(bytes).populate().map_anon().ok();
    }
    let map = MmapMut::map_anon(whole_pages).ok()?;
    // A system that has none, or refuses, serves the same memory in small pages.
    #[cfg(target_os = "linux")]
    let _ = map.advise(memmap2::Advice::HugePage);
    Some(map)
}

impl<T: Pod> Deref for HugeVec<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match &self.memory {
            Memory::Small(values) => values,
            Memory::Mapped { map, len, .. } => bytemuck::cast_slice(&map[..len * size_of::<T>()]),
        }
    }
}

impl<T: Pod> DerefMut for HugeVec<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.memory {
            Memory::Small(values) => values,
            Memory::Mapped { map, len, .. } => bytemuck::cast_slice_mut(&mut map[..*len * size_of::<T>()]),
        }
    }
}

impl<T: Pod> Clone for HugeVec<T> {
    fn clone(&self) -> Self {
        let mut copy = Self::zeroed(self.len());
        copy.copy_from_slice(self);
        copy
    }
}

/// A copy in memory [apart](HugeVec::zeroed_apart).
impl<T: Pod> From<&[T]> for HugeVec<T> {
    fn from(values: &[T]) -> Self {
        let mut copy = Self::zeroed_apart(values.len());
        copy.copy_from_slice(values);
        copy
    }
}

impl<T: Pod> From<Vec<T>> for HugeVec<T> {
    fn from(values: Vec<T>) -> Self {
        Self { memory: Memory::Small(values) }
    }
}

impl<T: Pod> Default for HugeVec<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Pod + PartialEq> PartialEq for HugeVec<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Pod + Eq> Eq for HugeVec<T> {}

impl<'a, T: Pod> IntoIterator for &'a HugeVec<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::{APART_BYTES, HUGE_PAGE_BYTES, HugeVec, MAPPED_BYTES, Memory, taken_bytes};

    /// Lengths in bytes on both sides of all that is done another way.
    fn lengths() -> impl Iterator<Item = usize> {
        let edges =
            [APART_BYTES, MAPPED_BYTES, HUGE_PAGE_BYTES / 4 * 3, HUGE_PAGE_BYTES, 2 * HUGE_PAGE_BYTES];
        edges.into_iter().flat_map(|edge| [edge - 8, edge, edge + 8]).chain([0, 8])
    }

    #[test]
    fn arrays_hold_what_is_written_whatever_their_pages() {
        for bytes in lengths() {
            for make in [HugeVec::<u64>::zeroed, HugeVec::<u64>::zeroed_apart] {
                let mut array = make(bytes / 8);
                assert!(array.len() == bytes / 8 && array.iter().all(|&value| value == 0), "{bytes} bytes");
                array.iter_mut().zip(1..).for_each(|(place, value)| *place = value);
                assert!(array.clone().iter().copied().eq(1..=bytes as u64 / 8), "{bytes} bytes");
            }
        }
    }

    #[test]
    fn memory_is_used_again_where_it_is_large_enough() {
        for bytes in lengths() {
            for more in [0, 4, HUGE_PAGE_BYTES] {
                let array = HugeVec::<u64>::zeroed(bytes / 8).recycled::<u32>((bytes + more) / 4);
                assert_eq!(array.len(), (bytes + more) / 4);
            }
        }
    }

    #[test]
    fn no_array_takes_more_than_it_says() {
        for bytes in lengths() {
            if let Memory::Mapped { map, .. } = HugeVec::<u64>::zeroed_apart(bytes / 8).memory {
                assert!(map.len() as u64 <= taken_bytes(bytes as u64), "{bytes} bytes in {}", map.len());
            }
        }
    }
}
