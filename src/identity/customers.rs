//! CRM files → customers, each once, with every fault listed.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use csv::ByteRecord;

use super::{Consent, ConsentRules, CustomerSource};
use crate::event::{ChannelRules, Column, EventError, FileDigest, Input, normalise_handle};

/// One person of the CRM.
#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    /// Key in the CRM, exactly as it stands there (blanks around it removed).
    pub id: String,
    /// Display name.
    pub name: Option<String>,
    /// What the customer is worth, in the CRM's currency.
    pub value: Option<f64>,
    /// The household's key.
    pub household: Option<String>,
    /// What the customer agreed to.
    pub consent: Consent,
    /// The identifiers claimed, `namespace:handle` in normal form, sorted, each once.
    pub identifiers: Vec<String>,
}

/// A fault in a CRM row. Only [`CustomerFault::drops_row`] loses the row; the other faults lose one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerFault {
    /// Index of the file in the list of sources.
    pub file: usize,
    /// Physical line of the row's beginning, from 1.
    pub line: u64,
    /// Name of the column.
    pub column: String,
    /// The word for the fault in `rejects.csv`.
    pub code: &'static str,
    /// What is wrong, in words.
    pub message: String,
    /// Whether the whole row is set aside.
    pub drops_row: bool,
    /// The row's key where it has one, or empty: `rejects.csv` must not show a withheld customer's row.
    pub raw: String,
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
#[derive(Clone, Debug)]
pub struct Customers {
    /// Sorted by id, each id once.
    pub customers: Vec<Customer>,
    /// One entry a source.
    pub files: Vec<CustomerFile>,
    /// All faults, by file and line.
    pub faults: Vec<CustomerFault>,
}

/// Why the CRM files cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The file cannot be opened or decompressed.
    #[error(transparent)]
    Input(#[from] EventError),
    /// A column that the configuration names does not stand in the header.
    #[error("cannot find column `{wanted}` in {}:1", path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The name that was looked for.
        wanted: String,
        /// The names in the header.
        found: Vec<String>,
    },
    /// The file cannot be read on.
    #[error("cannot read {}:{line}: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The line where it broke off.
        line: u64,
        /// Why.
        cause: csv::Error,
    },
}

/// Reads all CRM files. Rows with the same id are one customer: identifiers unite, consent is the most restrictive
/// one, and name, value and household come from the first row in the order of their texts that has them.
///
/// - **Cost**: O(bytes + rows log rows), one thread.
/// - **Same result**: for any order of files and rows.
///
/// # Errors
/// [`IdentityError`] when a file cannot be read or lacks a column; faulty rows are no error but listed.
pub fn read_customers(
    sources: &[CustomerSource],
    channels: &ChannelRules,
    rules: &ConsentRules,
) -> Result<Customers, IdentityError> {
    let mut rows: Vec<Customer> = Vec::new();
    let mut result = Customers { customers: Vec::new(), files: Vec::new(), faults: Vec::new() };
    for (file, source) in sources.iter().enumerate() {
        let mut reader = FileReader { file, source, channels, rules, faults: Vec::new() };
        let (report, customers) = reader.read()?;
        result.faults.append(&mut reader.faults);
        result.files.push(report);
        rows.extend(customers);
    }
    result.customers = merge(rows);
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
        kept.name = smaller(kept.name.take(), row.name);
        kept.household = smaller(kept.household.take(), row.household);
        kept.value = match (kept.value, row.value) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
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

/// The smaller of two texts; a text before none.
fn smaller(a: Option<String>, b: Option<String>) -> Option<String> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The columns of one file, found in its header.
struct Columns {
    id: usize,
    name: Option<usize>,
    value: Option<usize>,
    household: Option<usize>,
    consent: Option<usize>,
    identifiers: Vec<(String, usize)>,
    headers: Vec<String>,
}

struct FileReader<'a> {
    file: usize,
    source: &'a CustomerSource,
    channels: &'a ChannelRules,
    rules: &'a ConsentRules,
    faults: Vec<CustomerFault>,
}

