//! HITS compared with closed forms, the full matrix and networkx; the reported change; relabeling.

use plaudit::{
    graph::Graph,
    num,
    rank::{self, Hits, HitsConfig, RankError},
};
use proptest::prelude::*;

use crate::support::{dense, graphs, oracle, pools};

fn config(tolerance: f64) -> HitsConfig {
    HitsConfig { tolerance, max_rounds: 100_000 }
}

fn hits(g: &Graph, tolerance: f64) -> Hits {
    let hits = rank::hits(g, &config(tolerance)).unwrap();
    assert!(hits.l1_change <= tolerance);
    for scores in [&hits.hub, &hits.authority] {
        let sum: f64 = scores.iter().sum();
        assert!((sum - 1.0).abs() <= 1e-12, "scores sum to {sum}");
        assert!(scores.iter().all(|score| *score >= 0.0));
    }
    hits
}

fn assert_near(found: &[f64], expected: &[f64], what: &str) {
    let distance = dense::l1(found, expected);
    assert!(distance <= 1e-9, "{what}: {distance:e}\n{found:?}\n{expected:?}");
}

#[test]
fn closed_forms_are_met() {
    // Leaves attend to the center.
    let star: Vec<(u32, u32)> = (1..6).map(|leaf| (leaf, 0)).collect();
    let found = hits(&graphs::plain(6, &star), 1e-10);
    assert_near(&found.hub, &[0.0, 0.2, 0.2, 0.2, 0.2, 0.2], "star, hubs");
    assert_near(&found.authority, &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0], "star, authorities");
    // Each of 3 nodes attends to each of 4 others.
    let bipartite: Vec<(u32, u32)> = (0..3).flat_map(|u| (3..7).map(move |v| (u, v))).collect();
    let found = hits(&graphs::plain(7, &bipartite), 1e-10);
    let third = 1.0 / 3.0;
    assert_near(&found.hub, &[third, third, third, 0.0, 0.0, 0.0, 0.0], "bipartite, hubs");
    assert_near(&found.authority, &[0.0, 0.0, 0.0, 0.25, 0.25, 0.25, 0.25], "bipartite, authorities");
    // A weighted fan: authority scores are proportional to the weights.
    let fan = [(0, 1, 1), (0, 2, 2), (0, 3, 5)];
    assert_near(&hits(&graphs::weighted(4, &fan), 1e-10).authority, &[0.0, 0.125, 0.25, 0.625], "fan");
    // 0 → 1, 0 → 2, 3 → 2: WᵀW is [[1, 1], [1, 2]] on 1 and 2; the entries of its first eigenvector have the golden
    // ratio.
    let path = [(0, 1), (0, 2), (3, 2)];
    let golden = 5.0_f64.sqrt().midpoint(1.0);
    let found = hits(&graphs::plain(4, &path), 1e-13);
    assert_near(&found.authority, &[0.0, 1.0 / (1.0 + golden), golden / (1.0 + golden), 0.0], "path");
    assert_near(&found.hub, &[golden / (1.0 + golden), 0.0, 0.0, 1.0 / (1.0 + golden)], "path");
    // A cycle turns the uniform vector into itself.
    let cycle: Vec<(u32, u32)> = (0..7).map(|v| (v, (v + 1) % 7)).collect();
    assert_near(&hits(&graphs::plain(7, &cycle), 1e-10).hub, &[1.0 / 7.0; 7], "cycle");
}

#[test]
fn without_edges_all_scores_are_zero() {
    for n in [0, 1, 5] {
        let found = rank::hits(&graphs::plain(n, &[]), &config(1e-9)).unwrap();
        assert_eq!(found, Hits { hub: vec![0.0; n], authority: vec![0.0; n], rounds: 0, l1_change: 0.0 });
    }
}

/// Two stars of equal strength share the largest singular value: each keeps its share of the uniform start.
#[test]
fn equal_parts_keep_their_shares_and_weaker_ones_fade() {
    let two = [(1, 0), (2, 0), (4, 3), (5, 3)];
    let found = hits(&graphs::plain(6, &two), 1e-10);
    assert_near(&found.authority, &[0.5, 0.0, 0.0, 0.5, 0.0, 0.0], "two stars");
    // Two edges from one node have the same singular value, but the projection of the uniform start on this part is
    // smaller: (1/√2)² of the share of the two fans.
    let uneven = [(1, 0, 1), (2, 0, 1), (4, 3, 1), (4, 5, 1)];
    let found = hits(&graphs::weighted(6, &uneven), 1e-10);
    // Hubs: P u = (1, 1) / 6 on the fans and 1 / 6 on the node with two targets.
    assert_near(&found.hub, &[0.0, 1.0 / 3.0, 1.0 / 3.0, 0.0, 1.0 / 3.0, 0.0], "fans and a fan");
    assert_near(&found.authority, &[0.5, 0.0, 0.0, 0.25, 0.0, 0.25], "fans and a fan");
    let weaker = [(1, 0), (2, 0), (4, 3)];
    let found = hits(&graphs::plain(5, &weaker), 1e-12);
    assert_near(&found.authority, &[1.0, 0.0, 0.0, 0.0, 0.0], "the weaker part fades");
    // After many rounds, faded scores are exactly 0 and not subnormal numbers, which are slow to compute with.
    let slow = HitsConfig { tolerance: 1e-13, max_rounds: 100_000 };
    let parts = [(1, 0, 1_000_000), (2, 0, 999_999), (4, 3, 1), (5, 6, 1_000_100)];
    let found = rank::hits(&graphs::weighted(7, &parts), &slow).unwrap();
    assert_eq!(found.authority[3], 0.0);
}

