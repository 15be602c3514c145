//! Reads event files into one table of events and accounts.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rayon::prelude::*;

use super::{
    AccountTable, CHUNK_BYTES, ChannelRules, Event, EventError, FileDigest, MAX_FILES, MAX_KEPT_RAW_BYTES,
    MAX_KEPT_REJECTS, MAX_RECORD_BYTES, Reject, Rejects, Source,
    chunk::{Chunk, Splitter, in_batches},
    columns::{ResolvedLayout, dialect, resolve},
    input::Input,
    intern::Interner,
    record::{Dialect, Records},
    rows::{ParsedRows, parse_rows},
};
use crate::ids::offset64;

/// Limits of a row and of a table, and the size of a chunk, which changes speed and memory but no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    pub chunk_bytes: usize,
    /// The maximum length of a row; longer rows are rejected, so a stray quote never swallows more than this.
    pub max_record_bytes: usize,
    /// The maximum number of events; more events are an error, so that reading stops before memory runs out.
    pub max_events: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { chunk_bytes: CHUNK_BYTES, max_record_bytes: MAX_RECORD_BYTES, max_events: usize::MAX }
    }
}

/// The events and accounts of all event files, and the rejected rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTable {
    pub accounts: AccountTable,
    /// The accepted rows, in the order of the files and the rows.
    pub events: Vec<Event>,
    /// One report for each source, in order.
    pub files: Vec<FileReport>,
    pub rejects: Rejects,
}

impl EventTable {
    pub fn rows_read(&self) -> u64 {
        self.files.iter().map(|file| file.rows_read).sum()
    }

    pub fn rows_rejected(&self) -> u64 {
        self.files.iter().map(|file| file.rows_rejected).sum()
    }
}

/// The row counts of one file. Every row read is an event or a CRM row, or was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    pub path: PathBuf,
    pub digest: FileDigest,
    /// Data rows: neither header nor comment nor blank line.
    pub rows_read: u64,
    pub rows_rejected: u64,
    /// Lines behind the table that would be good rows: the file may have no footer.
    pub footer_rows: u64,
}

/// Reads all rows of `sources`; bad rows are rejected, each with its position and the reason.
///
/// Files are read in order, each in one pass: one thread decompresses, digests and cuts at row ends, all threads parse.
/// `progress` is called with the number of bytes on disk read since its last call.
///
/// - **Input**: at most [`MAX_FILES`] files; `kinds[k]` is the name of `KindId(k)`, and the word for that kind in files
///   whose layout lists no words. A row must have as many fields as the header; in a file without a header it must have
///   enough fields for the columns that are read. Other rows are rejected.
/// - **Output**: events in input order, accounts numbered by ([`key_hash`](super::key_hash), key), rejects by (file,
///   line); per file, `rows_read` = events + rejected rows.
/// - **Stop**: at the end of the last file, or at the first error.
/// - **Cost**: O(bytes) time; memory: 16 bytes per event, about 60 bytes and the key per account, and 32 chunks.
/// - **Same bits**: the whole result for any thread count and any `chunk_bytes`; account ids and the set of events also
///   for any order of rows.
/// - **Source**: chunks cut on one thread and parsed on many; keys compared as bytes, never by hash alone.
/// - **Checked by**: `tests/it/event/read.rs` — the `csv` crate on generated files in chunks of 1 to 64 bytes,
///   `BTreeSet` counts of the accounts; `tests/it/event/rejects.rs` — bad rows of every kind by hand; arbitrary bytes.
///
/// ```
/// use std::collections::BTreeMap;
/// use plaudit::event::{
///     self, ChannelRules, ColumnRef, Delimiter, EventLayout, FixedOrColumn, KindId, Quoting, ReadOptions, Source,
///     TextShape, TimeLayout,
/// };
///
/// let path = std::env::temp_dir().join(format!("plaudit-doctest-{}.csv", std::process::id()));
/// std::fs::write(&path, "from,to\n@Ada,grace\nada,\n").expect("the folder can be written");
/// let layout = EventLayout {
///     delimiter: Delimiter::Byte(b','), header: true, quoting: Quoting::Rfc4180, comment: None,
///     actor: ColumnRef::Name("from".into()), target: ColumnRef::Name("to".into()), at: None,
///     channel: Some(FixedOrColumn::Fixed("twitter".into())),
///     kind: FixedOrColumn::Fixed(KindId(0)), kinds: BTreeMap::new(),
///     shape: TextShape::default(), times: TimeLayout::default(),
/// };
/// let sources = [Source { path: path.clone(), layout }];
/// let table = event::read(&sources, &["follow".into()], &ChannelRules::default(), &|_| (), &ReadOptions::default())
///     .expect("the file is there");
/// assert_eq!(table.accounts.key(table.events[0].actor), "twitter:ada");
/// assert_eq!((table.rejects.kept[0].line, table.rejects.kept[0].reason.code()), (3, "empty_target"));
/// # std::fs::remove_file(path).expect("it was there");
/// ```
///
/// # Errors
/// [`EventError`]: a file cannot be opened or decompressed, or does not have the layout of its source. If there are
/// several errors, the first one in the input is returned.
pub fn read(
    sources: &[Source],
    kinds: &[String],
    rules: &ChannelRules,
    progress: &(dyn Fn(u64) + Sync),
    options: &ReadOptions,
) -> Result<EventTable, EventError> {
    if sources.len() > MAX_FILES {
        return Err(EventError::TooManyFiles { count: sources.len(), limit: MAX_FILES });
    }
    let mut stream = Stream { sources, kinds, rules, progress, options, open: None, files: Vec::new() };
    let keep_rejects = AtomicBool::new(true);
    let mut builder = TableBuilder::new(sources.len(), options.max_events, &keep_rejects);
    in_batches(
        || stream.next_job(),
        |jobs| {
            let parse =
                |job: &ParseJob<'_>| parse_rows(&job.chunk, job.records(), &job.layout, &keep_rejects);
            builder.add(jobs.par_iter().map(parse).collect())
        },
    )?;
    let TableBuilder { mut events, rejects, event_counts, interner, .. } = builder;
    let mut files = stream.files;
    for ((file, counts), event_count) in files.iter_mut().zip(&rejects.counts).zip(event_counts) {
        file.rows_rejected = counts.values().sum();
        file.rows_read = event_count + file.rows_rejected;
    }
    let interned = interner.finish()?;
    events.par_iter_mut().with_min_len(1 << 14).for_each(|event| {
        (event.actor, event.target) = (interned.id(event.actor), interned.id(event.target));
    });
    Ok(EventTable { accounts: interned.accounts, events, files, rejects })
}

