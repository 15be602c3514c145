//! What withheld people are called, and whether a text names one of them: what `rejects.csv` and messages may quote.

use std::{borrow::Cow, collections::HashSet};

use super::{Consent, Customers};
use crate::event::{Layout, split_row};

/// A name of more words is known by its first ones.
const MAX_WORDS: usize = 8;

/// The names of everybody who may not be shown: keys, identifiers and display names of customers who denied consent
/// and of CRM rows that were set aside.
///
/// Names are compared in lower case, as a whole and word by word, so that neither `@`, quotes and channels around a
/// name nor another case hide it. Rather too much is taken for a name than too little.
#[derive(Clone, Debug, Default)]
pub struct WithheldNames {
    /// Names as they stand.
    wholes: HashSet<String>,
    /// Names as words (runs of letters and digits) with one blank between them, cut to [`MAX_WORDS`].
    words: HashSet<String>,
    /// Whether there is anybody to hide, named or not.
    is_anybody: bool,
}

impl WithheldNames {
    /// The names that CRM files give; none where there is no CRM.
    pub fn new(customers: Option<&Customers>) -> Self {
        let Some(all) = customers else { return Self::default() };
        let mut names = Self { is_anybody: all.rows_rejected() > 0, ..Self::default() };
        for customer in all.customers.iter().filter(|customer| customer.consent == Consent::Denied) {
            names.is_anybody = true;
            names.insert(&customer.id);
            customer.name.iter().for_each(|name| names.insert(name));
            customer.identifiers.iter().for_each(|identifier| names.insert_identifier(identifier));
        }
        all.hidden.ids.iter().chain(&all.hidden.names).for_each(|name| names.insert(name));
        all.hidden.identifiers.iter().for_each(|identifier| names.insert_identifier(identifier));
        names
    }

    /// Whether nobody is withheld: then everything may be shown.
    pub fn is_empty(&self) -> bool {
        !self.is_anybody
    }

    /// Whether a row of an event file must not be shown: it names somebody, or cannot be cut so that nobody can tell.
    /// `is_cut`: the row went on behind `raw`.
    pub fn hide_row(&self, raw: &str, is_cut: bool, layout: &Layout) -> bool {
        if self.is_empty() {
            return false;
        }
        // A replaced byte may have been a letter of a name.
        if is_cut || raw.contains(char::REPLACEMENT_CHARACTER) {
            return true;
        }
        split_row(raw, layout).is_none_or(|fields| self.are_in(&fields))
    }

    /// Whether one of the names stands in these fields, as a whole or in words.
    fn are_in(&self, fields: &[Cow<'_, str>]) -> bool {
        let folded: Vec<String> = fields.iter().map(|field| fold(field)).collect();
        let parts =
            folded.iter().flat_map(|field| [field.as_str()].into_iter().chain(field.split_whitespace()));
        if parts.into_iter().any(|part| self.is_whole(part)) {
            return true;
        }
        let words: Vec<&str> = folded.iter().flat_map(|field| words(field)).collect();
        (0..words.len()).any(|start| {
            let mut joined = String::new();
            words[start..].iter().take(MAX_WORDS).any(|word| {
                if !joined.is_empty() {
                    joined.push(' ');
                }
                joined.push_str(word);
                self.words.contains(&joined)
            })
        })
    }

    /// Whether a text is a name, with or without quotes, `@` and channel.
    fn is_whole(&self, text: &str) -> bool {
        let handle = text.split_once(':').map_or(text, |(_, handle)| handle);
        [text, handle].into_iter().any(|text| self.wholes.contains(bare(text)))
    }

    fn insert_identifier(&mut self, identifier: &str) {
        self.insert(identifier.split_once(':').map_or(identifier, |(_, handle)| handle));
    }

    fn insert(&mut self, name: &str) {
        let folded = fold(name);
        let joined = words(&folded).take(MAX_WORDS).collect::<Vec<_>>().join(" ");
        if !joined.is_empty() {
            self.words.insert(joined);
        }
        let whole = bare(&folded);
        if !whole.is_empty() {
            self.wholes.insert(whole.to_owned());
        }
    }
}

/// Letter by letter in lower case, whatever stands beside it: a word must fold alike alone and in a sentence.
fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect()
}

fn bare(text: &str) -> &str {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '"');
    text.strip_prefix('@').unwrap_or(text)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::event::{Column, Delimiter, FromFile, KindId, Quoting};

    fn layout(delimiter: u8, quoting: Quoting) -> Layout {
        Layout {
            delimiter: Delimiter::Byte(delimiter),
            header: false,
            quoting,
            comment: None,
            actor: Column::Index(0),
            target: Column::Index(1),
            at: None,
            channel: None,
            kind: FromFile::Fixed(KindId(0)),
            kinds: BTreeMap::new(),
        }
    }

    fn names() -> WithheldNames {
        let mut all = Customers::default();
        all.hidden.ids.insert("C-17".to_owned());
        all.hidden.names.insert("Ada M. Lovelace".to_owned());
        for identifier in ["twitter:ada_l", "email:ada@post.example", "forum:🦊", "chat:ΣΑΣ"] {
            all.hidden.identifiers.insert(identifier.to_owned());
        }
        WithheldNames { is_anybody: true, ..WithheldNames::new(Some(&all)) }
    }

    #[test]
    fn a_name_is_found_in_every_dress() {
        let quoted = layout(b',', Quoting::Rfc4180);
        for raw in [
            "@ADA_L,bob,share",
            "twitter:ada_l,bob,share",
            "bob,\"see ada_l, please\",share",
            "bob,\"Ada_L\"",
            "c-17,bob",
            "bob,ADA@POST.example",
            "bob,https://x.example/ada_l",
            "ada m. lovelace,bob",
            "bob,🦊",
            "bob,forum:🦊",
            "σας,bob",
        ] {
            assert!(names().hide_row(raw, false, &quoted), "{raw}");
        }
        for raw in ["ada,bob,share", "lovelace,bob", "c,17x", "ada_lo,bob"] {
            assert!(!names().hide_row(raw, false, &quoted), "{raw}");
        }
        assert!(names().hide_row("bobxada_lxshare", false, &layout(b'x', Quoting::None)));
        assert!(names().hide_row("bob_🦊_share", false, &layout(b'_', Quoting::None)));
    }

    #[test]
    fn what_cannot_be_cut_is_shown_only_where_nobody_is_withheld() {
        let quoted = layout(b',', Quoting::Rfc4180);
        for (raw, is_cut) in
            [("bob,\"open", false), ("bo\"b,x", false), ("bob", true), ("b\u{fffd}b,x", false)]
        {
            assert!(names().hide_row(raw, is_cut, &quoted), "{raw}");
            assert!(!WithheldNames::default().hide_row(raw, is_cut, &quoted), "{raw}");
        }
    }

    #[test]
    fn a_row_that_nothing_could_be_read_of_still_counts() {
        let mut all = Customers::default();
        assert!(WithheldNames::new(Some(&all)).is_empty());
        all.files.push(crate::identity::CustomerFile {
            path: "crm.csv".into(),
            digest: crate::event::FileDigest { bytes: 0, sha256: [0; 32].into() },
            rows_read: 1,
            rows_rejected: 1,
        });
        assert!(!WithheldNames::new(Some(&all)).is_empty());
    }
}
