//! Samples the live edges of a row: random words that are a function of a key, and geometric skips over dead edges.

use crate::{ids::index64, num};

/// The stream of random words of one key (counter-based).
pub(super) struct EdgeSampler {
    key: u64,
    counter: u64,
}

/// The logarithm of a uniform number times this factor is the number of dead edges to skip, if all edges have this
/// probability. The factor is `1 / ln(1 − probability)`; 0 if all edges are live.
pub(super) fn skip_scale(probability: f64) -> f64 {
    if probability < 1.0 { num::ln_one_minus(probability).recip() } else { 0.0 }
}

impl EdgeSampler {
    pub(super) fn new(key: u64) -> Self {
        Self { key, counter: 0 }
    }

    #[inline]
    pub(super) fn next_word(&mut self) -> u64 {
        self.counter += 1;
        num::mix64(self.key ^ self.counter)
    }

    /// A uniform number in `[0, 1)`.
    #[inline]
    pub(super) fn next_unit(&mut self) -> f64 {
        num::unit_interval(self.next_word())
    }

    /// Draws the number of dead edges before the next live edge, a geometric variable. `scale` is the [`skip_scale`] of
    /// the probability that all edges have.
    #[inline]
    fn dead_count(&mut self, scale: f64) -> usize {
        let unit = self.next_unit();
        let count = rough_ln_one_minus(unit) * scale;
        let exact = || num::ln_one_minus(unit) * scale;
        floor_within(count, ROUGH_ERROR * scale.abs(), exact)
    }

    /// As [`Self::dead_count`], but takes the probability of the edges, below 1, instead of its scale.
    #[inline]
    fn dead_count_at(&mut self, probability: f64) -> usize {
        let unit = self.next_unit();
        let scale = rough_ln_one_minus(probability).recip();
        let count = rough_ln_one_minus(unit) * scale;
        let exact = || num::ln_one_minus(unit) * skip_scale(probability);
        // The bound is twice the sum of the first-order errors of both logarithms. Where it is below ½, as
        // `floor_within` requires, the products of errors are smaller than that margin.
        floor_within(count, 2.0 * ROUGH_ERROR * scale.abs() * (1.0 + count), exact)
    }

    /// Calls `live` with the positions of the live edges in a row of `len` edges, all of the same probability, whose
    /// [`skip_scale`] is `scale`.
    #[inline]
    pub(super) fn uniform_row(&mut self, len: usize, scale: f64, mut live: impl FnMut(usize)) {
        if len == 0 {
            return;
        }
        if scale == 0.0 {
            (0..len).for_each(live);
            return;
        }
        let mut at = self.dead_count(scale);
        while at < len {
            live(at);
            at = at.saturating_add(1).saturating_add(self.dead_count(scale));
        }
    }

    /// Calls `live` with the positions of the live edges in a row whose probabilities never increase (SUBSIM).
    #[inline]
    pub(super) fn descending_row(
        &mut self,
        len: usize,
        probability: impl Fn(usize) -> f32,
        mut live: impl FnMut(usize),
    ) {
        let mut at = 0;
        // The current probability bounds all later ones: skip as if they were equal to it, then accept the edge at the
        // end of the skip with the ratio of that edge's probability to the bound.
        while at < len && probability(at) > 0.0 {
            let bound = f64::from(probability(at));
            if bound < 1.0 {
                at = at.saturating_add(self.dead_count_at(bound));
            }
            if at < len && self.next_unit() * bound < f64::from(probability(at)) {
                live(at);
            }
            at = at.saturating_add(1);
        }
    }
}

/// Returns `exact()` rounded down. `rough` differs from `exact()` by at most `error`.
///
/// `exact` is called only where a whole number lies within `error` of `rough`: about twice in 10^8 draws for
/// probabilities around 1 %.
#[inline]
fn floor_within(rough: f64, error: f64, exact: impl FnOnce() -> f64) -> usize {
    // Add the rounding errors of a few operations.
    let error = error + rough * (4.0 * f64::EPSILON);
    let floor = num::floor_u64(rough + error);
    // For tiny probabilities the rough logarithm may have the wrong sign, and then `error` may be negative.
    let is_sure = (0.0..0.5).contains(&error) && rough - error >= floor as f64;
    index64(if is_sure { floor } else { num::floor_u64(exact()) })
}

/// The largest error of [`rough_ln_one_minus`].
const ROUGH_ERROR: f64 = 1e-10;

/// The number of steps into which [`MANTISSAS`] divides the range of a mantissa.
const STEPS: usize = 128;

/// For each step of the mantissa the reciprocal of its middle, and the logarithm of that middle.
static MANTISSAS: [(f64, f64); STEPS] = {
    let mut steps = [(0.0, 0.0); STEPS];
    let mut at = 0;
    while at < STEPS {
        let middle = 1.0 + (at as f64 + 0.5) / STEPS as f64;
        steps[at] = (1.0 / middle, num::ln(middle));
        at += 1;
    }
    steps
};

/// The natural logarithm of `1 − unit` for `0 ≤ unit < 1`, with an error of at most [`ROUGH_ERROR`]. It takes a quarter
/// of the time of [`num::ln_one_minus`].
#[inline]
fn rough_ln_one_minus(unit: f64) -> f64 {
    const MANTISSA_BITS: u32 = 52;
    let bits = (1.0 - unit).to_bits();
    let (reciprocal, ln_middle) = MANTISSAS[index64(bits >> (MANTISSA_BITS - STEPS.ilog2())) % STEPS];
    let mantissa = f64::from_bits(bits & ((1 << MANTISSA_BITS) - 1) | 1.0_f64.to_bits());
    // `r` is at most 2^-8 in magnitude, so the first omitted term of the series is below 2^-34.
    let r = mantissa * reciprocal - 1.0;
    let exponent = (bits >> MANTISSA_BITS) as f64 - 1023.0;
    exponent * std::f64::consts::LN_2 + ln_middle + r * (1.0 + r * (r * (1.0 / 3.0) - 0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rough_logarithm_is_within_its_error() {
        for i in 0..300_000_u64 {
            let word = num::random(1, 1, i, 0);
            // Numbers spread evenly, numbers near 0, and numbers near 1.
            let spread = num::unit_interval(word);
            let small = spread / 2.0_f64.powi(i32::try_from(i % 50).unwrap());
            for unit in [spread, small, 1.0 - small.max(1.0 / 9_007_199_254_740_992.0)] {
                if unit < 1.0 {
                    let error = (rough_ln_one_minus(unit) - (-unit).ln_1p()).abs();
                    assert!(error < ROUGH_ERROR * 0.9, "{unit}: {error}");
                }
            }
        }
    }

    #[test]
    fn dead_counts_equal_those_of_the_exact_logarithm() {
        for i in 0..300_000_u64 {
            let probability =
                num::unit_interval(num::random(2, 1, i, 0)).powi(i32::try_from(i % 12).unwrap()) * 0.999;
            let scale = skip_scale(probability);
            let unit = EdgeSampler::new(i).next_unit();
            let exact = index64(num::floor_u64(num::ln_one_minus(unit) * scale));
            assert_eq!(EdgeSampler::new(i).dead_count(scale), exact, "{unit} {scale}");
            assert_eq!(EdgeSampler::new(i).dead_count_at(probability), exact, "{unit} {probability}");
        }
    }
}
