//! Parses the lines of a chunk into references and weights: `scan` parses common lines, and the full rules here parse
//! all other lines.

use std::borrow::Cow;

use super::{
    delimiter,
    dictionary::{Dictionary, DictionaryLimit},
    error::remedy,
    line_format::{Content, HeadField, LineFormat},
    scan::{self, Key},
};
use crate::event::{
    Delimiter, EventError, FieldCount, FieldFault, FieldSpan, MAX_NAME_BYTES, MAX_RECORD_BYTES, Quoting,
    Records, RejectReason, cut, fit_field_count, is_blank, shown, without_line_end,
};

/// Why a chunk was not read to its end: the dictionary cannot take an id, a line is not an edge, or the file cannot be
/// read. `line` counts the lines of the chunk from 1, and `column` counts the bytes of the line from 1.
pub(super) enum ChunkError {
    Dictionary(DictionaryLimit),
    BadLine { line: u64, column: u64, why: String, remedy: &'static str },
    File(EventError),
}

impl ChunkError {
    pub(super) fn dictionary_limit(&self) -> Option<DictionaryLimit> {
        if let Self::Dictionary(limit) = self { Some(*limit) } else { None }
    }
}

/// How many keys are looked up at a time: few enough that the keys and their slots stay in the cache, and enough that
/// cache misses overlap.
const BATCH_KEYS: usize = 512;

/// Parses one chunk after the other into the same buffers.
pub(super) struct LineReader<K> {
    keys: Vec<K>,
    /// The references of the chunk, in the order of the ids in the text.
    pub(super) references: Vec<u32>,
    pub(super) weights: Vec<f64>,
    /// How many lines of the chunk are comments.
    pub(super) comments: u64,
    /// Whether an id of the chunk holds a blank.
    pub(super) has_blanks: bool,
    fields: Vec<FieldSpan>,
}

impl<K: Key> LineReader<K> {
    pub(super) fn new() -> Self {
        Self {
            keys: Vec::with_capacity(BATCH_KEYS + 2),
            references: Vec::new(),
            weights: Vec::new(),
            comments: 0,
            has_blanks: false,
            fields: Vec::new(),
        }
    }

    pub(super) fn read<D: Dictionary<Key = K>>(
        &mut self,
        text: &[u8],
        format: LineFormat,
        dictionary: &D,
    ) -> Result<(), ChunkError> {
        self.keys.clear();
        self.references.clear();
        self.weights.clear();
        self.comments = 0;
        self.has_blanks = false;
        match format.content {
            Content::Edge => self.read_lines::<D, { Content::Edge as u8 }>(text, format, dictionary),
            Content::WeightedEdge => {
                self.read_lines::<D, { Content::WeightedEdge as u8 }>(text, format, dictionary)
            }
            Content::EdgeAndRest => {
                self.read_lines::<D, { Content::EdgeAndRest as u8 }>(text, format, dictionary)
            }
            Content::Node => self.read_lines::<D, { Content::Node as u8 }>(text, format, dictionary),
        }
    }

    /// Reads the lines of `text`. `CONTENT` is a [`Content`]; the loop is compiled separately for each value.
    fn read_lines<D: Dictionary<Key = K>, const CONTENT: u8>(
        &mut self,
        text: &[u8],
        format: LineFormat,
        dictionary: &D,
    ) -> Result<(), ChunkError> {
        let delimiter = match format.dialect.delimiter {
            Delimiter::Byte(delimiter) => delimiter,
            Delimiter::Blanks => b' ',
        };
        let mut at = 0;
        while at < text.len() {
            if self.keys.len() >= BATCH_KEYS {
                dictionary.look_up(&self.keys, text, &mut self.references).map_err(ChunkError::Dictionary)?;
                self.keys.clear();
            }
            at = match self.common_line::<CONTENT>(text, at, delimiter) {
                Some(next) => next,
                None => self.any_line(text, at, format)?,
            };
        }
        dictionary.look_up(&self.keys, text, &mut self.references).map_err(ChunkError::Dictionary)
    }

