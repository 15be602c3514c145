//! From columns to Parquet bytes.

use std::{io::Write, ops::Range, sync::Arc};

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel},
    column::writer::ColumnWriter,
    data_type::ByteArray,
    errors::ParquetError,
    file::{
        properties::{EnabledStatistics, WriterProperties},
        writer::SerializedFileWriter,
    },
    schema::types::{Type, TypePtr},
};

use super::{ColumnData, Table, TableError};
use crate::num;

/// Rows in one row group. Part of the bytes: never make it depend on the machine.
pub const ROW_GROUP_ROWS: usize = 1 << 20;

/// Who wrote the file, in the form that readers parse. No clock, no host.
const CREATED_BY: &str = concat!("plaudit version ", env!("CARGO_PKG_VERSION"));

/// Writes `table` as one Parquet file.
///
/// - **Input**: any table with at least one column.
/// - **Output**: row groups of [`ROW_GROUP_ROWS`] rows, zstd pages, text marked as UTF-8 strings, gaps as nulls.
/// - **Cost**: one pass over each column; memory of one encoded column chunk beside the table.
/// - **Same bits**: one thread writes column after column; the bytes are a function of the table and our version.
/// - **Source**: the Apache Parquet format, through the `parquet` crate.
/// - **Checked by**: `tests/it/table.rs` — round trips by proptest, and a file read by pyarrow.
///
/// # Errors
/// [`TableError::Write`] with the words of the sink.
pub fn write_table(table: &Table, sink: &mut (impl Write + Send)) -> Result<(), TableError> {
    encode(table, sink).map_err(|fault| TableError::Write { why: words(&fault) })
}

fn encode(table: &Table, sink: &mut (impl Write + Send)) -> Result<(), ParquetError> {
    let properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        // Page statistics help a scan skip pages; ours are read whole, and long keys would swell the footer.
        .set_statistics_enabled(EnabledStatistics::Chunk);
    // Floats hardly repeat, so a dictionary would be built and thrown away.
    let properties = table
        .columns()
        .iter()
        .filter(|(_, data)| matches!(data, ColumnData::F64(_) | ColumnData::OptionalF64(_)))
        .fold(properties, |built, (name, _)| {
            built.set_column_dictionary_enabled(vec![name.clone()].into(), false)
        })
        .build();
    let mut file = SerializedFileWriter::new(sink, schema(table)?, Arc::new(properties))?;
    for rows in num::blocks(table.row_count(), ROW_GROUP_ROWS) {
        let mut group = file.next_row_group()?;
        for (_, data) in table.columns() {
            let mut column = group.next_column()?.expect("invariant: the schema has every column");
            write_rows(column.untyped(), data, rows.clone())?;
            column.close()?;
        }
        group.close()?;
    }
    file.close()?;
    Ok(())
}

fn schema(table: &Table) -> Result<TypePtr, ParquetError> {
    let fields = table.columns().iter().map(|(name, data)| field(name, data)).collect::<Result<_, _>>()?;
    Ok(Arc::new(Type::group_type_builder("plaudit").with_fields(fields).build()?))
}

fn field(name: &str, data: &ColumnData) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = match data {
        ColumnData::Text(_) | ColumnData::OptionalText(_) => {
            (Physical::BYTE_ARRAY, Some(LogicalType::String))
        }
        ColumnData::F64(_) | ColumnData::OptionalF64(_) => (Physical::DOUBLE, None),
        ColumnData::U64(_) => (Physical::INT64, Some(LogicalType::integer(64, false))),
        ColumnData::U32(_) => (Physical::INT32, Some(LogicalType::integer(32, false))),
        ColumnData::Bool(_) => (Physical::BOOLEAN, None),
    };
    let repetition = match data {
        ColumnData::OptionalText(_) | ColumnData::OptionalF64(_) => Repetition::OPTIONAL,
        _ => Repetition::REQUIRED,
    };
    let built = Type::primitive_type_builder(name, physical)
        .with_repetition(repetition)
        .with_logical_type(logical)
        .build()?;
    Ok(Arc::new(built))
}

fn write_rows(column: &mut ColumnWriter, data: &ColumnData, rows: Range<usize>) -> Result<(), ParquetError> {
    use ColumnWriter::{
        BoolColumnWriter, ByteArrayColumnWriter, DoubleColumnWriter, Int32ColumnWriter, Int64ColumnWriter,
    };
    match (column, data) {
        (ByteArrayColumnWriter(column), ColumnData::Text(values)) => {
            column.write_batch(&byte_arrays(values[rows].iter().map(String::as_str)), None, None)
        }
        (ByteArrayColumnWriter(column), ColumnData::OptionalText(values)) => {
            let present = byte_arrays(values[rows.clone()].iter().filter_map(Option::as_deref));
            column.write_batch(&present, Some(&levels(&values[rows])), None)
        }
        (DoubleColumnWriter(column), ColumnData::F64(values)) => {
            column.write_batch(&values[rows], None, None)
        }
        (DoubleColumnWriter(column), ColumnData::OptionalF64(values)) => {
            let present: Vec<f64> = values[rows.clone()].iter().flatten().copied().collect();
            column.write_batch(&present, Some(&levels(&values[rows])), None)
        }
        (Int64ColumnWriter(column), ColumnData::U64(values)) => {
            let signed: Vec<i64> = values[rows].iter().map(|value| value.cast_signed()).collect();
            column.write_batch(&signed, None, None)
        }
        (Int32ColumnWriter(column), ColumnData::U32(values)) => {
            let signed: Vec<i32> = values[rows].iter().map(|value| value.cast_signed()).collect();
            column.write_batch(&signed, None, None)
        }
        (BoolColumnWriter(column), ColumnData::Bool(values)) => column.write_batch(&values[rows], None, None),
        _ => unreachable!("invariant: the schema was made from this table"),
    }?;
    Ok(())
}

/// The values as slices of one allocation, instead of one allocation each.
fn byte_arrays<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Vec<ByteArray> {
    let joined = ByteArray::from(values.clone().flat_map(str::bytes).collect::<Vec<u8>>());
    let mut start = 0;
    values
        .map(|value| {
            let slice = joined.slice(start, value.len());
            start += value.len();
            slice
        })
        .collect()
}

/// Parquet's definition levels: 1 where there is a value, 0 where there is none.
fn levels<T>(values: &[Option<T>]) -> Vec<i16> {
    values.iter().map(|value| i16::from(value.is_some())).collect()
}

/// What went wrong without the crate's prefixes, so that the sink's own message stands alone.
pub(super) fn words(fault: &ParquetError) -> String {
    match fault {
        ParquetError::External(cause) => cause.to_string(),
        ParquetError::General(why) | ParquetError::EOF(why) | ParquetError::NYI(why) => why.clone(),
        other => other.to_string(),
    }
}
