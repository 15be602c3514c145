//! `RunId`: a run's number, as-of time and digest of inputs; independent of the clock.

use std::{fmt, str::FromStr};

use jiff::{civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// The id of a run, such as `r0001-20120707T235950Z-3f9a2c1b`: its number in the store, its as-of time (or
/// `undated`) and the first 8 hex digits of the digest of its inputs and configuration. Ordered by number.
///
/// ```
/// use plaudit::{digest::Digest, store::RunId};
/// let digest: Digest = "3f9a2c1b".repeat(8).parse()?;
/// let id = RunId::new(1, Some(1_341_705_590), &digest);
/// assert_eq!(id.as_str(), "r0001-20120707T235950Z-3f9a2c1b");
/// assert_eq!(id.as_of(), Some(1_341_705_590));
/// assert_eq!("r0001-20120707T235950Z-3f9a2c1b".parse(), Ok(id));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId {
    // The first field, so that the derived order is by number; as text, r10000 would sort before r9999.
    sequence: u64,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a run id such as `r0001-20120707T235950Z-3f9a2c1b`")]
pub struct BadRunId {
    pub text: String,
}

impl RunId {
    /// The id of run number `sequence` with the as-of time `as_of` (seconds since 1970) and the digest of its inputs.
    pub fn new(sequence: u64, as_of: Option<i64>, digest: &Digest) -> Self {
        let time = as_of.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        let time = time.map_or("undated".to_owned(), |time| time.strftime("%Y%m%dT%H%M%SZ").to_string());
        Self { sequence, text: format!("r{sequence:04}-{time}-{}", &digest.to_string()[..8]) }
    }

    /// The id as text, which is also the name of the run's folder.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The number of the run in its store, from 1.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The as-of time in seconds since 1970; `None` if the id is undated.
    pub fn as_of(&self) -> Option<i64> {
        let (_, rest) = self.text.split_once('-')?;
        let (time, _) = rest.rsplit_once('-')?;
        let time = DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok()?;
        Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
    }
}

impl FromStr for RunId {
    type Err = BadRunId;

    fn from_str(text: &str) -> Result<Self, BadRunId> {
        parse(text).ok_or_else(|| BadRunId { text: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<RunId> {
    let (number, rest) = text.strip_prefix('r')?.split_once('-')?;
    let (time, digest) = rest.rsplit_once('-')?;
    let digits = number.len() >= 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    let dated = !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let digested = digest.len() == 8 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    (digits && dated && digested).then_some(())?;
    Some(RunId { sequence: number.parse().ok()?, text: text.to_owned() })
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.text
    }
}

impl TryFrom<String> for RunId {
    type Error = BadRunId;

    fn try_from(text: String) -> Result<Self, BadRunId> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_holds_its_as_of_time() {
        let digest: Digest = "3f9a2c1b".repeat(8).parse().unwrap();
        for as_of in [None, Some(0), Some(1_341_705_590), Some(i64::from(u32::MAX))] {
            assert_eq!(RunId::new(7, as_of, &digest).as_of(), as_of);
        }
        assert_eq!("r0001-someday-3f9a2c1b".parse::<RunId>().unwrap().as_of(), None);
    }
}
