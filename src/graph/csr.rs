//! Compact sparse rows: one direction of a graph.

use std::ops::Range;

use rayon::prelude::*;

use super::Array;
use crate::{
    ids::{NodeId, id32, index64, offset64},
    num,
};

/// One direction of a graph: row `u` lists the neighbours of `u`, sorted, each once, with its weight.
#[derive(Clone, Debug)]
pub struct Csr {
    /// Where each row starts; `node_count + 1` long, from 0 to `edge_count`.
    offsets: Array<u64>,
    targets: Array<NodeId>,
    /// As long as `targets`, each ≥ 1; `None` means that every edge weighs 1.
    weights: Option<Array<u32>>,
}

/// One row: neighbours, and their weights if the graph has any.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The neighbours, strictly increasing.
    pub targets: &'a [NodeId],
    /// Their weights, in step with `targets`; `None` means 1 each.
    pub weights: Option<&'a [u32]>,
}

impl Csr {
    /// Joins the three arrays; [`Csr::check`] verifies what is only asserted in outline here.
    pub fn from_parts(offsets: Array<u64>, targets: Array<NodeId>, weights: Option<Array<u32>>) -> Self {
        assert_eq!(offsets.last().copied(), Some(offset64(targets.len())), "invariant: offsets end at m");
        assert!(weights.as_ref().is_none_or(|w| w.len() == targets.len()), "invariant: a weight an edge");
        Self { offsets, targets, weights }
    }

    /// Number of rows.
    #[inline]
    pub fn node_count(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of stored edges.
    #[inline]
    pub fn edge_count(&self) -> u64 {
        offset64(self.targets.len())
    }

    /// Whether edges carry weights.
    #[inline]
    pub fn is_weighted(&self) -> bool {
        self.weights.is_some()
    }

    /// Where each row starts in [`Csr::targets`]; `node_count + 1` long.
    #[inline]
    pub fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    /// All neighbours, row after row.
    #[inline]
    pub fn targets(&self) -> &[NodeId] {
        &self.targets
    }

    /// All weights in step with [`Csr::targets`].
    #[inline]
    pub fn weights(&self) -> Option<&[u32]> {
        self.weights.as_deref()
    }

    /// The positions of row `u` in [`Csr::targets`].
    #[inline]
    pub fn range(&self, u: NodeId) -> Range<usize> {
        index64(self.offsets[u.index()])..index64(self.offsets[u.index() + 1])
    }

    /// Row `u`.
    #[inline]
    pub fn row(&self, u: NodeId) -> Row<'_> {
        let range = self.range(u);
        Row { targets: &self.targets[range.clone()], weights: self.weights.as_ref().map(|w| &w[range]) }
    }

    /// The neighbours of `u`, sorted.
    #[inline]
    pub fn neighbours(&self, u: NodeId) -> &[NodeId] {
        &self.targets[self.range(u)]
    }

    /// Number of neighbours of `u`.
    #[inline]
    pub fn degree(&self, u: NodeId) -> usize {
        self.range(u).len()
    }

    /// Sum of the weights of row `u` (the weighted degree), in weight units.
    #[inline]
    pub fn strength(&self, u: NodeId) -> u64 {
        self.row(u).strength()
    }

    /// The strength of every row. O(n + m), parallel.
    pub fn strengths(&self) -> Vec<u64> {
        (0..id32(self.node_count())).into_par_iter().map(|u| self.strength(NodeId(u))).collect()
    }

    /// Cuts the rows into at most `parts` consecutive ranges of about equal edges plus rows, by the data alone.
    pub fn balanced_ranges(&self, parts: usize) -> Vec<Range<usize>> {
        let n = self.node_count();
        let total = self.targets.len() + n;
        let cuts = (0..=parts).map(|part| {
            let goal = offset64(total * part / parts.max(1));
            // Row u ends at offsets[u + 1] + u + 1 on the scale that counts rows and edges alike.
            self.partition_rows(goal)
        });
        let cuts: Vec<usize> = cuts.collect();
        cuts.windows(2).map(|cut| cut[0]..cut[1]).filter(|range| !range.is_empty()).collect()
    }

    /// The first row whose start, counted in edges and rows before it, is at least `goal`.
    fn partition_rows(&self, goal: u64) -> usize {
        let (mut low, mut high) = (0, self.node_count());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.offsets[middle] + offset64(middle) < goal { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// Verifies: offsets rise from 0 to the edge count; rows strictly increase and stay below n; weights ≥ 1.
    ///
    /// # Errors
    /// The first invariant that does not hold, in words.
    pub fn check(&self) -> Result<(), String> {
        let n = self.node_count();
        check_offsets(&self.offsets, self.edge_count())?;
        (0..id32(n)).into_par_iter().try_for_each(|u| {
            let row = self.row(NodeId(u));
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
        })
    }

    /// An order-free digest of the edges `(row, neighbour, weight)`, or of their reversals.
    pub fn edge_digest(&self, reversed: bool) -> u64 {
        (0..id32(self.node_count()))
            .into_par_iter()
            .map(|u| {
                let digest = |(v, w): (NodeId, u32)| {
                    let (a, b) = if reversed { (v.0, u) } else { (u, v.0) };
                    num::random(u64::from(a), u64::from(b), u64::from(w), 0)
                };
                self.row(NodeId(u)).iter().map(digest).fold(0, u64::wrapping_add)
            })
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
}
