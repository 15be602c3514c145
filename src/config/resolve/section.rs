//! One table of the configuration: checks its values and says where a wrong one stands.

use std::{fmt::Display, ops::RangeInclusive};

use crate::{
    config::{
        choices::word_of,
        error::{ConfigError, Remedy, listed},
        limits::{self, Limits, whole_words},
        origin::Origin,
        raw::Scalar,
    },
    event::Column,
    text::nearest,
};

/// A table by its path from the top, such as `rank` or `events[0].columns`.
pub(super) struct Section<'a> {
    origin: &'a Origin<'a>,
    path: String,
}

impl<'a> Section<'a> {
    /// The table at `path`; the empty path is the whole configuration.
    pub(super) fn new(origin: &'a Origin<'a>, path: &str) -> Self {
        Self { origin, path: path.to_owned() }
    }

    /// The table under `key`.
    pub(super) fn table(&self, key: &str) -> Section<'a> {
        Section { origin: self.origin, path: self.key_path(key) }
    }

    /// A number in its limits.
    pub(super) fn number(
        &self,
        key: &str,
        raw: Option<f64>,
        default: f64,
        limits: &Limits,
    ) -> Result<f64, ConfigError> {
        match raw {
            None => Ok(default),
            Some(number) if (limits.holds)(number) => Ok(number),
            Some(number) => {
                let reason = format!("it is {number}; {} is expected", limits.words);
                Err(with_default(self.bad(key, reason), default))
            }
        }
    }

    /// A whole number in its range.
    pub(super) fn whole<T: TryFrom<i64> + Display>(
        &self,
        key: &str,
        raw: Option<i64>,
        default: T,
        range: &RangeInclusive<i64>,
    ) -> Result<T, ConfigError> {
        match raw {
            None => Ok(default),
            Some(number) => self.within(key, number, range).map_err(|error| with_default(error, default)),
        }
    }

    /// `number` if it lies in `range`.
    pub(super) fn within<T: TryFrom<i64>>(
        &self,
        key: &str,
        number: i64,
        range: &RangeInclusive<i64>,
    ) -> Result<T, ConfigError> {
        let inside = range.contains(&number).then(|| T::try_from(number).ok()).flatten();
        inside.ok_or_else(|| self.bad(key, format!("it is {number}; {} is expected", whole_words(range))))
    }

    /// A whole number in its range, or the word that stands for none.
    pub(super) fn whole_or_word<T: TryFrom<i64>>(
        &self,
        key: &str,
        raw: Scalar,
        word: &str,
        range: &RangeInclusive<i64>,
    ) -> Result<Option<T>, ConfigError> {
        match raw {
            Scalar::Whole(number) => self.within(key, number, range).map(Some),
            Scalar::Word(text) if text == word => Ok(None),
            other => {
                let expected = whole_words(range);
                Err(self.bad(key, format!("it is {other}; {expected} or `\"{word}\"` is expected")))
            }
        }
    }

    /// One of the words that stand for a type's values.
    pub(super) fn choice<T: Copy + PartialEq>(
        &self,
        key: &str,
        raw: Option<String>,
        default: T,
        choices: &[(&'static str, T)],
    ) -> Result<T, ConfigError> {
        let Some(word) = raw else { return Ok(default) };
        if let Some((_, value)) = choices.iter().find(|(choice, _)| *choice == word) {
            return Ok(*value);
        }
        let names: Vec<String> = choices.iter().map(|(choice, _)| (*choice).to_owned()).collect();
        let reason = format!("it is `{word}`; one of {} is expected", listed(&names));
        let error = with_nearest(self.bad(key, reason), &word, choices.iter().map(|(choice, _)| *choice));
        Err(with_default(error, format!("\"{}\"", word_of(choices, &default))))
    }

    /// A column by name or number; without a header only numbers can be meant.
    pub(super) fn column(&self, key: &str, raw: Scalar, header: bool) -> Result<Column, ConfigError> {
        match raw {
            Scalar::Whole(number) => self.within(key, number, &limits::COLUMN).map(Column::Index),
            Scalar::Word(name) if !header => Err(self.bad(
                key,
                format!("it is `{name}`; a file without a header has no column names, only numbers from 0"),
            )),
            Scalar::Word(name) if !name.is_empty() => Ok(Column::Name(name)),
            other => {
                Err(self.bad(key, format!("it is {other}; a column name or a number from 0 is expected")))
            }
        }
    }

    /// A channel's name can stand before the colon of a key.
    pub(super) fn channel_name(&self, key: &str, name: &str) -> Result<(), ConfigError> {
        if name.is_empty() || name.contains(':') || name.trim() != name {
            let reason = format!(
                "`{name}` is no channel name: it must not be empty, hold a colon or begin or end with blanks"
            );
            return Err(self.bad(key, reason));
        }
        Ok(())
    }

    /// An unknown key in this table.
    pub(super) fn unknown_key(&self, key: &str, known: Vec<String>) -> ConfigError {
        let path = self.key_path(key);
        ConfigError::UnknownKey {
            place: self.origin.key_place(&path),
            nearest: nearest(key, known.iter().map(String::as_str)).map(str::to_owned),
            key: path,
            known,
        }
    }

    /// A value that cannot be used; an empty `key` means this table itself.
    pub(super) fn bad(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        let key = self.key_path(key);
        ConfigError::BadValue {
            place: self.origin.value_place(&key),
            key,
            reason: reason.into(),
            remedy: None,
        }
    }

    /// A key that must be there.
    pub(super) fn missing(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        let key = self.key_path(key);
        ConfigError::Missing { place: self.origin.value_place(&key), key, reason: reason.into() }
    }

    fn key_path(&self, key: &str) -> String {
        match (self.path.as_str(), key) {
            (path, "") => path.to_owned(),
            ("", key) => key.to_owned(),
            (path, key) => format!("{path}.{key}"),
        }
    }
}

/// Names the value that was probably meant by `word`.
pub(super) fn with_nearest<'w>(
    mut error: ConfigError,
    word: &str,
    known: impl IntoIterator<Item = &'w str>,
) -> ConfigError {
    if let ConfigError::BadValue { remedy, .. } = &mut error {
        *remedy = nearest(word, known).map(|near| Remedy::Meant(near.to_owned()));
    }
    error
}

/// Names what the setting is when it is left out, unless a better remedy is known.
pub(super) fn with_default(mut error: ConfigError, value: impl Display) -> ConfigError {
    if let ConfigError::BadValue { remedy, .. } = &mut error {
        remedy.get_or_insert_with(|| Remedy::Default(value.to_string()));
    }
    error
}

/// A required text of letters, digits, `_` and `-`, as kinds and tiers are called.
pub(super) fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    (1..=64).contains(&name.len()) && name.chars().all(plain)
}
