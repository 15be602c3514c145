//! Reads a text file with a header row by row, such as a CRM file, by the rules for event files.

use std::{borrow::Cow, mem, ops::Range, path::Path};

use memchr::memchr;

use super::{
    ColumnRef, Delimiter, EventError, EventLayout, FileDigest, MAX_RECORD_BYTES, Quoting, Ragged,
    ReadOptions, RejectReason, TextShape,
    chunk::{footer_start, kept_back},
    columns::{FieldCount, Header, dialect},
    fields::{FieldFault, FieldSpan, check_swallowed, cut, cut_plain, fit_field_count, opening_quote},
    input::Input,
    record::{Dialect, Extent, Flaw, RawRecord, Records},
};
use crate::ids::index64;

/// A file with a header, quoted by RFC 4180, plain or compressed, read from its first row to its last.
///
/// A faulty row is returned like any other, with its [`RowFault`] and what can be read of it. If it runs over several
/// lines, a stray quote is the likely reason. The row then ends with its first line, and reading continues at the next
/// line, so that one quote cannot swallow the following rows.
///
/// Memory: a chunk and at most twice the longest record. The rows do not depend on the size of the chunks.
pub struct TextTable {
    input: Input,
    delimiter: u8,
    dialect: Dialect,
    chunk_bytes: usize,
    /// Text that was read; everything before `start` has been handed out.
    buffer: Vec<u8>,
    start: usize,
    line: u64,
    /// Whether the file ends with the buffer.
    at_end: bool,
    /// Whether `start` is inside a line whose rest belongs to no row.
    skips_line: bool,
    columns: Header,
    shape: TextShape,
    /// The lines behind the table, once the end of the file is in the buffer.
    footer: Vec<u8>,
    in_footer: bool,
    fields: Vec<FieldSpan>,
}

/// What is wrong with a row, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// The physical line, from 1.
    pub line: u64,
    /// The byte in that line, from 1.
    pub column: u64,
    pub reason: RejectReason,
}

#[derive(Clone, Debug)]
pub struct TextRow<'a> {
    record: RawRecord<'a>,
    fields: &'a [FieldSpan],
    /// Why the row cannot be used; `None`: it has as many fields as the header, and all are UTF-8.
    pub fault: Option<RowFault>,
    /// Whether the row's quotes are broken, so that its fields are uncertain; such a row is cut at every delimiter.
    pub is_torn: bool,
    /// Whether it is one of the lines behind the table, which [`TextShape::skip_footer`] counts.
    pub in_footer: bool,
    /// Whether the file ends within its line: without a line feed behind it.
    pub is_last_cut: bool,
}

impl TextTable {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// As for [`read`](super::read): the file is missing, empty, binary, damaged, or holds no header.
    pub fn open(
        path: &Path,
        delimiter: u8,
        shape: TextShape,
        options: &ReadOptions,
    ) -> Result<Self, EventError> {
        let dialect = Dialect {
            delimiter: Delimiter::Byte(delimiter),
            quoting: Quoting::Rfc4180,
            comments: [None, None],
            inner_quotes: false,
            max_record_bytes: options.max_record_bytes.max(1),
        };
        let mut table = Self {
            input: Input::open_table(path, shape.skip_rows)?,
            delimiter,
            dialect,
            chunk_bytes: options.chunk_bytes.max(1),
            buffer: Vec::new(),
            start: 0,
            line: 1,
            at_end: false,
            skips_line: false,
            columns: Header::default(),
            shape,
            footer: Vec::new(),
            in_footer: false,
            fields: Vec::new(),
        };
        for _ in 0..shape.skip_rows {
            table.skip_line()?;
        }
        let Some(span) = table.next_span()? else {
            return Err(EventError::NoHeader { path: path.to_owned() });
        };
        let header = table.record(&span, table.line).expect("invariant: a span is a row");
        table.columns = Header::of(path, true, &header, dialect)?;
        table.pass(span.end);
        Ok(table)
    }

    /// The column names of the header, without surrounding blanks.
    pub fn names(&self) -> &[String] {
        self.columns.names()
    }

