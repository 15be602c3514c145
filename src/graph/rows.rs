//! Readers of rows in any storage: plain rows are read in place, compressed rows are decoded into a buffer.

use super::compressed::{CompressedRow, CompressedRows};
use crate::ids::{NodeId, index64, offset64};

/// One row: neighbors, and their weights if the graph has any.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The neighbors, strictly increasing.
    pub targets: &'a [NodeId],
    /// The weight of each neighbor; `None` means that every weight is 1.
    pub weights: Option<&'a [u32]>,
}

impl<'a> Row<'a> {
    /// Neighbors with weights, which are 1 in a graph without weights.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = (NodeId, u32)> + use<'a> {
        let weights = self.weights;
        self.targets.iter().enumerate().map(move |(i, &v)| (v, weights.map_or(1, |w| w[i])))
    }

    /// Sum of the weights, in weight units.
    #[inline]
    pub fn strength(self) -> u64 {
        match self.weights {
            Some(weights) => weights.iter().map(|&w| u64::from(w)).sum(),
            None => offset64(self.targets.len()),
        }
    }

    /// A part of the row.
    #[inline]
    #[must_use]
    pub fn part(self, range: std::ops::Range<usize>) -> Self {
        Row { targets: &self.targets[range.clone()], weights: self.weights.map(|weights| &weights[range]) }
    }
}

/// One row as it is stored, for kernels that read long rows piece by piece.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StoredRow<'a> {
    Plain(Row<'a>),
    Compressed(CompressedRow<'a>),
}

/// All rows of one direction as they are stored: for loops over many rows, which look up the arrays once.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StoredRows<'a> {
    /// Where each row starts, and all edges.
    Plain(&'a [u64], Row<'a>),
    Compressed(&'a CompressedRows),
}

impl<'a> StoredRows<'a> {
    #[inline]
    pub(crate) fn row(self, u: NodeId) -> StoredRow<'a> {
        match self {
            Self::Plain(offsets, edges) => {
                let (start, end) = (offsets[u.index()], offsets[u.index() + 1]);
                StoredRow::Plain(edges.part(index64(start)..index64(end)))
            }
            Self::Compressed(rows) => StoredRow::Compressed(rows.row(u)),
        }
    }

    #[inline]
    pub(crate) fn degree(self, u: NodeId) -> usize {
        match self {
            Self::Plain(offsets, _) => index64(offsets[u.index() + 1] - offsets[u.index()]),
            Self::Compressed(rows) => rows.degree(u),
        }
    }

    /// The position at which row `u` begins, for [`StoredRows::first_edges_at`].
    #[inline]
    pub(crate) fn position(self, u: NodeId) -> u64 {
        match self {
            Self::Plain(offsets, _) => offsets[u.index()],
            Self::Compressed(rows) => rows.position(u),
        }
    }

    /// The first `len` edges of row `u`, which begins at `position`: [`StoredRows::row`] without a look-up.
    #[inline]
    pub(crate) fn first_edges_at(self, u: NodeId, position: u64, len: usize) -> StoredRow<'a> {
        match self {
            Self::Plain(_, edges) => StoredRow::Plain(edges.part(index64(position)..index64(position) + len)),
            Self::Compressed(rows) => StoredRow::Compressed(rows.row_at(u, position).first(len)),
        }
    }
}

/// Buffer for decoded rows. It grows to the longest row that was read, and stays empty where rows are plain.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowBuffer {
    pub(super) targets: Vec<NodeId>,
    pub(super) weights: Vec<u32>,
}

/// Reads rows of any storage one at a time: the usual way to read a graph in a loop.
///
/// Use one reader per thread. Plain rows are borrowed in place; compressed ones are decoded into a buffer of 4 bytes
/// for each edge of the longest row, 8 with weights.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
/// let g = graph::build(3, vec![edge(0, 2), edge(0, 1)], Weighting::Unweighted);
/// assert_eq!(g.out_edges().rows().neighbors(NodeId(0)), [NodeId(1), NodeId(2)]);
/// ```
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    rows: StoredRows<'a>,
    buffer: RowBuffer,
}

impl<'a> Rows<'a> {
    pub(super) fn new(rows: StoredRows<'a>) -> Self {
        Self { rows, buffer: RowBuffer::default() }
    }

    /// Row `u`.
    #[inline]
    pub fn row(&mut self, u: NodeId) -> Row<'_> {
        match self.rows.row(u) {
            StoredRow::Plain(row) => row,
            StoredRow::Compressed(row) => row.decode(&mut self.buffer),
        }
    }

    /// The neighbors of `u`, sorted.
    #[inline]
    pub fn neighbors(&mut self, u: NodeId) -> &[NodeId] {
        self.first_neighbors(u, usize::MAX)
    }

    /// The first `len` neighbors of `u`, or all if there are fewer.
    #[inline]
    pub fn first_neighbors(&mut self, u: NodeId, len: usize) -> &[NodeId] {
        match self.rows.row(u) {
            StoredRow::Plain(row) => &row.targets[..len.min(row.targets.len())],
            StoredRow::Compressed(row) => row.first(len).decode_targets(&mut self.buffer),
        }
    }
}
