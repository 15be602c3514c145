//! Plain edge lists, `source target [weight]` a line: what one kernel runs on without a customer in sight.
//!
//! `shape` tells from the first line how lines are cut, `plain` hands out the file in chunks, `rows` reads the lines of
//! one (the plain ones by `scan`), and a `dictionary` makes references of ids: `dense` for small numbers, `hashed` for
//! all others and for texts, on a `table` that all threads fill. When all is read, references get their nodes.

mod appearance;
mod dense;
mod dictionary;
mod graph;
mod hashed;
mod long_ids;
mod node_ids;
mod plain;
mod rows;
mod scan;
mod shape;
mod table;

use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use self::{
    dense::Dense,
    dictionary::{AnyDictionary, Dictionary, Finished, Stuck},
    plain::{Chunks, PlainFile, Wave},
    rows::{Halt, Lines},
    shape::{Content, PUNCTUATION, Role, Shape},
};
pub use self::{
    graph::{ListedGraph, listed_counts, listed_graph, listed_size},
    node_ids::NodeIds,
};
use crate::{
    event::{
        CHUNK_BYTES, Delimiter, EventError,
        chunk::{Splitter, in_waves},
        input::Input,
    },
    huge_pages::HugeVec,
    ids::{NodeId, id32},
};

/// How much of a plain file is read at a time where nothing else is asked for: what stays in a core's own cache. From
/// 64 KiB to 4 MiB there is no difference.
const PLAIN_CHUNK_BYTES: usize = 256 << 10;

/// A graph as its user wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeList {
    /// The ids of both files, letter for letter, by node number.
    pub ids: NodeIds,
    /// The edges in the order of the lines, repeats and loops included.
    pub blocks: Vec<EdgeListBlock>,
    /// The nodes of the nodes' file in the order of its lines, as references.
    pub listed_nodes: Vec<u32>,
    /// The node that each reference stands for; [`NodeId::NONE`] where a reference is unused.
    pub node_of: HugeVec<NodeId>,
    /// Whether the lines have weights; the first one of the file tells.
    pub weighted: bool,
}

/// Some consecutive edges of an [`EdgeList`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EdgeListBlock {
    /// Source and target of each edge, as references: positions in [`EdgeList::node_of`].
    pub ends: HugeVec<[u32; 2]>,
    /// The weight of each edge, finite and > 0; empty where lines have none.
    pub weights: HugeVec<f64>,
}

impl EdgeList {
    /// How many edges there are, repeats and loops included.
    pub fn edge_count(&self) -> usize {
        self.blocks.iter().map(|block| block.ends.len()).sum()
    }

    /// All nodes in the order in which their ids first appear: in the edges' file, then in the nodes' file, and in one
    /// line the source before the target. It depends on the order of the lines, as the name says.
    ///
    /// O(n + m), parallel; memory a bit a reference and thread, and 4 bytes a node and thread, twice at most while a
    /// list of them grows.
    pub fn by_appearance(&self) -> Vec<NodeId> {
        let ends = self.blocks.iter().map(|block| block.ends.as_flattened());
        let lists: Vec<&[u32]> = ends.chain([&self.listed_nodes[..]]).collect();
        let order = appearance::order(&lists, self.node_of.len());
        assert_eq!(order.len(), self.ids.len(), "invariant: every node appears first once");
        order.into_iter().map(|reference| self.node_of[reference as usize]).collect()
    }
}

/// Sizes that change speed and memory but no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeListOptions {
    /// How much text of a plain file is read at a time.
    pub plain_chunk_bytes: usize,
    /// How much decoded text of a compressed file is read at a time.
    pub decoded_chunk_bytes: usize,
}

impl Default for EdgeListOptions {
    fn default() -> Self {
        Self { plain_chunk_bytes: PLAIN_CHUNK_BYTES, decoded_chunk_bytes: CHUNK_BYTES }
    }
}

