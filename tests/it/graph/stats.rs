//! Statistics of a graph, compared with closed forms and with counts over all pairs.

use std::collections::BTreeMap;

use plaudit::graph::{self, DegreeStats, GraphStats, Weighting};
use proptest::prelude::*;

use crate::support::graphs;

fn even(degree: u64) -> DegreeStats {
    DegreeStats { max: degree, mean: degree as f64, median: degree as f64, percentile_99: degree }
}

#[test]
fn an_empty_graph_has_zeros() {
    let zeros = |node_count| GraphStats {
        node_count,
        edge_count: 0,
        self_loop_count: 0,
        isolated_count: node_count,
        dangling_count: node_count,
        reciprocal_count: 0,
        reciprocity: 0.0,
        density: 0.0,
        out_degrees: even(0),
        in_degrees: even(0),
        total_weight: 0.0,
        max_out_strength: 0.0,
        max_in_strength: 0.0,
    };
    for node_count in [0_u32, 1, 7] {
        assert_eq!(graph::stats(&graphs::plain(node_count as usize, &[])), zeros(u64::from(node_count)));
        assert_eq!(graph::stats(&graphs::weighted(node_count as usize, &[])), zeros(u64::from(node_count)));
    }
}

#[test]
fn a_clique_is_dense_and_reciprocal() {
    for n in [2_u32, 3, 10, 60] {
        let stats = graph::stats(&graphs::plain(n as usize, &graphs::both_ways(&graphs::clique(0, n))));
        let degree = u64::from(n - 1);
        let edge_count = u64::from(n) * degree;
        let expected = GraphStats {
            node_count: u64::from(n),
            edge_count,
            self_loop_count: 0,
            isolated_count: 0,
            dangling_count: 0,
            reciprocal_count: edge_count,
            reciprocity: 1.0,
            density: 1.0,
            out_degrees: even(degree),
            in_degrees: even(degree),
            total_weight: edge_count as f64,
            max_out_strength: degree as f64,
            max_in_strength: degree as f64,
        };
        assert_eq!(stats, expected);
    }
}

#[test]
fn a_cycle_is_sparse_and_not_reciprocal() {
    for n in [3_u32, 4, 101] {
        let edges: Vec<_> = (0..n).map(|u| (u, (u + 1) % n)).collect();
        let stats = graph::stats(&graphs::plain(n as usize, &edges));
        assert_eq!((stats.edge_count, stats.reciprocal_count, stats.reciprocity), (u64::from(n), 0, 0.0));
        assert_eq!(stats.density, 1.0 / f64::from(n - 1));
        assert_eq!((stats.out_degrees, stats.in_degrees), (even(1), even(1)));
        assert_eq!((stats.dangling_count, stats.isolated_count), (0, 0));
    }
}

#[test]
fn a_star_has_dangling_leaves_and_one_hub() {
    for leaves in [1_u32, 2, 98, 99, 100, 500] {
        let edges: Vec<_> = (1..=leaves).map(|leaf| (0, leaf)).collect();
        let stats = graph::stats(&graphs::plain(leaves as usize + 1, &edges));
        let (n, leaves) = (f64::from(leaves + 1), u64::from(leaves));
        assert_eq!((stats.dangling_count, stats.isolated_count, stats.edge_count), (leaves, 0, leaves));
        assert_eq!(stats.density, 1.0 / n);
        // The hub is above the 99th percentile if it is at most 1 % of the nodes.
        let percentile_99 = if leaves + 1 >= 100 { 0 } else { leaves };
        let median = if leaves == 1 { 0.5 } else { 0.0 };
        let mean = leaves as f64 / n;
        assert_eq!(stats.out_degrees, DegreeStats { max: leaves, mean, median, percentile_99 });
        let median = if leaves == 1 { 0.5 } else { 1.0 };
        assert_eq!(stats.in_degrees, DegreeStats { max: 1, mean, median, percentile_99: 1 });
        assert_eq!((stats.max_out_strength, stats.max_in_strength), (leaves as f64, 1.0));
    }
}

#[test]
fn weights_are_reported_in_units_of_one() {
    let edges = [(0, 1, 3), (2, 1, 1), (0, 0, 2)].map(|(u, v, weight)| graph::Edge {
        source: plaudit::ids::NodeId(u),
        target: plaudit::ids::NodeId(v),
        weight,
    });
    let stats = graph::stats(&graph::build(3, edges.to_vec(), Weighting::FixedPoint { unit_log2: -1 }));
    assert_eq!((stats.total_weight, stats.max_out_strength, stats.max_in_strength), (3.0, 2.5, 2.0));
}

