//! Which memory pages do large arrays use, and when are they returned to the system?
//!
//! Large arrays are on huge pages, so that random access causes fewer TLB misses, and first use causes fewer page
//! faults. A page of 4 KiB costs one fault on first use and one TLB entry; a huge page costs the same for 512 times as
//! many bytes. Systems give huge pages on request only (`madvise`), and `Vec` never requests them.

use std::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

use bytemuck::Pod;
use memmap2::{MmapMut, MmapOptions};

/// Bytes of a huge page, on systems that have them.
const HUGE_PAGE_BYTES: usize = 2 << 20;
/// Arrays of at least this many bytes are mapped to pages that hold nothing else.
const MAPPED_BYTES: usize = 1 << 20;
/// The same limit for [`HugeVec::zeroed_returnable`].
const RETURNED_BYTES: usize = 32 << 10;

/// A fixed-length array of plain values, zero at first; on huge pages if it is large and the system has them.
#[derive(Debug)]
pub struct HugeVec<T> {
    memory: PageMemory<T>,
}

#[derive(Debug)]
enum PageMemory<T> {
    Small(Vec<T>),
    Mapped { map: MmapMut, len: usize, item: PhantomData<T> },
}

impl<T: Pod> HugeVec<T> {
    /// `len` zeros. Pages of large arrays are allocated on first write, near the thread that writes.
    pub fn zeroed(len: usize) -> Self {
        Self::mapped_from(MAPPED_BYTES, len)
    }

    /// [`HugeVec::zeroed`] for many short-lived arrays: the memory returns to the system as soon as it is freed, also
    /// for smaller arrays. The allocator might keep freed memory, which would add to the peak.
    pub fn zeroed_returnable(len: usize) -> Self {
        Self::mapped_from(RETURNED_BYTES, len)
    }

    fn mapped_from(least_bytes: usize, len: usize) -> Self {
        let bytes = len.checked_mul(size_of::<T>()).expect("invariant: an array fits the address space");
        let map = if bytes < least_bytes { None } else { map(bytes) };
        let memory = match map {
            Some(map) => PageMemory::Mapped { map, len, item: PhantomData },
            None => PageMemory::Small(vec![T::zeroed(); len]),
        };
        Self { memory }
    }

    /// `len` values of another type in the same memory if it is large enough, otherwise in new memory. The values are
    /// arbitrary: they come from whatever bytes the memory held before.
    pub fn recycled<U: Pod>(self, len: usize) -> HugeVec<U> {
        match self.memory {
            PageMemory::Mapped { map, .. } if map.len() >= len * size_of::<U>() => {
                HugeVec { memory: PageMemory::Mapped { map, len, item: PhantomData } }
            }
            _ => HugeVec::zeroed(len),
        }
    }
}

/// Upper bound on the memory of an array of `bytes` bytes: it is rounded up to huge pages if at most a quarter is
/// wasted.
pub(crate) fn taken_bytes(bytes: u64) -> u64 {
    bytes + (bytes / 3).min(HUGE_PAGE_BYTES as u64)
}

fn map(bytes: usize) -> Option<MmapMut> {
    let whole_pages = bytes.checked_next_multiple_of(HUGE_PAGE_BYTES)?;
    if bytes < whole_pages / 4 * 3 {
        // Small pages, all populated at once: one fault for each would take twice as long.
        return MmapOptions::new().len(bytes).populate().map_anon().ok();
    }
    let map = MmapMut::map_anon(whole_pages).ok()?;
    // If the system has no huge pages or refuses them, the memory consists of small pages.
    #[cfg(target_os = "linux")]
    let _ = map.advise(memmap2::Advice::HugePage);
    Some(map)
}

impl<T: Pod> Deref for HugeVec<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match &self.memory {
            PageMemory::Small(values) => values,
            PageMemory::Mapped { map, len, .. } => bytemuck::cast_slice(&map[..len * size_of::<T>()]),
        }
    }
}

impl<T: Pod> DerefMut for HugeVec<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.memory {
            PageMemory::Small(values) => values,
            PageMemory::Mapped { map, len, .. } => {
                bytemuck::cast_slice_mut(&mut map[..*len * size_of::<T>()])
            }
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

/// A copy in memory that is [returned](HugeVec::zeroed_returnable) when freed.
impl<T: Pod> From<&[T]> for HugeVec<T> {
    fn from(values: &[T]) -> Self {
        let mut copy = Self::zeroed_returnable(values.len());
        copy.copy_from_slice(values);
        copy
    }
}

impl<T: Pod> From<Vec<T>> for HugeVec<T> {
    fn from(values: Vec<T>) -> Self {
        Self { memory: PageMemory::Small(values) }
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
    use super::{HUGE_PAGE_BYTES, HugeVec, MAPPED_BYTES, PageMemory, RETURNED_BYTES, taken_bytes};

    /// Lengths in bytes just below, at and just above every limit.
    fn lengths() -> impl Iterator<Item = usize> {
        let limits =
            [RETURNED_BYTES, MAPPED_BYTES, HUGE_PAGE_BYTES / 4 * 3, HUGE_PAGE_BYTES, 2 * HUGE_PAGE_BYTES];
        limits.into_iter().flat_map(|limit| [limit - 8, limit, limit + 8]).chain([0, 8])
    }

    #[test]
    fn arrays_of_any_length_start_zeroed_and_keep_what_is_written() {
        for bytes in lengths() {
            for make in [HugeVec::<u64>::zeroed, HugeVec::<u64>::zeroed_returnable] {
                let mut array = make(bytes / 8);
                assert!(array.len() == bytes / 8 && array.iter().all(|&value| value == 0), "{bytes} bytes");
                array.iter_mut().zip(1..).for_each(|(place, value)| *place = value);
                assert!(array.clone().iter().copied().eq(1..=bytes as u64 / 8), "{bytes} bytes");
            }
        }
    }

    #[test]
    fn recycled_arrays_have_the_requested_length() {
        for bytes in lengths() {
            for more in [0, 4, HUGE_PAGE_BYTES] {
                let array = HugeVec::<u64>::zeroed(bytes / 8).recycled::<u32>((bytes + more) / 4);
                assert_eq!(array.len(), (bytes + more) / 4);
            }
        }
    }

    #[test]
    fn taken_bytes_is_an_upper_bound() {
        for bytes in lengths() {
            if let PageMemory::Mapped { map, .. } = HugeVec::<u64>::zeroed_returnable(bytes / 8).memory {
                assert!(map.len() as u64 <= taken_bytes(bytes as u64), "{bytes} bytes in {}", map.len());
            }
        }
    }
}
