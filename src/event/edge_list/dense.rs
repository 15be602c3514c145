//! The dictionary of small numbers: a reference is the number itself.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::{
    dictionary::{Dictionary, Finished, Found, Stuck},
    node_ids::Form,
    scan::Number,
};
use crate::{
    ids::{id32, index64, low32},
    num::{prefix_sums, split_by_lengths},
};

/// Numbers below this are always small.
const LEAST_BOUND: u64 = 1 << 12;
/// Numbers below an eighth of the file's length in bytes are small as well: the tables, eight bytes a number, are then no
/// longer than the text, however few of the numbers occur.
const BYTES_A_NUMBER: u64 = 8;
/// The share of the table that is handled at a time.
const PART: usize = 1 << 16;

pub(super) struct Dense {
    /// By number, the first chunk that holds it; `u32::MAX` where none does.
    first_blocks: Vec<AtomicU32>,
    /// Numbers from here on belong elsewhere.
    bound: u64,
}

impl Dense {
    /// An empty dictionary for the ids of a file of `file_bytes`.
    pub(super) fn new(file_bytes: u64) -> Self {
        let bound = (file_bytes / BYTES_A_NUMBER).clamp(LEAST_BOUND, u64::from(u32::MAX - 1));
        Self { first_blocks: unseen(index64(LEAST_BOUND)), bound }
    }

    /// Whether `value` is small.
    pub(super) fn may_hold(&self, value: u64) -> bool {
        value < self.bound
    }

    /// The same with room for `value` and twice as much.
    pub(super) fn grown(mut self, value: u64) -> Self {
        let wanted = (2 * value).next_power_of_two().min(self.bound);
        let more = index64(wanted).saturating_sub(self.first_blocks.len());
        self.first_blocks.extend(unseen(more));
        self
    }

    /// By reference, the first chunk that holds it.
    pub(super) fn first_blocks(&self) -> &[AtomicU32] {
        &self.first_blocks
    }

    /// All numbers, ascending, with their references.
    pub(super) fn values(&self) -> Vec<(u64, u32)> {
        let values = self.first_blocks.par_iter().enumerate().filter(|(_, first)| is_seen(first));
        values.map(|(value, _)| (value as u64, id32(value))).collect()
    }

    pub(super) fn finish(self) -> Finished {
        let first_blocks = self.first_blocks;
        let seen = |part: &[AtomicU32]| part.iter().filter(|first| is_seen(first)).count() as u64;
        let counts: Vec<u64> = first_blocks.par_chunks(PART).map(seen).collect();
        let starts = prefix_sums(counts.iter().copied());
        let mut numbers = vec![0; index64(starts[counts.len()])];
        let mut node_of = vec![u32::MAX; first_blocks.len()];
        split_by_lengths(&mut numbers, counts.iter().map(|&count| index64(count)))
            .into_par_iter()
            .zip(node_of.par_chunks_mut(PART))
            .zip(first_blocks.par_chunks(PART))
            .enumerate()
            .for_each(|(part, ((numbers, node_of), first_blocks))| {
                let seen = first_blocks.iter().enumerate().filter(|(_, first)| is_seen(first));
                for ((count, (at, _)), number) in seen.enumerate().zip(numbers) {
                    node_of[at] = low32(starts[part]) + id32(count);
                    *number = (part * PART + at) as u64;
                }
            });
        Finished { form: Form::Numbers(numbers), node_of, first_blocks }
    }
}

impl Dictionary for Dense {
    type Key = Number;

    fn key(id: &str, _: usize) -> Result<Number, Stuck> {
        Number::of(id).ok_or(Stuck::NoNumber)
    }

    #[inline]
    fn look_up(&self, keys: &[Number], _: &[u8], block: u32, found: &mut Found) -> Result<(), Stuck> {
        for &Number(value) in keys {
            let Some(first) = self.first_blocks.get(index64(value)) else { return Err(Stuck::Large(value)) };
            found.push(low32(value), first, block);
        }
        Ok(())
    }
}

/// So many references that no chunk holds yet.
pub(super) fn unseen(count: usize) -> Vec<AtomicU32> {
    (0..count).into_par_iter().with_min_len(PART).map(|_| AtomicU32::new(u32::MAX)).collect()
}

fn is_seen(first: &AtomicU32) -> bool {
    first.load(Ordering::Relaxed) != u32::MAX
}
