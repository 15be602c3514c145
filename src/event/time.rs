//! Parses the times that files contain, and formats times.

use std::fmt;

use super::Time;
use crate::ids::low32;

/// 2106-01-01T00:00:00Z: times from here on are refused, so that every time fits 32 bits with room to spare.
const END: i64 = 4_291_747_200;
const DAY: i64 = 86_400;

/// Why a text is not a time that an event can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeFault {
    #[error(
        "is no time; expected RFC 3339, `YYYY-MM-DD[ hh:mm[:ss]]`, `YYYYMMDD`, Twitter's own form, or seconds since 1970 \
         (9 or 10 digits), milli- (13), micro- (16) or nanoseconds (19)"
    )]
    Malformed,
    #[error("is zero, which stands for an unknown time")]
    Zero,
    #[error("is out of range; expected a time from 1970 up to 2105")]
    OutOfRange,
    #[error("does not have the form that `time_format` states")]
    OtherForm,
}

/// Seconds since 1970 as a text states them.
#[derive(Clone, Copy, Debug)]
enum Stated {
    /// In UTC: the text is an epoch time, or has an offset.
    Utc(i64),
    /// By the clock of an unnamed place: the text has no offset.
    Local(i64),
}

impl Time {
    /// Parses a time; surrounding blanks are ignored, and fractions of a second are cut off. Only forms with one
    /// meaning are times:
    ///
    /// - RFC 3339, with `T` or a blank in the middle: `2012-07-05T14:03:09.25+02:00`. The seconds may be missing, the
    ///   offset may be `+0200`, `+02`, `UTC` or `GMT`, and a blank may stand before it;
    /// - the same without an offset, or a bare day: `2012-07-05 14:03`, `2012-07-05`, both in UTC;
    /// - a day in 8 digits: `20120705`;
    /// - seconds since 1970 in 9 or 10 digits, milliseconds in 13, microseconds in 16, nanoseconds in 19:
    ///   `1341496989`, `1341496989250`; also with a fraction: `1341496989.25`;
    /// - Twitter's own form: `Thu Jul 05 14:03:09 +0000 2012`.
    ///
    /// Fewer digits are years, serial days of spreadsheets or counts, and 10 digits that read `YYYYMMDDhh` may be
    /// hours: they are refused. So are 13, 16 and 19 digits that begin with 0: no clock has written such a count since
    /// 2001, and a count of another unit may have been padded. A leap second (`:60`) counts as the second before it.
    ///
    /// ```
    /// use plaudit::event::{Time, TimeFault};
    ///
    /// assert_eq!(Time::parse(b"1970-01-02"), Ok(Time(86_400)));
    /// assert_eq!(Time::parse(b"1970-01-02T01:00:00+01:00"), Ok(Time(86_400)));
    /// assert_eq!(Time::parse(b"19700102"), Ok(Time(86_400)));
    /// assert_eq!(Time::parse(b"1341496989"), Ok(Time(1_341_496_989)));
    /// assert_eq!(Time::parse(b"86400"), Err(TimeFault::Malformed));
    /// assert_eq!(Time::parse(b"0"), Err(TimeFault::Zero));
    /// assert_eq!(Time(86_400).to_string(), "1970-01-02T00:00:00Z");
    /// ```
    ///
    /// # Errors
    /// [`TimeFault`] says which rule the text breaks.
    #[inline]
    pub fn parse(text: &[u8]) -> Result<Self, TimeFault> {
        // Nearly all epoch times: seconds from 2001 on, too early to read as an hour.
        if text.len() == 10
            && let Some(seconds @ 1_000_000_000..FIRST_HOUR) = number_of(text)
            && let Ok(seconds) = u32::try_from(seconds)
        {
            return Ok(Self(seconds));
        }
        Self::parse_any(text)
    }

    fn parse_any(text: &[u8]) -> Result<Self, TimeFault> {
        Self::parse_local(text, Some)
    }

