//! The rows of a run's scores by status.

use crate::tables::{RunTable, RunTableError, Status, scores};

/// The rows of nodes with this status.
pub(super) fn rows_with_status(table: &RunTable, status: Status) -> Result<Vec<usize>, RunTableError> {
    let values = table.get(scores::STATUS)?;
    Ok((0..values.len()).filter(|&row| status.is(&values[row])).collect())
}
