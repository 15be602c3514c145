//! Reads an edge list: reads chunks in parallel, with one dictionary for all chunks, until every line is read.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use super::{
    EdgeList, EdgeListBlock, EdgeListError, EdgeListOptions, NodeIds,
    chunks::{Chunks, PlainFile},
    dense::DenseDictionary,
    dictionary::{AnyDictionary, Dictionary, DictionaryLimit, FinishedDictionary},
    first_appearance,
    line_format::{Content, DIALECT, FileRole, LineFormat},
    lines::{ChunkError, LineReader},
};
use crate::{
    event::{Delimiter, Input, Splitter, in_batches},
    ids::id32,
};

/// Reads an edge list and, if `nodes` is given, the list of its nodes.
///
/// A line is `source target` or `source target weight`, and all lines of a file are alike. The first line determines
/// the separator: a tab if the line has one, else a comma if it has one, else runs of blanks. Blanks around an id are
/// dropped; otherwise ids stay as they are. Blank lines and lines that begin with `#` or `%` are skipped. In the file
/// of nodes, the first field of each line counts; its separator is determined in the same way, but if its first line
/// has neither tab nor comma, the separator is the separator of the edges. Both files may be plain, gzip or zstd.
///
/// - **Output**: the nodes, numbered as [`NodeIds`] says; the edges in the order of the lines.
/// - **Stop**: at the end of the last file, or at the first line that is not an edge.
/// - **Cost**: O(bytes) time, parallel, and O(n log n) for n nodes unless their ids are small numbers; memory 8 bytes
///   an edge, and 8 more if there are weights. If all ids are numbers below an eighth of the file's length in bytes,
///   they take up to half of that length. Else each id takes about 100 bytes during reading, and afterwards 8 bytes, or
///   its text and 16 bytes.
/// - **Same bits**: ids, edges and weights for any thread count and any sizes in [`EdgeListOptions`]; node numbers for
///   any order of lines too.
/// - **Source**: files are cut into chunks by position, and a row belongs to the chunk of its first byte; threads fill
///   one table without locks, and nodes are numbered once all ids are known.
/// - **Checked by**: `tests/it/edge_list/read.rs` — a reader that goes line by line, for all separators, unusual lines
///   and chunk sizes from one byte; `BTreeMap` counts; different thread counts and orders of lines.
///
/// ```
/// use plaudit::edge_list::{EdgeListOptions, read_edge_list};
/// let path = std::env::temp_dir().join(format!("plaudit-doctest-{}.edges", std::process::id()));
/// std::fs::write(&path, "# a comment\nada grace 2.5\ngrace Ada 1\n").expect("the folder can be written");
/// let list = read_edge_list(&path, None, &EdgeListOptions::default()).expect("the file is there");
/// assert_eq!((list.ids.len(), list.edge_count(), list.weighted), (3, 2, true));
/// assert_eq!(list.ids.id(list.by_first_appearance()[2]), "Ada");
/// # std::fs::remove_file(path).expect("it was there");
/// ```
///
/// # Errors
/// [`EdgeListError::BadLine`] for the first line that is not an edge; [`EdgeListError::File`] for a file that cannot be
/// read.
pub fn read_edge_list(
    edges: &Path,
    nodes: Option<&Path>,
    options: &EdgeListOptions,
) -> Result<EdgeList, EdgeListError> {
    let mut reading = Reading { dictionary: None, chunks: Vec::new(), next_chunk: 0 };
    let format = reading.read_file(edges, FileRole::Edges, options)?;
    let format = format.unwrap_or(LineFormat { delimiter: Delimiter::Blanks, content: Content::Edge });
    if let Some(nodes) = nodes {
        reading.read_file(nodes, FileRole::Nodes { edges_delimiter: format.delimiter }, options)?;
    }
    Ok(reading.finish(format))
}

struct Reading {
    /// `None` until the first file is open.
    dictionary: Option<AnyDictionary>,
    /// The chunks that are read, in any order.
    chunks: Vec<ParsedChunk>,
    next_chunk: usize,
}

