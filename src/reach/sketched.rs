//! Which nodes need a sketch, and what is certain about their balls without one?

use rayon::prelude::*;

use crate::{
    graph::{self, Graph},
    ids::{NodeId, id32, offset64},
};

/// Walk counts are followed up to this many hops: beyond, they pass the number of nodes nearly everywhere.
const WALK_HOPS: u32 = 8;

/// The nodes that need a sketch, the open ones first, then those one hop of audience away, and so on.
///
/// After round `t` of `hops` only nodes within `hops - t` hops of an open one matter, and they are a prefix.
/// Nodes without audience have no row: all they ever add is themselves, and the first round does that.
pub(super) struct Sketched {
    pub(super) nodes: Vec<NodeId>,
    /// The row of each node of the graph; `u32::MAX` for none.
    pub(super) row_of: Vec<u32>,
    /// How many rows lie within 0, 1, … hops; not continued once nothing is added.
    within: Vec<usize>,
}

impl Sketched {
    pub(super) fn new(g: &Graph, audience: &[u32], open: &[NodeId], hops: u32) -> Self {
        let mut rows = Self { nodes: Vec::new(), row_of: vec![u32::MAX; g.node_count()], within: Vec::new() };
        rows.append(open);
        for _ in 1..hops {
            let is_next = |out: &mut graph::Rows<'_>, u: NodeId| {
                let mut attends = || out.neighbors(u).iter().any(|v| rows.row_of[v.index()] != u32::MAX);
                let open = audience[u.index()] > 0 && rows.row_of[u.index()] == u32::MAX;
                (open && attends()).then_some(u)
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
        self.within.push(self.nodes.len());
    }

    /// How many rows lie within `hops` hops of audience of an open node.
    pub(super) fn reached_from(&self, hops: u32) -> usize {
        let last = self.within.len() - 1;
        self.within[last.min(hops as usize)]
    }

    /// The row of `v`, if it has one.
    fn row(&self, v: NodeId) -> Option<usize> {
        let row = self.row_of[v.index()];
        (row != u32::MAX).then_some(row as usize)
    }

    /// For each row within 0 hops, how many walks of 1 to `hops` edges end in it, at most `n - 1`; self-loops left out.
    pub(super) fn walk_counts(&self, g: &Graph, audience: &[u32], hops: u32) -> Vec<u64> {
        let most = offset64(g.node_count() - 1);
        if hops > WALK_HOPS {
            return vec![most; self.reached_from(0)];
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
            let due = &self.nodes[..self.reached_from(hops - round)];
            let through = |audiences: &mut graph::Rows<'_>, v: &NodeId| through(audiences, *v).min(most);
            walks = due.par_iter().map_init(|| g.in_edges().rows(), through).collect();
        }
        walks
    }
}
