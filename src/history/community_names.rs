//! Reads `communities.names.csv`: the names that users give to communities, in a file beside the runs.

use std::path::PathBuf;

use crate::{
    event::{ColumnRef, EventError, FileDigest, ReadOptions, TextRow, TextShape, TextTable},
    ids::offset64,
    progress::Observer,
    store::Store,
    text::{self, counted},
};

/// The maximum length of a name, in characters.
const MAX_NAME_LETTERS: usize = 200;
/// The maximum length of a row, in bytes; longer rows are rejected.
const MAX_ROW_BYTES: usize = 1 << 14;
/// Rows beyond this number are not read: no store has so many named communities.
const MAX_ROWS: u64 = 1 << 20;
/// How many bad rows are listed one by one; the others are only counted.
const MAX_LISTED: usize = 20;

pub(crate) struct CommunityNames {
    pub(crate) path: PathBuf,
    pub(crate) digest: FileDigest,
    /// The names, sorted by community id; each id occurs once.
    pub(crate) names: Vec<CommunityName>,
    pub(crate) faults: NameFaults,
}

pub(crate) struct CommunityName {
    pub(crate) id: u32,
    pub(crate) name: String,
    /// Position in the file: the line, and the byte in the line, from 1.
    pub(crate) line: u64,
    pub(crate) column: u64,
}

/// A bad row: what is wrong with it, and its position as in [`CommunityName`].
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NameFault {
    pub(crate) line: u64,
    pub(crate) column: u64,
    pub(crate) why: String,
}

/// The first bad rows, and the number of all bad rows.
#[derive(Default)]
pub(crate) struct NameFaults {
    listed: Vec<NameFault>,
    pub(crate) count: u64,
}

/// Reads the names that users gave to communities; `None` if there is no file of names or it cannot be read. Faults are
/// noted and do not stop the run.
pub(crate) fn read_community_names(store: &Store, observer: &dyn Observer) -> Option<CommunityNames> {
    let path = store.community_names().unwrap_or_else(|error| {
        observer.note(&format!("communities go without names: {error}"));
        None
    })?;
    match read_file(path) {
        Ok(names) => {
            names.note(&names.faults, observer);
            Some(names)
        }
        Err(error) => {
            let header = matches!(error, EventError::NoSuchColumn { .. } | EventError::NoHeader { .. });
            let hint = if header { "; begin the file with the line `community_id,name`" } else { "" };
            observer.note(&format!("communities go without names: {error}{hint}"));
            None
        }
    }
}

fn read_file(path: PathBuf) -> Result<CommunityNames, EventError> {
    let options = ReadOptions { max_record_bytes: MAX_ROW_BYTES, ..ReadOptions::default() };
    let mut table = TextTable::open(&path, b',', TextShape::default(), &options)?;
    let columns = (column(&table, "community_id")?, column(&table, "name")?);
    let (mut names, mut faults, mut rows) = (Vec::new(), NameFaults::default(), 0);
    while let Some(row) = table.next_row()? {
        rows += 1;
        if rows > MAX_ROWS {
            let (line, column) = row.position(0);
            let why = format!("only the first {MAX_ROWS} rows are read");
            faults.add(NameFault { line, column, why });
            break;
        }
        match name(&row, columns) {
            Ok(name) => names.push(name),
            Err(fault) => faults.add(fault),
        }
    }
    let digest = table.finish()?;
    let names = first_of_each(names, &mut faults);
    faults.listed.sort();
    Ok(CommunityNames { path, digest, names, faults })
}

/// The column of this name, ignoring case.
fn column(table: &TextTable, name: &'static str) -> Result<usize, EventError> {
    let found = table.names().iter().find(|found| found.eq_ignore_ascii_case(name));
    table.column(&ColumnRef::Name(found.map_or(name, String::as_str).to_owned()), name)
}

