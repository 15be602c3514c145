//! The layout of customer files, and the rules of consent.

use std::{collections::BTreeMap, path::PathBuf};

use crate::event::{ColumnRef, TextShape};

/// One CRM file and how to read it (RFC 4180 quoting, with a header).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerSource {
    /// The file: plain, gzip or zstd.
    pub path: PathBuf,
    pub delimiter: u8,
    pub shape: TextShape,
    pub id: ColumnRef,
    pub name: Option<ColumnRef>,
    pub value: Option<ColumnRef>,
    pub cost: Option<ColumnRef>,
    pub household: Option<ColumnRef>,
    pub consent: Option<ColumnRef>,
    /// What the words of this file's consent column mean, in place of [`ConsentRules::words`]; none: as there.
    pub words: Option<BTreeMap<String, Consent>>,
    /// Namespace (a channel, or `email`) and the column that holds the customer's identifier in it. A namespace may
    /// have several columns. A field may hold several identifiers, separated by `;` or `|`.
    pub identifiers: Vec<(String, ColumnRef)>,
}

/// The consent that a customer gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consent {
    /// Neither profiling nor contact: withheld from every output.
    Denied,
    /// May be profiled (scored and put in a tier), but not contacted.
    Profile,
    /// May be profiled and contacted.
    Full,
}

/// What the words of a CRM mean, the consent of customers without an answer, and the effect of a denial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRules {
    pub missing: Consent,
    pub denied: DeniedRule,
    /// The CRM's own words, in lower case. If there are any, the built-in ones but `full`, `profile`, `denied` and
    /// `none` mean nothing, so that `{ TRUE = "denied" }` does not leave `FALSE` a denial as well.
    pub words: BTreeMap<String, Consent>,
    pub new_word: NewWordRule,
}

/// What a word without a meaning in a consent column does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewWordRule {
    /// Nothing is published.
    Refuse,
    /// It counts as a denial.
    Deny,
}

/// What happens to the events of people who may not be profiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeniedRule {
    /// The events count in the graph, so that the scores of others are right, but no output shows the people.
    Shape,
    /// The events are ignored (`profiling_denied`).
    Exclude,
}

impl ConsentRules {
    /// The words that hold for a file.
    pub(super) fn words_of<'a>(&'a self, source: &'a CustomerSource) -> &'a BTreeMap<String, Consent> {
        source.words.as_ref().unwrap_or(&self.words)
    }

    /// The consent that a word in a file stands for, in any case; `None` for an unknown word.
    pub(super) fn consent_of(&self, source: &CustomerSource, word: &str) -> Option<Consent> {
        let (words, word) = (self.words_of(source), word.to_lowercase());
        words.get(&word).copied().or(match word.as_str() {
            "full" => Some(Consent::Full),
            "profile" => Some(Consent::Profile),
            "none" | "denied" => Some(Consent::Denied),
            _ if !words.is_empty() => None,
            "all" | "yes" | "y" | "true" | "1" | "granted" | "opt-in" => Some(Consent::Full),
            "profiling" | "analytics" => Some(Consent::Profile),
            "no" | "n" | "false" | "0" | "withdrawn" | "opt-out" => Some(Consent::Denied),
            _ => None,
        })
    }
}

impl Consent {
    /// The word for this consent in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Denied => "none",
            Self::Profile => "profile",
            Self::Full => "full",
        }
    }
}
