//! Parsed times compared with `jiff`, and the limits of the range by hand.

use plaudit::event::{Time, TimeFault};
use proptest::prelude::*;

/// 1970-01-01 to 2105-12-31, with a day to spare on both sides.
const SECONDS: std::ops::Range<i64> = -86_400..4_291_747_200 + 86_400;

fn expected(seconds: i64) -> Result<Time, TimeFault> {
    match seconds {
        0 => Err(TimeFault::Zero),
        1..4_291_747_200 => Ok(Time(seconds as u32)),
        _ => Err(TimeFault::OutOfRange),
    }
}

fn stamp(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(seconds).unwrap()
}

#[test]
fn every_day_of_the_range_is_parsed_as_jiff_writes_it() {
    for day in -2..49_700_i64 {
        let seconds = day * 86_400 + (day * 7919).rem_euclid(86_400);
        let text = stamp(seconds).to_string();
        assert_eq!(Time::parse(text.as_bytes()), expected(seconds), "{text}");
        let bare_day = &text[..10];
        assert_eq!(Time::parse(bare_day.as_bytes()), expected(day * 86_400), "{bare_day}");
        if let Ok(time) = expected(seconds) {
            assert_eq!(time.to_string(), text);
        }
    }
}

#[test]
fn the_range_ends_where_the_documentation_says() {
    for (text, expected) in [
        ("1970-01-01", Err(TimeFault::Zero)),
        ("1970-01-01T00:00:00.9Z", Err(TimeFault::Zero)),
        ("0", Err(TimeFault::Zero)),
        ("0000000000999", Err(TimeFault::Zero)),
        ("1", Ok(Time(1))),
        ("1969-12-31T23:59:59Z", Err(TimeFault::OutOfRange)),
        ("-1", Err(TimeFault::OutOfRange)),
        ("1970-01-01T00:00:00-00:01", Ok(Time(60))),
        ("2105-12-31T23:59:59Z", Ok(Time(4_291_747_199))),
        ("2106-01-01T00:00:00Z", Err(TimeFault::OutOfRange)),
        ("2106-01-01T00:00:00+01:00", Ok(Time(4_291_743_600))),
        ("4291747199", Ok(Time(4_291_747_199))),
        ("4291747200", Err(TimeFault::OutOfRange)),
        ("4291747199999", Ok(Time(4_291_747_199))),
        ("13414969890", Err(TimeFault::OutOfRange)),
        (" 1341496989 ", Ok(Time(1_341_496_989))),
        ("1341496989250", Ok(Time(1_341_496_989))),
        // A leap second counts as the second before it, as in `jiff`.
        ("2016-12-31T23:59:60Z", Ok(Time(1_483_228_799))),
        ("2000-02-29", Ok(Time(951_782_400))),
    ] {
        assert_eq!(Time::parse(text.as_bytes()), expected, "{text}");
    }
    assert_eq!(Time::UNDATED.to_string(), "undated");
}

#[test]
fn texts_that_are_not_times_are_refused() {
    for text in [
        "",
        " ",
        "-",
        "now",
        "12a",
        "1.5",
        "1341496989.5",
        "2012-13-01",
        "2012-00-10",
        "2012-01-00",
        "2012-04-31",
        "2100-02-29",
        "2012-7-5",
        "2012-07-05T",
        "2012-07-05T12:00",
        "2012-07-05T24:00:00Z",
        "2012-07-05T12:60:00Z",
        "2012-07-05T12:00:61Z",
        "2012-07-05T12:00:00.Z",
        "2012-07-05T12:00:00+0100",
        "2012-07-05T12:00:00+24:00",
        "2012-07-05T12:00:00 Z",
        "2012-07-05Z",
        "2012-07-05x12:00:00",
        "+1341496989",
    ] {
        assert_eq!(Time::parse(text.as_bytes()), Err(TimeFault::Malformed), "{text:?}");
    }
}

proptest! {
    #[test]
    fn offsets_and_fractions_agree_with_jiff(
        seconds in SECONDS,
        offset_minutes in -23 * 60 - 59..=23 * 60 + 59_i64,
        middle in "[Tt ]",
        fraction in "(\\.[0-9]{1,9})?",
    ) {
        let local = stamp(seconds + offset_minutes * 60).to_string();
        let sign = if offset_minutes < 0 { '-' } else { '+' };
        let (hours, minutes) = (offset_minutes.abs() / 60, offset_minutes.abs() % 60);
        let text =
            format!("{}{middle}{}{fraction}{sign}{hours:02}:{minutes:02}", &local[..10], &local[11..19]);
        // `jiff` keeps the fraction, so the test cuts it off, rounding toward the past.
        let oracle: jiff::Timestamp = text.parse().unwrap();
        let floor = oracle.as_nanosecond().div_euclid(1_000_000_000) as i64;
        prop_assert_eq!(Time::parse(text.as_bytes()), expected(floor));
        let undecorated = format!("{} {}", &local[..10], &local[11..19]);
        prop_assert_eq!(Time::parse(undecorated.as_bytes()), expected(seconds + offset_minutes * 60));
    }

    #[test]
    fn any_digits_agree_with_plain_arithmetic(seconds in SECONDS, milliseconds in 0..1000_i64) {
        prop_assert_eq!(Time::parse(seconds.to_string().as_bytes()), expected(seconds));
        if seconds >= 1_000_000_000 {
            let text = (seconds * 1000 + milliseconds).to_string();
            prop_assert_eq!(Time::parse(text.as_bytes()), expected(seconds));
        }
    }

    #[test]
    fn near_misses_agree_with_jiff_or_are_refused(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z") {
        let oracle = text.parse::<jiff::Timestamp>();
        let expected = oracle.map_or(Err(TimeFault::Malformed), |stamp| expected(stamp.as_second()));
        prop_assert_eq!(Time::parse(text.as_bytes()), expected);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let _ = Time::parse(&bytes);
    }

    #[test]
    fn written_times_parse_to_the_same_time(seconds in 1..4_291_747_200_u32) {
        let time = Time(seconds);
        prop_assert_eq!(Time::parse(time.to_string().as_bytes()), Ok(time));
    }
}
