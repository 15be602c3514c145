//! Who has been written to lately, and who would be once too often?

use std::{collections::HashMap, path::Path};

use super::{CampaignError, crowd::Crowd};
use crate::{
    config::ContactLog,
    event::{ReadOptions, TextTable, Time},
    ids::offset64,
};

/// What a contact log says of the people of a run.
pub(super) struct Contacts {
    /// By row of the run's scores: contacts in the window.
    count: Vec<u32>,
    /// All contacts of the files.
    pub(super) read: u64,
    /// Those with nobody of this run.
    pub(super) strangers: u64,
    /// Those before the window.
    pub(super) past: u64,
}

impl Contacts {
    /// Reads the files of `log`. Contacts count from the window before `moment` on; later ones count as well.
    ///
    /// # Errors
    /// [`CampaignError`]: a file cannot be read, or a row of it: a contact that goes unseen could be one too many.
    pub(super) fn read(log: &ContactLog, moment: Option<Time>, crowd: &Crowd) -> Result<Self, CampaignError> {
        let since = match (log.window_s, moment) {
            (None, _) => Time(0),
            (Some(window), Some(moment)) => Time(moment.0.saturating_sub(window)),
            (Some(_), None) => return Err(CampaignError::NoMoment { run: crowd.run.clone() }),
        };
        let ids = crowd.text("id")?;
        let row_of: HashMap<&str, usize> =
            crowd.customers.iter().map(|&row| (ids[row].as_str(), row)).collect();
        let mut contacts = Self { count: vec![0; ids.len()], read: 0, strangers: 0, past: 0 };
        for path in log.files.expand()? {
            read_file(&path, log, |id, at| {
                contacts.read += 1;
                match row_of.get(id) {
                    None => contacts.strangers += 1,
                    Some(_) if at < since => contacts.past += 1,
                    Some(&row) => contacts.count[row] = contacts.count[row].saturating_add(1),
                }
            })?;
        }
        Ok(contacts)
    }

    /// How often the person of a row was contacted.
    pub(super) fn with(&self, row: usize) -> u32 {
        self.count[row]
    }

    /// How often the members of each group were, together; a row of no group has a number of its own from `groups` on.
    pub(super) fn by_group(&self, group: &[u32], groups: usize) -> Vec<u64> {
        let mut counts = vec![0; groups];
        for (&group, &count) in group.iter().zip(&self.count) {
            if let Some(sum) = counts.get_mut(group as usize) {
                *sum += u64::from(count);
            }
        }
        counts
    }

    /// Contacts in the window with people of this run.
    pub(super) fn counted(&self) -> u64 {
        self.read - self.strangers - self.past
    }
}

/// Hands every contact of a file over: whom, and when.
fn read_file(path: &Path, log: &ContactLog, mut each: impl FnMut(&str, Time)) -> Result<(), CampaignError> {
    let mut table = TextTable::open(path, log.delimiter, &ReadOptions::default())?;
    let (id, at) = (table.column(&log.id, "customer id")?, table.column(&log.at, "time")?);
    let names = [id, at].map(|column| table.names()[column].clone());
    while let Some(row) = table.next_row()? {
        let fault = |(line, column): (u64, u64), why: String| CampaignError::ContactRow {
            path: path.to_owned(),
            line,
            column,
            why,
        };
        if let Some(found) = row.fault() {
            return Err(fault((found.line, found.column), found.reason.to_string()));
        }
        let text = |column: usize, name: &str| {
            row.text(column).ok_or_else(|| fault(row.position(column), format!("column `{name}` is empty")))
        };
        let (customer, time) = (text(id, &names[0])?, text(at, &names[1])?);
        let time = Time::parse(time.as_bytes())
            .map_err(|why| fault(row.position(at), format!("`{}` {why}", crate::text::harmless(&time))))?;
        each(&customer, time);
    }
    // The rest of a packed file may be damaged.
    table.finish().map(|_| ()).map_err(CampaignError::from)
}

impl std::ops::AddAssign<&Contacts> for ContactCounts {
    fn add_assign(&mut self, log: &Contacts) {
        self.read += log.read;
        self.strangers += log.strangers;
        self.counted += log.counted();
    }
}

/// How many contacts stand in all logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContactCounts {
    /// Rows.
    pub read: u64,
    /// Of them, those with nobody of this run.
    pub strangers: u64,
    /// Of them, those in the window with people of this run.
    pub counted: u64,
    /// Logs.
    pub logs: u64,
}

impl ContactCounts {
    /// Of no log yet, `logs` to come.
    pub(super) fn of(logs: usize) -> Self {
        Self { logs: offset64(logs), ..Self::default() }
    }
}
