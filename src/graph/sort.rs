//! Edges as fixed-size items, and a radix sort for buckets of edges that fit the cache.

use bytemuck::{Pod, Zeroable};

use crate::{
    ids::{index64, low32},
    num::exclusive_sums,
};

/// An edge while the graph is built: its sort key, and its weight if `W` is 2; all weights are 1 if `W` is 1.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(transparent)]
pub(super) struct EdgeItem<const W: usize>([u64; W]);

impl<const W: usize> EdgeItem<W> {
    #[inline]
    pub(super) fn new(source: u32, target: u32, weight: u64) -> Self {
        let words = [u64::from(source) << 32 | u64::from(target), weight];
        Self(std::array::from_fn(|i| words[i]))
    }

    /// The sort key: the source in the high 32 bits, the target in the low 32 bits.
    #[inline]
    pub(super) fn ends(&self) -> u64 {
        self.0[0]
    }

    #[inline]
    pub(super) fn weight(&self) -> u64 {
        self.0.get(1).copied().unwrap_or(1)
    }

    /// Adds the weight of a repeated edge. A saturating sum of unsigned numbers does not depend on their order either.
    #[inline]
    pub(super) fn merge(&mut self, repeat: Self) {
        if let Some(weight) = self.0.get_mut(1) {
            *weight = weight.saturating_add(repeat.weight());
        }
    }
}

/// Maximum number of bits of a digit: its counters fit the first-level cache, and the row numbers of a typical bucket
/// fit one digit.
const DIGIT_BITS: u32 = 12;
/// Fewer items than this are sorted by comparison.
const MIN_RADIX_ITEMS: usize = 256;

/// Sorts edges by source, then by target. All sources are at least `first_source`; `scratch` grows to the number of
/// edges.
///
/// Sorts by the least significant digit first, over the bits that are used by any edge. O(items) for a fixed number of
/// nodes.
pub(super) fn sort_by_ends<const W: usize>(
    items: &mut [EdgeItem<W>],
    first_source: usize,
    scratch: &mut Vec<EdgeItem<W>>,
) {
    if items.len() < MIN_RADIX_ITEMS {
        items.sort_unstable_by_key(EdgeItem::ends);
        return;
    }
    let base = (first_source as u64) << 32;
    let used = items.iter().fold(0, |bits, item| bits | (item.ends() - base));
    let digits = digits(used);
    scratch.resize(scratch.len().max(items.len()), EdgeItem::zeroed());
    let (mut from, mut to) = (&mut *items, &mut scratch[..]);
    for &(shift, bits) in &digits {
        to = &mut to[..from.len()];
        let digit = |item: &EdgeItem<W>| index64((item.ends() - base) >> shift & ((1 << bits) - 1));
        let mut next = [0_u32; 1 << DIGIT_BITS];
        for item in &*from {
            next[digit(item)] += 1;
        }
        exclusive_sums(&mut next[..1 << bits]);
        for item in &*from {
            let place = &mut next[digit(item)];
            to[*place as usize] = *item;
            *place += 1;
        }
        std::mem::swap(&mut from, &mut to);
    }
    if digits.len() % 2 == 1 {
        to.copy_from_slice(from);
    }
}

/// The lowest bit and the number of bits of each digit, the least significant digit first: the digits of the target,
/// then the digits of the source.
fn digits(used: u64) -> Vec<(u32, u32)> {
    let halves = [(0, low32(used)), (32, low32(used >> 32))];
    let of_half = |(base, used): (u32, u32)| {
        let bits = u32::BITS - used.leading_zeros();
        let count = bits.div_ceil(DIGIT_BITS);
        (0..count).map(move |i| {
            let (start, end) = (bits * i / count, bits * (i + 1) / count);
            (base + start, end - start)
        })
    };
    halves.into_iter().flat_map(of_half).collect()
}
