//! Replaces a file outside the store atomically.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
};

use super::{Disk, DiskFile, StoreError, folder::parent_folder};

/// Replaces the contents of the file at `path` by `bytes`; if `path` is a link, the file that it points to is replaced.
/// Readers see either the old or the new contents, never a part. The new file has the permissions of the old one.
///
/// - **Cost**: temporarily, disk space for both the old and the new contents.
/// - **Checked by**: the tests here, and `tests/it/store/runs.rs` on a failing disk.
///
/// # Errors
/// [`StoreError::Io`]: the folder is missing, not writable or full; the old file is then unchanged. Or the folder
/// cannot be flushed; the new file is then in place, but might not survive a power failure.
pub fn write_atomically(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
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
    let folder = parent_folder(&path);
    disk.sync_dir(folder).map_err(StoreError::io("flush the folder", folder))
}

/// Creates a temporary file beside `path`; skips names that a killed process left behind.
fn create(disk: &dyn Disk, path: &Path) -> io::Result<(PathBuf, Box<dyn DiskFile>)> {
    let name = path.file_name().map_or_else(Default::default, |name| name.to_string_lossy());
    let mut number = 0;
    loop {
        let partial = path.with_file_name(format!(".{name}.{}.{number}.partial", process::id()));
        match disk.create_file(&partial) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < MAX_LEFTOVERS => {
                number += 1;
            }
            file => return Ok((partial, file?)),
        }
    }
}

/// The maximum number of leftover files of one process id that are skipped.
const MAX_LEFTOVERS: u32 = 1000;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::store::RealDisk;

    #[test]
    fn links_and_permissions_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let [path, link] = ["list.csv", "link.csv"].map(|name| folder.path().join(name));
        write_atomically(&RealDisk, &path, b"first").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink("list.csv", &link).unwrap();
        write_atomically(&RealDisk, &link, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(link.is_symlink());
        let left = folder.path().join(format!(".list.csv.{}.0.partial", process::id()));
        fs::write(&left, "from a killed process").unwrap();
        write_atomically(&RealDisk, &path, b"third").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        fs::remove_file(left).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
        assert!(write_atomically(&RealDisk, &folder.path().join("none/list.csv"), b"").is_err());
        assert!(write_atomically(&RealDisk, folder.path(), b"").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
