//! The input files of a run as its manifest lists them.

use crate::{
    ids::offset64,
    inputs::Inputs,
    projection::Tally,
    selection::Topics,
    store::{InputEntry, InputRole},
};

/// Every input file with the counts of its rows; lists of topics and segments come last.
pub(crate) fn input_entries(inputs: &Inputs, topics: &Topics, tally: Option<&Tally>) -> Vec<InputEntry> {
    let events = (0_u16..).zip(&inputs.events.files).map(|(index, file)| InputEntry {
        path: file.path.display().to_string(),
        role: InputRole::Events,
        bytes: file.digest.bytes,
        sha256: file.digest.sha256,
        rows_read: file.rows_read,
        events_used: tally.map_or(0, |tally| tally.used(index)),
        events_ignored: tally.map_or(0, |tally| tally.ignored(index)),
        rows_rejected: file.rows_rejected,
    });
    let customers = inputs.customers.iter().flat_map(|all| &all.files).map(|file| InputEntry {
        path: file.path.display().to_string(),
        role: InputRole::Customers,
        bytes: file.digest.bytes,
        sha256: file.digest.sha256,
        rows_read: file.rows_read,
        events_used: 0,
        events_ignored: 0,
        rows_rejected: file.rows_rejected,
    });
    let lists = topics.lists().map(|list| InputEntry {
        path: list.path.display().to_string(),
        role: InputRole::Topic,
        bytes: list.bytes,
        sha256: list.sha256,
        rows_read: list.id_count,
        events_used: 0,
        events_ignored: 0,
        rows_rejected: 0,
    });
    let names = inputs.names.iter().map(|names| InputEntry {
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
