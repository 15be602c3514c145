//! Accounts and their keys, `channel:handle` in one normal form, numbered by the hash of the key.

use std::{borrow::Cow, collections::BTreeMap};

use unicode_normalization::UnicodeNormalization as _;
use xxhash_rust::xxh3::xxh3_64;

use super::intern::{Interner, KeyBatch};
use crate::ids::{id32, index64};

/// The dense number of an account that an accepted row names; accounts are ordered by ([`key_hash`], key bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub u32);

impl AccountId {
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What exports write, in lower case, where there is no handle: pandas, SQL, Hive, spreadsheets, Reddit.
pub const PLACEHOLDERS: [&str; 14] = [
    "[deleted]",
    "[removed]",
    "null",
    "(null)",
    "<null>",
    "\\n",
    "nan",
    "<na>",
    "none",
    "nil",
    "n/a",
    "#n/a",
    "undefined",
    "nat",
];

/// Whether a handle is one of `placeholders`, in any case, so that it stands for nobody.
pub fn is_placeholder(handle: &str, placeholders: &[String]) -> bool {
    placeholders.iter().any(|placeholder| placeholder.eq_ignore_ascii_case(handle))
}

/// Whether a text is what a spreadsheet leaves of an id: a rounded number (`1.23E+17`), a number with a fraction of
/// zeros (`17.0`) or an error (`#N/A`).
pub fn is_damaged(text: &str) -> bool {
    const ERRORS: [&str; 7] = ["#n/a", "#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!"];
    let lower = text.to_lowercase();
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = |part: &str| part.split(['.', ',']).all(is_digits);
    let is_rounded = lower.split_once('e').is_some_and(|(number, exponent)| {
        number.contains(['.', ',']) && is_number(number) && is_digits(exponent.trim_start_matches(['+', '-']))
    });
    let has_empty_fraction = lower.split_once('.').is_some_and(|(whole, zeros)| {
        is_digits(whole) && !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0')
    });
    is_rounded || has_empty_fraction || ERRORS.contains(&&*lower)
}

/// Whether two handles that differ only in case are the same account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CaseRule {
    /// `Ada` and `ada` are one account (the rule of most channels; the default).
    #[default]
    Fold,
    Exact,
}

/// The case rule of each channel; channels that are not listed fold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelRules {
    /// Maps the normal form of a channel's name to the channel's case rule.
    pub case: BTreeMap<String, CaseRule>,
}

impl ChannelRules {
    pub fn case(&self, channel: &str) -> CaseRule {
        self.case.get(channel).copied().unwrap_or_default()
    }
}

/// The 64-bit hash that orders accounts and nodes (XXH3-64, seed 0). Part of the snapshot format.
#[inline]
pub fn key_hash(key: &[u8]) -> u64 {
    xxh3_64(key)
}

/// The normal form of a channel: in lower case, without surrounding blanks. `Twitter` and `twitter` are one channel.
///
/// Returns borrowed text if nothing changes.
pub fn normalize_channel(channel: &str) -> Cow<'_, str> {
    let trimmed = channel.trim();
    let folds = trimmed.chars().any(|c| c.is_ascii_uppercase() || !c.is_ascii());
    if folds { Cow::Owned(trimmed.to_lowercase()) } else { Cow::Borrowed(trimmed) }
}

/// The normal form of a handle in `channel`: without invisible characters, surrounding blanks and each leading `@`; in
/// Unicode's composed form (NFC) with full-width letters and signs as ordinary ones; in lower case if `rule` folds
/// case.
///
/// Of a known site, the address of a profile or of a page below it, `twitter:ada` and `ada@twitter.com` are the name
/// alone. Two of these forms stay, because they are names of their own: `twitter:ada` where there is no channel, and
/// `ada@twitter.com` in a channel of mail addresses.
///
/// Returns borrowed text if nothing changes. If `rule` folds case, text beyond ASCII is always copied, because
/// Unicode's rules lower-case it as a whole.
pub fn normalize_handle<'a>(channel: &str, handle: &'a str, rule: CaseRule) -> Cow<'a, str> {
    if handle.is_ascii() {
        return folded(bare_handle(channel, handle), rule);
    }
    let visible = handle.chars().filter(|c| !is_invisible(*c)).map(ordinary_width);
    let composed: String = visible.nfc().collect();
    Cow::Owned(folded(bare_handle(channel, &composed), rule).into_owned())
}

