//! What `plaudit check` reports of the input.

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

/// How many bad rows are shown.
const FIRST_BAD: usize = 10;

/// The row counts of one input file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCheck {
    /// Where it is.
    pub path: String,
    /// `events`, `customers` or `topic`.
    pub role: &'static str,
    /// Bytes on disk.
    pub bytes: u64,
    /// Data rows.
    pub rows_read: u64,
    /// Rows set aside.
    pub rows_rejected: u64,
}

/// The result of [`check`](super::check).
#[derive(Debug)]
pub struct CheckReport {
    /// Every input file.
    pub files: Vec<FileCheck>,
    /// Bad rows by reason.
    pub rejected: BTreeMap<String, u64>,
    /// The first bad rows, with place and reason.
    pub first_bad: Vec<String>,
    /// Accounts that events name.
    pub accounts: u64,
    /// Customers of the CRM files.
    pub customers: u64,
    /// Customers who may not be profiled.
    pub withheld: u64,
    /// Accounts linked to a customer.
    pub accounts_linked: u64,
    /// Contested identifiers.
    pub conflicts: u64,
    /// The as-of time of a run on this input.
    pub as_of: Option<Time>,
    /// Share of bad event rows, and the share that is allowed.
    pub rejected_share: (f64, f64),
    /// Memory of each stage.
    pub estimate: Estimate,
    /// Why a run would be refused after reading, if it would.
    pub refusal: Option<PipelineError>,
}

/// Reports on the input. `topics` is an error where a run would be refused.
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
