//! What is a sum that does not depend on threads, and a random number that does not depend on order?
//!
//! Float sums run over blocks of a fixed length and are then added in block order, so the result is a function of
//! the data alone. Random numbers are hashes of what they are for: nobody holds generator state.

use std::ops::Range;

use rayon::prelude::*;

use crate::ids::low64;

/// Length of the blocks in which floats are summed. Part of the result: never make it depend on the machine.
pub const SUM_BLOCK: usize = 4096;

/// The sum of `values`, the same bits at any thread count. O(n).
pub fn block_sum(values: &[f64]) -> f64 {
    values.par_chunks(SUM_BLOCK).map(|block| block.iter().sum::<f64>()).collect::<Vec<_>>().iter().sum()
}

/// The sum of `term(block)` over `0..len` cut into blocks of [`SUM_BLOCK`], added in block order.
pub fn block_sum_by(len: usize, term: impl Fn(Range<usize>) -> f64 + Sync + Send) -> f64 {
    let partial: Vec<f64> = blocks(len, SUM_BLOCK).into_par_iter().map(term).collect();
    partial.iter().sum()
}

/// Cuts `0..len` into consecutive ranges of `size` (the last may be shorter); none for `len == 0`.
pub fn blocks(len: usize, size: usize) -> Vec<Range<usize>> {
    (0..len.div_ceil(size)).map(|block| block * size..((block + 1) * size).min(len)).collect()
}

/// Running totals of `counts`, starting at 0; one longer than `counts`.
pub fn prefix_sums(counts: impl ExactSizeIterator<Item = u64>) -> Vec<u64> {
    let mut total = 0;
    let mut sums = Vec::with_capacity(counts.len() + 1);
    sums.push(0);
    for count in counts {
        total += count;
        sums.push(total);
    }
    sums
}

/// Turns counts into running totals, each with its own count.
pub fn add_up(counts: &mut [u64]) {
    let mut total = 0;
    for count in counts {
        total += *count;
        *count = total;
    }
}

/// Mixes the bits of one word (the finaliser of `SplitMix64`, Steele, Lea, Flood 2014).
#[inline]
pub const fn mix64(word: u64) -> u64 {
    let mut z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Both halves of a product in one word: a cheap hash of two words that looks at all of their bits.
#[inline]
pub const fn folded_multiply(a: u64, b: u64) -> u64 {
    let product = (a as u128) * (b as u128);
    low64(product) ^ low64(product >> 64)
}

/// A random word for draw `draw` of item `item` in stage `stage` under `seed`: a counter-based generator.
#[inline]
pub const fn random(seed: u64, stage: u64, item: u64, draw: u64) -> u64 {
    mix64(mix64(mix64(mix64(seed) ^ stage) ^ item) ^ draw)
}

/// A random number in `[0, 1)` with 53 bits, from a random word.
#[inline]
pub const fn unit_interval(word: u64) -> f64 {
    (word >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// The disjoint mutable parts of `data` whose lengths are given, in order.
///
/// The lengths must add up to at most `data.len()`.
pub fn split_by_lengths<T>(mut data: &mut [T], lengths: impl Iterator<Item = usize>) -> Vec<&mut [T]> {
    let mut parts = Vec::new();
    for length in lengths {
        let (head, tail) = data.split_at_mut(length);
        parts.push(head);
        data = tail;
    }
    parts
}

/// `value`, or `u32::MAX` where it does not fit.
#[inline]
pub fn saturating_u32(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// The next whole number, for sizes: `u64::MAX` where it does not fit.
#[inline]
pub fn ceil_u64(value: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast stops at the ends of the range"
    )]
    let whole = value.ceil() as u64;
    whole
}
