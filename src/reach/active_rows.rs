//! Lists the nodes that need a sketch, by distance from the nodes to estimate; counts the walks that end in the nodes
//! to estimate.

use rayon::prelude::*;

use crate::{
    graph::{self, Graph},
    ids::{NodeId, id32, offset64},
};

/// Walks are counted up to this number of hops: with more hops, the number of walks exceeds the number of nodes nearly
/// everywhere.
const MAX_WALK_HOPS: u32 = 8;

/// The nodes that need a sketch: first the nodes to estimate, then their audience, then the audience of that audience,
/// and so on.
///
/// After round `t` of `hops` only nodes within `hops - t` hops of a node to estimate matter, and these nodes are a
/// prefix of the list. Nodes without audience have no row: they only ever add themselves to other sketches, and the
/// first round does that.
pub(super) struct ActiveRows {
    pub(super) nodes: Vec<NodeId>,
    /// The row of each node of the graph, or [`NO_ROW`].
    pub(super) row_of: Vec<u32>,
    /// The number of rows within 0, 1, … hops, up to the first distance that adds none.
    counts: Vec<usize>,
}

/// Used instead of a row number for a node that has no row.
pub(super) const NO_ROW: u32 = u32::MAX;

impl ActiveRows {
    pub(super) fn new(g: &Graph, audience: &[u32], targets: &[NodeId], hops: u32) -> Self {
        let mut rows = Self { nodes: Vec::new(), row_of: vec![NO_ROW; g.node_count()], counts: Vec::new() };
        rows.append(targets);
        for _ in 1..hops {
            let is_next = |out_rows: &mut graph::Rows<'_>, u: NodeId| {
                let mut attends_to_row =
                    || out_rows.neighbors(u).iter().any(|v| rows.row_of[v.index()] != NO_ROW);
                let is_open = audience[u.index()] > 0 && rows.row_of[u.index()] == NO_ROW;
                (is_open && attends_to_row()).then_some(u)
            };
            let nodes = (0..id32(g.node_count())).into_par_iter().map(NodeId);
            let level: Vec<NodeId> =
                nodes.map_init(|| g.out_edges().rows(), is_next).flatten_iter().collect();
            if level.is_empty() {
                break;
            }
            rows.append(&level);
        }
        rows
    }

    fn append(&mut self, level: &[NodeId]) {
        for &v in level {
            self.row_of[v.index()] = id32(self.nodes.len());
            self.nodes.push(v);
        }
        self.counts.push(self.nodes.len());
    }

    /// The number of rows within `hops` hops of a node to estimate.
    pub(super) fn count_within(&self, hops: u32) -> usize {
        let last = self.counts.len() - 1;
        self.counts[last.min(hops as usize)]
    }

    fn row(&self, v: NodeId) -> Option<usize> {
        let row = self.row_of[v.index()];
        (row != NO_ROW).then_some(row as usize)
    }

    /// For each node to estimate, an upper bound on the size of its ball: the number of walks of 1 to `hops` edges
    /// (without self-loops) that end in the node, or `n - 1` if that is less.
    pub(super) fn walk_counts(&self, g: &Graph, audience: &[u32], hops: u32) -> Vec<u64> {
        let max = offset64(g.node_count() - 1);
        if hops > MAX_WALK_HOPS {
            return vec![max; self.count_within(0)];
        }
        let direct = |v: NodeId| u64::from(audience[v.index()]);
        let mut walks: Vec<u64> = self.nodes.iter().map(|&v| direct(v)).collect();
        for round in 2..=hops {
            let through = |audiences: &mut graph::Rows<'_>, v: NodeId| {
                let audience = audiences.neighbors(v).iter().filter(|&&u| u != v);
                audience
                    .filter_map(|&u| self.row(u))
                    .map(|row| walks[row])
                    .fold(direct(v), u64::saturating_add)
            };
            let nodes = &self.nodes[..self.count_within(hops - round)];
            let through = |audiences: &mut graph::Rows<'_>, v: &NodeId| through(audiences, *v).min(max);
            walks = nodes.par_iter().map_init(|| g.in_edges().rows(), through).collect();
        }
        walks
    }
}
