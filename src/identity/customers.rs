//! Reads CRM files into one list of customers; rows with the same id become one customer, faults are listed.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use super::{Consent, ConsentRules, CustomerSource, rows::FileReader};
use crate::event::{ChannelRules, EventError, FileReport};

/// Bytes of a [`Customer`] with its texts, rounded up generously.
pub const CUSTOMER_BYTES: u64 = 512;

#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    /// The customer's id as written in the CRM, without surrounding blanks.
    pub id: String,
    pub name: Option<String>,
    /// The customer's value, in the CRM's currency.
    pub value: Option<f64>,
    /// The cost of winning the customer as an advocate, in the CRM's currency.
    pub cost: Option<f64>,
    pub household: Option<String>,
    /// What holds for the customer.
    pub consent: Consent,
    /// The most restrictive answer in the consent column; `None` where no row has an answer.
    pub stated: Option<Consent>,
    /// The identifiers that the customer claims, `namespace:handle` in normal form, sorted, without repeats.
    pub identifiers: Vec<String>,
}

/// A fault in a CRM row. A fault with [`CustomerFault::drops_row`] rejects the row; other faults drop only one field.
///
/// It contains no text of the row, because the row may belong to a customer who denied consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerFault {
    /// Index of the file in the list of sources.
    pub file: usize,
    /// Physical line of the fault, from 1.
    pub line: u64,
    /// The byte in that line, from 1.
    pub column: u64,
    /// The name of the fault in `rejects.csv`.
    pub code: &'static str,
    pub message: String,
    pub drops_row: bool,
}

/// All customers of all CRM files.
#[derive(Clone, Debug, Default)]
pub struct Customers {
    /// The customers, sorted by id; each id occurs once.
    pub customers: Vec<Customer>,
    /// One entry per source.
    pub files: Vec<FileReport>,
    /// The first faults by file and line, at most [`MAX_KEPT_REJECTS`](crate::event::MAX_KEPT_REJECTS).
    pub faults: Vec<CustomerFault>,
    /// The number of all faults for each [`CustomerFault::code`].
    pub faults_by_code: BTreeMap<&'static str, u64>,
    /// The number of rows that were merged into the customer of another row.
    pub rows_merged: u64,
    /// The claims that could be read from rejected rows.
    pub hidden: HiddenClaims,
    /// Words of consent columns that have no meaning.
    pub new_words: BTreeMap<String, NewWord>,
    /// The consent column of each file that has one.
    pub consent_columns: Vec<ConsentColumn>,
}

/// The consent column of a CRM file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentColumn {
    pub path: PathBuf,
    pub name: String,
    /// Whether it seems to hold objections: a `yes` there is a denial.
    pub holds_objections: bool,
    /// Whether the file has words of its own.
    pub has_own_words: bool,
}

/// How often a word without a meaning occurs, and where first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWord {
    pub count: u64,
    /// Index of the file in the list of sources, line and byte of the line, from 1.
    pub first: (usize, u64, u64),
}

/// Ids, identifiers and names in rejected CRM rows.
///
/// The consent of these people is unknown, so they are withheld: a customer with such an id counts as having denied
/// consent, and an account with such an identifier is shown nowhere. If the fields of a row may have shifted, every
/// field that may contain an identifier is included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HiddenClaims {
    pub ids: BTreeSet<String>,
    /// Identifiers, `namespace:handle` in normal form.
    pub identifiers: BTreeSet<String>,
    pub names: BTreeSet<String>,
    /// The rejected rows in which a denial of consent can be read.
    pub denials: Vec<DenialClaim>,
}

/// What can be read of a rejected row in which a denial of consent can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DenialClaim {
    /// The texts that may be the customer's id; empty if the row has none.
    pub ids: Vec<String>,
    /// Identifiers, `namespace:handle` in normal form.
    pub identifiers: Vec<String>,
    pub names: Vec<String>,
}

impl Customers {
    pub fn rows_read(&self) -> u64 {
        self.files.iter().map(|file| file.rows_read).sum()
    }

    pub fn fault_count(&self) -> u64 {
        self.faults_by_code.values().sum()
    }

    pub fn rows_rejected(&self) -> u64 {
        self.files.iter().map(|file| file.rows_rejected).sum()
    }
}

/// Reads all CRM files. Rows with the same id are merged into one customer: with all their identifiers, the most
/// restrictive consent, the highest cost, and the smallest name, value and household that any row has. A rejected row
/// counts as a denial of consent. Identifiers that are `placeholders`, in any case, belong to nobody.
///
/// - **Cost**: O(bytes + rows log rows), one thread; memory for the customers, not for the files.
/// - **Same result**: for any order of files and rows, except for the positions of faults.
///
/// # Errors
/// [`EventError`] when a file cannot be read or lacks a column; faulty rows are listed, not an error.
pub fn read_customers(
    sources: &[CustomerSource],
    channels: &ChannelRules,
    rules: &ConsentRules,
    placeholders: &[String],
) -> Result<Customers, EventError> {
    let mut rows: Vec<Customer> = Vec::new();
    let mut result = Customers::default();
    for (file, source) in sources.iter().enumerate() {
        FileReader { file, source, channels, rules, placeholders }.read(&mut rows, &mut result)?;
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

fn merge(rows: Vec<Customer>) -> Vec<Customer> {
    let mut by_id: BTreeMap<String, Customer> = BTreeMap::new();
    for row in rows {
        let Some(kept) = by_id.get_mut(&row.id) else {
            by_id.insert(row.id.clone(), row);
            continue;
        };
        kept.consent = kept.consent.min(row.consent);
        kept.stated = either(kept.stated, row.stated, Consent::min);
        kept.identifiers.extend(row.identifiers);
        kept.name = either(kept.name.take(), row.name, String::min);
        kept.household = either(kept.household.take(), row.household, String::min);
        kept.value = either(kept.value, row.value, f64::min);
        // The higher cost is kept, so that a cohort cannot exceed its budget.
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

/// The value that is present; if both are, the result of `choose`.
fn either<T>(a: Option<T>, b: Option<T>, choose: impl FnOnce(T, T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(choose(a, b)),
        (a, b) => a.or(b),
    }
}
