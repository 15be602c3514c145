//! Cuts a row into fields. Rows without quotes, nearly all of them, take the short way.

use std::{borrow::Cow, cmp::Ordering};

use memchr::memchr;

use super::{
    Delimiter, RejectReason,
    plan::FieldCount,
    record::{Flaw, Punctuation, Record, closing_quote},
};

/// The longest channel, handle or id, in bytes.
pub const MAX_NAME_BYTES: usize = 1 << 10;

/// What is wrong with a row, and at which of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) offset: usize,
    pub(crate) reason: RejectReason,
}

/// Where a field's text stands in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether doubled quotes stand in it.
    escaped: bool,
}

impl Field {
    /// The bytes of this field of `row` as they stand, doubled quotes and all.
    #[inline]
    pub(crate) fn bytes<'a>(&self, row: &'a [u8]) -> &'a [u8] {
        &row[self.start..self.end]
    }

    /// The text of this field of `row`.
    #[inline]
    pub(crate) fn text<'a>(&self, row: &'a [u8]) -> Result<Cow<'a, str>, Fault> {
        match std::str::from_utf8(self.bytes(row)) {
            Ok(text) if self.escaped => Ok(Cow::Owned(text.replace("\"\"", "\""))),
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => {
                Err(Fault { offset: self.start + error.valid_up_to(), reason: RejectReason::InvalidUtf8 })
            }
        }
    }
}

/// Fills `fields` with the fields of `record`.
///
/// A row with the wrong number of fields is no fault here; one that cannot be cut for certain is.
pub(crate) fn cut(
    record: &Record<'_>,
    punctuation: &Punctuation,
    fields: &mut Vec<Field>,
) -> Result<(), Fault> {
    fields.clear();
    match record.flaw {
        None => {}
        Some(Flaw::Unterminated(offset)) => {
            return Err(Fault { offset, reason: RejectReason::UnterminatedQuote });
        }
        Some(Flaw::TooLong) => {
            let limit = punctuation.max_record_bytes;
            return Err(Fault { offset: limit, reason: RejectReason::RowTooLong { limit } });
        }
    }
    match punctuation.delimiter {
        Delimiter::Byte(delimiter) if !record.quoted => cut_plain(record.bytes, delimiter, fields),
        Delimiter::Blanks if !record.quoted => cut_blanks(record.bytes, fields),
        _ => return cut_quoted(record.bytes, punctuation.delimiter, fields),
    }
    Ok(())
}

/// Whether a row has as many fields as it should; the fault stands at the first one too many, or at the end.
pub(crate) fn check_field_count(allowed: FieldCount, row_len: usize, fields: &[Field]) -> Result<(), Fault> {
    let found = fields.len();
    let (expected, more_are_fine) = match allowed {
        FieldCount::Exactly(count) => (count, false),
        FieldCount::AtLeast(count) => (count, true),
    };
    match found.cmp(&expected) {
        Ordering::Equal => Ok(()),
        Ordering::Greater if more_are_fine => Ok(()),
        Ordering::Less => {
            Err(Fault { offset: row_len, reason: RejectReason::TooFewFields { found, expected } })
        }
        Ordering::Greater => {
            let offset = fields[expected].start;
            Err(Fault { offset, reason: RejectReason::TooManyFields { found, expected } })
        }
    }
}

/// Fields are short: looking at eight bytes at once beats a call of `memchr` for each field.
#[inline]
pub(crate) fn cut_plain(row: &[u8], delimiter: u8, fields: &mut Vec<Field>) {
    let pattern = u64::from_le_bytes([delimiter; 8]);
    let (words, tail) = row.as_chunks::<8>();
    let mut start = 0;
    let mut end_field = |end: usize| {
        fields.push(Field { start, end, escaped: false });
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

/// The top bit of each byte of `word` that is zero, and no other bit.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    const LOW_BITS: u64 = u64::from_le_bytes([0x7f; 8]);
    !(((word & LOW_BITS) + LOW_BITS) | word | LOW_BITS)
}

#[inline]
fn cut_blanks(row: &[u8], fields: &mut Vec<Field>) {
    let mut start = 0;
    while start < row.len() {
        let length = row[start..].iter().take_while(|byte| !is_blank(**byte)).count();
        if length > 0 {
            fields.push(Field { start, end: start + length, escaped: false });
        }
        start += length + 1;
    }
}

/// The exact way, for rows with a quote anywhere.
fn cut_quoted(row: &[u8], delimiter: Delimiter, fields: &mut Vec<Field>) -> Result<(), Fault> {
    let is_delimiter = |byte: &u8| match delimiter {
        Delimiter::Byte(delimiter) => *byte == delimiter,
        Delimiter::Blanks => is_blank(*byte),
    };
    let stray = |offset| Fault { offset, reason: RejectReason::StrayQuote };
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
            Field { start: at + 1, end: close, escaped }
        } else {
            let length = row[at..].iter().position(is_delimiter).unwrap_or(row.len() - at);
            if let Some(quote) = memchr(b'"', &row[at..at + length]) {
                return Err(stray(at + quote));
            }
            Field { start: at, end: at + length, escaped: false }
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

/// Whether `byte` separates fields where blanks do.
#[inline]
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
