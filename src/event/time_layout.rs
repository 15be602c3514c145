//! How a file writes its times: in the forms that are always read or in one of its own, and by which clock.

use jiff::{
    Timestamp,
    civil::DateTime,
    fmt::strtime::{self, BrokenDownTime},
    tz::{Offset, TimeZone, TimeZoneDatabase},
};

use super::{Time, TimeFault};

/// The form of the times of a file, and the zone of times without an offset. By default the forms of [`Time::parse`],
/// in UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeLayout {
    format: Option<TimeFormat>,
    zone: Zone,
    /// Whether anything is stated that [`Time::parse`] does not know.
    is_own: bool,
}

/// A format such as `%d.%m.%Y %H:%M`, as `strptime` of C has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeFormat(String);

/// The zone of a clock: an offset such as `+02:00`, or a name of the IANA time zone database such as `Europe/Berlin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl TimeFormat {
    /// Checks a format.
    ///
    /// # Errors
    /// In words: what is wrong with the format. It must tell the year, the month and the day; an hour of twelve needs
    /// `%p`; names of zones are not read.
    pub fn new(format: &str) -> Result<Self, String> {
        // All parts differ, so each must be told for the text to be read back as this time.
        let sample = jiff::civil::date(2012, 7, 5).at(14, 3, 9, 0);
        let zoned = sample.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
        let text = strtime::format(format, &zoned).map_err(|error| error.to_string())?;
        let parsed = BrokenDownTime::parse(format, &text).map_err(|error| error.to_string())?;
        if parsed.iana_time_zone().is_some() {
            return Err("names of zones are not read: use `%z`, or `time_zone`".to_owned());
        }
        let format = Self(format.to_owned());
        let found = match format.read(&text).map_err(|error| error.to_string())? {
            StatedTime::Utc(time) => Offset::UTC.to_datetime(time),
            StatedTime::Local(time) => time,
        };
        let is_day = found.time() == jiff::civil::Time::midnight();
        match found {
            _ if found.date() != sample.date() => Err("it does not tell the day".to_owned()),
            _ if is_day || found.hour() == sample.hour() => Ok(format),
            _ => Err("it does not tell the hour: `%I` needs `%p`".to_owned()),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn read(&self, text: &str) -> Result<StatedTime, jiff::Error> {
        let parsed = BrokenDownTime::parse(&self.0, text)?;
        if parsed.offset().is_some() || parsed.timestamp().is_some() {
            return parsed.to_timestamp().map(StatedTime::Utc);
        }
        parsed.to_datetime().map(StatedTime::Local)
    }
}

/// What a text in a format states.
enum StatedTime {
    Utc(Timestamp),
    Local(DateTime),
}

impl Default for Zone {
    /// UTC.
    fn default() -> Self {
        Self { name: "UTC".to_owned(), zone: TimeZone::UTC }
    }
}

impl Zone {
    /// The zone called `name`; `None` if there is none. The rules of named zones are those of the database in this
    /// program, so that a run does not depend on the machine.
    pub fn new(name: &str) -> Option<Self> {
        let zone = match name {
            "UTC" => return Some(Self::default()),
            _ if name.starts_with(['+', '-']) => offset_of(name)?.to_time_zone(),
            _ => TimeZoneDatabase::bundled().get(name).ok()?,
        };
        Some(Self { name: name.to_owned(), zone })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The seconds since 1970 in UTC when clocks of this zone show `time`. Of an hour that occurs twice the first is
    /// meant; an hour that is left out is read as if clocks had not been changed.
    fn seconds(&self, time: DateTime) -> Option<i64> {
        self.zone.to_timestamp(time).ok().map(Timestamp::as_second)
    }
}

/// Parses an offset `+hh:mm`.
fn offset_of(text: &str) -> Option<Offset> {
    let (hours, minutes) = text[1..].split_once(':')?;
    let is_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(hours) || !is_digits(minutes) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = (hours * 60 + minutes) * 60;
    (hours < 24 && minutes < 60)
        .then(|| Offset::from_seconds(if text.starts_with('-') { -seconds } else { seconds }).ok())?
}

impl TimeLayout {
    /// `format: None`: the forms of [`Time::parse`].
    pub fn new(format: Option<TimeFormat>, zone: Zone) -> Self {
        let is_own = format.is_some() || zone.zone != TimeZone::UTC;
        Self { format, zone, is_own }
    }

    pub fn format(&self) -> Option<&TimeFormat> {
        self.format.as_ref()
    }

    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Parses a time of the file; surrounding blanks are ignored, and fractions of a second are cut off.
    ///
    /// ```
    /// use plaudit::event::{Time, TimeFormat, TimeLayout, Zone};
    ///
    /// let times = TimeLayout::new(TimeFormat::new("%d.%m.%Y %H:%M").ok(), Zone::new("+02:00").expect("an offset"));
    /// assert_eq!(times.parse(b"05.07.2012 02:00"), Time::parse(b"2012-07-05T00:00:00Z"));
    /// ```
    ///
    /// # Errors
    /// [`TimeFault`] says which rule the text breaks.
    #[inline]
    pub fn parse(&self, text: &[u8]) -> Result<Time, TimeFault> {
        if self.is_own { self.parse_own(text) } else { Time::parse(text) }
    }

    fn parse_own(&self, text: &[u8]) -> Result<Time, TimeFault> {
        let Some(format) = &self.format else {
            return Time::parse_local(text, |seconds| self.zone.seconds(datetime_of(seconds)?));
        };
        let text = str::from_utf8(text.trim_ascii()).map_err(|_| TimeFault::OtherForm)?;
        match format.read(text).map_err(|_| TimeFault::OtherForm)? {
            StatedTime::Utc(time) => Time::of_seconds(time.as_second()),
            StatedTime::Local(time) => {
                Time::of_seconds(self.zone.seconds(time).ok_or(TimeFault::OutOfRange)?)
            }
        }
    }
}

/// What a clock in UTC shows at these seconds since 1970.
fn datetime_of(seconds: i64) -> Option<DateTime> {
    Timestamp::from_second(seconds).ok().map(|time| Offset::UTC.to_datetime(time))
}
