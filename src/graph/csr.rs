//! Compact sparse rows: one direction of a graph.

use std::ops::Range;

use rayon::prelude::*;

use super::{Array, CompressedRows, Row, Rows, StoredRows, UnsoundGraph};
use crate::{
    ids::{NodeId, id32, index64, offset64},
    num,
};

/// One direction of a graph: row `u` lists the neighbors of `u`, sorted, each once, with its weight.
///
/// Rows are plain or compressed ([`Storage`]); [`Csr::rows`] reads both.
#[derive(Clone, Debug)]
pub struct Csr {
    rows: RowStorage,
}

#[derive(Clone, Debug)]
enum RowStorage {
    Plain(PlainRows),
    Compressed(CompressedRows),
}

/// How rows are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// As arrays: 4 bytes per edge, and 4 for its weight.
    #[default]
    Plain,
    /// As gaps between neighbors, and weights, each number in as few bytes as it needs. Kernels give the same results
    /// as with plain rows, but run more slowly.
    Compressed,
}

impl Storage {
    /// The name of the storage in outputs: `plain` or `packed`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Compressed => "packed",
        }
    }
}

/// The arrays of plain rows.
#[derive(Clone, Debug)]
pub struct PlainRows {
    offsets: Array<u64>,
    targets: Array<NodeId>,
    /// One weight ≥ 1 for each entry of `targets`; `None` means that every edge has weight 1.
    weights: Option<Array<u32>>,
}

impl PlainRows {
    /// The index at which each row starts in [`PlainRows::targets`]; `node_count + 1` entries.
    #[inline]
    pub fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    /// All neighbors, row after row.
    #[inline]
    pub fn targets(&self) -> &[NodeId] {
        &self.targets
    }

    /// The weight of every entry of [`PlainRows::targets`].
    #[inline]
    pub fn weights(&self) -> Option<&[u32]> {
        self.weights.as_deref()
    }

    #[inline]
    fn edges(&self) -> Row<'_> {
        Row { targets: self.targets(), weights: self.weights() }
    }
}

impl From<CompressedRows> for Csr {
    fn from(rows: CompressedRows) -> Self {
        Self { rows: RowStorage::Compressed(rows) }
    }
}

impl Csr {
    /// Joins the three arrays of plain rows. Only their lengths are asserted; [`Csr::check`] verifies the rest.
    pub(crate) fn from_parts(
        offsets: Array<u64>,
        targets: Array<NodeId>,
        weights: Option<Array<u32>>,
    ) -> Self {
        assert_eq!(offsets.last().copied(), Some(offset64(targets.len())), "invariant: offsets end at m");
        assert!(weights.as_ref().is_none_or(|w| w.len() == targets.len()), "invariant: one weight per edge");
        Self { rows: RowStorage::Plain(PlainRows { offsets, targets, weights }) }
    }

    /// Number of rows.
    #[inline]
    pub fn node_count(&self) -> usize {
        match &self.rows {
            RowStorage::Plain(rows) => rows.offsets.len() - 1,
            RowStorage::Compressed(rows) => rows.node_count(),
        }
    }

    /// Number of stored edges.
    #[inline]
    pub fn edge_count(&self) -> u64 {
        match &self.rows {
            RowStorage::Plain(rows) => offset64(rows.targets.len()),
            RowStorage::Compressed(rows) => rows.edge_count,
        }
    }

    /// Whether edges carry weights.
    #[inline]
    pub fn is_weighted(&self) -> bool {
        match &self.rows {
            RowStorage::Plain(rows) => rows.weights.is_some(),
            RowStorage::Compressed(rows) => rows.weighted,
        }
    }

    /// How the rows are stored.
    pub fn storage(&self) -> Storage {
        match &self.rows {
            RowStorage::Plain(_) => Storage::Plain,
            RowStorage::Compressed(_) => Storage::Compressed,
        }
    }

    /// The bytes that the rows take in memory, or in the mapped file.
    pub fn bytes(&self) -> u64 {
        match &self.rows {
            RowStorage::Plain(rows) => offset64(
                size_of_val(rows.offsets())
                    + size_of_val(rows.targets())
                    + rows.weights().map_or(0, size_of_val),
            ),
            RowStorage::Compressed(rows) => rows.bytes(),
        }
    }

    /// The arrays of plain rows; `None` if rows are compressed.
    pub fn plain(&self) -> Option<&PlainRows> {
        match &self.rows {
            RowStorage::Plain(rows) => Some(rows),
            RowStorage::Compressed(_) => None,
        }
    }

