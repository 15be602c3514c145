//! Keys of columns: a name with the type of its values, for writing and for reading.

use std::marker::PhantomData;

use crate::store::{ColumnValue, NamedColumn, Table, TableError};

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

impl<'n, T> ColumnKey<'n, T> {
    pub const fn new(name: &'n str) -> Self {
        Self { name, value: PhantomData }
    }

    pub const fn name(self) -> &'n str {
        self.name
    }
}

impl<'n, T: ColumnValue> ColumnKey<'n, T> {
    /// The values of this column in `table`.
    ///
    /// # Errors
    /// [`TableError::WrongType`] if the table has no such column, or the column has another type.
    pub fn of(self, table: &Table) -> Result<&[T], TableError> {
        table.get(self.name)
    }

    /// The column whose value in each row is `value(row)`.
    pub fn column(self, value: impl Fn(usize) -> T::Written<'n> + 'n) -> NamedColumn<'n> {
        (self.name.into(), T::column(value))
    }
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
    /// The names of the three columns: the estimate, then the lower and the upper end.
    pub const fn names(self) -> [&'static str; 3] {
        [self.value.name(), self.low.name(), self.high.name()]
    }

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

/// The values of the three columns of [`IntervalKeys`].
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
