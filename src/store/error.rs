//! What can be wrong with a store.

use std::{io, path::PathBuf};

use super::{RunId, Unreconciled};

/// Why a store cannot be opened, read or written. Texts name the cause; there is no further source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file system refused.
    #[error("cannot {action} `{path}`: {cause}", path = path.display())]
    Io {
        /// What was tried: `create the folder`, `rename`, …
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A file of the run could not be written; the cause names the path, the bytes and why.
    #[error("{cause}")]
    Write {
        /// The complete message, with the system's kind of error.
        cause: io::Error,
    },
    /// There is no store to read.
    #[error("`{dir}` is not a plaudit store: {why}", dir = dir.display())]
    NotAStore {
        /// The folder.
        dir: PathBuf,
        /// What is missing.
        why: String,
    },
    /// The folder belongs to something else.
    #[error("`{dir}` is not a plaudit store and not empty: it holds {found}; nothing was written there", dir = dir.display())]
    Foreign {
        /// The folder.
        dir: PathBuf,
        /// Some of what is in it.
        found: String,
    },
    /// A newer version wrote the store or the run.
    #[error("`{path}` has format version {got}; this version reads up to {expected}", path = path.display())]
    Version {
        /// The file that names its version.
        path: PathBuf,
        /// The newest version we read.
        expected: u32,
        /// The version found.
        got: u32,
    },
    /// Another process writes to the store.
    #[error("another run holds the lock `{path}`", path = path.display())]
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
    /// No run has this name.
    #[error("no run in `{dir}` is named `{wanted}` or begins with it; {}", known_runs(newest.as_ref()), dir = dir.display())]
    UnknownRun {
        /// The store.
        dir: PathBuf,
        /// What was asked for.
        wanted: String,
        /// The newest run, if there is any.
        newest: Option<RunId>,
    },
    /// Several runs begin like this.
    #[error("{} runs begin with `{wanted}`: {}", matches.len(), join(matches))]
    AmbiguousRun {
        /// What was asked for.
        wanted: String,
        /// The runs that fit.
        matches: Vec<RunId>,
    },
    /// A file of the store is not what was written.
    #[error("`{path}` is damaged: {why}; {}", whole_run(newest_whole.as_ref()), path = path.display())]
    Damaged {
        /// The damaged file.
        path: PathBuf,
        /// What was found, and what was written.
        why: String,
        /// The newest run whose every byte is as written.
        newest_whole: Option<RunId>,
    },
    /// Something else stands where the link to the newest run belongs.
    #[error("`{path}` is no link, so no run can become the current one", path = path.display())]
    CurrentIsNoLink {
        /// Where the link belongs.
        path: PathBuf,
    },
    /// The counts of a run do not add up: rows were lost in silence.
    #[error("the run's counts do not add up: {0}")]
    Counts(#[from] Unreconciled),
    /// A file of the run was begun and not finished.
    #[error("`{name}` was begun and never finished, so the run cannot be published")]
    Unfinished {
        /// The file, relative to the run.
        name: String,
    },
}

fn join(runs: &[RunId]) -> String {
    runs.iter().map(RunId::as_str).collect::<Vec<_>>().join(", ")
}

fn known_runs(newest: Option<&RunId>) -> String {
    newest.map_or("there is none yet".to_owned(), |run| format!("the newest is `{run}`"))
}

fn whole_run(newest: Option<&RunId>) -> String {
    newest.map_or("no run is whole".to_owned(), |run| format!("`{run}` is whole and can be read meanwhile"))
}

impl StoreError {
    /// Joins an action, a path and the system's answer, for use with `map_err`.
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::Io { action, path, cause }
    }
}