    /// The position of a column, from 0; `role` says in messages what the column is for.
    ///
    /// # Errors
    /// [`EventError`]: there is no such column, or its name occurs twice.
    pub fn column(&self, column: &ColumnRef, role: &'static str) -> Result<usize, EventError> {
        self.columns.find(column, role)
    }

    /// The next row; `None` at the end of the file. Blank lines are skipped.
    ///
    /// # Errors
    /// [`EventError`]: the file cannot be read or decompressed further.
    pub fn next_row(&mut self) -> Result<Option<TextRow<'_>>, EventError> {
        let Some(mut span) = self.next_span()? else { return Ok(None) };
        let is_last_cut = self.at_end && span.end == self.buffer.len() && self.buffer.last() != Some(&b'\n');
        let (line, mut fields) = (self.line, mem::take(&mut self.fields));
        let record = self.record(&span, line).expect("invariant: a span is a row");
        let mut fault = self.check(&record, &mut fields, is_last_cut).err();
        let mut is_torn = fault.as_ref().is_some_and(|fault| tears(&fault.reason));
        let is_unterminated = matches!(record.flaw, Some(Flaw::Unterminated(_)));
        let first_line = memchr(b'\n', record.bytes).filter(|_| fault.is_some() && !is_unterminated);
        if let (Some(fault), Some(first_line)) = (&mut fault, first_line) {
            fault.offset = opening_quote(&fields, first_line).unwrap_or(0);
            is_torn = true;
        }
        let fault = fault.map(|fault| {
            let (line, column) = record.position(fault.offset);
            RowFault { line, column, reason: fault.reason }
        });
        if let Some(first_line) = first_line {
            span.end = span.start + first_line + 1;
            self.skips_line = false;
        }
        self.pass(span.end);
        let record = self.record(&span, line).expect("invariant: a span is a row");
        // If the quotes of a row are broken, it is cut at every delimiter.
        if is_torn {
            fields.clear();
            cut_plain(record.bytes, self.delimiter, &mut fields);
        }
        self.fields = fields;
        let record = self.record(&span, line).expect("invariant: a span is a row");
        Ok(Some(TextRow {
            record,
            fields: &self.fields,
            fault,
            is_torn,
            in_footer: self.in_footer,
            is_last_cut,
        }))
    }

    /// Length and digest of the file; call it after the last row.
    ///
    /// # Errors
    /// [`EventError`] when the rest cannot be read.
    pub fn finish(self) -> Result<FileDigest, EventError> {
        self.input.finish()
    }

    /// The position of the next row in the buffer; blank lines are skipped.
    fn next_span(&mut self) -> Result<Option<Range<usize>>, EventError> {
        if self.skips_line {
            self.skip_line()?;
        }
        loop {
            let rest = &self.buffer[self.start..];
            if rest.is_empty() && self.at_end {
                if self.footer.is_empty() {
                    return Ok(None);
                }
                (self.buffer, self.start) = (mem::take(&mut self.footer), 0);
                self.in_footer = true;
                continue;
            }
            let length = match self.dialect.extent(rest, self.at_end) {
                Extent::Whole { end, .. } | Extent::Unterminated { end, .. } | Extent::TooLong { end } => end,
                Extent::TooLongSoFar => {
                    self.skips_line = true;
                    self.dialect.max_record_bytes + 1
                }
                Extent::Partial => {
                    self.read_on()?;
                    continue;
                }
            };
            // The row may turn out to be one of the last lines.
            let lines = index64(self.shape.skip_footer.into());
            if !self.at_end && length > kept_back(rest, lines, self.dialect.max_record_bytes) {
                self.skips_line = false;
                self.read_on()?;
                continue;
            }
            let span = self.start..self.start + length;
            if self.record(&span, self.line).is_some() {
                return Ok(Some(span));
            }
            self.pass(span.end);
        }
    }

    /// The row at `span`, which starts on `line`; `None` if it is blank.
    fn record(&self, span: &Range<usize>, line: u64) -> Option<RawRecord<'_>> {
        Records::new(&self.buffer[span.clone()], line, self.dialect).next()
    }

    /// Checks the fields of a row, their number and their encoding.
    fn check(
        &self,
        record: &RawRecord<'_>,
        fields: &mut Vec<FieldSpan>,
        is_last_cut: bool,
    ) -> Result<(), FieldFault> {
        let whole = cut(record, &self.dialect, fields);
        check_swallowed(record, self.dialect.delimiter, self.names().len(), fields)?;
        whole?;
        if let Some(offset) = memchr(0, record.bytes) {
            return Err(FieldFault { offset, reason: RejectReason::NulByte });
        }
        // Where the file ends within a line, what is missing may have been cut off.
        let ragged = if is_last_cut { Ragged::Reject } else { self.shape.ragged };
        let field_count = FieldCount::of_header(self.names().len(), ragged);
        fit_field_count(field_count, record.bytes.len(), fields)?;
        match std::str::from_utf8(record.bytes) {
            Ok(_) => Ok(()),
            Err(error) => Err(FieldFault { offset: error.valid_up_to(), reason: RejectReason::InvalidUtf8 }),
        }
    }

    fn pass(&mut self, end: usize) {
        self.line += memchr::memchr_iter(b'\n', &self.buffer[self.start..end]).count() as u64;
        self.start = end;
    }

    /// Moves `start` behind the next line feed.
    fn skip_line(&mut self) -> Result<(), EventError> {
        self.skips_line = false;
        loop {
            match memchr(b'\n', &self.buffer[self.start..]) {
                Some(stop) => {
                    self.pass(self.start + stop + 1);
                    return Ok(());
                }
                None => self.start = self.buffer.len(),
            }
            if self.at_end {
                return Ok(());
            }
            self.read_on()?;
        }
    }

    /// Reads more text; at least doubles the buffer, so that a long record is scanned only a few times.
    fn read_on(&mut self) -> Result<(), EventError> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let goal = (2 * self.buffer.len()).max(self.chunk_bytes);
        self.input.fill(&mut self.buffer, goal)?;
        self.at_end = self.buffer.len() < goal;
        if self.at_end {
            let rows_end = footer_start(&self.buffer, index64(self.shape.skip_footer.into()));
            self.footer = self.buffer.split_off(rows_end);
        }
        Ok(())
    }
}

