//! The manifest of a run (`manifest.json`): its inputs, configuration, counts and output files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{IntegrityProblem, RunId};
use crate::digest::Digest;

/// The format version of the manifest. A reader refuses a newer one.
pub const MANIFEST_FORMAT: u32 = 1;

/// The contents of `manifest.json`; its keys are in the order of these fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_FORMAT`] at the time of writing.
    pub format: u32,
    /// The version of `plaudit` that made the run.
    pub plaudit: String,
    /// The id of the run, which is also the name of its folder.
    pub run: RunId,
    pub previous_run: Option<RunId>,
    /// The as-of time of the run, RFC 3339; `None` when no event is dated.
    pub as_of: Option<String>,
    #[serde(flatten)]
    pub record: RunRecord,
    /// Every file of the run except the manifest and `_SUCCESS`, by path.
    pub files: Vec<FileEntry>,
}

/// The part of the manifest that the caller of [`RunWriter::publish`](super::RunWriter::publish) provides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    pub config: Value,
    /// The files that were read.
    pub inputs: Vec<InputEntry>,
    pub counts: Counts,
    /// Values that the kernels certify (`pagerank_error_bound`, `modularity`, …) and values for the next run to
    /// continue from, in insertion order.
    pub certificates: Map<String, Value>,
    /// The stages, in the order in which they ran.
    pub stages: Vec<Stage>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputEntry {
    /// Its path as configured.
    pub path: String,
    pub role: InputRole,
    /// Its length as stored (the compressed length of a compressed file).
    pub bytes: u64,
    /// The SHA-256 of its bytes as stored.
    pub sha256: Digest,
    /// Data rows in the file.
    pub rows_read: u64,
    /// Rows that became events in the graph; 0 in a customer file.
    pub events_used: u64,
    /// Valid rows whose events are ignored; 0 in a customer file.
    pub events_ignored: u64,
    pub rows_rejected: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputRole {
    /// Events; their rows count in [`Counts::rows_read`].
    Events,
    Customers,
    /// The ids of people: a topic for PageRank or a segment for the k-hop audience.
    Topic,
    Names,
}

/// The counts of a run. `rows_read = events_used + events_ignored + rows_rejected`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Data rows in all event files.
    pub rows_read: u64,
    /// Rows that became events in the graph.
    pub events_used: u64,
    /// Valid rows whose events are ignored.
    pub events_ignored: u64,
    pub rows_rejected: u64,
    /// [`Counts::events_ignored`] split by reason.
    pub ignored: BTreeMap<String, u64>,
    /// [`Counts::rows_rejected`] split by reason.
    pub rejected: BTreeMap<String, u64>,
    pub nodes: u64,
    /// Distinct directed edges of the graph.
    pub edges: u64,
    /// Customers in the segment files.
    pub customers: u64,
    /// Accounts that belong to no customer.
    pub prospects: u64,
    /// Customers left out of all outputs because they may not be profiled.
    pub withheld: u64,
    /// Further counts by name.
    #[serde(flatten)]
    pub more: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    pub name: String,
    pub seconds: f64,
    /// The peak resident memory of the process when the stage ended; `None` if the system does not report it.
    pub peak_rss_bytes: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its path in the run folder, with `/` as separator.
    pub path: String,
    /// Rows in it, without the header.
    pub rows: u64,
    pub bytes: u64,
    pub sha256: Digest,
}

/// Two counts that should be equal but differ.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {left} is not {right}")]
pub struct CountMismatch {
    pub what: String,
    pub left: u64,
    pub right: u64,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestFault {
    #[error("{0}")]
    Unreadable(String),
    /// The manifest is readable, but `_SUCCESS` is missing or was written for another manifest.
    #[error("{problem}")]
    Unmarked { manifest: Box<Manifest>, problem: IntegrityProblem },
    #[error("it has format version {got}; this version of plaudit reads up to version {expected}")]
    Version { expected: u32, got: u32 },
}

impl Manifest {
    /// Parses the text of a `manifest.json`.
    ///
    /// # Errors
    /// [`ManifestFault`]. The version is checked first, because a newer format may have fields that do not parse.
    pub fn parse(text: &[u8]) -> Result<Self, ManifestFault> {
        let unreadable = |cause: serde_json::Error| ManifestFault::Unreadable(cause.to_string());
        let value: Value = serde_json::from_slice(text).map_err(unreadable)?;
        let format =
            value.get("format").and_then(Value::as_u64).and_then(|format| u32::try_from(format).ok());
        match format {
            Some(got) if got > MANIFEST_FORMAT => {
                Err(ManifestFault::Version { expected: MANIFEST_FORMAT, got })
            }
            Some(_) => serde_json::from_value(value).map_err(unreadable),
            None => Err(ManifestFault::Unreadable("it has no format version".to_owned())),
        }
    }
}

impl RunRecord {
    /// Checks that no row was lost: in each event file and in total, every row read was used, ignored or rejected; the
    /// counts by reason add up; and the files add up to the totals.
    ///
    /// # Errors
    /// The first equation that does not hold.
    pub fn reconcile(&self) -> Result<(), CountMismatch> {
        let counts = &self.counts;
        let rows = [counts.rows_read, counts.events_used, counts.events_ignored, counts.rows_rejected];
        check_rows("the run", rows)?;
        check_equal(
            "events_ignored = sum of `ignored`",
            counts.events_ignored,
            counts.ignored.values().sum(),
        )?;
        check_equal(
            "rows_rejected = sum of `rejected`",
            counts.rows_rejected,
            counts.rejected.values().sum(),
        )?;
        let mut sums = [0; 4];
        for input in self.inputs.iter().filter(|input| input.role == InputRole::Events) {
            let rows = [input.rows_read, input.events_used, input.events_ignored, input.rows_rejected];
            check_rows(&format!("`{}`", input.path), rows)?;
            sums.iter_mut().zip(rows).for_each(|(sum, count)| *sum += count);
        }
        let names = ["rows_read", "events_used", "events_ignored", "rows_rejected"];
        for ((name, total), sum) in names.iter().zip(rows).zip(sums) {
            check_equal(&format!("{name} = sum over the event files"), total, sum)?;
        }
        Ok(())
    }
}

fn check_rows(of: &str, [read, used, ignored, rejected]: [u64; 4]) -> Result<(), CountMismatch> {
    let what = format!("in {of}, rows_read = events_used + events_ignored + rows_rejected");
    check_equal(&what, read, used.saturating_add(ignored).saturating_add(rejected))
}

fn check_equal(what: &str, left: u64, right: u64) -> Result<(), CountMismatch> {
    if left == right { Ok(()) } else { Err(CountMismatch { what: what.to_owned(), left, right }) }
}
