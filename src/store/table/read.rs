//! Reads Parquet files into columns.

use std::{
    fs::File,
    panic::{self, AssertUnwindSafe},
    path::Path,
};

use parquet::{
    basic::{LogicalType, Repetition, Type as Physical},
    column::reader::{ColumnReader, ColumnReaderImpl},
    data_type::{ByteArray, DataType},
    errors::ParquetError,
    file::reader::{FileReader, SerializedFileReader},
    schema::types::ColumnDescriptor,
};

use super::{ColumnData, Table, TableError, write::message};

/// Reads every column of the file at `path`.
///
/// # Errors
/// [`TableError`]: the file cannot be opened, is damaged, or holds types that a run never writes.
pub fn read_table(path: &Path) -> Result<Table, TableError> {
    catch_decoder_panic(path, || {
        let reader = open(path)?;
        let positions: Vec<usize> = (0..names(&reader).len()).collect();
        decode(&reader, &positions).map_err(|fault| damaged(path, &fault))
    })
}

/// The names of the columns of a file, in order, and its number of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableShape {
    pub names: Vec<String>,
    pub row_count: usize,
}

/// Reads the shape of the file at `path` without decoding any column.
///
/// # Errors
/// [`TableError`]: the file cannot be opened or is damaged.
pub fn read_table_shape(path: &Path) -> Result<TableShape, TableError> {
    catch_decoder_panic(path, || {
        let reader = open(path)?;
        let rows = reader.metadata().file_metadata().num_rows();
        let row_count = usize::try_from(rows)
            .map_err(|_| TableError::Damaged { path: path.to_owned(), why: format!("it has {rows} rows") })?;
        Ok(TableShape { names: names(&reader), row_count })
    })
}

/// Reads the columns `wanted` of the file at `path`, in this order; other columns are not decoded.
///
/// # Errors
/// [`TableError`]: as for [`read_table`], or a column is missing.
pub fn read_columns(path: &Path, wanted: &[&str]) -> Result<Table, TableError> {
    catch_decoder_panic(path, || {
        let reader = open(path)?;
        let known = names(&reader);
        let position = |column: &&str| {
            known.iter().position(|name| name == column).ok_or_else(|| TableError::MissingColumn {
                path: path.to_owned(),
                column: (*column).to_owned(),
                known: known.clone(),
            })
        };
        let positions = wanted.iter().map(position).collect::<Result<Vec<_>, _>>()?;
        decode(&reader, &positions).map_err(|fault| damaged(path, &fault))
    })
}

/// Calls `read`, and turns a panic of the Parquet decoder on unexpected bytes into [`TableError::Damaged`].
fn catch_decoder_panic<T>(
    path: &Path,
    read: impl FnOnce() -> Result<T, TableError>,
) -> Result<T, TableError> {
    panic::catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(TableError::Damaged { path: path.to_owned(), why: "its pages cannot be decoded".to_owned() })
    })
}

fn open(path: &Path) -> Result<SerializedFileReader<File>, TableError> {
    let file = File::open(path).map_err(|cause| TableError::Open { path: path.to_owned(), cause })?;
    SerializedFileReader::new(file).map_err(|fault| damaged(path, &fault))
}

fn damaged(path: &Path, fault: &ParquetError) -> TableError {
    TableError::Damaged { path: path.to_owned(), why: message(fault) }
}

fn names(reader: &SerializedFileReader<File>) -> Vec<String> {
    let schema = reader.metadata().file_metadata().schema_descr();
    schema.columns().iter().map(|column| column.path().string()).collect()
}

fn decode(reader: &SerializedFileReader<File>, positions: &[usize]) -> Result<Table, ParquetError> {
    let schema = reader.metadata().file_metadata().schema_descr();
    let mut columns = Vec::with_capacity(positions.len());
    for &position in positions {
        let descriptor = schema.column(position);
        let mut data = empty_column(&descriptor)?;
        for group in 0..reader.num_row_groups() {
            let row_count = usize::try_from(reader.metadata().row_group(group).num_rows())
                .map_err(|_| ParquetError::General(format!("row group {group} has a negative length")))?;
            check_chunk_bounds(reader, group, position)?;
            let before = data.row_count();
            read_rows(reader.get_row_group(group)?.get_column_reader(position)?, row_count, &mut data)?;
            if data.row_count() - before != row_count {
                return Err(ParquetError::General(format!(
                    "column `{}` ends after {} of the {row_count} rows of row group {group}",
                    descriptor.name(),
                    data.row_count() - before
                )));
            }
        }
        let name = descriptor.path().string();
        // A damaged byte can turn one name into another.
        if columns.iter().any(|(earlier, _)| *earlier == name) {
            return Err(ParquetError::General(format!("two columns are called `{name}`")));
        }
        columns.push((name, data));
    }
    Ok(Table::new(columns))
}

