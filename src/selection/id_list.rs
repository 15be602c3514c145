//! Reads lists of ids: text files with one id per line.

use std::{fs, path::Path};

use super::SelectionError;
use crate::{
    digest::{Digest, Hasher},
    ids::offset64,
};

/// The ids of a list file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdList {
    /// The ids in the order of the lines, each with the number of its line, from 1; at least one.
    pub ids: Vec<(usize, String)>,
    pub bytes: u64,
    /// The digest of its bytes.
    pub sha256: Digest,
}

/// Reads a list of ids.
///
/// - **Input**: UTF-8, lines that end in `\n` or `\r\n`; blank lines hold no id, and a leading byte order mark is
///   skipped. Blanks are kept: an id may have them.
/// - **Output**: the ids exactly as written, including repeated ids, and the digest of the file's bytes.
/// - **Cost**: O(bytes); memory holds the text of the file and a copy of its ids.
/// - **Same bits**: nothing is parallel.
/// - **Checked by**: `tests/it/analysis/personalized.rs`: a byte order mark, both line ends, empty lines, repeats, and
///   faults with their lines.
///
/// # Errors
/// [`SelectionError::List`] when the file cannot be read or is not UTF-8, [`SelectionError::EmptyList`] when it holds
/// no id.
pub fn read_ids(path: &Path) -> Result<IdList, SelectionError> {
    let text =
        fs::read_to_string(path).map_err(|cause| SelectionError::List { path: path.to_owned(), cause })?;
    let mut hasher = Hasher::default();
    hasher.update(text.as_bytes());
    let lines = text.trim_start_matches('\u{feff}').lines().zip(1..);
    let ids: Vec<_> =
        lines.filter(|(id, _)| !id.trim().is_empty()).map(|(id, line)| (line, id.to_owned())).collect();
    if ids.is_empty() {
        return Err(SelectionError::EmptyList { path: path.to_owned() });
    }
    Ok(IdList { ids, bytes: offset64(text.len()), sha256: hasher.finish() })
}
