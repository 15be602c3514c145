//! Turns a selector into rows of a finished run's scores.

use super::{PersonIndex, SelectionError, error::PERSON};
use crate::{
    config::PeopleSelector,
    identity::{Consent, Denials},
    report::{self, CustomerFilter},
    store::{Run, StoreError},
    tables::{RunTable, Status, list_items, scores},
    text,
};

/// Who may be contacted: people with consent in a run who have not denied it since, for example in a run that was
/// refused.
pub(crate) struct ContactConsent {
    denials: Option<Denials>,
}

impl ContactConsent {
    pub(crate) fn of(run: &Run) -> Result<Self, StoreError> {
        let store = run.store();
        let decode = |bytes: Vec<u8>| Denials::from_bytes(&bytes).ok_or_else(|| store.damaged_denials());
        Ok(Self { denials: store.denials()?.map(decode).transpose()? })
    }

    /// Whether the person may be contacted; `consent` is the cell of that column.
    pub(crate) fn allows(&self, id: &str, consent: &str) -> bool {
        consent == Consent::Full.word() && !self.denials.as_ref().is_some_and(|denials| denials.remembers(id))
    }
}

/// The rows of the people that `selector` names: distinct, ascending, at least one. Ids of a list that the run does not
/// have are counted in `notes`.
pub(crate) fn select(
    run: &Run,
    table: &RunTable,
    selector: &PeopleSelector,
    notes: &mut Vec<String>,
) -> Result<Vec<usize>, SelectionError> {
    let mut filter = CustomerFilter::default();
    match selector {
        PeopleSelector::Named(word) => return id_or_tier(run, table, word),
        PeopleSelector::Id(id) => {
            let row = row_of(table, id)?;
            return row.map_or_else(|| Err(unknown_word(table, id, None)), |row| Ok(vec![row]));
        }
        PeopleSelector::File(path) => {
            let list = index_of(table)?.read_list(path)?;
            notes.extend(list.note);
            let mut rows: Vec<usize> = list.found.into_iter().map(|(row, _)| row).collect();
            rows.sort_unstable();
            rows.dedup();
            return Ok(rows);
        }
        PeopleSelector::Tier(name) => filter.tier = Some(name.clone()),
        PeopleSelector::Channel(name) => filter.channel = Some(name.clone()),
        PeopleSelector::Community(number) => {
            let bad_number = |_| SelectionError::BadCommunityNumber { given: number.clone() };
            filter.community = Some(number.parse().map_err(bad_number)?);
        }
    }
    let rows = report::customers(run, table, &filter)?;
    if rows.is_empty() { Err(SelectionError::Nobody { given: selector.to_string() }) } else { Ok(rows) }
}

/// An index of all people in a finished run; it finds the row of a person in the scores.
pub(crate) fn index_of(table: &RunTable) -> Result<PersonIndex<'_, usize>, SelectionError> {
    let (ids, status) = (table.get(scores::ID)?, table.get(scores::STATUS)?);
    let people = ids.iter().zip(status).enumerate();
    Ok(PersonIndex::new(people.map(|(row, (id, status))| (id.as_str(), row, Status::Customer.is(status)))))
}

/// The rows of a selector without a prefix: an id or a tier.
fn id_or_tier(run: &Run, table: &RunTable, word: &str) -> Result<Vec<usize>, SelectionError> {
    let filter = CustomerFilter { tier: Some(word.to_owned()), ..CustomerFilter::default() };
    let tier = report::customers(run, table, &filter);
    match (row_of(table, word)?, tier) {
        (Some(_), Ok(_)) => {
            let meanings = vec![format!("id:{word}"), format!("tier:{word}")];
            Err(SelectionError::Ambiguous { given: word.to_owned(), meanings })
        }
        (Some(row), Err(_)) => Ok(vec![row]),
        (None, Ok(rows)) => Ok(rows),
        (None, Err(_)) => Err(unknown_word(table, word, Some(table.get(scores::TIER)?))),
    }
}

/// The row of one id, found by a scan of all rows instead of an index. A customer comes before an account with the same
/// id.
fn row_of(table: &RunTable, id: &str) -> Result<Option<usize>, SelectionError> {
    let (ids, status) = (table.get(scores::ID)?, table.get(scores::STATUS)?);
    let found = (0..ids.len()).filter(|&row| ids[row] == id);
    Ok(found.min_by_key(|&row| !Status::Customer.is(&status[row])))
}

/// The error for an unknown word. It suggests a channel of that name, else the nearest id, or the nearest of ids and
/// `tiers` if a tier is possible.
fn unknown_word(table: &RunTable, given: &str, tiers: Option<&[String]>) -> SelectionError {
    let sought = if tiers.is_some() { "customer, account or tier" } else { PERSON };
    let (ids, channels) = match (table.get(scores::ID), table.get(scores::CHANNELS)) {
        (Ok(ids), Ok(channels)) => (ids, channels),
        (Err(error), _) | (_, Err(error)) => return error.into(),
    };
    // The name of a channel is a selector that only lacks its prefix.
    let is_channel = channels.iter().any(|names| list_items(names).any(|name| name == given));
    let nearest = if is_channel {
        Some(PeopleSelector::Channel(given.to_owned()).to_string())
    } else {
        text::nearest(given, tiers.into_iter().flatten().chain(ids).map(String::as_str)).map(str::to_owned)
    };
    SelectionError::UnknownPerson { sought, given: given.to_owned(), nearest }
}
