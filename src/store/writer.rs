//! Writes a run: a temporary folder that one rename publishes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::{
    CURRENT, Disk, DiskFile, FileEntry, LockedStore, MANIFEST, MANIFEST_FORMAT, Manifest, RUNS, Run, RunId,
    RunRecord, SUCCESS, Store, StoreError, UNFINISHED,
};
use crate::{
    digest::{Digest, Hasher},
    ids::offset64,
};

const BUFFER_BYTES: usize = 1 << 18;

/// The parts of a new run's id except its number.
#[derive(Clone, Copy, Debug)]
pub struct NewRun {
    /// The as-of time, in seconds since 1970; `None` when no event is dated.
    pub as_of: Option<i64>,
    pub digest: Digest,
}

/// A run that is not published yet. If it is dropped without [`RunWriter::publish`], its files are removed.
pub struct RunWriter {
    locked: LockedStore,
    id: RunId,
    as_of: Option<i64>,
    previous: Option<RunId>,
    dir: PathBuf,
    /// Maps the name of each file to its entry; `None` while the file is being written.
    files: Mutex<BTreeMap<String, Option<FileEntry>>>,
    folders: Mutex<BTreeSet<PathBuf>>,
    published: bool,
}

/// One file of a run while it is written; its bytes are buffered, counted and hashed.
pub struct RunFile<'run> {
    run: &'run RunWriter,
    name: String,
    out: BufWriter<ReportingFile>,
    hasher: Hasher,
    bytes: u64,
}

impl LockedStore {
    /// Begins a run: removes the folders of crashed runs, chooses the next number and creates a temporary folder. The
    /// run holds the lock until it is published or dropped.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails.
    pub fn begin(self, new: &NewRun) -> Result<RunWriter, StoreError> {
        let runs = self.store.dir().join(RUNS);
        for entry in fs::read_dir(&runs).map_err(StoreError::io("list", &runs))? {
            let entry = entry.map_err(StoreError::io("list", &runs))?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                self.disk
                    .remove(&entry.path())
                    .map_err(StoreError::io("remove the unfinished run", entry.path()))?;
            }
        }
        let sequence = self.store.runs()?.last().map_or(0, RunId::sequence) + 1;
        let id = RunId::new(sequence, new.as_of, &new.digest);
        // A damaged `current` is ignored, because this run repairs it.
        let previous = self.store.current().ok().flatten().map(|run| run.id().clone());
        let dir = runs.join(format!("{UNFINISHED}{id}"));
        self.disk.create_dir(&dir).map_err(StoreError::io("create the folder", &dir))?;
        Ok(RunWriter {
            locked: self,
            id,
            as_of: new.as_of,
            previous,
            dir,
            files: Mutex::default(),
            folders: Mutex::default(),
            published: false,
        })
    }
}

impl RunWriter {
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// The store, for reading earlier runs.
    pub fn store(&self) -> &Store {
        &self.locked.store
    }

    /// Replaces the memory of denials; see [`LockedStore::keep_denials`].
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails; the old memory is then unchanged.
    pub fn keep_denials(&self, content: &[u8]) -> Result<(), StoreError> {
        self.locked.keep_denials(content)
    }

