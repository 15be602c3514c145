//! From a user's decimal weights to the integers that the graph keeps.

/// Weights as integers, and what one unit of them is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedWeights {
    /// In step with the input, each ≥ 1.
    pub weights: Vec<u64>,
    /// One unit is worth 2 to the power of this.
    pub unit_log2: i32,
}

/// Whole weights up to here stay as they are.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;
/// The largest weight is scaled to have so many bits at most.
const FRACTION_BITS: u32 = 40;
/// All weights together have fewer bits than a `u64`, so that no sum of some of them overflows.
const SUM_BITS: u32 = 63;

/// Scales finite positive weights to integers by one power of two.
///
/// Whole numbers stay exact where so many of the largest one add up to less than 2^63. Otherwise the largest weight
/// gets 40 bits (fewer from 2^23 weights on, for the same limit on sums) and the others as many fewer as they are
/// smaller, rounded to nearest and kept ≥ 1, so the error is below 2^-40 of the largest weight (2^-63 times the number
/// of weights, if that is more).
///
/// - **Cost**: O(m).
/// - **Same result**: for any order of the edges: the scale depends on the largest weight and their number alone.
pub fn fixed_point(weights: &[f64]) -> FixedWeights {
    debug_assert!(weights.iter().all(|weight| weight.is_finite() && *weight > 0.0));
    let largest = weights.iter().copied().fold(0.0, f64::max);
    // Each weight is below 2 to the power of its bits, and there are at most 2^count_bits of them.
    let count_bits = usize::BITS - weights.len().leading_zeros();
    let bits = FRACTION_BITS.min(SUM_BITS - count_bits).cast_signed();
    let whole = weights.iter().all(|weight| weight.fract() == 0.0)
        && largest <= LARGEST_WHOLE
        && exponent(largest) < (SUM_BITS - count_bits).cast_signed();
    let unit_log2 = if whole || largest == 0.0 { 0 } else { exponent(largest) + 1 - bits };
    // Two factors, because one power of two alone may be out of the range of floats.
    let (half, rest) = (-unit_log2 / 2, -unit_log2 - -unit_log2 / 2);
    let scale = |weight: f64| weight * 2.0_f64.powi(half) * 2.0_f64.powi(rest);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "scaled to at most 2^53")]
    let fixed = |&weight: &f64| (scale(weight).round() as u64).max(1);
    FixedWeights { weights: weights.iter().map(fixed).collect(), unit_log2 }
}

/// The exponent `e` with `2^e ≤ value < 2^(e+1)` for a positive normal value (−1023 for smaller ones).
fn exponent(value: f64) -> i32 {
    i32::try_from((value.to_bits() >> 52) & 0x7ff).expect("invariant: eleven bits") - 1023
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_weights_stay() {
        let fixed = fixed_point(&[1.0, 7.0, 4_294_967_296.0]);
        assert_eq!((fixed.weights, fixed.unit_log2), (vec![1, 7, 4_294_967_296], 0));
        assert_eq!(fixed_point(&[]).unit_log2, 0);
    }

    #[test]
    fn fractions_keep_their_ratios() {
        for scale in [1e-300, 1e-9, 0.1, 1.0, 1e12, 1e300] {
            let weights = [0.5 * scale, 0.75 * scale, 0.001 * scale, scale * 1.1];
            let fixed = fixed_point(&weights);
            for (fixed, weight) in fixed.weights.iter().zip(weights) {
                let ratio = *fixed as f64 / fixed_point(&weights).weights[3] as f64;
                assert!((ratio - weight / weights[3]).abs() < 2.0_f64.powi(-38), "{weight}");
            }
        }
    }

    #[test]
    fn no_sum_of_weights_overflows() {
        for (count, weight) in [(2048, LARGEST_WHOLE), (2048, 1e300), (1 << 16, 2.0_f64.powi(52)), (1, 1e15)]
        {
            let fixed = fixed_point(&vec![weight; count]);
            let sum = fixed.weights.iter().try_fold(0_u64, |sum, &weight| sum.checked_add(weight));
            let worth = sum.expect("the sum fits") as f64 * 2.0_f64.powi(fixed.unit_log2);
            assert!((worth / (weight * count as f64) - 1.0).abs() < 1e-9, "{count} times {weight}");
        }
        assert_eq!(fixed_point(&[1e15, 3.0]).unit_log2, 0, "large whole weights stay where there is room");
    }

    #[test]
    fn the_smallest_weight_survives() {
        assert_eq!(fixed_point(&[1e-30, 1.5]).weights[0], 1);
    }
}
