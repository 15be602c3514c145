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
/// 2. If two of `,` `;` `|` make an edge of the row, the row is in doubt. `;` and `|` are parts of ids if only blanks
///    make an edge of the row.
/// 3. If an id of this reading holds a blank, blanks may separate fields as well. If all words are numbers, they do so
///    beside tabs, and are in doubt beside other separators. If the words make an edge too, the row is in doubt.
pub(super) fn delimiter_of(row: &[u8], dialect: Dialect) -> Result<Delimiter, DelimiterDoubt> {
    let reading = |byte| HeadField::all(row, Dialect { delimiter: Delimiter::Byte(byte), ..dialect });
    let chosen = if separates(row, TAB, dialect) {
        TAB
    } else {
        let marks: Vec<u8> = MARKS.into_iter().filter(|&mark| separates(row, mark, dialect)).collect();
        let edges: Vec<u8> = marks
            .iter()
            .copied()
            .filter(|&mark| reading(mark).is_some_and(|fields| is_edge(&fields)))
            .collect();
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

/// Whether `row` has a `byte` outside of the quotes that the words between its blanks stand in. A row whose words have
/// broken quotes has none.
fn is_outside_quotes(row: &[u8], byte: u8, dialect: Dialect) -> bool {
    let words = HeadField::all(row, Dialect { delimiter: Delimiter::Blanks, ..dialect });
    let words = words.filter(|words| has_clean_quotes(words)).unwrap_or_default();
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
    let words = HeadField::all(row, Dialect { delimiter: Delimiter::Blanks, ..dialect }).unwrap_or_default();
    if matches!(chosen, b';' | b'|') && !is_edge(fields) && words.len() > 1 {
        return Ok(Delimiter::Blanks);
    }
    let Some(offset) = fields.iter().take(2).find_map(|field| field.inner_blank(row)) else {
        return Ok(Delimiter::Byte(chosen));
    };
    let doubt = || {
        let name = if chosen == TAB { "tabs".to_owned() } else { format!("`{}`", char::from(chosen)) };
        Err(DelimiterDoubt {
            offset,
            why: format!("blanks may separate the fields of this row as well as {name}"),
        })
    };
    if only_numbers(row, chosen) {
        return if chosen == TAB { Ok(Delimiter::Blanks) } else { doubt() };
    }
    let parts = parts(row, chosen);
    // In `New York,Boston` the blank reading is an edge from `New` to `York,Boston`, which nobody means.
    let least = if chosen == b',' { 3 } else { 2 };
    let by_words = words.len() >= least && is_edge(&words);
    let by_both = chosen == b',' && parts.len() >= 3 && is_edge(&parts);
    if !(by_words || by_both) {
        Ok(Delimiter::Byte(chosen))
    } else if by_words && !is_edge(fields) {
        Ok(Delimiter::Blanks)
    } else {
        doubt()
    }
}

/// Whether a row is nothing but numbers, which blanks and `byte` separate.
pub(super) fn only_numbers(row: &[u8], byte: u8) -> bool {
    parts(row, byte).iter().all(HeadField::is_number)
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
