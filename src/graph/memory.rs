//! How much memory does a graph take, before it takes it?

use super::{Directions, Form, packed, piles::MIN_PILE_ITEMS, transpose::PASSES};
use crate::{
    huge_pages,
    ids::{NodeId, offset64},
};

/// What is known of a graph before it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphSize {
    /// All nodes.
    pub node_count: u64,
    /// At most so many edges; twice as many as are listed where they go both ways.
    pub edge_count: u64,
    /// Edges as they are listed in the blocks.
    pub listed_count: u64,
    /// The sum of the weights of all edges at most; none in a graph without weights.
    pub total_weight: Option<u128>,
    /// The edges of the longest row at most.
    pub longest_row: u64,
}

/// Where piles are cut from many items, they are at least so many.
const PILES_AT_LEAST: u64 = 128;
/// Counters of the chunks that are dealt, and a page here and there.
const COUNTER_BYTES: u64 = 16 << 20;

impl GraphSize {
    /// The bytes of the rows of both directions: exactly of [`Form::Plain`] with as many edges, an upper bound of
    /// [`Form::Packed`]. A packed row that is read takes [`GraphSize::reader_bytes`] beside.
    pub fn held_bytes(&self, form: Form) -> u64 {
        match form {
            Form::Plain => 16 * (self.node_count + 1) + 2 * self.row_bytes() * self.edge_count,
            Form::Packed => 2 * packed::bytes_at_most(self.node_count, self.edge_count, self.total_weight),
        }
    }

    /// What [`GraphSize::held_bytes`] take of memory at most, which is handed out in whole pages.
    pub fn taken_bytes(&self, form: Form) -> u64 {
        let arrays = match form {
            // Of a direction: offsets, neighbours, and weights where there are any.
            Form::Plain => {
                let weights = 4 * self.edge_count * u64::from(self.total_weight.is_some());
                [8 * (self.node_count + 1), 4 * self.edge_count, weights]
            }
            Form::Packed => [self.held_bytes(form) / 2, 0, 0],
        };
        2 * arrays.map(huge_pages::taken_bytes).iter().sum::<u64>()
    }

    /// What the blocks of edges take.
    pub fn listed_bytes(&self) -> u64 {
        2 * self.row_bytes() * self.listed_count
    }

    /// The most that [`locality_order`](super::locality_order) takes on so many threads for blocks with numbers below
    /// `numbers`, beside the blocks.
    pub fn order_bytes(&self, numbers: u64, threads: u64) -> u64 {
        let tables = threads.min((2 * self.listed_count / numbers.max(1)).max(1));
        16 * self.node_count
            + huge_pages::taken_bytes(2 * self.node_count)
            + tables * huge_pages::taken_bytes(2 * numbers)
    }

    /// The most that [`build_blocks`](super::build_blocks) takes at once, from the blocks that it is given to the graph
    /// that it gives back, on so many threads.
    pub fn build_bytes(&self, form: Form, threads: u64) -> u64 {
        let item = 2 * self.row_bytes();
        let (blocks, dealt) = (self.listed_bytes(), huge_pages::taken_bytes(item * self.edge_count));
        let held = self.taken_bytes(form);
        let peak = match form {
            // What piles are sorted with is no more than the rows that come later.
            Form::Plain => (blocks + dealt).max(dealt + held),
            // A pass deals about a part of the edges; granules of rows are not divided, hence up to two. Beside it each
            // thread has the longest pile that it met twice: sorted, and as rows before and after they are packed.
            Form::Packed => {
                let pass = (2 * dealt / PASSES as u64).max(item * self.longest_row).min(dealt);
                let pile = item * (self.longest_row + offset64(MIN_PILE_ITEMS)) + pass / PILES_AT_LEAST;
                let working = pass + 2 * (threads * pile).min(pass);
                (blocks + working + held / 2).max(working + held)
            }
        };
        peak + 8 * self.node_count + COUNTER_BYTES
    }

    /// What the readers of packed rows take, two a thread, if each has met the longest row; plain rows need none.
    pub fn reader_bytes(&self, form: Form, threads: u64) -> u64 {
        match form {
            Form::Plain => 0,
            Form::Packed => 2 * threads * self.row_bytes() * self.longest_row,
        }
    }

    /// Bytes of an edge in a plain row.
    fn row_bytes(&self) -> u64 {
        if self.total_weight.is_some() { 8 } else { 4 }
    }
}

/// The most edges that any node has out or in, repeats counted, from the two ends of every edge.
///
/// - **Input**: `ends` below `node_count`; with [`Directions::Both`] an edge stands in the rows of both of its ends.
/// - **Output**: an upper bound on the longest row of the graph, exact where no edge comes twice; 0 without edges, and
///   counts stop at `u32::MAX`.
/// - **Stop**: at the end of `ends`.
/// - **Cost**: O(n + m), one thread; memory 8 bytes a node.
/// - **Same bits**: nothing is parallel.
/// - **Source**: counting.
/// - **Checked by**: `tests/it/graph/packed.rs`: programs that are given a limit stay within it.
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