/// Counts pair by pair over a map of edges.
fn by_pairs(n: usize, edges: &BTreeMap<(u32, u32), u64>) -> GraphStats {
    let nodes = || 0..n as u32;
    let has = |u, v| edges.contains_key(&(u, v));
    let pairs = || nodes().flat_map(|u| nodes().map(move |v| (u, v)));
    let count = |holds: &dyn Fn(u32, u32) -> bool| pairs().filter(|&(u, v)| holds(u, v)).count() as u64;
    let nodes_with = |holds: &dyn Fn(u32) -> bool| nodes().filter(|&u| holds(u)).count() as u64;
    let degrees = |degree: &dyn Fn(u32) -> usize| {
        let mut all: Vec<u64> = nodes().map(|u| degree(u) as u64).collect();
        all.sort_unstable();
        // The definition: the smallest degree that 99 % of the nodes do not exceed.
        let reaches = |limit: &&u64| all.iter().filter(|d| d <= limit).count() * 100 >= 99 * n;
        DegreeStats {
            max: all[n - 1],
            mean: edges.len() as f64 / n as f64,
            median: if n % 2 == 1 { all[n / 2] as f64 } else { (all[n / 2 - 1] + all[n / 2]) as f64 / 2.0 },
            percentile_99: *all.iter().find(reaches).unwrap(),
        }
    };
    let strength = |of: &dyn Fn(&(u32, u32)) -> u32| {
        nodes()
            .map(|u| edges.iter().filter(|&(e, _)| of(e) == u).map(|(_, &w)| w).sum::<u64>())
            .max()
            .unwrap()
    };
    let reciprocal_count = count(&|u, v| u != v && has(u, v) && has(v, u));
    let proper = count(&|u, v| u != v && has(u, v));
    GraphStats {
        node_count: n as u64,
        edge_count: edges.len() as u64,
        self_loop_count: nodes_with(&|u| has(u, u)),
        isolated_count: nodes_with(&|u| nodes().all(|v| !has(u, v) && !has(v, u))),
        dangling_count: nodes_with(&|u| nodes().all(|v| !has(u, v))),
        reciprocal_count,
        reciprocity: if proper == 0 { 0.0 } else { reciprocal_count as f64 / proper as f64 },
        density: if n < 2 { 0.0 } else { proper as f64 / (n * (n - 1)) as f64 },
        out_degrees: degrees(&|u| nodes().filter(|&v| has(u, v)).count()),
        in_degrees: degrees(&|u| nodes().filter(|&v| has(v, u)).count()),
        total_weight: edges.values().sum::<u64>() as f64,
        max_out_strength: strength(&|&(u, _)| u) as f64,
        max_in_strength: strength(&|&(_, v)| v) as f64,
    }
}

fn summed(edges: &[(u32, u32, u64)]) -> BTreeMap<(u32, u32), u64> {
    let mut sums = BTreeMap::new();
    for &(u, v, w) in edges {
        *sums.entry((u, v)).or_insert(0) += w;
    }
    sums
}

proptest! {
    #[test]
    fn counting_over_all_pairs_agrees((n, edges) in graphs::any_edges()) {
        prop_assert_eq!(graph::stats(&graphs::weighted(n, &edges)), by_pairs(n, &summed(&edges)));
    }

    #[test]
    fn reversing_all_edges_swaps_the_directions((n, edges) in graphs::any_edges()) {
        let reversed: Vec<_> = edges.iter().map(|&(u, v, w)| (v, u, w)).collect();
        let there = graph::stats(&graphs::weighted(n, &edges));
        let back = graph::stats(&graphs::weighted(n, &reversed));
        prop_assert_eq!(&there.out_degrees, &back.in_degrees);
        prop_assert_eq!(there.max_out_strength, back.max_in_strength);
        prop_assert_eq!(there.reciprocal_count, back.reciprocal_count);
        prop_assert_eq!(there.isolated_count, back.isolated_count);
    }
}

#[test]
fn long_rows_against_counting_over_all_pairs() {
    // A skewed graph of 300 nodes, with hubs whose rows are far longer than the rows of their neighbors.
    let edges = graphs::skewed_edges(300, 4000, 3);
    let expected = by_pairs(300, &summed(&edges));
    let g = graphs::weighted(300, &edges);
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| graph::stats(&g)), expected);
    }
}
