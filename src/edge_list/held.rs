//! The chunks of a file that can only be read in order, held back until the first rows are known.

use crate::event::Chunk;

use super::head::HeadReader;

/// The chunks from the first row on, each with its position in the text.
#[derive(Default)]
pub(super) struct HeldChunks {
    chunks: Vec<(u64, Chunk)>,
    /// The position behind the last chunk.
    end: u64,
}

impl HeldChunks {
    /// Feeds further chunks to `head`, and keeps those that may be read again.
    pub(super) fn add(&mut self, chunks: Vec<Chunk>, head: &mut HeadReader<'_>) {
        for chunk in chunks {
            let at = self.end;
            self.end += chunk.bytes.len() as u64;
            if !head.is_full() {
                head.feed(&chunk.bytes, at);
            }
            if !head.is_empty() {
                self.chunks.push((at, chunk));
            }
        }
    }

    /// The text from position `body` on, where a line starts.
    pub(super) fn starting_at(self, body: u64) -> Vec<Chunk> {
        let cut = |(at, mut chunk): (u64, Chunk)| {
            let before =
                usize::try_from(body.saturating_sub(at)).unwrap_or(usize::MAX).min(chunk.bytes.len());
            let skipped = chunk.bytes.drain(..before);
            chunk.first_line += skipped.filter(|&byte| byte == b'\n').count() as u64;
            chunk
        };
        self.chunks.into_iter().map(cut).filter(|chunk| !chunk.bytes.is_empty()).collect()
    }
}
