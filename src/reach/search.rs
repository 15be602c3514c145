//! Counts balls exactly, with one breadth-first search per node, as long as the search is cheap.

use rayon::prelude::*;

use super::{
    ball::{Ball, Segments},
    settings::ReachConfig,
};
use crate::{
    graph::{Graph, Rows},
    ids::{NodeId, id32, index64},
};

/// The balls of all nodes, each searched up to `cfg.exact_edges` edges.
///
/// How far a search gets is a function of the graph alone: all edges of a level are counted before the first of them is
/// traversed.
pub(super) fn balls<const S: usize>(
    g: &Graph,
    audience: &[u32],
    segments: &Segments,
    cfg: &ReachConfig,
) -> Vec<Ball<S>> {
    let n = g.node_count();
    (0..id32(n))
        .into_par_iter()
        .map_init(
            || (BallSearch::new(n), g.in_edges().rows()),
            |(search, rows), v| search.ball(rows, audience, NodeId(v), segments, cfg),
        )
        .collect()
}

/// The buffers of one worker; all marks are clear between searches.
struct BallSearch {
    /// One bit per node, so that all marks stay in the cache.
    marks: Vec<u64>,
    /// The first `len` entries are the marked nodes, level after level. Later entries are space to which `mark` writes
    /// without a branch.
    found: Vec<NodeId>,
    len: usize,
}

impl BallSearch {
    fn new(node_count: usize) -> Self {
        Self { marks: vec![0; node_count.div_ceil(64)], found: Vec::new(), len: 0 }
    }

    fn ball<const S: usize>(
        &mut self,
        rows: &mut Rows<'_>,
        audience: &[u32],
        center: NodeId,
        segments: &Segments,
        cfg: &ReachConfig,
    ) -> Ball<S> {
        let first = audience[center.index()];
        if first == 0 {
            return Ball::EMPTY;
        }
        // The audience is known even if the search gives up at once.
        let mut ball = Ball { size: first, radius: 1, decayed: f64::from(first), ..Ball::EMPTY };
        if cfg.hops == 1 {
            let row = rows.neighbors(center).iter().copied();
            ball.members = segments.members(row.filter(|&u| u != center));
            return ball;
        }
        self.make_room(1);
        self.mark(center);
        let mut level = 0..1;
        let mut traversed = 0;
        let mut weight = 1.0;
        for hop in 1..=cfg.hops {
            let edges: u64 = self.found[level.clone()].iter().map(|v| u64::from(audience[v.index()])).sum();
            traversed += edges;
            if traversed > cfg.exact_edges {
                ball.complete = false;
                break;
            }
            self.make_room(index64(edges).min(audience.len() - self.len));
            for i in level.clone() {
                rows.neighbors(self.found[i]).iter().for_each(|&u| self.mark(u));
            }
            level = level.end..self.len;
            if level.is_empty() {
                break;
            }
            if hop > 1 {
                weight *= cfg.decay;
                ball.decayed += weight * f64::from(id32(level.len()));
                ball.radius = hop;
            }
        }
        ball.size = id32(self.len - 1).max(first);
        ball.members = segments.members(self.found[1..self.len].iter().copied());
        self.clear();
        ball
    }

    /// Makes sure that `more` further nodes can be marked.
    fn make_room(&mut self, more: usize) {
        // One more, because `mark` writes a node before it knows whether the node is new.
        let needed = self.len + more + 1;
        if self.found.len() < needed {
            self.found.resize(needed, NodeId(0));
        }
    }

    /// Marks `v` and appends it if it is new. A branch could not be predicted, so there is none: twice as fast.
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
