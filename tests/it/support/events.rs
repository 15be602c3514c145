//! Event files in a temporary folder, and tables in a form that can be compared.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use plaudit::event::{
    self, ChannelRules, Column, Delimiter, EventError, EventTable, FromFile, KindId, Layout, Quoting,
    ReadOptions, Source, Time,
};

/// The kinds of these tests, in the order of their ids.
pub(crate) const KINDS: [&str; 3] = ["share", "mention", "reply"];

/// Comma-separated, without header or quotes: `actor,target,time,kind`.
pub(crate) fn plain_layout() -> Layout {
    Layout {
        delimiter: Delimiter::Byte(b','),
        header: false,
        quoting: Quoting::None,
        comment: None,
        actor: Column::Index(0),
        target: Column::Index(1),
        at: Some(Column::Index(2)),
        channel: None,
        kind: FromFile::Column(Column::Index(3)),
        kinds: words(&[("RT", 0), ("MT", 1), ("RE", 2)]),
    }
}

/// The same with RFC 4180 quotes.
pub(crate) fn quoted_layout() -> Layout {
    Layout { quoting: Quoting::Rfc4180, ..plain_layout() }
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
pub(crate) fn read_text(content: impl AsRef<[u8]>, layout: Layout) -> Result<EventTable, EventError> {
    read_text_in_chunks(content, layout, 1 << 20, 2)
}

pub(crate) fn read_text_in_chunks(
    content: impl AsRef<[u8]>,
    layout: Layout,
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

/// An event in the words of its file: actor, target, time, kind.
pub(crate) type Said = (String, String, Time, u8);

pub(crate) fn said(table: &EventTable) -> Vec<Said> {
    let key = |id| table.accounts.key(id).to_owned();
    table.events.iter().map(|e| (key(e.actor), key(e.target), e.at, e.kind.0)).collect()
}

/// Each reject as (line, column, code).
pub(crate) fn faults(table: &EventTable) -> Vec<(u64, u64, &'static str)> {
    table.rejects.kept.iter().map(|reject| (reject.line, reject.column, reject.reason.code())).collect()
}
