//! Computes core numbers by parallel peeling: removes the nodes with the fewest neighbors left, level by level.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rayon::prelude::*;

use super::CHUNK_EDGES;
use crate::{
    graph::{Csr, Graph, Rows},
    ids::{NodeId, id32},
};

/// A wave of at least this many nodes is peeled by all threads; a smaller wave by one thread, without locked
/// instructions.
const PARALLEL_WAVE: usize = 512;
/// How many nodes of a parallel wave one task peels. Does not change the result.
const WAVE_CHUNK: usize = 64;
/// Number of levels whose nodes are kept in a separate list, so that a level does not scan all nodes.
const SPAN: u32 = 16;

/// The core numbers of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreNumbers {
    /// The core number of each node.
    pub core: Vec<u32>,
    /// The largest core number, also called the degeneracy of the graph; 0 for an empty graph.
    pub largest: u32,
}

/// Computes the core number of every node; directions and weights are ignored.
///
/// The k-core is the largest set of nodes each of which has at least k neighbors within the set; the core number of a
/// node is the largest k for which the node is in the k-core. Neighbors are the other nodes with an edge in either
/// direction, each counted once.
///
/// Levels k rise from 0. Nodes with at most k neighbors left are removed, in waves: removing one wave creates the next.
/// A node's count of remaining neighbors is not reduced below the level at which the node is removed, so the final
/// count is the core number.
///
/// - **Input**: any `g`.
/// - **Output**: `core[NodeId]`, length `g.node_count()`. Empty graph → empty, largest 0.
/// - **Stop**: when no node is left.
/// - **Cost**: time O(n + m): both rows of a node are merged twice (undirected: one row is read once). All remaining
///   nodes are scanned every 16 levels, and the nodes of the next 16 levels at each level, so a node is scanned at most
///   core number + 16 times, which is at most its degree + 16. Memory 16 n bytes beyond the graph, no copy of an edge.
/// - **Same bits**: for any thread count: counts are integers, and the k-core does not depend on the order of peeling.
/// - **Source**: the definition and peeling by degree: Batagelj, Zaveršnik 2003; levels and waves in parallel: Dasari,
///   Desh, Zubair 2014 (`ParK`), with the list of remaining nodes from Kabir, Madduri 2017 (`PKC`) and buckets of near
///   levels as in Dhulipala, Blelloch, Shun 2017 (Julienne).
/// - **Checked by**: `tests/it/community/core_numbers.rs`: peeling one at a time, h-index iteration, closed forms,
///   networkx.
///
/// ```
/// use plaudit::{community, graph::{self, Edge, Weighting}, ids::NodeId};
/// // A triangle with a tail: 0 → 1 → 2 → 0 and edges between 2 and 3 in both directions.
/// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
/// let g = graph::build(5, vec![edge(0, 1), edge(1, 2), edge(2, 0), edge(2, 3), edge(3, 2)], Weighting::Unweighted);
/// let found = community::core_numbers(&g);
/// assert_eq!((found.core, found.largest), (vec![2, 2, 2, 1, 0], 2));
/// ```
pub fn core_numbers(g: &Graph) -> CoreNumbers {
    let graph = UndirectedView::new(g);
    let left = neighbor_counts(&graph);
    let mut far: Vec<NodeId> = g.nodes().collect();
    let mut largest = 0;
    while let Some(first) = far.par_iter().map(|v| load(&left, *v)).min() {
        let bound = first.saturating_add(SPAN);
        let (mut near, others): (Vec<NodeId>, Vec<NodeId>) =
            far.into_par_iter().partition(|v| load(&left, *v) < bound);
        for level in first..bound {
            // Nodes with fewer neighbors left were removed at an earlier level.
            near.retain(|v| load(&left, *v) >= level);
            let mut wave: Vec<NodeId> = near.iter().copied().filter(|v| load(&left, *v) == level).collect();
            if !wave.is_empty() {
                largest = level;
            }
            while !wave.is_empty() {
                wave = peel(&graph, &left, wave, PeelingLevels { level, bound }, &mut near);
            }
        }
        // `others` still contains nodes that have dropped below the bound.
        far = others.into_par_iter().filter(|v| load(&left, *v) >= bound).collect();
    }
    CoreNumbers { core: left.into_iter().map(AtomicU32::into_inner).collect(), largest }
}

fn load(left: &[AtomicU32], v: NodeId) -> u32 {
    left[v.index()].load(Relaxed)
}

