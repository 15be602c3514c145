//! From the lines of a chunk to references: most lines go the short way of `scan`, all others the long way here.

use super::{
    dictionary::{Dictionary, Stuck},
    scan::{self, Key},
    shape::{Content, PUNCTUATION, Shape},
};
use crate::event::{
    Delimiter, EventError, MAX_NAME_BYTES, RejectReason,
    fields::{Fault, Field, check_field_count, cut},
    plan::FieldCount,
    record::{Punctuation, Records, without_line_end},
    reject::shown,
};

/// Why a chunk was not read to its end.
pub(super) enum Halt {
    /// The ids need another dictionary.
    Stuck(Stuck),
    /// This line is no edge.
    Bad(BadLine),
    /// The file cannot be read.
    Failed(EventError),
}

impl Halt {
    /// What the ids need, if that is why.
    pub(super) fn stuck(&self) -> Option<Stuck> {
        if let Self::Stuck(stuck) = self { Some(*stuck) } else { None }
    }
}

/// A line that is no edge, and what is wrong at which of its bytes.
pub(super) struct BadLine {
    /// The line in the text of the chunk, from 1.
    pub(super) line: u64,
    /// The byte in the line, from 1.
    pub(super) column: u64,
    pub(super) why: String,
}

/// How many keys are looked up at a time: so few that they and what they touch stay in the cache, so many that
/// waiting for one overlaps with fetching the others.
const BATCH_KEYS: usize = 512;

/// What the lines of chunks become; emptied and used again for each chunk.
pub(super) struct Lines<K> {
    keys: Vec<K>,
    /// In order.
    pub(super) references: Vec<u32>,
    pub(super) weights: Vec<f64>,
    fields: Vec<Field>,
}

impl<K: Key> Lines<K> {
    pub(super) fn new() -> Self {
        let keys = Vec::with_capacity(BATCH_KEYS + 2);
        Self { keys, references: Vec::new(), weights: Vec::new(), fields: Vec::new() }
    }

    /// Reads all lines of `text`.
    pub(super) fn read<D: Dictionary<Key = K>>(
        &mut self,
        text: &[u8],
        shape: Shape,
        dictionary: &D,
    ) -> Result<(), Halt> {
        self.keys.clear();
        self.references.clear();
        self.weights.clear();
        match shape.content {
            Content::Edge => self.read_lines::<D, EDGE>(text, shape, dictionary),
            Content::WeightedEdge => self.read_lines::<D, WEIGHTED>(text, shape, dictionary),
            Content::Node => self.read_lines::<D, NODE>(text, shape, dictionary),
        }
    }

    fn read_lines<D: Dictionary<Key = K>, const CONTENT: u8>(
        &mut self,
        text: &[u8],
        shape: Shape,
        dictionary: &D,
    ) -> Result<(), Halt> {
        let delimiter = match shape.delimiter {
            Delimiter::Byte(delimiter) => delimiter,
            Delimiter::Blanks => b' ',
        };
        let mut at = 0;
        while at < text.len() {
            if self.keys.len() >= BATCH_KEYS {
                dictionary.look_up(&self.keys, text, &mut self.references).map_err(Halt::Stuck)?;
                self.keys.clear();
            }
            at = match self.short_line::<CONTENT>(text, at, delimiter) {
                Some(next) => next,
                None => self.long_line::<D>(text, at, shape)?,
            };
        }
        dictionary.look_up(&self.keys, text, &mut self.references).map_err(Halt::Stuck)
    }

