//! How much weight leads from one row to each label: the inner loop of every phase.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ids::{id32, low32};

/// The weight that leads to one label.
#[derive(Clone, Copy)]
pub(super) struct Sum {
    pub(super) label: u32,
    pub(super) weight: u64,
}

/// Adds up weights by label, in a table that is reused from row to row.
///
/// Whether a label was met before cannot be predicted, so nothing branches on it.
pub(super) enum Tally {
    Direct(DirectTally),
    Hashed(HashedTally),
}

/// Up to this many labels there is a place for each: 512 KiB, which the second-level cache holds.
const DIRECT_LABELS: usize = 1 << 16;

impl Tally {
    /// For labels below `label_count`.
    fn new(label_count: usize) -> Self {
        if label_count <= DIRECT_LABELS {
            Self::Direct(DirectTally { weights: vec![0; label_count], met: Vec::new(), sums: Vec::new() })
        } else {
            Self::Hashed(HashedTally { slots: Vec::new(), met: Vec::new(), sums: Vec::new(), label_count })
        }
    }

    /// The sums of `weights` by label, each label once, in the order in which they are met. Weights are ≥ 1.
    #[inline]
    pub(super) fn add_up(&mut self, labels: &[u32], weights: &[u64]) -> &[Sum] {
        match self {
            Self::Direct(tally) => tally.add_up(labels, weights),
            Self::Hashed(tally) => tally.add_up(labels, weights),
        }
    }
}

/// A place for every label.
pub(super) struct DirectTally {
    /// By label; 0 between rows.
    weights: Vec<u64>,
    /// The labels met; what lies behind the last one is of no meaning.
    met: Vec<u32>,
    sums: Vec<Sum>,
}

impl DirectTally {
    #[inline]
    fn add_up(&mut self, labels: &[u32], weights: &[u64]) -> &[Sum] {
        make_room(&mut self.met, labels.len());
        let (by_label, met) = (&mut self.weights[..], &mut self.met[..]);
        let mut count = 0;
        for (&label, &weight) in labels.iter().zip(weights) {
            let sum = &mut by_label[label as usize];
            met[count] = label;
            count += usize::from(*sum == 0);
            *sum += weight;
        }
        let take = |&label: &u32| Sum { label, weight: std::mem::take(&mut by_label[label as usize]) };
        self.sums.clear();
        self.sums.extend(met[..count].iter().map(take));
        &self.sums
    }
}

/// A multiplicative hash with linear probing, over a power of two of slots. That two labels want one slot is rare, as
/// there are many more slots than labels in a row.
pub(super) struct HashedTally {
    /// All empty between rows.
    slots: Vec<Sum>,
    /// The slots in use; what lies behind the last one is of no meaning.
    met: Vec<u32>,
    sums: Vec<Sum>,
    /// Labels are below this.
    label_count: usize,
}

/// A slot that is not in use; no label is that high.
const EMPTY: Sum = Sum { label: u32::MAX, weight: 0 };
/// Smallest hashed table.
const MIN_SLOTS: usize = 1 << 9;
/// Slots an entry of the row, as long as the table stays below `ROOMY_SLOTS`; and beyond that.
const ROOMY: usize = 8;
const ROOMY_SLOTS: usize = 1 << 14;
const CROWDED: usize = 2;

impl HashedTally {
    #[inline]
    fn add_up(&mut self, labels: &[u32], weights: &[u64]) -> &[Sum] {
        let most = labels.len().min(self.label_count);
        let size = (ROOMY * most).min(ROOMY_SLOTS).max(CROWDED * most).max(MIN_SLOTS).next_power_of_two();
        if self.slots.len() < size {
            self.slots.resize(size, EMPTY);
        }
        make_room(&mut self.met, labels.len());
        let (slots, met, mask) = (&mut self.slots[..size], &mut self.met[..], id32(size - 1));
        let mut count = 0;
        for (&label, &weight) in labels.iter().zip(weights) {
            // The high half of the product mixes every bit of the label (Knuth's multiplicative hash).
            let mut slot = low32(u64::from(label).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) & mask;
            while is_other(slots[slot as usize].label, label) {
                slot = (slot + 1) & mask;
            }
            let sum = &mut slots[slot as usize];
            met[count] = slot;
            count += usize::from(sum.label != label);
            *sum = Sum { label, weight: sum.weight + weight };
        }
        let take = |&slot: &u32| std::mem::replace(&mut slots[slot as usize], EMPTY);
        self.sums.clear();
        self.sums.extend(met[..count].iter().map(take));
        &self.sums
    }
}

/// Whether a slot is in use for another label.
#[expect(clippy::needless_bitwise_bool, reason = "one branch, nearly always the same, instead of two")]
#[inline]
fn is_other(found: u32, wanted: u32) -> bool {
    (found != wanted) & (found != EMPTY.label)
}

/// Room for `len` entries, and for one that is written but does not count.
fn make_room(met: &mut Vec<u32>, len: usize) {
    if met.len() <= len {
        met.resize(len + 1, 0);
    }
}

/// The choice of the higher score, of the smaller label where they tie.
#[expect(clippy::needless_bitwise_bool, reason = "the outcome cannot be predicted: bits instead of branches")]
#[inline]
pub(super) fn higher(a: (i128, u32), b: (i128, u32)) -> (i128, u32) {
    if (b.0 > a.0) | ((b.0 == a.0) & (b.1 < a.1)) { b } else { a }
}

/// What one thread needs beside the graph.
pub(super) struct Scratch {
    pub(super) tally: Tally,
    /// Labels of a row, gathered first: the loads of a loop without branches overlap.
    pub(super) labels: Vec<u32>,
    /// Weights in step with `labels`, where several rows are joined.
    pub(super) weights: Vec<u64>,
    /// Volumes of communities, gathered as labels are.
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
            Mutex::new(Scratch {
                tally: Tally::new(label_count),
                labels: Vec::new(),
                weights: Vec::new(),
                volumes: Vec::new(),
            })
        };
        Self { slots: (0..rayon::current_num_threads()).map(scratch).collect() }
    }

    /// The scratch of the calling thread; nobody else holds it, as tasks do not start others while they do.
    pub(super) fn take(&self) -> MutexGuard<'_, Scratch> {
        let thread = rayon::current_thread_index().unwrap_or(0);
        self.slots[thread].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
