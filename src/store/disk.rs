//! Everything a store does to the file system, behind one small trait.
//!
//! A test puts a disk in place whose k-th operation fails, for every k, and so walks through every moment at which
//! a run can be cut short.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::Path,
    thread,
    time::Duration,
};

/// How often a lock that looks taken is asked for.
const LOCK_TRIES: u32 = 20;
/// How long to wait in between.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// What a store asks of a file system when it writes.
#[expect(
    clippy::missing_errors_doc,
    reason = "every operation answers what the system says, and nothing else"
)]
pub trait Disk: Send + Sync {
    /// Makes one folder; its parent exists, and it does not.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Makes a file that does not exist yet.
    fn create_file(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Gives a file, folder or link a new name, in place of what had that name; at once or not at all.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes `link` point at `target`.
    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Removes a file or link, or a folder with all that is in it.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Takes the lock of the file at `path`, made if need be; it is given back when the file is dropped.
    fn lock(&self, path: &Path) -> Result<File, TryLockError>;
}

/// A file that is being written.
#[expect(clippy::missing_errors_doc, reason = "as for the disk")]
pub trait DiskFile: Write + Send {
    /// Makes all that was written durable.
    fn sync(&mut self) -> io::Result<()>;
}

/// The machine's own file system.
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
        // A process that starts a child shares its open files with it until the child has become another program, so
        // a lock given back may look taken for a moment. A real second run holds it for much longer.
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
