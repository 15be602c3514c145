//! Finds where a record, the raw text of a row, ends; the splitter and the parser share it, so they cannot disagree.
//!
//! A quote opens only at the start of a field. Quoted text may contain line feeds, but a record is never longer than
//! [`Dialect::max_record_bytes`]:
//! - a quote that is not closed within that limit, or by the end of the file, is *unterminated*: the record ends with
//!   the line that holds the quote and is rejected, and reading goes on at the next line;
//! - any other longer record is *too long*: it is rejected up to the first line feed beyond the limit.

use memchr::{memchr, memchr_iter, memchr2, memchr3, memrchr};

use super::{Delimiter, Quoting, fields::is_blank};

/// The longest record, in bytes without its line end; a stray quote swallows no more than this.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// How a text is cut into records and fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    pub(crate) delimiter: Delimiter,
    pub(crate) quoting: Quoting,
    /// Lines that begin with one of these bytes are comments.
    pub(crate) comments: [Option<u8>; 2],
    /// Whether a quote inside a field that begins with another character is text; else it makes a bad row.
    pub(crate) inner_quotes: bool,
    /// The longest record, in bytes without its line end; at least 1.
    pub(crate) max_record_bytes: usize,
}

/// Where the record at the start of some bytes ends; every `end` is the start of the next record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// A whole record; `quoted` if it contains a quote.
    Whole { end: usize, quoted: bool },
    /// A record with a quote, at `quote`, that never closes.
    Unterminated { quote: usize, end: usize },
    /// A record longer than the limit.
    TooLong { end: usize },
    /// A record longer than the limit whose line end is not yet among the bytes.
    TooLongSoFar,
    /// The end of the record is not yet among the bytes.
    Partial,
}

impl Dialect {
    /// The extent of the record at the start of `bytes`; `at_end` if no text follows `bytes`. O(length of the record).
    pub(super) fn extent(&self, bytes: &[u8], at_end: bool) -> Extent {
        let window = &bytes[..bytes.len().min(self.max_record_bytes + 1)];
        let is_full = window.len() > self.max_record_bytes;
        let is_plain =
            self.quoting == Quoting::None || bytes.first().is_some_and(|&byte| self.is_comment(byte));
        let stop = if is_plain { memchr(b'\n', window) } else { memchr2(b'"', b'\n', window) };
        let quoted = stop.is_some_and(|stop| window[stop] == b'"');
        let stop = if quoted {
            match self.quoted_end(window, is_full || at_end) {
                QuotedEnd::LineFeed(stop) => Some(stop),
                QuotedEnd::Outside => None,
                QuotedEnd::Inside(quote) => return unterminated(bytes, window.len(), quote, is_full, at_end),
            }
        } else {
            stop
        };
        match stop {
            Some(stop) => Extent::Whole { end: stop + 1, quoted },
            None if is_full => too_long(bytes, window.len(), at_end),
            None if at_end => Extent::Whole { end: bytes.len(), quoted },
            None => Extent::Partial,
        }
    }

    /// Walks over the fields of a record with quotes to its line feed. `is_final`: bytes after `window` are not
    /// considered.
    fn quoted_end(&self, window: &[u8], is_final: bool) -> QuotedEnd {
        let mut at = 0;
        loop {
            if window.get(at) == Some(&b'"') {
                match closing_quote(window, at + 1) {
                    // The last byte may be the first half of a doubled quote.
                    Some(close) if close + 1 == window.len() && !is_final => return QuotedEnd::Inside(at),
                    Some(close) => at = close + 1,
                    None => return QuotedEnd::Inside(at),
                }
            }
            let rest = &window[at..];
            let stop = match self.delimiter {
                Delimiter::Byte(delimiter) => memchr2(delimiter, b'\n', rest),
                Delimiter::Blanks => memchr3(b' ', b'\t', b'\n', rest),
            };
            match stop {
                None => return QuotedEnd::Outside,
                Some(stop) if rest[stop] == b'\n' => return QuotedEnd::LineFeed(at + stop),
                Some(stop) => at += stop + 1,
            }
        }
    }

    /// The end of the last whole record in `bytes`, which start with a record; more text follows.
    pub(super) fn last_boundary(&self, bytes: &[u8]) -> Boundary {
        if self.quoting == Quoting::None || memchr(b'"', bytes).is_none() {
            return match memrchr(b'\n', bytes) {
                Some(stop) => Boundary::After(stop + 1),
                None if bytes.len() > self.max_record_bytes => Boundary::TooLongSoFar,
                None => Boundary::None,
            };
        }
        let mut boundary = 0;
        loop {
            match self.extent(&bytes[boundary..], false) {
                Extent::Whole { end, .. } | Extent::Unterminated { end, .. } | Extent::TooLong { end } => {
                    boundary += end;
                }
                _ if boundary > 0 => return Boundary::After(boundary),
                Extent::TooLongSoFar => return Boundary::TooLongSoFar,
                Extent::Partial => return Boundary::None,
            }
        }
    }

    fn is_comment(&self, byte: u8) -> bool {
        self.comments.contains(&Some(byte))
    }

    fn is_blank(&self, line: &[u8]) -> bool {
        line.is_empty() || (self.delimiter == Delimiter::Blanks && line.iter().all(|byte| is_blank(*byte)))
    }
}

