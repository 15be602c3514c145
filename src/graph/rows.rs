//! How is a row read, whatever form the graph is in? Plain rows in place, packed ones by way of scratch memory.

use super::packed::{PackedRow, PackedRows};
use crate::ids::{NodeId, index64, offset64};

/// One row: neighbours, and their weights if the graph has any.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The neighbours, strictly increasing.
    pub targets: &'a [NodeId],
    /// Their weights, in step with `targets`; `None` means 1 each.
    pub weights: Option<&'a [u32]>,
}

impl<'a> Row<'a> {
    /// Neighbours with weights; 1 where the graph has none.
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

/// A row as it is stored, for kernels that read long rows piece by piece.
#[derive(Clone, Copy, Debug)]
pub enum StoredRow<'a> {
    /// In place.
    Plain(Row<'a>),
    /// To be decoded.
    Packed(PackedRow<'a>),
}

/// All rows of one direction as they are stored, their arrays looked up once: for loops over many rows.
#[derive(Clone, Copy, Debug)]
pub enum StoredRows<'a> {
    /// Where each row starts, and all edges.
    Plain(&'a [u64], Row<'a>),
    /// To be decoded.
    Packed(&'a PackedRows),
}

impl<'a> StoredRows<'a> {
    /// Row `u`.
    #[inline]
    pub fn row(self, u: NodeId) -> StoredRow<'a> {
        match self {
            Self::Plain(offsets, edges) => {
                let (start, end) = (offsets[u.index()], offsets[u.index() + 1]);
                StoredRow::Plain(edges.part(index64(start)..index64(end)))
            }
            Self::Packed(rows) => StoredRow::Packed(rows.row(u)),
        }
    }

    /// Number of neighbours of `u`.
    #[inline]
    pub fn degree(self, u: NodeId) -> usize {
        match self {
            Self::Plain(offsets, _) => index64(offsets[u.index() + 1] - offsets[u.index()]),
            Self::Packed(rows) => rows.degree(u),
        }
    }

    /// Where row `u` begins, for [`StoredRows::first_at`].
    #[inline]
    pub fn place(self, u: NodeId) -> u64 {
        match self {
            Self::Plain(offsets, _) => offsets[u.index()],
            Self::Packed(rows) => rows.place(u),
        }
    }

    /// The first `len` edges of row `u`, which begins at `place`: [`StoredRows::row`] without a look-up.
    #[inline]
    pub fn first_at(self, u: NodeId, place: u64, len: usize) -> StoredRow<'a> {
        match self {
            Self::Plain(_, edges) => StoredRow::Plain(edges.part(index64(place)..index64(place) + len)),
            Self::Packed(rows) => StoredRow::Packed(rows.row_at(u, place).first(len)),
        }
    }
}

/// Room for decoded rows. It grows to the longest row that was read, and stays empty where rows are plain.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    pub(super) targets: Vec<NodeId>,
    pub(super) weights: Vec<u32>,
}

impl StoredRow<'_> {
    /// Number of edges.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(self) -> usize {
        match self {
            Self::Plain(row) => row.targets.len(),
            Self::Packed(row) => row.len(),
        }
    }
}

/// Reads rows one at a time: the way into a graph for all who do not care in which form it is.
///
/// One reader a thread. Plain rows are lent where they stand; packed ones are decoded, which takes 4 bytes for each
/// edge of the longest row, 8 with weights.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
/// let g = graph::build(3, vec![edge(0, 2), edge(0, 1)], Weighting::Unweighted);
/// assert_eq!(g.out_edges().rows().neighbours(NodeId(0)), [NodeId(1), NodeId(2)]);
/// ```
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    rows: StoredRows<'a>,
    scratch: Scratch,
}

impl<'a> Rows<'a> {
    pub(super) fn new(rows: StoredRows<'a>) -> Self {
        Self { rows, scratch: Scratch::default() }
    }

    /// Row `u`.
    #[inline]
    pub fn row(&mut self, u: NodeId) -> Row<'_> {
        match self.rows.row(u) {
            StoredRow::Plain(row) => row,
            StoredRow::Packed(row) => row.decode(&mut self.scratch),
        }
    }

    /// The neighbours of `u`, sorted.
    #[inline]
    pub fn neighbours(&mut self, u: NodeId) -> &[NodeId] {
        self.first_neighbours(u, usize::MAX)
    }

    /// The first `len` neighbours of `u`, or all where there are fewer.
    #[inline]
    pub fn first_neighbours(&mut self, u: NodeId, len: usize) -> &[NodeId] {
        match self.rows.row(u) {
            StoredRow::Plain(row) => &row.targets[..len.min(row.targets.len())],
            StoredRow::Packed(row) => row.first(len).decode_targets(&mut self.scratch),
        }
    }
}
