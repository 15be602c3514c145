//! `ConfigError`: what is wrong, its position in the file, and what to write instead.

use std::fmt::{self, Display};

/// Why a configuration cannot be used. The text reads "what, where: why".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The text is not TOML.
    #[error("cannot read the configuration at {place}: {reason}")]
    Syntax {
        /// Where reading stopped.
        place: ConfigPlace,
        /// What was found and what is expected.
        reason: String,
    },
    /// A key that its table does not have.
    #[error("unknown key `{key}` at {place}: the keys allowed here are {}", listed(.known))]
    UnknownKey {
        /// The position of the key.
        place: ConfigPlace,
        /// Its path from the top, such as `rank.dampning`.
        key: String,
        /// The keys allowed in its table.
        known: Vec<String>,
        /// The allowed key that was probably meant.
        nearest: Option<String>,
    },
    /// A value of the wrong type, out of its range, or in contradiction to another value.
    #[error("cannot use `{key}` at {place}: {reason}")]
    BadValue {
        /// The position of the value.
        place: ConfigPlace,
        /// The path of its key from the top.
        key: String,
        /// What was found and what is expected.
        reason: String,
        /// What to write instead.
        remedy: Option<Remedy>,
    },
    /// A required key that is missing.
    #[error("`{key}` is missing at {place}: {reason}")]
    Missing {
        /// The table in which it is missing.
        place: ConfigPlace,
        /// The path of the key from the top.
        key: String,
        /// Why it is needed.
        reason: String,
    },
}

impl ConfigError {
    /// How to fix it.
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownKey { nearest: Some(near), .. }
            | Self::BadValue { remedy: Some(Remedy::Meant(near)), .. } => format!("did you mean `{near}`?"),
            Self::BadValue { remedy: Some(Remedy::Default(default)), .. } => {
                format!("change it, or remove the line to get the default, {default}")
            }
            Self::UnknownKey { .. } => "remove it; docs/configuration.md explains every key".to_owned(),
            Self::Syntax { .. } => {
                "fix the line; text is written in quotes, a table name in [brackets]".to_owned()
            }
            Self::Missing { key, .. } => {
                let key = key.rsplit('.').next().unwrap_or(key);
                format!("add `{key}`; docs/configuration.md explains it with an example")
            }
            Self::BadValue { remedy: None, .. } => {
                "change it; docs/configuration.md explains the key with an example".to_owned()
            }
        }
    }

    pub(super) fn with_remedy(mut self, better: Remedy) -> Self {
        if let Self::BadValue { remedy, .. } = &mut self {
            *remedy = Some(better);
        }
        self
    }
}

/// What to write instead of a bad value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// This word, which is spelled similarly.
    Meant(String),
    /// Nothing: if the line is removed, the setting has this default.
    Default(String),
}

/// A position in a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigPlace {
    /// The file, as the user named it.
    pub file: Box<str>,
    /// Line and column of the character, both from 1; `None`: the file as a whole.
    pub line_column: Option<(usize, usize)>,
}

impl Display for ConfigPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line_column {
            Some((line, column)) => write!(f, "{}:{line}:{column}", self.file),
            None => write!(f, "{}", self.file),
        }
    }
}

/// The words in backticks, with commas.
pub(super) fn listed(words: &[impl Display]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