/// Reads an edge list, and the list of its nodes where there is one.
///
/// A line is `source target` or `source target weight`, and all lines of a file are alike. The separator is told by
/// the first line: a tab if it has one, else a comma, else runs of blanks. Blanks around an id are dropped; otherwise
/// ids stay as they are. Lines that begin with `#` or `%` and blank lines are skipped. A line of the nodes' file gives
/// its first field; the separator there is told in the same way, and is that of the edges where the line has neither
/// tab nor comma. Both files may be plain, gzip or zstd.
///
/// - **Output**: the nodes, numbered as [`NodeIds`] says; the edges in the order of the lines, their ends as
///   references.
/// - **Stop**: at the end of the last file, or at the first line that is no edge.
/// - **Cost**: O(bytes) time, parallel, and O(n log n) for n nodes unless their ids are small numbers; memory 8 bytes
///   an edge, 8 more where there are weights; for the ids up to half of the text where all are numbers below an eighth
///   of it, else about 100 bytes an id while reading, and 8 bytes or its text and 16 bytes an id later.
/// - **Same bits**: nodes and edges for any thread count and any sizes in [`EdgeListOptions`], the numbers of the nodes
///   for any order of lines too; not the references.
/// - **Source**: chunks by position and rows by their first byte; a table filled without locks, [`EdgeList::node_of`]
///   settled at the end.
/// - **Checked by**: `tests/it/edge_list/read.rs` — a reader line by line for all separators, odd lines and chunk
///   sizes from one byte; `BTreeMap` counts; other thread counts and orders of lines.
///
/// ```
/// let path = std::env::temp_dir().join(format!("plaudit-doctest-{}.edges", std::process::id()));
/// std::fs::write(&path, "# who attends to whom\nada grace 2.5\ngrace Ada 1\n").expect("the folder can be written");
/// let list = plaudit::edge_list::read_edge_list(&path, None).expect("the file is there");
/// assert_eq!((list.ids.len(), list.edge_count(), list.weighted), (3, 2, true));
/// assert_eq!(list.ids.id(list.by_appearance()[2]), "Ada");
/// # std::fs::remove_file(path).expect("it was there");
/// ```
///
/// # Errors
/// [`EventError::BadRow`] for the first line that is no edge; the files' own faults as for [`read`](crate::event::read).
pub fn read_edge_list(edges: &Path, nodes: Option<&Path>) -> Result<EdgeList, EventError> {
    read_edge_list_with(edges, nodes, &EdgeListOptions::default())
}

/// The same with other sizes.
///
/// # Errors
/// As [`read_edge_list`].
pub fn read_edge_list_with(
    edges: &Path,
    nodes: Option<&Path>,
    options: &EdgeListOptions,
) -> Result<EdgeList, EventError> {
    let mut reading = Reading { dictionary: None, blocks: Vec::new(), next_block: 0 };
    let shape = reading.read_file(edges, Role::Edges, options)?;
    let shape = shape.unwrap_or(Shape { delimiter: Delimiter::Blanks, content: Content::Edge });
    if let Some(nodes) = nodes {
        reading.read_file(nodes, Role::Nodes { edges_delimiter: shape.delimiter }, options)?;
    }
    Ok(reading.finish(shape))
}

/// What is read so far.
struct Reading {
    /// None until the first file is open.
    dictionary: Option<AnyDictionary>,
    /// In any order.
    blocks: Vec<Block>,
    /// The number of the next chunk.
    next_block: usize,
}

/// What a chunk became.
#[derive(Default)]
struct Block {
    number: u32,
    edges: EdgeListBlock,
    /// The references of nodes that are listed by themselves.
    nodes: Vec<u32>,
}

impl Block {
    /// All references in order.
    fn references(&self) -> &[u32] {
        if self.nodes.is_empty() { self.edges.ends.as_flattened() } else { &self.nodes }
    }
}

/// A chunk that was not read to its end.
struct Halted {
    index: usize,
    why: Halt,
}

impl Reading {
    /// Reads all lines of a file; none of them tells a shape where all are comments.
    fn read_file(
        &mut self,
        path: &Path,
        role: Role,
        options: &EdgeListOptions,
    ) -> Result<Option<Shape>, EventError> {
        let input = Input::open(path)?;
        self.dictionary.get_or_insert_with(|| AnyDictionary::Dense(Dense::new(input.disk_bytes())));
        let (file, text) = match input.into_plain() {
            Ok(plain) => plain,
            Err(input) => return self.read_stream(path, *input, role, options),
        };
        let file = PlainFile::new(path, file, text, options.plain_chunk_bytes);
        let shape = file.shape(role)?;
        if let Some(shape) = shape {
            self.take(path, &file, shape)?;
        }
        Ok(shape)
    }

    /// Reads a file that must be read in order: compressed, or a pipe.
    fn read_stream(
        &mut self,
        path: &Path,
        input: Input,
        role: Role,
        options: &EdgeListOptions,
    ) -> Result<Option<Shape>, EventError> {
        let mut splitter = Splitter::new(input, PUNCTUATION, options.decoded_chunk_bytes);
        let mut shape = None;
        in_waves(
            || splitter.next_chunk(),
            |chunks| {
                shape = shape.or_else(|| chunks.iter().find_map(|chunk| Shape::of_text(&chunk.bytes, role)));
                shape.map_or(Ok(()), |shape| self.take(path, &Wave(chunks), shape))
            },
        )?;
        Ok(shape)
    }