    /// A reader of rows in any storage; use one reader per thread.
    #[inline]
    pub fn rows(&self) -> Rows<'_> {
        Rows::new(self.stored())
    }

    #[inline]
    pub(crate) fn stored(&self) -> StoredRows<'_> {
        match &self.rows {
            RowStorage::Plain(rows) => StoredRows::Plain(rows.offsets(), rows.edges()),
            RowStorage::Compressed(rows) => StoredRows::Compressed(rows),
        }
    }

    /// Number of neighbors of `u`. Meant for a single row; loops use [`Csr::rows`].
    #[inline]
    pub fn degree(&self, u: NodeId) -> usize {
        self.stored().degree(u)
    }

    /// Whether every row of `other` lists the same neighbors.
    pub fn same_neighbors(&self, other: &Self) -> bool {
        if let (Some(a), Some(b)) = (self.plain(), other.plain()) {
            return a.offsets() == b.offsets() && a.targets() == b.targets();
        }
        let both = || (self.rows(), other.rows());
        let count = self.node_count();
        count == other.node_count()
            && (0..id32(count))
                .into_par_iter()
                .map_init(both, |(a, b), u| a.neighbors(NodeId(u)) == b.neighbors(NodeId(u)))
                .all(|same| same)
    }

    /// Sum of the weights of row `u` (its weighted degree), in weight units. In loops, [`Csr::strengths`] is faster.
    #[inline]
    pub fn strength(&self, u: NodeId) -> u64 {
        self.rows().row(u).strength()
    }

    /// The strength of every row. O(n + m), parallel.
    pub fn strengths(&self) -> Vec<u64> {
        self.map_strengths(|strength| strength)
    }

    /// `of(strength)` for every row. O(n + m), parallel.
    pub(crate) fn map_strengths<T: Send>(&self, of: impl Fn(u64) -> T + Send + Sync) -> Vec<T> {
        match &self.rows {
            RowStorage::Plain(rows) if rows.weights.is_none() => {
                rows.offsets.par_windows(2).map(|ends| of(ends[1] - ends[0])).collect()
            }
            _ => self.par_map(|rows, u| of(rows.row(u).strength())).collect(),
        }
    }

    /// `of(rows, u)` for every row `u`, in parallel; `rows` is the reader of the thread.
    pub(super) fn par_map<T: Send>(
        &self,
        of: impl Fn(&mut Rows<'_>, NodeId) -> T + Sync + Send,
    ) -> impl IndexedParallelIterator<Item = T> {
        let nodes = (0..id32(self.node_count())).into_par_iter().map(NodeId);
        nodes.map_init(|| self.rows(), of)
    }

    /// Cuts the rows into at most `parts` consecutive ranges with about equal numbers of edges plus rows (compressed:
    /// bytes plus rows). The bounds depend on the graph alone.
    pub fn balanced_ranges(&self, parts: usize) -> Vec<Range<usize>> {
        let total = index64(self.size_before(self.node_count()));
        let cuts = (0..=parts).map(|part| self.first_row_after(offset64(total * part / parts.max(1))));
        let cuts: Vec<usize> = cuts.collect();
        cuts.windows(2).map(|cut| cut[0]..cut[1]).filter(|range| !range.is_empty()).collect()
    }

    /// [`Csr::balanced_ranges`] with about `edges` edges plus rows in each range.
    pub(crate) fn ranges_of(&self, edges: usize) -> Vec<Range<usize>> {
        self.balanced_ranges((index64(self.edge_count()) + self.node_count()).div_ceil(edges))
    }

    /// The number of rows before row `u`, plus their edges (compressed: their bytes).
    fn size_before(&self, u: usize) -> u64 {
        let edges = match &self.rows {
            RowStorage::Plain(rows) => rows.offsets[u],
            RowStorage::Compressed(rows) => rows.bytes_before(u),
        };
        edges + offset64(u)
    }

    /// The first row whose [`size_before`](Self::size_before) is at least `goal`.
    fn first_row_after(&self, goal: u64) -> usize {
        let (mut low, mut high) = (0, self.node_count());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.size_before(middle) < goal { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// Verifies that offsets run from 0 to the edge count, that rows strictly increase and stay below n, and that
    /// weights are ≥ 1.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn check(&self) -> Result<(), UnsoundGraph> {
        let n = self.node_count();
        if let Some(rows) = self.plain() {
            check_offsets(&rows.offsets, self.edge_count())?;
        }
        let fault_of = |rows: &mut Rows<'_>, u: NodeId| {
            let row = rows.row(u);
            if row.targets.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Some(format!("row {} is not strictly increasing", u.0));
            }
            if row.targets.last().is_some_and(|last| last.index() >= n) {
                return Some(format!("row {} names a node beyond {n}", u.0));
            }
            let is_zero = row.weights.is_some_and(|weights| weights.contains(&0));
            is_zero.then(|| format!("row {} holds an edge of weight 0", u.0))
        };
        let fault = self.par_map(fault_of).find_map_any(|fault| fault);
        fault.map_or(Ok(()), |reason| Err(UnsoundGraph { reason }))
    }

    /// A digest of the edges `(row, neighbor, weight)`, or of their reversals, that does not depend on their order.
    pub fn edge_digest(&self, reversed: bool) -> u64 {
        let of_row = |rows: &mut Rows<'_>, u: NodeId| {
            let digest = |(v, w): (NodeId, u32)| {
                let (a, b) = if reversed { (v, u) } else { (u, v) };
                num::random(u64::from(a.0), u64::from(b.0), u64::from(w), 0)
            };
            rows.row(u).iter().map(digest).fold(0, u64::wrapping_add)
        };
        self.par_map(of_row).reduce(|| 0, u64::wrapping_add)
    }
}

/// Verifies that row starts never decrease and run from 0 to the edge count, so that no row is out of range. O(n),
/// parallel.
pub(super) fn check_offsets(offsets: &[u64], edge_count: u64) -> Result<(), UnsoundGraph> {
    if offsets.first() != Some(&0) || offsets.last() != Some(&edge_count) {
        return Err(UnsoundGraph::new(format!("offsets do not run from 0 to {edge_count}")));
    }
    match offsets.par_windows(2).position_first(|ends| ends[0] > ends[1]) {
        Some(u) => Err(UnsoundGraph::new(format!("offsets fall at row {u}"))),
        None => Ok(()),
    }
}
