//! A disk that logs its operations and injects failures.
//!
//! It does not flush to the real disk: no test cuts the power, and flushing would take most of the time.

use std::{
    fs::{File, TryLockError},
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex},
};

use plaudit::store::{Disk, DiskFile, RealDisk};

/// The operations that fail; operations are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No operation.
    None,
    /// Only this one: a transient error.
    At(usize),
    /// This one and all later ones: like a killed process, because even the cleanup fails.
    From(usize),
}

#[derive(Clone)]
pub(crate) struct TestDisk {
    fault: Fault,
    log: Arc<Mutex<Vec<String>>>,
}

struct TestFile {
    disk: TestDisk,
    name: String,
    file: Box<dyn DiskFile>,
}

impl TestDisk {
    pub(crate) fn new(fault: Fault) -> Self {
        Self { fault, log: Arc::default() }
    }

    /// All operations so far, including failed ones, with the last part of their paths.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Whether an operation has failed.
    pub(crate) fn tripped(&self) -> bool {
        match self.fault {
            Fault::None => false,
            Fault::At(k) | Fault::From(k) => self.log().len() >= k,
        }
    }

    fn step(&self, operation: &str, path: &Path) -> io::Result<()> {
        let mut log = self.log.lock().unwrap();
        log.push(format!("{operation} {}", path.file_name().unwrap_or_default().to_string_lossy()));
        let fails = match self.fault {
            Fault::None => false,
            Fault::At(k) => log.len() == k,
            Fault::From(k) => log.len() >= k,
        };
        if fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl Disk for TestDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.step("mkdir", path)?;
        RealDisk.create_dir(path)
    }

    fn create_file(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.step("create", path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Box::new(TestFile { disk: self.clone(), name, file: RealDisk.create_file(path)? }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step("rename to", to)?;
        RealDisk.rename(from, to)
    }

    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()> {
        self.step("symlink", link)?;
        RealDisk.symlink(target, link)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.step("sync folder", path)?;
        assert!(path.is_dir(), "{} is flushed but is not a folder", path.display());
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step("remove", path)?;
        RealDisk.remove(path)
    }

    fn lock(&self, path: &Path) -> Result<File, TryLockError> {
        self.step("lock", path).map_err(TryLockError::Error)?;
        RealDisk.lock(path)
    }
}

impl Write for TestFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(fault) = self.disk.step("write", Path::new(&self.name)) {
            // A full disk writes a part of the bytes before it fails.
            self.file.write_all(&bytes[..bytes.len() / 2])?;
            return Err(fault);
        }
        self.file.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl DiskFile for TestFile {
    fn sync(&mut self) -> io::Result<()> {
        self.disk.step("sync", Path::new(&self.name))
    }
}
