//! A stream of text cut into chunks at row ends, and the loop that reads ahead while chunks are parsed.
//!
//! One path serves every compression: the splitter reads in order, because a decoder cannot do otherwise and because
//! only a reader from the start knows the state of the quotes; the chunks are then parsed in parallel.

use std::{iter, mem, path::Path};

use super::{
    EventError,
    input::{FileDigest, Input},
    record::{Boundary, Punctuation, Records},
};

/// How much text a chunk holds where nothing else is asked for.
pub const CHUNK_BYTES: usize = 1 << 20;

/// How many chunks are parsed at a time while the next ones are read: at most 32 are in memory, whatever the file's
/// size. Waves start small, so that a file of a few chunks is not read whole before the first row is parsed.
const WAVE_CHUNKS: [usize; 4] = [2, 4, 8, 16];

/// Some whole rows of one file.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub(crate) bytes: Vec<u8>,
    /// The physical line on which the bytes start, from 1.
    pub(crate) first_line: u64,
}

impl Chunk {
    pub(crate) fn records(&self, punctuation: Punctuation) -> Records<'_> {
        Records::new(&self.bytes, self.first_line, punctuation)
    }
}

/// Cuts one file into chunks.
pub(crate) struct Splitter {
    input: Input,
    punctuation: Punctuation,
    chunk_bytes: usize,
    /// Text behind the last boundary.
    carry: Vec<u8>,
    /// The physical line on which `carry` starts.
    line: u64,
}

impl Splitter {
    pub(crate) fn open(
        path: &Path,
        punctuation: Punctuation,
        chunk_bytes: usize,
    ) -> Result<Self, EventError> {
        Ok(Self::new(Input::open(path)?, punctuation, chunk_bytes))
    }

    pub(crate) fn new(input: Input, punctuation: Punctuation, chunk_bytes: usize) -> Self {
        Self { input, punctuation, chunk_bytes: chunk_bytes.max(1), carry: Vec::new(), line: 1 }
    }

    /// How many bytes of the file on disk have been taken in.
    pub(crate) fn consumed(&self) -> u64 {
        self.input.consumed()
    }

    /// What the file was; call it after the last chunk.
    pub(crate) fn finish(self) -> Result<FileDigest, EventError> {
        self.input.finish()
    }

    /// The next chunk, none at the end of the file. Memory: the chunk and at most twice the longest record.
    pub(crate) fn next_chunk(&mut self) -> Result<Option<Chunk>, EventError> {
        let mut bytes = mem::take(&mut self.carry);
        let mut goal = bytes.len().max(self.chunk_bytes);
        loop {
            self.input.fill(&mut bytes, goal)?;
            if bytes.len() < goal {
                break;
            }
            match self.punctuation.last_boundary(&bytes) {
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

    /// Keeps as much of a record beyond the limit as shows that it is, and drops the rest up to its line feed.
    fn skip_rest_of_line(&mut self, record: &mut Vec<u8>) -> Result<(), EventError> {
        record.truncate(self.punctuation.max_record_bytes + 1);
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

/// Takes jobs from `next` in order and hands them to `take`, a wave of them at a time.
///
/// The next wave is read while `take` parses the last one, so one thread does both in turn and two overlap them. The
/// error that comes back is the one that stands first in the input, whatever the threads do.
pub(crate) fn in_waves<Job: Send>(
    mut next: impl FnMut() -> Result<Option<Job>, EventError> + Send,
    mut take: impl FnMut(Vec<Job>) -> Result<(), EventError> + Send,
) -> Result<(), EventError> {
    let mut sizes = WAVE_CHUNKS.into_iter().chain(iter::repeat(WAVE_CHUNKS[WAVE_CHUNKS.len() - 1]));
    let mut next_wave = || Wave::read(&mut next, sizes.next().expect("invariant: the sizes repeat"));
    let mut wave = next_wave();
    loop {
        let Wave { jobs, is_last, error } = wave;
        let read_ahead = || (!is_last).then(&mut next_wave);
        let (ahead, taken) = rayon::join(read_ahead, || take(jobs));
        taken?;
        match ahead {
            Some(ahead) => wave = ahead,
            None => return error.map_or(Ok(()), Err),
        }
    }
}

/// Jobs that are parsed together.
struct Wave<Job> {
    jobs: Vec<Job>,
    is_last: bool,
    /// What made it the last, unless the input ended.
    error: Option<EventError>,
}

impl<Job> Wave<Job> {
    fn read(next: &mut impl FnMut() -> Result<Option<Job>, EventError>, size: usize) -> Self {
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
