//! Opens a run store: recognizes its folder, lists and finds runs, takes the writer's lock.

use std::{
    fmt, fs,
    fs::TryLockError,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{
    COMMUNITY_NAMES, CURRENT, Disk, IntegrityProblem, LOCK, MANIFEST, Manifest, ManifestFault, RUNS,
    RealDisk, RunId, STORE_FORMAT, STORE_MARKER, SUCCESS, StoreError, verify, write_atomically,
};
use crate::digest::digest_file;

/// A run store, opened for reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    dir: PathBuf,
}

/// A run store that only this process may write to, until the value is dropped.
pub struct LockedStore {
    pub(super) store: Store,
    pub(super) disk: Arc<dyn Disk>,
    // Never read: the lock is released when the file is closed, also when the process is killed.
    pub(super) _lock: fs::File,
}

/// One run of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    store: Store,
    id: RunId,
}

#[derive(Serialize, Deserialize)]
struct Marker {
    format: u32,
    written_by: String,
}

/// The state of the folder at the path of a store.
enum FolderState {
    Missing,
    Empty,
    Store,
}

impl Store {
    /// Opens the store in `dir` for reading.
    ///
    /// # Errors
    /// [`StoreError`]: there is no store, or a newer version of plaudit created it.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let why = match inspect(dir) {
            Ok(FolderState::Store) => return Ok(Self { dir: dir.to_owned() }),
            Ok(FolderState::Missing) => "there is no such folder".to_owned(),
            Ok(FolderState::Empty) => "the folder is empty".to_owned(),
            Err(StoreError::Foreign { found, .. }) => format!("it holds {found}, but no `{STORE_MARKER}`"),
            Err(fault) => return Err(fault),
        };
        Err(StoreError::NotAStore { dir: dir.to_owned(), why })
    }

    /// Opens the store in `dir` for writing and locks it; creates the folder and the store if they do not exist.
    ///
    /// # Errors
    /// [`StoreError`]: `dir` is a file or holds other files, another process is writing, or the disk fails.
    pub fn create_or_open(dir: &Path) -> Result<LockedStore, StoreError> {
        Self::create_or_open_on(dir, Arc::new(RealDisk))
    }

    /// Like [`Store::create_or_open`], but on the given disk, for tests that inject failures.
    ///
    /// # Errors
    /// As [`Store::create_or_open`].
    pub fn create_or_open_on(dir: &Path, disk: Arc<dyn Disk>) -> Result<LockedStore, StoreError> {
        if matches!(inspect(dir)?, FolderState::Missing) {
            create_dirs(disk.as_ref(), dir)?;
        }
        let path = dir.join(LOCK);
        let lock = disk.lock(&path).map_err(|fault| match fault {
            TryLockError::WouldBlock => StoreError::Locked { path: path.clone() },
            TryLockError::Error(cause) => StoreError::Io { action: "lock", path: path.clone(), cause },
        })?;
        // Inspected again: another process may have created the store before the lock was taken.
        if !matches!(inspect(dir)?, FolderState::Store) {
            write_marker(disk.as_ref(), dir)?;
        }
        let runs = dir.join(RUNS);
        if !runs.exists() {
            disk.create_dir(&runs).map_err(StoreError::io("create the folder", runs))?;
            disk.sync_dir(dir).map_err(StoreError::io("flush the folder", dir))?;
        }
        let current = dir.join(CURRENT);
        if fs::symlink_metadata(&current).is_ok_and(|found| !found.is_symlink()) {
            // The link cannot replace a folder of this name, so this is checked before the run and not after it.
            return Err(StoreError::CurrentIsNotALink { path: current });
        }
        Ok(LockedStore { store: Self { dir: dir.to_owned() }, disk, _lock: lock })
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The ids of all published runs, oldest first; they are not verified.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the folder cannot be listed.
    pub fn runs(&self) -> Result<Vec<RunId>, StoreError> {
        let dir = self.dir.join(RUNS);
        let entries = match fs::read_dir(&dir) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(StoreError::io("list", &dir))?,
        };
        let mut runs = Vec::new();
        for entry in entries {
            let name = entry.map_err(StoreError::io("list", &dir))?.file_name();
            runs.extend(name.to_str().and_then(|name| name.parse::<RunId>().ok()));
        }
        runs.sort();
        Ok(runs)
    }

    /// The run that `current` links to; `None` before the first run is published.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when `current` is not a link to a run.
    pub fn current(&self) -> Result<Option<Run>, StoreError> {
        let link = self.dir.join(CURRENT);
        let target = match fs::read_link(&link) {
            Ok(target) => target,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(self.damaged(link, format!("it is not a link to a run ({cause})"))),
        };
        let id =
            target.strip_prefix(RUNS).ok().and_then(Path::to_str).and_then(|name| name.parse::<RunId>().ok());
        match id {
            Some(id) if self.dir.join(&target).is_dir() => Ok(Some(Run { store: self.clone(), id })),
            _ => Err(self.damaged(
                link,
                format!("it points to `{}`, which is not a run of this store", target.display()),
            )),
        }
    }

    /// Finds a run by the word `current`, by its full id, or by a unique prefix of its id.
    ///
    /// # Errors
    /// [`StoreError`]: no run matches, or several do.
    pub fn run(&self, wanted: &str) -> Result<Run, StoreError> {
        if wanted == CURRENT {
            let Some(run) = self.current()? else {
                let lost = || self.damaged(self.dir.join(CURRENT), "there is no such link".to_owned());
                let none = || StoreError::NoRuns { dir: self.dir.clone() };
                return Err(if self.runs()?.is_empty() { none() } else { lost() });
            };
            return Ok(run);
        }
        let runs = self.runs()?;
        let matches: Vec<RunId> = runs.iter().filter(|id| id.as_str().starts_with(wanted)).cloned().collect();
        match matches.as_slice() {
            [id] => Ok(self.existing(id.clone())),
            [] => {
                let newest = runs.last().cloned();
                Err(StoreError::UnknownRun { dir: self.dir.clone(), wanted: wanted.to_owned(), newest })
            }
            _ => Err(StoreError::AmbiguousRun { wanted: wanted.to_owned(), matches }),
        }
    }

    /// The path of the file with user-given community names, if it exists.
    ///
    /// # Errors
    /// [`StoreError::Io`] when its metadata cannot be read, or it is not a regular file.
    pub fn community_names(&self) -> Result<Option<PathBuf>, StoreError> {
        let path = self.dir.join(COMMUNITY_NAMES);
        match fs::metadata(&path) {
            Ok(found) if found.is_file() => Ok(Some(path)),
            // Reading from a pipe might never end.
            Ok(_) => {
                let cause = io::Error::new(ErrorKind::InvalidInput, "it is not a regular file");
                Err(StoreError::Io { action: "read", path, cause })
            }
            // A dangling link is an error, not a missing file.
            Err(cause) if cause.kind() == ErrorKind::NotFound && fs::symlink_metadata(&path).is_err() => {
                Ok(None)
            }
            Err(cause) => Err(StoreError::Io { action: "read the metadata of", path, cause }),
        }
    }

    /// The newest run that passes verification; reads every byte of each run it tries.
    pub fn newest_intact(&self) -> Option<RunId> {
        let runs = self.runs().ok()?;
        runs.into_iter().rev().find(|id| verify(&self.existing(id.clone())).is_intact())
    }

    pub(super) fn existing(&self, id: RunId) -> Run {
        Run { store: self.clone(), id }
    }

    fn damaged(&self, path: PathBuf, why: String) -> StoreError {
        StoreError::Damaged { path, why, newest_intact: self.newest_intact() }
    }
}

