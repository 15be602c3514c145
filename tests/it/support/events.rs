//! Writes event files to a temporary folder, reads them, and turns tables into texts that tests compare.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use plaudit::event::{
    self, ChannelRules, ColumnRef, Delimiter, EventError, EventLayout, EventTable, FixedOrColumn, KindId,
    Quoting, ReadOptions, Source, TextShape, Time, TimeLayout,
};

/// The kinds of events in these tests, in the order of their ids.
pub(crate) const KINDS: [&str; 3] = ["share", "mention", "reply"];

/// Comma-separated, without header or quotes: `actor,target,time,kind`.
pub(crate) fn plain_layout() -> EventLayout {
    EventLayout {
        delimiter: Delimiter::Byte(b','),
        header: false,
        quoting: Quoting::None,
        comment: None,
        actor: ColumnRef::Index(0),
        target: ColumnRef::Index(1),
        at: Some(ColumnRef::Index(2)),
        channel: None,
        kind: FixedOrColumn::Column(ColumnRef::Index(3)),
        kinds: words(&[("RT", 0), ("MT", 1), ("RE", 2)]),
        shape: TextShape::default(),
        times: TimeLayout::default(),
    }
}

/// [`plain_layout`] with RFC 4180 quotes.
pub(crate) fn quoted_layout() -> EventLayout {
    EventLayout { quoting: Quoting::Rfc4180, ..plain_layout() }
}

pub(crate) fn words(words: &[(&str, u8)]) -> BTreeMap<String, KindId> {
    words.iter().map(|(word, kind)| ((*word).to_owned(), KindId(*kind))).collect()
}

/// Writes `content` to `name` in `folder`.
pub(crate) fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd_frame(content: &[u8]) -> Vec<u8> {
    zstd::encode_all(content, 1).unwrap()
}

/// Reads `sources` in chunks of `chunk_bytes` on `threads` threads.
pub(crate) fn read_sources(
    sources: &[Source],
    chunk_bytes: usize,
    threads: usize,
) -> Result<EventTable, EventError> {
    let options = ReadOptions { chunk_bytes, ..ReadOptions::default() };
    read_with(sources, &options, threads)
}

pub(crate) fn read_with(
    sources: &[Source],
    options: &ReadOptions,
    threads: usize,
) -> Result<EventTable, EventError> {
    let kinds = KINDS.map(str::to_owned);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| event::read(sources, &kinds, &ChannelRules::default(), &|_| (), options))
}

/// Reads one file whose text is `content`.
pub(crate) fn read_text(content: impl AsRef<[u8]>, layout: EventLayout) -> Result<EventTable, EventError> {
    read_text_in_chunks(content, layout, 1 << 20, 2)
}

pub(crate) fn read_text_in_chunks(
    content: impl AsRef<[u8]>,
    layout: EventLayout,
    chunk_bytes: usize,
    threads: usize,
) -> Result<EventTable, EventError> {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "events.csv", content);
    let mut table = read_sources(&[Source { path, layout }], chunk_bytes, threads)?;
    // The folder's name differs from call to call.
    table.files[0].path = PathBuf::from("events.csv");
    Ok(table)
}

/// An event with the keys of its accounts: actor, target, time, kind.
pub(crate) type EventText = (String, String, Time, u8);

pub(crate) fn event_texts(table: &EventTable) -> Vec<EventText> {
    let key = |id| table.accounts.key(id).to_owned();
    table.events.iter().map(|e| (key(e.actor), key(e.target), e.at, e.kind.0)).collect()
}

/// Each reject as (line, column, code).
pub(crate) fn faults(table: &EventTable) -> Vec<(u64, u64, &'static str)> {
    table.rejects.kept.iter().map(|reject| (reject.line, reject.column, reject.reason.code())).collect()
}
