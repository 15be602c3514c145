//! Keys of columns: a name with the type of its values, for writing and for reading.

use std::{borrow::Cow, marker::PhantomData};

use crate::store::{Column, ColumnData, Table, TableError};

/// A column of a published table: its name in the file, and the type of its values.
///
/// ```
/// use plaudit::{store::{ColumnData, Table}, tables::scores};
/// let table = Table::new(vec![("rank".to_owned(), ColumnData::U32(vec![2, 1]))]);
/// assert_eq!(scores::RANK.of(&table)?, [2, 1]);
/// assert!(scores::SCORE.of(&table).is_err(), "the table has no such column");
/// # Ok::<(), plaudit::store::TableError>(())
/// ```
#[derive(Debug)]
pub struct ColumnKey<'n, T> {
    name: &'n str,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for ColumnKey<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ColumnKey<'_, T> {}

/// A column to be written, with its name.
pub type NamedColumn<'a> = (Cow<'a, str>, Column<'a>);

/// A type of values that columns hold.
pub trait ColumnValue: Sized {
    /// The values of a column in memory; none where it holds another type.
    fn values(data: &ColumnData) -> Option<&[Self]>;
    /// The same, without a copy.
    fn into_values(data: ColumnData) -> Option<Vec<Self>>;
    /// The name of the type in messages.
    fn type_name() -> &'static str;
}

macro_rules! column_values {
    ($($value:ty => $variant:ident),* $(,)?) => {$(
        impl ColumnValue for $value {
            fn values(data: &ColumnData) -> Option<&[Self]> {
                if let ColumnData::$variant(values) = data { Some(values) } else { None }
            }

            fn into_values(data: ColumnData) -> Option<Vec<Self>> {
                if let ColumnData::$variant(values) = data { Some(values) } else { None }
            }

            fn type_name() -> &'static str {
                ColumnData::$variant(Vec::new()).type_name()
            }
        }
    )*};
}

column_values! {
    String => Text,
    Option<String> => OptionalText,
    f64 => F64,
    Option<f64> => OptionalF64,
    u32 => U32,
    Option<u32> => OptionalU32,
    Option<i64> => OptionalI64,
    bool => Bool,
}

impl<'n, T> ColumnKey<'n, T> {
    pub const fn new(name: &'n str) -> Self {
        Self { name, value: PhantomData }
    }

    pub const fn name(self) -> &'n str {
        self.name
    }
}

impl<T: ColumnValue> ColumnKey<'_, T> {
    /// The values of this column of `table`.
    ///
    /// # Errors
    /// [`TableError::WrongType`] where the table has no such column, or one of another type.
    pub fn of(self, table: &Table) -> Result<&[T], TableError> {
        let data = table.column(self.name);
        data.and_then(T::values).ok_or_else(|| self.wrong_type(data))
    }

    /// The fault of a column that holds `got` instead.
    pub(super) fn wrong_type(self, got: Option<&ColumnData>) -> TableError {
        TableError::WrongType {
            column: self.name.to_owned(),
            expected: T::type_name(),
            got: got.map_or("nothing", ColumnData::type_name),
        }
    }
}

macro_rules! written_columns {
    ($($value:ty as $written:ty => $variant:ident),* $(,)?) => {$(
        impl<'a> ColumnKey<'a, $value> {
            /// The column whose value in each row is `value(row)`.
            pub fn column(self, value: impl Fn(usize) -> $written + 'a) -> NamedColumn<'a> {
                (self.name.into(), Column::$variant(Box::new(value)))
            }
        }
    )*};
}

written_columns! {
    String as Cow<'a, str> => Text,
    Option<String> as Option<Cow<'a, str>> => OptionalText,
    f64 as f64 => F64,
    Option<f64> as Option<f64> => OptionalF64,
    u32 as u32 => U32,
    Option<u32> as Option<u32> => OptionalU32,
    Option<i64> as Option<i64> => OptionalI64,
    bool as bool => Bool,
}

/// An estimate with its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Interval {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// Three columns that hold an estimate and its interval.
#[derive(Clone, Copy, Debug)]
pub struct IntervalKeys {
    pub value: ColumnKey<'static, f64>,
    pub low: ColumnKey<'static, f64>,
    pub high: ColumnKey<'static, f64>,
}

impl IntervalKeys {
    /// The three columns, whose values in each row are read from `values` at `index(row)`.
    pub(crate) fn columns<'a>(
        self,
        [value, low, high]: [&'a [f64]; 3],
        index: impl Fn(usize) -> usize + Copy + 'a,
    ) -> [NamedColumn<'a>; 3] {
        [
            self.value.column(move |row| value[index(row)]),
            self.low.column(move |row| low[index(row)]),
            self.high.column(move |row| high[index(row)]),
        ]
    }
}

/// The values of three such columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntervalColumns<'t> {
    pub value: &'t [f64],
    pub low: &'t [f64],
    pub high: &'t [f64],
}

impl IntervalColumns<'_> {
    /// The estimate of a row with its interval.
    pub fn at(&self, row: usize) -> Interval {
        Interval { value: self.value[row], low: self.low[row], high: self.high[row] }
    }
}
