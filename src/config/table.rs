//! One table of the configuration: reads its values, and makes errors with the position of a wrong value.

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::{
    error::{ConfigError, Remedy},
    form::{ValueForm, found},
    positions::KeyPositions,
};
use crate::text::nearest;

/// A table and its path from the top, such as `rank` or `events[0].columns`.
pub(super) struct TableReader<'a> {
    positions: &'a KeyPositions<'a>,
    path: String,
    /// `None` if the table is not written, so every setting has its default.
    table: Option<&'a DeTable<'a>>,
}

impl<'a> TableReader<'a> {
    /// The configuration as a whole; without a `table`, it sets nothing.
    pub(super) fn root(positions: &'a KeyPositions<'a>, table: Option<&'a DeTable<'a>>) -> Self {
        Self { positions, path: String::new(), table }
    }

    /// The table under `key`; a table that sets nothing if there is no such table.
    pub(super) fn table(&self, key: &str) -> Result<Self, ConfigError> {
        let table = match self.value(key) {
            None => None,
            Some(DeValue::Table(table)) => Some(table),
            Some(other) => return Err(self.not_a(key, other, "a table")),
        };
        Ok(Self { positions: self.positions, path: self.key_path(key), table })
    }

    pub(super) fn tables(&self, key: &str) -> Result<Vec<Self>, ConfigError> {
        let path = self.key_path(key);
        let list = match self.value(key) {
            None => return Ok(Vec::new()),
            Some(DeValue::Array(list)) => list,
            Some(other) => {
                let found = if other.is_table() { "one table".to_owned() } else { found(other) };
                let reason =
                    format!("it is {found}; a list of tables is expected, `[[{path}]]` with two brackets");
                return Err(self.bad(key, reason));
            }
        };
        let table = |(index, entry): (usize, &'a toml::Spanned<DeValue<'a>>)| match entry.get_ref() {
            DeValue::Table(table) => {
                Ok(Self { positions: self.positions, path: format!("{path}[{index}]"), table: Some(table) })
            }
            other => Err(self.not_a(&format!("{key}[{index}]"), other, "a table")),
        };
        list.iter().enumerate().map(table).collect()
    }

    /// The keys of the table in alphabetical order.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.table.into_iter().flat_map(|table| table.keys()).map(|key| key.get_ref().as_ref())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    pub(super) fn value(&self, key: &str) -> Option<&'a DeValue<'a>> {
        self.table?.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value.get_ref())
    }

    /// Refuses keys that are not in `known`; the error names the first one in the file.
    pub(super) fn allow(&self, known: &[&str]) -> Result<(), ConfigError> {
        let entries = self.table.into_iter().flat_map(|table| table.keys());
        let unknown = entries.filter(|key| !known.contains(&key.get_ref().as_ref()));
        match unknown.min_by_key(|key| key.span().start) {
            Some(key) => Err(self.unknown_key(key.get_ref(), known)),
            None => Ok(()),
        }
    }

    /// Replaces the default in `value` by the value of `key`, if it is set.
    pub(super) fn read<T>(
        &self,
        key: &str,
        form: &impl ValueForm<T>,
        value: &mut T,
    ) -> Result<(), ConfigError> {
        if let Some(written) = self.value(key) {
            let default = form.write(value);
            *value = form.read(written).ok_or_else(|| self.mismatch(key, written, form, &default))?;
        }
        Ok(())
    }

    pub(super) fn optional<T>(&self, key: &str, form: &impl ValueForm<T>) -> Result<Option<T>, ConfigError> {
        let read =
            |written| form.read(written).ok_or_else(|| self.mismatch(key, written, form, &Value::Null));
        self.value(key).map(read).transpose()
    }

    pub(super) fn list<T>(&self, key: &str, form: &impl ValueForm<T>) -> Result<Option<Vec<T>>, ConfigError> {
        let list = match self.value(key) {
            None => return Ok(None),
            Some(DeValue::Array(list)) => list,
            Some(other) => return Err(self.not_a(key, other, "a list")),
        };
        let read = |(index, entry): (usize, &'a toml::Spanned<DeValue<'a>>)| {
            let key = format!("{key}[{index}]");
            let written = entry.get_ref();
            form.read(written).ok_or_else(|| self.mismatch(&key, written, form, &Value::Null))
        };
        list.iter().enumerate().map(read).collect::<Result<_, _>>().map(Some)
    }

    /// The error for a value that does not have the form; a null `default` means that the setting has no default.
    fn mismatch<T>(
        &self,
        key: &str,
        written: &DeValue<'_>,
        form: &impl ValueForm<T>,
        default: &Value,
    ) -> ConfigError {
        let meant = written.as_str().and_then(|word| nearest(word, form.words())).map(str::to_owned);
        let error = self.not_a(key, written, &form.expected());
        match meant {
            Some(meant) => error.with_remedy(Remedy::Meant(meant)),
            None if default.is_null() => error,
            None => error.with_remedy(Remedy::Default(default.to_string())),
        }
    }

    /// The error for a value that is not `expected`.
    pub(super) fn not_a(&self, key: &str, written: &DeValue<'_>, expected: &str) -> ConfigError {
        self.bad(key, format!("it is {}; {expected} is expected", found(written)))
    }

    pub(super) fn unknown_key(&self, key: &str, known: &[&str]) -> ConfigError {
        let path = self.key_path(key);
        ConfigError::UnknownKey {
            place: self.positions.of_key(&path),
            nearest: nearest(key, known.iter().copied()).map(str::to_owned),
            key: path,
            known: known.iter().map(|&word| word.to_owned()).collect(),
        }
    }

    /// The error for a value that cannot be used; an empty `key` means this table itself.
    pub(super) fn bad(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        let key = self.key_path(key);
        ConfigError::BadValue {
            place: self.positions.of_value(&key),
            key,
            reason: reason.into(),
            remedy: None,
        }
    }

    pub(super) fn missing(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        let key = self.key_path(key);
        ConfigError::Missing { place: self.positions.of_value(&key), key, reason: reason.into() }
    }

    /// Refuses a name that cannot be the channel of an account.
    pub(super) fn check_channel_name(&self, key: &str, name: &str) -> Result<(), ConfigError> {
        if name.is_empty() || name.contains(':') || name.trim() != name {
            let reason = format!(
                "`{name}` is no channel name: it must not be empty, contain a colon, or begin or end with blanks"
            );
            return Err(self.bad(key, reason));
        }
        Ok(())
    }

    fn key_path(&self, key: &str) -> String {
        match (self.path.as_str(), key) {
            (path, "") => path.to_owned(),
            ("", key) => key.to_owned(),
            (path, key) => format!("{path}.{key}"),
        }
    }
}

/// Whether a name has only letters, digits, `_` and `-`, as required for kinds and tiers.
pub(super) fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    (1..=64).contains(&name.len()) && name.chars().all(plain)
}
