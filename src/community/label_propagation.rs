//! Communities by spreading labels: every node takes the label that is commonest around it.

use rayon::prelude::*;

use crate::{
    graph::Graph,
    ids::{NodeId, id32},
    num,
};

/// Edges in a chunk of nodes: enough to be worth a task, few enough to balance.
const CHUNK_EDGES: usize = 1 << 14;

/// Runs `rounds` rounds of synchronous label propagation, the rule of LDBC Graphalytics.
///
/// Every node starts with itself as its label. In each round every node takes the label that is most frequent among its
/// in- and out-neighbours as they were before the round. A neighbour in both directions counts twice, so on a graph
/// that stores undirected edges both ways all counts double and nothing changes. A node without neighbours keeps its
/// label.
///
/// - **Input**: any `g`, weights ignored, a self-loop being an in- and an out-neighbour; `order[v]`, the place of `v`
///   among the labels, a permutation of `0..n`: of equally frequent labels the one with the smallest place wins.
/// - **Output**: `label[NodeId]`, a node each, length `g.node_count()`. Empty graph → empty.
/// - **Stop**: after `rounds` rounds, or before when a round changes nothing. Two halves of a graph may swap labels for
///   ever; then the parity of `rounds` decides.
/// - **Cost**: time O(rounds · (n + m log d)) for the largest degree d; memory 12 n bytes beyond the graph and one row
///   a thread.
/// - **Same bits**: for any thread count; integers, and each node reads the round before only.
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
    let node_at = inverse(order, g.node_count());
    let chunks = g.in_edges().ranges_of(CHUNK_EDGES);

    // Labels are places while they spread, so that the smallest number is the label that wins a tie.
    let mut label = order.to_vec();
    let mut next = label.clone();
    for _ in 0..rounds {
        let parts = num::split_by_lengths(&mut next, chunks.iter().map(ExactSizeIterator::len));
        let reader = || (Vec::new(), g.out_edges().rows(), g.in_edges().rows());
        let work = chunks.par_iter().zip(parts).with_max_len(1);
        work.for_each_init(reader, |(around, out, into), (chunk, next)| {
            for (v, next) in chunk.clone().zip(next) {
                let v = NodeId(id32(v));
                let neighbours = out.neighbors(v).iter().chain(into.neighbors(v));
                around.clear();
                around.extend(neighbours.map(|u| label[u.index()]));
                *next = commonest(around).unwrap_or(label[v.index()]);
            }
        });
        std::mem::swap(&mut label, &mut next);
        if label == next {
            break;
        }
    }
    label.into_par_iter().map(|place| node_at[place as usize]).collect()
}

/// The most frequent of `labels`, the smallest of several; none of none. Sorts.
fn commonest(labels: &mut [u32]) -> Option<u32> {
    labels.sort_unstable();
    let groups = labels.chunk_by(|a, b| a == b);
    // `fold` keeps the first of equals, which is the smallest; `max_by_key` would keep the last.
    groups.reduce(|best, group| if group.len() > best.len() { group } else { best }).map(|best| best[0])
}

/// Which node has each place.
fn inverse(order: &[u32], node_count: usize) -> Vec<NodeId> {
    assert_eq!(order.len(), node_count, "invariant: one place a node");
    let mut node_at = vec![NodeId::NONE; order.len()];
    for (v, &place) in order.iter().enumerate() {
        let node = &mut node_at[place as usize];
        assert_eq!(*node, NodeId::NONE, "invariant: no two nodes have place {place}");
        *node = NodeId::new(v);
    }
    node_at
}
