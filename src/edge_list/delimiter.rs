//! Determines from the first row of a file what separates its fields, or says why that is uncertain.
//!
//! A row has a *reading* for each separator. A reading is an edge if it has two fields or more and all fields behind
//! the second are numbers. A row with two readings that are different edges is refused.

use super::line_format::HeadField;
use crate::event::{Delimiter, Dialect, is_blank};

/// A row that is one edge with one separator and another edge with another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DelimiterDoubt {
    /// The position in the row that causes the doubt.
    pub(super) offset: usize,
    pub(super) why: String,
}

const TAB: u8 = b'\t';
/// Separators that are no blanks, in the order in which they are tried.
const MARKS: [u8; 3] = [b',', b';', b'|'];

/// What separates the fields of a file that begins with `row`; the delimiter of `dialect` does not count.
///
/// 1. A tab separates fields, if there is one outside quotes; else one of `,` `;` `|`; else blanks.
/// 2. If two of `,` `;` `|` make an edge of the row, the row is in doubt. An edge with quotes inside a field counts
///    only if there is no other.
/// 3. If all words between blanks and tabs are numbers, blanks separate fields beside tabs.
/// 4. The row is in doubt if its blanks may separate fields ([`blanks_make_edge`]), or if the separator makes no edge
///    and stands inside both of the first two words. With `;` and `|`, which are rarer as separators and commoner in
///    ids, a row of two such words is in doubt even if the separator makes an edge.
pub(super) fn delimiter_of(row: &[u8], dialect: Dialect) -> Result<Delimiter, DelimiterDoubt> {
    let reading = |byte| HeadField::all(row, Dialect { delimiter: Delimiter::Byte(byte), ..dialect });
    let chosen = if separates(row, TAB, dialect) {
        TAB
    } else {
        let marks: Vec<u8> = MARKS.into_iter().filter(|&mark| separates(row, mark, dialect)).collect();
        let makes_edge = |mark: &u8| reading(*mark).is_some_and(|fields| is_edge(&fields));
        let has_clean_quotes = |mark: &u8| reading(*mark).is_some_and(|fields| has_clean_quotes(&fields));
        let mut edges: Vec<u8> = marks.iter().copied().filter(makes_edge).collect();
        if edges.iter().any(has_clean_quotes) {
            edges.retain(has_clean_quotes);
        }
        if let [first, second, ..] = edges[..] {
            let offset = memchr::memchr(second, row).unwrap_or(0);
            let [first, second] = [first, second].map(char::from);
            return Err(DelimiterDoubt {
                offset,
                why: format!("both `{first}` and `{second}` may separate the fields of this row"),
            });
        }
        match edges.first().or(marks.first()) {
            Some(&mark) => mark,
            None => return Ok(Delimiter::Blanks),
        }
    };
    reading(chosen).map_or(Ok(Delimiter::Byte(chosen)), |fields| beside_blanks(row, chosen, &fields, dialect))
}

/// Whether `byte` separates fields of a row, where quotes matter.
pub(super) fn separates(row: &[u8], byte: u8, dialect: Dialect) -> bool {
    match HeadField::all(row, Dialect { delimiter: Delimiter::Byte(byte), ..dialect }) {
        Some(fields) if has_clean_quotes(&fields) => fields.len() > 1,
        _ => is_outside_quotes(row, byte, dialect),
    }
}

/// Whether no field without quotes contains one.
fn has_clean_quotes(fields: &[HeadField<'_>]) -> bool {
    fields.iter().all(|field| field.is_quoted || !field.text.contains(&b'"'))
}

/// Whether `row` has a `byte` outside quotes if blanks cut it into words. If a word has broken quotes, every byte is
/// outside.
fn is_outside_quotes(row: &[u8], byte: u8, dialect: Dialect) -> bool {
    let words = words(row, dialect);
    let is_in_quotes =
        |at: usize| words.iter().any(|word| word.is_quoted && (word.start..word.end).contains(&at));
    memchr::memchr_iter(byte, row).any(|at| !is_in_quotes(at))
}

/// Whether blanks separate fields instead of, or beside, `chosen`, which cuts `row` into `fields`.
fn beside_blanks(
    row: &[u8],
    chosen: u8,
    fields: &[HeadField<'_>],
    dialect: Dialect,
) -> Result<Delimiter, DelimiterDoubt> {
    if chosen == TAB && only_numbers(row) && fields.iter().any(|field| field.inner_blank(row).is_some()) {
        return Ok(Delimiter::Blanks);
    }
    let words = words(row, dialect);
    let has_inside =
        |word: &HeadField<'_>| word.text.len() > 2 && word.text[1..word.text.len() - 1].contains(&chosen);
    let two_ids = match &words[..] {
        [first, second, ..] if chosen != TAB && has_inside(first) && has_inside(second) => Some(first.end),
        _ => None,
    };
    let is_doubtful = !is_edge(fields) || chosen != b',' && words.len() == 2;
    let inner_blank = fields.iter().take(2).find_map(|field| field.inner_blank(row));
    let offset = match (two_ids.filter(|_| is_doubtful), inner_blank) {
        (Some(end), None) => Some(end),
        (Some(_), blank) => blank,
        (None, blank) => blank.filter(|_| blanks_make_edge(row, chosen, fields, dialect)),
    };
    offset.map_or(Ok(Delimiter::Byte(chosen)), |offset| Err(DelimiterDoubt { offset, why: beside(chosen) }))
}

/// Whether blanks may separate fields of a row beside `separator`, which cuts it into `fields`: an id consists of
/// several numbers, or the row is an edge with numbers at its end if blanks cut it into three words or more, alone or
/// together with `separator`.
pub(super) fn blanks_make_edge(
    row: &[u8],
    separator: u8,
    fields: &[HeadField<'_>],
    dialect: Dialect,
) -> bool {
    let has_numbers = |field: &HeadField<'_>| field.inner_blank(row).is_some() && only_numbers(field.text);
    let make_edge = |fields: &[HeadField<'_>]| fields.len() > 2 && is_edge(fields);
    fields.iter().take(2).any(has_numbers)
        || make_edge(&words(row, dialect))
        || make_edge(&parts(row, separator))
}

/// Why a row is in doubt.
pub(super) fn beside(separator: u8) -> String {
    let name = if separator == TAB { "tabs".to_owned() } else { format!("`{}`", char::from(separator)) };
    format!("blanks may separate the fields of this row as well as {name}")
}

/// The fields of a row if blanks separate them; none if its quotes are broken.
fn words(row: &[u8], dialect: Dialect) -> Vec<HeadField<'_>> {
    let words = HeadField::all(row, Dialect { delimiter: Delimiter::Blanks, ..dialect });
    words.filter(|words| has_clean_quotes(words)).unwrap_or_default()
}

/// Whether a text is nothing but numbers between blanks and tabs.
fn only_numbers(text: &[u8]) -> bool {
    parts(text, TAB).iter().all(HeadField::is_number)
}

/// The parts of a row between blanks and `byte`.
fn parts(row: &[u8], byte: u8) -> Vec<HeadField<'_>> {
    let parts = row.split(|&other| other == byte || is_blank(other)).filter(|part| !part.is_empty());
    parts.map(|text| HeadField { start: 0, end: 0, text, is_quoted: false }).collect()
}

fn is_edge(fields: &[HeadField<'_>]) -> bool {
    let [source, target, rest @ ..] = fields else { return false };
    !source.text.is_empty() && !target.text.is_empty() && rest.iter().all(HeadField::is_number)
}
