//! The trait `Disk`: every write operation that a store performs on the file system.
//!
//! Tests substitute a disk whose k-th operation fails, for every k, and so interrupt a run at every possible point.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::Path,
    thread,
    time::Duration,
};

/// How many times a lock is tried before it counts as held by another process.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// The file system operations that a store needs for writing.
pub trait Disk: Send + Sync {
    /// Creates one folder; the parent must exist, the folder must not.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Creates a file that must not exist yet.
    fn create_file(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Renames a file, folder or link atomically; an existing file or link with the new name is replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Creates the symbolic link `link` to `target`.
    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()>;
    /// Flushes the entries of a folder to stable storage.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Removes a file or link, or a folder with all of its contents.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Locks the file at `path`, creating it if necessary; dropping the returned file releases the lock.
    fn lock(&self, path: &Path) -> Result<File, TryLockError>;
}

/// A file open for writing.
pub trait DiskFile: Write + Send {
    /// Flushes all written bytes to stable storage.
    fn sync(&mut self) -> io::Result<()>;
}

/// The file system of the machine.
#[derive(Clone, Copy, Debug)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn create_file(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(Box::new(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(target, link)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
    }

    fn lock(&self, path: &Path) -> Result<File, TryLockError> {
        let options = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = options.map_err(TryLockError::Error)?;
        // A child process inherits the open files until it executes another program, so a released lock may look held
        // for a moment. A real second run holds the lock for much longer.
        for _ in 1..LOCK_TRIES {
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
                outcome => return outcome.map(|()| file),
            }
        }
        file.try_lock().map(|()| file)
    }
}

impl DiskFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}
