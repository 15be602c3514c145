//! What can go wrong with a file as a whole: opening, decoding, header, limits. Bad rows are rejected, see `reject`.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{ids::offset64, text};

/// Why event files, or other tables of text, could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    #[error("cannot read `{}`: there is no such file", path.display())]
    Missing {
        path: PathBuf,
        /// The file in the same folder with the most similar name.
        nearest: Option<String>,
    },
    #[error("cannot read `{}`: it is a directory, not a file", path.display())]
    Directory { path: PathBuf },
    #[error("cannot read `{}`", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("cannot read `{}`: its {form} data is damaged or cut short at byte {byte}", path.display())]
    Damaged {
        path: PathBuf,
        /// `gzip` or `zstd`.
        form: &'static str,
        /// How many bytes of the file had been read when the decoder gave up.
        byte: u64,
        source: io::Error,
    },
    #[error("`{}` is empty; expected rows", path.display())]
    Empty { path: PathBuf },
    #[error("`{}` looks binary: byte {byte} of its text is NUL; expected lines of text", path.display())]
    Binary {
        path: PathBuf,
        /// Position of the first NUL in the decoded text, from 0.
        byte: usize,
        utf16: bool,
    },
    #[error("{}: lines end with a carriage return alone", path.display())]
    LoneCarriageReturns { path: PathBuf },
    #[error("{}: the file is {format}, no table", path.display())]
    OtherFormat {
        path: PathBuf,
        /// The format with its article, such as `an HTML page`.
        format: &'static str,
        remedy: &'static str,
    },
    #[error("`{pattern}` is not a file pattern: {why} at character {position}")]
    BadPattern { pattern: String, position: usize, why: &'static str },
    #[error("no file matches `{pattern}`")]
    NoMatch { pattern: String },
    #[error("{count} event files are more than the {limit} that one run can read")]
    TooManyFiles { count: usize, limit: usize },
    #[error("the files hold more than {limit} events")]
    TooManyEvents { limit: usize },
    #[error("the files name more accounts than one run can hold ({limit})")]
    TooManyAccounts { limit: usize },
    #[error("`{}` has no header; expected a first row that names the columns", path.display())]
    NoHeader { path: PathBuf },
    #[error("cannot read the first row at {}:{line}: {why}", path.display())]
    BadHeader { path: PathBuf, line: u64, why: String },
    #[error(
        "there is no column `{wanted}` for the {role} at {}:{line}; the columns are {}",
        path.display(),
        listed(found)
    )]
    NoSuchColumn {
        path: PathBuf,
        line: u64,
        role: &'static str,
        wanted: String,
        found: Vec<String>,
        nearest: Option<String>,
    },
    #[error(
        "the column `{name}` for the {role} occurs twice at {}:{line}, as column {first} and {second} from 0",
        path.display()
    )]
    AmbiguousColumn {
        path: PathBuf,
        line: u64,
        role: &'static str,
        name: String,
        first: usize,
        second: usize,
    },
    #[error(
        "there is no column {wanted} for the {role} at {}:{line}; the header has {}, counted from 0",
        path.display(),
        text::counted(offset64(*found), "column", "columns")
    )]
    ColumnOutOfRange { path: PathBuf, line: u64, role: &'static str, wanted: usize, found: usize },
    #[error("the {role} of `{}` is column `{wanted}` by name, but the file is read without a header", path.display())]
    NameWithoutHeader { path: PathBuf, role: &'static str, wanted: String },
    #[error("`{channel}` cannot be the channel of `{}`: it is empty or contains `:`", path.display())]
    BadChannel { path: PathBuf, channel: String },
}

impl EventError {
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoSuchColumn { wanted, found, .. } if column_hint(wanted, found).is_some() => {
                return column_hint(wanted, found);
            }
            Self::Missing { nearest: Some(name), .. } | Self::NoSuchColumn { nearest: Some(name), .. } => {
                return Some(format!("did you mean `{name}`?"));
            }
            Self::Directory { path } => {
                let files = path.join("*.csv");
                return Some(format!("name the files in it, for example `{}`", files.display()));
            }
            Self::Damaged { form, .. } => {
                return Some(format!(
                    "fetch or write the file again; `{form} -t` tells whether it is intact"
                ));
            }
            Self::NoSuchColumn { role, .. } => {
                return Some(format!(
                    "name one of these columns for the {role}; `skip_rows` leaves out lines before the header"
                ));
            }
            Self::AmbiguousColumn { first, .. } => {
                return Some(format!(
                    "rename one of them, or give the column by number, for example {first}"
                ));
            }
            Self::TooManyEvents { limit } => {
                return Some(format!("read fewer files in one run; at most {limit} events fit"));
            }
            Self::Missing { .. } => {
                "check the path: in a configuration it is relative to the configuration's folder, else to the working \
                 folder"
            }
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "let this user read the file, for example with `chmod a+r`, and open the folders above it"
            }
            Self::Unreadable { .. } => "check that the file can be read to its end, for example with `cat`",
            Self::Empty { .. } => "write the file again, or remove it from the list of files",
            Self::Binary { utf16: true, .. } => "it is in UTF-16; convert it to UTF-8",
            Self::Binary { .. } => {
                "export the table as CSV: the file must be text, either plain or compressed by gzip or zstd"
            }
            Self::LoneCarriageReturns { .. } => "save it with line feeds, for example with `tr '\\r' '\\n'`",
            Self::OtherFormat { remedy, .. } => remedy,
            Self::BadPattern { .. } => {
                "fix the pattern: `*`, `**`, `?` and `[…]` are wildcards, and `[[]` matches a bracket"
            }
            Self::NoMatch { .. } => {
                "check the pattern and its folder; in a configuration it is relative to the configuration's folder"
            }
            Self::TooManyFiles { .. } => "join the files into fewer and larger ones, or narrow the pattern",
            Self::TooManyAccounts { .. } => {
                "read fewer files in one run, such as one channel or a shorter time"
            }
            Self::BadHeader { .. } => "fix that row, or check `delimiter`, `quoting` and `comment`",
            Self::ColumnOutOfRange { .. } => {
                "check the column number and the delimiter; the first column is 0"
            }
            Self::NameWithoutHeader { .. } | Self::NoHeader { .. } => {
                "set `header = true` if the file begins with a header, else give columns by number"
            }
            Self::BadChannel { .. } => "give the channel a name without `:`, such as `twitter`",
        };
        Some(hint.to_owned())
    }

    pub(crate) fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => {
                let nearest = nearest_file(&path);
                Self::Missing { path, nearest }
            }
            io::ErrorKind::IsADirectory => Self::Directory { path },
            _ => Self::Unreadable { path, source },
        }
    }
}

fn nearest_file(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names: Vec<String> =
        folder.read_dir().ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort_unstable();
    text::nearest(wanted, names.iter().map(String::as_str)).map(str::to_owned)
}

/// The names in back-quotes, at most 20 of them.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let shown = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A hint for a header without the column `wanted`: the names show another delimiter, or a name in another case.
fn column_hint(wanted: &str, found: &[String]) -> Option<String> {
    if let [only] = found {
        let delimiter = [';', '\t', '|', ','].into_iter().find(|&delimiter| only.contains(delimiter))?;
        let shown = delimiter.escape_default();
        return Some(format!("the header looks separated by `{shown}`: set `delimiter = \"{shown}\"`"));
    }
    let other = found.iter().find(|name| name.to_lowercase() == wanted.to_lowercase())?;
    Some(format!("column `{other}` differs in case only; name it so"))
}
