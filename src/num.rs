//! How is a sum made that does not depend on threads, and a random number that does not depend on order?
//!
//! Floats are summed in blocks of a fixed length, whose sums are added in block order, so the result is a function of
//! the data alone. Random numbers are hashes of a seed, a stage, an item and a draw (counter-based): there is no
//! generator state.

use std::ops::{AddAssign, Range};

use rayon::prelude::*;

use crate::ids::low64;

/// Length of the blocks in which floats are summed. Affects results, so it must not depend on the machine.
pub(crate) const SUM_BLOCK: usize = 4096;

/// The sum of `values`, the same bits at any thread count. O(n).
pub fn block_sum(values: &[f64]) -> f64 {
    values.par_chunks(SUM_BLOCK).map(|block| block.iter().sum::<f64>()).collect::<Vec<_>>().iter().sum()
}

/// The sum of `term(block)` over the blocks of length [`SUM_BLOCK`] in `0..len`, added in block order.
pub(crate) fn block_sum_by(len: usize, term: impl Fn(Range<usize>) -> f64 + Sync + Send) -> f64 {
    let partial: Vec<f64> = blocks(len, SUM_BLOCK).into_par_iter().map(term).collect();
    partial.iter().sum()
}

/// Cuts `0..len` into consecutive ranges of `size` (the last may be shorter); none for `len == 0`.
pub(crate) fn blocks(len: usize, size: usize) -> Vec<Range<usize>> {
    (0..len.div_ceil(size)).map(|block| block * size..((block + 1) * size).min(len)).collect()
}

/// Running totals of `counts`, starting at 0; has one more entry than `counts`.
pub(crate) fn prefix_sums(counts: impl ExactSizeIterator<Item = u64>) -> Vec<u64> {
    let mut sums: Vec<u64> = std::iter::once(0).chain(counts).collect();
    inclusive_sums(&mut sums);
    sums
}

/// Replaces each count by the sum of all counts up to and including it.
pub(crate) fn inclusive_sums(counts: &mut [u64]) {
    let mut total = 0;
    for count in counts {
        total += *count;
        *count = total;
    }
}

/// Replaces each count by the sum of all counts before it.
pub(crate) fn exclusive_sums<T: Copy + Default + AddAssign>(counts: &mut [T]) {
    let mut total = T::default();
    for count in counts {
        let sum = total;
        total += std::mem::replace(count, sum);
    }
}

/// Mixes the bits of one word (the finalizer of `SplitMix64`, Steele, Lea, Flood 2014).
#[inline]
pub const fn mix64(word: u64) -> u64 {
    let mut z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The exclusive or of both halves of a product: a cheap hash of two words that depends on all of their bits.
#[inline]
pub(crate) const fn folded_multiply(a: u64, b: u64) -> u64 {
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

/// Splits `data` into consecutive mutable parts of these lengths.
///
/// The lengths must add up to at most `data.len()`.
pub(crate) fn split_by_lengths<T>(mut data: &mut [T], lengths: impl Iterator<Item = usize>) -> Vec<&mut [T]> {
    let mut parts = Vec::new();
    for length in lengths {
        let (head, tail) = data.split_at_mut(length);
        parts.push(head);
        data = tail;
    }
    parts
}

/// `value`, or `u32::MAX` if it does not fit.
#[inline]
pub(crate) fn saturating_u32(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Rounds up; saturates at 0 and `u64::MAX`.
#[inline]
pub(crate) fn ceil_u64(value: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    let whole = value.ceil() as u64;
    whole
}

/// Rounds down; saturates at 0 and `u64::MAX`.
#[inline]
pub(crate) fn floor_u64(value: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    let whole = value as u64;
    whole
}

/// The natural logarithm of a positive normal number. The absolute error is at most 4e-16 times the larger of 1 and the
/// absolute value of the logarithm. Only + − × ÷ are used, because the system's `log` differs between machines.
#[inline]
pub(crate) const fn ln(value: f64) -> f64 {
    const LN_2: f64 = std::f64::consts::LN_2;
    const MANTISSA: u64 = (1 << 52) - 1;
    let bits = value.to_bits();
    // value = m · 2^e with m between √½ and √2.
    let above = (bits & MANTISSA > std::f64::consts::SQRT_2.to_bits() & MANTISSA) as u64;
    let m = f64::from_bits(bits & MANTISSA | (1023 - above) << 52);
    let e = (bits >> 52 & 0x7ff) as f64 - 1023.0 + above as f64;
    e * LN_2 + twice_artanh((m - 1.0) / (m + 1.0))
}

/// The natural logarithm of `1 − value` for `0 ≤ value < 1`, accurate near 0 too.
#[inline]
pub(crate) fn ln_one_minus(value: f64) -> f64 {
    // Beyond this, the series has too few terms.
    const NEAR: f64 = 0.29;
    if value < NEAR { twice_artanh(-value / (2.0 - value)) } else { ln(1.0 - value) }
}

/// `2 · artanh(s)` for `|s|` up to 0.172: the logarithm of `(1 + s) / (1 − s)`.
#[inline]
const fn twice_artanh(s: f64) -> f64 {
    const COEFFICIENTS: [f64; 10] = [
        1.0 / 19.0,
        1.0 / 17.0,
        1.0 / 15.0,
        1.0 / 13.0,
        1.0 / 11.0,
        1.0 / 9.0,
        1.0 / 7.0,
        1.0 / 5.0,
        1.0 / 3.0,
        1.0,
    ];
    let square = s * s;
    let (mut sum, mut at) = (0.0, 0);
    while at < COEFFICIENTS.len() {
        sum = sum * square + COEFFICIENTS[at];
        at += 1;
    }
    2.0 * s * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_agree_with_those_of_the_system() {
        for i in 0..200_000_u64 {
            let wide =
                unit_interval(random(1, 1, i, 0)) * 2.0_f64.powi(i32::try_from(i % 600).unwrap() - 300);
            for value in [wide, 1.0 + wide.min(1.0), 0.5 + unit_interval(random(1, 1, i, 1))] {
                if value > 0.0 {
                    let error = (ln(value) - value.ln()).abs();
                    assert!(error <= 4e-16 * value.ln().abs().max(1.0), "{value}: {error}");
                }
            }
            let share = unit_interval(random(1, 1, i, 2)) / 2.0_f64.powi(i32::try_from(i % 60).unwrap());
            let expected = (-share).ln_1p();
            assert!((ln_one_minus(share) - expected).abs() <= 1e-15 * expected.abs(), "{share}");
        }
        assert_eq!((ln(1.0), ln_one_minus(0.0)), (0.0, 0.0));
        assert_eq!([-1.0, 0.0, 0.99, 1.0, 7.5, 1e30].map(floor_u64), [0, 0, 0, 1, 7, u64::MAX]);
    }
}
