//! What do people call the communities? A file of names that stands beside the runs and that they write themselves.

use std::{fs, io::ErrorKind, path::PathBuf};

use super::{Digest, Hasher, Store};
use crate::ids::{index64, offset64};

/// The file of names, in the folder of the store.
pub const COMMUNITY_NAMES: &str = "communities.names.csv";

/// The longest name, in letters.
const LONGEST_NAME: usize = 200;

/// The names that people gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommunityNames {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// The names, ids rising, each id once.
    pub names: Vec<CommunityName>,
    /// The rows that are no name, with their lines and why.
    pub faults: Vec<(u64, String)>,
}

/// One name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommunityName {
    /// The community.
    pub id: u32,
    /// What it is called.
    pub name: String,
    /// Where that stands.
    pub line: u64,
}

/// A larger file is no list of names.
const MAX_BYTES: u64 = 256 << 20;

impl Store {
    /// Reads the names that people gave to communities; none where there is no such file.
    ///
    /// A row is `community_id,name`. A header may stand first, and then names its columns, of which there may be more;
    /// a byte order mark is no letter. The first name of a community counts.
    ///
    /// # Errors
    /// What the system says when the file is there and cannot be read.
    pub fn community_names(&self) -> std::io::Result<Option<CommunityNames>> {
        let path = self.dir().join(COMMUNITY_NAMES);
        let about = match fs::metadata(&path) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            about => about?,
        };
        if !about.is_file() || about.len() > MAX_BYTES {
            let why = format!("it is no file of at most {} MiB", MAX_BYTES >> 20);
            return Err(std::io::Error::new(ErrorKind::InvalidInput, why));
        }
        let text = fs::read(&path)?;
        let mut hasher = Hasher::default();
        hasher.update(&text);
        let (names, faults) = parse(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text));
        Ok(Some(CommunityNames { path, bytes: offset64(text.len()), sha256: hasher.finish(), names, faults }))
    }
}

impl CommunityNames {
    /// The name of the community `id`.
    pub fn of(&self, id: u32) -> Option<&str> {
        let found = self.names.binary_search_by_key(&id, |name| name.id).ok()?;
        Some(&self.names[found].name)
    }
}

/// Where the columns of a row are, and how many there are.
struct Columns {
    id: usize,
    name: usize,
    count: usize,
}

/// Counts lines. The reader's own count is one behind where lines end in `\r\n`.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the row that begins at `byte`, or behind the line ends there; bytes must rise from call to call.
    fn line_of(&mut self, byte: u64) -> u64 {
        let rest = &self.text[index64(byte).min(self.text.len())..];
        let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let start = self.text.len() - rest.len() + ends;
        self.line += offset64(memchr::memchr_iter(b'\n', &self.text[self.at..start]).count());
        self.at = start;
        self.line
    }
}

fn parse(text: &[u8]) -> (Vec<CommunityName>, Vec<(u64, String)>) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let (mut names, mut faults) = (Vec::<CommunityName>::new(), Vec::new());
    let mut columns = Columns { id: 0, name: 1, count: 2 };
    let mut record = csv::ByteRecord::new();
    let mut is_first = true;
    let mut lines = Lines { text, at: 0, line: 1 };
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(fault) => {
                faults.push((lines.line_of(reader.position().byte()), fault.to_string()));
                break;
            }
        }
        let line = lines.line_of(record.position().map_or(0, csv::Position::byte));
        if std::mem::take(&mut is_first)
            && let Some(header) = header(&record)
        {
            match header {
                Ok(found) => columns = found,
                Err(why) => {
                    faults.push((line, why));
                    break;
                }
            }
            continue;
        }
        match row(&record, &columns) {
            Ok((id, name)) => names.push(CommunityName { id, name, line }),
            Err(why) => faults.push((line, why)),
        }
    }
    names.sort_by_key(|name| name.id);
    let mut first: Vec<CommunityName> = Vec::with_capacity(names.len());
    for name in names {
        match first.last() {
            Some(kept) if kept.id == name.id => {
                let why = format!("community {} has a name in line {} already", name.id, kept.line);
                faults.push((name.line, why));
            }
            _ => first.push(name),
        }
    }
    faults.sort();
    (first, faults)
}

/// The columns that a header names; none where the first row is no header.
fn header(record: &csv::ByteRecord) -> Option<Result<Columns, String>> {
    let column =
        |wanted: &[u8]| record.iter().position(|field| field.trim_ascii().eq_ignore_ascii_case(wanted));
    let (id, name) = (column(b"community_id")?, column(b"name"));
    let columns = name.map(|name| Columns { id, name, count: record.len() });
    Some(columns.ok_or_else(|| "the header names no column `name`".to_owned()))
}

/// The community and the name in a row, or why it has none.
fn row(record: &csv::ByteRecord, columns: &Columns) -> Result<(u32, String), String> {
    if record.len() != columns.count {
        let (got, expected) = (record.len(), columns.count);
        return Err(format!(
            "{expected} fields are expected and {got} found; a name with a comma needs quotes"
        ));
    }
    let text = |column: usize| {
        let text = std::str::from_utf8(&record[column]).map_err(|_| "it is not UTF-8".to_owned())?;
        Ok::<_, String>(text.trim())
    };
    let (id, name) = (text(columns.id)?, text(columns.name)?);
    let id = id.parse().map_err(|_| format!("`{id}` is no community; a whole number is expected"))?;
    match name {
        "" => Err("the name is empty".to_owned()),
        name if name.contains(['\n', '\r']) => {
            Err("the name goes over several lines; perhaps a quote is not closed".to_owned())
        }
        name if name.chars().count() > LONGEST_NAME => {
            Err(format!("the name has more than {LONGEST_NAME} letters"))
        }
        name => Ok((id, name.to_owned())),
    }
}
