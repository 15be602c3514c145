//! Verifies a published run: compares every file with the manifest, and the manifest with `_SUCCESS`.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use rayon::prelude::*;

use super::{CountMismatch, FileEntry, MANIFEST, Manifest, Run, RunId, SUCCESS};
use crate::digest::{Digest, Hasher, digest_file};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    pub run: RunId,
    pub file_count: usize,
    /// The total size of the files in bytes, according to the manifest.
    pub bytes: u64,
    /// All differences from the run that was written, in order of path.
    pub problems: Vec<IntegrityProblem>,
}

/// One difference between a run on disk and the run that was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntegrityProblem {
    /// `_SUCCESS` is missing or unreadable: it was removed, or the run was never finished.
    #[error("`_SUCCESS` cannot be read: {why}")]
    NoMarker { why: String },
    #[error("`manifest.json` does not have the digest in `_SUCCESS` (its SHA-256 is {got})")]
    OtherManifest { got: Digest },
    #[error("`manifest.json` cannot be used: {why}")]
    NoManifest { why: String },
    #[error("`manifest.json` belongs to run `{got}`")]
    OtherRun { got: RunId },
    /// A listed file is missing or unreadable.
    #[error("`{path}` cannot be read: {why}")]
    Missing { path: String, why: String },
    #[error("`{path}` is not listed in `manifest.json`")]
    Extra { path: String },
    #[error("`{path}` has {got} bytes, {expected} were written")]
    Length { path: String, expected: u64, got: u64 },
    #[error("`{path}` has SHA-256 {got}, {expected} was written")]
    Content { path: String, expected: Digest, got: Digest },
    #[error("the counts in `manifest.json` do not add up: {0}")]
    Counts(CountMismatch),
}

impl Verification {
    /// Whether the run is exactly as it was written.
    pub fn is_intact(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Reads every byte of `run`, compares the files with the manifest and the manifest with `_SUCCESS`, and checks that
/// the counts add up. Finds missing, extra, truncated and altered files.
pub fn verify(run: &Run) -> Verification {
    let text = fs::read(run.dir().join(MANIFEST));
    let marker = check_marker(run, text.as_deref().unwrap_or_default());
    // If the manifest cannot be read, `NoManifest` is reported, and `OtherManifest` would add nothing.
    let is_reported =
        |problem: &IntegrityProblem| text.is_ok() || matches!(problem, IntegrityProblem::NoMarker { .. });
    let mut problems: Vec<IntegrityProblem> = marker.into_iter().filter(is_reported).collect();
    let manifest = match text {
        Ok(text) => Manifest::parse(&text).map_err(|fault| fault.to_string()),
        Err(cause) => Err(cause.to_string()),
    };
    let manifest = match manifest {
        Ok(manifest) => manifest,
        Err(why) => {
            problems.push(IntegrityProblem::NoManifest { why });
            return Verification { run: run.id().clone(), file_count: 0, bytes: 0, problems };
        }
    };
    if manifest.run != *run.id() {
        problems.push(IntegrityProblem::OtherRun { got: manifest.run.clone() });
    }
    problems.extend(manifest.record.reconcile().err().map(IntegrityProblem::Counts));
    problems.extend(check_files(run, &manifest.files));
    Verification {
        run: run.id().clone(),
        file_count: manifest.files.len(),
        bytes: manifest.files.iter().map(|entry| entry.bytes).sum(),
        problems,
    }
}

/// Checks that `_SUCCESS` exists and holds the digest of this manifest text.
pub(super) fn check_marker(run: &Run, manifest: &[u8]) -> Option<IntegrityProblem> {
    let mut hasher = Hasher::default();
    hasher.update(manifest);
    let got = hasher.finish();
    match fs::read(run.dir().join(SUCCESS)) {
        Ok(marker) if marker == format!("{got}  {MANIFEST}\n").as_bytes() => None,
        Ok(_) => Some(IntegrityProblem::OtherManifest { got }),
        Err(cause) => Some(IntegrityProblem::NoMarker { why: cause.to_string() }),
    }
}

fn check_files(run: &Run, listed: &[FileEntry]) -> Vec<IntegrityProblem> {
    let dir = run.dir();
    let mut problems: BTreeMap<String, IntegrityProblem> = listed
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
                    problems.insert(path.clone(), IntegrityProblem::Extra { path });
                }
            }
        }
        Err(cause) => {
            let path = ".".to_owned();
            problems.insert(path.clone(), IntegrityProblem::Missing { path, why: cause.to_string() });
        }
    }
    problems.into_values().collect()
}

fn check_file(dir: &Path, entry: &FileEntry) -> Option<IntegrityProblem> {
    let path = entry.path.clone();
    let (got, bytes) = match digest_file(&dir.join(&path)) {
        Ok(found) => found,
        Err(cause) => return Some(IntegrityProblem::Missing { path, why: cause.to_string() }),
    };
    if bytes != entry.bytes {
        return Some(IntegrityProblem::Length { path, expected: entry.bytes, got: bytes });
    }
    (got != entry.sha256).then_some(IntegrityProblem::Content { path, expected: entry.sha256, got })
}

/// The paths of all files below `dir`, relative to it, with `/`. Links count as files and are not followed.
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
