//! Writes columns as Parquet.

use std::{borrow::Cow, io::Write, ops::Range, sync::Arc};

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel},
    column::writer::{ColumnWriter, ColumnWriterImpl},
    data_type::{ByteArray, DataType},
    errors::ParquetError,
    file::{
        properties::{EnabledStatistics, WriterProperties},
        writer::SerializedFileWriter,
    },
    schema::types::{Type, TypePtr},
};

use super::TableError;
use crate::{ids::offset64, num};

/// Rows in one row group. The number affects the bytes of the file, so it must not depend on the machine.
pub const ROW_GROUP_ROWS: usize = 1 << 20;

/// The name and version of the writer, in the form that Parquet readers parse; without time or host name.
const CREATED_BY: &str = concat!("plaudit version ", env!("CARGO_PKG_VERSION"));

/// Rows that are buffered at once; bounds the memory of a column to a few MiB. As a multiple of the 1024 rows that the
/// `parquet` crate processes at a time, it does not affect the bytes of the file.
const BATCH_ROWS: usize = 1 << 15;

/// The values of a column as a function from row to value.
///
/// This allows a table of millions of people to be written directly from existing arrays, without a copy of each text.
pub enum Column<'a> {
    Text(Box<dyn Fn(usize) -> Cow<'a, str> + 'a>),
    OptionalText(Box<dyn Fn(usize) -> Option<Cow<'a, str>> + 'a>),
    F64(Box<dyn Fn(usize) -> f64 + 'a>),
    OptionalF64(Box<dyn Fn(usize) -> Option<f64> + 'a>),
    U64(Box<dyn Fn(usize) -> u64 + 'a>),
    U32(Box<dyn Fn(usize) -> u32 + 'a>),
    OptionalU32(Box<dyn Fn(usize) -> Option<u32> + 'a>),
    OptionalI64(Box<dyn Fn(usize) -> Option<i64> + 'a>),
    Bool(Box<dyn Fn(usize) -> bool + 'a>),
}

/// A column with its name.
pub type NamedColumn<'a> = (Cow<'a, str>, Column<'a>);

/// Writes rows `0..row_count` of `columns` as one Parquet file, and returns the number of rows.
///
/// - **Input**: at least one column; distinct names; the function of every column accepts every row.
/// - **Output**: row groups of [`ROW_GROUP_ROWS`] rows, zstd pages, text marked as UTF-8 strings.
/// - **Cost**: one pass over each column; memory for one encoded column chunk and a few MiB.
/// - **Same bits**: one thread writes column after column; the bytes depend only on the values and plaudit's version.
/// - **Source**: the Apache Parquet format, through the `parquet` crate.
/// - **Checked by**: `tests/it/store/table.rs` — random round trips, and a file read by pyarrow.
///
/// ```
/// use plaudit::store::{Column, write_columns};
/// let (ids, scores) = (["ada", "bob"], [99.5, 12.0]);
/// let columns = [
///     ("id".into(), Column::Text(Box::new(|row| ids[row].into()))),
///     ("score".into(), Column::F64(Box::new(|row| scores[row]))),
/// ];
/// let mut bytes = Vec::new();
/// write_columns(2, &columns, &mut bytes)?;
/// assert!(bytes.starts_with(b"PAR1"));
/// # Ok::<(), plaudit::store::TableError>(())
/// ```
///
/// # Errors
/// [`TableError::Write`] with the message of the output.
pub fn write_columns(
    row_count: usize,
    columns: &[NamedColumn<'_>],
    sink: &mut (impl Write + Send),
) -> Result<u64, TableError> {
    encode(row_count, columns, sink).map_err(|fault| {
        let why = message(&fault);
        let source = if let ParquetError::External(cause) = fault { Some(cause) } else { None };
        TableError::Write { why, source }
    })?;
    Ok(offset64(row_count))
}

fn encode(
    row_count: usize,
    columns: &[NamedColumn<'_>],
    sink: &mut (impl Write + Send),
) -> Result<(), ParquetError> {
    let mut file = SerializedFileWriter::new(sink, schema(columns)?, Arc::new(properties(columns)?))?;
    for rows in num::blocks(row_count, ROW_GROUP_ROWS) {
        let mut group = file.next_row_group()?;
        for (_, column) in columns {
            let mut chunk = group.next_column()?.expect("invariant: the schema has every column");
            for batch in num::blocks(rows.len(), BATCH_ROWS) {
                write_rows(chunk.untyped(), column, rows.start + batch.start..rows.start + batch.end)?;
            }
            chunk.close()?;
        }
        group.close()?;
    }
    file.close()?;
    Ok(())
}

fn properties(columns: &[NamedColumn<'_>]) -> Result<WriterProperties, ParquetError> {
    let properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        // Page statistics let a scan skip pages; these files are read in full, and statistics on long keys would
        // enlarge the footer.
        .set_statistics_enabled(EnabledStatistics::Chunk);
    // Float columns have few repeated values, so a dictionary would be built and then discarded.
    let floats =
        columns.iter().filter(|(_, column)| matches!(column, Column::F64(_) | Column::OptionalF64(_)));
    let properties = floats.fold(properties, |built, (name, _)| {
        built.set_column_dictionary_enabled(vec![name.to_string()].into(), false)
    });
    Ok(properties.build())
}

fn schema(columns: &[NamedColumn<'_>]) -> Result<TypePtr, ParquetError> {
    let fields = columns.iter().map(|(name, column)| field(name, column)).collect::<Result<_, _>>()?;
    Ok(Arc::new(Type::group_type_builder("plaudit").with_fields(fields).build()?))
}

fn field(name: &str, column: &Column<'_>) -> Result<TypePtr, ParquetError> {
    let integer = |bits, signed| Some(LogicalType::integer(bits, signed));
    let (physical, repetition, logical) = match column {
        Column::Text(_) => (Physical::BYTE_ARRAY, Repetition::REQUIRED, Some(LogicalType::String)),
        Column::OptionalText(_) => (Physical::BYTE_ARRAY, Repetition::OPTIONAL, Some(LogicalType::String)),
        Column::F64(_) => (Physical::DOUBLE, Repetition::REQUIRED, None),
        Column::OptionalF64(_) => (Physical::DOUBLE, Repetition::OPTIONAL, None),
        Column::U64(_) => (Physical::INT64, Repetition::REQUIRED, integer(64, false)),
        Column::U32(_) => (Physical::INT32, Repetition::REQUIRED, integer(32, false)),
        Column::OptionalU32(_) => (Physical::INT32, Repetition::OPTIONAL, integer(32, false)),
        Column::OptionalI64(_) => (Physical::INT64, Repetition::OPTIONAL, integer(64, true)),
        Column::Bool(_) => (Physical::BOOLEAN, Repetition::REQUIRED, None),
    };
    let built = Type::primitive_type_builder(name, physical)
        .with_repetition(repetition)
        .with_logical_type(logical)
        .build()?;
    Ok(Arc::new(built))
}

fn write_rows(chunk: &mut ColumnWriter, column: &Column<'_>, rows: Range<usize>) -> Result<(), ParquetError> {
    use ColumnWriter::{
        BoolColumnWriter, ByteArrayColumnWriter, DoubleColumnWriter, Int32ColumnWriter, Int64ColumnWriter,
    };
    match (chunk, column) {
        (ByteArrayColumnWriter(chunk), Column::Text(value)) => {
            let mut texts = TextBuffer::default();
            rows.for_each(|row| texts.push(&value(row)));
            chunk.write_batch(&texts.into_arrays(), None, None)
        }
        (ByteArrayColumnWriter(chunk), Column::OptionalText(value)) => {
            let (mut texts, mut levels) = (TextBuffer::default(), Vec::with_capacity(rows.len()));
            for value in rows.map(value) {
                levels.push(level(value.as_ref()));
                value.inspect(|text| texts.push(text));
            }
            chunk.write_batch(&texts.into_arrays(), Some(&levels), None)
        }
        (DoubleColumnWriter(chunk), Column::F64(value)) => required(chunk, rows.map(value)),
        (DoubleColumnWriter(chunk), Column::OptionalF64(value)) => optional(chunk, rows.map(value)),
        (Int64ColumnWriter(chunk), Column::U64(value)) => {
            required(chunk, rows.map(|row| value(row).cast_signed()))
        }
        (Int32ColumnWriter(chunk), Column::U32(value)) => {
            required(chunk, rows.map(|row| value(row).cast_signed()))
        }
        (Int32ColumnWriter(chunk), Column::OptionalU32(value)) => {
            optional(chunk, rows.map(|row| value(row).map(u32::cast_signed)))
        }
        (Int64ColumnWriter(chunk), Column::OptionalI64(value)) => optional(chunk, rows.map(value)),
        (BoolColumnWriter(chunk), Column::Bool(value)) => required(chunk, rows.map(value)),
        _ => unreachable!("invariant: the schema was made from these columns"),
    }?;
    Ok(())
}

fn required<T: DataType>(
    chunk: &mut ColumnWriterImpl<'_, T>,
    values: impl Iterator<Item = T::T>,
) -> Result<usize, ParquetError> {
    chunk.write_batch(&values.collect::<Vec<_>>(), None, None)
}

fn optional<T: DataType>(
    chunk: &mut ColumnWriterImpl<'_, T>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<usize, ParquetError> {
    let (mut present, mut levels) = (Vec::new(), Vec::new());
    for value in values {
        levels.push(level(value.as_ref()));
        present.extend(value);
    }
    chunk.write_batch(&present, Some(&levels), None)
}

/// Several texts in one allocation.
#[derive(Default)]
struct TextBuffer {
    joined: Vec<u8>,
    lengths: Vec<usize>,
}

impl TextBuffer {
    fn push(&mut self, text: &str) {
        self.joined.extend_from_slice(text.as_bytes());
        self.lengths.push(text.len());
    }

    fn into_arrays(self) -> Vec<ByteArray> {
        let joined = ByteArray::from(self.joined);
        let mut start = 0;
        let slices = self.lengths.into_iter().map(|length| {
            start += length;
            joined.slice(start - length, length)
        });
        slices.collect()
    }
}

/// The Parquet definition level of a value: 1 if present, 0 if null.
fn level<T>(value: Option<&T>) -> i16 {
    i16::from(value.is_some())
}

impl std::fmt::Debug for Column<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Column")
    }
}

/// The error's message without the prefixes of the `parquet` crate, so that only the message of the output remains.
pub(super) fn message(fault: &ParquetError) -> String {
    match fault {
        ParquetError::External(cause) => cause.to_string(),
        ParquetError::General(why) | ParquetError::EOF(why) | ParquetError::NYI(why) => why.clone(),
        other => other.to_string(),
    }
}
