//! A table of named columns, kept on disk as Parquet.
//!
//! Every notebook and warehouse reads Parquet, so scores leave in that form and reports read them back in it. Only
//! the few column types a run needs exist here, and each maps to one Parquet type: no nesting, no conversion.

mod read;
mod write;

pub use read::{read_column_names, read_columns, read_table};
pub use write::{Column, ROW_GROUP_ROWS, write_columns, write_table};

use std::path::PathBuf;

/// Columns of one length, in order.
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
    /// UTF-8 text.
    Text(Vec<String>),
    /// UTF-8 text, some of it absent.
    OptionalText(Vec<Option<String>>),
    /// 64-bit floats.
    F64(Vec<f64>),
    /// 64-bit floats, some of them absent.
    OptionalF64(Vec<Option<f64>>),
    /// Unsigned 64-bit integers.
    U64(Vec<u64>),
    /// Unsigned 32-bit integers.
    U32(Vec<u32>),
    /// Unsigned 32-bit integers, some of them absent.
    OptionalU32(Vec<Option<u32>>),
    /// Signed 64-bit integers, some of them absent.
    OptionalI64(Vec<Option<i64>>),
    /// Yes or no.
    Bool(Vec<bool>),
}

/// Why a table cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file cannot be opened.
    #[error("cannot open `{path}`: {cause}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The bytes are not the Parquet that we write.
    #[error("cannot read `{path}` as Parquet: {why}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// The file has no such column.
    #[error("`{path}` has no column `{column}`; it has {}", known.join(", "), path = path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The column asked for.
        column: String,
        /// The columns it has.
        known: Vec<String>,
    },
    /// A column has another type than its reader expects.
    #[error("column `{column}` holds {got}, {expected} is expected")]
    WrongType {
        /// The column.
        column: String,
        /// What the reader expects.
        expected: &'static str,
        /// What the table holds.
        got: &'static str,
    },
    /// The bytes cannot be written; the sink's message says where and why.
    #[error("{why}")]
    Write {
        /// The sink's own words.
        why: String,
    },
}

impl Table {
    /// Joins columns; they are of one length and their names differ.
    pub fn new(columns: Vec<(String, ColumnData)>) -> Self {
        for (position, (name, data)) in columns.iter().enumerate() {
            assert_eq!(data.len(), columns[0].1.len(), "invariant: column `{name}` is as long as the first");
            let repeated = columns[..position].iter().any(|(earlier, _)| earlier == name);
            assert!(!repeated, "invariant: column `{name}` occurs once");
        }
        Self { columns }
    }

    /// The columns in order.
    pub fn columns(&self) -> &[(String, ColumnData)] {
        &self.columns
    }

    /// The columns in order, without a copy.
    pub fn into_columns(self) -> Vec<(String, ColumnData)> {
        self.columns
    }

    /// Number of rows.
    pub fn row_count(&self) -> usize {
        self.columns.first().map_or(0, |(_, data)| data.len())
    }

    /// The column `name`.
    pub fn column(&self, name: &str) -> Option<&ColumnData> {
        self.columns.iter().find(|(known, _)| known == name).map(|(_, data)| data)
    }
}

macro_rules! typed_column {
    ($(#[$doc:meta])* $name:ident, $variant:ident, $value:ty) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// [`TableError::WrongType`] when the column is absent or of another type.
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
        /// The values of a text column with gaps.
        optional_text, OptionalText, Option<String>
    );
    typed_column!(
        /// The values of a float column.
        f64s, F64, f64
    );
    typed_column!(
        /// The values of a float column with gaps.
        optional_f64s, OptionalF64, Option<f64>
    );
    typed_column!(
        /// The values of a 64-bit integer column.
        u64s, U64, u64
    );
    typed_column!(
        /// The values of a 32-bit integer column.
        u32s, U32, u32
    );
    typed_column!(
        /// The values of a 32-bit integer column with gaps.
        optional_u32s, OptionalU32, Option<u32>
    );
    typed_column!(
        /// The values of a signed integer column with gaps.
        optional_i64s, OptionalI64, Option<i64>
    );
    typed_column!(
        /// The values of a yes-or-no column.
        bools, Bool, bool
    );
}

impl ColumnData {
    /// Number of values, absent ones included.
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

    /// The type in words, for messages.
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
            Self::Bool(_) => "yes or no",
        }
    }
}
