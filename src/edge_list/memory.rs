//! Chooses the storage in which the graph of an edge list fits a memory budget.

use super::{EdgeList, EdgeListError};
use crate::{
    graph::{self, Directions, FixedScale, GraphSize, Storage},
    ids::{NodeId, offset64},
};

/// How much memory building a graph may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBudget {
    /// The maximum memory that the process may hold at any time.
    pub limit_bytes: u64,
    /// The memory that the process holds now, the edge list included.
    pub resident_bytes: u64,
}

/// The storage in which the graph of `list` is sure to be built within `budget`: plain, or compressed if plain storage
/// may not fit. Time: O(blocks) if the counts of the list alone show that plain storage fits, else O(n + m).
///
/// # Errors
/// [`EdgeListError::TooLittleMemory`] if neither storage is sure to fit.
pub fn fitting_storage(
    list: &EdgeList,
    directions: Directions,
    budget: &MemoryBudget,
) -> Result<Storage, EdgeListError> {
    let threads = offset64(rayon::current_num_threads());
    let needed = |size: &GraphSize, storage: Storage| {
        // Everything held now except the blocks of edges, which `build_bytes` counts.
        let held = budget.resident_bytes.saturating_sub(size.listed_bytes());
        let order = size.listed_bytes() + size.order_bytes(offset64(list.node_of.len()), threads);
        let built = size.taken_bytes(storage) + size.reader_bytes(storage, threads);
        held + order.max(size.build_bytes(storage, threads)).max(built)
    };
    let plain_bytes = needed(&size_from_counts(list, directions), Storage::Plain);
    if plain_bytes <= budget.limit_bytes {
        return Ok(Storage::Plain);
    }
    let compressed_bytes = needed(&size_from_lines(list, directions), Storage::Compressed);
    if compressed_bytes <= budget.limit_bytes {
        return Ok(Storage::Compressed);
    }
    let needed_bytes = plain_bytes.min(compressed_bytes);
    Err(EdgeListError::TooLittleMemory { needed_bytes, limit_bytes: budget.limit_bytes })
}

/// Bounds the size of the graph from the number of nodes and lines alone. O(blocks).
fn size_from_counts(list: &EdgeList, directions: Directions) -> GraphSize {
    let listed_count = offset64(list.edge_count());
    GraphSize {
        node_count: offset64(list.ids.len()),
        edge_count: if directions == Directions::Both { 2 * listed_count } else { listed_count },
        listed_count,
        total_weight: list.weighted.then_some(u128::MAX),
        longest_row: listed_count,
    }
}

/// Bounds the size of the graph more closely: the longest row and the sum of the weights, as if no line repeated an
/// edge. O(n + m), one thread, 8 bytes a node; one pass over the lines, and two more if they have weights.
fn size_from_lines(list: &EdgeList, directions: Directions) -> GraphSize {
    let node = |number: u32| list.node_of[NodeId(number).index()];
    let ends = list.blocks.iter().flat_map(|block| &block.ends).map(|&[u, v]| [node(u), node(v)]);
    let longest_row = graph::longest_row(list.ids.len(), ends, directions);
    let weights = || list.blocks.iter().flat_map(|block| &block.weights).copied();
    let counts = size_from_counts(list, directions);
    let total_weight = list.weighted.then(|| {
        let scale = FixedScale::of(weights());
        let listed: u128 = weights().map(|weight| u128::from(scale.fixed(weight))).sum();
        listed * u128::from(counts.edge_count / counts.listed_count.max(1))
    });
    GraphSize { total_weight, longest_row, ..counts }
}
