//! `Table`: named columns that are stored as Parquet.
//!
//! Every notebook and warehouse reads Parquet, so scores are published in that format, and reports read it. Only the few
//! column types that runs need are supported; each maps to one Parquet type, without nesting or conversion.

mod read;
mod write;

pub use read::{TableShape, read_columns, read_table, read_table_shape};
pub use write::{Column, ROW_GROUP_ROWS, write_columns, write_table};

use std::path::PathBuf;

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
    Open {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("cannot read `{path}` as Parquet: {why}", path = path.display())]
    Damaged {
        path: PathBuf,
        why: String,
    },
    #[error("`{path}` has no column `{column}`; its columns are {}", known.join(", "), path = path.display())]
    MissingColumn {
        path: PathBuf,
        column: String,
        known: Vec<String>,
    },
    #[error("column `{column}` holds {got}; expected {expected}")]
    WrongType {
        column: String,
        expected: &'static str,
        got: &'static str,
    },
    #[error("{why}")]
    Write {
        why: String,
    },
}

impl Table {
    /// Makes a table of columns, which must have equal lengths and distinct names.
    pub fn new(columns: Vec<(String, ColumnData)>) -> Self {
        for (position, (name, data)) in columns.iter().enumerate() {
            assert_eq!(data.len(), columns[0].1.len(), "invariant: column `{name}` is as long as the first");
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
        self.columns.first().map_or(0, |(_, data)| data.len())
    }

    pub fn column(&self, name: &str) -> Option<&ColumnData> {
        self.columns.iter().find(|(known, _)| known == name).map(|(_, data)| data)
    }
}

macro_rules! typed_column {
    ($(#[$doc:meta])* $name:ident, $variant:ident, $value:ty) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// [`TableError::WrongType`] when the column is missing or of another type.
        pub fn $name(&self, column: &str) -> Result<&[$value], TableError> {
            match self.column(column) {
                Some(ColumnData::$variant(values)) => Ok(values),
                other => Err(TableError::WrongType {
                    column: column.to_owned(),
                    expected: ColumnData::$variant(Vec::new()).type_name(),
                    got: other.map_or("nothing", ColumnData::type_name),
                }),
            }
        }
    };
}

impl Table {
    typed_column!(
        /// The values of a text column.
        text, Text, String
    );
    typed_column!(
        /// The values of a text column with nulls.
        optional_text, OptionalText, Option<String>
    );
    typed_column!(
        /// The values of a float column.
        f64s, F64, f64
    );
    typed_column!(
        /// The values of a float column with nulls.
        optional_f64s, OptionalF64, Option<f64>
    );
    typed_column!(
        /// The values of a 32-bit integer column.
        u32s, U32, u32
    );
    typed_column!(
        /// The values of a 32-bit integer column with nulls.
        optional_u32s, OptionalU32, Option<u32>
    );
    typed_column!(
        /// The values of a signed integer column with nulls.
        optional_i64s, OptionalI64, Option<i64>
    );
    typed_column!(
        /// The values of a boolean column.
        bools, Bool, bool
    );
}

impl ColumnData {
    /// The number of values, nulls included.
    pub fn len(&self) -> usize {
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

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
