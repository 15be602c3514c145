//! CRM files → customers, each once, with every fault listed.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use super::{Consent, ConsentRules, CustomerSource, rows::FileReader};
use crate::event::{ChannelRules, EventError, FileDigest, MAX_KEPT_REJECTS};

/// After this many faults in CRM rows only their number goes on.
pub const MAX_KEPT_FAULTS: usize = MAX_KEPT_REJECTS;

/// One person of the CRM.
#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    /// Key in the CRM, exactly as it stands there (blanks around it removed).
    pub id: String,
    /// Display name.
    pub name: Option<String>,
    /// What the customer is worth, in the CRM's currency.
    pub value: Option<f64>,
    /// What it costs to win the customer as an advocate, in the CRM's currency.
    pub cost: Option<f64>,
    /// The household's key.
    pub household: Option<String>,
    /// What the customer agreed to.
    pub consent: Consent,
    /// The identifiers claimed, `namespace:handle` in normal form, sorted, each once.
    pub identifiers: Vec<String>,
}

/// A fault in a CRM row. Only [`CustomerFault::drops_row`] loses the row; the other faults lose one field.
///
/// It says where and why and nothing of the row's text: the row may be that of somebody who denied consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerFault {
    /// Index of the file in the list of sources.
    pub file: usize,
    /// Physical line of the fault, from 1.
    pub line: u64,
    /// The byte in that line, from 1.
    pub column: u64,
    /// The word for the fault in `rejects.csv`.
    pub code: &'static str,
    /// What is wrong, in words.
    pub message: String,
    /// Whether the whole row is set aside.
    pub drops_row: bool,
}

/// What one CRM file held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its bytes and their digest.
    pub digest: FileDigest,
    /// Data rows.
    pub rows_read: u64,
    /// Rows set aside.
    pub rows_rejected: u64,
}

/// All customers of all CRM files.
#[derive(Clone, Debug, Default)]
pub struct Customers {
    /// Sorted by id, each id once.
    pub customers: Vec<Customer>,
    /// One entry a source.
    pub files: Vec<CustomerFile>,
    /// The first faults by file and line, at most [`MAX_KEPT_FAULTS`].
    pub faults: Vec<CustomerFault>,
    /// How many faults there are, kept or not.
    pub fault_count: u64,
    /// How many rows went into the customer of an earlier row.
    pub rows_merged: u64,
    /// What was read of rows that were set aside.
    pub hidden: HiddenClaims,
}

/// What could be read of CRM rows that were set aside.
///
/// Nobody knows what these people agreed to, so they are withheld: a customer of such an id has denied consent, and
/// an account of such an identifier is shown nowhere. Where a row's fields may have shifted, all places at which an
/// identifier may stand count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HiddenClaims {
    /// Keys in the CRM.
    pub ids: BTreeSet<String>,
    /// Identifiers, `namespace:handle` in normal form.
    pub identifiers: BTreeSet<String>,
    /// Display names.
    pub names: BTreeSet<String>,
}

impl Customers {
    /// Rows of all files.
    pub fn rows_read(&self) -> u64 {
        self.files.iter().map(|file| file.rows_read).sum()
    }

    /// Rows of all files that were set aside.
    pub fn rows_rejected(&self) -> u64 {
        self.files.iter().map(|file| file.rows_rejected).sum()
    }
}

/// Why the CRM files cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The file cannot be opened or decompressed, or its header lacks a column or names it twice.
    #[error(transparent)]
    Input(#[from] EventError),
}

impl IdentityError {
    /// How the fault can be mended.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Input(error) => error.hint(),
        }
    }
}

/// Reads all CRM files. Rows with the same id are one customer: identifiers unite, consent is the most restrictive
/// one, and name, value and household are the smallest that a row has. A row that is set aside counts as a denial.
///
/// - **Cost**: O(bytes + rows log rows), one thread; memory for the customers, not for the files.
/// - **Same result**: for any order of files and rows, but for the places of faults.
///
/// # Errors
/// [`IdentityError`] when a file cannot be read or lacks a column; faulty rows are no error but listed.
pub fn read_customers(
    sources: &[CustomerSource],
    channels: &ChannelRules,
    rules: &ConsentRules,
) -> Result<Customers, IdentityError> {
    let mut rows: Vec<Customer> = Vec::new();
    let mut result = Customers::default();
    for (file, source) in sources.iter().enumerate() {
        FileReader::new(file, source, channels, rules).read(&mut rows, &mut result)?;
    }
    let row_count = rows.len();
    result.customers = merge(rows);
    result.rows_merged = (row_count - result.customers.len()) as u64;
    for customer in &mut result.customers {
        if result.hidden.ids.contains(&customer.id) {
            customer.consent = Consent::Denied;
        }
    }
    Ok(result)
}

/// Unites rows of the same id.
fn merge(rows: Vec<Customer>) -> Vec<Customer> {
    let mut by_id: BTreeMap<String, Customer> = BTreeMap::new();
    for row in rows {
        let Some(kept) = by_id.get_mut(&row.id) else {
            by_id.insert(row.id.clone(), row);
            continue;
        };
        kept.consent = kept.consent.min(row.consent);
        kept.identifiers.extend(row.identifiers);
        kept.name = either(kept.name.take(), row.name, String::min);
        kept.household = either(kept.household.take(), row.household, String::min);
        kept.value = either(kept.value, row.value, f64::min);
        // The dearer one, so that a budget holds.
        kept.cost = either(kept.cost, row.cost, f64::max);
    }
    by_id
        .into_values()
        .map(|mut customer| {
            customer.identifiers.sort_unstable();
            customer.identifiers.dedup();
            customer
        })
        .collect()
}

/// The one of two that is there, or what `choose` makes of both.
fn either<T>(a: Option<T>, b: Option<T>, choose: impl FnOnce(T, T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(choose(a, b)),
        (a, b) => a.or(b),
    }
}
