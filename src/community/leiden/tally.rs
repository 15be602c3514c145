//! How much weight leads from one row to each label: the inner loop of every phase.

use std::hint::select_unpredictable;

use crate::ids::{id32, low32, low64};

/// The weight that leads to one label.
#[derive(Clone, Copy)]
pub(super) struct Sum {
    pub(super) label: u32,
    pub(super) weight: u64,
}

/// Adds up weights by label, in tables that are reused from row to row.
///
/// Whether a label was met before cannot be predicted, so nothing branches on it.
pub(super) struct Tally {
    /// Where there are few labels.
    direct: Option<Direct>,
    /// Where there are many, for rows whose weights add up to less than 2^32: half the memory.
    narrow: Hashed<u64>,
    /// Where there are many, for all other rows.
    wide: Hashed<u128>,
    /// Whether it is for those now.
    is_wide: bool,
}

/// Up to this many labels there is a place for each: 512 KiB, which the second-level cache holds.
const DIRECT_LABELS: usize = 1 << 16;

impl Tally {
    /// For labels below `label_count`.
    pub(super) fn new(label_count: usize) -> Self {
        let direct = (label_count <= DIRECT_LABELS).then(|| Direct::new(label_count));
        Self { direct, narrow: Hashed::default(), wide: Hashed::default(), is_wide: false }
    }

    /// Begins to add up weights of at most `len` different labels, of at most `weight` together.
    #[inline]
    pub(super) fn begin(&mut self, (len, weight): (usize, u64)) {
        self.is_wide = weight >> u32::BITS != 0;
        match &mut self.direct {
            Some(direct) => direct.begin(len),
            None if self.is_wide => self.wide.begin(len),
            None => self.narrow.begin(len),
        }
    }

    /// Adds weights to the sums of their labels; `weights` in step with `labels`, each ≥ 1.
    #[inline]
    pub(super) fn add(&mut self, labels: &[u32], weights: &[u64]) {
        match &mut self.direct {
            Some(direct) => direct.add(labels, weights),
            None if self.is_wide => self.wide.add(labels, weights),
            None => self.narrow.add(labels, weights),
        }
    }

    /// Appends each label and its sum, once, in the order in which they were met.
    #[inline]
    pub(super) fn finish(&mut self, sums: &mut Vec<Sum>) {
        match &mut self.direct {
            Some(direct) => direct.finish(sums),
            None if self.is_wide => self.wide.finish(sums),
            None => self.narrow.finish(sums),
        }
    }
}

/// How many entries rows have together, and how much weight: what [`Tally::begin`] asks for.
#[inline]
pub(super) fn bounds<'r>(rows: impl Iterator<Item = (&'r [u32], &'r [u64])>) -> (usize, u64) {
    rows.fold((0, 0), |(len, weight), row| (len + row.0.len(), weight + row.1.iter().sum::<u64>()))
}

/// A place for every label.
struct Direct {
    /// By label; 0 between rows.
    sums: Vec<u64>,
    met: Met,
}

impl Direct {
    fn new(label_count: usize) -> Self {
        Self { sums: vec![0; label_count], met: Met::default() }
    }

    fn begin(&mut self, len: usize) {
        self.met.begin(len.min(self.sums.len()));
    }

    #[inline]
    fn add(&mut self, labels: &[u32], weights: &[u64]) {
        let (sums, met, mut count) = (&mut self.sums[..], &mut self.met.places[..], self.met.count);
        for (&label, &weight) in labels.iter().zip(weights) {
            let sum = &mut sums[label as usize];
            met[count] = label;
            count += usize::from(*sum == 0);
            *sum += weight;
        }
        self.met.count = count;
    }

    #[inline]
    fn finish(&mut self, sums: &mut Vec<Sum>) {
        let take = |&label: &u32| Sum { label, weight: std::mem::take(&mut self.sums[label as usize]) };
        sums.extend(self.met.places().iter().map(take));
    }
}

/// A multiplicative hash with linear probing, over a power of two of slots. That two labels want one slot is rare, as
/// there are many more slots than labels in a row.
#[derive(Default)]
struct Hashed<S> {
    /// All empty between rows.
    slots: Vec<S>,
    mask: u32,
    met: Met,
}

