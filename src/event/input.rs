//! Opens a file as a stream of text: plain, gzip or zstd, as its first bytes say; digests it in the same pass.

use std::{
    fs::{File, Metadata},
    io::{self, BufReader, Cursor, Read},
    mem,
    ops::Range,
    path::{Path, PathBuf},
};

use super::{EventError, gzip::GzipMembers};
use crate::{
    digest::{Digest, Hasher},
    ids::index64,
};

/// The maximum number of files that one run may read, limited by the type of `Event::file`.
pub const MAX_FILES: usize = 65_535;

/// The number of bytes searched for NUL, which marks a binary file (git searches the same number).
const PROBE_BYTES: usize = 8000;
const BUFFER_BYTES: usize = 256 << 10;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// A zstd file may begin with a skippable frame: one byte in `50..=5f`, then these bytes.
const ZSTD_SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];

/// The files that match `pattern`, sorted by name; folders are left out.
///
/// If `pattern` is the path of an existing file, that file is the result, even if its name contains wildcards. `*`,
/// `?`, `[…]` and `**` work as in a shell.
///
/// # Errors
/// [`EventError::Missing`] for a plain path that does not exist, [`EventError::NoMatch`] for a pattern without files,
/// [`EventError::BadPattern`], [`EventError::Unreadable`] folders, [`EventError::TooManyFiles`].
pub fn expand(pattern: &Path) -> Result<Vec<PathBuf>, EventError> {
    if pattern.exists() {
        return Ok(vec![pattern.to_owned()]);
    }
    let is_pattern = |text: &str| text.contains(['*', '?', '[']);
    let Some(text) = pattern.to_str().filter(|text| is_pattern(text)) else {
        return Err(EventError::from_io(pattern, io::ErrorKind::NotFound.into()));
    };
    let matches = glob::glob(text).map_err(|error| EventError::BadPattern {
        pattern: text.to_owned(),
        position: error.pos,
        why: error.msg,
    })?;
    let mut files = Vec::new();
    for path in matches {
        let path = path.map_err(|error| {
            let path = error.path().to_owned();
            EventError::from_io(&path, error.into())
        })?;
        if !path.is_dir() {
            files.push(path);
        }
    }
    files.sort_unstable();
    match files.len() {
        0 => Err(EventError::NoMatch { pattern: text.to_owned() }),
        1..=MAX_FILES => Ok(files),
        count => Err(EventError::TooManyFiles { count, limit: MAX_FILES }),
    }
}

/// An open file, decompressed, without a byte order mark.
pub(crate) struct Input {
    path: PathBuf,
    /// Text that was read to probe the file and is not yet handed out.
    head: Cursor<Vec<u8>>,
    decoder: Decoder,
}

/// Length and digest of a file that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDigest {
    /// Length of the file on disk (compressed, if it is).
    pub bytes: u64,
    /// SHA-256 of the file on disk.
    pub sha256: Digest,
}

/// Whether a text with NUL bytes is UTF-16: it has a byte order mark, or every second byte at its start is NUL.
fn is_utf16(head: &[u8]) -> bool {
    const LETTERS: usize = 16;
    let has_nul_at = |offset: usize| head.iter().skip(offset).step_by(2).take(LETTERS).all(|&byte| byte == 0);
    head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) || has_nul_at(0) || has_nul_at(1)
}

/// The first bytes of a zip archive, and so of an xlsx or ods workbook.
const ZIP_MAGIC: [u8; 4] = *b"PK\x03\x04";

/// Whether a text begins like JSON: a bracket, and then a quote or another bracket. A field of a table that holds such
/// a text begins with a quote.
fn is_json(head: &[u8]) -> bool {
    let text = head.trim_ascii_start();
    let inside = text.strip_prefix(b"[").or_else(|| text.strip_prefix(b"{")).map(<[u8]>::trim_ascii_start);
    inside.and_then(<[u8]>::first).is_some_and(|byte| b"\"[{".contains(byte))
}

fn is_html(head: &[u8]) -> bool {
    let text = head.trim_ascii_start();
    let begins = |tag: &[u8]| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
    begins(b"<!doctype html") || begins(b"<html")
}