/// Refuses a column chunk with a negative offset or length, because the decoder would panic on it. Only a damaged file
/// has one.
fn check_chunk_bounds(
    reader: &SerializedFileReader<File>,
    group: usize,
    position: usize,
) -> Result<(), ParquetError> {
    let columns = reader.metadata().row_group(group).columns();
    let is_valid = columns.get(position).is_some_and(|column| {
        let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        start >= 0 && column.compressed_size() >= 0
    });
    if is_valid {
        return Ok(());
    }
    Err(ParquetError::General(format!(
        "column {position} of row group {group} has a negative offset or length"
    )))
}

fn empty_column(column: &ColumnDescriptor) -> Result<ColumnData, ParquetError> {
    let info = column.self_type().get_basic_info();
    let unsigned = |bits| info.logical_type_ref() == Some(&LogicalType::integer(bits, false));
    let signed = |bits| info.logical_type_ref() == Some(&LogicalType::integer(bits, true));
    Ok(match (column.physical_type(), info.repetition()) {
        (Physical::BYTE_ARRAY, Repetition::REQUIRED) => ColumnData::Text(Vec::new()),
        (Physical::BYTE_ARRAY, Repetition::OPTIONAL) => ColumnData::OptionalText(Vec::new()),
        (Physical::DOUBLE, Repetition::REQUIRED) => ColumnData::F64(Vec::new()),
        (Physical::DOUBLE, Repetition::OPTIONAL) => ColumnData::OptionalF64(Vec::new()),
        (Physical::INT64, Repetition::REQUIRED) if unsigned(64) => ColumnData::U64(Vec::new()),
        (Physical::INT32, Repetition::REQUIRED) if unsigned(32) => ColumnData::U32(Vec::new()),
        (Physical::INT32, Repetition::OPTIONAL) if unsigned(32) => ColumnData::OptionalU32(Vec::new()),
        (Physical::INT64, Repetition::OPTIONAL) if signed(64) => ColumnData::OptionalI64(Vec::new()),
        (Physical::BOOLEAN, Repetition::REQUIRED) => ColumnData::Bool(Vec::new()),
        (physical, repetition) => {
            let name = column.name();
            return Err(ParquetError::General(format!(
                "column `{name}` is {repetition} {physical}, which no run writes"
            )));
        }
    })
}

fn read_rows(reader: ColumnReader, row_count: usize, into: &mut ColumnData) -> Result<(), ParquetError> {
    use ColumnReader::{
        BoolColumnReader, ByteArrayColumnReader, DoubleColumnReader, Int32ColumnReader, Int64ColumnReader,
    };
    match (reader, into) {
        (ByteArrayColumnReader(reader), ColumnData::Text(values)) => {
            for bytes in required(reader, row_count)? {
                values.push(text(&bytes)?);
            }
        }
        (ByteArrayColumnReader(reader), ColumnData::OptionalText(values)) => {
            for bytes in optional(reader, row_count)? {
                values.push(bytes.map(|bytes| text(&bytes)).transpose()?);
            }
        }
        (DoubleColumnReader(reader), ColumnData::F64(values)) => values.extend(required(reader, row_count)?),
        (DoubleColumnReader(reader), ColumnData::OptionalF64(values)) => {
            values.extend(optional(reader, row_count)?);
        }
        (Int64ColumnReader(reader), ColumnData::U64(values)) => {
            values.extend(required(reader, row_count)?.into_iter().map(i64::cast_unsigned));
        }
        (Int32ColumnReader(reader), ColumnData::U32(values)) => {
            values.extend(required(reader, row_count)?.into_iter().map(i32::cast_unsigned));
        }
        (Int32ColumnReader(reader), ColumnData::OptionalU32(values)) => {
            let read = optional(reader, row_count)?.into_iter();
            values.extend(read.map(|value| value.map(i32::cast_unsigned)));
        }
        (Int64ColumnReader(reader), ColumnData::OptionalI64(values)) => {
            values.extend(optional(reader, row_count)?);
        }
        (BoolColumnReader(reader), ColumnData::Bool(values)) => values.extend(required(reader, row_count)?),
        _ => return Err(ParquetError::General("a column chunk has another type than the schema".to_owned())),
    }
    Ok(())
}

fn required<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    row_count: usize,
) -> Result<Vec<T::T>, ParquetError> {
    let mut values = Vec::new();
    reader.read_records(row_count, None, None, &mut values)?;
    Ok(values)
}

fn optional<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    row_count: usize,
) -> Result<Vec<Option<T::T>>, ParquetError> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    reader.read_records(row_count, Some(&mut levels), None, &mut values)?;
    let mut present = values.into_iter();
    Ok(levels.iter().map(|&level| if level == 0 { None } else { present.next() }).collect())
}

fn text(bytes: &ByteArray) -> Result<String, ParquetError> {
    Ok(bytes.as_utf8()?.to_owned())
}
