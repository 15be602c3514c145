//! Reads lists of ids: text files with one id per line, or CSV files with a column of ids.

use std::{fs, path::Path};

use super::SelectionError;
use crate::{
    digest::{Digest, Hasher},
    ids::offset64,
};

/// The ids of a list file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdList {
    /// The ids in the order of the lines; at least one.
    pub ids: Vec<String>,
    pub bytes: u64,
    /// The digest of its bytes.
    pub sha256: Digest,
}

/// Reads a list of ids.
///
/// - **Input**: a CSV file whose header names a column `customer_id`, `account` or `id`, such as a cohort or a segment
///   file; else one id per line: UTF-8, lines that end in `\n` or `\r\n`; blank lines hold no id, and a leading byte
///   order mark is skipped. Blanks are kept: an id may have them.
/// - **Output**: the ids exactly as written, including repeated ids, and the digest of the file's bytes.
/// - **Cost**: O(bytes); memory holds the text of the file and a copy of its ids.
/// - **Same bits**: nothing is parallel.
/// - **Checked by**: `tests/it/analysis/personalized.rs`: a byte order mark, both line ends, empty lines, repeats.
///
/// # Errors
/// [`SelectionError::List`] when the file cannot be read or is not UTF-8, [`SelectionError::EmptyList`] when it holds
/// no id.
pub fn read_ids(path: &Path) -> Result<IdList, SelectionError> {
    let text =
        fs::read_to_string(path).map_err(|cause| SelectionError::List { path: path.to_owned(), cause })?;
    let mut hasher = Hasher::default();
    hasher.update(text.as_bytes());
    let content = text.trim_start_matches('\u{feff}');
    let ids = ids_of_table(content)
        .unwrap_or_else(|| content.lines().filter(|id| !id.trim().is_empty()).map(str::to_owned).collect());
    if ids.is_empty() {
        return Err(SelectionError::EmptyList { path: path.to_owned() });
    }
    Ok(IdList { ids, bytes: offset64(text.len()), sha256: hasher.finish() })
}

/// The names of columns of ids, in the order in which they are preferred.
const ID_COLUMNS: [&str; 3] = ["customer_id", "account", "id"];

/// The ids of a CSV file; `None` if its first line names no column of ids.
fn ids_of_table(text: &str) -> Option<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().ok()?.clone();
    let is_named = |name: &&str| header.iter().position(|column| column.trim().eq_ignore_ascii_case(name));
    let column = ID_COLUMNS.iter().find_map(is_named)?;
    let mut ids = Vec::new();
    for row in reader.into_records() {
        let row = row.ok()?;
        ids.extend(row.get(column).filter(|id| !id.trim().is_empty()).map(str::to_owned));
    }
    Some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("list");
        fs::write(&path, text).unwrap();
        read_ids(&path).unwrap().ids
    }

    #[test]
    fn files_that_plaudit_writes_are_lists_too() {
        let expected = ["C 1", "C,2"];
        assert_eq!(ids("position,customer_id,reason\n1,C 1,x\n2,\"C,2\",\"a, b\"\n"), expected);
        assert_eq!(ids("\u{feff}Customer_ID\r\nC 1\r\n\"C,2\"\r\n"), expected);
        assert_eq!(ids("account,channel\ntwitter:ada,twitter\n"), ["twitter:ada"]);
        // Without such a header every line is an id, commas and all.
        assert_eq!(ids("C1,x\n\nC2\n"), ["C1,x", "C2"]);
    }
}