/// Smallest hashed table.
const MIN_SLOTS: usize = 1 << 9;
/// Slots an entry of the row, as long as the table stays below `ROOMY_SLOTS`; and beyond that.
const ROOMY: usize = 8;
const ROOMY_SLOTS: usize = 1 << 14;
const CROWDED: usize = 2;

impl<S: Slot> Hashed<S> {
    fn begin(&mut self, len: usize) {
        let size = (ROOMY * len).min(ROOMY_SLOTS).max(CROWDED * len).max(MIN_SLOTS).next_power_of_two();
        if self.slots.len() < size {
            self.slots.resize(size, S::EMPTY);
        }
        self.mask = id32(size - 1);
        self.met.begin(len);
    }

    #[inline]
    fn add(&mut self, labels: &[u32], weights: &[u64]) {
        let mask = self.mask;
        let (slots, met, mut count) = (&mut self.slots[..], &mut self.met.places[..], self.met.count);
        for (&label, &weight) in labels.iter().zip(weights) {
            // The high half of the product mixes every bit of the label (Knuth's multiplicative hash).
            let mut at = low32(u64::from(label).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) & mask;
            let mut slot = slots[at as usize];
            while is_other(slot.label(), label) {
                at = (at + 1) & mask;
                slot = slots[at as usize];
            }
            let new = slot.label() != label;
            met[count] = at;
            count += usize::from(new);
            slots[at as usize] = select_unpredictable(new, S::of(label), slot).plus(weight);
        }
        self.met.count = count;
    }

    #[inline]
    fn finish(&mut self, sums: &mut Vec<Sum>) {
        let take = |&at: &u32| {
            let slot = std::mem::replace(&mut self.slots[at as usize], S::EMPTY);
            Sum { label: slot.label(), weight: slot.weight() }
        };
        sums.extend(self.met.places().iter().map(take));
    }
}

/// Whether a slot is in use for another label. One branch, nearly always the same; which of the two ways out of the
/// search it was cannot be predicted.
#[inline]
fn is_other(found: u32, wanted: u32) -> bool {
    (found ^ wanted).min(found ^ EMPTY_LABEL) != 0
}

/// No label is that high.
const EMPTY_LABEL: u32 = u32::MAX;

/// A label above its sum, in one word.
trait Slot: Copy {
    /// In use for no label.
    const EMPTY: Self;
    /// The label with nothing added up yet.
    fn of(label: u32) -> Self;
    fn label(self) -> u32;
    fn weight(self) -> u64;
    fn plus(self, weight: u64) -> Self;
}

impl Slot for u64 {
    const EMPTY: Self = (EMPTY_LABEL as u64) << 32;

    #[inline]
    fn of(label: u32) -> Self {
        Self::from(label) << 32
    }

    #[inline]
    fn label(self) -> u32 {
        low32(self >> 32)
    }

    #[inline]
    fn weight(self) -> u64 {
        u64::from(low32(self))
    }

    #[inline]
    fn plus(self, weight: u64) -> Self {
        self + weight
    }
}

impl Slot for u128 {
    const EMPTY: Self = (EMPTY_LABEL as u128) << 64;

    #[inline]
    fn of(label: u32) -> Self {
        Self::from(label) << 64
    }

    #[inline]
    fn label(self) -> u32 {
        low32(low64(self >> 64))
    }

    #[inline]
    fn weight(self) -> u64 {
        low64(self)
    }

    #[inline]
    fn plus(self, weight: u64) -> Self {
        self + Self::from(weight)
    }
}

/// The places of a table that are in use, in the order in which they were taken.
#[derive(Default)]
struct Met {
    /// What lies behind the last one is of no meaning; there is always room for one that is written and does not count.
    places: Vec<u32>,
    count: usize,
}

impl Met {
    fn begin(&mut self, len: usize) {
        if self.places.len() <= len {
            self.places.resize((len + 1).next_power_of_two(), 0);
        }
        self.count = 0;
    }

    fn places(&self) -> &[u32] {
        &self.places[..self.count]
    }
}