fn neighbor_counts(graph: &UndirectedView<'_>) -> Vec<AtomicU32> {
    let chunks = graph.out.ranges_of(CHUNK_EDGES);
    let counts = |chunk: std::ops::Range<usize>| -> Vec<AtomicU32> {
        let mut rows = graph.rows();
        chunk.map(|u| AtomicU32::new(rows.neighbor_count(NodeId(id32(u))))).collect()
    };
    let counts: Vec<Vec<AtomicU32>> = chunks.into_par_iter().with_max_len(1).map(counts).collect();
    counts.into_iter().flatten().collect()
}

/// `level` is the level that is being peeled; nodes with fewer than `bound` neighbors left are in the list of near
/// nodes.
#[derive(Clone, Copy)]
struct PeelingLevels {
    level: u32,
    bound: u32,
}

impl PeelingLevels {
    /// Puts `v`, which had `before` neighbors left and has lost one, into the next wave or the list of near nodes.
    #[inline]
    fn sort(self, v: NodeId, before: u32, next: &mut Vec<NodeId>, near: &mut Vec<NodeId>) {
        if before == self.level + 1 {
            next.push(v);
        } else if before == self.bound {
            near.push(v);
        }
    }
}

/// Removes the nodes of `wave`. Returns the next wave, and adds to `near` the nodes whose count has dropped below the
/// bound.
fn peel(
    graph: &UndirectedView<'_>,
    left: &[AtomicU32],
    wave: Vec<NodeId>,
    levels: PeelingLevels,
    near: &mut Vec<NodeId>,
) -> Vec<NodeId> {
    if wave.len() < PARALLEL_WAVE || rayon::current_num_threads() == 1 {
        return peel_alone(graph, left, wave, levels, near);
    }
    let chunk = |nodes: &[NodeId]| {
        let (mut next, mut near, mut rows) = (Vec::new(), Vec::new(), graph.rows());
        for &u in nodes {
            rows.for_each_neighbor(u, |v| {
                // A plain read first: half of all neighbors are removed already and need no atomic subtraction.
                if load(left, v) > levels.level {
                    let before = left[v.index()].fetch_sub(1, Relaxed);
                    if before <= levels.level {
                        // Another thread brought `v` down to the level in the meantime.
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

/// Like [`peel`], but on one thread, until a wave is large enough for several threads; plain loads and stores suffice.
fn peel_alone(
    graph: &UndirectedView<'_>,
    left: &[AtomicU32],
    mut wave: Vec<NodeId>,
    levels: PeelingLevels,
    near: &mut Vec<NodeId>,
) -> Vec<NodeId> {
    let alone = rayon::current_num_threads() == 1;
    let mut rows = graph.rows();
    while let Some(u) = wave.pop() {
        rows.for_each_neighbor(u, |v| {
            let before = load(left, v);
            // No branch: whether a neighbor is removed already is unpredictable, and a misprediction costs more than a
            // store.
            left[v.index()].store(before - u32::from(before > levels.level), Relaxed);
            levels.sort(v, before, &mut wave, near);
        });
        if !alone && wave.len() >= PARALLEL_WAVE {
            break;
        }
    }
    wave
}

/// The graph without edge directions.
struct UndirectedView<'a> {
    out: &'a Csr,
    /// The in-edges; `None` if they lead to the same neighbors as the out-edges.
    into: Option<&'a Csr>,
}

impl<'a> UndirectedView<'a> {
    fn new(g: &'a Graph) -> Self {
        let (out, into) = (g.out_edges(), g.in_edges());
        Self { out, into: (!out.same_neighbors(into)).then_some(into) }
    }

    fn rows(&self) -> UndirectedRows<'a> {
        UndirectedRows { out: self.out.rows(), into: self.into.map(Csr::rows) }
    }
}

/// Reads the neighbors of nodes; each thread has one reader.
struct UndirectedRows<'a> {
    out: Rows<'a>,
    into: Option<Rows<'a>>,
}

impl UndirectedRows<'_> {
    fn neighbor_count(&mut self, u: NodeId) -> u32 {
        let out = self.out.neighbors(u);
        let Some(into) = &mut self.into else {
            return id32(out.len() - usize::from(out.binary_search(&u).is_ok()));
        };
        let mut count = 0;
        merge(out, into.neighbors(u), |v| count += u32::from(v != u));
        count
    }

    /// Calls `visit` once with each neighbor of `u`, but never with `u` itself.
    #[inline]
    fn for_each_neighbor(&mut self, u: NodeId, mut visit: impl FnMut(NodeId)) {
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

/// Calls `visit` once with each node that is in at least one of two sorted lists.
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
