//! How large are the few largest balls exactly? Hundreds of searches side by side, a bit each.
//!
//! One search of a large ball walks nearly all edges, and so does the next. Side by side they walk them together: a
//! word of bits, one a search, goes along each edge, and what a node has not seen yet is new to it.

use rayon::prelude::*;

use super::{
    ReachConfig,
    ball::{Ball, Segments},
    frontier,
};
use crate::{
    graph::{self, Graph, HugeVec},
    ids::{NodeId, id32, index64, offset64},
};

/// Searches side by side.
pub(super) const LANES: usize = 64 * WORDS;
/// Words of bits a node: a line of the cache.
const WORDS: usize = 8;
/// Nodes of one task; their number fits the [`PLANES`].
const TASK_NODES: usize = 4_096;
/// Binary digits of a task's counts.
const PLANES: usize = 13;

/// A bit for each search.
type Lanes = [u64; WORDS];
const NOBODY: Lanes = [0; WORDS];

/// The whole balls of `centres`, in their order.
pub(super) fn balls<const S: usize>(
    g: &Graph,
    centres: &[NodeId],
    segments: &Segments,
    cfg: &ReachConfig,
) -> Vec<Ball<S>> {
    if centres.is_empty() {
        return Vec::new();
    }
    let mut searches = Searches::new(g);
    centres.chunks(LANES).flat_map(|batch| searches.balls(batch, segments, cfg)).collect()
}

/// The most bytes that [`balls`] takes for a graph of `node_count` nodes.
pub(super) fn estimated_bytes(node_count: u64) -> u64 {
    // Seen, new in the last hop, new in this one, and who that is; marks.
    let lanes = offset64(size_of::<Lanes>());
    node_count.saturating_mul(2 * lanes + offset64(size_of::<(NodeId, Lanes)>()) + 4 + 4 + 1)
}

/// What a batch of searches knows; all of it is clear between batches.
struct Searches<'a> {
    g: &'a Graph,
    /// Whose content each node has got, its own included.
    seen: HugeVec<Lanes>,
    /// Whose content each node got in the last hop.
    fresh: HugeVec<Lanes>,
    /// The nodes that got any then, rising.
    news: Vec<NodeId>,
}

/// What one task found in a hop.
struct Found {
    /// Who got new content and whose; empty in the last hop, which nobody follows.
    fresh: Vec<(NodeId, Lanes)>,
    /// For everybody, then for each segment: how many got the content of each centre.
    counts: Vec<Counts>,
}

impl<'a> Searches<'a> {
    fn new(g: &'a Graph) -> Self {
        let n = g.node_count();
        Self { g, seen: HugeVec::zeroed(n), fresh: HugeVec::zeroed(n), news: Vec::new() }
    }

    fn balls<const S: usize>(
        &mut self,
        centres: &[NodeId],
        segments: &Segments,
        cfg: &ReachConfig,
    ) -> Vec<Ball<S>> {
        let mut balls = vec![Ball::EMPTY; centres.len()];
        self.begin(centres);
        let mut share = 1.0;
        for hop in 1..=cfg.hops {
            let found = self.hop(segments, hop == cfg.hops);
            for (lane, ball) in balls.iter_mut().enumerate() {
                let count = |set: usize| found.iter().map(|found| found.counts[set].of(lane)).sum::<u32>();
                let new = count(0);
                ball.size += new;
                ball.radius = hop;
                ball.decayed += share * f64::from(new);
                (0..segments.count()).for_each(|at| ball.members[at] += count(at + 1));
            }
            self.pass_on(found);
            if self.news.is_empty() {
                break;
            }
            share *= cfg.decay;
        }
        self.clear();
        balls
    }

    /// Each centre has its own content.
    fn begin(&mut self, centres: &[NodeId]) {
        for (lane, v) in centres.iter().enumerate() {
            let bit = 1 << (lane % 64);
            self.seen[v.index()][lane / 64] |= bit;
            self.fresh[v.index()][lane / 64] |= bit;
        }
        self.news = centres.to_vec();
        self.news.sort_unstable();
        self.news.dedup();
    }