/// The chunks of all files in order.
struct Stream<'a> {
    sources: &'a [Source],
    kinds: &'a [String],
    rules: &'a ChannelRules,
    progress: &'a (dyn Fn(u64) + Sync),
    options: &'a ReadOptions,
    /// The file being read; its index is `files.len()`.
    open: Option<OpenFile<'a>>,
    /// Reports of the files read so far; their rows are counted later.
    files: Vec<FileReport>,
}

struct OpenFile<'a> {
    splitter: Splitter,
    /// `None` until the first row is read.
    layout: Option<Arc<ResolvedLayout<'a>>>,
    /// How many bytes have been reported to `progress`.
    reported: u64,
}

impl OpenFile<'_> {
    fn open(source: &Source, dialect: Dialect, chunk_bytes: usize) -> Result<Self, EventError> {
        let mut splitter = Splitter::new(
            Input::open_table(&source.path, source.layout.shape.skip_rows)?,
            dialect,
            chunk_bytes,
        );
        splitter.leave_out(source.layout.shape)?;
        Ok(Self { splitter, layout: None, reported: 0 })
    }
}

/// A chunk and the layout to parse it with.
struct ParseJob<'a> {
    chunk: Chunk,
    layout: Arc<ResolvedLayout<'a>>,
    /// Where the data rows start, behind the header.
    rows_start: usize,
    rows_line: u64,
}

impl ParseJob<'_> {
    fn records(&self) -> Records<'_> {
        Records::new(&self.chunk.bytes[self.rows_start..], self.rows_line, self.layout.dialect)
    }
}

