//! Cuts a row into fields, with a fast path for rows without quotes.

use std::{borrow::Cow, cmp::Ordering};

use memchr::memchr;

use super::{
    Delimiter, RejectReason,
    columns::FieldCount,
    record::{Dialect, Flaw, RawRecord, closing_quote},
};

/// The longest channel, handle or id, in bytes.
pub const MAX_NAME_BYTES: usize = 1 << 10;

/// What is wrong with a row, and at which byte of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldFault {
    pub(crate) offset: usize,
    pub(crate) reason: RejectReason,
}

/// The position of a field in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FieldSpan {
    pub(crate) start: usize,
    pub(super) end: usize,
    /// Whether it contains doubled quotes.
    pub(crate) escaped: bool,
}

impl FieldSpan {
    /// The raw bytes of this field of `row`; doubled quotes stay doubled.
    #[inline]
    pub(crate) fn bytes<'a>(&self, row: &'a [u8]) -> &'a [u8] {
        &row[self.start..self.end]
    }

    /// Whether this field of `row`, which was cut with quotes, is enclosed in quotes.
    pub(crate) fn is_quoted(&self, row: &[u8]) -> bool {
        self.start > 0 && row[self.start - 1] == b'"'
    }

    #[inline]
    pub(crate) fn text<'a>(&self, row: &'a [u8]) -> Result<Cow<'a, str>, FieldFault> {
        match std::str::from_utf8(self.bytes(row)) {
            Ok(text) if self.escaped => Ok(Cow::Owned(text.replace("\"\"", "\""))),
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => Err(FieldFault {
                offset: self.start + error.valid_up_to(),
                reason: RejectReason::InvalidUtf8,
            }),
        }
    }
}

/// Fills `fields` with the fields of `record`; a row whose quotes are broken is a fault. The number of fields is not
/// checked.
pub(crate) fn cut(
    record: &RawRecord<'_>,
    dialect: &Dialect,
    fields: &mut Vec<FieldSpan>,
) -> Result<(), FieldFault> {
    fields.clear();
    match record.flaw {
        None => {}
        Some(Flaw::Unterminated(offset)) => {
            return Err(FieldFault { offset, reason: RejectReason::UnterminatedQuote });
        }
        Some(Flaw::TooLong) => {
            let limit = dialect.max_record_bytes;
            return Err(FieldFault { offset: limit, reason: RejectReason::RowTooLong { limit } });
        }
    }
    match dialect.delimiter {
        Delimiter::Byte(delimiter) if !record.quoted => cut_plain(record.bytes, delimiter, fields),
        Delimiter::Blanks if !record.quoted => cut_blanks(record.bytes, fields),
        _ => return cut_quoted(record.bytes, dialect, fields),
    }
    Ok(())
}

/// Checks the number of fields; the fault is at the first surplus field, or at the end of a row with too few fields.
/// With [`FieldCount::Filled`], missing fields are added as empty ones, and empty surplus fields are dropped.
pub(crate) fn fit_field_count(
    allowed: FieldCount,
    row_len: usize,
    fields: &mut Vec<FieldSpan>,
) -> Result<(), FieldFault> {
    let expected = allowed.expected();
    if let FieldCount::Filled(count) = allowed {
        while fields.len() > count && fields.last().is_some_and(|field| field.start == field.end) {
            fields.pop();
        }
        if fields.len() < count {
            fields.resize(count, FieldSpan { start: row_len, end: row_len, escaped: false });
        }
    }
    let found = fields.len();
    match found.cmp(&expected) {
        Ordering::Equal => Ok(()),
        Ordering::Greater if matches!(allowed, FieldCount::AtLeast(_)) => Ok(()),
        Ordering::Less => {
            Err(FieldFault { offset: row_len, reason: RejectReason::TooFewFields { found, expected } })
        }
        Ordering::Greater => {
            let offset = fields[expected].start;
            Err(FieldFault { offset, reason: RejectReason::TooManyFields { found, expected } })
        }
    }
}

