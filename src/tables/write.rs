//! Writes a table from its columns.

use super::NamedColumn;
use crate::{
    ids::offset64,
    store::{RunFile, TableError, write_columns},
};

/// Writes `columns` of `row_count` rows each, and returns the number of rows.
///
/// # Errors
/// As [`write_columns`].
pub(crate) fn write_named(
    row_count: usize,
    columns: Vec<NamedColumn<'_>>,
    out: &mut RunFile<'_>,
) -> Result<u64, TableError> {
    let (names, columns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let columns: Vec<_> = names.iter().map(AsRef::as_ref).zip(columns).collect();
    write_columns(row_count, &columns, out)?;
    Ok(offset64(row_count))
}
