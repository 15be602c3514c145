//! Sizes, weights, conductance and modularity shares of communities, compared with loops over all edges.

use plaudit::{
    community::{self, LeidenConfig, modularity_parts, shapes},
    graph,
    ids::CommunityId,
};
use proptest::prelude::*;

use crate::support::graphs;

proptest! {
    #[test]
    fn weights_inside_and_across_agree_with_the_list_of_edges((n, edges) in graphs::any_edges(), salt in any::<u64>()) {
        let g = graphs::weighted(n, &edges);
        let of = |v: u32| CommunityId((plaudit::num::mix64(salt ^ u64::from(v)) % 3) as u32);
        let community: Vec<CommunityId> = (0..n as u32).map(of).collect();
        let shapes = shapes(&g, &community, 3);
        for (c, shape) in shapes.iter().enumerate() {
            let inside = |v: u32| of(v).index() == c;
            let sum = |keep: &dyn Fn(u32, u32) -> bool| -> u64 {
                edges.iter().filter(|&&(u, v, _)| keep(u, v)).map(|&(_, _, w)| w).sum()
            };
            prop_assert_eq!(shape.size as usize, community.iter().filter(|id| id.index() == c).count());
            prop_assert_eq!(shape.internal_weight, sum(&|u, v| inside(u) && inside(v)));
            prop_assert_eq!(shape.external_weight, sum(&|u, v| inside(u) != inside(v)));
            let outside = sum(&|u, v| !inside(u) && !inside(v));
            let smaller = shape.external_weight + 2 * shape.internal_weight.min(outside);
            let expected = if smaller == 0 { 0.0 } else { shape.external_weight as f64 / smaller as f64 };
            prop_assert!((shape.conductance - expected).abs() < 1e-12);
        }
    }

    /// `part · (2m)² · 16` is an integer if the resolution is a multiple of 1/16.
    #[test]
    fn modularity_shares_add_up_to_the_modularity(
        (n, edges) in graphs::any_edges(), salt in any::<u64>(), sixteenths in 1_u8..60,
    ) {
        let g = graphs::weighted(n, &edges);
        let of = |v: u32| CommunityId((plaudit::num::mix64(salt ^ u64::from(v)) % 4) as u32);
        let community: Vec<CommunityId> = (0..n as u32).map(of).collect();
        let resolution = f64::from(sixteenths) / 16.0;
        let parts = modularity_parts(&shapes(&g, &community, 4), resolution);
        let whole: i128 = edges.iter().map(|edge| 2 * i128::from(edge.2)).sum();
        let mut sum = 0_i128;
        for (c, part) in (0..).map(CommunityId).zip(&parts) {
            let ends = |keep: &dyn Fn(u32, u32) -> i128| -> i128 {
                edges.iter().map(|&(u, v, w)| keep(u, v) * i128::from(w)).sum()
            };
            let inside = ends(&|u, v| 2 * i128::from(of(u) == c && of(v) == c));
            let volume = ends(&|u, v| i128::from(of(u) == c) + i128::from(of(v) == c));
            let scaled = 16 * inside * whole - i128::from(sixteenths) * volume * volume;
            sum += scaled;
            let expected = if whole == 0 { 0.0 } else { scaled as f64 / (16 * whole * whole) as f64 };
            prop_assert!((part - expected).abs() <= 1e-15 * (1.0 + expected.abs()), "{part} {expected}");
        }
        let reported = community::modularity(&graph::symmetrize(&g), &community, resolution);
        let exact = if whole == 0 { 0.0 } else { sum as f64 / (16 * whole * whole) as f64 };
        prop_assert!((reported - exact).abs() <= 1e-14, "{reported} {exact}");
        prop_assert!((parts.iter().sum::<f64>() - reported).abs() <= 1e-13);
    }
}

#[test]
fn a_ring_of_cliques_has_the_conductance_of_its_bridges() {
    let edges = graphs::both_ways(&graphs::ring_of_cliques(5, 4));
    let community: Vec<CommunityId> = (0..20).map(|v| CommunityId(v / 4)).collect();
    for shape in shapes(&graphs::plain(20, &edges), &community, 5) {
        assert_eq!((shape.size, shape.internal_weight, shape.external_weight), (4, 12, 4));
        assert_eq!(shape.conductance, 4.0 / 28.0);
    }
}

/// The modularity shares of the communities add up to the modularity that Leiden reports.
#[test]
fn modularity_shares_of_a_leiden_partition() {
    let g = graphs::weighted(1 << 12, &graphs::kronecker(12, 8, 5));
    for resolution in [0.5, 1.0, 2.7] {
        let cfg = LeidenConfig { resolution, ..LeidenConfig::default() };
        let found = community::leiden(&graph::symmetrize(&g), &cfg);
        let parts = modularity_parts(&shapes(&g, &found.community, found.count), resolution);
        assert_eq!(parts.len(), found.count);
        assert!((parts.iter().sum::<f64>() - found.modularity).abs() < 1e-12);
    }
    // Two pairs, each with half of all strength: each modularity share is 1/2 - 1/4.
    let pairs = graphs::plain(4, &[(0, 1), (2, 3)]);
    let parts = modularity_parts(&shapes(&pairs, &[0, 0, 1, 1].map(CommunityId), 2), 1.0);
    assert_eq!(parts, [0.25, 0.25]);
    assert!(modularity_parts(&[], 1.0).is_empty());
}