impl LockedStore {
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Replaces the file `name` in a folder of the store that holds no run.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails; the old file is then unchanged.
    pub fn keep_file(&self, folder: &str, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let folder = self.store.dir.join(folder);
        if !folder.exists() {
            self.disk.create_dir(&folder).map_err(StoreError::io("create the folder", &folder))?;
        }
        write_atomically(self.disk.as_ref(), &folder.join(name), bytes)
    }

    /// Removes the file `name` from a folder of the store that holds no run, if it is there.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails.
    pub fn remove_file(&self, folder: &str, name: &str) -> Result<(), StoreError> {
        let folder = self.store.dir.join(folder);
        let path = folder.join(name);
        if fs::symlink_metadata(&path).is_err() {
            return Ok(());
        }
        self.disk.remove(&path).map_err(StoreError::io("remove", &path))?;
        self.disk.sync_dir(&folder).map_err(StoreError::io("flush the folder", &folder))
    }
}

impl fmt::Debug for LockedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockedStore").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Run {
    pub fn id(&self) -> &RunId {
        &self.id
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The folder of the run itself, not the link `current`, so the path stays valid when the next run is published.
    pub fn dir(&self) -> PathBuf {
        self.store.dir.join(RUNS).join(self.id.as_str())
    }

    /// Reads the manifest.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when it is missing or unreadable, or its digest differs from the digest in `_SUCCESS`,
    /// [`StoreError::Version`] when it is too new.
    pub fn manifest(&self) -> Result<Manifest, StoreError> {
        self.read_manifest().map_err(|fault| match fault {
            ManifestFault::Unreadable(why) => self.damaged(MANIFEST, why),
            ManifestFault::Unmarked { problem: IntegrityProblem::NoMarker { why }, .. } => {
                self.damaged(SUCCESS, why)
            }
            ManifestFault::Unmarked { problem, .. } => self.damaged(MANIFEST, problem.to_string()),
            ManifestFault::Version { expected, got } => {
                StoreError::Version { path: self.dir().join(MANIFEST), expected, got }
            }
        })
    }

    /// Reads the manifest. Unlike with [`Run::manifest`], an error does not name the newest intact run, which saves the
    /// search for it.
    ///
    /// # Errors
    /// [`ManifestFault`].
    pub fn read_manifest(&self) -> Result<Manifest, ManifestFault> {
        let text = fs::read(self.dir().join(MANIFEST))
            .map_err(|cause| ManifestFault::Unreadable(cause.to_string()))?;
        let manifest = Manifest::parse(&text)?;
        match verify::check_marker(self, &text) {
            None => Ok(manifest),
            Some(problem) => Err(ManifestFault::Unmarked { manifest: Box::new(manifest), problem }),
        }
    }

    /// The path of the file `name` of the run, after checking its size and digest against the manifest.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] naming the file and the newest intact run.
    pub fn checked_path(&self, name: &str) -> Result<PathBuf, StoreError> {
        let manifest = self.manifest()?;
        let Some(entry) = manifest.files.iter().find(|entry| entry.path == name) else {
            return Err(self.damaged(name, "the manifest does not list it".to_owned()));
        };
        let path = self.dir().join(name);
        let (digest, bytes) = digest_file(&path).map_err(|cause| self.damaged(name, cause.to_string()))?;
        if bytes != entry.bytes {
            return Err(self.damaged(name, format!("it has {bytes} bytes, {} were written", entry.bytes)));
        }
        if digest != entry.sha256 {
            return Err(self.damaged(name, format!("its SHA-256 is {digest}, {} was written", entry.sha256)));
        }
        Ok(path)
    }

    /// A [`StoreError::Damaged`] that names the file `name` of this run and the newest intact run.
    pub fn damaged(&self, name: &str, why: String) -> StoreError {
        self.store.damaged(self.dir().join(name), why)
    }
}

