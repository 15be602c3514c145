//! Parsed times compared with `jiff`, and the limits of the range by hand.

use plaudit::event::{Time, TimeFault, TimeFormat, TimeLayout, Zone};
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
        ("0000000000000", Err(TimeFault::Zero)),
        ("100000000", Ok(Time(100_000_000))),
        ("1969-12-31T23:59:59Z", Err(TimeFault::OutOfRange)),
        ("-1341496989", Err(TimeFault::OutOfRange)),
        ("1970-01-01T00:00:00-00:01", Ok(Time(60))),
        ("2105-12-31T23:59:59Z", Ok(Time(4_291_747_199))),
        ("2106-01-01T00:00:00Z", Err(TimeFault::OutOfRange)),
        ("2106-01-01T00:00:00+01:00", Ok(Time(4_291_743_600))),
        ("4291747199", Ok(Time(4_291_747_199))),
        ("4291747200", Err(TimeFault::OutOfRange)),
        ("4291747199999", Ok(Time(4_291_747_199))),
        ("1341496989.5", Ok(Time(1_341_496_989))),
        ("1341496989250999", Ok(Time(1_341_496_989))),
        ("1341496989250999999", Ok(Time(1_341_496_989))),
        ("4291747200000000000", Err(TimeFault::OutOfRange)),
        ("9999999999999999999", Err(TimeFault::OutOfRange)),
        ("20120705", Ok(Time(1_341_446_400))),
        ("19700101", Err(TimeFault::Zero)),
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
        "1341496989.",
        // A count, a year, a serial day of a spreadsheet, no day, eleven digits, an hour.
        "1",
        "-1",
        "2016",
        "46000",
        "46000.5",
        "20121305",
        "20120705.5",
        "19691231",
        "13414969890",
        "2026010100",
        "201207051403",
        "Thu Jul 05 14:03:09 +0000",
        "Thu Jul 32 14:03:09 +0000 2012",
        "Thursday Jul 05 14:03:09 +0000 2012",
        "Thu Jly 05 14:03:09 +0000 2012",
        "05.07.2012",
        "05/07/2012",
        "2012/07/05",
        "2012-13-01",
        "2012-00-10",
        "2012-01-00",
        "2012-04-31",
        "2100-02-29",
        "2012-7-5",
        "2012-07-05T",
        "2012-07-05T24:00:00Z",
        "2012-07-05T12:60:00Z",
        "2012-07-05T12:00:61Z",
        "2012-07-05T12:00:00.Z",
        "2012-07-05T12:00:00+1",
        "2012-07-05T12:00:00 CET",
        "2012-07-05T12:00:00  +0100",
        "2012-07-05T12:00:00+24:00",
        "2012-07-05Z",
        "2012-07-05x12:00:00",
        "+1341496989",
        // Seconds with zeros before them are not 1970 in milliseconds.
        "0001341496989",
        "0000000000999",
        "0000001341496989",
        "0000000001341496989",
        "0001341496989.5",
    ] {
        assert_eq!(Time::parse(text.as_bytes()), Err(TimeFault::Malformed), "{text:?}");
    }
}

/// One moment in every form that the documentation lists.
#[test]
fn every_form_of_one_moment_is_read() {
    for text in [
        "2012-07-05T14:03:09Z",
        "2012-07-05t14:03:09z",
        "2012-07-05 14:03:09",
        "2012-07-05T14:03:09.250Z",
        "2012-07-05T16:03:09+02:00",
        "2012-07-05T16:03:09+0200",
        "2012-07-05 16:03:09+02",
        "2012-07-05 12:03:09 -0200",
        "2012-07-05 14:03:09 +0000",
        "2012-07-05 14:03:09 UTC",
        "2012-07-05 14:03:09 GMT",
        "2012-07-05T12:00:00Z",
        "2012-07-05 12:00",
        "2012-07-05T14:00+02:00",
        "1341496989",
        "1341496989.0",
        "1341496989250",
        "1341496989250000",
        "1341496989250000000",
        "Thu Jul 05 14:03:09 +0000 2012",
        "Thu Jul 05 16:03:09 +0200 2012",
    ] {
        let expected =
            if text.contains("12:00") || text.contains("14:00") { 1_341_489_600 } else { 1_341_496_989 };
        assert_eq!(Time::parse(text.as_bytes()), Ok(Time(expected)), "{text}");
    }
}

