//! A table of a published run, whose columns are read on first use.

use std::{path::PathBuf, sync::OnceLock};

use super::{ColumnKey, IntervalColumns, IntervalKeys};
use crate::store::{
    ColumnData, ColumnValue, Run, StoreError, Table, TableError, TableShape, read_columns, read_table_shape,
};

/// A table of a published run. Its digest has been checked; each column is read on first use.
#[derive(Debug)]
pub struct RunTable {
    run: String,
    path: PathBuf,
    row_count: usize,
    columns: Vec<(String, OnceLock<ColumnData>)>,
}

/// Why a table of a run cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunTableError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("run `{run}` was written by another version: {cause}")]
    OtherVersion { run: String, cause: TableError },
}

impl RunTable {
    /// Opens the table in `file` of `run`, after checking its digest.
    ///
    /// # Errors
    /// [`RunTableError`]: the run does not list the file, the file has changed since it was written, or the file is no
    /// table.
    pub fn open(run: &Run, file: &str) -> Result<Self, RunTableError> {
        let (path, run) = (run.checked_path(file)?, run.id().to_string());
        let shape = read_table_shape(&path);
        let TableShape { names, row_count } =
            shape.map_err(|cause| RunTableError::OtherVersion { run: run.clone(), cause })?;
        let columns = names.into_iter().map(|name| (name, OnceLock::new())).collect();
        Ok(Self { run, path, row_count, columns })
    }

    pub fn row_count(&self) -> usize {
        self.row_count
    }

    /// The values of a column, which are kept until the table is dropped.
    ///
    /// # Errors
    /// [`RunTableError::OtherVersion`]: the column is missing or has another type. The digest is right, so another
    /// version wrote the column.
    pub fn get<T: ColumnValue>(&self, key: ColumnKey<T>) -> Result<&[T], RunTableError> {
        let data = self.data(key.name())?;
        let wrong_type = || self.other_version(TableError::wrong_type::<T>(key.name(), Some(data)));
        T::values(data).ok_or_else(wrong_type)
    }

    /// Reads a column without keeping it.
    ///
    /// # Errors
    /// As [`RunTable::get`].
    pub fn read<T: ColumnValue>(&self, key: ColumnKey<T>) -> Result<Vec<T>, RunTableError> {
        let data = self.decode(key.name())?;
        let fault = TableError::wrong_type::<T>(key.name(), Some(&data));
        T::into_values(data).ok_or_else(|| self.other_version(fault))
    }

    /// The three columns of an estimate and its interval, kept as by [`RunTable::get`].
    ///
    /// # Errors
    /// As [`RunTable::get`].
    pub fn interval(&self, keys: IntervalKeys) -> Result<IntervalColumns<'_>, RunTableError> {
        let IntervalKeys { value, low, high } = keys;
        Ok(IntervalColumns { value: self.get(value)?, low: self.get(low)?, high: self.get(high)? })
    }

    /// A column of any type, kept as by [`RunTable::get`].
    ///
    /// # Errors
    /// As [`RunTable::get`].
    pub fn data(&self, name: &str) -> Result<&ColumnData, RunTableError> {
        let column = self.columns.iter().find(|(known, _)| known == name).map(|(_, data)| data);
        if let Some(data) = column.and_then(OnceLock::get) {
            return Ok(data);
        }
        // For a missing column, this returns the error.
        let data = self.decode(name)?;
        Ok(column.expect("invariant: a column that reads is known").get_or_init(|| data))
    }

    /// Reads the columns `names`, of any type, without keeping them.
    ///
    /// # Errors
    /// As [`RunTable::get`].
    pub fn read_table(&self, names: &[&str]) -> Result<Table, RunTableError> {
        read_columns(&self.path, names).map_err(|cause| self.other_version(cause))
    }

    /// The names of the columns, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    fn decode(&self, name: &str) -> Result<ColumnData, RunTableError> {
        let (_, data) =
            self.read_table(&[name])?.into_columns().pop().expect("invariant: one column was asked for");
        Ok(data)
    }

    fn other_version(&self, cause: TableError) -> RunTableError {
        RunTableError::OtherVersion { run: self.run.clone(), cause }
    }
}