#[derive(Default)]
struct ParsedChunk {
    number: u32,
    edges: EdgeListBlock,
    /// References of nodes from the file of nodes.
    nodes: Vec<u32>,
}

impl ParsedChunk {
    fn references(&self) -> &[u32] {
        if self.nodes.is_empty() { self.edges.ends.as_flattened() } else { &self.nodes }
    }
}

impl Reading {
    /// Reads all lines of a file. Returns `None` if the file holds only comments and blank lines, so that no line
    /// determines the format.
    fn read_file(
        &mut self,
        path: &Path,
        role: FileRole,
        options: &EdgeListOptions,
    ) -> Result<Option<LineFormat>, EdgeListError> {
        let input = Input::open(path)?;
        self.dictionary.get_or_insert_with(|| AnyDictionary::Dense(DenseDictionary::new(input.disk_bytes())));
        let (file, text) = match input.into_plain() {
            Ok(plain) => plain,
            Err(input) => return self.read_stream(path, *input, role, options),
        };
        let file = PlainFile::new(path, file, text, options.plain_chunk_bytes);
        let format = file.line_format(role)?;
        if let Some(format) = format {
            self.read_chunks(path, &file, format)?;
        }
        Ok(format)
    }

    /// Reads a file that can only be read in order: compressed, or a pipe.
    fn read_stream(
        &mut self,
        path: &Path,
        input: Input,
        role: FileRole,
        options: &EdgeListOptions,
    ) -> Result<Option<LineFormat>, EdgeListError> {
        let mut splitter = Splitter::new(input, DIALECT, options.decoded_chunk_bytes);
        let mut format = None;
        in_batches(
            || Ok(splitter.next_chunk()?),
            |chunks| {
                let told = || chunks.iter().find_map(|chunk| LineFormat::of_text(&chunk.bytes, role));
                format = format.or_else(told);
                format.map_or(Ok(()), |format| self.read_chunks(path, &chunks, format))
            },
        )?;
        Ok(format)
    }

    /// Reads all lines of `chunks`, in one round for each dictionary that the ids require.
    fn read_chunks(
        &mut self,
        path: &Path,
        chunks: &impl Chunks,
        format: LineFormat,
    ) -> Result<(), EdgeListError> {
        let base = self.next_chunk;
        self.next_chunk += chunks.count();
        let mut todo: Vec<usize> = (0..chunks.count()).collect();
        loop {
            let round = ReadRound { chunks, format, base, todo: &todo };
            let (parsed, failed) = match self.dictionary.as_ref().expect("invariant: a file is open") {
                AnyDictionary::Dense(dense) => round.run(dense),
                AnyDictionary::Numbers(numbers) => round.run(numbers),
                AnyDictionary::Texts(texts) => round.run(texts),
            };
            let mut is_done = vec![false; chunks.count()];
            for chunk in &parsed {
                is_done[chunk.number as usize - base] = true;
            }
            self.chunks.extend(parsed);
            todo.retain(|&index| !is_done[index]);
            let limit = failed.iter().filter_map(|(_, error)| error.dictionary_limit()).max();
            // Chunks are begun in order, so the first chunk that is not done is among the failed chunks. A bad line in
            // this chunk is the first bad line of the file. A bad line in a later chunk is found again once the chunks
            // before it are done.
            match failed.into_iter().min_by_key(|&(index, _)| index) {
                None => return Ok(()),
                Some((_, ChunkError::File(error))) => return Err(error.into()),
                Some((index, ChunkError::BadLine { line, column, why })) => {
                    let (path, line) = (path.to_owned(), chunks.lines_before(index)? + line);
                    return Err(EdgeListError::BadLine { path, line, column, why });
                }
                Some((_, ChunkError::Dictionary(first))) => self.grow(limit.unwrap_or(first))?,
            }
        }
    }

