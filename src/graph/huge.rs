//! A fixed array on huge pages, for what is read at random: with pages of 4 KiB most such reads miss the TLB too.

use std::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

use bytemuck::Pod;
use memmap2::MmapMut;

/// Below two huge pages (2 MiB each on most machines) there is nothing to win.
const MIN_BYTES: usize = 4 << 20;

/// A zeroed array of fixed length, on huge pages where it is large and the system gives them, else on the heap.
///
/// - **Cost**: pages are taken when they are first written; what is never touched costs nothing.
/// - **Same bits**: pages change no value.
#[derive(Debug)]
pub struct HugeVec<T> {
    storage: Storage<T>,
}

#[derive(Debug)]
enum Storage<T> {
    Heap(Vec<T>),
    Pages { map: MmapMut, item: PhantomData<T> },
}

impl<T: Pod> HugeVec<T> {
    /// `len` zeros.
    pub fn zeroed(len: usize) -> Self {
        let storage = match len.checked_mul(size_of::<T>()) {
            Some(bytes) if bytes >= MIN_BYTES => pages(bytes),
            _ => None,
        };
        let storage = match storage {
            Some(map) => Storage::Pages { map, item: PhantomData },
            None => Storage::Heap(vec![T::zeroed(); len]),
        };
        Self { storage }
    }
}

/// Fresh zeroed pages, huge if the system agrees; `None` where it maps nothing at all.
fn pages(bytes: usize) -> Option<MmapMut> {
    let map = MmapMut::map_anon(bytes).ok()?;
    // A refusal leaves ordinary pages, which do.
    #[cfg(target_os = "linux")]
    let _ = map.advise(memmap2::Advice::HugePage);
    Some(map)
}

impl<T: Pod> Deref for HugeVec<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match &self.storage {
            Storage::Heap(values) => values,
            Storage::Pages { map, .. } => bytemuck::cast_slice(map),
        }
    }
}

impl<T: Pod> DerefMut for HugeVec<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.storage {
            Storage::Heap(values) => values,
            Storage::Pages { map, .. } => bytemuck::cast_slice_mut(map),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_arrays_start_as_zeros_and_keep_what_is_written() {
        for len in [0, 1, 1000, (MIN_BYTES / 4) - 1, MIN_BYTES / 4 + 3] {
            let mut values = HugeVec::<f32>::zeroed(len);
            assert_eq!(values.len(), len);
            assert!(values.iter().all(|value| *value == 0.0));
            for (i, value) in values.iter_mut().enumerate() {
                *value = i as f32;
            }
            assert!(values.iter().enumerate().all(|(i, value)| *value == i as f32));
        }
    }
}
