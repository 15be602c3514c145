//! Where does a run live, and how does it appear all at once or not at all?
//!
//! A store is a folder. Every run has a folder of its own in it, written under a temporary name, made durable,
//! renamed, and only then named by the link `current`. Whoever reads through `current` sees a whole run, whatever
//! moment the power fails. One process writes at a time; readers need no lock, because a published run never
//! changes. This is the only room that renames files or forces them to disk, in `whole` those outside the store as
//! well; the layout is in `docs/formats.md`.

mod disk;
mod error;
mod folder;
pub mod machine;
mod manifest;
mod run_id;
mod table;
mod verify;
mod whole;
mod writer;

pub use disk::{Disk, DiskFile, RealDisk};
pub use error::StoreError;
pub use folder::{LockedStore, Run, Store};
pub use manifest::{
    Counts, FileEntry, InputEntry, InputRole, MANIFEST_FORMAT, Manifest, ManifestFault, RunRecord, Stage,
    Unreconciled,
};
pub use run_id::{BadRunId, RunId};
pub use table::{
    Column, ColumnData, ROW_GROUP_ROWS, Table, TableError, read_column_names, read_columns, read_table,
    write_columns, write_table,
};
pub use verify::{Problem, Verification, verify};
pub use whole::write_whole;
pub use writer::{NewRun, RunFile, RunWriter};

/// The version of the store's layout, in its marker file. A reader refuses a newer one.
pub const STORE_FORMAT: u32 = 1;

/// The file that says that a folder is a store.
pub const STORE_MARKER: &str = "plaudit-store.json";

/// The file in a run that is written last; it holds the digest of the manifest.
pub const SUCCESS: &str = "_SUCCESS";

/// The file in a run that describes all others.
pub const MANIFEST: &str = "manifest.json";

/// The link to the newest published run.
pub const CURRENT: &str = "current";

/// The file with the names that people gave to communities.
pub const COMMUNITY_NAMES: &str = "communities.names.csv";

/// The folder of the runs.
const RUNS: &str = "runs";

/// The file whose lock the writing process holds.
const LOCK: &str = ".lock";

/// How the name of a run folder begins before the run is published.
const UNFINISHED: &str = ".tmp-";
