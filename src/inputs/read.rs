//! Reads all event and CRM files of a plan, and lists bad rows by position without naming withheld people.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::InputError;
use crate::{
    config::Plan,
    event::{self, EventLayout, EventTable, ReadOptions, Reject, Source},
    history::CommunityNames,
    identity::{self, CustomerFault, CustomerSource, Customers, WithheldNames},
    ids::offset64,
    progress::Observer,
    text::{counted, noun},
};

pub(crate) struct Inputs {
    pub(crate) events: EventTable,
    /// The customers; `None` if there is no CRM file.
    pub(crate) customers: Option<Customers>,
    /// The names of communities; `None` if users gave no names, and before the store is opened.
    pub(crate) names: Option<CommunityNames>,
    /// The layout of each event file.
    layouts: Vec<EventLayout>,
    /// The names that no output and no message may show.
    withheld: WithheldNames,
}

/// Replaces text that names a withheld person, in outputs and messages.
pub(crate) const WITHHELD: &str = "(withheld)";

/// Reads all event and CRM files of the plan, and fails once more than `max_events` were read.
pub(crate) fn read(plan: &Plan, max_events: usize, observer: &dyn Observer) -> Result<Inputs, InputError> {
    let customers = customer_sources(plan)?;
    let sources = event_sources(plan)?;
    let has_crm = !customers.is_empty();
    let read_customers = || identity::read_customers(&customers, &plan.channels, &plan.consent);
    let customers = has_crm.then(read_customers).transpose().map_err(InputError::Identity)?;
    let total = sources.iter().filter_map(|source| source.path.metadata().ok()).map(|data| data.len()).sum();
    let kinds: Vec<String> = plan.weights.kinds.iter().map(|kind| kind.name.clone()).collect();
    let done = AtomicU64::new(0);
    let advance = |more| observer.advance(done.fetch_add(more, Relaxed) + more, total);
    let options = ReadOptions { max_events, ..ReadOptions::default() };
    let events = event::read(&sources, &kinds, &plan.channels, &advance, &options)?;
    let layouts = sources.into_iter().map(|source| source.layout).collect();
    let withheld = WithheldNames::new(customers.as_ref());
    Ok(Inputs { events, customers, names: None, layouts, withheld })
}

impl Inputs {
    /// Notes each file whose fraction of bad rows is above `max_rejected`, the limit for all files together, and the
    /// number of bad rows that are counted but not listed.
    pub(crate) fn note_bad_files(&self, max_rejected: f64, observer: &dyn Observer) {
        for file in &self.events.files {
            if file.rows_rejected as f64 > max_rejected * file.rows_read as f64 {
                let (path, bad, read) = (file.path.display(), file.rows_rejected, file.rows_read);
                let (rows, are) = (noun(read, "row", "rows"), noun(bad, "is", "are"));
                observer.note(&format!(
                    "{path}: {bad} of {read} {rows} {are} bad; the files together are within the limit"
                ));
            }
        }
        let unlisted = self.unlisted_rejects();
        if unlisted > 0 {
            let rows = counted(unlisted, "bad row is", "bad rows are");
            observer.note(&format!("{rows} counted but not listed in rejects.csv"));
        }
    }

    pub(crate) fn unlisted_rejects(&self) -> u64 {
        self.events.rejects.total() - offset64(self.events.rejects.kept.len())
    }

    /// Whether the text of a bad event row, and the message that quotes it, must not be shown.
    pub(crate) fn hides(&self, reject: &Reject) -> bool {
        let layout = &self.layouts[usize::from(reject.file)];
        self.withheld.hide_row(&reject.raw, reject.raw_is_cut, layout)
    }

    /// The bad event rows that were kept, each as `file:line:column: reason`.
    pub(crate) fn bad_event_rows(&self) -> impl Iterator<Item = String> {
        self.events.rejects.kept.iter().map(|reject| {
            let path = self.events.files[usize::from(reject.file)].path.display();
            let (line, column) = (reject.line, reject.column);
            if self.hides(reject) {
                return format!("{path}:{line}:{column}: {} {WITHHELD}", reject.reason.code());
            }
            format!("{path}:{line}:{column}: {}", reject.reason)
        })
    }

    /// The faults of CRM rows, each as `file:line:column: reason`.
    pub(crate) fn customer_faults(&self, keep: fn(&CustomerFault) -> bool) -> impl Iterator<Item = String> {
        self.customers.iter().flat_map(move |all| {
            all.faults.iter().filter(move |fault| keep(fault)).map(|fault| {
                let path = all.files[fault.file].path.display();
                format!("{path}:{}:{}: {}", fault.line, fault.column, fault.message)
            })
        })
    }
}

fn event_sources(plan: &Plan) -> Result<Vec<Source>, InputError> {
    let mut sources = Vec::new();
    for table in &plan.events {
        sources.extend(table.files.expand()?.into_iter().map(|path| table.source(path)));
    }
    Ok(sources)
}

fn customer_sources(plan: &Plan) -> Result<Vec<CustomerSource>, InputError> {
    let mut sources = Vec::new();
    for table in &plan.customers {
        sources.extend(table.files.expand()?.into_iter().map(|path| table.source(path)));
    }
    Ok(sources)
}
