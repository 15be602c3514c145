//! The undirected graph against a map of pairs.

use std::collections::BTreeMap;

use plaudit::{graph, ids::NodeId};
use proptest::prelude::*;

use crate::support::graphs;

proptest! {
    #[test]
    fn a_pair_has_the_weight_of_both_directions((n, edges) in graphs::any_edges()) {
        let mut expected = BTreeMap::new();
        let mut strengths = vec![0; n];
        for &(u, v, w) in &edges {
            strengths[u as usize] += w;
            strengths[v as usize] += w;
            if u != v {
                *expected.entry((u, v)).or_insert(0) += w;
                *expected.entry((v, u)).or_insert(0) += w;
            }
        }
        let g = graph::symmetrize(&graphs::weighted(n, &edges));
        let mut found = Vec::new();
        for u in 0..n as u32 {
            for (v, &w) in g.neighbors(NodeId(u)).iter().zip(g.weights(NodeId(u))) {
                found.push(((u, v.0), w));
            }
        }
        prop_assert_eq!(g.node_count(), n);
        prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "sorted rows, each pair twice, no loop");
        prop_assert_eq!(g.total_strength(), strengths.iter().sum::<u64>());
        prop_assert_eq!(g.strengths(), strengths);
    }
}

#[test]
fn in_unweighted_graphs_a_pair_weighs_its_number_of_directions() {
    let g = graph::symmetrize(&graphs::plain(4, &[(0, 1), (1, 0), (1, 2), (2, 2)]));
    assert_eq!(g.weights(NodeId(1)), [2, 1]);
    assert_eq!(g.strengths(), [2, 3, 3, 0]);
    assert_eq!(g.pair_count(), 2);
}
