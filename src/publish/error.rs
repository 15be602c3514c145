//! `PublishError`: the errors of the store, of snapshots, of tables and of segment files while a run is written.

use std::io;

use crate::{
    graph::snapshot::SnapshotError,
    store::{StoreError, TableError},
};

/// Why the files of a run cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// An operation of the run store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The snapshot cannot be written.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A table cannot be written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A segment file cannot be written.
    #[error("cannot write a file of the run: {0}")]
    Write(#[from] io::Error),
}