#[test]
fn too_few_rounds_and_bad_tolerances_are_errors() {
    let g = graphs::plain(4, &[(0, 1), (0, 2), (3, 2)]);
    match rank::hits(&g, &HitsConfig { tolerance: 1e-12, max_rounds: 3 }) {
        Err(RankError::HitsNotConverged { rounds: 3, l1_change, tolerance }) => {
            assert!(l1_change > tolerance && l1_change < 0.5, "{l1_change}");
        }
        other => panic!("{other:?}"),
    }
    for tolerance in [0.0, -1.0, f64::NAN, 1e-16, 2.0, f64::INFINITY] {
        let found = rank::hits(&g, &HitsConfig { tolerance, max_rounds: 3 });
        assert!(matches!(found, Err(RankError::BadTolerance { .. })), "{tolerance}: {found:?}");
    }
}

#[test]
fn scores_are_those_of_networkx() {
    for case in oracle::measures() {
        let found = hits(&graphs::weighted(case.node_count, &case.edges), 1e-13);
        assert_near(&found.hub, &case.hub, &case.name);
        assert_near(&found.authority, &case.authority, &case.name);
    }
}

proptest! {
    #[test]
    fn the_full_matrix_agrees((n, edges) in graphs::any_edges()) {
        let dense = dense::hits(n, &edges);
        // If the two largest singular values nearly agree, no floating-point method separates them in reasonable time.
        if dense.gap < 0.97 {
            let found = hits(&graphs::weighted(n, &edges), 1e-13);
            prop_assert!(dense::l1(&found.hub, &dense.hub) <= 1e-9, "{:?}\n{:?}", found.hub, dense.hub);
            prop_assert!(dense::l1(&found.authority, &dense.authority) <= 1e-9);
        }
    }

    #[test]
    fn relabeling_and_weight_units_do_not_matter((n, edges) in graphs::any_edges(), salt in any::<u64>()) {
        let cfg = config(1e-6);
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.sort_by_key(|v| num::mix64(salt ^ u64::from(*v)));
        let renamed: Vec<(u32, u32, u64)> =
            edges.iter().map(|&(u, v, w)| (order[u as usize], order[v as usize], 8 * w)).collect();
        let (one, other) = (rank::hits(&graphs::weighted(n, &edges), &cfg), rank::hits(&graphs::weighted(n, &renamed), &cfg));
        let (one, other) = (one.unwrap(), other.unwrap());
        prop_assert!(one.rounds.abs_diff(other.rounds) <= 1);
        let moved: Vec<f64> = order.iter().map(|v| other.authority[*v as usize]).collect();
        prop_assert!(dense::l1(&one.authority, &moved) <= 2e-6);
        // On the reversed edges, hub and authority are swapped, except that the iteration differs by half a round.
        let back: Vec<(u32, u32, u64)> = edges.iter().map(|&(u, v, w)| (v, u, w)).collect();
        let dense = dense::hits(n, &edges);
        if dense.gap < 0.9 {
            let back = rank::hits(&graphs::weighted(n, &back), &config(1e-12)).unwrap();
            let one = rank::hits(&graphs::weighted(n, &edges), &config(1e-12)).unwrap();
            if dense.is_simple {
                prop_assert!(dense::l1(&one.authority, &back.hub) <= 1e-9);
            }
        }
    }
}

#[test]
fn any_pool_gives_the_same_bits() {
    let g = graphs::weighted(20_000, &graphs::skewed_edges(20_000, 100_000, 3));
    pools::assert_same_on_any_pool(|| {
        let found = rank::hits(&g, &config(1e-9)).unwrap();
        let bits = |scores: &[f64]| scores.iter().map(|score| score.to_bits()).collect::<Vec<_>>();
        (bits(&found.hub), bits(&found.authority), found.rounds, found.l1_change.to_bits())
    });
}
