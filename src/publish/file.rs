//! Writes one file of a run.

use super::PublishError;
use crate::store::{RunFile, RunWriter};

/// Creates the file `name`, fills it and closes it; `fill` returns the number of rows.
pub(super) fn write_file<E: Into<PublishError>>(
    run: &RunWriter,
    name: &str,
    fill: impl FnOnce(&mut RunFile<'_>) -> Result<u64, E>,
) -> Result<(), PublishError> {
    let mut file = run.create(name)?;
    let rows = fill(&mut file).map_err(Into::into)?;
    file.finish(rows)?;
    Ok(())
}
