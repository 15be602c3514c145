//! Finds people by id.

use std::{collections::HashMap, path::Path};

use super::{IdList, SelectionError, error::PERSON, read_ids};
use crate::{
    ids::offset64,
    text::{self, counted, noun},
};

/// The people of a list file who are in a table of people.
#[derive(Clone, Debug)]
pub struct FoundList<T> {
    /// The position and the id, as written, of each id that is known, in line order; at least one.
    pub found: Vec<(T, String)>,
    pub list: IdList,
    /// How many ids of the list are unknown, in words; `None` if all are known.
    pub note: Option<String>,
}

/// Maps each id to its position in a table of people; `T` is a row index or a node id.
///
/// If a customer and an account have the same id, the customer is found.
#[derive(Clone, Debug)]
pub struct PersonIndex<'p, T> {
    of_id: HashMap<&'p str, T>,
}

impl<'p, T: Copy + Ord> PersonIndex<'p, T> {
    /// Indexes people, each given as id, position and whether the person is a customer. If several customers have the
    /// same id, the last one is found; if several accounts have it, the first one is found.
    ///
    /// ```
    /// use plaudit::selection::PersonIndex;
    /// let people = PersonIndex::new([("ada", 0, false), ("ada", 1, true), ("bob", 2, false)]);
    /// assert_eq!((people.get("ada"), people.get(" bob")), (Some(1), None));
    /// assert_eq!(people.find(" bob"), Some(2));
    /// ```
    pub fn new(people: impl IntoIterator<Item = (&'p str, T, bool)>) -> Self {
        let people = people.into_iter();
        let mut of_id = HashMap::with_capacity(people.size_hint().0);
        for (id, at, is_customer) in people {
            let found = of_id.entry(id).or_insert(at);
            if is_customer {
                *found = at;
            }
        }
        Self { of_id }
    }

    /// The position of the person with exactly this id.
    pub fn get(&self, id: &str) -> Option<T> {
        self.of_id.get(id).copied()
    }

    /// The position of the person with an id from a list: exactly as written, else without the blanks at its ends.
    pub fn find(&self, id: &str) -> Option<T> {
        self.get(id).or_else(|| self.get(id.trim()))
    }

    /// The people of a list file. Ids that the table does not have are counted and not named: they may belong to people
    /// who have left, or whom no listing shows.
    ///
    /// # Errors
    /// As [`read_ids`]; [`SelectionError::UnknownList`] if no id is known.
    pub fn read_list(&self, path: &Path) -> Result<FoundList<T>, SelectionError> {
        let list = read_ids(path)?;
        let find = |id: &String| Some((self.find(id)?, id.clone()));
        let found: Vec<(T, String)> = list.ids.iter().filter_map(find).collect();
        if found.is_empty() {
            return Err(SelectionError::UnknownList { path: path.to_owned(), ids: list.ids.len() });
        }
        let unknown = offset64(list.ids.len() - found.len());
        let note = (unknown > 0).then(|| {
            let path = text::harmless(&path.to_string_lossy());
            let (of, is) = (counted(offset64(list.ids.len()), "id", "ids"), noun(unknown, "is", "are"));
            format!("{unknown} of {of} in {path} {is} not among the people of this run")
        });
        Ok(FoundList { found, list, note })
    }

    /// The error for an unknown id. It names the nearest known id; ties go to the first in the table.
    pub fn unknown(&self, id: &str) -> SelectionError {
        let mut known: Vec<(T, &str)> = self.of_id.iter().map(|(id, at)| (*at, *id)).collect();
        known.sort_unstable();
        let nearest = text::nearest(id, known.into_iter().map(|(_, id)| id)).map(str::to_owned);
        SelectionError::UnknownPerson { sought: PERSON, given: id.to_owned(), nearest }
    }
}
