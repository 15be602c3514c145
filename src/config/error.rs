//! What can be wrong with a configuration, and where.

use std::fmt;

/// What is wrong with a configuration. The text reads "what, where: why".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The text is not TOML.
    #[error("cannot read the configuration at {place}: {reason}")]
    Syntax {
        /// Where reading stopped.
        place: Place,
        /// What stands there and what may stand there.
        reason: String,
    },
    /// A key that means nothing here.
    #[error("unknown key `{key}` at {place}: the keys that can stand here are {}", listed(.known))]
    UnknownKey {
        /// Where the key stands.
        place: Place,
        /// Its path from the top, such as `rank.dampning`.
        key: String,
        /// The keys that can stand beside it.
        known: Vec<String>,
        /// The one of them that was probably meant.
        nearest: Option<String>,
    },
    /// A value of the wrong type, out of its range, or at odds with another.
    #[error("cannot use `{key}` at {place}: {reason}")]
    BadValue {
        /// Where the value stands.
        place: Place,
        /// The path of its key from the top.
        key: String,
        /// What was found and what is expected.
        reason: String,
        /// What could stand there instead.
        remedy: Option<Remedy>,
    },
    /// A key that must be there and is not.
    #[error("`{key}` is missing at {place}: {reason}")]
    Missing {
        /// The table in which it is missing.
        place: Place,
        /// The path of the key from the top.
        key: String,
        /// Why it is needed.
        reason: String,
    },
}

/// What could stand in the place of a bad value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// This word, which is one slip away.
    Meant(String),
    /// Nothing: without the line, the setting is this.
    Default(String),
}

/// A position in a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user named it.
    pub file: Box<str>,
    /// Line and column of the character, both from 1; `None`: the file as a whole.
    pub line_column: Option<(usize, usize)>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line_column {
            Some((line, column)) => write!(f, "{}:{line}:{column}", self.file),
            None => write!(f, "{}", self.file),
        }
    }
}

/// The words in backticks, with commas.
pub(super) fn listed(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
