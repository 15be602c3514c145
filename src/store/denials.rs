//! Keeps the memory of denials beside the runs: replaced atomically, checked by a digest when it is read.

use std::{
    fs,
    io::{self, ErrorKind},
};

use super::{LockedStore, Store, StoreError, write_atomically};
use crate::digest::{Digest, Hasher};

/// The file of the store that holds the denials of all runs.
pub const DENIALS: &str = "denials.bin";

/// The first bytes of the file; the number is its format version.
const HEADER: &[u8] = b"plaudit denials 1\n";
const DIGEST_BYTES: usize = 32;

impl Store {
    /// The memory of denials as [`LockedStore::keep_denials`] kept it; `None` where nothing was ever kept.
    ///
    /// # Errors
    /// [`StoreError`]: the file cannot be read, or is not what was written.
    pub fn denials(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.dir().join(DENIALS);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(StoreError::Io { action: "read", path, cause }),
        };
        let content = bytes
            .split_last_chunk::<DIGEST_BYTES>()
            .filter(|(kept, sum)| Digest::from(**sum) == digest(kept));
        let content = content.and_then(|(kept, _)| kept.strip_prefix(HEADER));
        content.map(<[u8]>::to_vec).map(Some).ok_or_else(|| self.damaged_denials())
    }

    /// The error that the memory of denials is missing or not what was written.
    pub fn damaged_denials(&self) -> StoreError {
        StoreError::DamagedDenials { path: self.dir().join(DENIALS) }
    }
}

impl LockedStore {
    /// Replaces the memory of denials. It is flushed before this returns, so that a denial is remembered even if
    /// nothing is published.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails; the old memory is then unchanged.
    pub fn keep_denials(&self, content: &[u8]) -> Result<(), StoreError> {
        let mut bytes = [HEADER, content].concat();
        let sum: [u8; DIGEST_BYTES] = digest(&bytes).into();
        bytes.extend(sum);
        write_atomically(self.disk.as_ref(), &self.store.dir().join(DENIALS), &bytes)
    }
}

/// A random salt for a new memory of denials.
///
/// # Errors
/// [`StoreError::Io`] when the system gives no random numbers.
pub fn random_salt() -> Result<[u8; 32], StoreError> {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt).map_err(|cause| StoreError::Io {
        action: "read random numbers for",
        path: DENIALS.into(),
        cause: io::Error::other(cause.to_string()),
    })?;
    Ok(salt)
}

fn digest(bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}
