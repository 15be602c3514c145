//! Scales decimal weights to the integers that the graph stores.

/// Whole weights up to 2^53 are kept as they are.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;
/// Maximum number of bits of the largest weight after scaling.
const FRACTION_BITS: u32 = 40;
/// Maximum number of bits of the sum of all weights, so that no sum of weights overflows.
const SUM_BITS: u32 = 63;

/// A power of two by which finite positive weights are scaled to integers.
///
/// Whole numbers stay exact if the number of weights times the largest one is below 2^63. Otherwise the largest weight
/// gets 40 bits (fewer if there are 2^23 weights or more, because of the limit on sums). All weights are rounded to
/// nearest and kept ≥ 1, so the error is below 2^-40 of the largest weight (or 2^-63 times the number of weights, if
/// that is larger).
///
/// ```
/// use plaudit::graph::FixedScale;
/// let scale = FixedScale::of([0.5, 0.75].into_iter());
/// assert_eq!(scale.fixed(0.5) as f64 / scale.fixed(0.75) as f64, 0.5 / 0.75);
/// assert_eq!(scale.fixed(0.75) as f64 * 2.0_f64.powi(scale.unit_log2()), 0.75);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedScale {
    unit_log2: i32,
    /// Every weight is a multiple of 2 to this power.
    finest_log2: i32,
}

impl FixedScale {
    /// The scale for these weights. O(m); it depends only on the number of weights, the largest weight and the lowest
    /// binary digit that any weight uses.
    pub fn of(weights: impl Iterator<Item = f64>) -> Self {
        let (mut count, mut largest, mut finest) = (0_usize, 0.0_f64, i32::MAX);
        for weight in weights {
            debug_assert!(weight.is_finite() && weight > 0.0);
            count += 1;
            largest = largest.max(weight);
            finest = finest.min(lowest_digit(weight));
        }
        // Each weight is below 2 to the power of its bits, and there are at most 2^count_bits of them.
        let count_bits = usize::BITS - count.leading_zeros();
        let bits = FRACTION_BITS.min(SUM_BITS - count_bits).cast_signed();
        let whole = finest >= 0
            && largest <= LARGEST_WHOLE
            && exponent(largest) < (SUM_BITS - count_bits).cast_signed();
        let unit_log2 = if whole || count == 0 { 0 } else { exponent(largest) + 1 - bits };
        Self { unit_log2, finest_log2: finest }
    }

    /// The value of one unit is 2 to this power.
    pub fn unit_log2(self) -> i32 {
        self.unit_log2
    }

    /// A weight in units, at least 1.
    #[inline]
    pub fn fixed(self, weight: f64) -> u64 {
        let scaled = times_power_of_two(weight, -self.unit_log2);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "scaled to at most 2^53")]
        let fixed = scaled.round() as u64;
        fixed.max(1)
    }

    /// Whether all weights are multiples of `unit`, a power of two.
    pub fn is_exact_in(self, unit: f64) -> bool {
        self.finest_log2 >= exponent(unit)
    }
}

/// `value · 2^exponent`.
#[inline]
pub(crate) fn times_power_of_two(value: f64, exponent: i32) -> f64 {
    // Two factors, because a single power of two may be out of the range of floats.
    let half = exponent / 2;
    value * 2.0_f64.powi(half) * 2.0_f64.powi(exponent - half)
}

/// The exponent `e` with `2^e ≤ value < 2^(e+1)` for a positive normal value (−1023 for subnormal values).
pub(crate) fn exponent(value: f64) -> i32 {
    i32::try_from((value.to_bits() >> 52) & 0x7ff).expect("invariant: eleven bits") - 1023
}

/// The largest `d` such that a positive `value` is a multiple of `2^d`.
fn lowest_digit(value: f64) -> i32 {
    let fraction = value.to_bits() & ((1 << 52) - 1);
    let exponent = exponent(value);
    // Subnormal values have no hidden leading digit, and the exponent of the smallest normal value.
    if exponent == -1023 {
        return fraction.trailing_zeros().cast_signed() - 1074;
    }
    exponent - 52 + (fraction | 1 << 52).trailing_zeros().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The integer weights and the logarithm of their unit.
    fn fixed_point(weights: &[f64]) -> (Vec<u64>, i32) {
        let scale = FixedScale::of(weights.iter().copied());
        (weights.iter().map(|&weight| scale.fixed(weight)).collect(), scale.unit_log2())
    }

    #[test]
    fn exact_means_that_no_weight_is_rounded() {
        for (weights, unit, exact) in [
            (&[1.0, 2.0, 7.0][..], 1.0, true),
            (&[2.0, 4.0], 2.0, true),
            (&[2.0, 3.0], 2.0, false),
            (&[0.5, 0.75], 0.25, true),
            (&[0.5, 0.75], 0.5, false),
            (&[0.1], 1e-9, false),
            (&[f64::from_bits(1)], 1.0, false),
            (&[f64::MIN_POSITIVE], f64::MIN_POSITIVE, true),
            (&[], 1.0, true),
        ] {
            assert_eq!(FixedScale::of(weights.iter().copied()).is_exact_in(unit), exact, "{weights:?}");
        }
    }

    #[test]
    fn whole_weights_stay() {
        assert_eq!(fixed_point(&[1.0, 7.0, 4_294_967_296.0]), (vec![1, 7, 4_294_967_296], 0));
        assert_eq!(fixed_point(&[]).1, 0);
    }

    #[test]
    fn fractions_keep_their_ratios() {
        for scale in [1e-300, 1e-9, 0.1, 1.0, 1e12, 1e300] {
            let weights = [0.5 * scale, 0.75 * scale, 0.001 * scale, scale * 1.1];
            let (fixed, _) = fixed_point(&weights);
            for (weight_units, weight) in fixed.iter().zip(weights) {
                let ratio = *weight_units as f64 / fixed[3] as f64;
                assert!((ratio - weight / weights[3]).abs() < 2.0_f64.powi(-38), "{weight}");
            }
        }
    }

    #[test]
    fn no_sum_of_weights_overflows() {
        for (count, weight) in [(2048, LARGEST_WHOLE), (2048, 1e300), (1 << 16, 2.0_f64.powi(52)), (1, 1e15)]
        {
            let (fixed, unit_log2) = fixed_point(&vec![weight; count]);
            let sum = fixed.iter().try_fold(0_u64, |sum, &weight| sum.checked_add(weight));
            let worth = sum.expect("the sum fits") as f64 * 2.0_f64.powi(unit_log2);
            assert!((worth / (weight * count as f64) - 1.0).abs() < 1e-9, "{count} times {weight}");
        }
        assert_eq!(fixed_point(&[1e15, 3.0]).1, 0, "large integer weights stay exact if their sum fits");
    }

    #[test]
    fn the_smallest_weight_survives() {
        assert_eq!(fixed_point(&[1e-30, 1.5]).0[0], 1);
    }
}
