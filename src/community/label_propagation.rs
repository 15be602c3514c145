//! Label propagation: every node repeatedly takes the most frequent label among its neighbors.

use rayon::prelude::*;

use super::CHUNK_EDGES;
use crate::{
    graph::Graph,
    ids::{NodeId, id32},
    num,
};

/// Runs `rounds` rounds of synchronous label propagation, the rule of LDBC Graphalytics.
///
/// Every node starts with itself as its label. In each round every node takes the label that was most frequent among
/// its in- and out-neighbors before the round. A neighbor in both directions counts twice. If a graph stores every
/// undirected edge in both directions, this doubles all counts and does not change the result. A node without neighbors
/// keeps its label.
///
/// - **Input**: any `g`, weights are ignored, and a self-loop makes a node its own in- and out-neighbor. `order[v]` is
///   the position of label `v`, and `order` a permutation of `0..n`: among equally frequent labels, the label with the
///   smallest position wins.
/// - **Output**: `label[NodeId]`, where each label is a node; length `g.node_count()`. Empty graph → empty.
/// - **Stop**: after `rounds` rounds, or earlier when a round changes nothing. The two sides of a bipartite graph may
///   swap labels forever; the result then depends on the parity of `rounds`.
/// - **Cost**: time O(rounds · (n + m log d)) for the largest degree d; memory beyond the graph: 12 n bytes, and one
///   row per thread.
/// - **Same bits**: for any thread count: labels are integers, and each node reads only the labels of the previous
///   round.
/// - **Source**: Raghavan, Albert, Kumara 2007; LDBC Graphalytics 1.0, "community detection using label propagation".
/// - **Checked by**: `tests/it/community/label_propagation.rs`: counting in a map, closed forms, LDBC, thread counts.
///
/// Panics when `order` is not a permutation of `0..n`.
///
/// ```
/// use plaudit::{community, graph::{self, Edge, Weighting}, ids::NodeId};
/// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
/// let g = graph::build(4, vec![edge(0, 1), edge(1, 2), edge(2, 0)], Weighting::Unweighted);
/// let label = community::label_propagation(&g, &[0, 1, 2, 3], 3);
/// assert_eq!(label, [0, 0, 0, 3].map(NodeId));
/// ```
pub fn label_propagation(g: &Graph, order: &[u32], rounds: u32) -> Vec<NodeId> {
    let node_at = inverse_permutation(order, g.node_count());
    let chunks = g.in_edges().ranges_of(CHUNK_EDGES);

    // Inside the loop, a label is represented by its position, so that the smallest number wins a tie.
    let mut label = order.to_vec();
    let mut next = label.clone();
    for _ in 0..rounds {
        let parts = num::split_by_lengths(&mut next, chunks.iter().map(ExactSizeIterator::len));
        let reader = || (Vec::new(), g.out_edges().rows(), g.in_edges().rows());
        let work = chunks.par_iter().zip(parts).with_max_len(1);
        work.for_each_init(reader, |(around, out, into), (chunk, next)| {
            for (v, next) in chunk.clone().zip(next) {
                let v = NodeId(id32(v));
                let neighbors = out.neighbors(v).iter().chain(into.neighbors(v));
                around.clear();
                around.extend(neighbors.map(|u| label[u.index()]));
                *next = most_frequent(around).unwrap_or(label[v.index()]);
            }
        });
        std::mem::swap(&mut label, &mut next);
        if label == next {
            break;
        }
    }
    label.into_par_iter().map(|position| node_at[position as usize]).collect()
}

/// Returns the most frequent of `labels`; on ties, the smallest. Sorts `labels`.
fn most_frequent(labels: &mut [u32]) -> Option<u32> {
    labels.sort_unstable();
    let groups = labels.chunk_by(|a, b| a == b);
    // On ties, keeps the first group, which has the smallest label; `max_by_key` would keep the last.
    groups.reduce(|best, group| if group.len() > best.len() { group } else { best }).map(|best| best[0])
}

/// Returns the node at each position.
fn inverse_permutation(order: &[u32], node_count: usize) -> Vec<NodeId> {
    assert_eq!(order.len(), node_count, "invariant: one position per node");
    let mut node_at = vec![NodeId::NONE; order.len()];
    for (v, &place) in order.iter().enumerate() {
        let node = &mut node_at[place as usize];
        assert_eq!(*node, NodeId::NONE, "invariant: no two nodes have position {place}");
        *node = NodeId::new(v);
    }
    node_at
}
