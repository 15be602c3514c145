//! Estimates the memory of PageRank before it runs.

use super::batch_width;
use crate::ids::{index64, offset64};

/// Bytes per node for the system of equations, which all columns share.
const SYSTEM_BYTES: u64 = 32;
/// Bytes per node for each column of a batch, padding included.
const LANE_BYTES: u64 = 80;
/// Bytes per node for each column: two copies of its teleport weights, or its scores, and two copies of its start
/// group.
const COLUMN_BYTES: u64 = 32;

/// Bytes per node that a column takes after PageRank: its scores, and the entries of the group to which it teleports.
pub const RESULT_BYTES: u64 = 12;

/// Upper estimate of the memory in bytes that [`pagerank_columns`](super::pagerank_columns) takes beyond a graph of
/// `node_count` nodes, result included. Up to eight columns are solved side by side.
pub fn estimated_bytes(node_count: u64, columns: u64) -> u64 {
    let lanes = offset64(batch_width(index64(columns)));
    node_count * (SYSTEM_BYTES + LANE_BYTES * lanes + COLUMN_BYTES * columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_columns_take_as_much_as_the_others() {
        let bytes = |columns| estimated_bytes(1000, columns) / 1000;
        assert_eq!(bytes(1), 32 + 80 + 32);
        assert_eq!(bytes(4), 32 + 4 * 80 + 4 * 32);
        assert_eq!(bytes(5), 32 + 8 * 80 + 5 * 32, "five columns are solved as eight");
        assert_eq!(bytes(8) - bytes(5), 3 * 32);
        assert_eq!(bytes(20), 32 + 8 * 80 + 20 * 32, "no more than eight at once");
    }
}