/// Determines what is at `dir`; fails when `dir` is no store and cannot become one.
fn inspect(dir: &Path) -> Result<FolderState, StoreError> {
    match fs::metadata(dir) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(FolderState::Missing),
        Err(cause) => {
            return Err(StoreError::Io { action: "read the metadata of", path: dir.to_owned(), cause });
        }
        Ok(metadata) if !metadata.is_dir() => {
            let why = "it is a file, not a folder".to_owned();
            return Err(StoreError::NotAStore { dir: dir.to_owned(), why });
        }
        Ok(_) => {}
    }
    let path = dir.join(STORE_MARKER);
    match fs::read(&path) {
        Ok(text) => read_marker(&path, &text).map(|()| FolderState::Store),
        Err(cause) if cause.kind() == ErrorKind::NotFound => {
            refuse_foreign_files(dir).map(|()| FolderState::Empty)
        }
        Err(cause) => Err(StoreError::Io { action: "read", path, cause }),
    }
}

fn read_marker(path: &Path, text: &[u8]) -> Result<(), StoreError> {
    let marker: Marker = serde_json::from_slice(text).map_err(|cause| StoreError::NotAStore {
        dir: path.parent().unwrap_or(path).to_owned(),
        why: format!("its `{STORE_MARKER}` is invalid: {cause}"),
    })?;
    if marker.format > STORE_FORMAT {
        let path = path.to_owned();
        return Err(StoreError::Version { path, expected: STORE_FORMAT, got: marker.format });
    }
    Ok(())
}

