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
/// The largest weight is scaled to have so many bits when there are fractions: room for 2^24 parallel edges.
const FRACTION_BITS: i32 = 40;

/// Scales finite positive weights to integers by one power of two.
///
/// Whole numbers stay exact. Otherwise the largest weight gets 40 bits and the others as many fewer as they are smaller,
/// rounded to nearest and kept ≥ 1, so the error is below 2^-40 of the largest weight.
///
/// - **Cost**: O(m).
/// - **Same result**: for any order of the edges: the scale depends on the largest weight alone.
pub fn fixed_point(weights: &[f64]) -> FixedWeights {
    debug_assert!(weights.iter().all(|weight| weight.is_finite() && *weight > 0.0));
    let whole = weights.iter().all(|weight| weight.fract() == 0.0 && *weight <= LARGEST_WHOLE);
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let unit_log2 = if whole || largest == 0.0 { 0 } else { exponent(largest) + 1 - FRACTION_BITS };
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
    fn the_smallest_weight_survives() {
        assert_eq!(fixed_point(&[1e-30, 1.5]).weights[0], 1);
    }
}
