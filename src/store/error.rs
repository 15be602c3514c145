//! `StoreError`: why a run store cannot be opened, read or written.

use std::{io, path::PathBuf};

use super::{CountMismatch, RunId};

/// Why a store cannot be opened, read or written. The text includes the cause, so there is no `source()`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// An operation of the file system failed.
    #[error("cannot {action} `{path}`: {cause}", path = path.display())]
    Io {
        /// The operation: `create the folder`, `rename`, …
        action: &'static str,
        /// The file or folder it was applied to.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// A file of the run could not be written.
    #[error("{cause}")]
    Write {
        /// The complete message (path, byte position, reason) with the system's error kind.
        cause: io::Error,
    },
    /// The folder is missing, empty, or not a store.
    #[error("`{dir}` is not a plaudit store: {why}", dir = dir.display())]
    NotAStore {
        /// The folder.
        dir: PathBuf,
        /// Why it is not a store.
        why: String,
    },
    /// The folder holds files that are not a store's, so it is not made one.
    #[error("`{dir}` is not a plaudit store, and it is not empty: it holds {found}; nothing was written", dir = dir.display())]
    Foreign {
        /// The folder.
        dir: PathBuf,
        /// The first few names in it.
        found: String,
    },
    /// A newer version of plaudit wrote the store or the run.
    #[error("`{path}` has format version {got}; this version of plaudit reads up to version {expected}", path = path.display())]
    Version {
        /// The file that states the version.
        path: PathBuf,
        /// The newest version that can be read.
        expected: u32,
        /// The version found.
        got: u32,
    },
    /// Another process is writing to the store.
    #[error("cannot write to the store: another run holds the lock `{path}`", path = path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The store has no published run.
    #[error("`{dir}` has no published run yet", dir = dir.display())]
    NoRuns {
        /// The store.
        dir: PathBuf,
    },
    /// No run has this id.
    #[error("no run in `{dir}` has an id that is or begins with `{wanted}`; {}", known_runs(newest.as_ref()), dir = dir.display())]
    UnknownRun {
        /// The store.
        dir: PathBuf,
        /// The id, or beginning of an id, that was asked for.
        wanted: String,
        /// The newest run, if there is any.
        newest: Option<RunId>,
    },
    /// Several runs have an id with this beginning.
    #[error("the ids of {} runs begin with `{wanted}`: {}", matches.len(), join(matches))]
    AmbiguousRun {
        /// The beginning of an id that was asked for.
        wanted: String,
        /// The runs it matches.
        matches: Vec<RunId>,
    },
    /// A file of the store differs from what was written.
    #[error("`{path}` is damaged: {why}; {}", intact_run(newest_intact.as_ref()), path = path.display())]
    Damaged {
        /// The damaged file.
        path: PathBuf,
        /// What was found and what was expected.
        why: String,
        /// The newest run that passes verification.
        newest_intact: Option<RunId>,
    },
    /// A file or folder occupies the path of the link to the newest run.
    #[error("`{path}` is not a symbolic link, so it cannot be pointed at a new run", path = path.display())]
    CurrentIsNotALink {
        /// The path of the link.
        path: PathBuf,
    },
    /// The counts of a run do not add up: rows would be missing without a reason.
    #[error("the run's counts do not add up: {0}")]
    Counts(#[from] CountMismatch),
    /// A file of the run was created but never finished.
    #[error("cannot publish the run: its file `{name}` was created but not finished")]
    Unfinished {
        /// The file, relative to the run.
        name: String,
    },
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
    /// Returns a function for `map_err` that adds the action and the path to the system's error.
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::Io { action, path, cause }
    }
}
