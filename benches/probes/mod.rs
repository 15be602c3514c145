//! Probes of memory: the sequential and random reads of kernels without their arithmetic.

#![allow(dead_code, clippy::unwrap_used, reason = "each bench takes what it needs; a bench is no library")]

use memmap2::{Advice, MmapMut};
use plaudit::{ids::low32, num};
use rayon::prelude::*;

/// The number of items in one task.
pub(crate) const TASK: usize = 1 << 16;
/// Independent loads in flight in one thread.
const LANES: usize = 8;
/// Bytes of a huge page.
const HUGE: usize = 2 << 20;

/// The sum of `numbers`, read in order.
pub(crate) fn read(numbers: &[u64]) -> u64 {
    numbers.par_chunks(TASK).map(|part| part.iter().sum::<u64>()).sum()
}

/// Computes `c = a + 3 b`, reading and writing in order.
pub(crate) fn triad(c: &mut [f64], a: &[f64], b: &[f64]) {
    let parts = c.par_chunks_mut(TASK).zip(a.par_chunks(TASK)).zip(b.par_chunks(TASK));
    parts.for_each(|((c, a), b)| {
        for ((c, a), b) in c.iter_mut().zip(a).zip(b) {
            *c = a + 3.0 * b;
        }
    });
}

/// `count` indices below `bound`, a power of two, drawn uniformly.
pub(crate) fn places(count: u64, bound: u64) -> Vec<u32> {
    (0..count).into_par_iter().map(|i| low32(num::mix64(i) & (bound - 1))).collect()
}

/// A table of small numbers; its memory is first touched after the operating system has been advised on its page size.
pub(crate) struct Table {
    memory: MmapMut,
    bytes: usize,
}

impl Table {
    /// The table starts at the boundary of a huge page. If the system does not support the advice, the figures with and
    /// without huge pages are alike.
    pub(crate) fn new(bytes: usize, advice: Advice) -> Self {
        let mut memory = MmapMut::map_anon(bytes.max(HUGE) + HUGE).unwrap();
        memory.advise(advice).ok();
        let all: &mut [u32] = bytemuck::cast_slice_mut(&mut memory);
        all.par_iter_mut().enumerate().for_each(|(place, number)| *number = low32(place as u64) & 0xff);
        Self { memory, bytes }
    }

    pub(crate) fn numbers<T: bytemuck::Pod>(&self) -> &[T] {
        let start = self.memory.as_ptr().align_offset(HUGE);
        bytemuck::cast_slice(&self.memory[start..start + self.bytes])
    }
}

/// A number in a table.
pub(crate) trait Number: bytemuck::Pod + Sync + Send {
    /// The wrapping sum.
    fn plus(self, other: Self) -> Self;
}

impl Number for u32 {
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
}

impl Number for u64 {
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
}

/// The sum of the numbers at these indices.
pub(crate) fn loads<T: Number>(table: &[T], places: &[u32]) -> T {
    let task = |places: &[u32]| {
        let mut lanes = [T::zeroed(); LANES];
        for eight in places.chunks_exact(LANES) {
            for (lane, place) in lanes.iter_mut().zip(eight) {
                *lane = lane.plus(table[*place as usize]);
            }
        }
        lanes.into_iter().fold(T::zeroed(), T::plus)
    };
    places.par_chunks(TASK).map(task).reduce(T::zeroed, T::plus)
}
