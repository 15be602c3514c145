//! How much weight leads from one row to each label: the inner loop of every phase.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ids::{id32, low32};

/// Sums of weights by label, in the order in which labels are met.
///
/// A slot holds a position in `sums` and counts only if the entry there points back to the slot (Briggs, Torczon
/// 1993). So nothing is ever cleared: emptying `sums` empties the table.
pub(super) struct Tally {
    slots: Vec<u32>,
    sums: Vec<Sum>,
    /// Labels are below this.
    label_count: usize,
    keys: Keys,
}

/// The weight that leads to one label.
#[derive(Clone, Copy)]
pub(super) struct Sum {
    pub(super) label: u32,
    /// The slot that points here.
    slot: u32,
    pub(super) weight: u64,
}

/// How a label finds its slot.
#[derive(Clone, Copy)]
enum Keys {
    /// The label is the slot: quickest while all slots stay in the second-level cache.
    Direct,
    /// A multiplicative hash with linear probing, over a power of two of slots, at least twice as many as entries.
    Hashed {
        /// Number of slots in use, less one.
        mask: u32,
    },
}

/// Up to this many labels the table has a slot for each: 256 KiB.
const DIRECT_LABELS: usize = 1 << 16;
/// Smallest hashed table.
const MIN_SLOTS: usize = 1 << 9;

impl Tally {
    /// For labels below `label_count`.
    fn new(label_count: usize) -> Self {
        let (keys, slots) = if label_count <= DIRECT_LABELS {
            (Keys::Direct, label_count)
        } else {
            (Keys::Hashed { mask: id32(MIN_SLOTS - 1) }, MIN_SLOTS)
        };
        Self { slots: vec![0; slots], sums: Vec::new(), label_count, keys }
    }

    /// Starts anew, for at most `len` entries.
    #[inline]
    pub(super) fn start(&mut self, len: usize) {
        self.sums.clear();
        if let Keys::Hashed { mask } = &mut self.keys {
            let size = (2 * len.min(self.label_count)).next_power_of_two().max(MIN_SLOTS);
            *mask = id32(size - 1);
            if size > self.slots.len() {
                self.slots.resize(size, 0);
            }
        }
    }

    /// Adds up entries of `(label, weight)`.
    #[inline]
    pub(super) fn add(&mut self, entries: impl Iterator<Item = (u32, u64)>) {
        match self.keys {
            Keys::Direct => entries.for_each(|(label, weight)| self.add_at(label, label, weight)),
            Keys::Hashed { mask } => entries.for_each(|(label, weight)| {
                let slot = self.probe(label, mask);
                self.add_at(slot, label, weight);
            }),
        }
    }

    /// What was added up.
    #[inline]
    pub(super) fn sums(&self) -> &[Sum] {
        &self.sums
    }

    /// The slot of `label`, or the free one where it belongs.
    #[inline]
    fn probe(&self, label: u32, mask: u32) -> u32 {
        // The high half of the product mixes every bit of the label (Knuth's multiplicative hash).
        let hash = u64::from(label).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let mut slot = low32(hash) & mask;
        while let Some(sum) = self.entry(slot) {
            if sum.label == label {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// The entry that `slot` points to, if the slot is in use.
    #[inline]
    fn entry(&self, slot: u32) -> Option<&Sum> {
        self.sums.get(self.slots[slot as usize] as usize).filter(|sum| sum.slot == slot)
    }

    #[inline]
    fn add_at(&mut self, slot: u32, label: u32, weight: u64) {
        match self.sums.get_mut(self.slots[slot as usize] as usize) {
            Some(sum) if sum.slot == slot => sum.weight += weight,
            _ => {
                self.slots[slot as usize] = id32(self.sums.len());
                self.sums.push(Sum { label, slot, weight });
            }
        }
    }
}

/// The choice of the higher score, of the smaller label where they tie.
#[inline]
pub(super) fn higher(a: (i128, u32), b: (i128, u32)) -> (i128, u32) {
    if b.0 > a.0 || (b.0 == a.0 && b.1 < a.1) { b } else { a }
}

/// What one thread needs beside the graph.
pub(super) struct Scratch {
    pub(super) tally: Tally,
    /// Labels of a row, gathered first: the loads of a loop without branches overlap.
    pub(super) labels: Vec<u32>,
    /// Volumes of communities, gathered likewise.
    pub(super) volumes: Vec<u64>,
}

/// One [`Scratch`] for every thread of the pool. Which one a task gets is irrelevant to what it computes.
pub(super) struct ScratchPool {
    slots: Vec<Mutex<Scratch>>,
}

impl ScratchPool {
    /// For labels below `label_count`.
    pub(super) fn new(label_count: usize) -> Self {
        let scratch = |_| {
            Mutex::new(Scratch { tally: Tally::new(label_count), labels: Vec::new(), volumes: Vec::new() })
        };
        Self { slots: (0..rayon::current_num_threads()).map(scratch).collect() }
    }

    /// The scratch of the calling thread; nobody else holds it, as tasks do not start others while they do.
    pub(super) fn take(&self) -> MutexGuard<'_, Scratch> {
        let thread = rayon::current_thread_index().unwrap_or(0);
        self.slots[thread].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
