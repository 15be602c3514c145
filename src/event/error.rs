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
    /// No such file.
    #[error("cannot read `{}`: there is no such file", path.display())]
    Missing {
        /// What was asked for.
        path: PathBuf,
        /// The file in the same folder with the most similar name.
        nearest: Option<String>,
    },
    /// A folder where a file is needed.
    #[error("cannot read `{}`: it is a directory, not a file", path.display())]
    Directory {
        /// The folder.
        path: PathBuf,
    },
    /// The system refused to open or read the file.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A compressed file that ends early or cannot be decompressed.
    #[error("cannot read `{}`: its {form} data is damaged or cut short at byte {byte}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// `gzip` or `zstd`.
        form: &'static str,
        /// How many bytes of the file had been read when the decoder gave up.
        byte: u64,
        /// What the decoder said.
        source: io::Error,
    },
    /// A file without a single byte of text.
    #[error("`{}` is empty; expected rows", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A file whose first rows hold NUL bytes.
    #[error("`{}` looks binary: byte {byte} of its text is NUL; expected lines of text", path.display())]
    Binary {
        /// The file.
        path: PathBuf,
        /// Position of the first NUL in the decoded text, from 0.
        byte: usize,
        /// Whether it begins with the mark of UTF-16.
        utf16: bool,
    },
    /// A malformed file pattern.
    #[error("`{pattern}` is not a file pattern: {why} at character {position}")]
    BadPattern {
        /// The pattern.
        pattern: String,
        /// Where in the pattern.
        position: usize,
        /// What is wrong there.
        why: &'static str,
    },
    /// A pattern that no file matches.
    #[error("no file matches `{pattern}`")]
    NoMatch {
        /// The pattern.
        pattern: String,
    },
    /// More files than `Event::file` can number.
    #[error("{count} event files are more than the {limit} that one run can read")]
    TooManyFiles {
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// More events than the reader was allowed.
    #[error("the files hold more than {limit} events")]
    TooManyEvents {
        /// How many there may be.
        limit: usize,
    },
    /// More accounts than there are account ids.
    #[error("the files name more accounts than one run can hold ({limit})")]
    TooManyAccounts {
        /// How many there may be.
        limit: usize,
    },
    /// A file without the header that it should begin with.
    #[error("`{}` holds no header; expected a first row that names the columns", path.display())]
    NoHeader {
        /// The file.
        path: PathBuf,
    },
    /// A first row that cannot be cut into fields.
    #[error("cannot read the first row at {}:{line}: {why}", path.display())]
    BadHeader {
        /// The file.
        path: PathBuf,
        /// Its line.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A column name that the header does not have.
    #[error(
        "there is no column `{wanted}` for the {role} at {}:{line}; the columns are {}",
        path.display(),
        listed(found)
    )]
    NoSuchColumn {
        /// The file.
        path: PathBuf,
        /// The line of the header.
        line: u64,
        /// What the column is for.
        role: &'static str,
        /// The name that was asked for.
        wanted: String,
        /// The names in the header.
        found: Vec<String>,
        /// The most similar name in the header.
        nearest: Option<String>,
    },
    /// A column name that occurs twice in the header.
    #[error(
        "the column `{name}` for the {role} stands twice at {}:{line}, as column {first} and {second} from 0",
        path.display()
    )]
    AmbiguousColumn {
        /// The file.
        path: PathBuf,
        /// The line of the header.
        line: u64,
        /// What the column is for.
        role: &'static str,
        /// The name.
        name: String,
        /// Its first position, from 0.
        first: usize,
        /// Its second position, from 0.
        second: usize,
    },
    /// A column position beyond the header.
    #[error(
        "there is no column {wanted} for the {role} at {}:{line}; the header has {}, counted from 0",
        path.display(),
        text::counted(offset64(*found), "column", "columns")
    )]
    ColumnOutOfRange {
        /// The file.
        path: PathBuf,
        /// The line of the header.
        line: u64,
        /// What the column is for.
        role: &'static str,
        /// The number that was asked for, from 0.
        wanted: usize,
        /// How many columns the header has.
        found: usize,
    },
    /// A column given by name in a file that is read without a header.
    #[error("the {role} of `{}` is column `{wanted}` by name, but the file is read without a header", path.display())]
    NameWithoutHeader {
        /// The file.
        path: PathBuf,
        /// What the column is for.
        role: &'static str,
        /// The name.
        wanted: String,
    },
    /// A fixed channel that cannot stand before `:` in a key.
    #[error("`{channel}` cannot be the channel of `{}`: it is empty or contains `:`", path.display())]
    BadChannel {
        /// The file.
        path: PathBuf,
        /// The channel.
        channel: String,
    },
}

impl EventError {
    /// How to fix it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing { nearest: Some(name), .. } | Self::NoSuchColumn { nearest: Some(name), .. } => {
                return Some(format!("did you mean `{name}`?"));
            }
            Self::Directory { path } => {
                let files = path.join("*.csv");
                return Some(format!("name the files in it, for example `{}`", files.display()));
            }
            Self::Damaged { form, .. } => {
                return Some(format!("fetch or write the file again; `{form} -t` tells whether it is whole"));
            }
            Self::NoSuchColumn { role, .. } => {
                return Some(format!("name one of these columns for the {role}"));
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
                "check the path: in a configuration it starts from its folder, on the command line from the working folder"
            }
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "let this user read the file, for example with `chmod a+r`, and open the folders above it"
            }
            Self::Unreadable { .. } => "check that the file can be read to its end, for example with `cat`",
            Self::Empty { .. } => "write the file again, or leave it out where others are read",
            Self::Binary { utf16: true, .. } => "it begins with the mark of UTF-16; convert it to UTF-8",
            Self::Binary { .. } => "text is read plain, as gzip or as zstd; export the table as CSV",
            Self::BadPattern { .. } => {
                "fix the pattern: `*`, `**`, `?` and `[…]` have a meaning in it, and `[[]` stands for a bracket"
            }
            Self::NoMatch { .. } => {
                "check the pattern and its folder; in a configuration it starts from the configuration's folder"
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
                "set `header = true` for files that begin with one, else give columns by number"
            }
            Self::BadChannel { .. } => "give the channel a name without `:`, such as `twitter`",
        };
        Some(hint.to_owned())
    }

    /// Turns what the system said about `path` into an error.
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

/// The file beside `path` with the most similar name.
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
