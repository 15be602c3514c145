//! The memory that the search for communities takes, known before it runs.

/// Bytes of a graph entry (an edge has two) in the undirected graph.
const SYMMETRIC_BYTES: u64 = 12;
/// Bytes of an entry and of a node during Leiden.
const LEIDEN_BYTES: (u64, u64) = (18, 96);
/// Bytes of a node while communities are matched with previous ones, at most: with a community for every node, rows
/// with keys, or pairs of overlapping communities with the sums of both.
const LINEAGE_BYTES: u64 = 256;

/// Bytes of a node that the result takes: its community and parts; with a community for every third node, their ids and
/// events as well.
pub const RESULT_BYTES: u64 = 56;

/// The most memory that Leiden and the lineage take beyond a directed graph of this size, in bytes.
pub fn estimated_bytes(node_count: u64, edge_count: u64) -> u64 {
    let entries = 2 * edge_count;
    let leiden = LEIDEN_BYTES.0 * entries + LEIDEN_BYTES.1 * node_count;
    SYMMETRIC_BYTES * entries + leiden.max(LINEAGE_BYTES * node_count)
}