/// Where bytes can be cut between two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Boundary {
    After(usize),
    /// No cut: the bytes hold one record that is longer than the limit, and its line end is not yet among them.
    TooLongSoFar,
    /// No cut yet: the end of the first record is not yet among the bytes.
    None,
}

/// Where the walk over a record with quotes ended.
enum QuotedEnd {
    /// At the line feed that ends the record.
    LineFeed(usize),
    /// Outside quotes at the end of the window.
    Outside,
    /// Inside the quote that opens here.
    Inside(usize),
}

/// The position of the quote that closes a field whose text starts at `from`; a doubled quote is text.
pub(crate) fn closing_quote(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let quote = at + memchr(b'"', bytes.get(at..)?)?;
        if bytes.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        at = quote + 2;
    }
}

/// The extent of a record whose quote is still open after `window_len` bytes.
fn unterminated(bytes: &[u8], window_len: usize, quote: usize, is_full: bool, at_end: bool) -> Extent {
    if !is_full && !at_end {
        return Extent::Partial;
    }
    match memchr(b'\n', &bytes[quote..window_len]) {
        Some(stop) => Extent::Unterminated { quote, end: quote + stop + 1 },
        None if is_full => too_long(bytes, window_len, at_end),
        None => Extent::Unterminated { quote, end: bytes.len() },
    }
}

/// The extent of a record that does not end within its first `from` bytes, the limit.
fn too_long(bytes: &[u8], from: usize, at_end: bool) -> Extent {
    match memchr(b'\n', &bytes[from..]) {
        Some(stop) => Extent::TooLong { end: from + stop + 1 },
        None if at_end => Extent::TooLong { end: bytes.len() },
        None => Extent::TooLongSoFar,
    }
}

/// What is wrong with a record as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The quote at this byte of the record never closes.
    Unterminated(usize),
    /// The record is longer than the limit; its bytes are cut at the limit.
    TooLong,
}

/// The bytes of one row, without the line end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawRecord<'a> {
    pub(crate) bytes: &'a [u8],
    /// The physical line of the first byte, from 1.
    pub(crate) line: u64,
    /// Whether it may contain a quote that matters.
    pub(super) quoted: bool,
    pub(super) flaw: Option<Flaw>,
}

impl<'a> RawRecord<'a> {
    /// The record of one line of text, without its line end; quotes do not matter in it.
    pub(crate) fn of_line(bytes: &'a [u8], line: u64) -> Self {
        Self { bytes, line, quoted: false, flaw: None }
    }

    /// This record of one line, where quotes matter as `dialect` says; a quote must close in the line.
    pub(crate) fn with_quotes(self, dialect: &Dialect) -> Self {
        let has_quotes = dialect.quoting != Quoting::None && memchr(b'"', self.bytes).is_some();
        if !has_quotes || self.flaw.is_some() {
            return self;
        }
        let flaw = match dialect.quoted_end(self.bytes, true) {
            QuotedEnd::Inside(quote) => Some(Flaw::Unterminated(quote)),
            QuotedEnd::LineFeed(_) | QuotedEnd::Outside => None,
        };
        Self { quoted: true, flaw, ..self }
    }

    /// The physical line and the column in bytes, both from 1, of byte `offset` of this record.
    pub(crate) fn position(&self, offset: usize) -> (u64, u64) {
        let before = &self.bytes[..offset.min(self.bytes.len())];
        let line = self.line + memchr_iter(b'\n', before).count() as u64;
        let line_start = memrchr(b'\n', before).map_or(0, |stop| stop + 1);
        (line, (offset - line_start) as u64 + 1)
    }
}

/// Iterates over the records of a text that ends with a whole record; skips blank lines and comments.
#[derive(Clone, Debug)]
pub(crate) struct Records<'a> {
    pub(crate) rest: &'a [u8],
    /// The physical line of the first byte of `rest`.
    pub(crate) line: u64,
    dialect: Dialect,
}

impl<'a> Records<'a> {
    pub(crate) fn new(bytes: &'a [u8], first_line: u64, dialect: Dialect) -> Self {
        Self { rest: bytes, line: first_line, dialect }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = RawRecord<'a>;

    #[inline]
    fn next(&mut self) -> Option<RawRecord<'a>> {
        while !self.rest.is_empty() {
            let (end, quoted, flaw) = match self.dialect.extent(self.rest, true) {
                Extent::Whole { end, quoted } => (end, quoted, None),
                Extent::Unterminated { quote, end } => (end, true, Some(Flaw::Unterminated(quote))),
                Extent::TooLong { end } => (end, true, Some(Flaw::TooLong)),
                Extent::TooLongSoFar | Extent::Partial => {
                    unreachable!("invariant: a chunk ends with a record")
                }
            };
            let (taken, rest) = self.rest.split_at(end);
            let line = self.line;
            self.rest = rest;
            self.line += if quoted { memchr_iter(b'\n', taken).count() as u64 } else { 1 };
            let bytes = match flaw {
                Some(Flaw::TooLong) => &taken[..self.dialect.max_record_bytes],
                _ => without_line_end(taken),
            };
            let is_comment = bytes.first().is_some_and(|&byte| self.dialect.is_comment(byte));
            let is_row = !is_comment && (flaw.is_some() || !self.dialect.is_blank(bytes));
            if is_row {
                return Some(RawRecord { bytes, line, quoted, flaw });
            }
        }
        None
    }
}

/// Removes a line end: LF, CR LF, or a lone CR at the end of the file.
pub(crate) fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}
