//! Runs work on numbered random draws in parallel: each task takes a range of numbers, and each thread has one reusable
//! worker.

use std::{
    ops::Range,
    sync::{Mutex, PoisonError},
};

use rayon::prelude::*;

use crate::ids::index64;

/// Splits `numbers` into chunks of `chunk_size`, runs `task` on each, and returns the results in the order of the
/// numbers.
pub(super) fn run_chunks<W: Send, T: Send>(
    numbers: Range<u64>,
    chunk_size: u64,
    new_worker: impl Fn() -> W,
    task: impl Fn(&mut W, Range<u64>) -> T + Sync,
) -> Vec<T> {
    let chunks: Vec<Range<u64>> = split(numbers, chunk_size).collect();
    let workers: Vec<_> = (0..rayon::current_num_threads()).map(|_| Mutex::new(new_worker())).collect();
    let run = |chunk| {
        // The lock is never contended: a task starts no other tasks, so a thread runs one task at a time.
        let slot = &workers[rayon::current_thread_index().unwrap_or(0)];
        task(&mut slot.lock().unwrap_or_else(PoisonError::into_inner), chunk)
    };
    chunks.into_par_iter().with_max_len(1).map(run).collect()
}

/// Splits `numbers` into ranges of `size` numbers; the last range may be shorter.
pub(super) fn split(numbers: Range<u64>, size: u64) -> impl Iterator<Item = Range<u64>> {
    numbers.clone().step_by(index64(size)).map(move |start| start..(start + size).min(numbers.end))
}
