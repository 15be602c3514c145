//! `Table`: named columns, stored as Parquet.
//!
//! Every notebook and warehouse reads Parquet, so scores are published in this format, and reports read them from it.
//! Only the few column types that runs need are supported; each maps to one Parquet type, without nesting or
//! conversion.

mod read;
mod write;

pub use read::{TableShape, read_columns, read_table, read_table_shape};
pub use write::{Column, NamedColumn, ROW_GROUP_ROWS, write_columns};

use std::{borrow::Cow, path::PathBuf};

/// Columns of equal length, in order.
///
/// ```
/// use plaudit::store::{ColumnData, Table};
/// let table = Table::new(vec![
///     ("id".to_owned(), ColumnData::Text(vec!["ada".to_owned(), "bob".to_owned()])),
///     ("score".to_owned(), ColumnData::F64(vec![99.5, 12.0])),
/// ]);
/// assert_eq!(table.row_count(), 2);
/// assert_eq!(table.column("score"), Some(&ColumnData::F64(vec![99.5, 12.0])));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    columns: Vec<(String, ColumnData)>,
}

/// The values of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnData {
    Text(Vec<String>),
    OptionalText(Vec<Option<String>>),
    F64(Vec<f64>),
    OptionalF64(Vec<Option<f64>>),
    U64(Vec<u64>),
    U32(Vec<u32>),
    OptionalU32(Vec<Option<u32>>),
    OptionalI64(Vec<Option<i64>>),
    Bool(Vec<bool>),
}

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    #[error("cannot open `{path}`: {cause}", path = path.display())]
    Open { path: PathBuf, cause: std::io::Error },
    #[error("cannot read `{path}` as Parquet: {why}", path = path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("`{path}` has no column `{column}`; its columns are {}", known.join(", "), path = path.display())]
    MissingColumn { path: PathBuf, column: String, known: Vec<String> },
    #[error("column `{column}` holds {got}; expected {expected}")]
    WrongType { column: String, expected: &'static str, got: &'static str },
    #[error("{why}")]
    Write {
        why: String,
        /// The error of the output, if it failed.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

/// A type of column values.
pub trait ColumnValue: Sized {
    /// The form of a value for writing; text is borrowed if possible.
    type Written<'a>;

    /// The values of a column in memory; `None` if the column has another type.
    fn values(data: &ColumnData) -> Option<&[Self]>;
    /// Takes the values out of a column without a copy; `None` if the column has another type.
    fn into_values(data: ColumnData) -> Option<Vec<Self>>;
    /// The column whose value in each row is `value(row)`.
    fn column<'a>(value: impl Fn(usize) -> Self::Written<'a> + 'a) -> Column<'a>;
    /// The name of the type in messages.
    fn type_name() -> &'static str;
}

macro_rules! column_values {
    ($($value:ty, $written:ty => $variant:ident;)*) => {$(
        impl ColumnValue for $value {
            type Written<'a> = $written;

            fn values(data: &ColumnData) -> Option<&[Self]> {
                if let ColumnData::$variant(values) = data { Some(values) } else { None }
            }

            fn into_values(data: ColumnData) -> Option<Vec<Self>> {
                if let ColumnData::$variant(values) = data { Some(values) } else { None }
            }

            fn column<'a>(value: impl Fn(usize) -> Self::Written<'a> + 'a) -> Column<'a> {
                Column::$variant(Box::new(value))
            }

            fn type_name() -> &'static str {
                ColumnData::$variant(Vec::new()).type_name()
            }
        }
    )*};
}

column_values! {
    String, Cow<'a, str> => Text;
    Option<String>, Option<Cow<'a, str>> => OptionalText;
    f64, f64 => F64;
    Option<f64>, Option<f64> => OptionalF64;
    u64, u64 => U64;
    u32, u32 => U32;
    Option<u32>, Option<u32> => OptionalU32;
    Option<i64>, Option<i64> => OptionalI64;
    bool, bool => Bool;
}

impl Table {
    /// Makes a table of columns, which must have equal lengths and distinct names.
    pub fn new(columns: Vec<(String, ColumnData)>) -> Self {
        for (position, (name, data)) in columns.iter().enumerate() {
            assert_eq!(
                data.row_count(),
                columns[0].1.row_count(),
                "invariant: column `{name}` is as long as the first"
            );
            let repeated = columns[..position].iter().any(|(earlier, _)| earlier == name);
            assert!(!repeated, "invariant: column `{name}` occurs once");
        }
        Self { columns }
    }

    pub fn columns(&self) -> &[(String, ColumnData)] {
        &self.columns
    }

    /// The columns in order, without a copy.
    pub fn into_columns(self) -> Vec<(String, ColumnData)> {
        self.columns
    }

    pub fn row_count(&self) -> usize {
        self.columns.first().map_or(0, |(_, data)| data.row_count())
    }

    pub fn column(&self, name: &str) -> Option<&ColumnData> {
        self.columns.iter().find(|(known, _)| known == name).map(|(_, data)| data)
    }

    /// The values of the column `name`.
    ///
    /// # Errors
    /// [`TableError::WrongType`] when the column is missing or of another type.
    pub fn get<T: ColumnValue>(&self, name: &str) -> Result<&[T], TableError> {
        let data = self.column(name);
        data.and_then(T::values).ok_or_else(|| TableError::wrong_type::<T>(name, data))
    }
}

impl ColumnData {
    /// The number of values, nulls included.
    pub fn row_count(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::OptionalText(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::OptionalF64(values) => values.len(),
            Self::U64(values) => values.len(),
            Self::U32(values) => values.len(),
            Self::OptionalU32(values) => values.len(),
            Self::OptionalI64(values) => values.len(),
            Self::Bool(values) => values.len(),
        }
    }

    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::OptionalText(_) => "optional text",
            Self::F64(_) => "64-bit floats",
            Self::OptionalF64(_) => "optional 64-bit floats",
            Self::U64(_) => "unsigned 64-bit integers",
            Self::U32(_) => "unsigned 32-bit integers",
            Self::OptionalU32(_) => "optional unsigned 32-bit integers",
            Self::OptionalI64(_) => "optional signed 64-bit integers",
            Self::Bool(_) => "booleans",
        }
    }
}

impl TableError {
    /// The error for `column` that should hold values of `T` but holds `got`.
    pub(crate) fn wrong_type<T: ColumnValue>(column: &str, got: Option<&ColumnData>) -> Self {
        let got = got.map_or("nothing", ColumnData::type_name);
        Self::WrongType { column: column.to_owned(), expected: T::type_name(), got }
    }
}