    /// Replaces the dictionary by one without this limit, and translates the references read so far.
    fn grow(&mut self, limit: DictionaryLimit) -> Result<(), EdgeListError> {
        let dictionary = self.dictionary.take().expect("invariant: a file is open");
        let (dictionary, new_references) = dictionary.grown(limit, |bound| self.used_references(bound))?;
        self.dictionary = Some(dictionary);
        let translate = |reference: &mut u32| *reference = new_references[*reference as usize];
        self.chunks.par_iter_mut().for_each(|chunk| {
            chunk.edges.ends.as_flattened_mut().iter_mut().for_each(translate);
            chunk.nodes.iter_mut().for_each(translate);
        });
        Ok(())
    }

    /// The references that occur so far, all below `bound`.
    fn used_references(&self, bound: usize) -> FixedBitSet {
        first_appearance::seen(&self.chunks.iter().map(ParsedChunk::references).collect::<Vec<_>>(), bound)
    }

    fn finish(mut self, format: LineFormat) -> EdgeList {
        self.chunks.sort_unstable_by_key(|chunk| chunk.number);
        let dictionary = self.dictionary.take().expect("invariant: a file is open");
        let FinishedDictionary { ids, node_of } = dictionary.finish(|bound| self.used_references(bound));
        let listed_nodes = self.chunks.iter().flat_map(|chunk| &chunk.nodes).copied().collect();
        let blocks = self.chunks.into_iter().map(|chunk| chunk.edges).filter(|block| !block.ends.is_empty());
        EdgeList {
            ids: NodeIds(ids),
            blocks: blocks.collect(),
            listed_nodes,
            node_of,
            weighted: format.content == Content::WeightedEdge,
        }
    }
}

/// Chunks to read with one dictionary.
struct ReadRound<'a, C> {
    chunks: &'a C,
    format: LineFormat,
    /// The number of the first chunk of `chunks`.
    base: usize,
    /// The indices of the chunks to read, ascending.
    todo: &'a [usize],
}

impl<C: Chunks> ReadRound<'_, C> {
    /// Parses the chunks in parallel. Returns the parsed chunks, and the index and the error of each failed chunk, both
    /// in any order. After the first failure no further chunk is begun.
    fn run<D: Dictionary>(&self, dictionary: &D) -> (Vec<ParsedChunk>, Vec<(usize, ChunkError)>) {
        // Threads take chunks in order from one counter, so that nearly every id is first looked up in the first chunk
        // that contains it.
        let next = AtomicUsize::new(0);
        let has_failed = AtomicBool::new(false);
        let worker_count = rayon::current_num_threads().min(self.todo.len());
        let workers = (0..worker_count).into_par_iter().with_max_len(1).map(|_| {
            let (mut parsed, mut failed) = (Vec::new(), Vec::new());
            let (mut buffer, mut lines) = (Vec::new(), LineReader::new());
            while !has_failed.load(Ordering::Relaxed) {
                let Some(&index) = self.todo.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                match self.parse(index, dictionary, &mut buffer, &mut lines) {
                    Ok(chunk) => parsed.push(chunk),
                    Err(error) => {
                        has_failed.store(true, Ordering::Relaxed);
                        failed.push((index, error));
                    }
                }
            }
            (parsed, failed)
        });
        let (parsed, failed): (Vec<_>, Vec<_>) = workers.unzip();
        (parsed.into_iter().flatten().collect(), failed.into_iter().flatten().collect())
    }

    fn parse<D: Dictionary>(
        &self,
        index: usize,
        dictionary: &D,
        buffer: &mut Vec<u8>,
        lines: &mut LineReader<D::Key>,
    ) -> Result<ParsedChunk, ChunkError> {
        let text = self.chunks.load(index, buffer).map_err(ChunkError::File)?;
        lines.read(text, self.format, dictionary)?;
        let mut chunk = ParsedChunk { number: id32(self.base + index), ..ParsedChunk::default() };
        match self.format.content {
            Content::Node => chunk.nodes.clone_from(&lines.references),
            Content::Edge | Content::WeightedEdge => chunk.edges.ends = lines.references.as_chunks().0.into(),
        }
        chunk.edges.weights = lines.weights[..].into();
        Ok(chunk)
    }
}
