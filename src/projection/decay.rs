//! Exponential decay and logarithmic saturation of event counts, in integers.
//!
//! Both use integer arithmetic only, so they give the same bits on every machine. Counts are in Q32: one fresh event is
//! `1 << 32`.

/// One fresh event in Q32.
pub(crate) const ONE: u64 = 1 << 32;

/// The number of steps in the table of `2^-f` for `f` in `[0, 1]`; linear in between (relative error below 4e-9).
const STEPS: usize = 4096;

/// Exponential decay in integers: `2^(-age / half_life)`.
///
/// - **Input**: ages and half-lives in whole seconds; half-life ≥ 1.
/// - **Output**: Q32, in `[0, ONE]`; within 1e-8 of the true value, and never larger for a larger age.
/// - **Cost**: O(1): one division, one table look-up; the table holds 33 KiB.
/// - **Source**: forward decay, Cormode, Shkapenyuk, Srivastava, Xu, ICDE 2009, with the landmark at the as-of time.
/// - **Checked by**: `tests/it/projection/project.rs`, against floating-point powers.
#[derive(Clone, Debug)]
pub(crate) struct Decay {
    table: Vec<u64>,
}

impl Decay {
    /// Builds the table by integer square roots: twelve square roots of 1/2 give `2^(-1/4096)`.
    pub(crate) fn new() -> Self {
        const FRACTION_BITS: u32 = 62;
        let one = 1_u128 << FRACTION_BITS;
        let mut step = one / 2;
        for _ in 0..STEPS.trailing_zeros() {
            step = (step << FRACTION_BITS).isqrt();
        }
        let mut power = one;
        let mut table = Vec::with_capacity(STEPS + 1);
        for _ in 0..=STEPS {
            let rounded = (power + (1 << (FRACTION_BITS - 33))) >> (FRACTION_BITS - 32);
            table.push(u64::try_from(rounded).expect("invariant: powers of a half are at most 1"));
            power = (power * step) >> FRACTION_BITS;
        }
        Self { table }
    }

    /// The decayed count of one event after `age_s` seconds, in Q32.
    pub(crate) fn left(&self, age_s: u32, half_life_s: u32) -> u64 {
        const INTERPOLATION_BITS: u32 = 32 - STEPS.trailing_zeros();
        let (halvings, rest) = (age_s / half_life_s, age_s % half_life_s);
        let fraction = (u64::from(rest) << 32) / u64::from(half_life_s);
        let step = crate::ids::index64(fraction >> INTERPOLATION_BITS);
        let between = fraction & ((1 << INTERPOLATION_BITS) - 1);
        let fall = self.table[step] - self.table[step + 1];
        let value = self.table[step] - ((fall * between) >> INTERPOLATION_BITS);
        value.checked_shr(halvings).unwrap_or(0)
    }
}

/// `log2(1 + count)`, both in Q32, by repeated squaring; error below 2^-24.
pub(crate) fn log2_one_plus(count: u64) -> u64 {
    const FRACTION_BITS: u32 = 24;
    let x = u128::from(ONE) + u128::from(count);
    let whole = x.ilog2() - 32;
    // The mantissa in Q63, in [1, 2).
    let mut mantissa = if x.ilog2() <= 63 { x << (63 - x.ilog2()) } else { x >> (x.ilog2() - 63) };
    let mut bits = 0_u64;
    for _ in 0..FRACTION_BITS {
        mantissa = (mantissa * mantissa) >> 63;
        bits <<= 1;
        if mantissa >> 64 != 0 {
            bits |= 1;
            mantissa >>= 1;
        }
    }
    (u64::from(whole) << 32) + (bits << (32 - FRACTION_BITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real(q32: u64) -> f64 {
        q32 as f64 / ONE as f64
    }

    #[test]
    fn decay_follows_the_power_of_two() {
        let decay = Decay::new();
        for half_life in [1, 7, 3600, 86_400, 2_592_000, u32::MAX] {
            for age in [0, 1, 2, 59, 3600, 86_399, 1_000_000, 100_000_000, u32::MAX] {
                let expected = (-f64::from(age) / f64::from(half_life)).exp2();
                let got = real(decay.left(age, half_life));
                assert!((got - expected).abs() < 1e-8, "age {age}, half-life {half_life}: {got}, {expected}");
            }
        }
    }

    #[test]
    fn decay_is_exact_at_whole_half_lives_and_never_rises() {
        let decay = Decay::new();
        assert_eq!(decay.left(0, 100), ONE);
        assert_eq!(decay.left(100, 100), ONE / 2);
        assert_eq!(decay.left(3200, 100), 1);
        assert_eq!(decay.left(6400, 100), 0);
        let left: Vec<u64> = (0..5000).map(|age| decay.left(age, 1234)).collect();
        assert!(left.is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn logarithm_follows_floats() {
        assert_eq!(log2_one_plus(0), 0);
        assert_eq!(log2_one_plus(ONE), ONE, "one event weighs 1");
        assert_eq!(log2_one_plus(3 * ONE), 2 * ONE);
        for i in 0..4000_u64 {
            let count = i * i * 123_456_789;
            let expected = (1.0 + real(count)).log2();
            assert!((real(log2_one_plus(count)) - expected).abs() < 2e-7, "{count}");
        }
        assert!((real(log2_one_plus(u64::MAX)) - 32.0).abs() < 1e-6);
    }
}
