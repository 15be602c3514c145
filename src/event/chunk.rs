//! Cuts a stream of text into chunks at row ends, and reads ahead while chunks are parsed.
//!
//! One thread reads every file in order, because decoders need it, and because whether a quote is open depends on all
//! text before it. The chunks are then parsed in parallel.

use std::{iter, mem};

use super::{
    EventError, TextShape,
    input::Input,
    record::{Boundary, Dialect, Records},
};
use crate::ids::index64;

/// The default size of a chunk, in bytes of text.
pub const CHUNK_BYTES: usize = 1 << 20;

/// The number of chunks in each batch; later batches have the last size. One batch is parsed while the next one is
/// read, so at most 32 chunks are in memory, whatever the file's size. The first batches are small, so that a file of a
/// few chunks is not read whole before the first row is parsed.
const BATCH_CHUNKS: [usize; 4] = [2, 4, 8, 16];

/// Consecutive whole rows of one file.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub(crate) bytes: Vec<u8>,
    /// The physical line of the first byte, from 1.
    pub(crate) first_line: u64,
}

impl Chunk {
    pub(super) fn records(&self, dialect: Dialect) -> Records<'_> {
        Records::new(&self.bytes, self.first_line, dialect)
    }
}

pub(crate) struct Splitter {
    pub(super) input: Input,
    dialect: Dialect,
    chunk_bytes: usize,
    /// Text that was read beyond the end of the last chunk.
    carry: Vec<u8>,
    /// The physical line of the first byte of `carry`.
    line: u64,
    /// How many lines at the end of the file are not handed out.
    footer_lines: usize,
    /// The lines behind the table, once the end of the file is read.
    footer: Vec<u8>,
}

impl Splitter {
    pub(crate) fn new(input: Input, dialect: Dialect, chunk_bytes: usize) -> Self {
        Self {
            input,
            dialect,
            chunk_bytes: chunk_bytes.max(1),
            carry: Vec::new(),
            line: 1,
            footer_lines: 0,
            footer: Vec::new(),
        }
    }

    /// Leaves out the lines before and behind the table. Call it before the first chunk is taken.
    pub(super) fn leave_out(&mut self, shape: TextShape) -> Result<(), EventError> {
        self.footer_lines = index64(shape.skip_footer.into());
        for _ in 0..shape.skip_rows {
            let mut line = Vec::new();
            self.skip_rest_of_line(&mut line)?;
            self.line += line.len() as u64;
        }
        Ok(())
    }

    /// The lines behind the table; empty before the end of the file is read.
    pub(super) fn footer(&self) -> &[u8] {
        &self.footer
    }

    /// The next chunk; `None` at the end of the file. Memory: the chunk and at most twice the longest record.
    pub(crate) fn next_chunk(&mut self) -> Result<Option<Chunk>, EventError> {
        let mut bytes = mem::take(&mut self.carry);
        let mut goal = bytes.len().max(self.chunk_bytes);
        loop {
            self.input.fill(&mut bytes, goal)?;
            if bytes.len() < goal {
                self.footer.extend(bytes.split_off(footer_start(&bytes, self.footer_lines)));
                break;
            }
            let rows_end = kept_back(&bytes, self.footer_lines, self.dialect.max_record_bytes);
            // Lines that may turn out to be the last ones are kept back.
            match self.dialect.last_boundary(&bytes[..rows_end]) {
                Boundary::After(end) => {
                    self.carry = bytes[end..].to_vec();
                    bytes.truncate(end);
                    break;
                }
                Boundary::TooLongSoFar => {
                    self.skip_rest_of_line(&mut bytes)?;
                    break;
                }
                Boundary::None => goal *= 2,
            }
        }
        let first_line = self.line;
        self.line += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        Ok((!bytes.is_empty()).then_some(Chunk { bytes, first_line }))
    }

    /// Cuts a record that is longer than the limit: keeps one byte more than the limit, and skips the rest of its line.
    fn skip_rest_of_line(&mut self, record: &mut Vec<u8>) -> Result<(), EventError> {
        record.truncate(self.dialect.max_record_bytes + 1);
        loop {
            self.input.fill(&mut self.carry, self.chunk_bytes)?;
            if let Some(stop) = memchr::memchr(b'\n', &self.carry) {
                record.push(b'\n');
                self.carry.drain(..=stop);
                return Ok(());
            }
            let is_end = self.carry.len() < self.chunk_bytes;
            self.carry.clear();
            if is_end {
                return Ok(());
            }
        }
    }
}

/// Where the text begins that is kept back because its last `lines` lines may be the last ones of the file. Lines
/// longer than `max_bytes` each are no footer and are not kept back, so that memory stays bounded.
pub(super) fn kept_back(text: &[u8], lines: usize, max_bytes: usize) -> usize {
    let start = footer_start(text, lines);
    let most = lines.saturating_mul(max_bytes.saturating_add(1));
    if text.len() - start > most { text.len() } else { start }
}

/// Where the last `lines` lines that are not blank begin; 0 if there are not as many. The last line may lack its end.
pub(super) fn footer_start(text: &[u8], lines: usize) -> usize {
    let (mut start, mut left) = (text.len(), lines);
    while left > 0 && start > 0 {
        let line_start = memchr::memrchr(b'\n', &text[..start - 1]).map_or(0, |stop| stop + 1);
        left -= usize::from(!text[line_start..start].trim_ascii().is_empty());
        start = line_start;
    }
    start
}

/// Takes jobs from `next` in order and hands them to `take` in batches.
///
/// A single thread reads and takes batches in turn; with more threads, the next batch is read while `take` works on the
/// last one. The returned error is the first one in the input, for any number of threads.
pub(crate) fn in_batches<Job: Send, Error: Send>(
    mut next: impl FnMut() -> Result<Option<Job>, Error> + Send,
    mut take: impl FnMut(Vec<Job>) -> Result<(), Error> + Send,
) -> Result<(), Error> {
    let mut sizes = BATCH_CHUNKS.into_iter().chain(iter::repeat(BATCH_CHUNKS[BATCH_CHUNKS.len() - 1]));
    let mut next_batch = || JobBatch::read(&mut next, sizes.next().expect("invariant: the sizes repeat"));
    let mut batch = next_batch();
    loop {
        let JobBatch { jobs, is_last, error } = batch;
        let read_ahead = || (!is_last).then(&mut next_batch);
        let (ahead, taken) = rayon::join(read_ahead, || take(jobs));
        taken?;
        match ahead {
            Some(ahead) => batch = ahead,
            None => return error.map_or(Ok(()), Err),
        }
    }
}

struct JobBatch<Job, Error> {
    jobs: Vec<Job>,
    is_last: bool,
    /// The error that made this batch the last one; `None` if the input ended or goes on.
    error: Option<Error>,
}

impl<Job, Error> JobBatch<Job, Error> {
    fn read(next: &mut impl FnMut() -> Result<Option<Job>, Error>, size: usize) -> Self {
        let mut jobs = Vec::with_capacity(size);
        while jobs.len() < size {
            match next() {
                Ok(Some(job)) => jobs.push(job),
                Ok(None) => return Self { jobs, is_last: true, error: None },
                Err(error) => return Self { jobs, is_last: true, error: Some(error) },
            }
        }
        Self { jobs, is_last: false, error: None }
    }
}