    /// Reads the line at `at` if it is plain, and tells where the next one starts.
    #[expect(
        clippy::inline_always,
        reason = "it is the body of the loop over lines, and scan::Key::scan its only part"
    )]
    #[inline(always)]
    fn short_line<const CONTENT: u8>(&mut self, text: &[u8], at: usize, delimiter: u8) -> Option<usize> {
        if K::MAY_BE_COMMENT && matches!(text[at], b'#' | b'%') {
            return None;
        }
        let (source, end) = K::scan(text, at, delimiter)?;
        if CONTENT == NODE {
            let next = line_end(text, end)?;
            self.keys.push(source);
            return Some(next);
        }
        if *text.get(end)? != delimiter {
            return None;
        }
        let (target, mut end) = K::scan(text, end + 1, delimiter)?;
        let mut weight = 1.0;
        if CONTENT == WEIGHTED {
            if *text.get(end)? != delimiter {
                return None;
            }
            (weight, end) = scan::weight(text, end + 1)?;
        }
        let next = line_end(text, end)?;
        if CONTENT == WEIGHTED {
            if weight == 0.0 {
                return None;
            }
            self.weights.push(weight);
        }
        self.keys.push(source);
        self.keys.push(target);
        Some(next)
    }

    /// Reads the next line at or behind `at` that is neither blank nor a comment, by all rules, and tells where the
    /// one behind it starts.
    #[cold]
    #[inline(never)]
    fn long_line<D: Dictionary<Key = K>>(
        &mut self,
        text: &[u8],
        at: usize,
        shape: Shape,
    ) -> Result<usize, Halt> {
        let mut records = Records::new(&text[at..], 1, PUNCTUATION);
        let Some(record) = records.next() else { return Ok(text.len()) };
        let punctuation = Punctuation { delimiter: shape.delimiter, ..PUNCTUATION };
        let next = text.len() - records.rest.len();
        let start = without_line_end(&text[..next]).len() - record.bytes.len();
        let parsed = match cut(&record, &punctuation, &mut self.fields) {
            Ok(()) => self.parse::<D>(record.bytes, start, shape.content),
            Err(fault) => Err(fault.into()),
        };
        match parsed {
            Ok(()) => Ok(next),
            Err(LineFault::Stuck(stuck)) => Err(Halt::Stuck(stuck)),
            Err(LineFault::Bad { offset, why }) => {
                let lines_before = memchr::memchr_iter(b'\n', &text[..at]).count() as u64;
                let (line, column) = record.position(offset);
                Err(Halt::Bad(BadLine { line: lines_before + line, column, why }))
            }
        }
    }

    /// Takes the fields of the row that starts at byte `start` of the text.
    fn parse<D: Dictionary<Key = K>>(
        &mut self,
        row: &[u8],
        start: usize,
        content: Content,
    ) -> Result<(), LineFault> {
        let expected = match content {
            Content::Node => {
                self.keys.push(key::<D>(row, start, &self.fields[0])?);
                return Ok(());
            }
            Content::Edge => 2,
            Content::WeightedEdge => 3,
        };
        check_field_count(FieldCount::Exactly(expected), row.len(), &self.fields)?;
        let source = key::<D>(row, start, &self.fields[0])?;
        let target = key::<D>(row, start, &self.fields[1])?;
        if let Some(field) = self.fields.get(2) {
            self.weights.push(weight(row, field)?);
        }
        self.keys.extend([source, target]);
        Ok(())
    }
}

// What a line holds, as constants: the loop over the lines is compiled for each of them.
const EDGE: u8 = 0;
const WEIGHTED: u8 = 1;
const NODE: u8 = 2;

/// Where the next line starts if this one ends at `at`.
#[inline]
fn line_end(text: &[u8], at: usize) -> Option<usize> {
    match *text.get(at)? {
        b'\n' => Some(at + 1),
        b'\r' if text.get(at + 1) == Some(&b'\n') => Some(at + 2),
        _ => None,
    }
}

/// Why a line was not taken.
enum LineFault {
    Stuck(Stuck),
    /// What is wrong, and at which of its bytes.
    Bad {
        offset: usize,
        why: String,
    },
}

impl From<Fault> for LineFault {
    fn from(fault: Fault) -> Self {
        Self::Bad { offset: fault.offset, why: fault.reason.to_string() }
    }
}

fn key<D: Dictionary>(row: &[u8], start: usize, field: &Field) -> Result<D::Key, LineFault> {
    const BLANKS: [char; 2] = [' ', '\t'];
    let text = field.text(row)?;
    let id = text.trim_start_matches(BLANKS);
    let at = start + field.start + (text.len() - id.len());
    let id = id.trim_end_matches(BLANKS);
    let why = match id.len() {
        1..=MAX_NAME_BYTES if memchr::memchr(0, id.as_bytes()).is_none() => {
            return D::key(id, at).map_err(LineFault::Stuck);
        }
        0 => "the id is empty".to_owned(),
        1..=MAX_NAME_BYTES => RejectReason::NulByte.to_string(),
        _ => RejectReason::NameTooLong.to_string(),
    };
    Err(LineFault::Bad { offset: field.start, why })
}

fn weight(row: &[u8], field: &Field) -> Result<f64, LineFault> {
    let text = field.text(row)?;
    match text.trim().parse::<f64>() {
        Ok(weight) if weight.is_finite() && weight > 0.0 => Ok(weight),
        _ => {
            let why = format!("the weight `{}` is not a finite number above 0", shown(text.trim()));
            Err(LineFault::Bad { offset: field.start, why })
        }
    }
}
