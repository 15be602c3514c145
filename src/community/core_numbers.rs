//! Core numbers by parallel peeling: take away everybody with few neighbours, level by level.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rayon::prelude::*;

use crate::{
    graph::{Csr, Graph, Rows},
    ids::{NodeId, id32},
};

/// Edges in a chunk of nodes whose neighbours are counted as one task. Part of no result.
const CHUNK_EDGES: usize = 1 << 14;
/// Nodes of a wave that are worth sharing out; smaller waves are peeled by one thread without locked instructions.
const WAVE_TO_SHARE: usize = 512;
/// Nodes of a shared wave in one task. Part of no result.
const WAVE_CHUNK: usize = 64;
/// Levels for which those with so few neighbours left are kept in a list apart, so that a level need not look at
/// everybody.
const SPAN: u32 = 16;

/// The answer of [`core_numbers`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreNumbers {
    /// The core number of each node.
    pub core: Vec<u32>,
    /// The largest of them, 0 for an empty graph: the degeneracy of the graph.
    pub largest: u32,
}

/// Computes the core number of every node of the undirected simple graph under `g`.
///
/// The k-core is the largest set of nodes each of which has at least k neighbours within the set; the core number of a
/// node is the largest k whose k-core it is in. Neighbours are the nodes tied by an edge in either direction or in
/// both, each once; self-loops and weights do not count.
///
/// Levels k rise from 0. Whoever has at most k neighbours left goes, in waves: one wave's going makes the next. A
/// node's count of neighbours left stops at the level at which it goes, so it ends as the core number.
///
/// - **Input**: any `g`.
/// - **Output**: `core[NodeId]`, length `g.node_count()`. Empty graph → empty, largest 0.
/// - **Stop**: when nobody is left.
/// - **Cost**: time O(n + m): both rows of a node are merged twice (undirected: one row is read once). Everybody left
///   is looked at each 16 levels, those with few left at each level: a node less often than its core number + 16, which
///   is at most its degree + 16. Memory 16 n bytes beyond the graph, no copy of an edge.
/// - **Same bits**: for any thread count: counts are integers, and a set does not depend on the order in which it was
///   peeled.
/// - **Source**: the definition and peeling by degree: Batagelj, Zaveršnik 2003; levels and waves in parallel: Dasari,
///   Desh, Zubair 2014 (`ParK`), with the list of who is left of Kabir, Madduri 2017 (`PKC`) and buckets of near levels
///   after Dhulipala, Blelloch, Shun 2017 (Julienne).
/// - **Checked by**: `tests/it/community/core_numbers.rs`: peeling one at a time, h-index iteration, closed forms, networkx.
///
/// ```
/// use plaudit::{community, graph::{self, Edge, Weighting}, ids::NodeId};
/// // A triangle with a tail: 0 → 1 → 2 → 0 and 2 → 3, where 3 answers 2.
/// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
/// let g = graph::build(5, vec![edge(0, 1), edge(1, 2), edge(2, 0), edge(2, 3), edge(3, 2)], Weighting::Unweighted);
/// let found = community::core_numbers(&g);
/// assert_eq!((found.core, found.largest), (vec![2, 2, 2, 1, 0], 2));
/// ```
pub fn core_numbers(g: &Graph) -> CoreNumbers {
    let ties = Ties::new(g);
    let left = neighbour_counts(&ties);
    let mut far: Vec<NodeId> = g.nodes().collect();
    let mut largest = 0;
    while let Some(first) = far.par_iter().map(|v| load(&left, *v)).min() {
        let bound = first.saturating_add(SPAN);
        let (mut near, others): (Vec<NodeId>, Vec<NodeId>) =
            far.into_par_iter().partition(|v| load(&left, *v) < bound);
        for level in first..bound {
            // Whoever has less left has gone at an earlier level.
            near.retain(|v| load(&left, *v) >= level);
            let mut wave: Vec<NodeId> = near.iter().copied().filter(|v| load(&left, *v) == level).collect();
            if !wave.is_empty() {
                largest = level;
            }
            while !wave.is_empty() {
                wave = peel(&ties, &left, wave, Levels { level, bound }, &mut near);
            }
        }
        // Those who came near are still in the list.
        far = others.into_par_iter().filter(|v| load(&left, *v) >= bound).collect();
    }
    CoreNumbers { core: left.into_iter().map(AtomicU32::into_inner).collect(), largest }
}

fn load(left: &[AtomicU32], v: NodeId) -> u32 {
    left[v.index()].load(Relaxed)
}

/// How many neighbours each node has.
fn neighbour_counts(ties: &Ties<'_>) -> Vec<AtomicU32> {
    let chunks = ties.out.ranges_of(CHUNK_EDGES);
    let counts = |chunk: std::ops::Range<usize>| -> Vec<AtomicU32> {
        let mut rows = ties.rows();
        chunk.map(|u| AtomicU32::new(rows.neighbour_count(NodeId(id32(u))))).collect()
    };
    let counts: Vec<Vec<AtomicU32>> = chunks.into_par_iter().with_max_len(1).map(counts).collect();
    counts.into_iter().flatten().collect()
}

