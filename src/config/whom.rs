//! Which people a walk over the graph starts at, as it is typed or configured.

use std::{fmt, path::PathBuf};

/// People by one word: a person, or a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// A word without a prefix: an id, or the name of a tier.
    Named(String),
    /// `id:…`: the customer or account of this id.
    Id(String),
    /// `tier:…`: the customers of this tier.
    Tier(String),
    /// `community:…`: the customers of the community of this number.
    Community(String),
    /// `channel:…`: the customers with an account on this channel.
    Channel(String),
    /// `@…`: everyone whose id is a line of this file.
    File(PathBuf),
}

/// A prefix, and what a word with it means.
type Prefix = (&'static str, fn(String) -> Whom);

/// The prefixes that say what a word means.
const PREFIXES: [Prefix; 4] =
    [("id:", Whom::Id), ("tier:", Whom::Tier), ("community:", Whom::Community), ("channel:", Whom::Channel)];

impl Whom {
    /// Reads a word. What follows a prefix is taken letter by letter, so `id:` can name any id.
    ///
    /// ```
    /// use plaudit::config::Whom;
    /// assert_eq!(Whom::parse("channel:forum"), Whom::Channel("forum".to_owned()));
    /// assert_eq!(Whom::parse("forum:ada"), Whom::Named("forum:ada".to_owned()), "no prefix of ours");
    /// assert_eq!(Whom::parse("id:tier:star"), Whom::Id("tier:star".to_owned()));
    /// ```
    pub fn parse(word: &str) -> Self {
        if let Some(path) = word.strip_prefix('@') {
            return Self::File(PathBuf::from(path));
        }
        let found = PREFIXES.iter().find_map(|(prefix, of)| Some(of(word.strip_prefix(prefix)?.to_owned())));
        found.unwrap_or_else(|| Self::Named(word.to_owned()))
    }
}

/// As it is typed.
impl fmt::Display for Whom {
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
