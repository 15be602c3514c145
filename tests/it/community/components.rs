//! Components compared with naive label spreading, closed forms and LDBC; labels by first member compared with their
//! definition.

use std::collections::BTreeMap;

use plaudit::{community, graph::Graph, ids::NodeId};
use proptest::prelude::*;

use crate::support::{graphs, ldbc, pools};

/// Repeatedly gives both ends of every edge the smaller label, until nothing changes.
fn naive_labels(n: usize, edges: &[(u32, u32, u64)]) -> Vec<NodeId> {
    let mut label: Vec<u32> = (0..n as u32).collect();
    loop {
        let before = label.clone();
        for &(u, v, _) in edges {
            let low = label[u as usize].min(label[v as usize]);
            (label[u as usize], label[v as usize]) = (low, low);
        }
        if label == before {
            return label.into_iter().map(NodeId).collect();
        }
    }
}

fn assert_components(g: &Graph, label: &[u32]) {
    let found = community::components(g);
    assert_eq!(found.label, label.iter().copied().map(NodeId).collect::<Vec<_>>());
    let distinct: std::collections::BTreeSet<_> = label.iter().collect();
    assert_eq!(found.count, distinct.len());
}

proptest! {
    #[test]
    fn components_are_those_of_the_naive_method((n, edges) in graphs::any_edges()) {
        // Also checks each graph with fewer edges than nodes; otherwise nearly all graphs would be connected.
        for edges in [&edges[..], &edges[..edges.len().min(n / 2)]] {
            let found = community::components(&graphs::weighted(n, edges));
            prop_assert_eq!(&found.label, &naive_labels(n, edges));
            let roots = found.label.iter().enumerate().filter(|(v, label)| label.index() == *v).count();
            prop_assert_eq!(found.count, roots);
        }
    }

    #[test]
    fn groups_are_labeled_by_their_first_member(
        (label, order) in (1_usize..30).prop_flat_map(|n| (
            prop::collection::vec((0..n as u32).prop_map(NodeId), n),
            Just((0..n as u32).collect::<Vec<_>>()).prop_shuffle(),
        )),
    ) {
        let renamed = community::smallest_member_by(&label, &order);
        for (v, name) in renamed.iter().enumerate() {
            let first = (0..label.len()).filter(|&u| label[u] == label[v]).min_by_key(|&u| order[u]);
            prop_assert_eq!(Some(name.index()), first);
        }
    }
}

#[test]
fn larger_graphs_agree_with_the_naive_method_on_any_pool() {
    // Graphs from many small components to one giant component with a few small ones; each has several chunks of nodes.
    for (n, m) in [(40_000, 10_000), (40_000, 30_000), (20_000, 100_000)] {
        let edges = graphs::skewed_edges(n, m, 5);
        let g = graphs::weighted(n as usize, &edges);
        assert!(community::components(&g).label == naive_labels(n as usize, &edges), "{n} nodes, {m} edges");
        pools::assert_same_on_any_pool(|| community::components(&g));
    }
}

#[test]
fn closed_forms_are_met() {
    assert_components(&graphs::plain(0, &[]), &[]);
    assert_components(&graphs::plain(3, &[]), &[0, 1, 2]);
    assert_components(&graphs::plain(3, &[(1, 1)]), &[0, 1, 2]);
    // Neither the direction of edges nor the order of ids along them matters.
    assert_components(&graphs::plain(4, &[(3, 0), (2, 1)]), &[0, 1, 1, 0]);
    assert_components(&graphs::plain(4, &[(0, 3), (1, 3)]), &[0, 0, 2, 0]);
    // A ring of cliques is connected; without its bridges the cliques are the components.
    assert_components(&graphs::plain(20, &graphs::ring_of_cliques(4, 5)), &[0; 20]);
    let cliques: Vec<_> = (0..4).flat_map(|i| graphs::clique(5 * i, 5)).collect();
    let label: Vec<u32> = (0..20).map(|v| v / 5 * 5).collect();
    assert_components(&graphs::plain(20, &cliques), &label);
}

#[test]
fn a_long_path_is_one_component() {
    // The worst case for hooking: node numbers fall along the path, so every edge makes the path of parents longer.
    let n = 100_000;
    let path: Vec<(u32, u32)> = (1..n).map(|v| (v, v - 1)).collect();
    assert_components(&graphs::plain(n as usize, &path), &vec![0; n as usize]);
}

#[test]
fn ldbc_answers_are_met() {
    for (input, output) in [
        ("wcc/dir-input", "wcc/dir-output"),
        ("wcc/undir-input", "wcc/undir-output"),
        ("example/example-directed-input", "example/example-directed-WCC"),
        ("example/example-undirected-input", "example/example-undirected-WCC"),
    ] {
        let Some(case) = ldbc::case(input, output) else { return };
        let found = community::components(&case.graph);
        // The reference answer of LDBC is compared as a partition; its labels differ from ours.
        let pairs: BTreeMap<NodeId, u64> = found.label.iter().copied().zip(case.values()).collect();
        let back: BTreeMap<u64, NodeId> =
            case.values().into_iter().zip(found.label.iter().copied()).collect();
        assert_eq!((pairs.len(), back.len()), (found.count, found.count), "{input}");
        for (label, answer) in found.label.iter().zip(case.values::<u64>()) {
            assert_eq!(pairs[label], answer, "{input}");
        }
    }
}

#[test]
fn the_largest_component_is_number_0() {
    let found = community::components(&graphs::plain(8, &[(1, 5), (2, 3), (3, 6), (4, 0)]));
    assert_eq!(found.by_size(), [1, 2, 0, 0, 1, 2, 0, 3]);
    assert!(community::components(&graphs::plain(0, &[])).by_size().is_empty());
}
