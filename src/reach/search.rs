//! How many nodes are in the ball, counted one by one as long as that is cheap?

use rayon::prelude::*;

use super::ReachConfig;
use crate::{
    graph::{Graph, Rows},
    ids::{NodeId, id32, index64},
};

/// What the search of one node found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ball {
    /// Nodes found within the largest radius that was finished, the centre not counted.
    pub(super) size: u32,
    /// Whether that radius is the one asked for (or nothing lies beyond).
    pub(super) whole: bool,
}

/// The balls of all nodes, each searched up to `cfg.exact_edges` edges.
///
/// How far a search gets is a function of the graph alone: the rows of a level count as walked before the
/// first of them is.
pub(super) fn balls(g: &Graph, audience: &[u32], cfg: &ReachConfig) -> Vec<Ball> {
    let n = g.node_count();
    (0..id32(n))
        .into_par_iter()
        .map_init(
            || (Search::new(n), g.in_edges().rows()),
            |(search, rows), v| search.ball(rows, audience, NodeId(v), cfg),
        )
        .collect()
}

/// What one worker needs to search; all marks are clear between searches.
struct Search {
    /// One bit a node: a fraction of any other set's memory, and it stays in the cache.
    marks: Vec<u64>,
    /// The marked nodes, level after level, are the first `len`; what follows is room to write without a branch.
    found: Vec<NodeId>,
    len: usize,
}

impl Search {
    fn new(node_count: usize) -> Self {
        Self { marks: vec![0; node_count.div_ceil(64)], found: Vec::new(), len: 0 }
    }

    fn ball(&mut self, rows: &mut Rows<'_>, audience: &[u32], centre: NodeId, cfg: &ReachConfig) -> Ball {
        let first = audience[centre.index()];
        if cfg.hops == 1 || first == 0 {
            return Ball { size: first, whole: true };
        }
        self.make_room(1);
        self.mark(centre);
        let mut level = 0..1;
        let mut walked = 0;
        let mut whole = true;
        for _ in 0..cfg.hops {
            let ahead: u64 = self.found[level.clone()].iter().map(|v| u64::from(audience[v.index()])).sum();
            walked += ahead;
            if walked > cfg.exact_edges {
                whole = false;
                break;
            }
            self.make_room(index64(ahead).min(audience.len() - self.len));
            for i in level.clone() {
                rows.neighbours(self.found[i]).iter().for_each(|&u| self.mark(u));
            }
            level = level.end..self.len;
            if level.is_empty() {
                break;
            }
        }
        let size = id32(self.len - 1).max(first);
        self.clear();
        Ball { size, whole }
    }

    /// Makes sure that `more` nodes can be marked.
    fn make_room(&mut self, more: usize) {
        // One slot beyond, because `mark` writes before it knows whether the node is new.
        let needed = self.len + more + 1;
        if self.found.len() < needed {
            self.found.resize(needed, NodeId(0));
        }
    }

    /// Marks `v` and lists it if it is new. Whether it is cannot be predicted, so there is no branch: twice as fast.
    #[inline]
    fn mark(&mut self, v: NodeId) {
        let (word, bit) = (v.index() / 64, v.index() % 64);
        let before = self.marks[word];
        self.marks[word] = before | 1 << bit;
        self.found[self.len] = v;
        self.len += index64(!before >> bit & 1);
    }

    fn clear(&mut self) {
        self.found[..self.len].iter().for_each(|v| self.marks[v.index() / 64] = 0);
        self.len = 0;
    }
}
