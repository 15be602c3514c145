//! If only few nodes changed, marks their neighbors, so that a round visits only the marked nodes.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rayon::prelude::*;

use crate::{
    graph::{Csr, Rows},
    ids::{NodeId, offset64},
};

/// The nodes are few if their rows hold at most `1 / FEW` of all edges: then marking their neighbors takes less time
/// than visiting all nodes.
const FEW: u64 = 8;

pub(super) struct NodeMarks(Vec<AtomicBool>);

impl NodeMarks {
    #[inline]
    pub(super) fn has(&self, v: NodeId) -> bool {
        self.0[v.index()].load(Relaxed)
    }
}

/// Marks all nodes in the rows of `nodes`; `None` if visiting all nodes takes less time.
pub(super) fn neighbors_of(csr: &Csr, nodes: &[NodeId]) -> Option<NodeMarks> {
    let edges: u64 = nodes.par_iter().map(|&v| offset64(csr.degree(v))).sum();
    if edges.saturating_mul(FEW) > csr.edge_count() {
        return None;
    }
    let marks: Vec<AtomicBool> = (0..csr.node_count()).map(|_| AtomicBool::new(false)).collect();
    let mark = |rows: &mut Rows<'_>, &v: &NodeId| {
        rows.neighbors(v).iter().for_each(|u| marks[u.index()].store(true, Relaxed));
    };
    nodes.par_iter().with_max_len(64).for_each_init(|| csr.rows(), mark);
    Some(NodeMarks(marks))
}