    /// Parses a time like [`Time::parse`]; `utc` converts seconds of a clock without an offset to UTC.
    pub(super) fn parse_local(text: &[u8], utc: impl Fn(i64) -> Option<i64>) -> Result<Self, TimeFault> {
        let text = text.trim_ascii();
        let stated = match text.get(4) {
            Some(b'-') => calendar_seconds(text).ok_or(TimeFault::Malformed)?,
            Some(b'J' | b'F' | b'M' | b'A' | b'S' | b'O' | b'N' | b'D') => {
                Stated::Utc(twitter_seconds(text).ok_or(TimeFault::Malformed)?)
            }
            _ => seconds_in_digits(text)?,
        };
        match stated {
            Stated::Utc(seconds) => Self::of_seconds(seconds),
            Stated::Local(seconds) => Self::of_seconds(utc(seconds).ok_or(TimeFault::OutOfRange)?),
        }
    }

    /// The time at these seconds since 1970.
    pub(super) fn of_seconds(seconds: i64) -> Result<Self, TimeFault> {
        match seconds {
            0 => Err(TimeFault::Zero),
            1..END => u32::try_from(seconds).map(Self).map_err(|_| TimeFault::OutOfRange),
            _ => Err(TimeFault::OutOfRange),
        }
    }
}

impl fmt::Display for Time {
    /// RFC 3339 in UTC, or `undated`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::UNDATED {
            return f.write_str("undated");
        }
        let time =
            jiff::Timestamp::from_second(self.0.into()).expect("invariant: 32 bits of seconds are in range");
        write!(f, "{time}")
    }
}

/// Parses a day in 8 digits, or a time since 1970 in units that its number of digits tells; returns seconds.
fn seconds_in_digits(text: &[u8]) -> Result<Stated, TimeFault> {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, value) = if let Some(value) = number_of(unsigned) {
        (unsigned, value)
    } else {
        let point = memchr::memchr(b'.', unsigned).ok_or(TimeFault::Malformed)?;
        let (whole, rest) = unsigned.split_at(point);
        skip_fraction(rest).filter(|rest| rest.is_empty()).ok_or(TimeFault::Malformed)?;
        (whole, number_of(whole).ok_or(TimeFault::Malformed)?)
    };
    let is_known = matches!(whole.len(), 9 | 10 | 13 | 16 | 19);
    match whole.len() {
        0 => Err(TimeFault::Malformed),
        _ if value == 0 => Err(TimeFault::Zero),
        _ if is_known && unsigned.len() < text.len() => Err(TimeFault::OutOfRange),
        8 if whole.len() == text.len() => day_in_digits(whole).map(Stated::Local).ok_or(TimeFault::Malformed),
        10 if value >= FIRST_HOUR && reads_as_hour(whole) => Err(TimeFault::Malformed),
        9 | 10 => Ok(Stated::Utc(value)),
        13 | 16 | 19 if whole[0] == b'0' => Err(TimeFault::Malformed),
        13 => Ok(Stated::Utc(value / 1000)),
        16 => Ok(Stated::Utc(value / 1_000_000)),
        // A value above 2^63 has wrapped around.
        19 if value > 0 => Ok(Stated::Utc(value / 1_000_000_000)),
        19 => Err(TimeFault::OutOfRange),
        _ => Err(TimeFault::Malformed),
    }
}

/// `1970010100` as a number: no smaller one reads as an hour `YYYYMMDDhh`.
const FIRST_HOUR: i64 = 1_970_010_100;

fn reads_as_hour(digits: &[u8]) -> bool {
    day_in_digits(&digits[..8]).is_some() && number(digits[8], digits[9]).is_some_and(|hour| hour < 24)
}

/// The first second of a day `YYYYMMDD` from 1970 on.
fn day_in_digits(digits: &[u8]) -> Option<i64> {
    let &[y1, y2, y3, y4, m1, m2, d1, d2] = digits else { return None };
    let midnight = midnight(number(y1, y2)? * 100 + number(y3, y4)?, number(m1, m2)?, number(d1, d2)?)?;
    (0..END).contains(&midnight).then_some(midnight)
}

