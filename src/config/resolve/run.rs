//! `[run]`.

use std::num::NonZeroUsize;

use super::section::{Section, with_default};
use crate::{
    config::{
        choices, defaults,
        error::ConfigError,
        limits,
        plan::{AsOf, MemoryLimit},
        raw::{RawRun, Scalar},
        units,
    },
    projection::Duplicates,
};

/// The settings of `[run]`.
pub(super) struct RunSettings {
    pub(super) output: String,
    pub(super) as_of: AsOf,
    pub(super) window_s: Option<u32>,
    pub(super) memory_limit: MemoryLimit,
    pub(super) seed: u64,
    pub(super) max_rejected: f64,
    pub(super) duplicates: Duplicates,
    pub(super) threads: Option<NonZeroUsize>,
}

pub(super) fn settings(section: &Section<'_>, raw: RawRun) -> Result<RunSettings, ConfigError> {
    let output = raw.output.unwrap_or_else(|| defaults::OUTPUT.to_owned());
    if output.is_empty() {
        return Err(with_default(section.bad("output", "it is empty; a folder is expected"), "\"out\""));
    }
    Ok(RunSettings {
        output,
        as_of: as_of(section, raw.as_of)?,
        window_s: window(section, raw.window.as_deref())?,
        memory_limit: memory_limit(section, raw.memory_limit.as_deref())?,
        seed: section.whole("seed", raw.seed, defaults::SEED, &limits::SEED)?,
        max_rejected: section.number(
            "max_rejected",
            raw.max_rejected,
            defaults::MAX_REJECTED,
            &limits::SHARE,
        )?,
        duplicates: section.choice(
            "duplicates",
            raw.duplicates,
            defaults::DUPLICATES,
            &choices::DUPLICATES,
        )?,
        threads: threads(section, raw.threads)?,
    })
}

fn as_of(section: &Section<'_>, raw: Option<Scalar>) -> Result<AsOf, ConfigError> {
    let text = match raw {
        None => return Ok(AsOf::NewestEvent),
        Some(Scalar::Word(word)) if word == choices::NEWEST => return Ok(AsOf::NewestEvent),
        Some(Scalar::Word(word)) => word,
        Some(Scalar::Whole(number)) => number.to_string(),
        Some(Scalar::Moment(moment)) => moment.to_string(),
    };
    units::parse_time(&text).map(AsOf::At).ok_or_else(|| {
        let reason = format!(
            "`{text}` is no moment from 1970 to 2106; `2012-07-05T00:00:00Z`, `2012-07-05` or epoch seconds are expected"
        );
        with_default(section.bad("as_of", reason), "\"newest\"")
    })
}

fn window(section: &Section<'_>, raw: Option<&str>) -> Result<Option<u32>, ConfigError> {
    match raw {
        None | Some(choices::ALL) => Ok(None),
        Some(text) => units::parse_duration(text).map(Some).ok_or_else(|| {
            let reason = format!("`{text}` is no duration; one such as `365d` (s, m, h, d, w) is expected");
            with_default(section.bad("window", reason), "\"all\"")
        }),
    }
}

fn memory_limit(section: &Section<'_>, raw: Option<&str>) -> Result<MemoryLimit, ConfigError> {
    let Some(text) = raw else {
        return Ok(MemoryLimit::ShareOfAvailable { percent: defaults::MEMORY_PERCENT });
    };
    let share = units::parse_percent(text).map(|percent| MemoryLimit::ShareOfAvailable { percent });
    share.or_else(|| units::parse_byte_size(text).map(MemoryLimit::Bytes)).ok_or_else(|| {
        let reason =
            format!("`{text}` is no amount of memory; one such as `4GiB`, `500MB` or `80%` is expected");
        with_default(section.bad("memory_limit", reason), format!("\"{}%\"", defaults::MEMORY_PERCENT))
    })
}

fn threads(section: &Section<'_>, raw: Option<Scalar>) -> Result<Option<NonZeroUsize>, ConfigError> {
    let Some(raw) = raw else { return Ok(None) };
    let threads: Option<usize> = section.whole_or_word("threads", raw, choices::ALL, &limits::THREADS)?;
    Ok(threads.and_then(NonZeroUsize::new))
}
