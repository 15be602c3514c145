//! How is work on numbered draws dealt to threads? A few numbers a task; each thread has one worker, used again.

use std::{
    ops::Range,
    sync::{Mutex, PoisonError},
};

use rayon::prelude::*;

use crate::ids::{index64, offset64};

/// What `task` makes of every `size` numbers, in their order; all threads.
pub(super) fn tasks<W: Send, T: Send>(
    numbers: Range<u64>,
    size: u64,
    worker: impl Fn() -> W,
    task: impl Fn(&mut W, Range<u64>) -> T + Sync,
) -> Vec<T> {
    let count = (numbers.end - numbers.start).div_ceil(size);
    let range = |at: u64| {
        let start = numbers.start + at * size;
        start..(start + size).min(numbers.end)
    };
    let workers: Vec<_> = (0..rayon::current_num_threads()).map(|_| Mutex::new(worker())).collect();
    let work = |at| {
        // Nobody else holds it, as tasks do not start others.
        let slot = &workers[rayon::current_thread_index().unwrap_or(0)];
        task(&mut slot.lock().unwrap_or_else(PoisonError::into_inner), range(offset64(at)))
    };
    (0..index64(count)).into_par_iter().with_max_len(1).map(work).collect()
}
