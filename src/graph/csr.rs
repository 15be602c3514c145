//! Compact sparse rows: one direction of a graph.

use std::ops::Range;

use rayon::prelude::*;

use super::{Array, Row, Rows, Scratch, StoredRow, packed::PackedRows};
use crate::{
    ids::{NodeId, id32, index64, offset64},
    num,
};

/// One direction of a graph: row `u` lists the neighbours of `u`, sorted, each once, with its weight.
///
/// Rows are plain or packed ([`Form`]); [`Csr::rows`] reads both.
#[derive(Clone, Debug)]
pub struct Csr {
    storage: Storage,
}

#[derive(Clone, Debug)]
enum Storage {
    Plain(PlainRows),
    Packed(PackedRows),
}

/// How rows are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As they are: 4 bytes an edge, and 4 for its weight.
    Plain,
    /// Compressed: gaps between neighbours and weights in as few bytes as each needs. The same answers, more slowly.
    Packed,
}

impl Form {
    /// The word for it in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Packed => "packed",
        }
    }
}

/// The arrays of plain rows.
#[derive(Clone, Debug)]
pub struct PlainRows {
    /// Where each row starts; `node_count + 1` long, from 0 to `edge_count`.
    offsets: Array<u64>,
    targets: Array<NodeId>,
    /// As long as `targets`, each ≥ 1; `None` means that every edge weighs 1.
    weights: Option<Array<u32>>,
}

impl PlainRows {
    /// Where each row starts in [`PlainRows::targets`]; `node_count + 1` long.
    #[inline]
    pub fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    /// All neighbours, row after row.
    #[inline]
    pub fn targets(&self) -> &[NodeId] {
        &self.targets
    }

    /// All weights in step with [`PlainRows::targets`].
    #[inline]
    pub fn weights(&self) -> Option<&[u32]> {
        self.weights.as_deref()
    }

    /// The edges at `range`.
    #[inline]
    fn part(&self, range: Range<usize>) -> Row<'_> {
        Row { targets: &self.targets[range.clone()], weights: self.weights.as_ref().map(|w| &w[range]) }
    }

    /// The positions of row `u` in [`PlainRows::targets`].
    #[inline]
    fn range(&self, u: NodeId) -> Range<usize> {
        index64(self.offsets[u.index()])..index64(self.offsets[u.index() + 1])
    }
}

impl From<PackedRows> for Csr {
    fn from(rows: PackedRows) -> Self {
        Self { storage: Storage::Packed(rows) }
    }
}

impl Csr {
    /// Joins the three arrays of plain rows; [`Csr::check`] verifies what is only asserted in outline here.
    pub fn from_parts(offsets: Array<u64>, targets: Array<NodeId>, weights: Option<Array<u32>>) -> Self {
        assert_eq!(offsets.last().copied(), Some(offset64(targets.len())), "invariant: offsets end at m");
        assert!(weights.as_ref().is_none_or(|w| w.len() == targets.len()), "invariant: a weight an edge");
        Self { storage: Storage::Plain(PlainRows { offsets, targets, weights }) }
    }

    /// Number of rows.
    #[inline]
    pub fn node_count(&self) -> usize {
        match &self.storage {
            Storage::Plain(rows) => rows.offsets.len() - 1,
            Storage::Packed(rows) => rows.node_count(),
        }
    }

    /// Number of stored edges.
    #[inline]
    pub fn edge_count(&self) -> u64 {
        match &self.storage {
            Storage::Plain(rows) => offset64(rows.targets.len()),
            Storage::Packed(rows) => rows.edge_count(),
        }
    }

    /// Whether edges carry weights.
    #[inline]
    pub fn is_weighted(&self) -> bool {
        match &self.storage {
            Storage::Plain(rows) => rows.weights.is_some(),
            Storage::Packed(rows) => rows.is_weighted(),
        }
    }

    /// How the rows are held.
    pub fn form(&self) -> Form {
        match &self.storage {
            Storage::Plain(_) => Form::Plain,
            Storage::Packed(_) => Form::Packed,
        }
    }

