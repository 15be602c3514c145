//! Estimates the memory of a graph and of its build from counts that are known in advance.

use super::{Directions, Storage, buckets::MIN_BUCKET_ITEMS, compressed, transpose::PASSES};
use crate::{
    huge_pages,
    ids::{NodeId, offset64},
};

/// The size of a graph, as far as it is known before the graph is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphSize {
    /// Number of nodes.
    pub node_count: u64,
    /// Upper bound on the number of edges: the number of listed edges, or twice that in an undirected graph.
    pub edge_count: u64,
    /// Number of edges listed in the blocks.
    pub listed_count: u64,
    /// Upper bound on the sum of all weights; `None` in a graph without weights.
    pub total_weight: Option<u128>,
    /// Upper bound on the edges of the longest row.
    pub longest_row: u64,
}

/// Minimum number of buckets if there are many items.
const MIN_BUCKETS: u64 = 128;
/// Allowance for the counters of chunks, and for partly used pages.
const COUNTER_BYTES: u64 = 16 << 20;

impl GraphSize {
    /// The bytes of the rows of both directions: exact for [`Storage::Plain`] if the graph has `edge_count` edges, an
    /// upper bound for [`Storage::Compressed`]. Readers take [`GraphSize::reader_bytes`] in addition.
    pub fn held_bytes(&self, storage: Storage) -> u64 {
        match storage {
            Storage::Plain => 16 * (self.node_count + 1) + 2 * self.row_bytes() * self.edge_count,
            Storage::Compressed => {
                2 * compressed::bytes_at_most(self.node_count, self.edge_count, self.total_weight)
            }
        }
    }

    /// Upper bound on the memory that rows of [`GraphSize::held_bytes`] take, because memory is allocated in whole
    /// pages.
    pub fn taken_bytes(&self, storage: Storage) -> u64 {
        let arrays = match storage {
            // The arrays of one direction: offsets, neighbors, and weights if there are any.
            Storage::Plain => {
                let weights = 4 * self.edge_count * u64::from(self.total_weight.is_some());
                [8 * (self.node_count + 1), 4 * self.edge_count, weights]
            }
            Storage::Compressed => [self.held_bytes(storage) / 2, 0, 0],
        };
        2 * arrays.map(huge_pages::taken_bytes).iter().sum::<u64>()
    }

    /// The bytes of the blocks of edges.
    pub fn listed_bytes(&self) -> u64 {
        2 * self.row_bytes() * self.listed_count
    }

    /// Upper bound on the memory that [`locality_order`](super::locality_order) takes in addition to the blocks, on
    /// `threads` threads, if the node numbers in the blocks are below `numbers`.
    pub fn order_bytes(&self, numbers: u64, threads: u64) -> u64 {
        let tables = threads.min((2 * self.listed_count / numbers.max(1)).max(1));
        16 * self.node_count
            + huge_pages::taken_bytes(2 * self.node_count)
            + tables * huge_pages::taken_bytes(2 * numbers)
    }

    /// Upper bound on the peak of [`build_blocks`](super::build_blocks) on `threads` threads, including the blocks that
    /// it is given and the graph that it returns.
    pub fn build_bytes(&self, storage: Storage, threads: u64) -> u64 {
        let item = 2 * self.row_bytes();
        let (blocks, buckets) = (self.listed_bytes(), huge_pages::taken_bytes(item * self.edge_count));
        let held = self.taken_bytes(storage);
        let peak = match storage {
            // The working memory of the sort is at most as large as the rows, which are allocated later.
            Storage::Plain => (blocks + buckets).max(buckets + held),
            // A pass holds about `1 / PASSES` of the edges, but bins of rows are not divided, hence the factor 2. In
            // addition, each thread keeps buffers for its largest bucket so far: one bucket's size for sorting, and
            // one for its rows, plain and encoded together.
            Storage::Compressed => {
                let pass = (2 * buckets / PASSES as u64).max(item * self.longest_row).min(buckets);
                let bucket = item * (self.longest_row + offset64(MIN_BUCKET_ITEMS)) + pass / MIN_BUCKETS;
                let working = pass + 2 * (threads * bucket).min(pass);
                (blocks + working + held / 2).max(working + held)
            }
        };
        peak + 8 * self.node_count + COUNTER_BYTES
    }

    /// The buffers of two readers of compressed rows per thread, each grown to the longest row; 0 for plain rows.
    pub fn reader_bytes(&self, storage: Storage, threads: u64) -> u64 {
        match storage {
            Storage::Plain => 0,
            Storage::Compressed => 2 * threads * self.row_bytes() * self.longest_row,
        }
    }

    /// The bytes of an edge in a plain row.
    fn row_bytes(&self) -> u64 {
        if self.total_weight.is_some() { 8 } else { 4 }
    }
}

/// Bounds the length of the longest row of a graph, from the two ends of every edge.
///
/// - **Input**: `ends` below `node_count`; with [`Directions::Both`] an edge is in the rows of both of its ends.
/// - **Output**: an upper bound on the edges of the longest row, exact if no edge is listed twice; 0 without edges.
///   Counts saturate at `u32::MAX`.
/// - **Stop**: at the end of `ends`.
/// - **Cost**: O(n + m), one thread; memory 8 bytes per node.
/// - **Same bits**: nothing is parallel.
/// - **Source**: counting.
/// - **Checked by**: `tests/it/graph/compressed.rs`: peak memory of the program under a limit.
pub fn longest_row(
    node_count: usize,
    ends: impl Iterator<Item = [NodeId; 2]>,
    directions: Directions,
) -> u64 {
    let mut degrees = vec![[0_u32; 2]; node_count];
    for [u, v] in ends {
        for (node, side) in [(u, 0), (v, 1)] {
            let degree = &mut degrees[node.index()][side];
            *degree = degree.saturating_add(1);
        }
    }
    let longest = |[out, into]: [u32; 2]| match directions {
        Directions::AsWritten => u64::from(out.max(into)),
        Directions::Both => u64::from(out) + u64::from(into),
    };
    degrees.into_iter().map(longest).max().unwrap_or(0)
}
