//! Which files are read, and what is too bad to go on with.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{PipelineError, estimate, names::CommunityNames, topics::Starts};
use crate::{
    config::Plan,
    event::{self, EventError, EventTable, Layout, ReadOptions, Reject, Source},
    identity::{self, CustomerFault, CustomerSource, Customers, Linkage, WithheldNames},
    ids::offset64,
    progress::Observer,
    projection::{Ignored, Tally},
    store::{InputEntry, InputRole},
    text::{counted, noun},
};

/// Everything that was read.
pub(super) struct Inputs {
    /// The events and the accounts that they name.
    pub(super) events: EventTable,
    /// The customers; `None` where there is no CRM file.
    pub(super) customers: Option<Customers>,
    /// The names of communities; `None` where nobody gave any, and before the store is looked at.
    pub(super) names: Option<CommunityNames>,
    /// The layout of each event file.
    layouts: Vec<Layout>,
    /// Whom no output and no message may name.
    withheld: WithheldNames,
}

/// What stands in outputs and messages instead of text that names somebody who may not be profiled.
pub(super) const WITHHELD: &str = "(withheld)";

/// Reads all event and CRM files of the plan.
pub(super) fn read(
    plan: &Plan,
    limit_bytes: Option<u64>,
    observer: &dyn Observer,
) -> Result<Inputs, PipelineError> {
    let customers = customer_sources(plan)?;
    let sources = event_sources(plan)?;
    let customers = match customers[..] {
        [] => None,
        _ => Some(identity::read_customers(&customers, &plan.channels, &plan.consent)?),
    };
    let total = sources.iter().filter_map(|source| source.path.metadata().ok()).map(|data| data.len()).sum();
    let kinds: Vec<String> = plan.weights.kinds.iter().map(|kind| kind.name.clone()).collect();
    let done = AtomicU64::new(0);
    let advance = |more| observer.advance(done.fetch_add(more, Relaxed) + more, total);
    let max_events = limit_bytes.map_or(usize::MAX, estimate::events_that_fit);
    let options = ReadOptions { max_events, ..ReadOptions::default() };
    match event::read(&sources, &kinds, &plan.channels, &advance, &options) {
        Ok(events) => {
            let layouts = sources.into_iter().map(|source| source.layout).collect();
            let withheld = WithheldNames::new(customers.as_ref());
            Ok(Inputs { events, customers, names: None, layouts, withheld })
        }
        Err(EventError::TooManyEvents { .. }) => {
            Err(estimate::too_many_events(limit_bytes.unwrap_or(u64::MAX)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Fails when more rows are bad than the plan allows: nothing may be published from such input.
pub(super) fn refuse_bad_rows(plan: &Plan, inputs: &Inputs) -> Result<(), PipelineError> {
    let events = &inputs.events;
    let first = || inputs.bad_event_rows().next();
    refuse_share(plan, "event", events.rows_rejected(), events.rows_read(), first)?;
    let Some(customers) = &inputs.customers else { return Ok(()) };
    let first = || inputs.customer_faults(|fault| fault.drops_row).next();
    refuse_share(plan, "customer", customers.rows_rejected(), customers.rows_read(), first)
}

fn refuse_share(
    plan: &Plan,
    what: &'static str,
    bad: u64,
    read: u64,
    first: impl FnOnce() -> Option<String>,
) -> Result<(), PipelineError> {
    if bad as f64 <= plan.max_rejected * read as f64 {
        return Ok(());
    }
    let first = first().unwrap_or_default();
    Err(PipelineError::TooManyBadRows { what, bad, read, allowed: plan.max_rejected, first })
}

/// Fails when there is no event at all, or no customer in the CRM files: tiers of nothing would wipe out those of last
/// night, and with an empty CRM everybody, also who has denied it, would be a prospect.
pub(super) fn refuse_nothing(inputs: &Inputs) -> Result<(), PipelineError> {
    if let Some(customers) = inputs.customers.as_ref().filter(|all| all.customers.is_empty()) {
        let files = customers.files.iter().map(|file| file.path.display().to_string()).collect();
        return Err(PipelineError::NoCustomers { files });
    }
    if inputs.events.events.is_empty() {
        let files = inputs.events.files.iter().map(|file| file.path.display().to_string()).collect();
        return Err(PipelineError::NoEvents { files });
    }
    Ok(())
}

/// Fails when the CRM knows none of the accounts: a namespace or a column is surely wrong.
pub(super) fn refuse_unlinked(inputs: &Inputs, linkage: &Linkage) -> Result<(), PipelineError> {
    let Some(customers) = &inputs.customers else { return Ok(()) };
    let claims = customers.customers.iter().any(|customer| !customer.identifiers.is_empty());
    if claims && linkage.accounts_linked == 0 { Err(PipelineError::NothingLinked) } else { Ok(()) }
}

/// Fails when no event counts: everybody would be in the last tier.
pub(super) fn refuse_all_ignored(tally: &Tally) -> Result<(), PipelineError> {
    if tally.used_total() > 0 {
        return Ok(());
    }
    let reasons = Ignored::ALL.iter().map(|&reason| (reason, tally.ignored_for(reason)));
    let reasons: Vec<String> = reasons
        .filter(|&(_, count)| count > 0)
        .map(|(reason, count)| format!("{count} {}", reason.code()))
        .collect();
    Err(PipelineError::NothingUsed { reasons: reasons.join(", ") })
}

impl Inputs {
    /// Every input file with what became of its rows, the lists of `starts` behind the others.
    pub(super) fn entries(&self, starts: &Starts, tally: Option<&Tally>) -> Vec<InputEntry> {
        let events = (0_u16..).zip(&self.events.files).map(|(index, file)| InputEntry {
            path: file.path.display().to_string(),
            role: InputRole::Events,
            bytes: file.bytes,
            sha256: file.sha256,
            rows_read: file.rows_read,
            events_used: tally.map_or(0, |tally| tally.used(index)),
            events_ignored: tally.map_or(0, |tally| tally.ignored(index)),
            rows_rejected: file.rows_rejected,
        });
        let customers = self.customers.iter().flat_map(|all| &all.files).map(|file| InputEntry {
            path: file.path.display().to_string(),
            role: InputRole::Customers,
            bytes: file.digest.bytes,
            sha256: file.digest.sha256,
            rows_read: file.rows_read,
            events_used: 0,
            events_ignored: 0,
            rows_rejected: file.rows_rejected,
        });
        let lists = starts.lists().map(|list| InputEntry {
            path: list.path.display().to_string(),
            role: InputRole::Topic,
            bytes: list.bytes,
            sha256: list.sha256,
            rows_read: list.ids,
            events_used: 0,
            events_ignored: 0,
            rows_rejected: 0,
        });
        let names = self.names.iter().map(|names| InputEntry {
            path: names.path.display().to_string(),
            role: InputRole::Names,
            bytes: names.digest.bytes,
            sha256: names.digest.sha256,
            rows_read: offset64(names.names.len()) + names.faults.count,
            events_used: 0,
            events_ignored: 0,
            rows_rejected: names.faults.count,
        });
        let mut entries: Vec<InputEntry> = events.chain(customers).chain(names).collect();
        for list in lists {
            // Several topics and segments may name one list.
            if !entries.contains(&list) {
                entries.push(list);
            }
        }
        entries
    }

    /// Tells of files that are worse than the whole may be, and of bad rows that are counted but not listed.
    pub(super) fn note_bad_files(&self, plan: &Plan, observer: &dyn Observer) {
        for file in &self.events.files {
            if file.rows_rejected as f64 > plan.max_rejected * file.rows_read as f64 {
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

    /// Bad event rows that are only counted.
    pub(super) fn unlisted_rejects(&self) -> u64 {
        self.events.rejects.total() - offset64(self.events.rejects.kept.len())
    }

    /// Whether the text of a bad event row, and the message that quotes it, must not be shown.
    pub(super) fn hides(&self, reject: &Reject) -> bool {
        let layout = &self.layouts[usize::from(reject.file)];
        self.withheld.hide_row(&reject.raw, reject.raw_is_cut, layout)
    }

    /// The bad event rows that were kept, each as `file:line:column: reason`.
    pub(super) fn bad_event_rows(&self) -> impl Iterator<Item = String> {
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
    pub(super) fn customer_faults(&self, keep: fn(&CustomerFault) -> bool) -> impl Iterator<Item = String> {
        self.customers.iter().flat_map(move |all| {
            all.faults.iter().filter(move |fault| keep(fault)).map(|fault| {
                let path = all.files[fault.file].path.display();
                format!("{path}:{}:{}: {}", fault.line, fault.column, fault.message)
            })
        })
    }
}

fn event_sources(plan: &Plan) -> Result<Vec<Source>, PipelineError> {
    let mut sources = Vec::new();
    for table in &plan.events {
        sources.extend(table.files.expand()?.into_iter().map(|path| table.source(path)));
    }
    Ok(sources)
}

fn customer_sources(plan: &Plan) -> Result<Vec<CustomerSource>, PipelineError> {
    let mut sources = Vec::new();
    for table in &plan.customers {
        sources.extend(table.files.expand()?.into_iter().map(|path| table.source(path)));
    }
    Ok(sources)
}
