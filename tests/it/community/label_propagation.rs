//! Label propagation compared with counting in a map, closed forms and LDBC.

use std::{cmp::Reverse, collections::HashMap};

use plaudit::{community, ids::NodeId};
use proptest::prelude::*;

use crate::support::{graphs, ldbc, pools};

/// Label propagation by its definition, from the edge list: a map of label counts for each node and round.
fn naive(n: usize, edges: &[(u32, u32)], order: &[u32], rounds: u32) -> Vec<NodeId> {
    let mut label: Vec<u32> = (0..n as u32).collect();
    for _ in 0..rounds {
        let mut counts = vec![HashMap::<u32, u32>::new(); n];
        for &(u, v) in edges {
            *counts[u as usize].entry(label[v as usize]).or_default() += 1;
            *counts[v as usize].entry(label[u as usize]).or_default() += 1;
        }
        let best = |v: usize| {
            let place = |(label, count): (&u32, &u32)| (*count, Reverse(order[*label as usize]), *label);
            counts[v].iter().map(place).max().map_or(label[v], |(_, _, label)| label)
        };
        label = (0..n).map(best).collect();
    }
    label.into_iter().map(NodeId).collect()
}

fn ids(labels: impl IntoIterator<Item = u32>) -> Vec<NodeId> {
    labels.into_iter().map(NodeId).collect()
}

fn by_number(n: u32) -> Vec<u32> {
    (0..n).collect()
}

proptest! {
    #[test]
    fn labels_are_those_of_the_naive_method(
        (n, edges, order) in graphs::any_edges().prop_flat_map(|(n, edges)| {
            (Just(n), Just(edges), Just(by_number(n as u32)).prop_shuffle())
        }),
        rounds in 0_u32..8,
    ) {
        let mut pairs: Vec<(u32, u32)> = edges.iter().map(|&(u, v, _)| (u, v)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let expected = naive(n, &pairs, &order, rounds);
        prop_assert_eq!(&community::label_propagation(&graphs::plain(n, &pairs), &order, rounds), &expected);
        // Weights are ignored. A graph that stores every edge in both directions gives the result of the undirected
        // rule.
        prop_assert_eq!(&community::label_propagation(&graphs::weighted(n, &edges), &order, rounds), &expected);
    }

    #[test]
    fn doubling_all_counts_changes_nothing((n, edges) in graphs::any_edges(), rounds in 0_u32..6) {
        let mut pairs: Vec<(u32, u32)> = edges.iter().map(|&(u, v, _)| (u.min(v), u.max(v))).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs.retain(|(u, v)| u != v);
        let both = graphs::plain(n, &graphs::both_ways(&pairs));
        let order = by_number(n as u32);
        prop_assert_eq!(community::label_propagation(&both, &order, rounds), naive(n, &pairs, &order, rounds));
    }
}

#[test]
fn a_clique_takes_its_smallest_label_in_two_rounds() {
    for n in 3..9 {
        let g = graphs::plain(n as usize + 1, &graphs::clique(0, n));
        // No node counts its own label: the smallest node takes the next one's label, all others take its label.
        let first = [1].into_iter().chain(vec![0; n as usize - 1]).chain([n]);
        assert_eq!(community::label_propagation(&g, &by_number(n + 1), 1), ids(first));
        let then: Vec<u32> = vec![0; n as usize].into_iter().chain([n]).collect();
        for rounds in [2, 3, 100] {
            assert_eq!(community::label_propagation(&g, &by_number(n + 1), rounds), ids(then.clone()));
        }
        // The order decides which label is smallest, not the node id.
        let reversed: Vec<u32> = (0..=n).rev().collect();
        let last = vec![n - 1; n as usize].into_iter().chain([n]);
        assert_eq!(community::label_propagation(&g, &reversed, 5), ids(last));
    }
}

#[test]
fn two_nodes_swap_labels_until_the_last_round() {
    let g = graphs::plain(2, &[(0, 1)]);
    for rounds in 0..7 {
        let expected = if rounds % 2 == 0 { [0, 1] } else { [1, 0] };
        assert_eq!(community::label_propagation(&g, &[0, 1], rounds), ids(expected), "{rounds} rounds");
    }
}

#[test]
fn an_empty_graph_has_no_labels() {
    assert_eq!(community::label_propagation(&graphs::plain(0, &[]), &[], 3), []);
}

#[test]
fn larger_graphs_agree_with_the_naive_method_on_any_pool() {
    let n = 20_000;
    let mut pairs: Vec<(u32, u32)> =
        graphs::skewed_edges(n, 100_000, 3).into_iter().map(|(u, v, _)| (u, v)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let g = graphs::plain(n as usize, &pairs);
    let order: Vec<u32> = (0..n).rev().collect();
    assert!(
        community::label_propagation(&g, &order, 4) == naive(n as usize, &pairs, &order, 4),
        "labels differ"
    );
    pools::assert_same_on_any_pool(|| community::label_propagation(&g, &order, 4));
}

#[test]
fn ldbc_answers_are_met() {
    for (input, output, rounds) in [
        ("cdlp/dir-input", "cdlp/dir-output", 5),
        ("cdlp/undir-input", "cdlp/undir-output", 5),
        ("example/example-directed-input", "example/example-directed-CDLP", 2),
        ("example/example-undirected-input", "example/example-undirected-CDLP", 2),
    ] {
        let Some(case) = ldbc::case(input, output) else { return };
        let label = community::label_propagation(&case.graph, &case.order(), rounds);
        let named: Vec<u64> = label.iter().map(|label| case.ids[label.index()]).collect();
        assert_eq!(named, case.values::<u64>(), "{input}");
    }
}
