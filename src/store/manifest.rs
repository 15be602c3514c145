//! What a run says about itself: what went in, what was asked, what came out, and that nothing was lost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Problem, RunId};
use crate::digest::Digest;

/// The version of the manifest's form. A reader refuses a newer one.
pub const MANIFEST_FORMAT: u32 = 1;

/// `manifest.json`; its keys stand in the order of these fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_FORMAT`] of the writer.
    pub format: u32,
    /// Version of `plaudit` that ran.
    pub plaudit: String,
    /// The run; also the name of its folder.
    pub run: RunId,
    /// The run that was current before, if any.
    pub previous_run: Option<RunId>,
    /// The time the run speaks of, RFC 3339; none when no event is dated.
    pub as_of: Option<String>,
    /// What the caller knows.
    #[serde(flatten)]
    pub record: RunRecord,
    /// Every file of the run but the manifest and the marker, by path.
    pub files: Vec<FileEntry>,
}

/// The part of the manifest that the caller of [`RunWriter::publish`](super::RunWriter::publish) gives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The configuration, fully resolved.
    pub config: Value,
    /// The files that were read.
    pub inputs: Vec<InputEntry>,
    /// How many of everything.
    pub counts: Counts,
    /// What the kernels certify (`pagerank_error_bound`, `modularity`, …), and what the next run must know; in the
    /// order of insertion.
    pub certificates: Map<String, Value>,
    /// The stages in the order they ran.
    pub stages: Vec<Stage>,
}

/// One input file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputEntry {
    /// Its path as configured.
    pub path: String,
    /// What it holds.
    pub role: InputRole,
    /// Its length as stored (compressed, if it is).
    pub bytes: u64,
    /// The digest of its bytes as stored.
    pub sha256: Digest,
    /// Data rows in it.
    pub rows_read: u64,
    /// Rows that became events in the graph; 0 in a customer file.
    pub events_used: u64,
    /// Rows that were fine but do not count; 0 in a customer file.
    pub events_ignored: u64,
    /// Rows set aside as bad.
    pub rows_rejected: u64,
}

/// What an input file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputRole {
    /// Rows of events; they count in [`Counts::rows_read`].
    Events,
    /// Records of customers.
    Customers,
    /// The ids of people from whom PageRank is computed as well.
    Topic,
    /// The names that people gave to communities.
    Names,
}

/// How many of everything. `rows_read = events_used + events_ignored + rows_rejected`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Data rows in all event files.
    pub rows_read: u64,
    /// Rows that became events in the graph.
    pub events_used: u64,
    /// Rows that were fine but do not count.
    pub events_ignored: u64,
    /// Rows set aside as bad.
    pub rows_rejected: u64,
    /// [`Counts::events_ignored`] by reason.
    pub ignored: BTreeMap<String, u64>,
    /// [`Counts::rows_rejected`] by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Nodes of the graph.
    pub nodes: u64,
    /// Distinct directed edges of the graph.
    pub edges: u64,
    /// Customers in the segment files.
    pub customers: u64,
    /// Accounts that belong to no customer.
    pub prospects: u64,
    /// Customers left out because they may not be profiled.
    pub withheld: u64,
    /// Further counts by name.
    #[serde(flatten)]
    pub more: BTreeMap<String, u64>,
}

/// One stage of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// How long it took.
    pub seconds: f64,
    /// The most memory the process had held when the stage ended; none where the system does not say.
    pub peak_rss_bytes: Option<u64>,
}

/// One file of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its path in the run folder, with `/`.
    pub path: String,
    /// Rows in it, headers not counted.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
    /// The digest of its bytes.
    pub sha256: Digest,
}

/// A sum that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {left} is not {right}")]
pub struct Unreconciled {
    /// The equation, in words.
    pub what: String,
    /// The value of its left side.
    pub left: u64,
    /// The value of its right side.
    pub right: u64,
}

/// Why a manifest cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestFault {
    /// It is missing, or not what a run writes.
    #[error("{0}")]
    Unreadable(String),
    /// It reads, but its marker is missing or was written for another one.
    #[error("{problem}")]
    Unmarked {
        /// What it says.
        manifest: Box<Manifest>,
        /// What is wrong with the marker.
        problem: Problem,
    },
    /// A newer version wrote it.
    #[error("it has format version {got}; this version reads up to {expected}")]
    Version {
        /// The newest version we read.
        expected: u32,
        /// The version found.
        got: u32,
    },
}

impl Manifest {
    /// Reads the text of a `manifest.json`.
    ///
    /// # Errors
    /// [`ManifestFault`]. The version is looked at first, because a newer form may have fields that do not parse.
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
            None => Err(ManifestFault::Unreadable("it names no format version".to_owned())),
        }
    }
}

impl RunRecord {
    /// Checks that no row was lost: every row read was used, ignored or rejected, in each event file and in all;
    /// the reasons add up; and the files add up to the whole.
    ///
    /// # Errors
    /// The first equation that does not hold.
    pub fn reconcile(&self) -> Result<(), Unreconciled> {
        let counts = &self.counts;
        let rows = [counts.rows_read, counts.events_used, counts.events_ignored, counts.rows_rejected];
        equation("the run", rows)?;
        same("events_ignored = sum of `ignored`", counts.events_ignored, counts.ignored.values().sum())?;
        same("rows_rejected = sum of `rejected`", counts.rows_rejected, counts.rejected.values().sum())?;
        let mut sums = [0; 4];
        for input in self.inputs.iter().filter(|input| input.role == InputRole::Events) {
            let rows = [input.rows_read, input.events_used, input.events_ignored, input.rows_rejected];
            equation(&format!("`{}`", input.path), rows)?;
            sums.iter_mut().zip(rows).for_each(|(sum, count)| *sum += count);
        }
        let names = ["rows_read", "events_used", "events_ignored", "rows_rejected"];
        for ((name, total), sum) in names.iter().zip(rows).zip(sums) {
            same(&format!("{name} = sum over the event files"), total, sum)?;
        }
        Ok(())
    }
}

fn equation(of: &str, [read, used, ignored, rejected]: [u64; 4]) -> Result<(), Unreconciled> {
    let what = format!("in {of}, rows_read = events_used + events_ignored + rows_rejected");
    same(&what, read, used.saturating_add(ignored).saturating_add(rejected))
}

fn same(what: &str, left: u64, right: u64) -> Result<(), Unreconciled> {
    if left == right { Ok(()) } else { Err(Unreconciled { what: what.to_owned(), left, right }) }
}