/// The table of time forms in docs/configuration.md, and what its next paragraph refuses.
#[test]
fn the_documented_forms_are_read_and_the_others_refused() {
    let document = include_str!("../../../docs/configuration.md");
    let section = document.split("\n## Times\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let (table, refused) = section.split_once("\nRefused").unwrap();
    let quoted =
        |text: &str| -> Vec<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let rows = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| form "));
    let read: Vec<String> = rows.flat_map(|row| quoted(row.split('|').nth(2).unwrap())).collect();
    assert!(read.len() >= 10, "{read:?}");
    for text in read {
        assert!(Time::parse(text.as_bytes()).is_ok(), "{text}");
    }
    let (refused, parts) = refused.split_once("\n\n").unwrap();
    for text in quoted(refused) {
        assert_eq!(Time::parse(text.as_bytes()), Err(TimeFault::Malformed), "{text}");
    }
    assert_parts_read_as_shown(parts);
}

/// Each part of a format in the table reads the text beside it: the time that all examples of the table share.
fn assert_parts_read_as_shown(table: &str) {
    let moment =
        jiff::civil::date(2012, 7, 5).at(14, 3, 9, 250_000_000).to_zoned(jiff::tz::TimeZone::UTC).unwrap();
    let here = moment.timestamp().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(2)));
    let mut shown = 0;
    for row in table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| part ")) {
        let words: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        let (parts, texts): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.starts_with('%'));
        assert!(parts.len() >= texts.len(), "{row}");
        for text in texts {
            let writes = |part: &str| {
                let text_of = |time: &jiff::Zoned| jiff::fmt::strtime::format(part, time).unwrap();
                [&moment, &here].iter().any(|time| text_of(time) == text)
            };
            assert!(parts.iter().any(|part| writes(part)), "{text} in {row}");
            shown += 1;
        }
    }
    assert!(shown >= 10, "{shown}");
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
    fn digits_agree_with_plain_arithmetic(seconds in 1_000_000_000..4_291_747_200_i64, rest in 0..1_000_000_000_i64) {
        // Ten digits that read as an hour are refused.
        let text = seconds.to_string();
        let hour = format!("{}-{}-{}T{}:00:00Z", &text[..4], &text[4..6], &text[6..8], &text[8..]);
        if hour.parse::<jiff::Timestamp>().is_err() {
            prop_assert_eq!(Time::parse(text.as_bytes()), expected(seconds));
        }
        for (unit, divisor) in [(1_000, 1_000_000), (1_000_000, 1_000), (1_000_000_000, 1)] {
            let text = (seconds * unit + rest / divisor).to_string();
            prop_assert_eq!(Time::parse(text.as_bytes()), expected(seconds), "{}", text);
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

fn layout(format: Option<&str>, zone: Option<&str>) -> TimeLayout {
    TimeLayout::new(
        format.map(|format| TimeFormat::new(format).unwrap()),
        zone.map_or_else(Zone::default, |zone| Zone::new(zone).unwrap()),
    )
}

/// The expected times are by hand: Berlin is one hour ahead of UTC in winter, two in summer.
#[test]
fn a_clock_of_a_zone_is_read_in_that_zone() {
    for (zone, text, utc) in [
        ("UTC", "2012-07-05 14:03:09", "2012-07-05T14:03:09Z"),
        ("+02:00", "2012-07-05 14:03:09", "2012-07-05T12:03:09Z"),
        ("-03:30", "2012-07-05", "2012-07-05T03:30:00Z"),
        ("Europe/Berlin", "2012-07-05 14:03", "2012-07-05T12:03:00Z"),
        ("Europe/Berlin", "2012-01-05T14:03:09", "2012-01-05T13:03:09Z"),
        ("Europe/Berlin", "20120705", "2012-07-04T22:00:00Z"),
        // Clocks go back at 03:00: the first of two hours is meant.
        ("Europe/Berlin", "2012-10-28 02:30", "2012-10-28T00:30:00Z"),
        // Clocks go forward at 02:00: as if they had not.
        ("Europe/Berlin", "2012-03-25 02:30", "2012-03-25T01:30:00Z"),
        // What states its offset, or counts seconds since 1970, needs no zone.
        ("Europe/Berlin", "2012-07-05T14:03:09Z", "2012-07-05T14:03:09Z"),
        ("Europe/Berlin", "2012-07-05 14:03:09 +0500", "2012-07-05T09:03:09Z"),
        ("Europe/Berlin", "1341496989", "2012-07-05T14:03:09Z"),
        ("Europe/Berlin", "Thu Jul 05 14:03:09 +0000 2012", "2012-07-05T14:03:09Z"),
    ] {
        let found = layout(None, Some(zone)).parse(text.as_bytes());
        assert_eq!(found.map(|time| time.to_string()), Ok(utc.to_owned()), "{text} in {zone}");
    }
    assert!(
        ["Berlin", "+2", "+02", "+24:00", "+02:60", "+2:00", "", "+", "+0a:00"]
            .iter()
            .all(|name| Zone::new(name).is_none())
    );
}

#[test]
fn times_are_read_in_the_format_that_is_given_and_in_no_other() {
    for (format, zone, text, utc) in [
        ("%d/%m/%Y", None, "05/07/2012", "2012-07-05T00:00:00Z"),
        ("%m/%d/%Y", None, "07/05/2012", "2012-07-05T00:00:00Z"),
        ("%d.%m.%Y %H:%M", Some("Europe/Berlin"), " 05.07.2012 14:03 ", "2012-07-05T12:03:00Z"),
        ("%d.%m.%y %H:%M:%S", None, "5.7.12 14:03:09", "2012-07-05T14:03:09Z"),
        ("%b %d, %Y %I:%M %p", None, "Jul 05, 2012 02:03 PM", "2012-07-05T14:03:00Z"),
        (
            "%Y-%m-%dT%H:%M:%S%.f%z",
            Some("Europe/Berlin"),
            "2012-07-05T14:03:09.75+0500",
            "2012-07-05T09:03:09Z",
        ),
        ("%d.%m.%Y %H:%M %z", None, "05.07.2012 14:03 +0200", "2012-07-05T12:03:00Z"),
        ("%d.%m.%Y %:z", None, "05.07.2012 -01:00", "2012-07-05T01:00:00Z"),
        ("%s", None, "86400", "1970-01-02T00:00:00Z"),
    ] {
        let found = layout(Some(format), zone).parse(text.as_bytes());
        assert_eq!(found.map(|time| time.to_string()), Ok(utc.to_owned()), "{text} as {format}");
    }
    let day_first = layout(Some("%d/%m/%Y"), None);
    for text in ["07/25/2012", "2012-07-05", "1341496989", "05/07/2012 10:00", "31/02/2012", "", "05/07/12x"]
    {
        assert_eq!(day_first.parse(text.as_bytes()), Err(TimeFault::OtherForm), "{text}");
    }
    assert_eq!(day_first.parse(b"01/01/1970"), Err(TimeFault::Zero));
    assert_eq!(day_first.parse(b"01/01/2106"), Err(TimeFault::OutOfRange));
    for format in [
        "%H:%M",
        "%Y-%m",
        "%d.%m.",
        "%Q",
        "noon",
        "",
        "%",
        "%d.%m.%Y %I:%M",
        "%Y-%m-%d %H:%M %Q",
        "%Y-%m-%d %H:%M %:Q",
    ] {
        assert!(TimeFormat::new(format).is_err(), "{format}");
    }
}

#[test]
fn the_message_names_every_accepted_form() {
    let message = TimeFault::Malformed.to_string();
    for form in [
        "RFC 3339",
        "`YYYY-MM-DD[ hh:mm[:ss]]`",
        "`YYYYMMDD`",
        "Twitter's own form",
        "seconds since 1970 (9 or 10 digits)",
        "milli- (13)",
        "micro- (16)",
        "nanoseconds (19)",
    ] {
        assert!(message.contains(form), "{form}");
    }
    assert!(message.len() < 180, "{message}");
}
