//! Selectors of people: one word on the command line or in the configuration, such as an id, `tier:star` or
//! `@list.txt`.

use std::{fmt, path::PathBuf};

/// A word that selects one person or a segment of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeopleSelector {
    /// A word without a prefix: an id, or the name of a tier.
    Named(String),
    /// `id:…`: the customer or account with this id.
    Id(String),
    /// `tier:…`: the customers in this tier.
    Tier(String),
    /// `community:…`: the customers in the community with this number.
    Community(String),
    /// `channel:…`: the customers with an account on this channel.
    Channel(String),
    /// `@…`: all people whose ids are lines of this file.
    File(PathBuf),
}

/// A prefix, and the function that makes a selector from the text after it.
type PrefixRule = (&'static str, fn(String) -> PeopleSelector);

const PREFIXES: [PrefixRule; 4] = [
    ("id:", PeopleSelector::Id),
    ("tier:", PeopleSelector::Tier),
    ("community:", PeopleSelector::Community),
    ("channel:", PeopleSelector::Channel),
];

impl PeopleSelector {
    /// Reads a word. The text after a prefix is not parsed further, so `id:` can name any id.
    ///
    /// ```
    /// use plaudit::config::PeopleSelector;
    /// assert_eq!(PeopleSelector::parse("channel:forum"), PeopleSelector::Channel("forum".to_owned()));
    /// assert_eq!(PeopleSelector::parse("forum:ada"), PeopleSelector::Named("forum:ada".to_owned()), "not a prefix");
    /// assert_eq!(PeopleSelector::parse("id:tier:star"), PeopleSelector::Id("tier:star".to_owned()));
    /// ```
    pub fn parse(word: &str) -> Self {
        if let Some(path) = word.strip_prefix('@') {
            return Self::File(PathBuf::from(path));
        }
        let found = PREFIXES
            .iter()
            .find_map(|(prefix, selector)| word.strip_prefix(prefix).map(|rest| selector(rest.to_owned())));
        found.unwrap_or_else(|| Self::Named(word.to_owned()))
    }
}

/// Writes the selector as it is typed.
impl fmt::Display for PeopleSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(word) => write!(f, "{word}"),
            Self::Id(id) => write!(f, "id:{id}"),
            Self::Tier(name) => write!(f, "tier:{name}"),
            Self::Community(number) => write!(f, "community:{number}"),
            Self::Channel(name) => write!(f, "channel:{name}"),
            Self::File(path) => write!(f, "@{}", path.display()),
        }
    }
}