/// Whether the fields of a row with this fault are uncertain.
fn tears(reason: &RejectReason) -> bool {
    matches!(
        reason,
        RejectReason::StrayQuote
            | RejectReason::UnterminatedQuote
            | RejectReason::SwallowedRows { .. }
            | RejectReason::RowTooLong { .. }
    )
}

impl<'a> TextRow<'a> {
    pub fn field_count(&self) -> usize {
        self.fields.len()
    }

    /// The text of a field without surrounding blanks; `None` if there is no such field, or the field is empty or not
    /// UTF-8.
    pub fn text(&self, column: usize) -> Option<Cow<'a, str>> {
        let quotes = |c: char| c.is_whitespace() || (self.is_torn && c == '"');
        let text = match self.fields.get(column)?.text(self.record.bytes).ok()? {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(quotes)),
            Cow::Owned(text) => Cow::Owned(text.trim_matches(quotes).to_owned()),
        };
        (!text.is_empty()).then_some(text)
    }

    /// The physical line and the byte in it, both from 1, where a field starts.
    pub fn position(&self, column: usize) -> (u64, u64) {
        self.record.position(self.fields.get(column).map_or(0, |field| field.start))
    }
}

/// The fields of a rejected row as [`Reject`](super::Reject) keeps it; `None` if the fields are uncertain.
pub fn split_row<'a>(raw: &'a str, layout: &EventLayout) -> Option<Vec<Cow<'a, str>>> {
    let dialect = dialect(layout, MAX_RECORD_BYTES);
    let mut records = Records::new(raw.as_bytes(), 1, dialect);
    let record = records.next().filter(|_| records.rest.is_empty())?;
    let mut fields = Vec::new();
    cut(&record, &dialect, &mut fields).ok()?;
    fields.iter().map(|field| field.text(record.bytes).ok()).collect()
}