    /// Everybody who attends to somebody with news gets what is new to them.
    fn hop(&self, segments: &Segments, is_last: bool) -> Vec<Found> {
        let n = id32(self.g.node_count());
        let asked: Vec<NodeId> = match frontier::beside(self.g.in_edges(), &self.news) {
            Some(marks) => (0..n).into_par_iter().map(NodeId).filter(|&u| marks.has(u)).collect(),
            None => self.g.nodes().collect(),
        };
        let task = |(attends, totals): &mut (graph::Rows<'_>, Vec<Planes>), asked: &[NodeId]| {
            totals.iter_mut().for_each(Planes::clear);
            let mut fresh = Vec::new();
            for &u in asked {
                let new = self.new_to(attends, u);
                if new == NOBODY {
                    continue;
                }
                totals[0].add(&new);
                segments.of(u).for_each(|at| totals[at + 1].add(&new));
                if !is_last {
                    fresh.push((u, new));
                }
            }
            Found { fresh, counts: totals.iter().map(Planes::counts).collect() }
        };
        let totals = || vec![Planes::default(); 1 + segments.count()];
        let tasks = asked.par_chunks(TASK_NODES).with_max_len(1);
        tasks.map_init(|| (self.g.out_edges().rows(), totals()), task).collect()
    }

    /// Whose content gets to `u` in this hop for the first time.
    #[inline]
    fn new_to(&self, attends: &mut graph::Rows<'_>, u: NodeId) -> Lanes {
        let mut got = NOBODY;
        for v in attends.neighbors(u) {
            or(&mut got, &self.fresh[v.index()]);
        }
        let seen = &self.seen[u.index()];
        got.iter_mut().zip(seen).for_each(|(got, seen)| *got &= !seen);
        got
    }

    /// What was found in this hop is what is passed on in the next.
    fn pass_on(&mut self, found: Vec<Found>) {
        for v in self.news.drain(..) {
            self.fresh[v.index()] = NOBODY;
        }
        for (u, new) in found.into_iter().flat_map(|found| found.fresh) {
            or(&mut self.seen[u.index()], &new);
            self.fresh[u.index()] = new;
            self.news.push(u);
        }
    }

    fn clear(&mut self) {
        self.pass_on(Vec::new());
        self.seen.par_iter_mut().for_each(|seen| *seen = NOBODY);
    }
}

#[inline]
fn or(lanes: &mut Lanes, others: &Lanes) {
    lanes.iter_mut().zip(others).for_each(|(lanes, others)| *lanes |= others);
}

/// How often each bit was set: binary numbers on end, one digit of all of them a plane. Counting bit by bit would take
/// as long as the searches one by one.
#[derive(Clone, Default)]
struct Planes([Lanes; PLANES]);

impl Planes {
    fn clear(&mut self) {
        self.0 = [NOBODY; PLANES];
    }

    #[inline]
    fn add(&mut self, lanes: &Lanes) {
        let mut carry = *lanes;
        for plane in &mut self.0 {
            for (digit, carry) in plane.iter_mut().zip(&mut carry) {
                (*digit, *carry) = (*digit ^ *carry, *digit & *carry);
            }
            if carry == NOBODY {
                return;
            }
        }
    }

    fn counts(&self) -> Counts {
        let count = |lane: usize| {
            let digit = |plane: &Lanes| plane[lane / 64] >> (lane % 64) & 1;
            let number = self.0.iter().rev().fold(0, |number, plane| number << 1 | digit(plane));
            id32(index64(number))
        };
        Counts((0..LANES).map(count).collect())
    }
}

/// A number for each search.
struct Counts(Vec<u32>);

impl Counts {
    fn of(&self, lane: usize) -> u32 {
        self.0[lane]
    }
}
