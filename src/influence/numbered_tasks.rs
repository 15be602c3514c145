//! Runs work on numbered random draws in parallel: a few numbers a task, one reusable worker a thread.

use std::{
    ops::Range,
    sync::{Mutex, PoisonError},
};

use rayon::prelude::*;

use crate::ids::{index64, offset64};

/// Splits `numbers` into chunks of `chunk_size`, runs `task` on each, and returns the results in the order of the
/// numbers.
pub(super) fn run_chunks<W: Send, T: Send>(
    numbers: Range<u64>,
    chunk_size: u64,
    new_worker: impl Fn() -> W,
    task: impl Fn(&mut W, Range<u64>) -> T + Sync,
) -> Vec<T> {
    let count = (numbers.end - numbers.start).div_ceil(chunk_size);
    let chunk = |at: u64| {
        let start = numbers.start + at * chunk_size;
        start..(start + chunk_size).min(numbers.end)
    };
    let workers: Vec<_> = (0..rayon::current_num_threads()).map(|_| Mutex::new(new_worker())).collect();
    let run = |at| {
        // The lock is never contended: a task starts no other tasks, so a thread runs one at a time.
        let slot = &workers[rayon::current_thread_index().unwrap_or(0)];
        task(&mut slot.lock().unwrap_or_else(PoisonError::into_inner), chunk(offset64(at)))
    };
    (0..index64(count)).into_par_iter().with_max_len(1).map(run).collect()
}