fn bare_handle<'a>(channel: &str, text: &'a str) -> &'a str {
    let text = text.trim();
    let text = if channel.is_empty() { text } else { name_after_site(text).unwrap_or(text) };
    let text = name_in_address(text).unwrap_or(text);
    let text = text.trim_start_matches(|c: char| c == '@' || c.is_whitespace());
    if channel.contains("mail") { text } else { name_at_host(text).unwrap_or(text) }
}

fn folded(text: &str, rule: CaseRule) -> Cow<'_, str> {
    match rule {
        CaseRule::Fold if text.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) => {
            Cow::Owned(text.to_lowercase())
        }
        _ => Cow::Borrowed(text),
    }
}

/// Zero-width characters, direction marks and soft hyphens, which no one types on purpose. Joiners, which some scripts
/// need, are kept.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The ordinary form of a full-width letter, digit or sign.
fn ordinary_width(c: char) -> char {
    const FIRST_FULL_WIDTH: u32 = 0xff01;
    match c {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(c) - FIRST_FULL_WIDTH + u32::from('!')).unwrap_or(c)
        }
        _ => c,
    }
}

/// A site on which each profile has an address.
struct ProfileSite {
    /// What may stand before the handle, as in `twitter:ada`.
    name: &'static str,
    host: &'static str,
    /// What comes before the handle in the path of a profile.
    folder: &'static str,
}

const fn site(name: &'static str, host: &'static str, folder: &'static str) -> ProfileSite {
    ProfileSite { name, host, folder }
}

/// The sites whose addresses are understood.
const PROFILE_SITES: [ProfileSite; 16] = [
    site("twitter", "twitter.com", ""),
    site("x", "x.com", ""),
    site("instagram", "instagram.com", ""),
    site("facebook", "facebook.com", ""),
    site("threads", "threads.net", ""),
    site("tiktok", "tiktok.com", ""),
    site("youtube", "youtube.com", ""),
    site("github", "github.com", ""),
    site("pinterest", "pinterest.com", ""),
    site("twitch", "twitch.tv", ""),
    site("medium", "medium.com", ""),
    site("telegram", "t.me", ""),
    site("linkedin", "linkedin.com", "in/"),
    site("bluesky", "bsky.app", "profile/"),
    site("reddit", "reddit.com", "user/"),
    site("reddit", "reddit.com", "u/"),
];

/// What may follow the name in the address of a page that belongs to a profile, such as `twitter.com/ada/status/1`.
const PROFILE_PAGES: [&str; 12] = [
    "status",
    "statuses",
    "with_replies",
    "media",
    "likes",
    "followers",
    "following",
    "post",
    "posts",
    "video",
    "videos",
    "comments",
];

/// First parts of paths that are no names.
const SITE_PAGES: [&str; 7] = ["i", "intent", "share", "search", "hashtag", "home", "explore"];

/// The name in the address of a profile, such as `ada` in `https://www.twitter.com/ada?lang=en`; `None` if the text is
/// no address of a site of [`PROFILE_SITES`].
fn name_in_address(text: &str) -> Option<&str> {
    let slash = text.find('/')?;
    let address = match &text[slash..] {
        rest if rest.starts_with("//")
            && ["http:", "https:"].contains(&&*text[..slash].to_ascii_lowercase()) =>
        {
            &rest[2..]
        }
        _ => text,
    };
    let (host, path) = address.split_once('/')?;
    let host = bare_host(host);
    let of_site = |site: &ProfileSite| if site.host == host { path.strip_prefix(site.folder) } else { None };
    let path = PROFILE_SITES.iter().find_map(of_site)?;
    // Twitter's addresses before 2012.
    let path = path.strip_prefix("#!/").unwrap_or(path);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if path.starts_with("intent/") {
        let named = |pair: &&str| pair.starts_with("screen_name=");
        let name = query.split(['&', '#']).find(named)?.split_once('=')?.1;
        return (!name.is_empty()).then_some(name);
    }
    let mut parts = path.split('#').next()?.trim_end_matches('/').split('/');
    let name = parts.next().filter(|name| !name.is_empty() && !SITE_PAGES.contains(name))?;
    parts.next().is_none_or(|page| PROFILE_PAGES.contains(&page)).then_some(name)
}

