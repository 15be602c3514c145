//! Who are these people? From a word to rows of a run's scores.

use std::{collections::HashMap, fs, path::Path};

use super::FocusError;
use crate::{
    config::Whom,
    report::{self, Filter},
    store::{Run, Table},
    words,
};

/// The rows of the people that `whom` names, rising, each once, and at least one.
pub(super) fn rows(run: &Run, table: &Table, whom: &Whom) -> Result<Vec<usize>, FocusError> {
    let filter = match whom {
        Whom::Named(word) => return named(run, table, word),
        Whom::Id(id) => {
            return person(run, table, id)?
                .map_or_else(|| Err(stranger(run, table, id)), |row| Ok(vec![row]));
        }
        Whom::File(path) => return listed(run, table, path),
        Whom::Tier(name) => Filter { tier: Some(name), ..Filter::default() },
        Whom::Channel(name) => Filter { channel: Some(name), ..Filter::default() },
        Whom::Community(number) => {
            let number = number.parse().map_err(|_| FocusError::NoNumber { given: number.clone() })?;
            Filter { community: Some(number), ..Filter::default() }
        }
    };
    let rows = report::customers(run, table, &filter)?;
    if rows.is_empty() { Err(FocusError::Nobody { given: whom.to_string() }) } else { Ok(rows) }
}

/// The lines of a file of ids, with their numbers from 1. Empty lines are none, and a byte order mark is no letter.
///
/// # Errors
/// [`FocusError::List`] when the file cannot be read or is not UTF-8, [`FocusError::Nobody`] when it holds no id.
pub fn read_ids(path: &Path) -> Result<Vec<(usize, String)>, FocusError> {
    let text = fs::read_to_string(path).map_err(|cause| FocusError::List { path: path.to_owned(), cause })?;
    let lines = text.trim_start_matches('\u{feff}').lines().zip(1..);
    let ids: Vec<_> =
        lines.filter(|(id, _)| !id.is_empty()).map(|(id, line)| (line, id.to_owned())).collect();
    if ids.is_empty() {
        return Err(FocusError::Nobody { given: Whom::File(path.to_owned()).to_string() });
    }
    Ok(ids)
}

/// A word without a prefix: an id, or a tier.
fn named(run: &Run, table: &Table, word: &str) -> Result<Vec<usize>, FocusError> {
    let tier = report::customers(run, table, &Filter { tier: Some(word), ..Filter::default() });
    match (person(run, table, word)?, tier) {
        (Some(_), Ok(_)) => {
            let meanings = vec![format!("id:{word}"), format!("tier:{word}")];
            Err(FocusError::Ambiguous { given: word.to_owned(), meanings })
        }
        (Some(row), Err(_)) => Ok(vec![row]),
        (None, Ok(rows)) => Ok(rows),
        (None, Err(_)) => Err(stranger(run, table, word)),
    }
}

/// The row of an id. A customer comes before an account that has the customer's id as its name.
fn person(run: &Run, table: &Table, id: &str) -> Result<Option<usize>, FocusError> {
    let at = |cause| FocusError::table(run.id().as_str(), cause);
    let (ids, status) = (table.text("id").map_err(at)?, table.text("status").map_err(at)?);
    let found = (0..ids.len()).filter(|&row| ids[row] == id);
    Ok(found.min_by_key(|&row| status[row] != report::CUSTOMER))
}

/// Everyone in a list.
fn listed(run: &Run, table: &Table, path: &Path) -> Result<Vec<usize>, FocusError> {
    let at = |cause| FocusError::table(run.id().as_str(), cause);
    let (ids, status) = (table.text("id").map_err(at)?, table.text("status").map_err(at)?);
    let mut row_of: HashMap<&str, usize> = HashMap::with_capacity(ids.len());
    for row in 0..ids.len() {
        let found = row_of.entry(&ids[row]).or_insert(row);
        if status[row] == report::CUSTOMER {
            *found = row;
        }
    }
    let mut rows = Vec::new();
    for (line, id) in read_ids(path)? {
        let Some(&row) = row_of.get(id.as_str()) else {
            let nearest = words::nearest(&id, ids.iter().map(String::as_str)).map(str::to_owned);
            let place = Some(format!("{}:{line}", path.display()));
            return Err(FocusError::UnknownPerson { given: id, place, nearest });
        };
        rows.push(row);
    }
    rows.sort_unstable();
    rows.dedup();
    Ok(rows)
}

/// The error for a word that means nobody, with the id, tier, channel or community that was probably meant.
fn stranger(run: &Run, table: &Table, given: &str) -> FocusError {
    let at = |cause| FocusError::table(run.id().as_str(), cause);
    let (ids, tiers, channels) = match (table.text("id"), table.text("tier"), table.text("channels")) {
        (Ok(ids), Ok(tiers), Ok(channels)) => (ids, tiers, channels),
        (Err(cause), ..) | (_, Err(cause), _) | (.., Err(cause)) => return at(cause),
    };
    let place = None;
    // The name of a channel is a segment that only lacks its prefix.
    if channels.iter().any(|names| names.split(';').any(|name| !name.is_empty() && name == given)) {
        let nearest = Some(Whom::Channel(given.to_owned()).to_string());
        return FocusError::UnknownPerson { given: given.to_owned(), place, nearest };
    }
    let known = tiers.iter().chain(ids).map(String::as_str);
    let nearest = words::nearest(given, known).map(str::to_owned);
    FocusError::UnknownPerson { given: given.to_owned(), place, nearest }
}
