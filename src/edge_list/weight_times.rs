//! Recognizes a column of times where weights are expected.
//!
//! A number is a time if it is a day in eight digits, such as 20240131, or seconds, milliseconds, microseconds or
//! nanoseconds since 1970, with or without decimals, from 1973 (when seconds have nine digits) to 2106. A column holds
//! times if 99 of 100 of its numbers are times, or all of them if there are fewer than 100. A single number must be a
//! time from 2000 to 2100. Years and numbers of days since 1970 are not recognized: weights often have such values.

use std::ops::Range;

use crate::event::Time;

const SECONDS: Range<f64> = 1e8..4_294_967_296.0;
/// 2000-01-01 to 2100-01-01.
const CENTURY_SECONDS: Range<f64> = 946_684_800.0..4_102_444_800.0;
const DAYS: Range<f64> = 19_700_101.0..21_060_101.0;
const CENTURY_DAYS: Range<f64> = 20_000_101.0..21_000_101.0;
/// How many units of time a second has.
const UNITS: [f64; 4] = [1.0, 1e3, 1e6, 1e9];
/// Among so many numbers one may be no time.
const NUMBERS_AN_EXCEPTION: usize = 100;

/// Whether these `count` weights are times.
pub(super) fn are_times(count: usize, mut weights: impl Iterator<Item = f64>) -> bool {
    let mut exceptions = count / NUMBERS_AN_EXCEPTION;
    let mut is_exception = || {
        let left = exceptions.checked_sub(1);
        exceptions = left.unwrap_or(0);
        left.is_some()
    };
    match count {
        0 => false,
        1 => weights.all(|weight| is_time(weight, &CENTURY_SECONDS, &CENTURY_DAYS)),
        _ => weights.all(|weight| is_time(weight, &SECONDS, &DAYS) || is_exception()),
    }
}

fn is_time(weight: f64, seconds: &Range<f64>, days: &Range<f64>) -> bool {
    UNITS.into_iter().any(|unit| seconds.contains(&(weight / unit)))
        || days.contains(&weight) && Time::parse(weight.to_string().as_bytes()).is_ok()
}
