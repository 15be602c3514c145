//! The report of `plaudit check` on the input.

use std::collections::BTreeMap;

use super::{Estimate, PipelineError, estimate::RunSizes};
use crate::{
    config::Plan,
    event::Time,
    identity::People,
    ids::offset64,
    inputs::Inputs,
    projection::Window,
    publish::{input_entries, rejected_by_reason},
    selection::Topics,
    store::InputRole,
};

/// The number of bad rows that are shown.
const FIRST_BAD: usize = 10;

/// The row counts of one input file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCheck {
    /// The path of the file.
    pub path: String,
    /// `events`, `customers` or `topic`.
    pub role: &'static str,
    /// Bytes on disk.
    pub bytes: u64,
    /// Data rows.
    pub rows_read: u64,
    /// Rejected rows.
    pub rows_rejected: u64,
}

/// The result of [`check`](super::check).
#[derive(Debug)]
pub struct CheckReport {
    /// Every input file.
    pub files: Vec<FileCheck>,
    /// The number of bad rows for each reason.
    pub rejected: BTreeMap<String, u64>,
    /// The first bad rows, with position and reason.
    pub first_bad: Vec<String>,
    /// The number of accounts in the events.
    pub accounts: u64,
    /// The number of customers in the CRM files.
    pub customers: u64,
    /// The number of customers who may not be profiled.
    pub withheld: u64,
    /// The number of accounts linked to a customer.
    pub accounts_linked: u64,
    /// The number of contested identifiers.
    pub conflicts: u64,
    /// The as-of time of a run on this input.
    pub as_of: Option<Time>,
    /// The fraction of bad event rows, and the maximum fraction that is allowed.
    pub rejected_share: (f64, f64),
    /// The estimated memory of each stage.
    pub estimate: Estimate,
    /// The error with which a run would be refused after reading; `None` if it would not be refused.
    pub refusal: Option<PipelineError>,
}

/// Reports on the input. `topics` is an error if a run would be refused because of it.
pub(super) fn check_report(
    plan: &Plan,
    limit_bytes: Option<u64>,
    inputs: &Inputs,
    people: &People<'_>,
    window: Window,
    topics: Result<Topics, PipelineError>,
) -> CheckReport {
    let (topics, refusal) = match topics {
        Ok(topics) => (topics, None),
        Err(refusal) => (Topics::default(), Some(refusal)),
    };
    let files = input_entries(inputs, &topics, None).into_iter().map(|entry| FileCheck {
        path: entry.path,
        role: match entry.role {
            InputRole::Events => "events",
            InputRole::Customers => "customers",
            InputRole::Topic => "topic",
            InputRole::Names => "names",
        },
        bytes: entry.bytes,
        rows_read: entry.rows_read,
        rows_rejected: entry.rows_rejected,
    });
    let (rows, bad) = (inputs.events.rows_read(), inputs.events.rows_rejected());
    let share = if rows == 0 { 0.0 } else { bad as f64 / rows as f64 };
    CheckReport {
        files: files.collect(),
        rejected: rejected_by_reason(inputs),
        first_bad: first_bad(inputs),
        accounts: offset64(inputs.events.accounts.len()),
        customers: offset64(people.customers.len()),
        withheld: offset64(people.withheld()),
        accounts_linked: people.linkage.accounts_linked,
        conflicts: offset64(people.linkage.conflicts.len()) + people.linkage.conflicts_withheld,
        as_of: window.as_of,
        rejected_share: (share, plan.max_rejected),
        estimate: RunSizes::of(plan, limit_bytes, inputs).before_projection(),
        refusal,
    }
}

/// The first bad rows of events and of the CRM, as `file:line:column: reason`.
fn first_bad(inputs: &Inputs) -> Vec<String> {
    let events = inputs.bad_event_rows().take(FIRST_BAD);
    events.chain(inputs.customer_faults(|_| true).take(FIRST_BAD)).collect()
}
