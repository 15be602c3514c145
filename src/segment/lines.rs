//! Rows to CSV bytes on all threads, in order.

use std::{
    fmt::{Display, Write as _},
    io::{self, Write},
    ops::Range,
};

use rayon::prelude::*;

use crate::{ids::offset64, num};

/// Rows that one task encodes. Not part of the bytes.
const CHUNK_ROWS: usize = 4096;

/// Rows that are encoded before they are written; bounds the memory to a few MiB.
const WAVE_ROWS: usize = 16 * CHUNK_ROWS;

/// A row of one kind of file.
pub(super) trait Record {
    /// The names of the columns.
    const HEADER: &'static [&'static str];

    /// Pushes one field for each column.
    fn fill(&self, fields: &mut Fields);
}

/// The fields of one row while it is filled.
#[derive(Default)]
pub(super) struct Fields {
    record: csv::ByteRecord,
    scratch: String,
}

impl Fields {
    pub(super) fn text(&mut self, text: &str) {
        self.record.push_field(text.as_bytes());
    }

    /// An integer or a flag, in its usual form.
    pub(super) fn shown(&mut self, value: impl Display) {
        self.scratch.clear();
        write!(self.scratch, "{value}").expect("invariant: text grows");
        self.record.push_field(self.scratch.as_bytes());
    }

    /// A float in the shortest decimal form that reads back to the same bits, never with an exponent. A float that
    /// is no number leaves the field empty: no importer agrees with another on how to spell it.
    pub(super) fn float(&mut self, value: f64) {
        if value.is_finite() { self.shown(value) } else { self.text("") }
    }
}

/// Writes a header and `row_count` rows to `out`; returns the number of rows.
pub(super) fn write_rows<R: Record>(
    row_count: usize,
    row: impl Fn(usize) -> R + Sync,
    out: &mut impl Write,
) -> io::Result<u64> {
    out.write_all(&header::<R>())?;
    let fill = |index: usize, fields: &mut Fields| {
        row(index).fill(fields);
        None
    };
    encode(row_count, 1, fill, |_, chunk| out.write_all(&chunk.bytes))?;
    Ok(offset64(row_count))
}

/// The header line of `R`.
pub(super) fn header<R: Record>() -> Vec<u8> {
    let mut writer = new_writer();
    writer.write_record(R::HEADER).expect("invariant: memory takes every write");
    finish(writer)
}

/// What one task made for one sink.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    pub(super) rows: u64,
}

/// Encodes rows `0..row_count` in parallel and hands the bytes to `write(sink, chunk)`, each sink's in row order.
///
/// Every row goes to sink 0, and also to the sink that `fill` returns, if it returns one.
pub(super) fn encode(
    row_count: usize,
    sink_count: usize,
    fill: impl Fn(usize, &mut Fields) -> Option<usize> + Sync,
    mut write: impl FnMut(usize, &Chunk) -> io::Result<()>,
) -> io::Result<()> {
    for wave in num::blocks(row_count, WAVE_ROWS) {
        let chunks: Vec<Vec<Chunk>> = num::blocks(wave.len(), CHUNK_ROWS)
            .into_par_iter()
            .map(|rows| encode_chunk(wave.start + rows.start..wave.start + rows.end, sink_count, &fill))
            .collect();
        for of_each_sink in chunks {
            for (sink, chunk) in of_each_sink.iter().enumerate() {
                write(sink, chunk)?;
            }
        }
    }
    Ok(())
}

fn encode_chunk(
    rows: Range<usize>,
    sink_count: usize,
    fill: impl Fn(usize, &mut Fields) -> Option<usize>,
) -> Vec<Chunk> {
    let mut all = new_writer();
    let mut chunks: Vec<Chunk> = (0..sink_count).map(|_| Chunk::default()).collect();
    let mut fields = Fields::default();
    chunks[0].rows = offset64(rows.len());
    for row in rows {
        fields.record.clear();
        let also = fill(row, &mut fields);
        // Flushed before and after, so that the line stands alone at the end of the bytes.
        all.flush().expect("invariant: memory takes every flush");
        let start = all.get_ref().len();
        all.write_byte_record(&fields.record).expect("invariant: memory takes every write");
        if let Some(sink) = also {
            all.flush().expect("invariant: memory takes every flush");
            chunks[sink].bytes.extend_from_slice(&all.get_ref()[start..]);
            chunks[sink].rows += 1;
        }
    }
    chunks[0].bytes = finish(all);
    chunks
}

fn new_writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new())
}

fn finish(writer: csv::Writer<Vec<u8>>) -> Vec<u8> {
    writer.into_inner().unwrap_or_else(|_| unreachable!("invariant: memory takes every flush"))
}