    /// Reads all lines of `chunks`, in as many rounds as the ids ask for dictionaries.
    fn take(&mut self, path: &Path, chunks: &impl Chunks, shape: Shape) -> Result<(), EventError> {
        let base = self.next_block;
        self.next_block += chunks.count();
        let mut todo: Vec<usize> = (0..chunks.count()).collect();
        loop {
            let job = Job { chunks, shape, base, todo: &todo };
            let (blocks, halts) = match self.dictionary.as_ref().expect("invariant: a file is open") {
                AnyDictionary::Dense(dense) => job.run(dense),
                AnyDictionary::Numbers(numbers) => job.run(numbers),
                AnyDictionary::Texts(texts) => job.run(texts),
            };
            let mut is_done = vec![false; chunks.count()];
            for block in &blocks {
                is_done[block.number as usize - base] = true;
            }
            self.blocks.extend(blocks);
            todo.retain(|&index| !is_done[index]);
            let stuck = halts.iter().filter_map(|halted| halted.why.stuck()).max();
            // Chunks are begun in order, so the first one that is not done is among those that halted. A bad line
            // there is the first of the file; one in a later chunk is met again when those before it are done.
            let first = halts.into_iter().min_by_key(|halted| halted.index);
            match first.map(|halted| (halted.index, halted.why)) {
                None => return Ok(()),
                Some((_, Halt::Failed(error))) => return Err(error),
                Some((index, Halt::Bad(bad))) => {
                    let line = chunks.lines_before(index)? + bad.line;
                    return Err(EventError::BadRow {
                        path: path.to_owned(),
                        line,
                        column: bad.column,
                        why: bad.why,
                    });
                }
                Some((_, Halt::Stuck(first))) => self.grow(stuck.unwrap_or(first))?,
            }
        }
    }

    /// Changes the dictionary, and with it the references of what is read.
    fn grow(&mut self, stuck: Stuck) -> Result<(), EventError> {
        let dictionary = self.dictionary.take().expect("invariant: a file is open");
        let (dictionary, moved) = dictionary.grown(stuck, |bound| self.seen(bound))?;
        self.dictionary = Some(dictionary);
        let translate = |reference: &mut u32| *reference = moved[*reference as usize];
        self.blocks.par_iter_mut().for_each(|block| {
            block.edges.ends.as_flattened_mut().iter_mut().for_each(translate);
            block.nodes.iter_mut().for_each(translate);
        });
        Ok(())
    }

    /// The references that blocks hold, which are below `bound`.
    fn seen(&self, bound: usize) -> FixedBitSet {
        appearance::seen(&self.blocks.iter().map(Block::references).collect::<Vec<_>>(), bound)
    }

    fn finish(mut self, shape: Shape) -> EdgeList {
        self.blocks.sort_unstable_by_key(|block| block.number);
        let dictionary = self.dictionary.take().expect("invariant: a file is open");
        let Finished { form, node_of } = dictionary.finish(|bound| self.seen(bound));
        let listed_nodes = self.blocks.iter().flat_map(|block| &block.nodes).copied().collect();
        let blocks = self.blocks.into_iter().map(|block| block.edges).filter(|block| !block.ends.is_empty());
        EdgeList {
            ids: NodeIds::new(form),
            blocks: blocks.collect(),
            listed_nodes,
            node_of,
            weighted: shape.content == Content::WeightedEdge,
        }
    }
}

/// Chunks to be read with one dictionary.
struct Job<'a, C> {
    chunks: &'a C,
    shape: Shape,
    /// The number of the first of all chunks.
    base: usize,
    /// Which chunks, ascending.
    todo: &'a [usize],
}

impl<C: Chunks> Job<'_, C> {
    /// What the chunks became, and why those that did not become anything halted; after the first halt no other chunk
    /// is begun. Both in any order.
    fn run<D: Dictionary>(&self, dictionary: &D) -> (Vec<Block>, Vec<Halted>) {
        // Threads take chunks in order from one counter, so that nearly every id is met in its first chunk first.
        let next = AtomicUsize::new(0);
        let is_halted = AtomicBool::new(false);
        let worker_count = rayon::current_num_threads().min(self.todo.len());
        let workers = (0..worker_count).into_par_iter().with_max_len(1).map(|_| {
            let (mut blocks, mut halts) = (Vec::new(), Vec::new());
            let (mut buffer, mut lines) = (Vec::new(), Lines::new());
            while !is_halted.load(Ordering::Relaxed) {
                let Some(&index) = self.todo.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                match self.read(index, dictionary, &mut buffer, &mut lines) {
                    Ok(block) => blocks.push(block),
                    Err(why) => {
                        is_halted.store(true, Ordering::Relaxed);
                        halts.push(Halted { index, why });
                    }
                }
            }
            (blocks, halts)
        });
        let (blocks, halts): (Vec<_>, Vec<_>) = workers.unzip();
        (blocks.into_iter().flatten().collect(), halts.into_iter().flatten().collect())
    }

    fn read<D: Dictionary>(
        &self,
        index: usize,
        dictionary: &D,
        buffer: &mut Vec<u8>,
        lines: &mut Lines<D::Key>,
    ) -> Result<Block, Halt> {
        let text = self.chunks.load(index, buffer).map_err(Halt::Failed)?;
        lines.read(text, self.shape, dictionary)?;
        let mut block = Block { number: id32(self.base + index), ..Block::default() };
        match self.shape.content {
            Content::Node => block.nodes.clone_from(&lines.references),
            Content::Edge | Content::WeightedEdge => block.edges.ends = lines.references.as_chunks().0.into(),
        }
        block.edges.weights = lines.weights[..].into();
        Ok(block)
    }
}
