//! The built graph against a map of edges.

use std::collections::BTreeMap;

use plaudit::ids::NodeId;
use proptest::prelude::*;

use crate::support::graphs;

proptest! {
    #[test]
    fn build_holds_exactly_the_summed_edges((n, edges) in graphs::any_edges()) {
        let mut expected = BTreeMap::new();
        for &(u, v, w) in &edges {
            *expected.entry((u, v)).or_insert(0) += w;
        }
        let g = graphs::weighted(n, &edges);
        prop_assert_eq!(g.check(), Ok(()));
        let read = |csr: &plaudit::graph::Csr, flip: bool| -> BTreeMap<(u32, u32), u64> {
            g.nodes()
                .flat_map(|u| csr.row(u).iter().map(move |(v, w)| (if flip { (v.0, u.0) } else { (u.0, v.0) }, u64::from(w))))
                .collect()
        };
        prop_assert_eq!(&read(g.out_edges(), false), &expected);
        prop_assert_eq!(&read(g.in_edges(), true), &expected);
    }

    #[test]
    fn edge_order_does_not_matter((n, mut edges) in graphs::any_edges()) {
        let first = graphs::weighted(n, &edges);
        edges.reverse();
        let second = graphs::weighted(n, &edges);
        prop_assert_eq!(first.out_edges().edge_digest(false), second.out_edges().edge_digest(false));
        prop_assert_eq!(first.in_edges().offsets(), second.in_edges().offsets());
    }
}

#[test]
fn weights_beyond_32_bits_share_one_shift() {
    let g = graphs::weighted(2, &[(0, 1, 1 << 40), (1, 0, 1 << 20), (1, 1, 1)]);
    let weights = g.out_edges().weights().expect("the graph is weighted");
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
