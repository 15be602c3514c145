//! Here is a plain edge list: what graph is it, and what are its nodes called?
//!
//! A line is `source target [weight]`. A file is read in these steps: `line_format` determines from the first line how
//! lines are split; `chunks` hands out the text in chunks of whole lines; `lines` reads the lines of a chunk, and
//! `scan` reads common lines fast; a `dictionary` gives each id a *reference*, a provisional number: `dense` for small
//! numbers, `hashed` for all other ids, on a `lock_free_table` that all threads fill. `read` runs these steps. Once
//! every line is read, each reference gets a node number, `row_scale` may scale the weights, and `graph` builds the
//! graph.

mod chunks;
mod dense;
mod dictionary;
mod error;
mod first_appearance;
mod graph;
mod hashed;
mod line_format;
mod lines;
mod lock_free_table;
mod long_ids;
mod memory;
mod node_ids;
mod node_weights;
mod read;
mod row_scale;
mod scan;

pub use self::{
    error::EdgeListError,
    graph::{LabeledGraph, build_graph},
    memory::{MemoryBudget, fitting_storage},
    node_ids::NodeIds,
    read::read_edge_list,
};
use crate::{event::CHUNK_BYTES, huge_pages::HugeVec, ids::NodeId};

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
    /// The edges in the order of the lines, repeats and loops included.
    blocks: Vec<EdgeListBlock>,
    /// The references of the nodes that the node file lists, in the order of its lines.
    listed_nodes: Vec<u32>,
    /// The node number of each reference; [`NodeId::NONE`] where a reference is unused.
    node_of: HugeVec<NodeId>,
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
