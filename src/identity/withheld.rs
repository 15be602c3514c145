//! Decides whether a text names a withheld person, so that `rejects.csv` and messages do not quote it.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use unicode_normalization::UnicodeNormalization as _;

use super::{Consent, Customer, Customers, DenialClaim, Denials};
use crate::event::{EventLayout, is_invisible, split_row};

/// The maximum number of words of a name that are compared.
const MAX_WORDS: usize = 8;

/// The names that may not be shown: ids, identifiers and display names of customers who denied consent and of rejected
/// CRM rows.
///
/// Names are compared in lower case, without invisible characters and in Unicode's compatibility form (NFKC), as a
/// whole and word by word, so that a name is found in any case and width, and with `@`, quotes or a channel around it.
/// A text that may be a name counts as a name.
#[derive(Clone, Debug, Default)]
pub struct WithheldNames {
    /// Whole names, folded.
    wholes: HashSet<String>,
    /// Names as words (runs of letters and digits) joined by single blanks, each with at most [`MAX_WORDS`] words.
    words: HashSet<String>,
    /// Who denied in earlier runs.
    denials: Option<Arc<Denials>>,
    /// Whether anybody is withheld, with or without a known name.
    withholds_anybody: bool,
}

impl WithheldNames {
    /// Collects the names from CRM files; `denials` are those of earlier runs.
    pub fn new(customers: Option<&Customers>, denials: Arc<Denials>) -> Self {
        let mut names = Self { withholds_anybody: !denials.is_empty(), ..Self::default() };
        names.denials = Some(denials);
        let Some(all) = customers else { return names };
        let hidden = &all.hidden;
        let names_hidden =
            !(hidden.ids.is_empty() && hidden.identifiers.is_empty() && hidden.names.is_empty());
        names.withholds_anybody |= all.rows_rejected() > 0 || names_hidden;
        for customer in all.customers.iter().filter(|customer| customer.consent == Consent::Denied) {
            names.withholds_anybody = true;
            texts(customer).for_each(|text| names.insert(text));
        }
        all.hidden.ids.iter().chain(&all.hidden.names).for_each(|name| names.insert(name));
        all.hidden.identifiers.iter().for_each(|identifier| names.insert(handle(identifier)));
        names
    }

    /// Whether nobody is withheld, so that everything may be shown.
    pub fn is_empty(&self) -> bool {
        !self.withholds_anybody
    }

    /// Whether a row of an event file must not be shown: it names a withheld person, or its fields are uncertain.
    /// `is_cut` means that `raw` is only the start of the row.
    pub fn hide_row(&self, raw: &str, is_cut: bool, layout: &EventLayout) -> bool {
        if self.is_empty() {
            return false;
        }
        // A byte that was cut off or replaced may have been part of a name.
        if is_cut || raw.contains(char::REPLACEMENT_CHARACTER) {
            return true;
        }
        split_row(raw, layout).is_none_or(|fields| self.are_in(&fields))
    }

    /// Whether these fields contain one of the names, as a whole or as words.
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
                self.words.contains(&joined) || self.is_remembered(&joined)
            })
        })
    }

    /// Whether a text is a name, with or without quotes, `@` and channel.
    fn is_whole(&self, text: &str) -> bool {
        let forms = [text, handle(text)].map(bare);
        forms.into_iter().any(|form| self.wholes.contains(form) || self.is_remembered(form))
    }

    fn is_remembered(&self, form: &str) -> bool {
        self.denials.as_ref().is_some_and(|denials| denials.names_somebody(form))
    }

    fn insert(&mut self, name: &str) {
        let [joined, whole] = forms(name);
        if !joined.is_empty() {
            self.words.insert(joined);
        }
        if !whole.is_empty() {
            self.wholes.insert(whole);
        }
    }
}

/// The id, the name and the handles of a customer in the forms that are compared.
pub(super) fn name_forms(customer: &Customer) -> BTreeSet<String> {
    texts(customer).flat_map(forms).filter(|form| !form.is_empty()).collect()
}

/// The forms of the names, ids and handles of a rejected row.
pub(super) fn claim_forms(claim: &DenialClaim) -> BTreeSet<String> {
    let handles = claim.identifiers.iter().map(|identifier| handle(identifier));
    let texts = claim.ids.iter().chain(&claim.names).map(String::as_str).chain(handles);
    texts.flat_map(forms).filter(|form| !form.is_empty()).collect()
}

fn texts(customer: &Customer) -> impl Iterator<Item = &str> {
    let handles = customer.identifiers.iter().map(|identifier| handle(identifier));
    [customer.id.as_str()].into_iter().chain(customer.name.as_deref()).chain(handles)
}

/// The handle of an identifier or a text such as `twitter:ada`.
fn handle(identifier: &str) -> &str {
    identifier.split_once(':').map_or(identifier, |(_, handle)| handle)
}

/// A name as words joined by single blanks, and as a whole.
fn forms(name: &str) -> [String; 2] {
    let folded = fold(name);
    [words(&folded).take(MAX_WORDS).collect::<Vec<_>>().join(" "), bare(&folded).to_owned()]
}

/// A text without invisible characters, in compatibility form and in lower case. Each letter is lower-cased regardless
/// of its context, so that a word gives the same result alone and in a sentence.
fn fold(text: &str) -> String {
    // Handles keep their joiners, but a name that differs in them only may be the same name.
    let is_shown = |c: &char| !is_invisible(*c) && !matches!(c, '\u{200c}' | '\u{200d}');
    let composed = text.chars().filter(is_shown).nfkc();
    composed.flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect()
}

fn bare(text: &str) -> &str {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '"');
    text.strip_prefix('@').unwrap_or(text)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}