/// Doubts a quoted row of several lines if its lines look like rows: if, whatever stands in quotes, the first line has
/// at least `field_count` fields, and at least half of the others have as many as the first. Then a quote that was
/// never meant as one has swallowed rows.
///
/// A text in quotes that imitates rows is doubted as well. It costs its row and can add rows; both are counted.
pub(super) fn check_swallowed(
    record: &RawRecord<'_>,
    delimiter: Delimiter,
    field_count: usize,
    fields: &[FieldSpan],
) -> Result<(), FieldFault> {
    let Some(first_line) = memchr(b'\n', record.bytes).filter(|_| record.quoted && record.flaw.is_none())
    else {
        return Ok(());
    };
    let mut spans = Vec::new();
    let mut counts = record.bytes.split(|&byte| byte == b'\n').map(|line| {
        spans.clear();
        match delimiter {
            Delimiter::Byte(delimiter) => cut_plain(line, delimiter, &mut spans),
            Delimiter::Blanks => cut_blanks(line, &mut spans),
        }
        spans.len()
    });
    let first = counts.next().unwrap_or(0);
    let (lines, alike) =
        counts.fold((0, 0), |(lines, alike), count| (lines + 1, alike + usize::from(count == first)));
    if first < field_count.max(2) || 2 * alike < lines {
        return Ok(());
    }
    let offset = opening_quote(fields, first_line).unwrap_or(0);
    Err(FieldFault { offset, reason: RejectReason::SwallowedRows { lines: lines + 1 } })
}

/// The position of the quote that opens the field in which the first line of a row ends, if that field was cut.
pub(super) fn opening_quote(fields: &[FieldSpan], first_line: usize) -> Option<usize> {
    let runs_on = fields.iter().find(|field| (field.start..field.end).contains(&first_line));
    runs_on.map(|field| field.start.saturating_sub(1))
}

/// Cuts a row without quotes. Fields are short, so comparing eight bytes at once is faster than calling `memchr` for
/// each field.
#[inline]
pub(super) fn cut_plain(row: &[u8], delimiter: u8, fields: &mut Vec<FieldSpan>) {
    let pattern = u64::from_le_bytes([delimiter; 8]);
    let (words, tail) = row.as_chunks::<8>();
    let mut start = 0;
    let mut end_field = |end: usize| {
        fields.push(FieldSpan { start, end, escaped: false });
        start = end + 1;
    };
    for (number, word) in words.iter().enumerate() {
        let mut hits = zero_bytes(u64::from_le_bytes(*word) ^ pattern);
        while hits != 0 {
            end_field(8 * number + (hits.trailing_zeros() / 8) as usize);
            hits &= hits - 1;
        }
    }
    for (offset, byte) in tail.iter().enumerate() {
        if *byte == delimiter {
            end_field(8 * words.len() + offset);
        }
    }
    end_field(row.len());
}

/// A word with the top bit set in each byte that is zero in `word`; all other bits are 0.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    const LOW_BITS: u64 = u64::from_le_bytes([0x7f; 8]);
    !(((word & LOW_BITS) + LOW_BITS) | word | LOW_BITS)
}

#[inline]
fn cut_blanks(row: &[u8], fields: &mut Vec<FieldSpan>) {
    let mut start = 0;
    while start < row.len() {
        let length = row[start..].iter().take_while(|byte| !is_blank(**byte)).count();
        if length > 0 {
            fields.push(FieldSpan { start, end: start + length, escaped: false });
        }
        start += length + 1;
    }
}

fn cut_quoted(row: &[u8], dialect: &Dialect, fields: &mut Vec<FieldSpan>) -> Result<(), FieldFault> {
    let delimiter = dialect.delimiter;
    let is_delimiter = |byte: &u8| match delimiter {
        Delimiter::Byte(delimiter) => *byte == delimiter,
        Delimiter::Blanks => is_blank(*byte),
    };
    let stray = |offset| FieldFault { offset, reason: RejectReason::StrayQuote };
    let mut at = 0;
    loop {
        if delimiter == Delimiter::Blanks {
            at += row[at..].iter().take_while(|byte| is_blank(**byte)).count();
            if at == row.len() {
                return Ok(());
            }
        }
        let field = if row.get(at) == Some(&b'"') {
            let close =
                closing_quote(row, at + 1).expect("invariant: a record without a flaw closes its quotes");
            let escaped = memchr(b'"', &row[at + 1..close]).is_some();
            FieldSpan { start: at + 1, end: close, escaped }
        } else {
            let length = row[at..].iter().position(is_delimiter).unwrap_or(row.len() - at);
            let text = &row[at..at + length];
            // A quote behind blanks was meant to open the field.
            let is_text =
                |quote: usize| dialect.inner_quotes && !text[..quote].iter().all(|&byte| is_blank(byte));
            if let Some(quote) = memchr(b'"', text).filter(|&quote| !is_text(quote)) {
                return Err(stray(at + quote));
            }
            FieldSpan { start: at, end: at + length, escaped: false }
        };
        let next = field.end + usize::from(field.start > at);
        fields.push(field);
        match row.get(next) {
            None => return Ok(()),
            Some(byte) if is_delimiter(byte) => at = next + 1,
            Some(_) => return Err(stray(next)),
        }
    }
}

/// Whether `byte` separates fields under [`Delimiter::Blanks`].
#[inline]
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
