//! Finds the weakly connected components by a parallel union-find that hooks larger roots under smaller ones.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rayon::prelude::*;

use super::{CHUNK_EDGES, leiden::number_by_size};
use crate::{
    graph::Graph,
    ids::{NodeId, id32, low32, offset64},
    num,
};

/// Number of out-neighbors of each node that are joined with it before the largest component is guessed.
const FIRST_NEIGHBORS: usize = 2;
/// Number of nodes sampled to guess the largest component.
const SAMPLE: u64 = 1024;

/// The weakly connected components of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Components {
    /// For each node, the smallest node of its component.
    pub label: Vec<NodeId>,
    /// Number of components; an isolated node counts as a component.
    pub count: usize,
}

/// Finds the weakly connected components: two nodes share a label if a path joins them; the direction of its edges does
/// not matter.
///
/// Every node starts as its own root. An edge hooks the larger of its two roots under the smaller, by compare-and-swap,
/// so parents only ever get smaller, and the final root of a component is its smallest node in any order of the edges.
/// Once every node is joined with its first two out-neighbors, most nodes share one component. The remaining edges of
/// its members are skipped, because an edge that leaves this component is also read from its other end.
///
/// - **Input**: any `g`; weights are ignored.
/// - **Output**: `label[NodeId]`, length `g.node_count()`, always the smallest member of the component. Empty graph →
///   empty, count 0.
/// - **Stop**: after one pass over the edges.
/// - **Cost**: time O(n + m) in practice (paths are halved as they are walked); memory 8 n bytes beyond the graph.
/// - **Same bits**: for any thread count; the smallest member does not depend on the order of the atomic operations.
/// - **Source**: Sutton, Ben-Nun, Barak 2018 ("Afforest").
/// - **Checked by**: `tests/it/community/components.rs`: sequential union-find, closed forms, LDBC, thread counts.
///
/// ```
/// use plaudit::{community, graph::{self, Edge, Weighting}, ids::NodeId};
/// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
/// let g = graph::build(5, vec![edge(3, 1), edge(4, 3)], Weighting::Unweighted);
/// let found = community::components(&g);
/// assert_eq!(found.label, [0, 1, 2, 1, 1].map(NodeId));
/// assert_eq!(found.count, 3);
/// ```
pub fn components(g: &Graph) -> Components {
    let parent: Vec<AtomicU32> = g.nodes().map(|v| AtomicU32::new(v.0)).collect();
    let chunks = g.out_edges().ranges_of(CHUNK_EDGES);

    // Phase 1: the first out-neighbors of every node.
    chunks.par_iter().for_each(|chunk| {
        let mut out = g.out_edges().rows();
        for u in chunk.clone() {
            let u = NodeId(id32(u));
            out.first_neighbors(u, FIRST_NEIGHBORS).iter().for_each(|v| join(&parent, u.0, v.0));
        }
    });

    // Phase 2: all other edges, from both ends; members of what seems to be the largest component are skipped.
    let largest = frequent_root(&parent);
    chunks.par_iter().for_each(|chunk| {
        let (mut out, mut into) = (g.out_edges().rows(), g.in_edges().rows());
        for u in chunk.clone() {
            let u = NodeId(id32(u));
            if Some(root(&parent, u.0)) == largest {
                continue;
            }
            out.neighbors(u).iter().skip(FIRST_NEIGHBORS).for_each(|v| join(&parent, u.0, v.0));
            into.neighbors(u).iter().for_each(|v| join(&parent, u.0, v.0));
        }
    });

    let label: Vec<NodeId> =
        (0..id32(g.node_count())).into_par_iter().map(|v| NodeId(root(&parent, v))).collect();
    let count = label.par_iter().enumerate().filter(|(v, label)| *v == label.index()).count();
    Components { label, count }
}

impl Components {
    /// Numbers components from 0, the largest first; on ties, the component with the smallest node comes first. Returns
    /// the component number of each node.
    pub fn by_size(&self) -> Vec<u32> {
        let (numbers, _) = number_by_size(bytemuck::cast_slice(&self.label));
        numbers.into_iter().map(|number| number.0).collect()
    }
}

/// Labels each group of a partition by its first member under `order`.
///
/// `label[v]` is a node of the group of `v`, the same node for all members of the group; `order[v]` is the position of
/// `v` in the order in which users see ids. If positions are equal, the smaller node comes first. Time and memory O(n).
///
/// ```
/// use plaudit::{community, ids::NodeId};
/// // Users see nodes 0, 1 and 2 as 30, 10 and 20; nodes 0 and 1 form a group.
/// assert_eq!(community::smallest_member_by(&[0, 0, 2].map(NodeId), &[2, 0, 1]), [1, 1, 2].map(NodeId));
/// ```
pub fn smallest_member_by(label: &[NodeId], order: &[u32]) -> Vec<NodeId> {
    assert_eq!(label.len(), order.len(), "invariant: one position per node");
    let mut first = vec![NodeId::NONE; label.len()];
    for (v, group) in label.iter().enumerate() {
        let first = &mut first[group.index()];
        if *first == NodeId::NONE || order[v] < order[first.index()] {
            *first = NodeId::new(v);
        }
    }
    label.iter().map(|group| first[group.index()]).collect()
}

/// Returns the root of `v`. Halves the path on the way: a parent is replaced by the grandparent, which is in the same
/// component.
fn root(parent: &[AtomicU32], mut v: u32) -> u32 {
    loop {
        let up = parent[v as usize].load(Relaxed);
        let above = parent[up as usize].load(Relaxed);
        if up == above {
            return up;
        }
        // `fetch_min`, as another thread may have stored a smaller parent by now.
        parent[v as usize].fetch_min(above, Relaxed);
        v = above;
    }
}

/// Joins the components of `u` and `v`: the larger of the two roots becomes a child of the smaller.
fn join(parent: &[AtomicU32], mut u: u32, mut v: u32) {
    loop {
        (u, v) = (root(parent, u), root(parent, v));
        let (low, high) = (u.min(v), u.max(v));
        // This fails only if another thread has hooked `high` in the meantime: find the new root.
        if low == high || parent[high as usize].compare_exchange(high, low, Relaxed, Relaxed).is_ok() {
            return;
        }
    }
}

/// The most frequent root among random nodes: a guess at the largest component. A wrong guess only costs time.
fn frequent_root(parent: &[AtomicU32]) -> Option<u32> {
    let n = offset64(parent.len());
    let draws = (0..SAMPLE.min(n)).map(|i| root(parent, low32(num::random(0, 0, i, 0) % n)));
    let mut roots: Vec<u32> = draws.collect();
    roots.sort_unstable();
    roots.chunk_by(|a, b| a == b).max_by_key(|group| group.len()).map(|group| group[0])
}
