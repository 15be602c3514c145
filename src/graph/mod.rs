//! Here are weighted edges: what is the compact graph, and is it sound?
//!
//! A [`Graph`] holds the same edges twice, as compact sparse rows ([`Csr`]) by source and by target, because rank
//! and reach pull along in-edges and communities look both ways. Nodes are `0..node_count`, and the count is
//! always given, never guessed from the largest id. Rows are sorted by neighbour, without repeats. Weights are
//! positive integers in units of [`Graph::weight_unit`]; a graph without weights stores none (4 bytes an edge and
//! direction instead of 8).

mod array;
mod build;
mod csr;
mod edges;
mod memory;
mod order;
mod packed;
mod piles;
mod rows;
mod shares;
pub mod snapshot;
mod sort;
mod stats;
mod symmetric;
mod transpose;
pub mod visit;
mod weights;
mod without;

pub use crate::huge_pages::HugeVec;
pub use array::Array;
pub use build::{build, build_blocks};
pub use csr::{Csr, Form, PlainRows};
pub use edges::{BuildConfig, Directions, Edge, EdgeBlock, Weighting};
pub use memory::{GraphSize, longest_row};
pub use order::{NodeOrder, locality_order};
pub use packed::{BLOCK_EDGES, PackedRow, PackedRows};
pub use rows::{Row, Rows, Scratch, StoredRow, StoredRows};
pub use shares::{strength_share, walk_share};
pub use stats::{DegreeStats, GraphStats, stats};
pub use symmetric::{SymmetricCsr, symmetrise};
pub use transpose::transpose;
pub use weights::FixedScale;
pub use without::{reweighted, without_sources};

use crate::ids::NodeId;

/// A directed graph in both directions. An edge `u → v` says that `u` attends to `v`.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Row `u`: whom `u` attends to.
    out_edges: Csr,
    /// Row `v`: the audience of `v`.
    in_edges: Csr,
    /// What one unit of an edge's integer weight is worth; a power of two.
    weight_unit: f64,
}

impl Graph {
    /// Joins two directions that hold the same edges; [`Graph::check`] tells whether they do.
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

    /// What one unit of an edge's integer weight is worth (a power of two; 1 without weights).
    pub fn weight_unit(&self) -> f64 {
        self.weight_unit
    }

    /// Whether edges carry weights; without, every edge counts 1.
    pub fn is_weighted(&self) -> bool {
        self.out_edges.is_weighted()
    }

    /// How the rows are held.
    pub fn form(&self) -> Form {
        self.out_edges.form()
    }

    /// The bytes that the rows of both directions take.
    pub fn bytes(&self) -> u64 {
        self.out_edges.bytes() + self.in_edges.bytes()
    }

    /// Verifies every invariant of both directions and that they hold the same edges. O(n + m), parallel.
    ///
    /// # Errors
    /// The first invariant that does not hold, in words.
    pub fn check(&self) -> Result<(), String> {
        self.out_edges.check().map_err(|fault| format!("rows by source: {fault}"))?;
        self.in_edges.check().map_err(|fault| format!("rows by target: {fault}"))?;
        if self.out_edges.edge_digest(false) != self.in_edges.edge_digest(true) {
            return Err("the two directions hold different edges".to_owned());
        }
        Ok(())
    }

    /// All nodes in order.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + use<> {
        (0..crate::ids::id32(self.node_count())).map(NodeId)
    }
}
