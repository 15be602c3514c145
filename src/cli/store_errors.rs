//! What the run store says, with a way to mend it.

use super::exit::CliError;
use crate::store::StoreError;

impl From<&StoreError> for CliError {
    fn from(error: &StoreError) -> Self {
        let hint = match error {
            StoreError::Io { .. } | StoreError::Write { .. } => {
                "check that the folder of the run store may be written and that the disk has room; the last good run is untouched"
            }
            StoreError::NotAStore { .. } => {
                "name a run store with `--store DIR`, or make one with `plaudit run`"
            }
            StoreError::Foreign { .. } => "name another folder with `--out DIR` or `[run] output`",
            StoreError::Version { .. } => "use the version of plaudit that wrote it, or a newer one",
            StoreError::Locked { .. } => "wait until the other run is done; its lock goes with its process",
            StoreError::CurrentIsNoLink { .. } => {
                "move it away and run again; the runs beside it are untouched"
            }
            StoreError::NoRuns { .. } => "make one with `plaudit run`",
            _ => "run again; `plaudit runs list` names the runs that are whole",
        };
        match error {
            // A count that does not add up is our fault, whatever the input.
            StoreError::Counts(_) | StoreError::Unfinished { .. } => Self::bug(error),
            _ => Self::input(error).hint(hint),
        }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}
