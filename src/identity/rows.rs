//! Reads the rows of one CRM file: each row becomes a customer, or is rejected and its readable claims are kept.

use std::ops::RangeInclusive;

use super::{Consent, ConsentRules, Customer, CustomerFault, CustomerSource, Customers, HiddenClaims};
use crate::event::{
    ChannelRules, EventError, FileReport, MAX_KEPT_REJECTS, ReadOptions, TextRow, TextTable, normalize_handle,
};

/// In a row with too many or too few fields, a field is searched up to this many positions away from its column. The
/// limit bounds the number of claims of one bad row.
const MAX_SHIFT: usize = 64;

struct CustomerColumns {
    id: usize,
    name: Option<usize>,
    value: Option<usize>,
    cost: Option<usize>,
    household: Option<usize>,
    consent: Option<usize>,
    /// The namespace and column position of each identifier.
    identifiers: Vec<(String, usize)>,
    headers: Vec<String>,
}

impl CustomerColumns {
    fn find(table: &TextTable, source: &CustomerSource) -> Result<Self, EventError> {
        let optional =
            |column: &Option<_>, role| column.as_ref().map(|column| table.column(column, role)).transpose();
        let identifiers = source.identifiers.iter();
        Ok(Self {
            id: table.column(&source.id, "customer id")?,
            name: optional(&source.name, "name")?,
            value: optional(&source.value, "value")?,
            cost: optional(&source.cost, "cost")?,
            household: optional(&source.household, "household")?,
            consent: optional(&source.consent, "consent")?,
            identifiers: identifiers
                .map(|(namespace, column)| Ok((namespace.clone(), table.column(column, "identifier")?)))
                .collect::<Result<_, EventError>>()?,
            headers: table.names().to_vec(),
        })
    }
}

pub(super) struct FileReader<'a> {
    /// The index of the file in the list of sources.
    pub(super) file: usize,
    pub(super) source: &'a CustomerSource,
    pub(super) channels: &'a ChannelRules,
    pub(super) rules: &'a ConsentRules,
}

