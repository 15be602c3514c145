//! Recognizes a column of times where weights are expected.

/// 2000-01-01 and 2100-01-01 in seconds since 1970.
const SECONDS: std::ops::Range<f64> = 946_684_800.0..4_102_444_800.0;
/// How many units of time a second has.
const UNITS: [f64; 4] = [1.0, 1e3, 1e6, 1e9];

/// Whether there are weights, and all of them are whole numbers that are times of this century in one unit: seconds,
/// milliseconds, microseconds or nanoseconds since 1970.
pub(super) fn are_times(weights: impl Iterator<Item = f64>) -> bool {
    let unit = |weight: f64| UNITS.into_iter().find(|unit| SECONDS.contains(&(weight / unit)));
    let mut weights = weights.peekable();
    let Some(first) = weights.peek().and_then(|&first| unit(first)) else { return false };
    weights.all(|weight| weight.fract() == 0.0 && unit(weight) == Some(first))
}
