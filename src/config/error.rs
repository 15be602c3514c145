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

/// The word of `known` that `word` was probably meant to be, if one is near enough to be worth naming.
///
/// Near is a word that begins with `word` (of three letters or more), or one that at most one slip of the hand (a letter
/// wrong, missing, too many, or two swapped) for each started group of three letters leads to, but no more than four.
/// Ties go to the word that stands first.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let letters = word.chars().count();
    let slips = |other: &str| match other.to_lowercase() {
        other if letters >= 3 && other.starts_with(&word) => 1,
        other => strsim::damerau_levenshtein(&word, &other),
    };
    let (distance, best) =
        known.into_iter().map(|other| (slips(other), other)).min_by_key(|&(distance, _)| distance)?;
    (distance <= letters.div_ceil(3).min(4)).then_some(best)
}

/// The words in backticks, with commas.
pub(super) fn listed(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_word_is_one_that_could_be_meant() {
        let known = ["output", "as_of", "seed", "share", "gauss-seidel"];
        for (word, meant) in [
            ("outptu", Some("output")),
            ("asof", Some("as_of")),
            ("Seed", Some("seed")),
            ("sede", Some("seed")),
            ("shrae", Some("share")),
            ("gauss", Some("gauss-seidel")),
            ("zebra", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
        assert_eq!(nearest("word", []), None);
    }
}