/// The level that is being peeled, and the first one that is not near.
#[derive(Clone, Copy)]
struct Levels {
    level: u32,
    bound: u32,
}

impl Levels {
    /// Sorts `v` by what it had left before the last step: it goes next, it comes near, or neither.
    #[inline]
    fn sort(self, v: NodeId, before: u32, next: &mut Vec<NodeId>, near: &mut Vec<NodeId>) {
        if before == self.level + 1 {
            next.push(v);
        } else if before == self.bound {
            near.push(v);
        }
    }
}

/// Takes the nodes of `wave` away; returns those who have no more than the level left because of it, and adds to `near`
/// those who have now less left than its bound.
fn peel(
    ties: &Ties<'_>,
    left: &[AtomicU32],
    wave: Vec<NodeId>,
    levels: Levels,
    near: &mut Vec<NodeId>,
) -> Vec<NodeId> {
    if wave.len() < WAVE_TO_SHARE || rayon::current_num_threads() == 1 {
        return peel_alone(ties, left, wave, levels, near);
    }
    let chunk = |nodes: &[NodeId]| {
        let (mut next, mut near, mut rows) = (Vec::new(), Vec::new(), ties.rows());
        for &u in nodes {
            rows.for_each_neighbour(u, |v| {
                // The look before saves most of the locked instructions: half of all neighbours have gone already.
                if load(left, v) > levels.level {
                    let before = left[v.index()].fetch_sub(1, Relaxed);
                    if before <= levels.level {
                        // Somebody else made `v` go between the look and the step.
                        left[v.index()].fetch_add(1, Relaxed);
                    }
                    levels.sort(v, before, &mut next, &mut near);
                }
            });
        }
        (next, near)
    };
    let (next, came_near): (Vec<Vec<NodeId>>, Vec<Vec<NodeId>>) =
        wave.par_chunks(WAVE_CHUNK).map(chunk).unzip();
    near.extend(came_near.into_iter().flatten());
    next.concat()
}

/// [`peel`] by one thread, through all waves that are not worth sharing: nobody else writes, so plain loads and stores
/// do.
fn peel_alone(
    ties: &Ties<'_>,
    left: &[AtomicU32],
    mut wave: Vec<NodeId>,
    levels: Levels,
    near: &mut Vec<NodeId>,
) -> Vec<NodeId> {
    let alone = rayon::current_num_threads() == 1;
    let mut rows = ties.rows();
    while let Some(u) = wave.pop() {
        rows.for_each_neighbour(u, |v| {
            let before = load(left, v);
            // No branch: whether a neighbour has gone is as good as random, and a wrong guess costs more than a store.
            left[v.index()].store(before - u32::from(before > levels.level), Relaxed);
            levels.sort(v, before, &mut wave, near);
        });
        if !alone && wave.len() >= WAVE_TO_SHARE {
            break;
        }
    }
    wave
}

/// Who is tied to whom, whatever the direction.
struct Ties<'a> {
    out: &'a Csr,
    /// The other direction, where it holds other edges.
    into: Option<&'a Csr>,
}

impl<'a> Ties<'a> {
    fn new(g: &'a Graph) -> Self {
        let (out, into) = (g.out_edges(), g.in_edges());
        Self { out, into: (!out.same_neighbors(into)).then_some(into) }
    }

    fn rows(&self) -> TieRows<'a> {
        TieRows { out: self.out.rows(), into: self.into.map(Csr::rows) }
    }
}

/// Reads ties; one a thread.
struct TieRows<'a> {
    out: Rows<'a>,
    into: Option<Rows<'a>>,
}

impl TieRows<'_> {
    fn neighbour_count(&mut self, u: NodeId) -> u32 {
        let out = self.out.neighbors(u);
        let Some(into) = &mut self.into else {
            return id32(out.len() - usize::from(out.binary_search(&u).is_ok()));
        };
        let mut count = 0;
        merge(out, into.neighbors(u), |v| count += u32::from(v != u));
        count
    }

    /// Calls `visit` with each node that is tied to `u`, once, but never with `u`.
    #[inline]
    fn for_each_neighbour(&mut self, u: NodeId, mut visit: impl FnMut(NodeId)) {
        let visit = |v: NodeId| {
            if v != u {
                visit(v);
            }
        };
        match &mut self.into {
            None => self.out.neighbors(u).iter().copied().for_each(visit),
            Some(into) => merge(self.out.neighbors(u), into.neighbors(u), visit),
        }
    }
}

/// Calls `visit` with each node of two sorted lists, once.
#[inline]
fn merge(a: &[NodeId], b: &[NodeId], mut visit: impl FnMut(NodeId)) {
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        visit(x.min(y));
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    a[i..].iter().chain(&b[j..]).copied().for_each(visit);
}
