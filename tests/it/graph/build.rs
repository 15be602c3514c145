//! The builder and the transpose against a map of edges.

use std::collections::BTreeMap;

use plaudit::{
    graph::{self, Csr},
    ids::NodeId,
};
use proptest::prelude::*;

use crate::support::graphs;

type EdgeMap = BTreeMap<(u32, u32), u64>;

/// The edges that the graph must hold: repeated ones merged, those of weight 0 dropped.
fn summed(edges: &[(u32, u32, u64)]) -> EdgeMap {
    let mut sums = BTreeMap::new();
    for &(u, v, w) in edges.iter().filter(|edge| edge.2 > 0) {
        *sums.entry((u, v)).or_insert(0) += w;
    }
    sums
}

/// The edges of these rows, as (row, neighbor).
fn held(rows: &Csr) -> EdgeMap {
    let row =
        |u: u32| rows.rows().row(NodeId(u)).iter().map(|(v, w)| ((u, v.0), u64::from(w))).collect::<Vec<_>>();
    (0..rows.node_count() as u32).flat_map(row).collect()
}

fn reversed(edges: &EdgeMap) -> EdgeMap {
    edges.iter().map(|(&(u, v), &w)| ((v, u), w)).collect()
}

fn same_rows(a: &Csr, b: &Csr) -> bool {
    let (a, b) = (a.plain().unwrap(), b.plain().unwrap());
    a.offsets() == b.offsets() && a.targets() == b.targets() && a.weights() == b.weights()
}

proptest! {
    #[test]
    fn build_holds_exactly_the_summed_edges((n, edges) in graphs::any_edges()) {
        let expected = summed(&edges);
        let g = graphs::weighted(n, &edges);
        prop_assert_eq!(g.check(), Ok(()));
        prop_assert_eq!(&held(g.out_edges()), &expected);
        prop_assert_eq!(held(g.in_edges()), reversed(&expected));
        let pairs: Vec<_> = edges.iter().map(|&(u, v, _)| (u, v)).collect();
        let g = graphs::plain(n, &pairs);
        prop_assert_eq!(g.check(), Ok(()));
        let ones: EdgeMap = expected.keys().map(|&ends| (ends, 1)).collect();
        prop_assert_eq!(&held(g.out_edges()), &ones);
        prop_assert_eq!(held(g.in_edges()), reversed(&ones));
    }

    #[test]
    fn transposing_twice_changes_nothing((n, edges) in graphs::any_edges()) {
        let g = graphs::weighted(n, &edges);
        prop_assert!(same_rows(&graph::transpose(g.in_edges()), g.out_edges()));
    }

    #[test]
    fn edge_order_does_not_matter((n, mut edges) in graphs::any_edges()) {
        let first = graphs::weighted(n, &edges);
        edges.reverse();
        let second = graphs::weighted(n, &edges);
        prop_assert_eq!(first.out_edges().edge_digest(false), second.out_edges().edge_digest(false));
        prop_assert!(same_rows(first.in_edges(), second.in_edges()));
    }
}

#[test]
fn a_graph_of_many_buckets_is_the_same_at_any_thread_count() {
    // More nodes than buckets, hubs, repeated edges, and a tenth of the edges of weight 0.
    let mut edges = graphs::skewed_edges(3000, 40_000, 11);
    edges.iter_mut().step_by(10).for_each(|edge| edge.2 = 0);
    let expected = summed(&edges);
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let g = pool.install(|| graphs::weighted(3000, &edges));
        assert_eq!(g.check(), Ok(()));
        assert_eq!(held(g.out_edges()), expected);
        assert_eq!(held(g.in_edges()), reversed(&expected));
        assert!(same_rows(&graph::transpose(g.in_edges()), g.out_edges()));
    }
}

#[test]
fn weights_beyond_32_bits_are_scaled_by_one_power_of_two() {
    let g = graphs::weighted(2, &[(0, 1, 1 << 40), (1, 0, 1 << 20), (1, 1, 1)]);
    let weights = g.out_edges().plain().unwrap().weights().expect("the graph is weighted");
    assert_eq!(g.weight_unit(), f64::from(1 << 9), "2^40 needs 41 bits; 9 are shifted away");
    assert_eq!(weights, [1 << 31, 1 << 11, 1], "no edge vanishes");
}

#[test]
fn the_last_isolated_node_is_kept() {
    let g = graphs::plain(5, &[(0, 1)]);
    assert_eq!(g.node_count(), 5);
    assert_eq!(g.out_edges().degree(NodeId(4)), 0);
}

#[test]
fn balanced_ranges_cover_all_rows_once() {
    let g = graphs::weighted(100, &graphs::skewed_edges(100, 1000, 7));
    for parts in [1, 2, 7, 64, 1000] {
        let ranges = g.out_edges().balanced_ranges(parts);
        let rows: Vec<usize> = ranges.into_iter().flatten().collect();
        assert_eq!(rows, (0..100).collect::<Vec<_>>(), "{parts} parts");
    }
}
