//! Counts a few hundred large balls exactly, by breadth-first searches that run side by side, one bit each (MS-BFS).
//!
//! One search of a large ball traverses nearly all edges, and so does the next. Searches that run side by side traverse
//! the edges together: for each edge, a set of bits, one bit per search, is passed on. If a bit is new to a node, the
//! search of that bit has found the node for the first time.

use rayon::prelude::*;

use super::{
    ball::{Ball, Segments},
    frontier,
    settings::ReachConfig,
};
use crate::{
    graph::{self, Graph, HugeVec},
    ids::{NodeId, id32, index64, offset64},
};

/// Number of searches that run side by side.
const LANES: usize = 64 * WORDS;
/// Number of 64-bit words per node: one cache line.
const WORDS: usize = 8;
/// Number of nodes per task; it fits into [`PLANES`] binary digits.
const TASK_NODES: usize = 4_096;
/// Number of binary digits of the counts of a task.
const PLANES: usize = 13;

/// One bit for each search.
type Lanes = [u64; WORDS];
const NO_LANES: Lanes = [0; WORDS];

/// The complete balls of `centers`, in their order.
pub(super) fn balls<const S: usize>(
    g: &Graph,
    centers: &[NodeId],
    segments: &Segments,
    cfg: &ReachConfig,
) -> Vec<Ball<S>> {
    if centers.is_empty() {
        return Vec::new();
    }
    let mut searches = BatchSearch::new(g);
    centers.chunks(LANES).flat_map(|batch| searches.balls(batch, segments, cfg)).collect()
}

/// Upper bound on the bytes that [`balls`] takes for a graph of `node_count` nodes.
pub(super) fn estimated_bytes(node_count: u64) -> u64 {
    // Bits seen, bits of the last hop, and bits of the current hop with their node; frontiers and marks.
    let lanes = offset64(size_of::<Lanes>());
    node_count.saturating_mul(2 * lanes + offset64(size_of::<(NodeId, Lanes)>()) + 4 + 4 + 1)
}

/// The state of a batch of searches; all of it is clear between batches.
struct BatchSearch<'a> {
    g: &'a Graph,
    /// For each node, the searches that have found it.
    seen: HugeVec<Lanes>,
    /// For each node, the searches that found it in the last hop.
    visit: HugeVec<Lanes>,
    /// The nodes that at least one search found in the last hop, in rising order.
    frontier: Vec<NodeId>,
}

/// What one task found in a hop.
struct HopResult {
    /// Each node that was found, with the searches that found it; empty in the last hop, because no hop follows.
    visit: Vec<(NodeId, Lanes)>,
    /// The number of nodes that each search found: first among all nodes, then in each segment.
    counts: Vec<Vec<u32>>,
}

impl<'a> BatchSearch<'a> {
    fn new(g: &'a Graph) -> Self {
        let n = g.node_count();
        Self { g, seen: HugeVec::zeroed(n), visit: HugeVec::zeroed(n), frontier: Vec::new() }
    }

    fn balls<const S: usize>(
        &mut self,
        centers: &[NodeId],
        segments: &Segments,
        cfg: &ReachConfig,
    ) -> Vec<Ball<S>> {
        let mut balls = vec![Ball::EMPTY; centers.len()];
        self.start(centers);
        let mut weight = 1.0;
        for hop in 1..=cfg.hops {
            let results = self.hop(segments, hop == cfg.hops);
            for (lane, ball) in balls.iter_mut().enumerate() {
                let count = |set: usize| results.iter().map(|task| task.counts[set][lane]).sum::<u32>();
                let new = count(0);
                ball.size += new;
                ball.radius = hop;
                ball.decayed += weight * f64::from(new);
                (0..segments.count()).for_each(|at| ball.members[at] += count(at + 1));
            }
            self.set_frontier(results);
            if self.frontier.is_empty() {
                break;
            }
            weight *= cfg.decay;
        }
        self.clear();
        balls
    }

