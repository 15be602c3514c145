//! `StoreError`: errors of the system, damage, other versions, and missing runs.

use std::{io, path::PathBuf};

use super::{CountMismatch, RunId};

/// Why a store cannot be opened, read or written. The text includes the cause, so there is no `source()`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error("cannot {action} `{path}`: {cause}", path = path.display())]
    Io {
        /// The operation: `create the folder`, `rename`, …
        action: &'static str,
        path: PathBuf,
        cause: io::Error,
    },
    #[error("{cause}")]
    Write {
        /// The complete message (path, byte position, reason), and the system's error kind.
        cause: io::Error,
    },
    #[error("`{dir}` is not a plaudit store: {why}", dir = dir.display())]
    NotAStore { dir: PathBuf, why: String },
    #[error("`{dir}` is not a plaudit store, and it is not empty: it holds {found}; nothing was written", dir = dir.display())]
    Foreign {
        dir: PathBuf,
        /// The first few names in the folder.
        found: String,
    },
    #[error("`{path}` has format version {got}; this version of plaudit reads up to version {expected}", path = path.display())]
    Version { path: PathBuf, expected: u32, got: u32 },
    #[error("cannot write to the store: another run holds the lock `{path}`", path = path.display())]
    Locked { path: PathBuf },
    #[error("`{dir}` has no published run yet", dir = dir.display())]
    NoRuns { dir: PathBuf },
    #[error("no run in `{dir}` has an id that is or begins with `{wanted}`; {}", known_runs(newest.as_ref()), dir = dir.display())]
    UnknownRun { dir: PathBuf, wanted: String, newest: Option<RunId> },
    #[error("the ids of {} runs begin with `{wanted}`: {}", matches.len(), join(matches))]
    AmbiguousRun { wanted: String, matches: Vec<RunId> },
    #[error("`{path}` is damaged: {why}; {}", intact_run(newest_intact.as_ref()), path = path.display())]
    Damaged {
        path: PathBuf,
        why: String,
        /// The newest run that passes verification.
        newest_intact: Option<RunId>,
    },
    /// Without the memory, people who denied consent could be shown.
    #[error("`{path}`, the memory of who denied consent, is missing or damaged", path = path.display())]
    DamagedDenials { path: PathBuf },
    #[error("`{path}` is not a symbolic link, so it cannot be pointed at a new run", path = path.display())]
    CurrentIsNotALink { path: PathBuf },
    #[error("the run's counts do not add up: {0}")]
    Counts(#[from] CountMismatch),
    #[error("cannot publish the run: its file `{name}` was created but not finished")]
    Unfinished { name: String },
}

fn join(runs: &[RunId]) -> String {
    runs.iter().map(RunId::as_str).collect::<Vec<_>>().join(", ")
}

fn known_runs(newest: Option<&RunId>) -> String {
    newest.map_or("it has no runs yet".to_owned(), |run| format!("the newest run is `{run}`"))
}

fn intact_run(newest: Option<&RunId>) -> String {
    newest
        .map_or("no run is intact".to_owned(), |run| format!("run `{run}` is intact and can be used instead"))
}

impl StoreError {
    /// How to fix it; `None` if plaudit itself is at fault.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Counts(_) | Self::Unfinished { .. } => return None,
            Self::Io { .. } | Self::Write { .. } => {
                "check that the folder of the run store is writable and that the disk has free space; the last good run \
                 is untouched"
            }
            Self::NotAStore { .. } => "name a run store with `--store DIR`, or make one with `plaudit run`",
            Self::Foreign { .. } => "name another folder with `--out DIR` or `[run] output`",
            Self::Version { .. } => "use the version of plaudit that wrote it, or a newer one",
            Self::Locked { .. } => {
                "wait until the other run is done; the lock is released when its process ends"
            }
            Self::DamagedDenials { .. } => {
                "restore it from a backup of the store; without it, people who denied consent earlier could be shown"
            }
            Self::CurrentIsNotALink { .. } => "move it away and run again; the published runs are untouched",
            Self::NoRuns { .. } => "make one with `plaudit run`",
            Self::AmbiguousRun { .. } => "type more letters of the id, or the whole id",
            Self::UnknownRun { .. } | Self::Damaged { .. } => {
                "run again; `plaudit runs verify RUN` tells whether an older run is intact"
            }
        };
        Some(hint.to_owned())
    }

    /// Returns a function for `map_err` that adds the action and the path to the system's error.
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::Io { action, path, cause }
    }
}
