//! Reads contact logs: how often each customer was contacted within the window.

use std::path::Path;

use super::{CampaignError, run_view::RunView};
use crate::{
    config::ContactLog,
    event::{self, ReadOptions, TextTable, Time},
    selection::PersonIndex,
    tables::scores,
};

/// From how many contacts on a log must know a customer of the run.
const CONTACTS_OF_A_WRONG_LOG: u64 = 10;

/// The contacts in one log with the people of a run.
pub(super) struct ContactHistory {
    /// By row of the run's scores: the number of contacts within the window.
    count: Vec<u32>,
    pub(super) counts: ContactCounts,
}

impl ContactHistory {
    /// Reads the files of `log`. Contacts count unless they are earlier than `moment` minus the length of the window;
    /// contacts after `moment` count too. An unreadable row or a damaged id is an error and is not skipped, because an
    /// unseen contact could exceed a limit; so is a log that knows no customer of the run.
    pub(super) fn read(
        log: &ContactLog,
        moment: Option<Time>,
        view: &RunView,
    ) -> Result<Self, CampaignError> {
        let since = match (log.window_s, moment) {
            (None, _) => Time(0),
            (Some(window), Some(moment)) => Time(moment.0.saturating_sub(window)),
            (Some(_), None) => return Err(CampaignError::NoMoment { run: view.run.clone() }),
        };
        let ids = view.table.get(scores::ID)?;
        let customers = PersonIndex::new(view.customers.iter().map(|&row| (ids[row].as_str(), row, true)));
        let (mut count, mut counts) =
            (vec![0_u32; ids.len()], ContactCounts { logs: 1, ..Default::default() });
        for path in log.files.expand()? {
            read_file(&path, log, |id, at| {
                counts.read += 1;
                match customers.get(id) {
                    None => counts.unknown += 1,
                    Some(_) if at < since => {}
                    Some(row) => {
                        counts.counted += 1;
                        count[row] = count[row].saturating_add(1);
                    }
                }
            })?;
        }
        if counts.read >= CONTACTS_OF_A_WRONG_LOG && counts.unknown == counts.read {
            let files = log.files.as_written();
            return Err(CampaignError::UnknownContacts { files, contacts: counts.read });
        }
        Ok(Self { count, counts })
    }

    pub(super) fn of(&self, row: usize) -> u32 {
        self.count[row]
    }

    /// For each group, the total number of contacts with its members. The group number of a row without a group is
    /// `groups` or larger.
    pub(super) fn by_group(&self, group: &[u32], groups: usize) -> Vec<u64> {
        let mut counts = vec![0; groups];
        for (&group, &count) in group.iter().zip(&self.count) {
            if let Some(sum) = counts.get_mut(group as usize) {
                *sum += u64::from(count);
            }
        }
        counts
    }
}

/// Calls `each` with the customer id and the time of every contact in a file.
fn read_file(path: &Path, log: &ContactLog, mut each: impl FnMut(&str, Time)) -> Result<(), CampaignError> {
    let mut table = TextTable::open(path, log.delimiter, log.shape, &ReadOptions::default())?;
    let (id, at) = (table.column(&log.id, "customer id")?, table.column(&log.at, "time")?);
    let names = [id, at].map(|column| table.names()[column].clone());
    while let Some(row) = table.next_row()? {
        let fault = |(line, column): (u64, u64), why: String| CampaignError::ContactRow {
            path: path.to_owned(),
            line,
            column,
            why,
        };
        if row.in_footer {
            // A contact that is not counted could be one too many.
            let time = row.text(at).is_some_and(|time| log.times.parse(time.as_bytes()).is_ok());
            if row.fault.is_none() && time && row.text(id).is_some() {
                let why =
                    "this line of the footer reads as a contact; `skip_footer` leaves it out".to_owned();
                return Err(fault(row.position(id), why));
            }
            continue;
        }
        if let Some(found) = &row.fault {
            return Err(fault((found.line, found.column), found.reason.to_string()));
        }
        let text = |column: usize, name: &str| {
            row.text(column).ok_or_else(|| fault(row.position(column), format!("column `{name}` is empty")))
        };
        let (customer, time) = (text(id, &names[0])?, text(at, &names[1])?);
        if event::is_damaged(&customer) {
            let name = &names[0];
            let why = format!("column `{name}` holds no id, but what a spreadsheet left of it");
            return Err(fault(row.position(id), why));
        }
        let time = log
            .times
            .parse(time.as_bytes())
            .map_err(|why| fault(row.position(at), format!("`{}` {why}", crate::text::harmless(&time))))?;
        each(&customer, time);
    }
    // The rest of a compressed file may be damaged.
    table.finish().map(|_| ()).map_err(CampaignError::from)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContactCounts {
    pub read: u64,
    /// The contacts read whose ids are not customers of the run.
    pub unknown: u64,
    /// The contacts read that are within the window and with customers of the run.
    pub counted: u64,
    pub logs: u64,
}