    /// Reads the line at `at` if it is a common line, and returns the start of the next line.
    #[expect(
        clippy::inline_always,
        reason = "the loop over lines consists of this call, which calls `scan::Key::scan`, inlined too"
    )]
    #[inline(always)]
    fn common_line<const CONTENT: u8>(&mut self, text: &[u8], at: usize, delimiter: u8) -> Option<usize> {
        if K::MAY_BE_UNUSUAL && matches!(text[at], b'#' | b'%' | b'"') {
            return None;
        }
        let (source, end) = K::scan(text, at, delimiter)?;
        if CONTENT == Content::Node as u8 {
            let next = line_end(text, end)?;
            self.keys.push(source);
            return Some(next);
        }
        if *text.get(end)? != delimiter {
            return None;
        }
        if K::MAY_BE_UNUSUAL && text.get(end + 1) == Some(&b'"') {
            return None;
        }
        let (target, mut end) = K::scan(text, end + 1, delimiter)?;
        let mut weight = 1.0;
        if CONTENT == Content::WeightedEdge as u8 {
            if *text.get(end)? != delimiter {
                return None;
            }
            (weight, end) = scan::weight(text, end + 1)?;
        }
        let next = if CONTENT == Content::EdgeAndRest as u8 {
            rest_end(text, at, end, delimiter)?
        } else {
            line_end(text, end)?
        };
        if CONTENT == Content::WeightedEdge as u8 {
            if weight == 0.0 {
                return None;
            }
            self.weights.push(weight);
        }
        self.keys.push(source);
        self.keys.push(target);
        Some(next)
    }

    /// Reads the next line at or behind `at` that is neither blank nor a comment, by the full rules, and returns the
    /// start of the line behind it.
    #[cold]
    #[inline(never)]
    fn any_line(&mut self, text: &[u8], at: usize, format: LineFormat) -> Result<usize, ChunkError> {
        let mut records = Records::new(&text[at..], 1, format.lines());
        let Some(record) = records.next() else {
            self.comments += comment_count(&text[at..], format);
            return Ok(text.len());
        };
        let next = text.len() - records.rest.len();
        let start = without_line_end(&text[..next]).len() - record.bytes.len();
        self.comments += comment_count(&text[at..start], format);
        let parsed = match cut(&record.with_quotes(&format.dialect), &format.dialect, &mut self.fields) {
            Ok(()) => self.parse(record.bytes, start, format),
            Err(fault) => Err(fault.into()),
        };
        match parsed {
            Ok(()) => Ok(next),
            Err(LineFault::Dictionary(limit)) => Err(ChunkError::Dictionary(limit)),
            Err(LineFault::Bad { offset, why, remedy }) => {
                let lines_before = memchr::memchr_iter(b'\n', &text[..at]).count() as u64;
                let (line, column) = record.position(offset);
                Err(ChunkError::BadLine { line: lines_before + line, column, why, remedy })
            }
        }
    }

    /// Parses the fields of the row that starts at byte `start` of the text.
    fn parse(&mut self, row: &[u8], start: usize, format: LineFormat) -> Result<(), LineFault> {
        let allowed = match format.content {
            Content::Node => {
                let id = Id::of(row, &self.fields[0], format)?;
                if let Some(offset) = id.blank.filter(|_| !format.blanks_in_ids) {
                    let why =
                        format!("the id `{}` holds a blank, other than the ids of the edges", shown(id.text));
                    return Err(LineFault::Bad { offset, why, remedy: remedy::DELIMITER });
                }
                self.keys.push(id.key(start)?);
                return Ok(());
            }
            Content::Edge => FieldCount::Exactly(2),
            Content::WeightedEdge => FieldCount::Exactly(3),
            Content::EdgeAndRest => FieldCount::AtLeast(2),
        };
        fit_field_count(allowed, row.len(), &mut self.fields)?;
        let ids = [Id::of(row, &self.fields[0], format)?, Id::of(row, &self.fields[1], format)?];
        if let Some(blank) = ids.iter().find_map(|id| id.blank) {
            self.has_blanks = true;
            check_blanks(row, blank, format)?;
        }
        let [source, target]: [K; 2] = [ids[0].key(start)?, ids[1].key(start)?];
        if format.content == Content::WeightedEdge {
            self.weights.push(weight(row, &self.fields[2])?);
        }
        self.keys.extend([source, target]);
        Ok(())
    }
}

/// How many of these lines, which are blank or comments, are comments.
fn comment_count(lines: &[u8], format: LineFormat) -> u64 {
    let is_comment =
        |line: &&[u8]| line.first().is_some_and(|first| format.dialect.comments.contains(&Some(*first)));
    lines.split(|&byte| byte == b'\n').filter(is_comment).count() as u64
}

/// The start of the next line, if there is a line end at `at`.
#[inline]
fn line_end(text: &[u8], at: usize) -> Option<usize> {
    match *text.get(at)? {
        b'\n' => Some(at + 1),
        b'\r' if text.get(at + 1) == Some(&b'\n') => Some(at + 2),
        _ => None,
    }
}

