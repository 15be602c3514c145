//! Hands out the text of a plain file, or of a batch of decoded chunks, in chunks of whole lines and in any order.

use std::{fs::File, io, os::unix::fs::FileExt, path::Path};

use super::head::HeadReader;
use crate::{
    event::{Chunk, EventError, MAX_RECORD_BYTES},
    ids::index64,
};

/// How many bytes behind a chunk are first searched for the end of its last line. Each time the end is not found, eight
/// times as many bytes are searched.
const TAIL_BYTES: usize = 1 << 10;
/// How many bytes are read at a time to count lines.
const COUNT_BYTES: usize = 1 << 18;

/// A text in chunks of whole lines, which many threads read in any order.
pub(super) trait Chunks: Sync {
    fn count(&self) -> usize;

    /// The lines of chunk number `index`; `buffer` may be used to hold them.
    fn load<'a>(&'a self, index: usize, buffer: &'a mut Vec<u8>) -> Result<&'a [u8], EventError>;

    /// How many lines of the file come before chunk number `index`. Slow: for errors only.
    fn lines_before(&self, index: usize) -> Result<u64, EventError>;
}

/// A plain file, cut into chunks of the same length; a line belongs to the chunk that holds its first byte.
pub(super) struct PlainFile<'a> {
    path: &'a Path,
    file: File,
    /// The byte at which the text starts, behind a byte order mark if there is one.
    text_start: u64,
    /// The byte at which the first chunk starts.
    start: u64,
    /// The byte at which the text ended when the file was opened.
    end: u64,
    chunk_bytes: u64,
}

impl<'a> PlainFile<'a> {
    pub(super) fn new(path: &'a Path, file: File, text: std::ops::Range<u64>, chunk_bytes: usize) -> Self {
        let std::ops::Range { start, end } = text;
        Self { path, file, text_start: start, start, end, chunk_bytes: chunk_bytes.max(1) as u64 }
    }

    /// Feeds the text to `head` until it needs no more; positions are bytes of the file.
    pub(super) fn feed(&self, head: &mut HeadReader<'_>) -> Result<(), EventError> {
        let mut buffer = Vec::new();
        for index in 0..self.count() {
            let (at, text) = self.load_from(index, &mut buffer)?;
            head.feed(text, at);
            if head.is_full() {
                break;
            }
        }
        Ok(())
    }

    /// The same file with chunks from byte `start` on, where a line starts.
    pub(super) fn starting_at(self, start: u64) -> Self {
        Self { start, ..self }
    }

    /// Fills `buffer` from byte `from` of the file and returns the number of bytes read, which is less than the length
    /// of `buffer` only at the end of the file.
    fn read_at(&self, buffer: &mut [u8], from: u64) -> Result<usize, EventError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.file.read_at(&mut buffer[filled..], from + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(EventError::from_io(self.path, error)),
            }
        }
        Ok(filled)
    }

    fn start_of(&self, index: usize) -> u64 {
        self.start + index as u64 * self.chunk_bytes
    }

    /// The lines of chunk number `index`, and the byte of the file at which they start.
    fn load_from<'b>(&self, index: usize, buffer: &'b mut Vec<u8>) -> Result<(u64, &'b [u8]), EventError> {
        // The byte before the chunk shows whether a line starts at the first byte of the chunk.
        let lead = u64::from(index > 0);
        let from = self.start_of(index) - lead;
        let own_bytes = index64((self.start_of(index + 1)).min(self.end) - from);
        let mut tail_bytes = TAIL_BYTES;
        loop {
            let wanted = own_bytes + tail_bytes.min(index64(self.end - from) - own_bytes);
            if buffer.len() < wanted {
                buffer.resize(wanted, 0);
            }
            let got = self.read_at(&mut buffer[..wanted], from)?;
            let own_bytes = own_bytes.min(got);
            let text = &buffer[..got];
            let first_line = match text[..own_bytes].split_last() {
                Some(_) if index == 0 => 0,
                Some((_, before)) => memchr::memchr(b'\n', before).map_or(got, |stop| stop + 1),
                None => got,
            };
            if first_line == got {
                return Ok((from, &[]));
            }
            // The end of the last line of the chunk. A line longer than the limit is cut somewhere behind the limit.
            let end = match memchr::memchr(b'\n', &text[own_bytes - 1..]) {
                Some(stop) => own_bytes + stop,
                None if from + got as u64 >= self.end || got < wanted || tail_bytes > MAX_RECORD_BYTES => got,
                None => {
                    tail_bytes *= 8;
                    continue;
                }
            };
            return Ok((from + first_line as u64, &buffer[first_line..end]));
        }
    }
}

impl Chunks for PlainFile<'_> {
    fn count(&self) -> usize {
        index64((self.end - self.start).div_ceil(self.chunk_bytes))
    }

    fn load<'a>(&'a self, index: usize, buffer: &'a mut Vec<u8>) -> Result<&'a [u8], EventError> {
        Ok(self.load_from(index, buffer)?.1)
    }

    fn lines_before(&self, index: usize) -> Result<u64, EventError> {
        let mut buffer = vec![0; COUNT_BYTES];
        // The line feed before the chunk's first line may itself be in the chunk.
        let mut lines = 0;
        let mut at = self.text_start;
        let stop = self.start_of(index);
        while at < stop {
            let wanted = buffer.len().min(index64(stop - at));
            let got = self.read_at(&mut buffer[..wanted], at)?;
            lines += memchr::memchr_iter(b'\n', &buffer[..got]).count() as u64;
            at += wanted as u64;
        }
        let starts_with_line =
            index == 0 || (self.read_at(&mut buffer[..1], stop - 1)? == 1 && buffer[0] == b'\n');
        Ok(lines + u64::from(!starts_with_line))
    }
}

/// A batch of decoded chunks of a compressed file.
impl Chunks for Vec<Chunk> {
    fn count(&self) -> usize {
        self.len()
    }

    fn load<'a>(&'a self, index: usize, _: &'a mut Vec<u8>) -> Result<&'a [u8], EventError> {
        Ok(&self[index].bytes)
    }

    fn lines_before(&self, index: usize) -> Result<u64, EventError> {
        Ok(self[index].first_line - 1)
    }
}