fn name(row: &TextRow<'_>, (id_column, name_column): (usize, usize)) -> Result<CommunityName, NameFault> {
    if let Some(fault) = &row.fault {
        return Err(NameFault { line: fault.line, column: fault.column, why: fault.reason.to_string() });
    }
    let id = row.text(id_column).unwrap_or_default();
    // Leading zeros are refused: `007` may be a typing error.
    let number = id.parse().ok().filter(|number: &u32| number.to_string() == id);
    let id = number.ok_or_else(|| {
        let (id, (line, column)) = (text::harmless(&id), row.position(id_column));
        let why = format!("`{id}` is no community id; a whole number such as 7 is expected");
        NameFault { line, column, why }
    })?;
    let (line, column) = row.position(name_column);
    let name = row.text(name_column).unwrap_or_default();
    // Joiners are allowed, because some scripts and many emoji need them.
    let visible: String = name.chars().filter(|letter| !JOINERS.contains(letter)).collect();
    let shown = text::harmless(&visible);
    let why = if visible.trim().is_empty() {
        "the name is empty".to_owned()
    } else if name.chars().count() > MAX_NAME_LETTERS {
        format!("the name has more than {MAX_NAME_LETTERS} letters")
    } else if shown != visible {
        format!("the name has invisible characters, here written as escapes: `{shown}`")
    } else {
        return Ok(CommunityName { id, name: name.into_owned(), line, column });
    };
    Err(NameFault { line, column, why })
}

/// Zero-width non-joiner and joiner.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Sorts by id and keeps the first name of each id; further names of the same id are faults.
fn first_of_each(mut names: Vec<CommunityName>, faults: &mut NameFaults) -> Vec<CommunityName> {
    // The sort is stable, so names of the same id stay in the order of their lines.
    names.sort_by_key(|name| name.id);
    let mut first: Vec<CommunityName> = Vec::with_capacity(names.len());
    for name in names {
        match first.last() {
            Some(kept) if kept.id == name.id => {
                let why = format!("community {} already has a name in line {}", name.id, kept.line);
                faults.add(NameFault { line: name.line, column: name.column, why });
            }
            _ => first.push(name),
        }
    }
    first
}

impl NameFaults {
    pub(crate) fn add(&mut self, fault: NameFault) {
        self.count += 1;
        if self.listed.len() < MAX_LISTED {
            self.listed.push(fault);
        }
    }
}

impl CommunityNames {
    pub(crate) fn of(&self, id: u32) -> Option<&str> {
        let found = self.names.binary_search_by_key(&id, |name| name.id).ok()?;
        Some(&self.names[found].name)
    }

