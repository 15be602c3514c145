//! Here is a plain edge list: what graph is it, and what are its nodes called?
//!
//! A line is `source target [weight]`. A file is read in these steps: `head` determines from the first two rows how
//! lines are split, with the rules of `delimiter`, `headers` and `matrix_market`, or refuses the file, with those of
//! `foreign`; `line_format` is what it determined; `chunks` hands out the text in chunks of whole lines, and `held`
//! holds those back that were needed for the first rows; `lines` reads the lines of a chunk, and `scan` reads common
//! lines fast; a `dictionary` gives each id a *reference*, a provisional number: `dense` for small numbers, `hashed`
//! for all other ids, on a `lock_free_table` that all threads fill. `read` runs these steps. Once every line is read,
//! each reference gets a node number, `weight_times` checks that weights are no times, `row_scale` may scale them, and
//! `graph` builds the graph.

mod chunks;
mod delimiter;
mod dense;
mod dictionary;
mod error;
mod first_appearance;
mod foreign;
mod graph;
mod hashed;
mod head;
mod headers;
mod held;
mod line_format;
mod lines;
mod lock_free_table;
mod long_ids;
mod matrix_market;
mod memory;
mod node_ids;
mod node_weights;
mod read;
mod row_scale;
mod scan;
mod weight_times;

pub use self::{
    error::EdgeListError,
    graph::{LabeledGraph, build_graph},
    memory::{MemoryBudget, fitting_storage},
    node_ids::NodeIds,
    read::read_edge_list,
};
use crate::{
    event::{CHUNK_BYTES, Delimiter, Quoting},
    huge_pages::HugeVec,
    ids::NodeId,
};

/// How many bytes of a plain file are read at a time by default: a chunk that fits the private cache of a core. From 64
/// KiB to 4 MiB the speed is the same.
const PLAIN_CHUNK_BYTES: usize = 256 << 10;

/// An edge list as its files write it.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeList {
    /// The node ids of both files, letter for letter. A node's number is the position of its id.
    pub ids: NodeIds,
    /// Whether the lines have weights; the first line determines this.
    pub weighted: bool,
    /// The lines of the file of edges that are no edges.
    pub skipped: SkippedLines,
    /// The lines of the file of nodes that are no nodes.
    pub skipped_in_nodes: SkippedLines,
    /// The edges in the order of the lines, repeats and loops included.
    blocks: Vec<EdgeListBlock>,
    /// The references of the nodes that the node file lists, in the order of its lines.
    listed_nodes: Vec<u32>,
    /// The node number of each reference; [`NodeId::NONE`] where a reference is unused.
    node_of: HugeVec<NodeId>,
}

/// Lines that are neither blank nor rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkippedLines {
    /// The row that names the columns.
    pub header: Option<HeaderLine>,
    /// How many lines behind the first row are comments.
    pub comments: u64,
}

/// A row that names the columns of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderLine {
    /// The physical line, from 1.
    pub line: u64,
    /// The beginning of the line.
    pub text: String,
}

/// Some consecutive edges of an [`EdgeList`].
#[derive(Clone, Debug, Default, PartialEq)]
struct EdgeListBlock {
    /// Source and target of each edge, as references: positions in [`EdgeList::node_of`].
    ends: HugeVec<[u32; 2]>,
    /// The weight of each edge, finite and > 0; empty if the lines have no weights.
    weights: HugeVec<f64>,
}

impl EdgeList {
    /// How many edges there are, repeats and loops included.
    pub fn edge_count(&self) -> usize {
        self.blocks.iter().map(|block| block.ends.len()).sum()
    }

    /// Source and target of each edge, as node numbers of `ids`, in the order of the lines.
    pub fn edges(&self) -> impl Iterator<Item = [NodeId; 2]> {
        let ends = self.blocks.iter().flat_map(|block| &block.ends);
        ends.map(|ends| ends.map(|reference| self.node_of[reference as usize]))
    }

    /// The weight of each edge in the order of the lines; empty if the lines have no weights.
    pub fn weights(&self) -> impl Iterator<Item = f64> {
        self.blocks.iter().flat_map(|block| &block.weights).copied()
    }

    /// The numbers of all nodes in the order in which their ids first appear: in the file of edges, then in the file of
    /// nodes, and within a line the source before the target.
    ///
    /// O(n + m), parallel; memory for each thread: one bit a reference, and 4 bytes a node, or up to twice that while
    /// the list of nodes grows.
    pub fn by_first_appearance(&self) -> Vec<NodeId> {
        let ends = self.blocks.iter().map(|block| block.ends.as_flattened());
        let lists: Vec<&[u32]> = ends.chain([&self.listed_nodes[..]]).collect();
        let order = first_appearance::order(&lists, self.node_of.len());
        assert_eq!(order.len(), self.ids.len(), "invariant: every node appears first once");
        order.into_iter().map(|reference| self.node_of[reference as usize]).collect()
    }
}

/// How an edge list is read. The sizes change speed and memory but no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeListOptions {
    /// How much text of a plain file is read at a time.
    pub plain_chunk_bytes: usize,
    /// How much decoded text of a compressed file is read at a time.
    pub decoded_chunk_bytes: usize,
    /// What separates the fields of both files; `None`: their first rows tell it.
    pub delimiter: Option<Delimiter>,
    /// Whether a field that begins with a double quote ends with one.
    pub quoting: Quoting,
    /// Whether lines that begin with `#` or `%` are comments.
    pub comments: bool,
    /// Whether a first row that names the columns is skipped, in both files.
    pub header: bool,
    /// Whether only the first two fields of an edge are read.
    pub ignore_weights: bool,
}

impl Default for EdgeListOptions {
    fn default() -> Self {
        Self {
            plain_chunk_bytes: PLAIN_CHUNK_BYTES,
            decoded_chunk_bytes: CHUNK_BYTES,
            delimiter: None,
            quoting: Quoting::Rfc4180,
            comments: true,
            header: true,
            ignore_weights: false,
        }
    }
}
