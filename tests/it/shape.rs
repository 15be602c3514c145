//! Shapes of communities against loops over all edges.

use plaudit::{community::shapes, ids::CommunityId};
use proptest::prelude::*;

use crate::support::graphs;

proptest! {
    #[test]
    fn weights_inside_and_across_are_those_of_the_edges((n, edges) in graphs::any_edges(), salt in any::<u64>()) {
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