/// Parses Twitter's form, such as `Thu Jul 05 14:03:09 +0000 2012`; the name of the day is not checked.
fn twitter_seconds(text: &[u8]) -> Option<i64> {
    const MONTHS: [&[u8]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let mut words = text.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
    let mut next = || words.next();
    let (day_name, month, day, clock, offset, year) = (next()?, next()?, next()?, next()?, next()?, next()?);
    if day_name.len() != 3 || next().is_some() {
        return None;
    }
    let month = (1..).zip(MONTHS).find(|(_, name)| *name == month)?.0;
    let (&[d1, d2], &[y1, y2, y3, y4]) = (day, year) else { return None };
    let midnight = midnight(number(y1, y2)? * 100 + number(y3, y4)?, month, number(d1, d2)?)?;
    let (seconds, rest) = clock_seconds(clock)?;
    rest.is_empty().then_some(midnight + seconds - offset_seconds(offset)?)
}

/// The value of a text of digits, `None` if not all characters are digits; the value is meaningless beyond 18 digits.
#[inline]
fn number_of(digits: &[u8]) -> Option<i64> {
    let (blocks, rest) = digits.as_chunks::<8>();
    let mut value = 0_i64;
    for block in blocks {
        value = value.wrapping_mul(100_000_000).wrapping_add(eight_digits(*block)?);
    }
    for digit in rest {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
    }
    Some(value)
}

/// The value of eight digits: adjacent digits are combined into pairs, pairs into groups of four, and these into the
/// whole, all in one word (Lemire, "Quickly parsing eight digits", 2018).
fn eight_digits(block: [u8; 8]) -> Option<i64> {
    const fn bytes(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    let word = u64::from_le_bytes(block);
    // The upper four bits of a digit are 3, also after 6 is added; the upper four bits of the characters after `9`
    // change to 4.
    if word & bytes(0xf0) != bytes(0x30) || word.wrapping_add(bytes(6)) & bytes(0xf0) != bytes(0x30) {
        return None;
    }
    let ones = word - bytes(b'0');
    let pairs = ones.wrapping_mul(10).wrapping_add(ones >> 8);
    let high = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let low = (pairs >> 16 & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    Some(i64::from(low32(high.wrapping_add(low) >> 32)))
}

/// Parses a day, with or without a time of day and an offset.
fn calendar_seconds(text: &[u8]) -> Option<Stated> {
    let (date, rest) = text.split_at_checked(10)?;
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else { return None };
    let midnight = midnight(number(y1, y2)? * 100 + number(y3, y4)?, number(m1, m2)?, number(d1, d2)?)?;
    let Some((b'T' | b't' | b' ', clock)) = rest.split_first() else {
        return rest.is_empty().then_some(Stated::Local(midnight));
    };
    let (seconds, rest) = clock_seconds(clock)?;
    if rest.is_empty() {
        return Some(Stated::Local(midnight + seconds));
    }
    let offset = rest.strip_prefix(b" ").unwrap_or(rest);
    Some(Stated::Utc(midnight + seconds - offset_seconds(offset)?))
}

/// The first second of a day in UTC; `None` if there is no such day.
fn midnight(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_day = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
    is_day.then(|| days_from_civil(year, month, day) * DAY)
}

/// The seconds of a time of day `hh:mm[:ss[.fraction]]`, and the text behind it.
fn clock_seconds(clock: &[u8]) -> Option<(i64, &[u8])> {
    let (&[h1, h2, b':', m1, m2], rest) = clock.split_first_chunk()? else { return None };
    let (hour, minute) = (number(h1, h2)?, number(m1, m2)?);
    let (second, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (number(*s1, *s2)?, skip_fraction(rest)?),
        _ => (0, rest),
    };
    (hour <= 23 && minute <= 59 && second <= 60).then_some((hour * 3600 + minute * 60 + second.min(59), rest))
}

/// The text behind an optional fraction of a second.
fn skip_fraction(text: &[u8]) -> Option<&[u8]> {
    let Some((b'.', fraction)) = text.split_first() else { return Some(text) };
    let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0).then_some(&fraction[digits..])
}

/// Parses an offset in seconds east of UTC.
fn offset_seconds(text: &[u8]) -> Option<i64> {
    let (sign, h1, h2, m1, m2) = match *text {
        [b'Z' | b'z'] | [b'U', b'T', b'C'] | [b'G', b'M', b'T'] => return Some(0),
        [sign, h1, h2] => (sign, h1, h2, b'0', b'0'),
        [sign, h1, h2, m1, m2] | [sign, h1, h2, b':', m1, m2] => (sign, h1, h2, m1, m2),
        _ => return None,
    };
    let (hours, minutes) = (number(h1, h2)?, number(m1, m2)?);
    let seconds = (hours * 60 + minutes) * 60;
    match sign {
        _ if hours > 23 || minutes > 59 => None,
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

fn number(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar, with years that begin in March so that the leap day comes last
/// (Hinnant, "chrono-compatible low-level date algorithms", 2013).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}
