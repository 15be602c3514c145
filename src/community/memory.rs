//! Estimates the memory that the search for communities takes, before it runs.

/// Bytes per entry of the undirected graph; an edge has two entries.
const SYMMETRIC_BYTES: u64 = 12;
/// Bytes per entry and per node during Leiden.
const LEIDEN_BYTES: (u64, u64) = (18, 96);
/// Maximum bytes per node while communities are matched with previous communities; reached if every node is a
/// community.
const LINEAGE_BYTES: u64 = 256;

/// Bytes per node of the result: the node's community and parts, and the id and event of one community for every three
/// nodes.
pub const RESULT_BYTES: u64 = 56;

/// Upper estimate of the memory in bytes that Leiden and the lineage take beyond a directed graph of this size.
pub fn estimated_bytes(node_count: u64, edge_count: u64) -> u64 {
    let entries = 2 * edge_count;
    let leiden = LEIDEN_BYTES.0 * entries + LEIDEN_BYTES.1 * node_count;
    SYMMETRIC_BYTES * entries + leiden.max(LINEAGE_BYTES * node_count)
}
