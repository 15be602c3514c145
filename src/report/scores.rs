//! The tables that a run leaves for reports.

use super::ReportError;
use crate::store::{Run, Table, TableError, read_columns};

/// The table with one row per node. Its columns are in `docs/formats.md`.
pub const SCORES_FILE: &str = "scores.parquet";

/// The table with one row per community.
pub const COMMUNITIES_FILE: &str = "communities.parquet";

/// The value of `status` of a node that is a customer of the CRM.
pub(crate) const CUSTOMER: &str = "customer";

/// The value of `status` of an account that is in no CRM record.
pub(super) const PROSPECT: &str = "prospect";

/// Reads the columns `wanted` of the table `file`, whose digest is checked first.
pub(crate) fn read(run: &Run, file: &str, wanted: &[&str]) -> Result<Table, ReportError> {
    let path = run.checked_path(file)?;
    read_columns(&path, wanted).map_err(other_version(run))
}

/// The digest was right, so a table that does not read as expected was written like that.
pub(super) fn other_version(run: &Run) -> impl Fn(TableError) -> ReportError {
    let run = run.id().to_string();
    move |cause| ReportError::Table { run: run.clone(), cause }
}

/// The rows of nodes with this status.
pub(super) fn rows_with_status(table: &Table, status: &str) -> Result<Vec<usize>, TableError> {
    let values = table.text("status")?;
    Ok((0..values.len()).filter(|&row| values[row] == status).collect())
}
