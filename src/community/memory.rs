//! Estimates the memory that the search for communities takes, before it runs.

/// Bytes of an entry (an edge has two) of the undirected graph.
const SYMMETRIC_BYTES: u64 = 12;
/// Bytes per entry and per node during Leiden.
const LEIDEN_BYTES: (u64, u64) = (18, 96);
/// The most bytes per node while communities are matched with previous ones; reached if every node is a community.
const LINEAGE_BYTES: u64 = 256;

/// Bytes per node of the result: community and parts, and ids and events of a community for every third node.
pub const RESULT_BYTES: u64 = 56;

/// The most memory that Leiden and the lineage take beyond a directed graph of this size, in bytes.
pub fn estimated_bytes(node_count: u64, edge_count: u64) -> u64 {
    let entries = 2 * edge_count;
    let leiden = LEIDEN_BYTES.0 * entries + LEIDEN_BYTES.1 * node_count;
    SYMMETRIC_BYTES * entries + leiden.max(LINEAGE_BYTES * node_count)
}