    /// Creates the file `name`, a path relative to the run such as `segments/generic/full/tiers.csv`, and its folders.
    /// Several files may be written at the same time.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails or the file exists already.
    pub fn create(&self, name: &str) -> Result<RunFile<'_>, StoreError> {
        assert!(
            is_valid_name(name),
            "invariant: `{name}` is a path below the run folder and not a file of the store itself"
        );
        let path = self.dir.join(name);
        self.create_folders(Path::new(name))?;
        let out = ReportingFile::create(self.locked.disk.as_ref(), path)?;
        lock(&self.files).insert(name.to_owned(), None);
        Ok(RunFile {
            run: self,
            name: name.to_owned(),
            out: BufWriter::with_capacity(BUFFER_BYTES, out),
            hasher: Hasher::default(),
            bytes: 0,
        })
    }

    fn create_folders(&self, name: &Path) -> Result<(), StoreError> {
        let mut folders = lock(&self.folders);
        let parents: Vec<&Path> =
            name.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty()).collect();
        for parent in parents.into_iter().rev() {
            let path = self.dir.join(parent);
            if !folders.contains(&path) {
                self.locked.disk.create_dir(&path).map_err(StoreError::io("create the folder", &path))?;
                folders.insert(path);
            }
        }
        Ok(())
    }

    /// Publishes the run: writes the manifest and `_SUCCESS`, flushes the folders, renames the run, and moves `current`
    /// last.
    ///
    /// # Errors
    /// [`StoreError`]: the counts do not add up, a file is not finished, or the disk fails. `current` is then
    /// unchanged, and the run is absent or (when only moving `current` failed) intact but not current.
    pub fn publish(mut self, record: RunRecord) -> Result<Run, StoreError> {
        record.reconcile()?;
        let manifest = Manifest {
            format: MANIFEST_FORMAT,
            plaudit: env!("CARGO_PKG_VERSION").to_owned(),
            run: self.id.clone(),
            previous_run: self.previous.clone(),
            as_of: self.as_of.and_then(|at| jiff::Timestamp::from_second(at).ok()).map(|at| at.to_string()),
            record,
            files: self.finished_files()?,
        };
        self.write_manifest(&manifest)?;
        self.sync_folders()?;
        let runs = self.store().dir().join(RUNS);
        let published = runs.join(self.id.as_str());
        self.locked.disk.rename(&self.dir, &published).map_err(StoreError::io("rename to", &published))?;
        self.published = true;
        self.locked.disk.sync_dir(&runs).map_err(StoreError::io("flush the folder", &runs))?;
        self.move_current()?;
        Ok(self.store().existing(self.id.clone()))
    }

    fn finished_files(&self) -> Result<Vec<FileEntry>, StoreError> {
        let files = lock(&self.files);
        let finished = files
            .iter()
            .map(|(name, entry)| entry.clone().ok_or_else(|| StoreError::Unfinished { name: name.clone() }));
        finished.collect()
    }

    /// Writes the manifest, and then `_SUCCESS` with the manifest's digest in the format of `sha256sum`.
    fn write_manifest(&self, manifest: &Manifest) -> Result<(), StoreError> {
        let text = serde_json::to_string_pretty(manifest).expect("invariant: every key is text") + "\n";
        self.write_flushed(MANIFEST, text.as_bytes())?;
        let mut hasher = Hasher::default();
        hasher.update(text.as_bytes());
        self.write_flushed(SUCCESS, format!("{}  {MANIFEST}\n", hasher.finish()).as_bytes())
    }

    fn write_flushed(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let mut file = ReportingFile::create(self.locked.disk.as_ref(), self.dir.join(name))?;
        file.write_all(bytes).and_then(|()| file.sync()).map_err(|cause| StoreError::Write { cause })
    }

    /// Flushes the entries of every folder of the run, the deepest first.
    fn sync_folders(&self) -> Result<(), StoreError> {
        let folders = lock(&self.folders);
        let deepest_first = folders.iter().rev().map(PathBuf::as_path).chain([self.dir.as_path()]);
        for folder in deepest_first {
            self.locked.disk.sync_dir(folder).map_err(StoreError::io("flush the folder", folder))?;
        }
        Ok(())
    }

    /// Points `current` to this run. A new link is renamed over the old link, so `current` exists at all times.
    fn move_current(&self) -> Result<(), StoreError> {
        let (dir, disk) = (self.store().dir(), self.locked.disk.as_ref());
        let (temporary, current) = (dir.join(".current.tmp"), dir.join(CURRENT));
        if temporary.is_symlink() {
            disk.remove(&temporary).map_err(StoreError::io("remove", &temporary))?;
        }
        let target = Path::new(RUNS).join(self.id.as_str());
        disk.symlink(&target, &temporary).map_err(StoreError::io("create the link", &temporary))?;
        disk.rename(&temporary, &current).map_err(StoreError::io("replace", current))?;
        disk.sync_dir(dir).map_err(StoreError::io("flush the folder", dir))
    }
}