/// A host in lower case, without the prefixes that lead to the same site.
fn bare_host(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    ["www.", "mobile.", "m."].iter().find_map(|prefix| host.strip_prefix(prefix)).unwrap_or(&host).to_owned()
}

/// The name behind that of a site, such as `ada` in `twitter:ada`.
fn name_after_site(text: &str) -> Option<&str> {
    let (prefix, name) = text.split_once(':')?;
    let is_site = PROFILE_SITES.iter().any(|site| site.name.eq_ignore_ascii_case(prefix.trim_end()));
    Some(name.trim_start()).filter(|name| is_site && !name.is_empty())
}

/// The site whose accounts have addresses `name@host` in the fediverse, so that such an address is a name of its own.
const FEDERATED_HOST: &str = "threads.net";

/// The name before the host of a known site, such as `ada` in `ada@twitter.com`.
fn name_at_host(text: &str) -> Option<&str> {
    let (name, host) = text.split_once('@')?;
    let host = bare_host(host);
    let is_site = host != FEDERATED_HOST && PROFILE_SITES.iter().any(|site| site.host == host);
    (is_site && !name.is_empty()).then_some(name)
}

/// The accounts that accepted rows name, each with its key.
///
/// An account's id is the rank of its key by ([`key_hash`], key bytes), so ids depend on the set of keys alone.
///
/// ```
/// use plaudit::event::AccountTable;
///
/// let accounts = AccountTable::from_keys(["twitter:ada", "twitter:grace", "twitter:ada"]);
/// let ada = accounts.find("twitter:ada").expect("ada is there");
/// assert_eq!(accounts.len(), 2);
/// assert_eq!(accounts.key(ada), "twitter:ada");
/// assert_eq!(accounts.find("twitter:linus"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountTable {
    keys: SortedKeys,
}

/// Distinct keys in the order of ([`key_hash`], key bytes); the position of a key is its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SortedKeys {
    /// [`key_hash`] of each key, ascending.
    pub(crate) hashes: Vec<u64>,
    /// The offset in `text` at which each key ends.
    pub(crate) ends: Vec<u64>,
    /// The keys, concatenated.
    pub(crate) text: String,
}

impl SortedKeys {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn key(&self, id: AccountId) -> &str {
        let start = if id.0 == 0 { 0 } else { self.ends[id.index() - 1] };
        &self.text[index64(start)..index64(self.ends[id.index()])]
    }

    /// The id of `key`. O(log n).
    pub(crate) fn find(&self, key: &str) -> Option<AccountId> {
        let hash = key_hash(key.as_bytes());
        let start = self.hashes.partition_point(|&other| other < hash);
        (start..self.len())
            .take_while(|&index| self.hashes[index] == hash)
            .map(|index| AccountId(id32(index)))
            .find(|&id| self.key(id) == key)
    }
}

