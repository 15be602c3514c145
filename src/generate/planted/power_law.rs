//! Draws integers from a power law, using a table of cumulative integer weights.

use super::super::random::CounterRng;
use crate::{ids::id32, num};

/// The approximate sum of all integer weights.
const WEIGHT_SUM: f64 = (1_u64 << 60) as f64;

/// A distribution over a range of integers.
pub(super) struct PowerLaw {
    first: u32,
    /// Cumulative weights, starting with 0.
    sums: Vec<u64>,
}

impl PowerLaw {
    fn new(first: u32, weights: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let integers = weights.iter().map(|weight| num::ceil_u64(weight / total * WEIGHT_SUM));
        Self { first, sums: num::prefix_sums(integers) }
    }

    pub(super) fn draw(&self, rng: &mut CounterRng) -> u32 {
        let last = self.sums.len() - 1;
        let mark = rng.below_u64(self.sums[last]);
        self.first + id32(self.sums[1..last].partition_point(|&sum| sum <= mark))
    }
}

/// Sizes from `smallest` to `largest` with probabilities that fall like `s^-1.5`.
pub(super) fn community_sizes(smallest: u32, largest: u32) -> PowerLaw {
    let weights: Vec<f64> = (smallest..=largest).map(f64::from).map(|s| 1.0 / (s * s.sqrt())).collect();
    PowerLaw::new(smallest, &weights)
}

/// Degrees up to `max` with probabilities that fall like `k^-2.5` and with mean `mean`. The mean determines the minimum
/// degree, and which part of the probability of the minimum degree is kept.
///
/// # Errors
/// Returns the smallest possible mean if `mean` is below it or above `max`.
pub(super) fn degrees(mean: f64, max: u32) -> Result<PowerLaw, f64> {
    // The loop goes from the largest degree down. These are the weights of the degrees so far, their sum, and the sum
    // of weight times degree.
    let (mut weights, mut total, mut moment) = (Vec::new(), 0.0, 0.0);
    for degree in (1..=max).rev() {
        let k = f64::from(degree);
        let weight = 1.0 / (k * k * k.sqrt());
        if moment + k * weight <= mean * (total + weight) {
            // The part of this degree's weight that makes the mean equal to `mean`; the mean of the larger degrees
            // alone is above it.
            let share = (moment - mean * total) / (weight * (mean - k));
            let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 1.0 };
            weights.push(weight * share);
            weights.reverse();
            return if mean <= f64::from(max) {
                Ok(PowerLaw::new(degree, &weights))
            } else {
                Err(smallest_mean(max))
            };
        }
        weights.push(weight);
        (total, moment) = (total + weight, moment + k * weight);
    }
    Err(smallest_mean(max))
}

/// The mean of the power law with minimum degree 1.
fn smallest_mean(max: u32) -> f64 {
    let sum = |power: fn(f64) -> f64| (1..=max).map(|k| power(f64::from(k))).sum::<f64>();
    sum(|k| 1.0 / (k * k.sqrt())) / sum(|k| 1.0 / (k * k * k.sqrt()))
}