/// Fails when `dir` contains anything other than the files that plaudit creates before the marker, or the folder
/// `lost+found` of a new file system.
fn refuse_foreign_files(dir: &Path) -> Result<(), StoreError> {
    let mut foreign = Vec::new();
    for entry in fs::read_dir(dir).map_err(StoreError::io("list", dir))? {
        let name = entry.map_err(StoreError::io("list", dir))?.file_name();
        let name = name.to_string_lossy().into_owned();
        if ![LOCK, "lost+found"].contains(&name.as_str()) && name != temporary_marker() {
            foreign.push(format!("`{name}`"));
        }
    }
    if foreign.is_empty() {
        return Ok(());
    }
    foreign.sort();
    let more = foreign.len().saturating_sub(3);
    foreign.truncate(3);
    let found = match more {
        0 => foreign.join(", "),
        _ => format!("{} and {more} more", foreign.join(", ")),
    };
    Err(StoreError::Foreign { dir: dir.to_owned(), found })
}

fn temporary_marker() -> String {
    format!(".{STORE_MARKER}.tmp")
}

/// Marks `dir` as a store; the marker appears atomically.
fn write_marker(disk: &dyn Disk, dir: &Path) -> Result<(), StoreError> {
    let marker =
        Marker { format: STORE_FORMAT, written_by: concat!("plaudit ", env!("CARGO_PKG_VERSION")).into() };
    let text =
        serde_json::to_string_pretty(&marker).expect("invariant: every key of a marker is text") + "\n";
    let temporary = dir.join(temporary_marker());
    if temporary.exists() {
        disk.remove(&temporary).map_err(StoreError::io("remove", &temporary))?;
    }
    let mut file = disk.create_file(&temporary).map_err(StoreError::io("create", &temporary))?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync());
    written.map_err(StoreError::io("write", &temporary))?;
    let path = dir.join(STORE_MARKER);
    disk.rename(&temporary, &path).map_err(StoreError::io("rename to", path))?;
    disk.sync_dir(dir).map_err(StoreError::io("flush the folder", dir))
}

/// Creates `dir` and its missing parents, and flushes the parent of each created folder.
fn create_dirs(disk: &dyn Disk, dir: &Path) -> Result<(), StoreError> {
    let missing: Vec<&Path> =
        dir.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
    for path in missing.into_iter().rev() {
        disk.create_dir(path).map_err(StoreError::io("create the folder", path))?;
        let parent = parent_folder(path);
        disk.sync_dir(parent).map_err(StoreError::io("flush the folder", parent))?;
    }
    Ok(())
}

/// The folder that contains `path`; `.` for a bare name.
pub(super) fn parent_folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
