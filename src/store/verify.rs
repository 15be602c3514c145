//! Is a run exactly what was written?

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use rayon::prelude::*;

use super::{FileEntry, MANIFEST, Manifest, Run, RunId, SUCCESS, Unreconciled};
use crate::digest::{Digest, Hasher, digest_file};

/// What was found in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The run.
    pub run: RunId,
    /// Files that the manifest lists.
    pub file_count: usize,
    /// Their bytes, as the manifest lists them.
    pub bytes: u64,
    /// Everything that is not as it was written, in order of path.
    pub problems: Vec<Problem>,
}

/// One way in which a run is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The marker is missing or unreadable: the run was never finished, or someone took it away.
    #[error("`_SUCCESS` cannot be read: {why}")]
    NoMarker {
        /// What the system says.
        why: String,
    },
    /// The marker names another manifest than the one that is there.
    #[error("`manifest.json` is not the one `_SUCCESS` was written for (SHA-256 {got})")]
    OtherManifest {
        /// The digest of the manifest that is there.
        got: Digest,
    },
    /// The manifest cannot be read, so no file can be checked.
    #[error("the manifest cannot be used: {why}")]
    NoManifest {
        /// The fault.
        why: String,
    },
    /// The manifest speaks of another run than its folder.
    #[error("`manifest.json` belongs to run `{got}`")]
    OtherRun {
        /// The run it names.
        got: RunId,
    },
    /// A listed file is missing or unreadable.
    #[error("`{path}` cannot be read: {why}")]
    Missing {
        /// The file.
        path: String,
        /// What the system says.
        why: String,
    },
    /// A file is there that the manifest does not list.
    #[error("`{path}` is not in the manifest")]
    Extra {
        /// The file.
        path: String,
    },
    /// A file has another length.
    #[error("`{path}` has {got} bytes, {expected} were written")]
    Length {
        /// The file.
        path: String,
        /// The length in the manifest.
        expected: u64,
        /// The length found.
        got: u64,
    },
    /// A file has the length that was written, and other bytes.
    #[error("`{path}` has SHA-256 {got}, {expected} was written")]
    Content {
        /// The file.
        path: String,
        /// The digest in the manifest.
        expected: Digest,
        /// The digest found.
        got: Digest,
    },
    /// The counts of the manifest do not add up.
    #[error("the counts do not add up: {0}")]
    Counts(Unreconciled),
}

impl Verification {
    /// Whether everything is as it was written.
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Reads every byte of `run` and compares it with the manifest, the manifest with the marker, and the counts with
/// themselves. Finds missing, extra, cut and altered files.
pub fn verify(run: &Run) -> Verification {
    let text = fs::read(run.dir().join(MANIFEST));
    let marker = check_marker(run, text.as_deref().unwrap_or_default());
    // Where there is no manifest, any marker is that of another one.
    let is_told = |problem: &Problem| text.is_ok() || matches!(problem, Problem::NoMarker { .. });
    let mut problems: Vec<Problem> = marker.into_iter().filter(is_told).collect();
    let manifest = match text {
        Ok(text) => Manifest::parse(&text).map_err(|fault| fault.to_string()),
        Err(cause) => Err(cause.to_string()),
    };
    let manifest = match manifest {
        Ok(manifest) => manifest,
        Err(why) => {
            problems.push(Problem::NoManifest { why });
            return Verification { run: run.id().clone(), file_count: 0, bytes: 0, problems };
        }
    };
    if manifest.run != *run.id() {
        problems.push(Problem::OtherRun { got: manifest.run.clone() });
    }
    problems.extend(manifest.record.reconcile().err().map(Problem::Counts));
    problems.extend(check_files(run, &manifest.files));
    Verification {
        run: run.id().clone(),
        file_count: manifest.files.len(),
        bytes: manifest.files.iter().map(|entry| entry.bytes).sum(),
        problems,
    }
}

/// Whether the marker is there, and was written for this text of a manifest.
pub(super) fn check_marker(run: &Run, manifest: &[u8]) -> Option<Problem> {
    let mut hasher = Hasher::default();
    hasher.update(manifest);
    let got = hasher.finish();
    match fs::read(run.dir().join(SUCCESS)) {
        Ok(marker) if marker == format!("{got}  {MANIFEST}\n").as_bytes() => None,
        Ok(_) => Some(Problem::OtherManifest { got }),
        Err(cause) => Some(Problem::NoMarker { why: cause.to_string() }),
    }
}

fn check_files(run: &Run, listed: &[FileEntry]) -> Vec<Problem> {
    let dir = run.dir();
    let mut problems: BTreeMap<String, Problem> = listed
        .par_iter()
        .filter_map(|entry| Some((entry.path.clone(), check_file(&dir, entry)?)))
        .collect::<Vec<_>>()
        .into_iter()
        .collect();
    match files_below(&dir) {
        Ok(found) => {
            for path in found {
                let own = path == MANIFEST || path == SUCCESS;
                if !own && !listed.iter().any(|entry| entry.path == path) {
                    problems.insert(path.clone(), Problem::Extra { path });
                }
            }
        }
        Err(cause) => {
            let path = ".".to_owned();
            problems.insert(path.clone(), Problem::Missing { path, why: cause.to_string() });
        }
    }
    problems.into_values().collect()
}

fn check_file(dir: &Path, entry: &FileEntry) -> Option<Problem> {
    let path = entry.path.clone();
    let (got, bytes) = match digest_file(&dir.join(&path)) {
        Ok(found) => found,
        Err(cause) => return Some(Problem::Missing { path, why: cause.to_string() }),
    };
    if bytes != entry.bytes {
        return Some(Problem::Length { path, expected: entry.bytes, got: bytes });
    }
    (got != entry.sha256).then_some(Problem::Content { path, expected: entry.sha256, got })
}

/// Every file below `dir`, relative to it, with `/`. Links count as files and are not followed.
fn files_below(dir: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    let mut pending = vec![PathBuf::new()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(dir.join(&folder))? {
            let entry = entry?;
            let name = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                pending.push(name);
            } else {
                let parts: Vec<_> = name.iter().map(std::ffi::OsStr::to_string_lossy).collect();
                files.push(parts.join("/"));
            }
        }
    }
    Ok(files)
}
