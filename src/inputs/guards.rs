//! Refuses input that is too poor to publish a run: too many bad rows, no events, nothing linked, nothing used.

use std::cmp::Reverse;

use super::{InputError, Inputs};
use crate::{
    identity::{ConsentRules, Customers, Linkage, NewWord, NewWordRule},
    projection::{Ignored, Tally},
    text,
};

/// Fails when the share of bad rows is above the limit.
pub(crate) fn refuse_bad_rows(max_rejected: f64, inputs: &Inputs) -> Result<(), InputError> {
    let events = &inputs.events;
    let first = || Some((inputs.bad_event_rows().next()?, events.rejects.kept.first()?.reason.code()));
    refuse_share(max_rejected, "event", events.rows_rejected(), events.rows_read(), first)?;
    let Some(customers) = &inputs.customers else { return Ok(()) };
    let fault = || customers.faults.iter().find(|fault| fault.drops_row);
    let first = || Some((inputs.customer_faults(|fault| fault.drops_row).next()?, fault()?.code));
    refuse_share(max_rejected, "customer", customers.rows_rejected(), customers.rows_read(), first)
}

fn refuse_share(
    max_rejected: f64,
    what: &'static str,
    bad: u64,
    read: u64,
    first: impl FnOnce() -> Option<(String, &'static str)>,
) -> Result<(), InputError> {
    if bad as f64 <= max_rejected * read as f64 {
        return Ok(());
    }
    let (first, code) = first().unwrap_or_default();
    Err(InputError::TooManyBadRows { what, bad, read, allowed: max_rejected, first, code })
}

/// How many new words are named.
const NAMED_WORDS: usize = 5;

/// Words that say yes or no to whatever the column asks, in lower case.
const ANSWERS: [&str; 8] = ["true", "false", "yes", "no", "y", "n", "1", "0"];

/// Fails when a consent column seems to hold objections and the configuration does not say what its words mean, or says
/// it of a column that asks the opposite as well.
pub(crate) fn refuse_opt_out_column(rules: &ConsentRules, customers: &Customers) -> Result<(), InputError> {
    let columns = customers.consent_columns.iter().filter(|column| !column.has_own_words);
    let find = |holds_objections: bool| {
        let found = columns.clone().find(|column| column.holds_objections == holds_objections);
        found.map(|column| (column.path.display().to_string(), column.name.clone()))
    };
    let Some((path, column)) = find(true) else { return Ok(()) };
    if rules.words.is_empty() {
        return Err(InputError::OptOutColumn { path, column });
    }
    match find(false) {
        Some((other_path, other)) if ANSWERS.iter().any(|&answer| rules.words.contains_key(answer)) => {
            Err(InputError::SharedWords { path, column, other_path, other })
        }
        _ => Ok(()),
    }
}

/// Fails when a consent column holds words without a meaning, unless they count as denials.
pub(crate) fn refuse_new_words(rules: &ConsentRules, inputs: &Inputs) -> Result<(), InputError> {
    let Some(all) = &inputs.customers else { return Ok(()) };
    if rules.new_word == NewWordRule::Deny || all.new_words.is_empty() {
        return Ok(());
    }
    let mut words: Vec<(&String, &NewWord)> = all.new_words.iter().collect();
    words.sort_by_key(|(_, word)| Reverse(word.count));
    let named =
        words.iter().take(NAMED_WORDS).map(|(word, NewWord { count, first: (file, line, column) })| {
            let path = all.files[*file].path.display();
            let (word, times) = (text::harmless(word), text::counted(*count, "row", "rows"));
            format!("`{word}` ({times}, first at {path}:{line}:{column})")
        });
    Err(InputError::NewConsentWords {
        words: named.collect(),
        others: words.len().saturating_sub(NAMED_WORDS),
    })
}

/// Fails when there is no event at all, or no customer in the CRM files. Without events, empty tiers would replace the
/// tiers of the previous run; with an empty CRM, everybody would be a prospect, even people who denied consent.
pub(crate) fn refuse_nothing(inputs: &Inputs) -> Result<(), InputError> {
    if let Some(customers) = inputs.customers.as_ref().filter(|all| all.customers.is_empty()) {
        let files = customers.files.iter().map(|file| file.path.display().to_string()).collect();
        return Err(InputError::NoCustomers { files });
    }
    if inputs.events.events.is_empty() {
        let files = inputs.events.files.iter().map(|file| file.path.display().to_string()).collect();
        return Err(InputError::NoEvents { files, bad: inputs.events.rows_rejected() });
    }
    Ok(())
}

/// Fails when no account belongs to a customer, because a namespace or a column must then be wrong.
pub(crate) fn refuse_unlinked(inputs: &Inputs, linkage: &Linkage) -> Result<(), InputError> {
    let Some(customers) = &inputs.customers else { return Ok(()) };
    let claims = customers.customers.iter().any(|customer| !customer.identifiers.is_empty());
    if claims && linkage.accounts_linked == 0 { Err(InputError::NothingLinked) } else { Ok(()) }
}

/// Fails when every event was ignored, because everybody would then be in the last tier.
pub(crate) fn refuse_all_ignored(tally: &Tally) -> Result<(), InputError> {
    if tally.used_total() > 0 {
        return Ok(());
    }
    let reasons = Ignored::ALL.iter().map(|&reason| (reason, tally.ignored_for(reason)));
    let reasons: Vec<String> = reasons
        .filter(|&(_, count)| count > 0)
        .map(|(reason, count)| format!("{count} {}", reason.code()))
        .collect();
    Err(InputError::NothingUsed { reasons: reasons.join(", ") })
}
