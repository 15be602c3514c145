//! Reads and writes durations, sizes, times and delimiters as text.

use jiff::Timestamp;

use super::plan::MemoryLimit;
use crate::event::{Delimiter, Time};

/// The units of durations in seconds, the largest first.
const DURATION_UNITS: [(&str, u32); 5] = [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
/// The units of sizes in bytes: first the powers of two, then the powers of ten, each from the largest. A size is
/// written in the first unit that divides it.
const SIZE_UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// Reads a duration above zero, such as `30d`, in seconds. Units: `s`, `m`, `h`, `d`, `w`.
pub fn parse_duration(text: &str) -> Option<u32> {
    let (number, unit) = number_and_unit(text)?;
    let (_, seconds) = DURATION_UNITS.iter().find(|(name, _)| *name == unit)?;
    u32::try_from(number).ok()?.checked_mul(*seconds).filter(|&duration| duration > 0)
}

/// Writes a duration in its largest exact unit up to days: `30d`.
pub fn duration_text(seconds: u32) -> String {
    let exact = DURATION_UNITS.iter().skip(1).find(|(_, unit)| seconds.is_multiple_of(*unit));
    let (name, unit) = exact.expect("invariant: the last unit, one second, divides all");
    format!("{}{name}", seconds / unit)
}

/// Reads a number of bytes above zero, such as `4GiB` or `500MB`.
pub fn parse_byte_size(text: &str) -> Option<u64> {
    let (number, unit) = number_and_unit(text)?;
    let (_, bytes) = SIZE_UNITS.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*bytes).filter(|&size| size > 0)
}

/// Writes a number of bytes in its largest exact unit.
pub fn byte_size_text(bytes: u64) -> String {
    let exact = SIZE_UNITS.iter().find(|(_, unit)| bytes.is_multiple_of(*unit));
    let (name, unit) = exact.expect("invariant: the last unit, one byte, divides all");
    format!("{}{name}", bytes / unit)
}

/// Reads a number of bytes, or a percentage from `1%` to `100%`.
pub(super) fn parse_memory_limit(text: &str) -> Option<MemoryLimit> {
    match text.strip_suffix('%') {
        Some(number) => {
            let percent: u8 = number.trim_end().parse().ok()?;
            (1..=100).contains(&percent).then_some(MemoryLimit::ShareOfAvailable { percent })
        }
        None => parse_byte_size(text).map(MemoryLimit::Bytes),
    }
}

pub(super) fn memory_limit_text(limit: MemoryLimit) -> String {
    match limit {
        MemoryLimit::Bytes(bytes) => byte_size_text(bytes),
        MemoryLimit::ShareOfAvailable { percent } => format!("{percent}%"),
    }
}

/// Writes a time in RFC 3339, in UTC.
pub(super) fn time_text(time: Time) -> String {
    Timestamp::from_second(i64::from(time.0)).expect("invariant: 32 bits of seconds end in 2106").to_string()
}

/// Reads one character, `tab`, or `blank` (any run of spaces and tabs).
pub(super) fn parse_delimiter(text: &str) -> Option<Delimiter> {
    match text {
        "tab" => Some(Delimiter::Byte(b'\t')),
        "blank" | " " => Some(Delimiter::Blanks),
        _ => parse_punctuation(text).map(Delimiter::Byte),
    }
}

pub(super) fn delimiter_text(delimiter: Delimiter) -> String {
    match delimiter {
        Delimiter::Blanks => "blank".to_owned(),
        Delimiter::Byte(b'\t') => "tab".to_owned(),
        Delimiter::Byte(byte) => char::from(byte).to_string(),
    }
}

/// Reads one ASCII character that can separate fields or begin a comment: no letter, digit, quote or line end.
pub(super) fn parse_punctuation(text: &str) -> Option<u8> {
    match *text.as_bytes() {
        [byte @ (b'\t' | 0x20..=0x7e)] if byte != b'"' && !byte.is_ascii_alphanumeric() => Some(byte),
        _ => None,
    }
}

/// `number` with its decimal point moved `places` to the right. The result is the float nearest to that decimal; a
/// division by 100 would round a second time (33.3 / 100 is not 0.333).
pub(super) fn shifted(number: f64, places: i32) -> f64 {
    format!("{number}e{places}").parse().expect("invariant: a number with an exponent is a number")
}

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let unit_start = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_start);
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_and_are_above_zero() {
        assert_eq!(parse_duration("90s"), Some(90));
        assert_eq!(parse_duration("5m"), Some(300));
        assert_eq!(parse_duration("2h"), Some(7_200));
        assert_eq!(parse_duration("30d"), Some(2_592_000));
        assert_eq!(parse_duration("2 w"), Some(1_209_600));
        for wrong in ["", "30", "d", "0d", "-1d", "1.5d", "30 days", "1y", "99999999w"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
        assert_eq!(duration_text(2_592_000), "30d");
        assert_eq!(duration_text(90), "90s");
    }

    #[test]
    fn sizes_know_both_families_of_units() {
        assert_eq!(parse_byte_size("4GiB"), Some(4_294_967_296));
        assert_eq!(parse_byte_size("4 GB"), Some(4_000_000_000));
        assert_eq!(parse_byte_size("512KiB"), Some(524_288));
        for wrong in ["", "4", "4gb", "0B", "1.5GiB", "99999999999TiB", "-1B"] {
            assert_eq!(parse_byte_size(wrong), None, "{wrong}");
        }
        assert_eq!(byte_size_text(4_294_967_296), "4GiB");
        assert_eq!(byte_size_text(500_000_000), "500MB");
    }

    #[test]
    fn shares_and_percentages_are_the_nearest_numbers_both_ways() {
        for (percent, share) in [(33.3, 0.333), (0.1, 0.001), (7.0, 0.07), (20.0, 0.2), (1e-7, 1e-9)] {
            assert_eq!(shifted(percent, -2), share);
            assert_eq!(shifted(share, 2), percent);
        }
    }
}