/// The length of a first line `sep=;`, which tells spreadsheets the separator, without its line end: what is left of it
/// is a blank line, so lines keep their numbers.
fn separator_line(head: &[u8]) -> usize {
    match head {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', _, b'\r' | b'\n', ..] => 5,
        _ => 0,
    }
}

impl Input {
    /// Opens a table whose first `skip_rows` lines are no part of it. In addition to what [`Input::open`] refuses, JSON
    /// is an error.
    pub(super) fn open_table(path: &Path, skip_rows: u32) -> Result<Self, EventError> {
        let input = Self::open(path)?;
        let (head, start) = (input.head.get_ref(), index64(input.head.position()));
        if skip_rows == 0 && is_json(&head[start..]) {
            return Err(EventError::OtherFormat {
                path: input.path,
                format: "JSON",
                remedy: "write one row per record, for example with `jq -r '.[] | [.actor, .target] | @csv'`",
            });
        }
        Ok(input)
    }

    /// Opens `path`; an empty or a binary file is an error.
    pub(crate) fn open(path: &Path) -> Result<Self, EventError> {
        let failed = |error| EventError::from_io(path, error);
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(EventError::Directory { path: path.to_owned() });
        }
        let decoder = Decoder::new(RawFile::new(file).map_err(failed)?).map_err(failed)?;
        let mut input = Self { path: path.to_owned(), head: Cursor::default(), decoder };
        let mut head = Vec::new();
        input.fill(&mut head, PROBE_BYTES)?;
        if head.is_empty() {
            return Err(EventError::Empty { path: input.path });
        }
        if head.starts_with(&ZIP_MAGIC) {
            return Err(EventError::OtherFormat {
                path: input.path,
                format: "a zip archive or a workbook such as xlsx",
                remedy: "export the sheet as CSV, or unpack the archive",
            });
        }
        if let Some(byte) = memchr::memchr(0, &head) {
            return Err(EventError::Binary { path: input.path, byte, utf16: is_utf16(&head) });
        }
        let has_inner_return = memchr::memchr(b'\r', &head).is_some_and(|at| at + 1 < head.len());
        if has_inner_return && memchr::memchr(b'\n', &head).is_none() {
            return Err(EventError::LoneCarriageReturns { path: input.path });
        }
        let mark = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        if is_html(&head[mark..]) {
            return Err(EventError::OtherFormat {
                path: input.path,
                format: "an HTML page",
                remedy: "export the table itself; a download that needs a login often gives such a page",
            });
        }
        let start = mark + separator_line(&head[mark..]);
        input.head = Cursor::new(head);
        input.head.set_position(start as u64);
        Ok(input)
    }

    /// The length of the file on disk; for a pipe, how much has been read so far.
    pub(crate) fn disk_bytes(&self) -> u64 {
        let length = self.decoder.raw().file.metadata().map_or(0, |metadata| metadata.len());
        length.max(self.consumed())
    }

    /// The file itself and the range of its text if it is plain and seekable; else returns the input unchanged.
    pub(crate) fn into_plain(self) -> Result<(File, Range<u64>), Box<Self>> {
        let length = match &self.decoder {
            Decoder::Plain(raw) => raw.file.metadata().ok().filter(Metadata::is_file).map(|file| file.len()),
            Decoder::Gzip(_) | Decoder::Zstd(_) => None,
        };
        // Files that the system generates as they are read, such as those in /proc, report a length of 0.
        match (length.filter(|&length| length >= self.consumed()), self) {
            (Some(length), Self { head, decoder: Decoder::Plain(raw), .. }) => {
                Ok((raw.file, head.position()..length))
            }
            (_, input) => Err(Box::new(input)),
        }
    }

    /// How many bytes of the file on disk have been read.
    pub(super) fn consumed(&self) -> u64 {
        self.decoder.raw().bytes
    }

    /// Appends text until `bytes` has length `goal`; it stays shorter only at the end of the text.
    pub(super) fn fill(&mut self, bytes: &mut Vec<u8>, goal: usize) -> Result<(), EventError> {
        let wanted = goal.saturating_sub(bytes.len());
        bytes.reserve(wanted);
        let head = (&mut self.head).take(wanted as u64).read_to_end(bytes);
        let filled = head.and_then(|taken| {
            let text: &mut dyn Read = match &mut self.decoder {
                Decoder::Plain(raw) => raw,
                Decoder::Gzip(decoder) => decoder,
                Decoder::Zstd(decoder) => decoder,
            };
            text.take((wanted - taken) as u64).read_to_end(bytes)
        });
        filled.map(|_| ()).map_err(|error| self.failure(error))
    }

    /// Reads the bytes that the decoder left unread; returns length and digest of the file.
    pub(super) fn finish(mut self) -> Result<FileDigest, EventError> {
        let raw = self.decoder.raw_mut();
        io::copy(raw, &mut io::sink()).map_err(|error| EventError::from_io(&self.path, error))?;
        Ok(FileDigest { bytes: raw.bytes, sha256: mem::take(&mut raw.hasher).finish() })
    }

    /// Distinguishes errors of the system from damaged data.
    fn failure(&self, source: io::Error) -> EventError {
        let form = match self.decoder {
            Decoder::Gzip(_) => "gzip",
            Decoder::Zstd(_) => "zstd",
            Decoder::Plain(_) => return EventError::from_io(&self.path, source),
        };
        if source.raw_os_error().is_some() {
            return EventError::from_io(&self.path, source);
        }
        EventError::Damaged { path: self.path.clone(), form, byte: self.consumed(), source }
    }
}