impl<'a> Stream<'a> {
    fn next_job(&mut self) -> Result<Option<ParseJob<'a>>, EventError> {
        loop {
            let Some(source) = self.sources.get(self.files.len()) else { return Ok(None) };
            let dialect = dialect(&source.layout, self.options.max_record_bytes);
            let mut file = match self.open.take() {
                Some(file) => file,
                None => OpenFile::open(source, dialect, self.options.chunk_bytes)?,
            };
            let chunk = file.splitter.next_chunk()?;
            let consumed = file.splitter.input.consumed();
            (self.progress)(consumed - file.reported);
            file.reported = consumed;
            let Some(chunk) = chunk else {
                self.close(source, file)?;
                continue;
            };
            let mut records = chunk.records(dialect);
            if file.layout.is_none() {
                let Some(first_row) = records.next() else {
                    self.open = Some(file);
                    continue;
                };
                let number = u16::try_from(self.files.len()).expect("invariant: at most MAX_FILES sources");
                let layout = resolve(source, number, &first_row, dialect, self.kinds, self.rules)?;
                file.layout = Some(Arc::new(layout));
                if !source.layout.header {
                    records = chunk.records(dialect);
                }
            }
            let layout = file.layout.clone().expect("invariant: resolved above");
            self.open = Some(file);
            let (rows_start, rows_line) = (chunk.bytes.len() - records.rest.len(), records.line);
            return Ok(Some(ParseJob { chunk, layout, rows_start, rows_line }));
        }
    }

    /// Reports a file after its last chunk.
    fn close(&mut self, source: &Source, file: OpenFile<'_>) -> Result<(), EventError> {
        if source.layout.header && file.layout.is_none() {
            return Err(EventError::NoHeader { path: source.path.clone() });
        }
        let OpenFile { splitter, layout, reported } = file;
        let footer_rows = layout.map_or(0, |layout| rows_in(splitter.footer(), &layout));
        let digest = splitter.input.finish()?;
        (self.progress)(digest.bytes - reported);
        let path = source.path.clone();
        self.files.push(FileReport { path, digest, rows_read: 0, rows_rejected: 0, footer_rows });
        Ok(())
    }
}

/// How many lines of a footer are good rows of the layout.
fn rows_in(footer: &[u8], layout: &ResolvedLayout<'_>) -> u64 {
    let chunk = Chunk { bytes: footer.to_vec(), first_line: 1 };
    let records = chunk.records(layout.dialect);
    offset64(parse_rows(&chunk, records, layout, &AtomicBool::new(false)).rows.events.len())
}

/// Collects the parsed chunks into one table.
struct TableBuilder<'a> {
    interner: Interner,
    /// The events with provisional account ids.
    events: Vec<Event>,
    /// The number of events of each file.
    event_counts: Vec<u64>,
    rejects: Rejects,
    kept_raw_bytes: usize,
    max_events: usize,
    /// Set to false for good once no further reject is kept.
    keep_rejects: &'a AtomicBool,
}

impl<'a> TableBuilder<'a> {
    fn new(file_count: usize, max_events: usize, keep_rejects: &'a AtomicBool) -> Self {
        let rejects = Rejects { kept: Vec::new(), counts: vec![BTreeMap::new(); file_count] };
        Self {
            interner: Interner::new(),
            events: Vec::new(),
            event_counts: vec![0; file_count],
            rejects,
            kept_raw_bytes: 0,
            max_events,
            keep_rejects,
        }
    }

    fn add(&mut self, batch: Vec<ParsedRows>) -> Result<(), EventError> {
        let (mut rows, keys): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|parsed| (parsed.rows, parsed.keys)).unzip();
        let numbers = self.interner.intern(&keys)?;
        rows.par_iter_mut().zip(numbers).for_each(|(rows, numbers)| {
            for (event, pair) in rows.events.iter_mut().zip(numbers.chunks_exact(2)) {
                (event.actor, event.target) = (pair[0], pair[1]);
            }
        });
        for rows in rows {
            let file = usize::from(rows.file);
            self.event_counts[file] += rows.events.len() as u64;
            self.events.extend(rows.events);
            for (code, count) in rows.counts {
                *self.rejects.counts[file].entry(code).or_default() += count;
            }
            self.keep(rows.rejects);
        }
        if self.events.len() > self.max_events {
            return Err(EventError::TooManyEvents { limit: self.max_events });
        }
        Ok(())
    }

    fn keep(&mut self, rejects: Vec<Reject>) {
        for reject in rejects {
            let raw_bytes = self.kept_raw_bytes + reject.raw.len();
            if self.rejects.kept.len() == MAX_KEPT_REJECTS || raw_bytes > MAX_KEPT_RAW_BYTES {
                self.keep_rejects.store(false, Ordering::Relaxed);
            }
            if !self.keep_rejects.load(Ordering::Relaxed) {
                break;
            }
            self.kept_raw_bytes = raw_bytes;
            self.rejects.kept.push(reject);
        }
    }
}
