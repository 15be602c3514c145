//! Encodes rows as CSV on all threads, in order.

use std::{
    fmt::{Display, Write as _},
    io::{self, Write},
    ops::Range,
};

use rayon::prelude::*;

use crate::{ids::offset64, num};

/// The number of rows that one task encodes. It does not affect the bytes.
const CHUNK_ROWS: usize = 4096;

/// The number of rows that are encoded before they are written. It bounds the memory to a few MiB.
const BATCH_ROWS: usize = 16 * CHUNK_ROWS;

/// A column of rows of type `R`: its name in the header, and the function that pushes the field of a row in this
/// column.
pub type CsvColumn<R> = (&'static str, fn(&R, &mut CsvFields));

/// A row of one kind of CSV file.
pub trait CsvRow: Sized {
    /// The columns, in the order of the file.
    fn columns() -> Vec<CsvColumn<Self>>;
}

/// The fields of one CSV row while they are collected.
#[derive(Debug, Default)]
pub struct CsvFields {
    record: csv::ByteRecord,
    scratch: String,
}

impl CsvFields {
    /// Pushes one field for each column.
    pub(super) fn push_row<R>(&mut self, columns: &[CsvColumn<R>], row: &R) {
        for (_, push_field) in columns {
            push_field(row, self);
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.record.push_field(text.as_bytes());
    }

    /// An integer or a boolean, as `Display` formats it.
    pub(super) fn display(&mut self, value: impl Display) {
        self.scratch.clear();
        write!(self.scratch, "{value}").expect("invariant: text grows");
        self.record.push_field(self.scratch.as_bytes());
    }

    /// A float in the shortest decimal form that parses to the same bits, without an exponent. Infinities and NaN
    /// become an empty field, because importers do not agree on a spelling.
    pub(super) fn float(&mut self, value: f64) {
        if value.is_finite() { self.display(value) } else { self.text("") }
    }
}

/// Writes one CSV file: the header, and row `i` as `row(i)` for `i` in `0..row_count`. Returns the number of rows.
///
/// # Errors
/// The errors of `out`.
pub fn write_csv<R: CsvRow>(
    row_count: usize,
    row: impl Fn(usize) -> R + Sync,
    out: &mut impl Write,
) -> io::Result<u64> {
    let columns = R::columns();
    out.write_all(&header(&columns))?;
    let fill = |index: usize, fields: &mut CsvFields| {
        fields.push_row(&columns, &row(index));
        None
    };
    encode(row_count, 1, fill, |_, chunk| out.write_all(&chunk.bytes))?;
    Ok(offset64(row_count))
}

pub(super) fn header<R>(columns: &[CsvColumn<R>]) -> Vec<u8> {
    let mut writer = new_writer();
    writer.write_record(columns.iter().map(|(name, _)| name)).expect("invariant: memory takes every write");
    finish(writer)
}

/// The rows that one task encoded for one output.
#[derive(Default)]
pub(super) struct CsvChunk {
    pub(super) bytes: Vec<u8>,
    pub(super) rows: u64,
}

/// Encodes rows `0..row_count` in parallel and passes the bytes to `write(output, rows)`. Each output receives its rows
/// in order.
///
/// Every row goes to output 0, and also to the output whose number `fill` returns, if `fill` returns a number.
pub(super) fn encode(
    row_count: usize,
    output_count: usize,
    fill: impl Fn(usize, &mut CsvFields) -> Option<usize> + Sync,
    mut write: impl FnMut(usize, &CsvChunk) -> io::Result<()>,
) -> io::Result<()> {
    for batch in num::blocks(row_count, BATCH_ROWS) {
        let chunks: Vec<Vec<CsvChunk>> = num::blocks(batch.len(), CHUNK_ROWS)
            .into_par_iter()
            .map(|rows| encode_chunk(batch.start + rows.start..batch.start + rows.end, output_count, &fill))
            .collect();
        for by_output in chunks {
            for (output, rows) in by_output.iter().enumerate() {
                write(output, rows)?;
            }
        }
    }
    Ok(())
}

fn encode_chunk(
    rows: Range<usize>,
    output_count: usize,
    fill: impl Fn(usize, &mut CsvFields) -> Option<usize>,
) -> Vec<CsvChunk> {
    let mut all = new_writer();
    let mut by_output: Vec<CsvChunk> = (0..output_count).map(|_| CsvChunk::default()).collect();
    let mut fields = CsvFields::default();
    by_output[0].rows = offset64(rows.len());
    for row in rows {
        fields.record.clear();
        let second_output = fill(row, &mut fields);
        // The writer is flushed before and after the row, so that the bytes from `start` on are exactly this row.
        all.flush().expect("invariant: memory takes every flush");
        let start = all.get_ref().len();
        all.write_byte_record(&fields.record).expect("invariant: memory takes every write");
        if let Some(output) = second_output {
            all.flush().expect("invariant: memory takes every flush");
            by_output[output].bytes.extend_from_slice(&all.get_ref()[start..]);
            by_output[output].rows += 1;
        }
    }
    by_output[0].bytes = finish(all);
    by_output
}

fn new_writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new())
}

fn finish(writer: csv::Writer<Vec<u8>>) -> Vec<u8> {
    writer.into_inner().unwrap_or_else(|_| unreachable!("invariant: memory takes every flush"))
}
