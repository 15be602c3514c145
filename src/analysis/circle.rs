//! Who are these people? From a word to rows of a run's scores.

use std::{collections::HashMap, fs, path::Path};

use super::FocusError;
use crate::{
    config::Whom,
    ids::offset64,
    report::{self, Filter},
    store::{Digest, Hasher, Run, Table},
    text,
};

/// What an id is of.
const PERSON: &str = "customer or account";

/// The rows of the people that `whom` names, rising, each once, and at least one.
pub(crate) fn rows(run: &Run, table: &Table, whom: &Whom) -> Result<Vec<usize>, FocusError> {
    let filter = match whom {
        Whom::Named(word) => return named(run, table, word),
        Whom::Id(id) => {
            let row = person(run, table, id)?;
            return row.map_or_else(|| Err(stranger(run, table, id, PERSON)), |row| Ok(vec![row]));
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

/// A file of ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdList {
    /// The ids in the order of the lines, each with the number of its line, from 1; at least one.
    pub ids: Vec<(usize, String)>,
    /// The length of the file.
    pub bytes: u64,
    /// The digest of its bytes.
    pub sha256: Digest,
}

/// Reads a file of ids, one a line.
///
/// - **Input**: UTF-8, lines that end in `\n` or `\r\n`; lines of blanks alone hold no id, a byte order mark is no
///   letter. Blanks are kept: an id may have them.
/// - **Output**: the ids letter for letter, repeats included, and the digest of the bytes that they were read from.
/// - **Cost**: O(bytes); the file is held once as it is and once as ids.
/// - **Same bits**: nothing is parallel.
/// - **Checked by**: `tests/it/analysis/personalized.rs`: a mark, both line ends, empty lines, repeats, faults with their lines.
///
/// # Errors
/// [`FocusError::List`] when the file cannot be read or is not UTF-8, [`FocusError::EmptyList`] when it holds no id.
pub fn read_ids(path: &Path) -> Result<IdList, FocusError> {
    let text = fs::read_to_string(path).map_err(|cause| FocusError::List { path: path.to_owned(), cause })?;
    let mut hasher = Hasher::default();
    hasher.update(text.as_bytes());
    let lines = text.trim_start_matches('\u{feff}').lines().zip(1..);
    let ids: Vec<_> =
        lines.filter(|(id, _)| !id.trim().is_empty()).map(|(id, line)| (line, id.to_owned())).collect();
    if ids.is_empty() {
        return Err(FocusError::EmptyList { path: path.to_owned() });
    }
    Ok(IdList { ids, bytes: offset64(text.len()), sha256: hasher.finish() })
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
        (None, Err(_)) => Err(stranger(run, table, word, "customer, account or tier")),
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
    let people = People::of(run, table)?;
    let mut rows = Vec::new();
    for (line, id) in read_ids(path)?.ids {
        rows.push(people.row(&id).ok_or_else(|| people.stranger(path, line, &id))?);
    }
    rows.sort_unstable();
    rows.dedup();
    Ok(rows)
}

/// Who is in a run, by id.
pub(crate) struct People<'t>(HashMap<&'t str, usize>);

impl<'t> People<'t> {
    pub(crate) fn of(run: &Run, table: &'t Table) -> Result<Self, FocusError> {
        let at = |cause| FocusError::table(run.id().as_str(), cause);
        let (ids, status) = (table.text("id").map_err(at)?, table.text("status").map_err(at)?);
        let mut row_of: HashMap<&str, usize> = HashMap::with_capacity(ids.len());
        for row in 0..ids.len() {
            let found = row_of.entry(&ids[row]).or_insert(row);
            if status[row] == report::CUSTOMER {
                *found = row;
            }
        }
        Ok(Self(row_of))
    }

    /// The row of an id from a list. A customer comes before an account that has the customer's id as its name, and an
    /// id with its blanks before the one that is left without those at its ends.
    pub(crate) fn row(&self, id: &str) -> Option<usize> {
        self.0.get(id).or_else(|| self.0.get(id.trim())).copied()
    }

    /// The error for the id of nobody in a list. Of ids that are as near the first by row is named.
    pub(crate) fn stranger(&self, path: &Path, line: usize, id: &str) -> FocusError {
        let mut known: Vec<(usize, &str)> = self.0.iter().map(|(id, row)| (*row, *id)).collect();
        known.sort_unstable();
        let nearest = text::nearest(id, known.into_iter().map(|(_, id)| id)).map(str::to_owned);
        let place = Some(format!("{}:{line}", path.display()));
        FocusError::UnknownPerson { sought: PERSON, given: id.to_owned(), place, nearest }
    }
}

/// The error for a word that means nobody, with the id, tier, channel or community that was probably meant.
fn stranger(run: &Run, table: &Table, given: &str, sought: &'static str) -> FocusError {
    let at = |cause| FocusError::table(run.id().as_str(), cause);
    let (ids, tiers, channels) = match (table.text("id"), table.text("tier"), table.text("channels")) {
        (Ok(ids), Ok(tiers), Ok(channels)) => (ids, tiers, channels),
        (Err(cause), ..) | (_, Err(cause), _) | (.., Err(cause)) => return at(cause),
    };
    let place = None;
    // The name of a channel is a segment that only lacks its prefix.
    if channels.iter().any(|names| names.split(';').any(|name| !name.is_empty() && name == given)) {
        let nearest = Some(Whom::Channel(given.to_owned()).to_string());
        return FocusError::UnknownPerson { sought, given: given.to_owned(), place, nearest };
    }
    let tiers = if sought == PERSON { &[][..] } else { tiers };
    let known = tiers.iter().chain(ids).map(String::as_str);
    let nearest = text::nearest(given, known).map(str::to_owned);
    FocusError::UnknownPerson { sought, given: given.to_owned(), place, nearest }
}
