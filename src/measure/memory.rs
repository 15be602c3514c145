//! Estimates the memory of the measures of a run before they are computed. The memory of the kernels is not included.

use super::diffusion::needs_log;
use crate::{
    config::SpreadConfig,
    graph::{GraphSize, Storage},
    ids::index64,
    influence::{PROBABILITY_UNIT_LOG2, learning_bytes},
    rank,
};

/// Bytes for each node while structural measures are computed.
const STRUCTURE_BYTES: u64 = 132;
/// Bytes for each node in the columns of structural measures, plus bytes for each node while trust is computed. The
/// memory of one PageRank is not included.
const TRUST_BYTES: u64 = 56 + 48;
/// Bytes for each node in all columns except the columns of communities and of the k-hop audience.
pub(crate) const COLUMNS_BYTES: u64 = 227;

/// The most memory that structural measures take beyond the graph, in bytes.
pub(crate) fn structure_bytes(node_count: u64) -> u64 {
    STRUCTURE_BYTES * node_count
}

/// The most memory that trust and the structural measures before it take beyond the graph, in bytes.
pub(crate) fn trust_bytes(node_count: u64) -> u64 {
    TRUST_BYTES * node_count + rank::estimated_bytes(node_count, 1)
}

/// The sizes of the data that learning edge probabilities adds to a run; all 0 where nothing is learned.
pub(crate) struct LearningSizes {
    /// An upper bound on the number of pairs with an exposure.
    pub(crate) pairs: u64,
    /// An upper bound on the number of these pairs that are edges.
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

    /// The memory that learning takes in addition to what is already held, in bytes.
    pub(crate) fn estimated_bytes(&self, nodes: u64, storage: Storage, threads: u64) -> u64 {
        self.graph
            .map_or(0, |size| learning_bytes(index64(nodes), self.edges) + size.build_bytes(storage, threads))
    }

    /// The memory that the graph of learned probabilities takes after learning, in bytes.
    pub(crate) fn graph_bytes(&self, storage: Storage) -> u64 {
        self.graph.map_or(0, |size| size.taken_bytes(storage))
    }
}