impl FileReader<'_> {
    fn read(&mut self) -> Result<(CustomerFile, Vec<Customer>), IdentityError> {
        let path = &self.source.path;
        let mut input = Input::open(path)?;
        let mut reader =
            csv::ReaderBuilder::new().delimiter(self.source.delimiter).flexible(true).from_reader(&mut input);
        let failed = |line| move |cause| IdentityError::Read { path: path.clone(), line, cause };
        let header = reader.byte_headers().map_err(failed(1))?.clone();
        let columns = find_columns(path, &header, self.source)?;
        let (mut rows_read, mut rows_rejected) = (0, 0);
        let mut customers = Vec::new();
        let mut record = ByteRecord::new();
        loop {
            let line = reader.position().line();
            if !reader.read_byte_record(&mut record).map_err(failed(line))? {
                break;
            }
            rows_read += 1;
            let line = record.position().map_or(line, csv::Position::line);
            match self.customer(&record, &columns, line) {
                Some(customer) => customers.push(customer),
                None => rows_rejected += 1,
            }
        }
        drop(reader);
        let digest = input.finish()?;
        Ok((CustomerFile { path: path.clone(), digest, rows_read, rows_rejected }, customers))
    }

    /// One row as a customer, or `None` where it is set aside.
    fn customer(&mut self, record: &ByteRecord, columns: &Columns, line: u64) -> Option<Customer> {
        let row = Row { record, columns, line };
        if record.len() != columns.headers.len() {
            let message = format!("{} fields, the header has {}", record.len(), columns.headers.len());
            self.fault(&row, columns.id, "wrong_field_count", message, true);
            return None;
        }
        if let Some(bad) = (0..record.len()).find(|&i| std::str::from_utf8(&record[i]).is_err()) {
            self.fault(&row, bad, "invalid_utf8", "is not valid UTF-8".to_owned(), true);
            return None;
        }
        let Some(id) = row.text(Some(columns.id)) else {
            self.fault(&row, columns.id, "missing_id", "is empty: a customer needs a key".to_owned(), true);
            return None;
        };
        let value = row.text(columns.value).and_then(|text| {
            let number = text.parse().ok().filter(|number: &f64| number.is_finite());
            if number.is_none() {
                let column = columns.value.unwrap_or_default();
                self.fault(&row, column, "bad_value", format!("`{text}` is not a number"), false);
            }
            number
        });
        Some(Customer {
            id: id.to_owned(),
            name: row.text(columns.name).map(str::to_owned),
            value,
            household: row.text(columns.household).map(str::to_owned),
            consent: self.consent(&row),
            identifiers: self.identifiers(&row),
        })
    }

    /// The row's consent; a word that nobody knows counts as a denial and is listed.
    fn consent(&mut self, row: &Row<'_>) -> Consent {
        let (Some(column), Some(text)) = (row.columns.consent, row.text(row.columns.consent)) else {
            return self.rules.missing;
        };
        Consent::from_word(text).unwrap_or_else(|| {
            let message = format!("`{text}` is no known consent: treated as denied");
            self.fault(row, column, "unknown_consent", message, false);
            Consent::Denied
        })
    }

    /// The row's identifiers in normal form.
    fn identifiers(&self, row: &Row<'_>) -> Vec<String> {
        let mut identifiers = Vec::new();
        for (namespace, column) in &row.columns.identifiers {
            let rule = self.channels.case(namespace);
            for part in row.text(Some(*column)).unwrap_or_default().split([';', '|']) {
                let handle = normalise_handle(part, rule);
                if !handle.is_empty() {
                    identifiers.push(format!("{namespace}:{handle}"));
                }
            }
        }
        identifiers
    }

    fn fault(&mut self, row: &Row<'_>, column: usize, code: &'static str, message: String, drops_row: bool) {
        self.faults.push(CustomerFault {
            file: self.file,
            line: row.line,
            column: row.columns.headers.get(column).cloned().unwrap_or_default(),
            code,
            message,
            drops_row,
            raw: row.text(Some(row.columns.id)).unwrap_or_default().to_owned(),
        });
    }
}

/// One record beside the columns of its file.
struct Row<'a> {
    record: &'a ByteRecord,
    columns: &'a Columns,
    line: u64,
}

impl<'a> Row<'a> {
    /// The text in a column without the blanks around it; `None` where there is none.
    fn text(&self, column: Option<usize>) -> Option<&'a str> {
        let text = std::str::from_utf8(self.record.get(column?)?).ok()?.trim();
        (!text.is_empty()).then_some(text)
    }
}

impl Consent {
    /// The consent that a word in a CRM stands for, whatever its case; `None` for a word that nobody knows.
    pub fn from_word(word: &str) -> Option<Self> {
        match word.to_lowercase().as_str() {
            "full" | "all" | "yes" | "y" | "true" | "1" | "granted" | "opt-in" => Some(Self::Full),
            "profile" | "profiling" | "analytics" => Some(Self::Profile),
            "none" | "no" | "n" | "false" | "0" | "denied" | "withdrawn" | "opt-out" => Some(Self::Denied),
            _ => None,
        }
    }

    /// The word for this consent in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Denied => "none",
            Self::Profile => "profile",
            Self::Full => "full",
        }
    }
}

fn find_columns(path: &Path, header: &ByteRecord, source: &CustomerSource) -> Result<Columns, IdentityError> {
    let headers: Vec<String> = header
        .iter()
        .map(|name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').trim().to_owned())
        .collect();
    let find = |column: &Column| match column {
        Column::Index(index) if *index < headers.len() => Ok(*index),
        Column::Name(name) if headers.contains(name) => {
            Ok(headers.iter().position(|header| header == name).expect("invariant: just found"))
        }
        Column::Index(_) | Column::Name(_) => Err(IdentityError::MissingColumn {
            path: path.to_path_buf(),
            wanted: match column {
                Column::Name(name) => name.clone(),
                Column::Index(index) => index.to_string(),
            },
            found: headers.clone(),
        }),
    };
    let optional = |column: &Option<Column>| column.as_ref().map(find).transpose();
    Ok(Columns {
        id: find(&source.id)?,
        name: optional(&source.name)?,
        value: optional(&source.value)?,
        household: optional(&source.household)?,
        consent: optional(&source.consent)?,
        identifiers: source
            .identifiers
            .iter()
            .map(|(namespace, column)| Ok((namespace.clone(), find(column)?)))
            .collect::<Result<_, IdentityError>>()?,
        headers,
    })
}

impl IdentityError {
    /// How the fault can be mended.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Input(error) => error.hint(),
            Self::MissingColumn { wanted, found, .. } => {
                let nearest = found.iter().max_by(|a, b| {
                    strsim::jaro_winkler(wanted, a).total_cmp(&strsim::jaro_winkler(wanted, b))
                })?;
                Some(format!("did you mean `{nearest}`? the header names: {}", found.join(", ")))
            }
            Self::Read { .. } => None,
        }
    }
}
