//! A file outside the store that is whole or as it was before.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
};

use super::{Disk, DiskFile, StoreError};

/// Puts `bytes` in the place of the file at `path`, or of the one that it leads to: at no moment is there half of it.
/// The rights of the old file are those of the new one.
///
/// - **Cost**: as many bytes on disk as `bytes`, for a moment beside the old ones.
/// - **Checked by**: the tests here, and `tests/it/store/runs.rs` on a disk that refuses.
///
/// # Errors
/// [`StoreError::Io`]: the folder is not there, may not be written or has no room: the old file stands then. Or the
/// folder cannot be made durable: then the new one stands, until the power fails perhaps.
pub fn write_whole(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (partial, mut file) = create(disk, &path).map_err(StoreError::io("write", &path))?;
    let outcome = fs::metadata(&path)
        .map_or(Ok(()), |old| fs::set_permissions(&partial, old.permissions()))
        .and_then(|()| file.write_all(bytes))
        .and_then(|()| file.sync())
        .and_then(|()| disk.rename(&partial, &path));
    if let Err(cause) = outcome {
        _ = disk.remove(&partial);
        return Err(StoreError::io("write", path)(cause));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    disk.sync_dir(folder).map_err(StoreError::io("make durable", folder))
}

/// A new file beside `path`; what was left by a process that was killed is passed over.
fn create(disk: &dyn Disk, path: &Path) -> io::Result<(PathBuf, Box<dyn DiskFile>)> {
    let name = path.file_name().map_or_else(Default::default, |name| name.to_string_lossy());
    let mut number = 0;
    loop {
        let partial = path.with_file_name(format!(".{name}.{}.{number}.partial", process::id()));
        match disk.create_file(&partial) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < MOST_LEFT => number += 1,
            file => return Ok((partial, file?)),
        }
    }
}

/// More than so many left-over files of one process number are not passed over.
const MOST_LEFT: u32 = 1000;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::store::RealDisk;

    #[test]
    fn links_and_rights_stay() {
        let folder = tempfile::tempdir().unwrap();
        let [path, link] = ["list.csv", "link.csv"].map(|name| folder.path().join(name));
        write_whole(&RealDisk, &path, b"first").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink("list.csv", &link).unwrap();
        write_whole(&RealDisk, &link, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(link.is_symlink());
        let left = folder.path().join(format!(".list.csv.{}.0.partial", process::id()));
        fs::write(&left, "of a process that was killed").unwrap();
        write_whole(&RealDisk, &path, b"third").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        fs::remove_file(left).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
        assert!(write_whole(&RealDisk, &folder.path().join("none/list.csv"), b"").is_err());
        assert!(write_whole(&RealDisk, folder.path(), b"").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
