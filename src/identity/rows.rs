//! Reads the rows of one CRM file: each row becomes a customer, or is rejected and its readable claims are kept.

use std::ops::RangeInclusive;

use super::{
    Consent, ConsentColumn, ConsentRules, Customer, CustomerFault, CustomerSource, Customers, DenialClaim,
    HiddenClaims, NewWord,
};
use crate::event::{
    ChannelRules, EventError, FileReport, MAX_KEPT_REJECTS, PLACEHOLDERS, ReadOptions, TextRow, TextTable,
    is_damaged, is_placeholder, normalize_handle, shown,
};

/// In a row with too many or too few fields, a field is searched up to this many positions away from its column. The
/// limit bounds the number of claims of one bad row.
const MAX_SHIFT: usize = 64;

/// What separates several identifiers in one field.
const LIST_MARKS: [char; 2] = [';', '|'];

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
    /// Texts that stand for no identifier.
    pub(super) placeholders: &'a [String],
}

impl FileReader<'_> {
    /// Appends the file's customers to `rows`; adds counts, faults and hidden claims to `all`.
    pub(super) fn read(&self, rows: &mut Vec<Customer>, all: &mut Customers) -> Result<(), EventError> {
        let path = &self.source.path;
        let mut table =
            TextTable::open(path, self.source.delimiter, self.source.shape, &ReadOptions::default())?;
        let columns = CustomerColumns::find(&table, self.source)?;
        if let Some(column) = columns.consent {
            let name = columns.headers[column].clone();
            all.consent_columns.push(ConsentColumn {
                path: path.clone(),
                holds_objections: names_objections(&name),
                name,
                has_own_words: self.source.words.is_some(),
            });
        }
        let (mut rows_read, mut rows_rejected, mut footer_rows) = (0, 0, 0);
        while let Some(row) = table.next_row()? {
            let row = CustomerRow { row, columns: &columns };
            // If tonight's file has no footer, the line is a row: the people that it names stay hidden.
            if row.row.in_footer {
                self.collect_hidden(&row, &mut all.hidden);
                footer_rows += u64::from(row.row.fault.is_none());
                continue;
            }
            rows_read += 1;
            if let Some(customer) = self.customer(&row, all) {
                rows.push(customer);
            } else {
                rows_rejected += 1;
                self.collect_hidden(&row, &mut all.hidden);
            }
        }
        let digest = table.finish()?;
        all.files.push(FileReport { path: path.clone(), digest, rows_read, rows_rejected, footer_rows });
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
        if is_damaged(&id) || PLACEHOLDERS.contains(&&*id.to_lowercase()) {
            let message = format!(
                "column `{}` holds no key, but what a spreadsheet or a database left of it",
                row.header(columns.id)
            );
            self.fault(all, row.row.position(columns.id), "damaged_id", message, true);
            return None;
        }
        let (stated, consent) = self.consent(row, all);
        Some(Customer {
            id,
            name: row.text(columns.name),
            value: self.number(row, columns.value, all),
            cost: self.number(row, columns.cost, all),
            household: row.text(columns.household),
            consent,
            stated,
            identifiers: self.identifiers(row, all),
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

    /// The answer in the row's consent column, and the consent that holds. An unknown word is listed as a fault: it is
    /// no answer, but counts as a denial.
    fn consent(&self, row: &CustomerRow<'_>, all: &mut Customers) -> (Option<Consent>, Consent) {
        let column = row.columns.consent;
        let (Some(column), Some(text)) = (column, row.text(column)) else {
            // The answer may have been cut off with the rest of the file.
            if let Some(last) =
                column.filter(|&column| row.row.is_last_cut && column + 1 == row.columns.headers.len())
            {
                let message =
                    format!("the file ends before column `{}`: treated as denied", row.header(last));
                self.fault(all, row.row.position(last), "cut_off", message, false);
                return (None, Consent::Denied);
            }
            return (None, self.rules.missing);
        };
        if let Some(consent) = self.rules.consent_of(self.source, &text) {
            return (Some(consent), consent);
        }
        let message = format!("column `{}` holds no known consent: treated as denied", row.header(column));
        let (line, byte) = row.row.position(column);
        let first = (self.file, line, byte);
        all.new_words.entry(shown(&text)).or_insert(NewWord { count: 0, first }).count += 1;
        self.fault(all, (line, byte), "unknown_consent", message, false);
        (None, Consent::Denied)
    }

    /// The identifiers of a row; damaged ones are listed as faults and left out.
    fn identifiers(&self, row: &CustomerRow<'_>, all: &mut Customers) -> Vec<String> {
        let mut identifiers = Vec::new();
        for (namespace, column) in &row.columns.identifiers {
            let text = row.text(Some(*column)).unwrap_or_default();
            if text.split(LIST_MARKS).any(|part| self.is_nobody(part.trim())) {
                let message = format!(
                    "column `{}` holds a placeholder or a damaged number, no identifier",
                    row.header(*column)
                );
                self.fault(all, row.row.position(*column), "damaged_identifier", message, false);
            }
            self.push_identifiers(namespace, &text, |claim| identifiers.push(claim));
        }
        identifiers
    }

    /// Whether a text in place of an identifier names nobody.
    fn is_nobody(&self, text: &str) -> bool {
        is_damaged(text) || is_placeholder(text.trim_start_matches('@'), self.placeholders)
    }

    /// Calls `push` with each identifier in one field.
    fn push_identifiers(&self, namespace: &str, text: &str, mut push: impl FnMut(String)) {
        let rule = self.channels.case(namespace);
        for part in text.split(LIST_MARKS).filter(|part| !self.is_nobody(part.trim())) {
            let handle = normalize_handle(namespace, part, rule);
            if !handle.is_empty() {
                push(format!("{namespace}:{handle}"));
            }
        }
    }

    /// Collects the ids, names and identifiers of a rejected row.
    fn collect_hidden(&self, row: &CustomerRow<'_>, hidden: &mut HiddenClaims) {
        let mut claim =
            DenialClaim { ids: row.ids().filter(|id| !is_damaged(id)).collect(), ..DenialClaim::default() };
        if let Some(column) = row.columns.name {
            claim.names.extend(row.texts(column));
        }
        for (namespace, column) in &row.columns.identifiers {
            for text in row.texts(*column) {
                self.push_identifiers(namespace, &text, |identifier| claim.identifiers.push(identifier));
            }
        }
        hidden.ids.extend(row.ids());
        hidden.names.extend(claim.names.iter().cloned());
        hidden.identifiers.extend(claim.identifiers.iter().cloned());
        let denies = |text: String| self.rules.consent_of(self.source, &text) == Some(Consent::Denied);
        if row.columns.consent.is_some_and(|column| row.texts(column).any(denies)) {
            hidden.denials.push(claim);
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
        *all.faults_by_code.entry(code).or_default() += 1;
        if all.faults.len() < MAX_KEPT_REJECTS {
            all.faults.push(CustomerFault { file: self.file, line, column, code, message, drops_row });
        }
    }
}

/// Whether a column of this name holds objections, such as `HasOptedOutOfEmail`, `do_not_contact` or `no_marketing`.
fn names_objections(header: &str) -> bool {
    // Parts of names in English, German and French.
    const PARTS: [&str; 37] = [
        "optout",
        "optedout",
        "unsub",
        "donot",
        "dont",
        "nocontact",
        "nomarketing",
        "noemail",
        "nomail",
        "nocall",
        "suppress",
        "blacklist",
        "blocklist",
        "block",
        "denied",
        "deny",
        "declin",
        "reject",
        "refus",
        "revok",
        "revoc",
        "withdr",
        "objection",
        "objects",
        "objected",
        "oppos",
        "exclud",
        "exclusion",
        "restrict",
        "gesperrt",
        "sperre",
        "widerspr",
        "widerruf",
        "abgemeldet",
        "abmeldung",
        "desinscri",
        "désinscri",
    ];
    let words = words_of(header);
    let letters = words.concat();
    // At the end of a name, `no` is short for a number.
    let begins_with_no = words.len() > 1 && words[..words.len() - 1].iter().any(|word| word == "no");
    begins_with_no
        || words.iter().any(|word| word.starts_with("dnc") || word == "stop")
        || PARTS.iter().any(|part| letters.contains(part))
}

/// The words of a name in lower case: runs of letters and digits, cut where a capital letter follows a small one.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut follows_small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (follows_small && c.is_uppercase()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        follows_small = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
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

    /// The texts that the field of `column` may have.
    fn texts(&self, column: usize) -> impl Iterator<Item = String> {
        self.positions(column).filter_map(|position| self.text(Some(position)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_objections_are_told_from_columns_of_consent() {
        for name in [
            "opt_out",
            "HasOptedOutOfEmail",
            "Do not contact",
            "unsubscribed",
            "DONT_CONTACT",
            "E-mail opt out",
            "gdpr_objection",
            "objects_to_profiling",
            "no_marketing",
            "NoMarketing",
            "nomarketing",
            "marketing_denied",
            "dnc",
            "dncFlag",
            "is_dnc",
            "revoked",
            "blocked",
            "excluded",
            "opposition",
            "rgpd_refus",
            "Abgemeldet",
            "withdrawn",
            "Widerruf",
            "Widerspruch",
            "unsub",
            "opted_out_at",
            "suppressed",
            "privacy_restricted",
            "Désinscrit",
        ] {
            assert!(names_objections(name), "{name}");
        }
        for name in [
            "consent",
            "Consent Status",
            "opt_in",
            "email_opt_in",
            "OptedIn",
            "newsletter",
            "permission",
            "permission_no",
            "marketing_ok",
            "may_contact",
            "subscribed",
            "einwilligung",
            "notes",
            "notified_at",
        ] {
            assert!(!names_objections(name), "{name}");
        }
    }
}