impl Drop for RunWriter {
    fn drop(&mut self) {
        if !self.published {
            // A destructor cannot report an error; the next run removes any remaining files.
            let _ = self.locked.disk.remove(&self.dir);
        }
    }
}

impl fmt::Debug for RunWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunWriter").field("id", &self.id).field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl RunFile<'_> {
    /// Flushes the file to stable storage and lists it in the manifest with its number of `rows`.
    ///
    /// # Errors
    /// [`StoreError::Write`] when the disk fails.
    pub fn finish(mut self, rows: u64) -> Result<FileEntry, StoreError> {
        let flushed = self.out.flush().and_then(|()| self.out.get_mut().sync());
        flushed.map_err(|cause| StoreError::Write { cause })?;
        let sha256 = std::mem::take(&mut self.hasher).finish();
        let entry = FileEntry { path: self.name.clone(), rows, bytes: self.bytes, sha256 };
        lock(&self.run.files).insert(self.name, Some(entry.clone()));
        Ok(entry)
    }
}

impl Write for RunFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.out.write(bytes)?;
        self.hasher.update(&bytes[..length]);
        self.bytes += offset64(length);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl fmt::Debug for RunFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunFile")
            .field("name", &self.name)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// A file whose errors state its path and the byte position.
struct ReportingFile {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    written: u64,
    /// The first failed write. The file is incomplete from then on, even if later writes succeed.
    failure: Option<(io::ErrorKind, String)>,
}

/// The message of a failed write. An [`io::Error`] carries it through writers that do not know the path.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {bytes} bytes at byte {at} of `{path}`: {cause}", path = path.display())]
struct FailedWrite {
    bytes: usize,
    at: u64,
    path: PathBuf,
    cause: io::Error,
}

/// The message of a failed flush to stable storage.
#[derive(Debug, thiserror::Error)]
#[error("cannot flush the {bytes} bytes of `{path}` to disk: {cause}", path = path.display())]
struct FailedSync {
    bytes: u64,
    path: PathBuf,
    cause: io::Error,
}

impl ReportingFile {
    fn create(disk: &dyn Disk, path: PathBuf) -> Result<Self, StoreError> {
        let file = disk.create_file(&path).map_err(StoreError::io("create", &path))?;
        Ok(Self { file, path, written: 0, failure: None })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.repeat_failure()?;
        self.file.sync().map_err(|cause| {
            let path = self.path.clone();
            io::Error::new(cause.kind(), FailedSync { bytes: self.written, path, cause })
        })
    }

    /// Returns the first failure again, in case the caller ignored it.
    fn repeat_failure(&self) -> io::Result<()> {
        match &self.failure {
            None => Ok(()),
            Some((kind, message)) => Err(io::Error::new(*kind, message.clone())),
        }
    }
}

impl Write for ReportingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.repeat_failure()?;
        match self.file.write(bytes) {
            Ok(length) => {
                self.written += offset64(length);
                Ok(length)
            }
            // An interrupted write is not a failure, because the caller retries it.
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => Err(cause),
            Err(cause) => {
                let kind = cause.kind();
                let failed =
                    FailedWrite { bytes: bytes.len(), at: self.written, path: self.path.clone(), cause };
                self.failure = Some((kind, failed.to_string()));
                Err(io::Error::new(kind, failed))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Whether `name` is a path inside the run folder and not a file of the store itself.
fn is_valid_name(name: &str) -> bool {
    let inside = name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    inside && !name.contains(['\\', '\0']) && name != MANIFEST && name != SUCCESS
}

/// Locks a mutex. A poisoned mutex can be used, because a panic elsewhere leaves these lists of names consistent.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
