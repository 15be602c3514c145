//! The layout of customer files, and the rules of consent.

use std::path::PathBuf;

use crate::event::ColumnRef;

/// One CRM file and how to read it (RFC 4180 quoting, with a header).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerSource {
    /// The file: plain, gzip or zstd.
    pub path: PathBuf,
    pub delimiter: u8,
    pub id: ColumnRef,
    pub name: Option<ColumnRef>,
    pub value: Option<ColumnRef>,
    pub cost: Option<ColumnRef>,
    pub household: Option<ColumnRef>,
    pub consent: Option<ColumnRef>,
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

/// The consent of customers without an answer in the CRM, and the effect of a denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentRules {
    pub missing: Consent,
    pub denied: DeniedRule,
}

/// What happens to the events of people who may not be profiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeniedRule {
    /// The events count in the graph, so that the scores of others are right, but no output shows the people.
    Shape,
    /// The events are ignored (`profiling_denied`).
    Exclude,
}

impl Consent {
    /// The consent that a word in a CRM means, in upper or lower case; `None` for an unknown word.
    pub fn from_word(word: &str) -> Option<Self> {
        match word.to_lowercase().as_str() {
            "full" | "all" | "yes" | "y" | "true" | "1" | "granted" | "opt-in" => Some(Self::Full),
            "profile" | "profiling" | "analytics" => Some(Self::Profile),
            "none" | "no" | "n" | "false" | "0" | "denied" | "withdrawn" | "opt-out" => Some(Self::Denied),
            _ => None,
        }
    }

    /// The word for this consent in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Denied => "none",
            Self::Profile => "profile",
            Self::Full => "full",
        }
    }
}