impl AccountTable {
    /// The accounts with these keys; a key may occur more than once.
    pub fn from_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let mut batch = KeyBatch::default();
        for key in keys {
            batch.push("", key.as_bytes());
        }
        let mut interner = Interner::new();
        interner
            .intern(&[batch.grouped()])
            .and_then(|_| interner.finish())
            .expect("invariant: keys in memory are fewer than ids")
            .accounts
    }

    pub(super) fn from_sorted(keys: SortedKeys) -> Self {
        Self { keys }
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The key of an account: `channel:handle`, or the bare handle if its layout has no channel.
    pub fn key(&self, id: AccountId) -> &str {
        self.keys.key(id)
    }

    /// The channel of an account; empty if its key is a bare handle.
    pub fn channel(&self, id: AccountId) -> &str {
        self.key(id).split_once(':').map_or("", |(channel, _)| channel)
    }

    pub fn hash(&self, id: AccountId) -> u64 {
        self.keys.hashes[id.index()]
    }

    /// The account with this key, given in its normal form. O(log n).
    pub fn find(&self, key: &str) -> Option<AccountId> {
        self.keys.find(key)
    }

    /// All accounts with their keys, in the order of their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (AccountId, &str)> {
        (0..id32(self.len())).map(|id| (AccountId(id), self.key(AccountId(id))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_handle_in_many_forms_is_one_account() {
        for text in [
            "ada",
            "@ada",
            " @ada ",
            "@ ada",
            "ADA",
            "\u{200b}ada",
            "a\u{200b}da\u{feff}",
            "\u{200e}@ada",
            "＠ada",
            "ａｄａ",
            "https://twitter.com/ada",
            "http://www.Twitter.com/Ada/",
            "twitter.com/@ada",
            "x.com/ada?lang=en#top",
            "https://www.linkedin.com/in/ada",
            "reddit.com/u/ada",
            "https://www.reddit.com/user/ada/",
            "https://bsky.app/profile/ada",
            "m.facebook.com/ada",
            "twitter.com/ada/status/12345",
            "https://twitter.com/Ada/status/1?s=20",
            "http://twitter.com/#!/ada",
            "https://twitter.com/#!/ada/status/1",
            "https://twitter.com/intent/user?screen_name=ada",
            "https://twitter.com/intent/follow?lang=en&screen_name=ada#x",
            "https://www.tiktok.com/@ada/video/1",
            "https://bsky.app/profile/ada/post/3k",
            "reddit.com/user/ada/comments/",
            "twitter:ada",
            "Twitter: @ada",
            "twitter:https://twitter.com/ada",
            "x:ada",
            "@@ada",
            "@ @ada",
            "ada@twitter.com",
            "@ada@www.Twitter.com",
            "twitter：ada",
            "ada＠twitter.com",
        ] {
            assert_eq!(normalize_handle("twitter", text, CaseRule::Fold), "ada", "{text:?}");
        }
        // Composed and decomposed accents.
        assert_eq!(
            normalize_handle("chat", "zoe\u{308}", CaseRule::Exact),
            normalize_handle("chat", "zo\u{eb}", CaseRule::Exact)
        );
    }

    /// Names of other sites, paths that are no profiles, and texts that only look like addresses stay as they are.
    #[test]
    fn other_texts_stay_as_they_are() {
        for text in [
            "https://mastodon.example/@ada",
            "twitter.com/",
            "twitter.com/i/user/12345",
            "twitter.com/i/status/12345",
            "twitter.com/search?q=ada",
            "https://twitter.com/intent/tweet?text=x",
            "github.com/ada/code",
            "instagram.com/p/Cx1",
            "a/b",
            "and/or",
            "//x",
            "ada@mastodon.example",
            "ada@threads.net",
            "a@b@twitter.com",
            "gitlab:ada",
            "twitter:",
            "12:30",
        ] {
            assert_eq!(normalize_handle("chat", text, CaseRule::Exact), text, "{text:?}");
        }
        assert_eq!(
            normalize_handle("chat", "می\u{200c}خواهم", CaseRule::Exact),
            "می\u{200c}خواهم",
            "joiners stay"
        );
        // What is a whole name in its place stays whole.
        for (channel, text) in
            [("", "twitter:ada"), ("email", "ada@twitter.com"), ("e-mail", "ada@github.com")]
        {
            assert_eq!(normalize_handle(channel, text, CaseRule::Fold), text);
        }
    }

    #[test]
    fn the_normal_form_is_its_own_normal_form() {
        for text in ["@@ada", "twitter:ada", "twitter.com/ada/status/1", "ada@twitter.com", "@a@b.example"] {
            let once = normalize_handle("twitter", text, CaseRule::Fold);
            assert_eq!(normalize_handle("twitter", &once, CaseRule::Fold), once, "{text:?}");
        }
    }
}
