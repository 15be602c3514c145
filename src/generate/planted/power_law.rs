//! Whole numbers whose chance falls as a power, drawn from a table of integers.

use super::super::draw::Dice;
use crate::{ids::id32, num};

/// What the chances of all numbers add up to, about.
const WHOLE: f64 = (1_u64 << 60) as f64;

/// The numbers of a range, each with its chance.
pub(super) struct PowerLaw {
    first: u32,
    sums: Vec<u64>,
}

impl PowerLaw {
    fn new(first: u32, weights: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let whole = weights.iter().map(|weight| num::ceil_u64(weight / total * WHOLE));
        Self { first, sums: num::prefix_sums(whole) }
    }

    /// A number of the range.
    pub(super) fn draw(&self, dice: &mut Dice) -> u32 {
        let last = self.sums.len() - 1;
        let mark = dice.below_u64(self.sums[last]);
        self.first + id32(self.sums[1..last].partition_point(|&sum| sum <= mark))
    }
}

/// Sizes from `smallest` to `largest` with chances that fall like `s^-1.5`.
pub(super) fn sizes(smallest: u32, largest: u32) -> PowerLaw {
    let weights: Vec<f64> = (smallest..=largest).map(f64::from).map(|s| 1.0 / (s * s.sqrt())).collect();
    PowerLaw::new(smallest, &weights)
}

/// Degrees up to `max` with chances that fall like `k^-2.5` and this mean: the lowest degree is found, and as much of
/// its chance is kept as the mean asks for.
///
/// # Errors
/// The least mean that is possible, where `mean` is below it or above `max`.
pub(super) fn with_mean(mean: f64, max: u32) -> Result<PowerLaw, f64> {
    // From the top: the chances of the degrees met so far, and each times its degree.
    let (mut weights, mut total, mut moment) = (Vec::new(), 0.0, 0.0);
    for degree in (1..=max).rev() {
        let k = f64::from(degree);
        let weight = 1.0 / (k * k * k.sqrt());
        if moment + k * weight <= mean * (total + weight) {
            // The share of this degree with which the mean is met; the mean of those above is higher.
            let share = (moment - mean * total) / (weight * (mean - k));
            let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 1.0 };
            weights.push(weight * share);
            weights.reverse();
            return if mean <= f64::from(max) {
                Ok(PowerLaw::new(degree, &weights))
            } else {
                Err(least(max))
            };
        }
        weights.push(weight);
        (total, moment) = (total + weight, moment + k * weight);
    }
    Err(least(max))
}

/// The mean of the law from degree 1 on.
fn least(max: u32) -> f64 {
    let sum = |power: fn(f64) -> f64| (1..=max).map(|k| power(f64::from(k))).sum::<f64>();
    sum(|k| 1.0 / (k * k.sqrt())) / sum(|k| 1.0 / (k * k * k.sqrt()))
}