    /// The bytes that the rows take in memory, or in the mapped file.
    pub fn bytes(&self) -> u64 {
        match &self.storage {
            Storage::Plain(rows) => offset64(
                size_of_val(rows.offsets())
                    + size_of_val(rows.targets())
                    + rows.weights().map_or(0, size_of_val),
            ),
            Storage::Packed(rows) => rows.bytes(),
        }
    }

    /// The arrays of plain rows; none of packed ones.
    pub fn plain(&self) -> Option<&PlainRows> {
        match &self.storage {
            Storage::Plain(rows) => Some(rows),
            Storage::Packed(_) => None,
        }
    }

    /// A reader of rows, whatever their form; one a thread.
    #[inline]
    pub fn rows(&self) -> Rows<'_> {
        Rows::new(self)
    }

    /// Row `u` as it is stored.
    #[inline]
    pub fn stored(&self, u: NodeId) -> StoredRow<'_> {
        match &self.storage {
            Storage::Plain(rows) => StoredRow::Plain(rows.part(rows.range(u))),
            Storage::Packed(rows) => StoredRow::Packed(rows.row(u)),
        }
    }

    /// Calls `each` with some rows, one after the other: faster than one by one where rows are short.
    #[inline]
    pub(super) fn for_each_row(&self, rows: Range<usize>, mut each: impl FnMut(NodeId, Row<'_>)) {
        match &self.storage {
            Storage::Plain(plain) => {
                let all = Row { targets: plain.targets(), weights: plain.weights() };
                let ends = plain.offsets()[rows.start..=rows.end].windows(2);
                for (u, ends) in rows.zip(ends) {
                    each(NodeId::new(u), all.part(index64(ends[0])..index64(ends[1])));
                }
            }
            Storage::Packed(packed) => {
                let mut scratch = Scratch::default();
                for u in rows.map(NodeId::new) {
                    each(u, packed.row(u).decode(&mut scratch));
                }
            }
        }
    }

    /// Where row `u` begins, for [`Csr::first_at`].
    #[inline]
    pub fn place(&self, u: NodeId) -> u64 {
        match &self.storage {
            Storage::Plain(rows) => rows.offsets[u.index()],
            Storage::Packed(rows) => rows.place(u),
        }
    }

    /// The first `len` edges of row `u`, which begins at `place`: [`Csr::stored`] without a look-up.
    #[inline]
    pub fn first_at(&self, u: NodeId, place: u64, len: usize) -> StoredRow<'_> {
        match &self.storage {
            Storage::Plain(rows) => StoredRow::Plain(rows.part(index64(place)..index64(place) + len)),
            Storage::Packed(rows) => StoredRow::Packed(rows.row_at(u, place).first(len)),
        }
    }

    /// Number of neighbours of `u`.
    #[inline]
    pub fn degree(&self, u: NodeId) -> usize {
        match &self.storage {
            Storage::Plain(rows) => rows.range(u).len(),
            Storage::Packed(rows) => rows.degree(u),
        }
    }

    /// Whether every row of `other` lists the same neighbours.
    pub fn same_neighbours(&self, other: &Self) -> bool {
        if let (Some(a), Some(b)) = (self.plain(), other.plain()) {
            return a.offsets() == b.offsets() && a.targets() == b.targets();
        }
        let both = || (self.rows(), other.rows());
        let count = self.node_count();
        count == other.node_count()
            && (0..id32(count))
                .into_par_iter()
                .map_init(both, |(a, b), u| a.neighbours(NodeId(u)) == b.neighbours(NodeId(u)))
                .all(|same| same)
    }

    /// Sum of the weights of row `u` (the weighted degree), in weight units. For one row; [`Csr::strengths`] for many.
    #[inline]
    pub fn strength(&self, u: NodeId) -> u64 {
        self.rows().row(u).strength()
    }

    /// The strength of every row. O(n + m), parallel.
    pub fn strengths(&self) -> Vec<u64> {
        match &self.storage {
            Storage::Plain(rows) if rows.weights.is_none() => {
                rows.offsets.par_windows(2).map(|ends| ends[1] - ends[0]).collect()
            }
            _ => {
                let nodes = (0..id32(self.node_count())).into_par_iter();
                nodes.map_init(|| self.rows(), |rows, u| rows.row(NodeId(u)).strength()).collect()
            }
        }
    }

    /// Cuts the rows into at most `parts` consecutive ranges of about equal edges plus rows, by the data alone; packed
    /// rows, by bytes plus rows.
    pub fn balanced_ranges(&self, parts: usize) -> Vec<Range<usize>> {
        let total = index64(self.size_before(self.node_count()));
        let cuts = (0..=parts).map(|part| self.partition_rows(offset64(total * part / parts.max(1))));
        let cuts: Vec<usize> = cuts.collect();
        cuts.windows(2).map(|cut| cut[0]..cut[1]).filter(|range| !range.is_empty()).collect()
    }

    /// [`Csr::balanced_ranges`] of about so many edges plus rows each.
    pub fn ranges_of(&self, edges: usize) -> Vec<Range<usize>> {
        self.balanced_ranges((index64(self.edge_count()) + self.node_count()).div_ceil(edges))
    }

    /// Rows before row `u` and edges in them, or bytes.
    fn size_before(&self, u: usize) -> u64 {
        let edges = match &self.storage {
            Storage::Plain(rows) => rows.offsets[u],
            Storage::Packed(rows) => rows.bytes_before(u),
        };
        edges + offset64(u)
    }

    /// The first row with at least `goal` before it.
    fn partition_rows(&self, goal: u64) -> usize {
        let (mut low, mut high) = (0, self.node_count());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.size_before(middle) < goal { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// Verifies: offsets rise from 0 to the edge count; rows strictly increase and stay below n; weights ≥ 1.
    ///
    /// # Errors
    /// The first invariant that does not hold, in words.
    pub fn check(&self) -> Result<(), String> {
        let n = self.node_count();
        if let Some(rows) = self.plain() {
            check_offsets(&rows.offsets, self.edge_count())?;
        }
        (0..id32(n)).into_par_iter().try_for_each_init(
            || self.rows(),
            |rows, u| {
                let row = rows.row(NodeId(u));
                if row.targets.windows(2).any(|pair| pair[0] >= pair[1]) {
                    return Err(format!("row {u} is not strictly increasing"));
                }
                if row.targets.last().is_some_and(|last| last.index() >= n) {
                    return Err(format!("row {u} names a node beyond {n}"));
                }
                if row.weights.is_some_and(|weights| weights.contains(&0)) {
                    return Err(format!("row {u} holds an edge of weight 0"));
                }
                Ok(())
            },
        )
    }

    /// An order-free digest of the edges `(row, neighbour, weight)`, or of their reversals.
    pub fn edge_digest(&self, reversed: bool) -> u64 {
        (0..id32(self.node_count()))
            .into_par_iter()
            .map_init(
                || self.rows(),
                |rows, u| {
                    let digest = |(v, w): (NodeId, u32)| {
                        let (a, b) = if reversed { (v.0, u) } else { (u, v.0) };
                        num::random(u64::from(a), u64::from(b), u64::from(w), 0)
                    };
                    rows.row(NodeId(u)).iter().map(digest).fold(0, u64::wrapping_add)
                },
            )
            .reduce(|| 0, u64::wrapping_add)
    }
}

/// Verifies that row starts rise from 0 to the edge count, so that no row is out of range. O(n), parallel.
pub(super) fn check_offsets(offsets: &[u64], edge_count: u64) -> Result<(), String> {
    if offsets.first() != Some(&0) || offsets.last() != Some(&edge_count) {
        return Err(format!("offsets do not run from 0 to {edge_count}"));
    }
    match offsets.par_windows(2).position_first(|ends| ends[0] > ends[1]) {
        Some(u) => Err(format!("offsets fall at row {u}")),
        None => Ok(()),
    }
}
