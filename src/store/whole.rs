//! A file outside the store that is whole or as it was before.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
};

use super::{Disk, StoreError};

/// Puts `bytes` in the place of the file at `path`, or of what it leads to: at no moment is there half of it, and who
/// could read the old file can read the new one.
///
/// - **Cost**: as many bytes on disk as `bytes`, for a moment beside the old ones.
/// - **Checked by**: the tests here, and `tests/it/store.rs` on a disk that refuses.
///
/// # Errors
/// [`StoreError::Io`]: the folder is not there, may not be written or has no room. The old file stands then.
pub fn write_whole(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let partial = partial(&path);
    let outcome = write(disk, &partial, bytes).and_then(|()| {
        if let Ok(old) = fs::metadata(&path) {
            fs::set_permissions(&partial, old.permissions())?;
        }
        disk.rename(&partial, &path)
    });
    if let Err(cause) = outcome {
        _ = disk.remove(&partial);
        return Err(StoreError::io("write", path)(cause));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    disk.sync_dir(folder).map_err(StoreError::io("make durable", folder))
}

fn write(disk: &dyn Disk, partial: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = disk.create_file(partial)?;
    file.write_all(bytes)?;
    file.sync()
}

/// A name beside `path` that no other process uses.
fn partial(path: &Path) -> PathBuf {
    let name = path.file_name().map_or_else(Default::default, |name| name.to_string_lossy());
    path.with_file_name(format!(".{name}.{}.partial", process::id()))
}

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
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
        assert!(write_whole(&RealDisk, &folder.path().join("none/list.csv"), b"").is_err());
        assert!(write_whole(&RealDisk, folder.path(), b"").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
