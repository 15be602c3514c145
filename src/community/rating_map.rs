//! Adds up the edge weights of a row by the label of the neighbor: the inner loop of Leiden and of ties.

use std::{
    hint::select_unpredictable,
    ops::{Add, Shl},
};

use crate::ids::{id32, low32, low64};

/// A label, and the edge weight that leads to it.
#[derive(Clone, Copy)]
pub(super) struct Rating {
    pub(super) label: u32,
    pub(super) weight: u64,
}

/// Adds up weights by label, in tables that are reused from row to row.
///
/// Whether a label is new to a row cannot be predicted, so the code does not branch on it.
pub(super) struct RatingMap {
    /// Used for few labels.
    dense: Option<DenseRatingMap>,
    /// Used for many labels if the weights of the row add up to less than 2^32; takes half the memory of `wide`.
    narrow: HashTable<u64>,
    /// Used for many labels if the weights of the row add up to 2^32 or more.
    wide: HashTable<u128>,
    /// Whether the current row needs `wide`.
    is_wide: bool,
}

/// If there are at most this many labels, every label has an entry in a dense table of up to 512 KiB, which fits the
/// second-level cache.
const DENSE_LABELS: usize = 1 << 16;

impl RatingMap {
    pub(super) fn new(label_count: usize) -> Self {
        let dense = (label_count <= DENSE_LABELS).then(|| DenseRatingMap::new(label_count));
        Self { dense, narrow: HashTable::default(), wide: HashTable::default(), is_wide: false }
    }

    /// Starts a row with at most `len` different labels and a total weight of at most `weight`.
    #[inline]
    pub(super) fn begin(&mut self, (len, weight): (usize, u64)) {
        self.is_wide = weight >> u32::BITS != 0;
        match &mut self.dense {
            Some(dense) => dense.begin(len),
            None if self.is_wide => self.wide.begin(len),
            None => self.narrow.begin(len),
        }
    }

    /// Adds each of `weights`, all at least 1, to the rating of the label at the same position.
    #[inline]
    pub(super) fn add(&mut self, labels: &[u32], weights: &[u64]) {
        match &mut self.dense {
            Some(dense) => dense.add(labels.iter().copied().zip(weights.iter().copied())),
            None if self.is_wide => self.wide.add(labels, weights),
            None => self.narrow.add(labels, weights),
        }
    }

    /// Appends the rating of each label, in the order in which labels first occurred, and clears the map.
    #[inline]
    pub(super) fn drain_into(&mut self, ratings: &mut Vec<Rating>) {
        match &mut self.dense {
            Some(dense) => ratings.extend(dense.drain()),
            None if self.is_wide => self.wide.drain_into(ratings),
            None => self.narrow.drain_into(ratings),
        }
    }
}

/// Number of entries and total weight of several rows, the argument of [`RatingMap::begin`].
#[inline]
pub(super) fn bounds<'r>(rows: impl Iterator<Item = (&'r [u32], &'r [u64])>) -> (usize, u64) {
    rows.fold((0, 0), |(len, weight), row| (len + row.0.len(), weight + row.1.iter().sum::<u64>()))
}

/// A rating map with one entry for every label.
pub(super) struct DenseRatingMap {
    /// The rating of each label; all are 0 between rows.
    weights: Vec<u64>,
    used: UsedEntries,
}

impl DenseRatingMap {
    pub(super) fn new(label_count: usize) -> Self {
        Self { weights: vec![0; label_count], used: UsedEntries::default() }
    }

    /// Starts a row with at most `len` different labels.
    #[inline]
    pub(super) fn begin(&mut self, len: usize) {
        self.used.begin(len.min(self.weights.len()));
    }

    /// Adds weights, all at least 1, to the ratings of their labels.
    #[inline]
    pub(super) fn add(&mut self, entries: impl Iterator<Item = (u32, u64)>) {
        let (sums, used, mut count) = (&mut self.weights[..], &mut self.used.entries[..], self.used.count);
        entries.for_each(|(label, weight)| {
            let sum = &mut sums[label as usize];
            used[count] = label;
            count += usize::from(*sum == 0);
            *sum += weight;
        });
        self.used.count = count;
    }

    /// Returns the rating of each label, in the order in which labels first occurred, and clears the map.
    #[inline]
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Rating> {
        let Self { weights, used } = self;
        let take = |&label: &u32| Rating { label, weight: std::mem::take(&mut weights[label as usize]) };
        used.entries().iter().map(take)
    }
}

