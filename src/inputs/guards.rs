//! Refuses input that is too poor to publish a run: too many bad rows, no events, nothing linked, nothing used.

use super::{InputError, Inputs};
use crate::{
    identity::Linkage,
    projection::{Ignored, Tally},
};

/// Fails when the share of bad rows is above the limit.
pub(crate) fn refuse_bad_rows(max_rejected: f64, inputs: &Inputs) -> Result<(), InputError> {
    let events = &inputs.events;
    let first = || inputs.bad_event_rows().next();
    refuse_share(max_rejected, "event", events.rows_rejected(), events.rows_read(), first)?;
    let Some(customers) = &inputs.customers else { return Ok(()) };
    let first = || inputs.customer_faults(|fault| fault.drops_row).next();
    refuse_share(max_rejected, "customer", customers.rows_rejected(), customers.rows_read(), first)
}

fn refuse_share(
    max_rejected: f64,
    what: &'static str,
    bad: u64,
    read: u64,
    first: impl FnOnce() -> Option<String>,
) -> Result<(), InputError> {
    if bad as f64 <= max_rejected * read as f64 {
        return Ok(());
    }
    let first = first().unwrap_or_default();
    Err(InputError::TooManyBadRows { what, bad, read, allowed: max_rejected, first })
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
        return Err(InputError::NoEvents { files });
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
