//! Here are weighted edges: what is the compact graph, and is it sound?
//!
//! A [`Graph`] holds the same edges twice, as compressed sparse rows ([`Csr`]) by source and by target, because rank
//! and reach pull along in-edges, and communities need both directions. Nodes are `0..node_count`; the count is always
//! given, never guessed from the largest id. Rows are sorted by neighbor, without repeats. Weights are positive
//! integers in units of [`Graph::weight_unit`]; a graph without weights stores none (4 bytes per edge and direction
//! instead of 8).
//!
//! From edges to kernels: blocks of edges ([`EdgeBlock`]) → an order of nodes for locality ([`locality_order`]) →
//! [`build_blocks`], which partitions, sorts and merges the edges and writes their rows, plain or compressed
//! ([`Storage`]) → [`Csr::rows`], the reader that kernels use → [`snapshot`], the graph as a file.

mod array;
mod buckets;
mod build;
mod compressed;
mod csr;
mod derived;
mod edges;
mod memory;
mod order;
mod rows;
mod shares;
pub mod snapshot;
mod sort;
mod stats;
mod symmetric;
mod transpose;
pub mod visit;
mod weights;

pub(crate) use crate::huge_pages::HugeVec;
use array::Array;
pub use build::{build, build_blocks};
use compressed::CompressedRows;
pub(crate) use compressed::{BLOCK_EDGES, CompressedRow};
pub use csr::{Csr, PlainRows, Storage};
pub use derived::{reweighted, without_sources};
pub use edges::{BuildConfig, Directions, Edge, EdgeBlock, Weighting};
pub use memory::{GraphSize, longest_row};
pub use order::{NodeOrder, locality_order};
pub use rows::{Row, Rows};
pub(crate) use rows::{RowBuffer, StoredRow, StoredRows};
pub use shares::{strength_share, walk_share};
pub use stats::{DegreeStats, GraphStats, stats};
pub use symmetric::{SymmetricCsr, symmetrize};
pub use transpose::transpose;
pub use weights::FixedScale;
pub(crate) use weights::{exponent, times_power_of_two};

use crate::ids::NodeId;

/// A directed graph in both directions. An edge `u → v` says that `u` attends to `v`.
#[derive(Clone, Debug)]
pub struct Graph {
    out_edges: Csr,
    in_edges: Csr,
    weight_unit: f64,
}

/// The invariant of a graph that [`Graph::check`] found violated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct UnsoundGraph {
    reason: String,
}

impl UnsoundGraph {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

impl Graph {
    /// Joins two directions of the same edges; [`Graph::check`] verifies that they are the same.
    pub fn from_parts(out_edges: Csr, in_edges: Csr, weight_unit: f64) -> Self {
        assert_eq!(out_edges.node_count(), in_edges.node_count(), "invariant: one node set");
        assert_eq!(out_edges.edge_count(), in_edges.edge_count(), "invariant: one edge set");
        Self { out_edges, in_edges, weight_unit }
    }

    /// Number of nodes, isolated ones included.
    pub fn node_count(&self) -> usize {
        self.out_edges.node_count()
    }

    /// Number of distinct directed edges, self-loops included.
    pub fn edge_count(&self) -> u64 {
        self.out_edges.edge_count()
    }

    /// The rows by source.
    pub fn out_edges(&self) -> &Csr {
        &self.out_edges
    }

    /// The rows by target: row `v` is the audience of `v`.
    pub fn in_edges(&self) -> &Csr {
        &self.in_edges
    }

    /// The value of one unit of an edge's integer weight: a power of two; 1 in a graph without weights.
    pub fn weight_unit(&self) -> f64 {
        self.weight_unit
    }

    /// Whether edges carry weights; if not, every edge has weight 1.
    pub fn is_weighted(&self) -> bool {
        self.out_edges.is_weighted()
    }

    /// How the rows are stored.
    pub fn storage(&self) -> Storage {
        self.out_edges.storage()
    }

    /// The bytes that the rows of both directions take.
    pub fn bytes(&self) -> u64 {
        self.out_edges.bytes() + self.in_edges.bytes()
    }

    /// Verifies every invariant of both directions and that they hold the same edges. O(n + m), parallel.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn check(&self) -> Result<(), UnsoundGraph> {
        self.out_edges.check().map_err(|fault| UnsoundGraph::new(format!("rows by source: {fault}")))?;
        self.in_edges.check().map_err(|fault| UnsoundGraph::new(format!("rows by target: {fault}")))?;
        if self.out_edges.edge_digest(false) != self.in_edges.edge_digest(true) {
            return Err(UnsoundGraph::new("the two directions hold different edges"));
        }
        Ok(())
    }

    /// All nodes in order.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + use<> {
        (0..crate::ids::id32(self.node_count())).map(NodeId)
    }

    /// The nodes to which `v` has edges, in order. Meant for a single node; in loops, [`Csr::rows`] is faster.
    ///
    /// ```
    /// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
    /// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
    /// let g = graph::build(3, vec![edge(0, 2), edge(0, 1)], Weighting::Unweighted);
    /// assert!(g.successors(NodeId(0)).eq([NodeId(1), NodeId(2)]));
    /// assert!(g.predecessors(NodeId(2)).eq([NodeId(0)]));
    /// ```
    pub fn successors(&self, v: NodeId) -> visit::Neighbors<'_> {
        visit::Neighbors::of(&self.out_edges, v)
    }

    /// The nodes with an edge to `v`, called its audience, in order. Meant for a single node; in loops, [`Csr::rows`]
    /// is faster.
    pub fn predecessors(&self, v: NodeId) -> visit::Neighbors<'_> {
        visit::Neighbors::of(&self.in_edges, v)
    }
}
