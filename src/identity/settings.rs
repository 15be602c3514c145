//! How customer files are laid out, and what consent means: fully resolved.

use std::path::PathBuf;

use crate::event::Column;

/// One CRM file and how to read it (RFC 4180 quoting, with a header).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerSource {
    /// The file, plain, `.gz` or `.zst`.
    pub path: PathBuf,
    /// The byte between fields.
    pub delimiter: u8,
    /// The customer's key in the CRM.
    pub id: Column,
    /// Display name.
    pub name: Option<Column>,
    /// What the customer is worth, in the CRM's currency.
    pub value: Option<Column>,
    /// What it costs to win the customer as an advocate, a number.
    pub cost: Option<Column>,
    /// The household's key.
    pub household: Option<Column>,
    /// What the customer agreed to; see [`Consent`].
    pub consent: Option<Column>,
    /// Namespace (a channel, or `email`) and the column that holds the customer's identifier in it. A namespace may
    /// stand in several columns. A field may hold several identifiers, separated by `;` or `|`.
    pub identifiers: Vec<(String, Column)>,
}

/// What a customer agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consent {
    /// Neither profiling nor contact: withheld from every output.
    Denied,
    /// May be profiled (scored and put in a tier), not contacted.
    Profile,
    /// May be profiled and contacted.
    Full,
}

/// What consent means where the CRM is silent, and what a denial removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentRules {
    /// The consent of a customer whose field is empty.
    pub missing: Consent,
    /// What becomes of the events of people who may not be profiled.
    pub denied: DeniedRule,
}

/// What becomes of the events of people who may not be profiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeniedRule {
    /// They shape the graph under no name, so that others' scores are right; no output shows them.
    Shape,
    /// Their events are ignored ("profiling denied").
    Exclude,
}

impl Consent {
    /// The consent that a word in a CRM stands for, whatever its case; `None` for a word that nobody knows.
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
