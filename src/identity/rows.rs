//! The rows of one CRM file: a customer each, or set aside with what can be read of it.

use std::ops::RangeInclusive;

use super::{
    Consent, ConsentRules, Customer, CustomerFault, CustomerFile, CustomerSource, Customers, HiddenClaims,
    IdentityError, MAX_KEPT_FAULTS,
};
use crate::event::{ChannelRules, ReadOptions, TextRow, TextTable, normalise_handle};

/// How far a field is looked for from its place in a row with too many or too few fields. Bounds what one bad row
/// can claim.
const MAX_SHIFT: usize = 64;

/// The columns of one file, found in its header.
struct Columns {
    id: usize,
    name: Option<usize>,
    value: Option<usize>,
    cost: Option<usize>,
    household: Option<usize>,
    consent: Option<usize>,
    /// Namespace and column.
    identifiers: Vec<(String, usize)>,
    /// The names of all columns.
    headers: Vec<String>,
}

impl Columns {
    fn find(table: &TextTable, source: &CustomerSource) -> Result<Self, IdentityError> {
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
                .collect::<Result<_, IdentityError>>()?,
            headers: table.names().to_vec(),
        })
    }
}

/// Reads one file.
pub(super) struct FileReader<'a> {
    file: usize,
    source: &'a CustomerSource,
    channels: &'a ChannelRules,
    rules: &'a ConsentRules,
}

impl<'a> FileReader<'a> {
    pub(super) fn new(
        file: usize,
        source: &'a CustomerSource,
        channels: &'a ChannelRules,
        rules: &'a ConsentRules,
    ) -> Self {
        Self { file, source, channels, rules }
    }

    /// Adds the file's customers to `rows`, and what else it holds to `all`.
    pub(super) fn read(&self, rows: &mut Vec<Customer>, all: &mut Customers) -> Result<(), IdentityError> {
        let path = &self.source.path;
        let mut table = TextTable::open(path, self.source.delimiter, &ReadOptions::default())?;
        let columns = Columns::find(&table, self.source)?;
        let (mut rows_read, mut rows_rejected) = (0, 0);
        while let Some(row) = table.next_row()? {
            rows_read += 1;
            let row = Row { row, columns: &columns };
            if let Some(customer) = self.customer(&row, all) {
                rows.push(customer);
            } else {
                rows_rejected += 1;
                self.harvest(&row, &mut all.hidden);
            }
        }
        let digest = table.finish()?;
        all.files.push(CustomerFile { path: path.clone(), digest, rows_read, rows_rejected });
        Ok(())
    }

    /// One row as a customer, or `None` where it is set aside.
    fn customer(&self, row: &Row<'_>, all: &mut Customers) -> Option<Customer> {
        let columns = row.columns;
        if let Some(fault) = row.row.fault() {
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

    /// The number in a column; one that does not read counts as none and is listed.
    fn number(&self, row: &Row<'_>, column: Option<usize>, all: &mut Customers) -> Option<f64> {
        let (column, text) = (column?, row.text(column)?);
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        if number.is_none() {
            let message = format!("column `{}` is not a number", row.header(column));
            self.fault(all, row.row.position(column), "bad_value", message, false);
        }
        number
    }

    /// The row's consent; a word that nobody knows counts as a denial and is listed.
    fn consent(&self, row: &Row<'_>, all: &mut Customers) -> Consent {
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

    /// The row's identifiers in normal form.
    fn identifiers(&self, row: &Row<'_>) -> Vec<String> {
        let mut identifiers = Vec::new();
        for (namespace, column) in &row.columns.identifiers {
            let text = row.text(Some(*column));
            self.push_identifiers(namespace, &text.unwrap_or_default(), |claim| identifiers.push(claim));
        }
        identifiers
    }

    /// The identifiers that one field holds.
    fn push_identifiers(&self, namespace: &str, text: &str, mut push: impl FnMut(String)) {
        let rule = self.channels.case(namespace);
        for part in text.split([';', '|']) {
            let handle = normalise_handle(part, rule);
            if !handle.is_empty() {
                push(format!("{namespace}:{handle}"));
            }
        }
    }

    /// Notes what can be read of a row that is set aside.
    fn harvest(&self, row: &Row<'_>, hidden: &mut HiddenClaims) {
        hidden.ids.extend(row.ids());
        if let Some(column) = row.columns.name {
            hidden.names.extend(row.places(column).filter_map(|place| row.text(Some(place))));
        }
        for (namespace, column) in &row.columns.identifiers {
            for text in row.places(*column).filter_map(|place| row.text(Some(place))) {
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
        if all.faults.len() < MAX_KEPT_FAULTS {
            all.faults.push(CustomerFault { file: self.file, line, column, code, message, drops_row });
        }
    }
}

/// One row beside the columns of its file.
struct Row<'a> {
    row: TextRow<'a>,
    columns: &'a Columns,
}

impl Row<'_> {
    /// The text in a column without the blanks around it; `None` where there is none.
    fn text(&self, column: Option<usize>) -> Option<String> {
        self.row.text(column?).map(Into::into)
    }

    fn header(&self, column: usize) -> &str {
        &self.columns.headers[column]
    }

    /// The texts that may be the row's key: counted from the left and from the right.
    fn ids(&self) -> impl Iterator<Item = String> {
        let (left, width) = (self.columns.id, self.columns.headers.len());
        let right = (left + self.row.field_count()).checked_sub(width);
        [Some(left), right].into_iter().filter_map(|place| self.text(place))
    }

    /// The places at which the field of `column` may stand: one more field before it moves it to the right, a missing
    /// one to the left, and in a row that could not be cut for certain it may be anywhere.
    fn places(&self, column: usize) -> RangeInclusive<usize> {
        let (found, width) = (self.row.field_count(), self.columns.headers.len());
        if self.row.is_torn() {
            return 0..=found.min(width + MAX_SHIFT);
        }
        let (more, fewer) = (found.saturating_sub(width), width.saturating_sub(found));
        column.saturating_sub(fewer.min(MAX_SHIFT))..=column + more.min(MAX_SHIFT)
    }
}