    /// Notes the bad rows, each with its position.
    pub(crate) fn note(&self, faults: &NameFaults, observer: &dyn Observer) {
        let path = self.path.display();
        for NameFault { line, column, why } in &faults.listed {
            observer.note(&format!("{path}:{line}:{column}: {why}"));
        }
        let more = faults.count - offset64(faults.listed.len());
        if more > 0 {
            observer.note(&format!("{path}: {} like these", counted(more, "more row", "more rows")));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const FILE: &str = "communities.names.csv";

    /// The names and the faults of a file with this text, one per line.
    fn read(text: &[u8]) -> (String, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        fs::write(&path, text).unwrap();
        let read = read_file(path).unwrap();
        assert_eq!(read.digest.bytes, text.len() as u64);
        assert!(read.names.iter().all(|name| read.of(name.id) == Some(&name.name)) && read.of(99).is_none());
        let name = |CommunityName { id, name, line, column }: &CommunityName| {
            format!("{line}:{column}: {id} {name}\n")
        };
        let fault = |NameFault { line, column, why }: &NameFault| format!("{line}:{column}: {why}\n");
        (read.names.iter().map(name).collect(), read.faults.listed.iter().map(fault).collect())
    }

    fn names(text: &[u8]) -> String {
        let (names, faults) = read(text);
        assert_eq!(faults, "");
        names
    }

    /// The fault of a file with this row.
    fn fault(row: &[u8]) -> String {
        let (names, faults) = read(&[b"community_id,name\n", row, b"\n"].concat());
        assert_eq!(names, "");
        faults.trim_end().to_owned()
    }

    #[test]
    fn byte_order_marks_line_ends_case_and_column_order_do_not_matter() {
        assert_eq!(names(b"community_id,name\n"), "");
        assert_eq!(names("community_id,name\n7,Ada's\n2,Bäcker".as_bytes()), "3:3: 2 Bäcker\n2:3: 7 Ada's\n");
        // The text has a byte order mark, CR LF line ends, blanks, upper-case column names, an extra column, another
        // column order and empty lines.
        let unusual = "\u{feff}Name , note, Community_ID\r\nAda's,\"x, y\", 7\r\n  Bäcker ,,2\r\n\r\n\"a \"\"b\"\"\",,3\r\n";
        assert_eq!(names(unusual.as_bytes()), "3:1: 2 Bäcker\n5:2: 3 a \"b\"\n2:1: 7 Ada's\n");
        let joined = "community_id,name\n1,👩\u{200d}💻 می\u{200c}خواهم\n";
        assert_eq!(names(joined.as_bytes()), "2:3: 1 👩\u{200d}💻 می\u{200c}خواهم\n");
        assert_eq!(names(b"community_id,name\n0,zero\n4294967295,-\n"), "2:3: 0 zero\n3:12: 4294967295 -\n");
    }

    #[test]
    fn each_bad_row_is_reported_with_its_fault() {
        assert_eq!(fault(b"1"), "2:2: found 1 field, expected 2");
        assert_eq!(fault(b"1,a,b"), "2:5: found 3 fields, expected 2");
        for id in ["-1", "4294967296", "007", "+1", "1.0", ""] {
            let listed = format!("2:1: `{id}` is no community id; a whole number such as 7 is expected");
            assert_eq!(fault(format!("{id},x").as_bytes()), listed);
        }
        assert_eq!(fault(b"1,\xff"), "2:3: the text is not UTF-8");
        assert_eq!(fault(b"1,  "), "2:3: the name is empty");
        let long = format!("1,{}", "x".repeat(201));
        assert_eq!(fault(long.as_bytes()), "2:3: the name has more than 200 letters");
        assert_eq!(fault(format!("1,{}", "x".repeat(MAX_ROW_BYTES)).as_bytes()).lines().count(), 1);
        let unseen = "2:3: the name has invisible characters, here written as escapes: ";
        assert_eq!(fault(b"1,\x1b[31mred"), format!("{unseen}`\\u{{1b}}[31mred`"));
        assert_eq!(fault("1,a\u{202e}b".as_bytes()), format!("{unseen}`a\\u{{202e}}b`"));
    }

    #[test]
    fn bad_rows_are_counted_and_the_first_are_listed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        fs::write(&path, format!("community_id,name\n{}", "x,y\n".repeat(50))).unwrap();
        let read = read_file(path).unwrap();
        assert_eq!((read.faults.count, read.faults.listed.len()), (50, MAX_LISTED));
    }

    #[test]
    fn an_unclosed_quote_affects_its_own_row_only() {
        for (open, why) in [
            ("1,\"open", "2:3: the quote that opens here is never closed"),
            (
                "1,\"A\"x",
                "2:6: a quote stands inside a field or after a blank, or text follows a closing quote",
            ),
        ] {
            let (names, faults) = read(format!("community_id,name\n{open}\n2,b\n3,c").as_bytes());
            assert_eq!((names.as_str(), faults), ("3:3: 2 b\n4:3: 3 c\n", format!("{why}\n")));
            let (names, faults) = read(format!("community_id,name\n3,c\n{open}").as_bytes());
            assert_eq!((names.as_str(), faults.lines().count()), ("2:3: 3 c\n", 1));
        }
    }

    #[test]
    fn a_file_without_its_header_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        for text in ["0,Runners\n", "comunity_id,name\n0,x\n", "community_id,title\n1,x\n"] {
            fs::write(&path, text).unwrap();
            assert!(matches!(read_file(path.clone()), Err(EventError::NoSuchColumn { .. })), "{text}");
        }
        fs::write(&path, "community_id,name,Name\n1,x,y\n").unwrap();
        assert_eq!(read_file(path.clone()).unwrap().of(1), Some("x"), "the first of two names is used");
        fs::write(&path, "").unwrap();
        assert!(read_file(path).is_err(), "an empty file");
    }
}
