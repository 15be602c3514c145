//! Reads an edge list: reads chunks in parallel, with one dictionary for all chunks, until every line is read.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use super::{
    EdgeList, EdgeListBlock, EdgeListError, EdgeListOptions, NodeIds, SkippedLines,
    chunks::{Chunks, PlainFile},
    dense::DenseDictionary,
    dictionary::{AnyDictionary, Dictionary, DictionaryLimit, FinishedDictionary},
    error::remedy,
    first_appearance, foreign,
    head::{HeadReader, Opening},
    held::HeldChunks,
    line_format::{Content, FileRole, LineFormat, line_dialect},
    lines::{ChunkError, LineReader},
    matrix_market::MatrixSize,
    weight_times,
};
use crate::{
    event::{Chunk, EventError, Input, Splitter, in_batches},
    graph::snapshot::is_snapshot,
    ids::{id32, index64, offset64},
};

/// Reads an edge list and, if `nodes` is given, the list of its nodes.
///
/// A line is `source target` or `source target weight`, and all lines of a file are alike. Blanks around an id are
/// dropped; otherwise ids stay as they are. Blank lines and lines that begin with `#` or `%` are skipped; those behind
/// the first row are counted. Both files may be plain, gzip or zstd.
///
/// - **Separator**, if the options name none: the first row has a tab, or else one of `,` `;` `|`, or else blanks and
///   tabs separate its fields. A row of nothing but numbers between blanks and tabs is separated by both. A first row
///   is refused if two separators make an edge of it, or if a comma, semicolon or bar makes none and stands inside both
///   of its first two words. Any row whose ids hold blanks is refused if the blanks may separate fields, as in
///   `ada bob⇥5`. A separator makes an edge of a row if all fields behind the first two are numbers.
/// - **Quotes**: a field that begins with a double quote ends with one in its line. A doubled quote in an id is
///   refused; inside a field that begins with another byte a quote is text.
/// - **Header**: the first row is skipped if both its ids are known names of columns, or neither is a number but both
///   ids of the second row are. It is an edge all the same if [`EdgeListOptions::header`] is off, if its third field is
///   a number, if all four ids may be hexadecimal, or if `user1` stands above an id such as `user7`. The rows below a
///   header have as many fields, and a third column that is named otherwise than a weight is refused.
/// - **Refused**: further fields and a third column of times, unless [`EdgeListOptions::ignore_weights`] is set; files
///   of other formats. A column holds times if 99 of 100 weights are times, or all of them if there are fewer: days in
///   eight digits, or units since 1970 from 1973 on; a single weight counts from 2000 on. Matrix Market files of kind
///   `coordinate … general` are read, with a node for each row.
/// - **Nodes**: the first field of each line counts. If the first row has neither tab nor comma, the separator is that
///   of the edges. An id without quotes holds blanks only if an id of the edges does. The first row is a header if it
///   is a known name such as `id`.
///
/// - **Output**: the nodes, numbered as [`NodeIds`] says; the edges in the order of the lines.
/// - **Stop**: at the end of the last file, or at the first line that is not an edge.
/// - **Cost**: O(bytes) time, parallel, and O(n log n) for n nodes unless their ids are small numbers; memory 8 bytes
///   an edge, and 8 more if there are weights. If all ids are numbers below an eighth of the file's length in bytes,
///   they take up to half of that length. Else each id takes about 100 bytes during reading, and afterwards 8 bytes, or
///   its text and 16 bytes.
/// - **Same bits**: ids, edges and weights for any thread count and any sizes in [`EdgeListOptions`]; node numbers for
///   any order of the lines below the first too.
/// - **Source**: files are cut into chunks by position, and a row belongs to the chunk of its first byte; threads fill
///   one table without locks, and nodes are numbered once all ids are known.
/// - **Checked by**: `tests/it/edge_list/read.rs` — a reader that goes line by line, for separators, quotes, headers,
///   unusual lines and chunk sizes from one byte; thread counts and orders of lines;
///   `tests/it/edge_list/formats.rs` — small files with their edges written by hand.
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
/// [`EdgeListError::BadLine`] for the first line that is not an edge; [`EdgeListError::OtherFormat`] for a file that is
/// no edge list; [`EdgeListError::File`] for a file that cannot be read.
pub fn read_edge_list(
    edges: &Path,
    nodes: Option<&Path>,
    options: &EdgeListOptions,
) -> Result<EdgeList, EdgeListError> {
    let mut reading = Reading { dictionary: None, chunks: Vec::new(), next_chunk: 0 };
    let opening = reading.read_file(edges, FileRole::Edges, options)?;
    let format = opening.as_ref().map_or_else(|| LineFormat::plain(options), |opening| opening.format);
    let matrix = opening.as_ref().and_then(|opening| opening.matrix);
    if let Some(size) = matrix {
        reading.add_matrix_nodes(edges, size, format)?;
    }
    let skipped = reading.skipped(opening.as_ref(), 0);
    let mut skipped_in_nodes = SkippedLines::default();
    if let Some(nodes) = nodes {
        let has_blanks = reading.chunks.iter().any(|chunk| chunk.has_blanks);
        let edges = LineFormat { blanks_in_ids: format.blanks_in_ids || has_blanks, ..format };
        let opening = reading.read_file(nodes, FileRole::Nodes { edges }, options)?;
        skipped_in_nodes = reading.skipped(opening.as_ref(), skipped.comments);
    }
    let list = EdgeList { skipped, skipped_in_nodes, ..reading.finish(format) };
    if let Some(size) = matrix.filter(|size| !size.contains_ends_of(&list)) {
        return Err(
            size.bad(edges, format!("an entry is outside of the {} rows and columns", size.node_count))
        );
    }
    let weight_count = if list.weighted && matrix.is_none() { list.edge_count() } else { 0 };
    if let Some(opening) = opening.filter(|_| weight_times::are_times(weight_count, list.weights())) {
        let (line, column) = opening.first_weight;
        let why = "the third column, which begins here, holds times: days such as 20240131, or seconds, milliseconds, \
                   microseconds or nanoseconds since 1970";
        let why = why.to_owned();
        return Err(EdgeListError::BadLine {
            path: edges.to_owned(),
            line,
            column,
            why,
            remedy: remedy::TIMES,
        });
    }
    Ok(list)
}