/// A multiplicative hash with linear probing over a power of two of slots. Collisions are rare, as there are many more
/// slots than labels in a row.
#[derive(Default)]
struct HashTable<S> {
    /// All slots are empty between rows.
    slots: Vec<S>,
    mask: u32,
    used: UsedEntries,
}

const MIN_SLOTS: usize = 1 << 9;
/// Number of slots per row entry if the table then has at most `ROOMY_SLOTS` slots; for longer rows the minimum is
/// `CROWDED` slots per row entry.
const ROOMY: usize = 8;
const ROOMY_SLOTS: usize = 1 << 14;
const CROWDED: usize = 2;

impl<S: Slot> HashTable<S> {
    fn begin(&mut self, len: usize) {
        let size = (ROOMY * len).min(ROOMY_SLOTS).max(CROWDED * len).max(MIN_SLOTS).next_power_of_two();
        if self.slots.len() < size {
            self.slots.resize(size, S::EMPTY);
        }
        self.mask = id32(size - 1);
        self.used.begin(len);
    }

    #[inline]
    fn add(&mut self, labels: &[u32], weights: &[u64]) {
        let mask = self.mask;
        let (slots, used, mut count) = (&mut self.slots[..], &mut self.used.entries[..], self.used.count);
        for (&label, &weight) in labels.iter().zip(weights) {
            // The high half of the product mixes every bit of the label (Knuth's multiplicative hash).
            let mut at = low32(u64::from(label).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) & mask;
            let mut slot = slots[at as usize];
            while holds_other(slot.label(), label) {
                at = (at + 1) & mask;
                slot = slots[at as usize];
            }
            let new = slot.label() != label;
            used[count] = at;
            count += usize::from(new);
            slots[at as usize] = select_unpredictable(new, S::of(label), slot) + S::from(weight);
        }
        self.used.count = count;
    }

    #[inline]
    fn drain_into(&mut self, ratings: &mut Vec<Rating>) {
        let take = |&at: &u32| {
            let slot = std::mem::replace(&mut self.slots[at as usize], S::EMPTY);
            Rating { label: slot.label(), weight: slot.weight() }
        };
        ratings.extend(self.used.entries().iter().map(take));
    }
}

/// Whether a slot holds another label than `wanted`. The caller branches on this result only, and the branch nearly
/// always goes the same way. Whether the search ended at an empty slot or at the label could not be predicted.
#[inline]
fn holds_other(found: u32, wanted: u32) -> bool {
    (found ^ wanted).min(found ^ EMPTY_LABEL) != 0
}

/// Larger than any label.
const EMPTY_LABEL: u32 = u32::MAX;

/// One word: the label in the high half, its weight in the low half.
trait Slot: Copy + From<u64> + Add<Output = Self> + Shl<u32, Output = Self> {
    const EMPTY: Self;
    /// Number of bits of the weight; the label is in the bits above.
    const WEIGHT_BITS: u32;

    /// A slot with this label and weight 0.
    #[inline]
    fn of(label: u32) -> Self {
        Self::from(u64::from(label)) << Self::WEIGHT_BITS
    }

    fn label(self) -> u32;
    fn weight(self) -> u64;
}

impl Slot for u64 {
    const EMPTY: Self = (EMPTY_LABEL as u64) << 32;
    const WEIGHT_BITS: u32 = 32;

    #[inline]
    fn label(self) -> u32 {
        low32(self >> 32)
    }

    #[inline]
    fn weight(self) -> u64 {
        u64::from(low32(self))
    }
}

impl Slot for u128 {
    const EMPTY: Self = (EMPTY_LABEL as u128) << 64;
    const WEIGHT_BITS: u32 = 64;

    #[inline]
    fn label(self) -> u32 {
        low32(low64(self >> 64))
    }

    #[inline]
    fn weight(self) -> u64 {
        low64(self)
    }
}

/// Positions of the table entries in use, in the order in which they were taken.
#[derive(Default)]
struct UsedEntries {
    /// The first `count` entries are valid. There is always at least one more entry, because branchless code writes a
    /// position before it knows whether the position counts.
    entries: Vec<u32>,
    count: usize,
}

impl UsedEntries {
    fn begin(&mut self, len: usize) {
        if self.entries.len() <= len {
            self.entries.resize((len + 1).next_power_of_two(), 0);
        }
        self.count = 0;
    }

    fn entries(&self) -> &[u32] {
        &self.entries[..self.count]
    }
}