/// The decompressor of the file. The decoders read all gzip members or zstd frames up to the end of the file.
enum Decoder {
    Plain(RawFile),
    Gzip(Box<GzipMembers<RawFile>>),
    Zstd(Box<zstd::Decoder<'static, BufReader<RawFile>>>),
}

impl Decoder {
    fn new(raw: RawFile) -> io::Result<Self> {
        let magic = raw.peeked.get_ref();
        let is_zstd = magic.starts_with(&ZSTD_MAGIC)
            || (magic.len() == 4 && magic[0] & 0xf0 == 0x50 && magic[1..] == ZSTD_SKIPPABLE);
        if magic.starts_with(&GZIP_MAGIC) {
            Ok(Self::Gzip(Box::new(GzipMembers::new(BufReader::with_capacity(BUFFER_BYTES, raw)))))
        } else if is_zstd {
            let buffered = BufReader::with_capacity(BUFFER_BYTES, raw);
            Ok(Self::Zstd(Box::new(zstd::Decoder::with_buffer(buffered)?)))
        } else {
            Ok(Self::Plain(raw))
        }
    }

    fn raw(&self) -> &RawFile {
        match self {
            Self::Plain(raw) => raw,
            Self::Gzip(decoder) => decoder.get_ref(),
            Self::Zstd(decoder) => decoder.get_ref().get_ref(),
        }
    }

    fn raw_mut(&mut self) -> &mut RawFile {
        match self {
            Self::Plain(raw) => raw,
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Zstd(decoder) => decoder.get_mut().get_mut(),
        }
    }
}

/// The bytes on disk, counted and digested as they pass.
struct RawFile {
    file: File,
    /// The first bytes, read to detect the compression; handed out first.
    peeked: Cursor<Vec<u8>>,
    bytes: u64,
    hasher: Hasher,
}

impl RawFile {
    fn new(mut file: File) -> io::Result<Self> {
        let mut magic = Vec::new();
        (&mut file).take(ZSTD_MAGIC.len() as u64).read_to_end(&mut magic)?;
        Ok(Self { file, peeked: Cursor::new(magic), bytes: 0, hasher: Hasher::default() })
    }
}

impl Read for RawFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let peeked = self.peeked.read(buffer)?;
        let taken = if peeked > 0 { peeked } else { self.file.read(buffer)? };
        self.bytes += taken as u64;
        self.hasher.update(&buffer[..taken]);
        Ok(taken)
    }
}