/// A matrix with more rows than this for each entry is refused: its graph would hold hardly any but isolated nodes.
const MATRIX_NODES_AN_ENTRY: u64 = 1 << 10;
/// How many nodes of a matrix are added at a time.
const MATRIX_NODES_A_CHUNK: u64 = 1 << 16;

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
    /// How many lines are comments.
    comments: u64,
    /// Whether an id of an edge holds a blank.
    has_blanks: bool,
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
    ) -> Result<Option<Opening>, EdgeListError> {
        let input = Input::open(path).map_err(|error| match error {
            EventError::Binary { .. } if is_snapshot(path) => {
                EdgeListError::other_format(path, foreign::SNAPSHOT)
            }
            error => error.into(),
        })?;
        self.dictionary.get_or_insert_with(|| AnyDictionary::Dense(DenseDictionary::new(input.disk_bytes())));
        let mut head = HeadReader::new(path, role, options);
        let (file, text) = match input.into_plain() {
            Ok(plain) => plain,
            Err(input) => return self.read_stream(path, *input, head, options),
        };
        let file = PlainFile::new(path, file, text, options.plain_chunk_bytes);
        file.feed(&mut head)?;
        let opening = head.opening()?;
        if let Some(opening) = &opening {
            self.read_chunks(path, &file.starting_at(opening.body), opening.format)?;
        }
        Ok(opening)
    }

    /// Reads a file that can only be read in order: compressed, or a pipe.
    fn read_stream(
        &mut self,
        path: &Path,
        input: Input,
        head: HeadReader<'_>,
        options: &EdgeListOptions,
    ) -> Result<Option<Opening>, EdgeListError> {
        let mut splitter = Splitter::new(input, line_dialect(options), options.decoded_chunk_bytes);
        let mut opening: Option<Opening> = None;
        let mut start = Some((head, HeldChunks::default()));
        in_batches(
            || Ok(splitter.next_chunk()?),
            |chunks| {
                let Some((mut head, mut held)) = start.take() else {
                    let format = opening.as_ref().map(|opening| opening.format);
                    return format.map_or(Ok(()), |format| self.read_chunks(path, &chunks, format));
                };
                held.add(chunks, &mut head);
                if head.is_full() {
                    opening = self.read_held(path, head, held)?;
                } else {
                    start = Some((head, held));
                }
                Ok(())
            },
        )?;
        match start {
            Some((head, held)) => self.read_held(path, head, held),
            None => Ok(opening),
        }
    }

    fn read_held(
        &mut self,
        path: &Path,
        head: HeadReader<'_>,
        held: HeldChunks,
    ) -> Result<Option<Opening>, EdgeListError> {
        let opening = head.opening()?;
        if let Some(opening) = &opening {
            self.read_chunks(path, &held.starting_at(opening.body), opening.format)?;
        }
        Ok(opening)
    }

    /// Adds the nodes of a matrix, most of which its entries name, once its entries are read.
    fn add_matrix_nodes(
        &mut self,
        path: &Path,
        size: MatrixSize,
        format: LineFormat,
    ) -> Result<(), EdgeListError> {
        let bad = |why| Err(size.bad(path, why));
        let entry_count = offset64(self.chunks.iter().map(|chunk| chunk.edges.ends.len()).sum());
        if entry_count != size.entry_count {
            return bad(format!(
                "the line promises {} entries, the file has {entry_count}",
                size.entry_count
            ));
        }
        if size.node_count > MATRIX_NODES_AN_ENTRY.saturating_mul(entry_count + MATRIX_NODES_AN_ENTRY) {
            return bad(format!("{} rows are too many for {entry_count} entries", size.node_count));
        }
        for first in (1..=size.node_count).step_by(index64(MATRIX_NODES_A_CHUNK)) {
            let mut bytes = Vec::new();
            for node in first..=size.node_count.min(first + MATRIX_NODES_A_CHUNK - 1) {
                bytes.extend_from_slice(node.to_string().as_bytes());
                bytes.push(b'\n');
            }
            let chunk = Chunk { bytes, first_line: 1 };
            self.read_chunks(path, &vec![chunk], LineFormat { content: Content::Node, ..format })?;
        }
        Ok(())
    }

    /// The lines of a file that are no rows, once the file is read; `before` comments are in the files before it.
    fn skipped(&self, opening: Option<&Opening>, before: u64) -> SkippedLines {
        let comments = self.chunks.iter().map(|chunk| chunk.comments).sum::<u64>() - before;
        SkippedLines { header: opening.and_then(|opening| opening.header.clone()), comments }
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
                Some((index, ChunkError::BadLine { line, column, why, remedy })) => {
                    let (path, line) = (path.to_owned(), chunks.lines_before(index)? + line);
                    return Err(EdgeListError::BadLine { path, line, column, why, remedy });
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
            skipped: SkippedLines::default(),
            skipped_in_nodes: SkippedLines::default(),
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
            Content::Edge | Content::WeightedEdge | Content::EdgeAndRest => {
                chunk.edges.ends = lines.references.as_chunks().0.into();
            }
        }
        chunk.edges.weights = lines.weights[..].into();
        chunk.comments = lines.comments;
        chunk.has_blanks = lines.has_blanks;
        Ok(chunk)
    }
}