    /// Starts one search at each center, which counts as found.
    fn start(&mut self, centers: &[NodeId]) {
        for (lane, v) in centers.iter().enumerate() {
            let bit = 1 << (lane % 64);
            self.seen[v.index()][lane / 64] |= bit;
            self.visit[v.index()][lane / 64] |= bit;
        }
        self.frontier = centers.to_vec();
        self.frontier.sort_unstable();
        self.frontier.dedup();
    }

    /// Finds the nodes that attend to the frontier, for all searches together.
    fn hop(&self, segments: &Segments, is_last: bool) -> Vec<HopResult> {
        let n = id32(self.g.node_count());
        let nodes: Vec<NodeId> = match frontier::neighbors_of(self.g.in_edges(), &self.frontier) {
            Some(marks) => (0..n).into_par_iter().map(NodeId).filter(|&u| marks.has(u)).collect(),
            None => self.g.nodes().collect(),
        };
        let task = |(out_rows, totals): &mut (graph::Rows<'_>, Vec<LaneCounters>), nodes: &[NodeId]| {
            totals.iter_mut().for_each(LaneCounters::clear);
            let mut visit = Vec::new();
            for &u in nodes {
                let new = self.newly_found(out_rows, u);
                if new == NO_LANES {
                    continue;
                }
                totals[0].add(&new);
                segments.of(u).for_each(|at| totals[at + 1].add(&new));
                if !is_last {
                    visit.push((u, new));
                }
            }
            HopResult { visit, counts: totals.iter().map(LaneCounters::counts).collect() }
        };
        let totals = || vec![LaneCounters::default(); 1 + segments.count()];
        let tasks = nodes.par_chunks(TASK_NODES).with_max_len(1);
        tasks.map_init(|| (self.g.out_edges().rows(), totals()), task).collect()
    }

    /// The searches that find `u` in this hop for the first time.
    #[inline]
    fn newly_found(&self, out_rows: &mut graph::Rows<'_>, u: NodeId) -> Lanes {
        let mut found = NO_LANES;
        for v in out_rows.neighbors(u) {
            or(&mut found, &self.visit[v.index()]);
        }
        let seen = &self.seen[u.index()];
        found.iter_mut().zip(seen).for_each(|(found, seen)| *found &= !seen);
        found
    }

    /// The nodes found in this hop become the frontier of the next.
    fn set_frontier(&mut self, results: Vec<HopResult>) {
        for v in self.frontier.drain(..) {
            self.visit[v.index()] = NO_LANES;
        }
        for (u, new) in results.into_iter().flat_map(|task| task.visit) {
            or(&mut self.seen[u.index()], &new);
            self.visit[u.index()] = new;
            self.frontier.push(u);
        }
    }

    fn clear(&mut self) {
        self.set_frontier(Vec::new());
        self.seen.par_iter_mut().for_each(|seen| *seen = NO_LANES);
    }
}

#[inline]
fn or(lanes: &mut Lanes, others: &Lanes) {
    lanes.iter_mut().zip(others).for_each(|(lanes, others)| *lanes |= others);
}

/// Counts how often each bit was set, with bit-sliced counters: plane `i` holds the binary digit `i` of all counts.
/// Counting each bit separately would take as long as running one search after the other.
#[derive(Clone, Default)]
struct LaneCounters([Lanes; PLANES]);

impl LaneCounters {
    fn clear(&mut self) {
        self.0 = [NO_LANES; PLANES];
    }

    #[inline]
    fn add(&mut self, lanes: &Lanes) {
        let mut carry = *lanes;
        for plane in &mut self.0 {
            for (digit, carry) in plane.iter_mut().zip(&mut carry) {
                (*digit, *carry) = (*digit ^ *carry, *digit & *carry);
            }
            if carry == NO_LANES {
                return;
            }
        }
    }

    /// The count of each search.
    fn counts(&self) -> Vec<u32> {
        let count = |lane: usize| {
            let digit = |plane: &Lanes| plane[lane / 64] >> (lane % 64) & 1;
            let number = self.0.iter().rev().fold(0, |number, plane| number << 1 | digit(plane));
            id32(index64(number))
        };
        (0..LANES).map(count).collect()
    }
}