/// The start of the line behind the one that starts at `at`, if the fields that follow at `end` can be ignored unread.
#[inline]
fn rest_end(text: &[u8], at: usize, end: usize, delimiter: u8) -> Option<usize> {
    if *text.get(end)? != delimiter {
        return line_end(text, end);
    }
    // Whether a quote is in order is for the full rules.
    let stop = end + memchr::memchr2(b'"', b'\n', &text[end..])?;
    (text[stop] == b'\n' && stop - at <= MAX_RECORD_BYTES).then_some(stop + 1)
}

/// What is wrong with a row; `offset` is the position of a byte in the row.
enum LineFault {
    Dictionary(DictionaryLimit),
    Bad { offset: usize, why: String, remedy: &'static str },
}

impl From<FieldFault> for LineFault {
    fn from(FieldFault { offset, reason }: FieldFault) -> Self {
        let (why, remedy) = match reason {
            RejectReason::StrayQuote | RejectReason::UnterminatedQuote => {
                (reason.to_string(), remedy::QUOTES)
            }
            RejectReason::TooManyFields { expected: 3, .. } => {
                (format!("{reason}: columns follow the weight"), remedy::MORE_FIELDS)
            }
            RejectReason::TooManyFields { .. } => (reason.to_string(), remedy::MORE_FIELDS),
            _ => (reason.to_string(), remedy::LINE),
        };
        Self::Bad { offset, why, remedy }
    }
}

/// An id in a row.
struct Id<'a> {
    text: &'a str,
    /// Its position in the row.
    offset: usize,
    /// The position in the row of the first blank in an id without quotes.
    blank: Option<usize>,
}

impl<'a> Id<'a> {
    fn of(row: &'a [u8], field: &FieldSpan, format: LineFormat) -> Result<Self, LineFault> {
        const BLANKS: [char; 2] = [' ', '\t'];
        let is_quoted = format.dialect.quoting != Quoting::None && field.is_quoted(row);
        let Cow::Borrowed(text) = field.text(row)? else {
            let why = "an id holds a doubled quote, which stands for one quote".to_owned();
            return Err(LineFault::Bad { offset: field.start, why, remedy: remedy::DOUBLED_QUOTE });
        };
        let id = text.trim_start_matches(BLANKS);
        let offset = field.start + text.len() - id.len();
        let id = id.trim_end_matches(BLANKS);
        let why = match id.len() {
            1..=MAX_NAME_BYTES if memchr::memchr(0, id.as_bytes()).is_none() => {
                let blank = id.bytes().position(is_blank).filter(|_| !is_quoted);
                return Ok(Self { text: id, offset, blank: blank.map(|blank| offset + blank) });
            }
            0 => "the id is empty".to_owned(),
            1..=MAX_NAME_BYTES => RejectReason::NulByte.to_string(),
            _ => RejectReason::NameTooLong.to_string(),
        };
        Err(LineFault::Bad { offset: field.start, why, remedy: remedy::LINE })
    }

    /// The key of the id in a row that starts at byte `start` of the text.
    fn key<K: Key>(&self, start: usize) -> Result<K, LineFault> {
        K::of_id(self.text, start + self.offset).map_err(LineFault::Dictionary)
    }
}

/// Checks that the blanks in the ids of an edge, the first of them at `offset`, cannot separate fields.
fn check_blanks(row: &[u8], offset: usize, format: LineFormat) -> Result<(), LineFault> {
    let Delimiter::Byte(separator) = format.dialect.delimiter else { return Ok(()) };
    if format.blanks_in_ids {
        return Ok(());
    }
    let fields = HeadField::all(row, format.dialect).unwrap_or_default();
    if delimiter::blanks_make_edge(row, separator, &fields, format.dialect) {
        let why = delimiter::beside(separator);
        return Err(LineFault::Bad { offset, why, remedy: remedy::DELIMITER });
    }
    Ok(())
}

fn weight(row: &[u8], field: &FieldSpan) -> Result<f64, LineFault> {
    let text = field.text(row)?;
    match text.trim().parse::<f64>() {
        Ok(weight) if weight.is_finite() && weight > 0.0 => Ok(weight),
        _ => {
            let why = format!("the weight `{}` is not a finite number above 0", shown(text.trim()));
            Err(LineFault::Bad { offset: field.start, why, remedy: remedy::WEIGHT })
        }
    }
}
