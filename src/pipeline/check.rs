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

/// The bad rows of all files of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BadRows {
    /// Data rows.
    pub rows_read: u64,
    /// Rejected rows.
    pub rows_rejected: u64,
    /// The number of faults for each reason. A fault in a CRM row may leave the row in use, without one of its fields.
    pub by_reason: BTreeMap<String, u64>,
}

impl BadRows {
    /// The fraction of rows that are rejected.
    pub fn share(&self) -> f64 {
        if self.rows_read == 0 { 0.0 } else { self.rows_rejected as f64 / self.rows_read as f64 }
    }
}

/// The result of [`check`](super::check).
#[derive(Debug)]
pub struct CheckReport {
    /// Every input file.
    pub files: Vec<FileCheck>,
    /// The bad rows of the event files.
    pub events: BadRows,
    /// The bad rows and faults of the CRM files; `None` if there is no CRM file.
    pub crm: Option<BadRows>,
    /// The first bad rows and faults, with position and reason.
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
    /// The maximum fraction of bad event rows, and of bad CRM rows, that is allowed.
    pub max_rejected: f64,
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
    let events = BadRows {
        rows_read: inputs.events.rows_read(),
        rows_rejected: inputs.events.rows_rejected(),
        by_reason: rejected_by_reason(inputs),
    };
    let crm = inputs.customers.as_ref().map(|all| BadRows {
        rows_read: all.rows_read(),
        rows_rejected: all.rows_rejected(),
        by_reason: all.faults_by_code.iter().map(|(&code, &count)| (code.to_owned(), count)).collect(),
    });
    CheckReport {
        files: files.collect(),
        events,
        crm,
        first_bad: first_bad(inputs),
        accounts: offset64(inputs.events.accounts.len()),
        customers: offset64(people.customers.len()),
        withheld: offset64(people.withheld()),
        accounts_linked: people.linkage.accounts_linked,
        conflicts: offset64(people.linkage.conflicts.len()) + people.linkage.conflicts_withheld,
        as_of: window.as_of,
        max_rejected: plan.max_rejected,
        estimate: RunSizes::of(plan, limit_bytes, inputs).before_projection(),
        refusal,
    }
}

/// The first bad rows of events and of the CRM, as `file:line:column: reason`. CRM rows that are rejected come before
/// those that only lose a field.
fn first_bad(inputs: &Inputs) -> Vec<String> {
    let events = inputs.bad_event_rows().take(FIRST_BAD);
    let rejected = inputs.customer_faults(|fault| fault.drops_row);
    let crm = rejected.chain(inputs.customer_faults(|fault| !fault.drops_row));
    events.chain(crm.take(FIRST_BAD)).collect()
}
