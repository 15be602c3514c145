//! Turns a selector into rows of a finished run's scores.

use super::{PersonIndex, SelectionError, error::PERSON};
use crate::{
    config::PeopleSelector,
    report::{self, Filter, ReportError},
    store::{Run, Table, TableError},
    text,
};

/// The value of `consent` of a customer who may be contacted.
pub(crate) const FULL_CONSENT: &str = "full";

/// The rows of the people that `selector` names, rising, each once, and at least one.
///
/// `table` has the columns `id`, `status`, `tier`, `rank`, `community_id` and `channels`.
pub(crate) fn select(
    run: &Run,
    table: &Table,
    selector: &PeopleSelector,
) -> Result<Vec<usize>, SelectionError> {
    let filter = match selector {
        PeopleSelector::Named(word) => return id_or_tier(run, table, word),
        PeopleSelector::Id(id) => {
            let row = row_of(run, table, id)?;
            return row.map_or_else(|| Err(unknown_word(run, table, id, None)), |row| Ok(vec![row]));
        }
        PeopleSelector::File(path) => {
            let (mut rows, _) = index_of(run, table)?.read_list(path)?;
            rows.sort_unstable();
            rows.dedup();
            return Ok(rows);
        }
        PeopleSelector::Tier(name) => Filter { tier: Some(name), ..Filter::default() },
        PeopleSelector::Channel(name) => Filter { channel: Some(name), ..Filter::default() },
        PeopleSelector::Community(number) => {
            let bad_number = |_| SelectionError::BadCommunityNumber { given: number.clone() };
            Filter { community: Some(number.parse().map_err(bad_number)?), ..Filter::default() }
        }
    };
    let rows = report::customers(run, table, &filter)?;
    if rows.is_empty() { Err(SelectionError::Nobody { given: selector.to_string() }) } else { Ok(rows) }
}

/// The index of everyone in a finished run, by row of its scores.
pub(crate) fn index_of<'t>(run: &Run, table: &'t Table) -> Result<PersonIndex<'t, usize>, SelectionError> {
    let (ids, status) = ids_and_status(run, table)?;
    let people = ids.iter().zip(status).enumerate();
    Ok(PersonIndex::new(people.map(|(row, (id, status))| (id.as_str(), row, status == report::CUSTOMER))))
}

/// The rows of a word without a prefix.
fn id_or_tier(run: &Run, table: &Table, word: &str) -> Result<Vec<usize>, SelectionError> {
    let tier = report::customers(run, table, &Filter { tier: Some(word), ..Filter::default() });
    match (row_of(run, table, word)?, tier) {
        (Some(_), Ok(_)) => {
            let meanings = vec![format!("id:{word}"), format!("tier:{word}")];
            Err(SelectionError::Ambiguous { given: word.to_owned(), meanings })
        }
        (Some(row), Err(_)) => Ok(vec![row]),
        (None, Ok(rows)) => Ok(rows),
        (None, Err(_)) => Err(unknown_word(run, table, word, Some(column(run, table.text("tier"))?))),
    }
}

/// The row of one id, found without an index of all. A customer comes before an account with the same id.
fn row_of(run: &Run, table: &Table, id: &str) -> Result<Option<usize>, SelectionError> {
    let (ids, status) = ids_and_status(run, table)?;
    let found = (0..ids.len()).filter(|&row| ids[row] == id);
    Ok(found.min_by_key(|&row| status[row] != report::CUSTOMER))
}

/// The error for a word that names nobody, with the nearest id or channel, or tier where it could be one of `tiers`.
fn unknown_word(run: &Run, table: &Table, given: &str, tiers: Option<&[String]>) -> SelectionError {
    let sought = if tiers.is_some() { "customer, account or tier" } else { PERSON };
    let columns =
        column(run, table.text("id")).and_then(|ids| Ok((ids, column(run, table.text("channels"))?)));
    let (ids, channels) = match columns {
        Ok(columns) => columns,
        Err(error) => return error,
    };
    // The name of a channel is a selector that only lacks its prefix.
    let is_channel =
        channels.iter().any(|names| names.split(';').any(|name| !name.is_empty() && name == given));
    let nearest = if is_channel {
        Some(PeopleSelector::Channel(given.to_owned()).to_string())
    } else {
        text::nearest(given, tiers.into_iter().flatten().chain(ids).map(String::as_str)).map(str::to_owned)
    };
    SelectionError::UnknownPerson { sought, given: given.to_owned(), place: None, nearest }
}

fn ids_and_status<'t>(run: &Run, table: &'t Table) -> Result<(&'t [String], &'t [String]), SelectionError> {
    Ok((column(run, table.text("id"))?, column(run, table.text("status"))?))
}

/// A column of `run`, or the error of a run that another version wrote.
fn column<'t>(run: &Run, column: Result<&'t [String], TableError>) -> Result<&'t [String], SelectionError> {
    column.map_err(|cause| ReportError::Table { run: run.id().as_str().to_owned(), cause }.into())
}
