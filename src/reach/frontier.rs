//! Who has to look again when only a few nodes have news?

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rayon::prelude::*;

use crate::{
    graph::Csr,
    ids::{NodeId, offset64},
};

/// News are few where their rows hold one in so many of all edges: then following them costs less than asking everyone.
const FEW: u64 = 8;

/// Marks of nodes.
pub(super) struct Marks(Vec<AtomicBool>);

impl Marks {
    #[inline]
    pub(super) fn has(&self, v: NodeId) -> bool {
        self.0[v.index()].load(Relaxed)
    }
}

/// Marks all nodes in the rows of `news`; `None` where these are so many that one better looks at all nodes.
pub(super) fn beside(csr: &Csr, news: &[NodeId]) -> Option<Marks> {
    let edges: u64 = news.par_iter().map(|&v| offset64(csr.degree(v))).sum();
    if edges.saturating_mul(FEW) > csr.edge_count() {
        return None;
    }
    let marks: Vec<AtomicBool> = (0..csr.node_count()).map(|_| AtomicBool::new(false)).collect();
    let mark = |rows: &mut crate::graph::Rows<'_>, &v: &NodeId| {
        rows.neighbors(v).iter().for_each(|u| marks[u.index()].store(true, Relaxed));
    };
    news.par_iter().with_max_len(64).for_each_init(|| csr.rows(), mark);
    Some(Marks(marks))
}
