//! How many nodes are in the ball, counted one by one as long as that is cheap?

use rayon::prelude::*;

use super::ReachConfig;
use crate::{
    graph::{Csr, Graph},
    ids::{NodeId, id32},
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
/// How far a search gets is a function of the graph alone: the rows of a level are charged as a whole before it.
pub(super) fn balls(g: &Graph, audience: &[u32], cfg: &ReachConfig) -> Vec<Ball> {
    let n = g.node_count();
    (0..id32(n))
        .into_par_iter()
        .map_init(|| Search::new(n), |search, v| search.ball(g.in_edges(), audience, NodeId(v), cfg))
        .collect()
}

/// What one worker needs to search; all marks are clear between searches.
struct Search {
    /// One bit a node: a fraction of any other set's memory, and it stays in the cache.
    marks: Vec<u64>,
    /// The marked nodes in the order in which they were found, level after level.
    found: Vec<NodeId>,
}

impl Search {
    fn new(node_count: usize) -> Self {
        Self { marks: vec![0; node_count.div_ceil(64)], found: Vec::new() }
    }

    fn ball(&mut self, rows: &Csr, audience: &[u32], centre: NodeId, cfg: &ReachConfig) -> Ball {
        let first = audience[centre.index()];
        if cfg.hops == 1 || first == 0 {
            return Ball { size: first, whole: true };
        }
        self.mark(centre);
        let mut level = 0..1;
        let mut charged = 0;
        let mut whole = true;
        for _ in 0..cfg.hops {
            charged += self.found[level.clone()].iter().map(|v| u64::from(audience[v.index()])).sum::<u64>();
            if charged > cfg.exact_edges {
                whole = false;
                break;
            }
            for i in level.clone() {
                rows.neighbours(self.found[i]).iter().for_each(|&u| self.mark(u));
            }
            level = level.end..self.found.len();
            if level.is_empty() {
                break;
            }
        }
        let size = id32(self.found.len() - 1).max(first);
        self.found.drain(..).for_each(|v| self.marks[v.index() / 64] = 0);
        Ball { size, whole }
    }

    fn mark(&mut self, v: NodeId) {
        let (word, bit) = (v.index() / 64, 1 << (v.index() % 64));
        if self.marks[word] & bit == 0 {
            self.marks[word] |= bit;
            self.found.push(v);
        }
    }
}