impl FileReader<'_> {
    /// Appends the file's customers to `rows`; adds counts, faults and hidden claims to `all`.
    pub(super) fn read(&self, rows: &mut Vec<Customer>, all: &mut Customers) -> Result<(), EventError> {
        let path = &self.source.path;
        let mut table = TextTable::open(path, self.source.delimiter, &ReadOptions::default())?;
        let columns = CustomerColumns::find(&table, self.source)?;
        let (mut rows_read, mut rows_rejected) = (0, 0);
        while let Some(row) = table.next_row()? {
            rows_read += 1;
            let row = CustomerRow { row, columns: &columns };
            if let Some(customer) = self.customer(&row, all) {
                rows.push(customer);
            } else {
                rows_rejected += 1;
                self.collect_hidden(&row, &mut all.hidden);
            }
        }
        let digest = table.finish()?;
        all.files.push(FileReport { path: path.clone(), digest, rows_read, rows_rejected });
        Ok(())
    }

    /// The customer of a row; `None` if the row is rejected.
    fn customer(&self, row: &CustomerRow<'_>, all: &mut Customers) -> Option<Customer> {
        let columns = row.columns;
        if let Some(fault) = &row.row.fault {
            let (code, message) = (fault.reason.code(), fault.reason.to_string());
            self.fault(all, (fault.line, fault.column), code, message, true);
            return None;
        }
        let Some(id) = row.text(Some(columns.id)) else {
            let message = format!("column `{}` is empty: a customer needs a key", row.header(columns.id));
            self.fault(all, row.row.position(columns.id), "missing_id", message, true);
            return None;
        };
        Some(Customer {
            id,
            name: row.text(columns.name),
            value: self.number(row, columns.value, all),
            cost: self.number(row, columns.cost, all),
            household: row.text(columns.household),
            consent: self.consent(row, all),
            identifiers: self.identifiers(row),
        })
    }

    /// The number in a column; a text that is no number is listed as a fault and counts as missing.
    fn number(&self, row: &CustomerRow<'_>, column: Option<usize>, all: &mut Customers) -> Option<f64> {
        let (column, text) = (column?, row.text(column)?);
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        if number.is_none() {
            let message = format!("column `{}` is not a number", row.header(column));
            self.fault(all, row.row.position(column), "bad_value", message, false);
        }
        number
    }

    /// The row's consent; an unknown word is listed as a fault and counts as a denial.
    fn consent(&self, row: &CustomerRow<'_>, all: &mut Customers) -> Consent {
        let column = row.columns.consent;
        let (Some(column), Some(text)) = (column, row.text(column)) else {
            return self.rules.missing;
        };
        Consent::from_word(&text).unwrap_or_else(|| {
            let message =
                format!("column `{}` holds no known consent: treated as denied", row.header(column));
            self.fault(all, row.row.position(column), "unknown_consent", message, false);
            Consent::Denied
        })
    }

    fn identifiers(&self, row: &CustomerRow<'_>) -> Vec<String> {
        let mut identifiers = Vec::new();
        for (namespace, column) in &row.columns.identifiers {
            let text = row.text(Some(*column));
            self.push_identifiers(namespace, &text.unwrap_or_default(), |claim| identifiers.push(claim));
        }
        identifiers
    }

    /// Calls `push` with each identifier in one field.
    fn push_identifiers(&self, namespace: &str, text: &str, mut push: impl FnMut(String)) {
        let rule = self.channels.case(namespace);
        for part in text.split([';', '|']) {
            let handle = normalize_handle(part, rule);
            if !handle.is_empty() {
                push(format!("{namespace}:{handle}"));
            }
        }
    }

    /// Collects the ids, names and identifiers of a rejected row.
    fn collect_hidden(&self, row: &CustomerRow<'_>, hidden: &mut HiddenClaims) {
        hidden.ids.extend(row.ids());
        if let Some(column) = row.columns.name {
            hidden.names.extend(row.positions(column).filter_map(|position| row.text(Some(position))));
        }
        for (namespace, column) in &row.columns.identifiers {
            for text in row.positions(*column).filter_map(|position| row.text(Some(position))) {
                self.push_identifiers(namespace, &text, |claim| {
                    hidden.identifiers.insert(claim);
                });
            }
        }
    }

    fn fault(
        &self,
        all: &mut Customers,
        (line, column): (u64, u64),
        code: &'static str,
        message: String,
        drops_row: bool,
    ) {
        all.fault_count += 1;
        if all.faults.len() < MAX_KEPT_REJECTS {
            all.faults.push(CustomerFault { file: self.file, line, column, code, message, drops_row });
        }
    }
}

struct CustomerRow<'a> {
    row: TextRow<'a>,
    columns: &'a CustomerColumns,
}

impl CustomerRow<'_> {
    /// The text in a column without surrounding blanks; `None` if the field is empty.
    fn text(&self, column: Option<usize>) -> Option<String> {
        self.row.text(column?).map(Into::into)
    }

    fn header(&self, column: usize) -> &str {
        &self.columns.headers[column]
    }

    /// The texts that may be the customer's id: the fields in its column, counted from the left and from the right.
    fn ids(&self) -> impl Iterator<Item = String> {
        let (left, width) = (self.columns.id, self.columns.headers.len());
        let right = (left + self.row.field_count()).checked_sub(width);
        [Some(left), right].into_iter().filter_map(|position| self.text(position))
    }

    /// The possible positions of the field of `column`: an extra field before it shifts it to the right, a missing
    /// field shifts it to the left, and in a row with broken quotes it may be anywhere.
    fn positions(&self, column: usize) -> RangeInclusive<usize> {
        let (found, width) = (self.row.field_count(), self.columns.headers.len());
        if self.row.is_torn {
            return 0..=found.min(width + MAX_SHIFT);
        }
        let (more, fewer) = (found.saturating_sub(width), width.saturating_sub(found));
        column.saturating_sub(fewer.min(MAX_SHIFT))..=column + more.min(MAX_SHIFT)
    }
}
