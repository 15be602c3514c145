//! Reads all event and CRM files of a plan, and lists bad rows by position without naming withheld people.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use rayon::prelude::*;

use super::InputError;
use crate::{
    config::{CustomerFiles, EventSource, Files, Plan},
    event::{self, AccountId, AccountTable, EventLayout, EventTable, FileReport, ReadOptions, Reject},
    history::CommunityNames,
    identity::{self, CustomerFault, Customers, Denials, DenialsApplied, WithheldNames},
    ids::{id32, offset64},
    progress::Observer,
    text::{counted, noun},
};

pub(crate) struct Inputs {
    pub(crate) events: EventTable,
    /// The customers; `None` if there is no CRM file.
    pub(crate) customers: Option<Customers>,
    /// The names of communities; `None` if users gave no names, and before the store is opened.
    pub(crate) names: Option<CommunityNames>,
    /// Who denied consent, in this run or an earlier one.
    pub(crate) denials: Arc<Denials>,
    /// What the memory of denials changed in the customers.
    pub(crate) denials_applied: DenialsApplied,
    /// `nobody[AccountId]`: whether the account is a placeholder; `None` if none is.
    pub(crate) nobody: Option<Vec<bool>>,
    /// The rows of each `[[events]]` and `[[customers]]` table, by its `path`.
    pub(crate) source_rows: Vec<(String, u64)>,
    /// The layout of each event file.
    layouts: Vec<EventLayout>,
    /// The names that no output and no message may show.
    withheld: WithheldNames,
}

/// Replaces text that names a withheld person, in outputs and messages.
pub(crate) const WITHHELD: &str = "(withheld)";

/// The customers of all CRM files, and the rows of each `[[customers]]` table by its `path`.
pub(crate) struct CrmInput {
    pub(crate) customers: Customers,
    table_rows: Vec<(String, u64)>,
}

/// Reads all CRM files of the plan; `None` if there are no such files.
pub(crate) fn read_crm(plan: &Plan) -> Result<Option<CrmInput>, InputError> {
    let (tables, sources) = expand(&plan.customers, |table| &table.files, CustomerFiles::source)?;
    if sources.is_empty() {
        return Ok(None);
    }
    let customers = identity::read_customers(&sources, &plan.channels, &plan.consent, &plan.placeholders);
    let customers = customers.map_err(InputError::Identity)?;
    let names = plan.customers.iter().map(|table| table.files.as_written());
    let table_rows = rows_by_table(names, &tables, &customers.files);
    Ok(Some(CrmInput { customers, table_rows }))
}

/// Reads all event files of the plan, and fails once more than `max_events` were read. `denials` are those of this run
/// and of earlier ones, and are applied to the customers.
pub(crate) fn read(
    plan: &Plan,
    crm: Option<CrmInput>,
    mut denials: Denials,
    max_events: usize,
    observer: &dyn Observer,
) -> Result<Inputs, InputError> {
    let (tables, sources) = expand(&plan.events, |table| &table.files, EventSource::source)?;
    let (mut customers, crm_rows) =
        crm.map_or((None, Vec::new()), |crm| (Some(crm.customers), crm.table_rows));
    let denials_applied = customers.as_mut().map(|all| denials.apply(all)).unwrap_or_default();
    let denials = Arc::new(denials);
    let total = sources.iter().filter_map(|source| source.path.metadata().ok()).map(|data| data.len()).sum();
    let kinds: Vec<String> = plan.weights.kinds.iter().map(|kind| kind.name.clone()).collect();
    let done = AtomicU64::new(0);
    let advance = |more| observer.advance(done.fetch_add(more, Relaxed) + more, total);
    let options = ReadOptions { max_events, ..ReadOptions::default() };
    let events = event::read(&sources, &kinds, &plan.channels, &advance, &options)?;
    let nobody = nobody(&plan.placeholders, &events.accounts);
    let names = plan.events.iter().map(|table| table.files.as_written());
    let source_rows = [rows_by_table(names, &tables, &events.files), crm_rows].concat();
    let layouts = sources.into_iter().map(|source| source.layout).collect();
    let withheld = WithheldNames::new(customers.as_ref(), Arc::clone(&denials));
    Ok(Inputs {
        events,
        customers,
        names: None,
        denials,
        denials_applied,
        nobody,
        source_rows,
        layouts,
        withheld,
    })
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
        let customers = self.customers.iter().flat_map(|all| &all.files);
        for file in self.events.files.iter().chain(customers).filter(|file| file.footer_rows > 0) {
            let (path, count) = (file.path.display(), file.footer_rows);
            let lines = counted(count, "line reads as a row", "lines read as rows");
            observer.note(&format!(
                "{path}: {lines} and {} left out by `skip_footer`: the file may have no footer",
                noun(count, "is", "are")
            ));
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

/// Which accounts are placeholders.
fn nobody(placeholders: &[String], accounts: &AccountTable) -> Option<Vec<bool>> {
    // Most handles are longer than every placeholder, and need no further look.
    let longest = placeholders.iter().map(String::len).max()?;
    let is_nobody = |&account: &usize| {
        let key = accounts.key(AccountId(id32(account)));
        let handle = key.split_once(':').map_or(key, |(_, handle)| handle);
        handle.len() <= longest && event::is_placeholder(handle, placeholders)
    };
    let found: Vec<usize> = (0..accounts.len()).into_par_iter().filter(is_nobody).collect();
    let mut nobody = vec![false; if found.is_empty() { 0 } else { accounts.len() }];
    for &account in &found {
        nobody[account] = true;
    }
    (!found.is_empty()).then_some(nobody)
}

/// The rows of each table by its name; `tables` has the number of the table of each file.
fn rows_by_table(
    names: impl Iterator<Item = String>,
    tables: &[usize],
    files: &[FileReport],
) -> Vec<(String, u64)> {
    let mut rows: Vec<(String, u64)> = names.map(|name| (name, 0)).collect();
    for (&table, file) in tables.iter().zip(files) {
        rows[table].1 += file.rows_read;
    }
    rows
}

/// The files of these tables as `source` makes them, and the number of the table of each.
fn expand<T, S>(
    tables: &[T],
    files: impl Fn(&T) -> &Files,
    source: impl Fn(&T, PathBuf) -> S,
) -> Result<(Vec<usize>, Vec<S>), InputError> {
    let (mut numbers, mut sources) = (Vec::new(), Vec::new());
    for (number, table) in tables.iter().enumerate() {
        for path in files(table).expand()? {
            numbers.push(number);
            sources.push(source(table, path));
        }
    }
    Ok((numbers, sources))
}
