//! Where is a run stored, and how is it published atomically?
//!
//! A store is a folder that contains one folder per run. A run is written under a temporary name, flushed to stable
//! storage and renamed; last, the link `current` is moved to it. So readers of `current` see a complete run even if the
//! power fails. One process writes at a time; readers need no lock, because a published run never changes. No other
//! module renames files or flushes them (`write_atomically` does it for files outside the store). The layout is in
//! `docs/formats.md`.

mod atomic;
mod denials;
mod disk;
mod error;
mod folder;
mod manifest;
pub mod memory;
mod run_id;
mod table;
mod verify;
mod writer;

pub use atomic::write_atomically;
pub use denials::{DENIALS, random_salt};
pub use disk::{Disk, DiskFile, RealDisk};
pub use error::StoreError;
pub use folder::{LockedStore, Run, Store};
pub use manifest::{
    CountMismatch, Counts, FileEntry, InputEntry, InputRole, MANIFEST_FORMAT, Manifest, ManifestFault,
    RunRecord, Stage,
};
pub use run_id::{BadRunId, RunId};
pub use table::{
    Column, ColumnData, ColumnValue, NamedColumn, ROW_GROUP_ROWS, Table, TableError, TableShape,
    read_columns, read_table, read_table_shape, write_columns,
};
pub use verify::{IntegrityProblem, Verification, verify};
pub use writer::{NewRun, RunFile, RunWriter};

/// The format version of the store, stated in [`STORE_MARKER`]. A reader refuses a newer one.
pub const STORE_FORMAT: u32 = 1;

/// The file that marks a folder as a store.
pub const STORE_MARKER: &str = "plaudit-store.json";

/// The marker of a complete run: the file that is written last; it holds the digest of the manifest.
pub const SUCCESS: &str = "_SUCCESS";

/// The file of a run that describes all other files.
pub const MANIFEST: &str = "manifest.json";

/// The link to the newest published run.
pub const CURRENT: &str = "current";

/// The file of user-given community names.
pub const COMMUNITY_NAMES: &str = "communities.names.csv";

const RUNS: &str = "runs";

/// The file that the writing process locks.
const LOCK: &str = ".lock";

/// The prefix of a run folder's name before the run is published.
const UNFINISHED: &str = ".tmp-";
