//! Estimates the memory of the measures of a run before they are computed, beside that of the kernels' own.

use super::diffusion::needs_log;
use crate::{
    config::SpreadConfig,
    graph::{GraphSize, Storage},
    ids::index64,
    influence::{PROBABILITY_UNIT_LOG2, learning_bytes},
    rank,
};

/// Bytes of a node while structural measures are computed.
const STRUCTURE_BYTES: u64 = 132;
/// Bytes of a node in the columns of structural measures, and of trust while it is computed, beside a PageRank.
const TRUST_BYTES: u64 = 56 + 48;
/// Bytes of a node in all columns but those of communities and of the k-hop audience.
pub(crate) const COLUMNS_BYTES: u64 = 227;

/// The most memory that structural measures take beyond the graph, in bytes.
pub(crate) fn structure_bytes(node_count: u64) -> u64 {
    STRUCTURE_BYTES * node_count
}

/// The most memory that trust and the structural measures before it take beyond the graph, in bytes.
pub(crate) fn trust_bytes(node_count: u64) -> u64 {
    TRUST_BYTES * node_count + rank::estimated_bytes(node_count, 1)
}

/// The sizes of what learning edge probabilities adds to a run; all 0 where none are learned.
pub(crate) struct LearningSizes {
    /// Pairs with an exposure at most.
    pub(crate) pairs: u64,
    /// Pairs that are edges.
    pub(crate) edges: u64,
    /// The graph of learned probabilities.
    graph: Option<GraphSize>,
}

impl LearningSizes {
    pub(crate) fn of(model: SpreadConfig, events: u64, size: &GraphSize) -> Self {
        if !needs_log(model) {
            return Self { pairs: 0, edges: 0, graph: None };
        }
        let total_weight = Some(u128::from(size.edge_count) << -PROBABILITY_UNIT_LOG2);
        let graph = GraphSize { total_weight, listed_count: size.edge_count, ..*size };
        Self { pairs: events, edges: size.edge_count.min(events), graph: Some(graph) }
    }

    /// What learning takes beside what is held.
    pub(crate) fn estimated_bytes(&self, nodes: u64, storage: Storage, threads: u64) -> u64 {
        self.graph
            .map_or(0, |size| learning_bytes(index64(nodes), self.edges) + size.build_bytes(storage, threads))
    }

    /// What the graph of learned probabilities takes afterwards.
    pub(crate) fn graph_bytes(&self, storage: Storage) -> u64 {
        self.graph.map_or(0, |size| size.taken_bytes(storage))
    }
}
