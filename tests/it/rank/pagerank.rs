//! PageRank compared with closed forms, the full matrix, networkx and LDBC; its error bound compared with the true
//! error.

use plaudit::{
    graph::Graph,
    rank::{self, Dangling, NodeVector, PageRankConfig, RankError, Ranks, Solver, StopRule, Teleport},
};
use proptest::prelude::*;

use crate::support::{dense, graphs, ldbc, pools};

const SOLVERS: [Solver; 2] = [Solver::Jacobi, Solver::GaussSeidel];
const DAMPINGS: [f64; 6] = [0.0, 0.25, 0.5, 0.85, 0.95, 0.99];

fn config(solver: Solver, damping: f64, tolerance: f64) -> PageRankConfig {
    PageRankConfig {
        damping,
        stop: StopRule::Certified { tolerance, max_rounds: 10_000 },
        solver,
        dangling: Dangling::Teleport,
    }
}

fn ranks(g: &Graph, teleport: &Teleport, cfg: &PageRankConfig) -> Ranks {
    let ranks = rank::pagerank(g, teleport, cfg).unwrap();
    if let StopRule::Certified { tolerance, .. } = cfg.stop {
        assert!(ranks.error_bound <= tolerance);
    }
    let sum: f64 = ranks.score.iter().sum();
    assert!((sum - 1.0).abs() <= 1e-12, "scores sum to {sum}");
    assert!(ranks.score.iter().all(|score| *score >= 0.0));
    ranks
}

/// Asserts for both solvers and every damping that the distance to `expected(damping)` is within the certified bound of
/// 1e-10.
fn assert_closed_form(name: &str, g: &Graph, teleport: &Teleport, expected: impl Fn(f64) -> Vec<f64>) {
    for damping in DAMPINGS {
        for solver in SOLVERS {
            let found = ranks(g, teleport, &config(solver, damping, 1e-10));
            let distance = dense::l1(&found.score, &expected(damping));
            assert!(
                distance <= found.error_bound,
                "{name}, {damping}, {solver:?}: {distance:e} > {:e}",
                found.error_bound
            );
        }
    }
}

#[test]
fn cliques_and_cycles_are_uniform() {
    for n in [2_u32, 3, 10, 40] {
        let uniform = |_| vec![1.0 / f64::from(n); n as usize];
        let clique = graphs::plain(n as usize, &graphs::both_ways(&graphs::clique(0, n)));
        assert_closed_form("clique", &clique, &Teleport::Uniform, uniform);
        let cycle: Vec<(u32, u32)> = (0..n).map(|v| (v, (v + 1) % n)).collect();
        assert_closed_form("cycle", &graphs::plain(n as usize, &cycle), &Teleport::Uniform, uniform);
        assert_closed_form("no edges", &graphs::plain(n as usize, &[]), &Teleport::Uniform, uniform);
    }
}

#[test]
fn teleport_to_one_node_of_a_cycle_decays_along_it() {
    // x_k = a x_(k-1) for k > 0 and x_0 = (1 - a) + a x_(n-1), so x_k = (1 - a) a^k / (1 - a^n).
    for n in [2_u32, 5, 50] {
        let cycle: Vec<(u32, u32)> = (0..n).map(|v| (v, (v + 1) % n)).collect();
        let mut weights = vec![0.0; n as usize];
        weights[0] = 17.0;
        let power = |a: f64, k: u32| (0..k).fold(1.0, |product, _| product * a);
        assert_closed_form("cycle", &graphs::plain(n as usize, &cycle), &Teleport::Weights(weights), |a| {
            (0..n).map(|k| (1.0 - a) * power(a, k) / (1.0 - power(a, n))).collect()
        });
    }
}

#[test]
fn stars_with_a_dangling_hub_or_dangling_leaves() {
    for leaves in [1_u32, 2, 9, 300] {
        let n = leaves + 1;
        let nodes = f64::from(n);
        let l = f64::from(leaves);
        // All leaves attend to hub 0, which dangles: leaf = (1 - a + a hub) / n and hub = leaf + a l leaf. With
        // hub + l leaf = 1 it follows that leaf = 1 / (n + a l).
        let to_hub: Vec<(u32, u32)> = (1..n).map(|v| (v, 0)).collect();
        assert_closed_form("star to its hub", &graphs::plain(n as usize, &to_hub), &Teleport::Uniform, |a| {
            let leaf = 1.0 / (nodes + a * l);
            star((1.0 + a * l) * leaf, leaf, leaves)
        });
        // The hub attends to all leaves, which dangle: hub = (1 - a + a l leaf) / n and leaf = hub + a hub / l. With
        // hub + l leaf = 1 it follows that hub = 1 / (n + a).
        let from_hub: Vec<(u32, u32)> = (1..n).map(|v| (0, v)).collect();
        assert_closed_form(
            "star from its hub",
            &graphs::plain(n as usize, &from_hub),
            &Teleport::Uniform,
            |a| {
                let hub = 1.0 / (nodes + a);
                star(hub, (1.0 + a / l) * hub, leaves)
            },
        );
    }
}

fn star(hub: f64, leaf: f64, leaves: u32) -> Vec<f64> {
    [hub].into_iter().chain(vec![leaf; leaves as usize]).collect()
}

/// Half of the core nodes have no in-edges from the core. The test includes orders in which the core does not come
/// first.
#[test]
fn core_nodes_without_in_edges_from_the_core() {
    for (k, first) in [(2, [0, 1, 2]), (7, [0, 1, 2]), (7, [2, 0, 1]), (7, [1, 2, 0]), (5000, [0, 1, 2])] {
        let node = |group: usize, i: u32| first[group] * k + i % k;
        let (circle, between, outside, sink) = (0, 1, 2, 3 * k);
        let edges = (0..k).flat_map(|i| {
            let own = node(circle, i);
            [
                (node(outside, i), node(between, i)),
                (node(between, i), own),
                (own, node(circle, i + 1)),
                (own, sink),
            ]
        });
        let g = graphs::plain(3 * k as usize + 1, &edges.collect::<Vec<_>>());
        let expected = |a: f64| {
            let in_circle = (1.0 + a + a * a) / (1.0 - a / 2.0);
            let mut values = vec![1.0 + a * f64::from(k) * in_circle / 2.0; 3 * k as usize + 1];
            for (group, value) in [(circle, in_circle), (between, 1.0 + a), (outside, 1.0)] {
                (0..k).for_each(|i| values[node(group, i) as usize] = value);
            }
            to_sum_one(&values)
        };
        assert_closed_form("circle", &g, &Teleport::Uniform, expected);
    }
}

#[test]
fn rank_is_split_by_weight_and_loops_keep_their_share() {
    // 0 attends to 1 and 2 in the ratio 3 : 1, and both attend to 0 only. All rank outside 0 walks to 0, so
    // x_0 = (1 - a) / 3 + a (1 - x_0).
    let g = graphs::weighted(3, &[(0, 1, 300), (0, 2, 100), (1, 0, 7), (2, 0, 1)]);
    assert_closed_form("ratio", &g, &Teleport::Uniform, |a| {
        let x_0 = ((1.0 - a) / 3.0 + a) / (1.0 + a);
        vec![x_0, (1.0 - a) / 3.0 + a * 0.75 * x_0, (1.0 - a) / 3.0 + a * 0.25 * x_0]
    });
    // 0 keeps 2 of 3 shares for itself: x_0 = (1 - a) / 2 + a (2/3) x_0 + a x_1 with x_1 = 1 - x_0.
    let g = graphs::weighted(2, &[(0, 0, 2), (0, 1, 1), (1, 0, 5)]);
    assert_closed_form("loop", &g, &Teleport::Uniform, |a| {
        let x_0 = ((1.0 - a) / 2.0 + a) / (1.0 + a / 3.0);
        vec![x_0, 1.0 - x_0]
    });
}

#[test]
fn the_smallest_graphs() {
    for solver in SOLVERS {
        for stop in [StopRule::Certified { tolerance: 1e-9, max_rounds: 100 }, StopRule::Rounds(3)] {
            let cfg = PageRankConfig { damping: 0.85, stop, solver, dangling: Dangling::Teleport };
            let empty = rank::pagerank(&graphs::plain(0, &[]), &Teleport::Uniform, &cfg).unwrap();
            assert_eq!(empty, Ranks { score: vec![], rounds: 0, error_bound: 0.0 });
            for edges in [&[][..], &[(0, 0)]] {
                assert_eq!(ranks(&graphs::plain(1, edges), &Teleport::Uniform, &cfg).score, [1.0]);
            }
        }
    }
}

/// Number of nodes, edges, teleport weights and a damping.
type RankCase = (usize, Vec<(u32, u32, u64)>, Vec<f64>, f64);

fn any_rank_case() -> impl Strategy<Value = RankCase> {
    graphs::any_edges().prop_flat_map(|(n, edges)| {
        let weights = prop::collection::vec(0_u32..4, n)
            .prop_map(|weights| weights.into_iter().map(f64::from).collect())
            .prop_filter("some weight is above 0", |weights: &Vec<f64>| weights.iter().any(|w| *w > 0.0));
        (Just(n), Just(edges), prop_oneof![Just(vec![1.0; n]), weights], 0.0..0.95)
    })
}

fn to_sum_one(weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

proptest! {
    #[test]
    fn error_bounds_hold((n, edges, weights, damping) in any_rank_case(), digits in 1_i32..12) {
        // 0.95^2000 is below 1e-44: the reference is exact except for rounding of about 1e-15, which is less than any
        // bound allows.
        let truth = dense::pagerank(n, &edges, &to_sum_one(&weights), damping, 2000);
        let g = graphs::weighted(n, &edges);
        let teleport = Teleport::Weights(weights);
        for solver in SOLVERS {
            let found = ranks(&g, &teleport, &config(solver, damping, 10.0_f64.powi(-digits)));
            let distance = dense::l1(&found.score, &truth);
            prop_assert!(distance <= found.error_bound, "{:?}: {:e} > {:e}", solver, distance, found.error_bound);
        }
    }

    #[test]
    fn fixed_rounds_equal_those_of_the_full_matrix((n, edges, weights, damping) in any_rank_case(), rounds in 0_u32..8) {
        let g = graphs::weighted(n, &edges);
        let teleport = Teleport::Weights(weights.clone());
        let truth = dense::pagerank(n, &edges, &to_sum_one(&weights), damping, 2000);
        let after = dense::pagerank(n, &edges, &to_sum_one(&weights), damping, rounds as usize);
        for solver in SOLVERS {
            let found = ranks(&g, &teleport, &PageRankConfig { damping, stop: StopRule::Rounds(rounds), solver, dangling: Dangling::Teleport });
            prop_assert_eq!(found.rounds, rounds);
            prop_assert!(dense::l1(&found.score, &truth) <= found.error_bound);
            prop_assert!(dense::l1(&found.score, &after) <= 1e-13);
        }
    }

    #[test]
    fn relabeling_commutes(
        (n, edges, weights, damping, order) in any_rank_case().prop_flat_map(|(n, edges, weights, damping)| {
            let order = Just((0..n as u32).collect::<Vec<_>>()).prop_shuffle();
            (Just(n), Just(edges), Just(weights), Just(damping), order)
        }),
    ) {
        let name = |v: u32| order[v as usize];
        let renamed: Vec<_> = edges.iter().map(|&(u, v, w)| (name(u), name(v), w)).collect();
        let mut renamed_weights = vec![0.0; n];
        (0..n).for_each(|v| renamed_weights[order[v] as usize] = weights[v]);
        for solver in SOLVERS {
            let cfg = config(solver, damping, 1e-11);
            let one = ranks(&graphs::weighted(n, &edges), &Teleport::Weights(weights.clone()), &cfg);
            let other = ranks(&graphs::weighted(n, &renamed), &Teleport::Weights(renamed_weights.clone()), &cfg);
            let back: Vec<f64> = order.iter().map(|&v| other.score[v as usize]).collect();
            prop_assert!(dense::l1(&one.score, &back) <= one.error_bound + other.error_bound);
        }
    }

    #[test]
    fn only_ratios_of_weights_matter((n, edges, weights, damping) in any_rank_case(), factor in 2_u64..1000) {
        let g = graphs::weighted(n, &edges);
        let times: Vec<_> = edges.iter().map(|&(u, v, w)| (u, v, w * factor)).collect();
        let scaled = graphs::weighted(n, &times);
        let teleport = Teleport::Weights(weights.clone());
        let thrice = Teleport::Weights(weights.iter().map(|weight| weight * 3.0).collect());
        for solver in SOLVERS {
            let cfg = config(solver, damping, 1e-11);
            let one = ranks(&g, &teleport, &cfg);
            let other = ranks(&scaled, &thrice, &cfg);
            prop_assert!(dense::l1(&one.score, &other.score) <= one.error_bound + other.error_bound);
        }
    }

    #[test]
    fn linear_in_the_teleport_vector_without_dangling_nodes(
        (n, mut edges, weights, damping) in any_rank_case(),
        share in 0.0..1.0,
    ) {
        edges.extend((0..n as u32).map(|v| (v, (v + 1) % n as u32, 1)));
        let g = graphs::weighted(n, &edges);
        let one = to_sum_one(&weights);
        let other: Vec<f64> = to_sum_one(&(1..=n).map(|v| v as f64).collect::<Vec<_>>());
        let mix = |x: &[f64], y: &[f64]| -> Vec<f64> { x.iter().zip(y).map(|(x, y)| share * x + (1.0 - share) * y).collect() };
        for solver in SOLVERS {
            let of = |teleport: Vec<f64>| ranks(&g, &Teleport::Weights(teleport), &config(solver, damping, 1e-11)).score;
            let mixed = mix(&of(one.clone()), &of(other.clone()));
            prop_assert!(dense::l1(&of(mix(&one, &other)), &mixed) <= 2e-11);
        }
    }

    #[test]
    fn both_solvers_agree_within_their_bounds((n, edges, weights, damping) in any_rank_case()) {
        let g = graphs::weighted(n, &edges);
        let teleport = Teleport::Weights(weights);
        let [jacobi, gauss_seidel] = SOLVERS.map(|solver| ranks(&g, &teleport, &config(solver, damping, 1e-9)));
        let distance = dense::l1(&jacobi.score, &gauss_seidel.score);
        prop_assert!(distance <= jacobi.error_bound + gauss_seidel.error_bound);
    }
}

/// 2000 nodes, enough edges for several chunks, a fifth of the nodes dangling.
fn multi_chunk_graph() -> (usize, Vec<(u32, u32, u64)>) {
    let mut edges = graphs::skewed_edges(2000, 500_000, 11);
    edges.retain(|(u, _, _)| u % 5 != 0);
    (2000, edges)
}

#[test]
fn graphs_of_several_chunks_agree_with_the_matrix_on_any_pool() {
    let (n, edges) = multi_chunk_graph();
    let g = graphs::weighted(n, &edges);
    assert!(g.edge_count() > 3 << 16, "{} edges are too few for several chunks", g.edge_count());
    let truth = dense::pagerank(n, &edges, &vec![1.0 / n as f64; n], 0.85, 60);
    // The L1 error that can remain after 60 rounds: 2 · 0.85^60.
    let slack = 2.0 * 0.85_f64.powi(60);
    for solver in SOLVERS {
        let found = ranks(&g, &Teleport::Uniform, &config(solver, 0.85, 1e-9));
        assert!(dense::l1(&found.score, &truth) <= found.error_bound + slack, "{solver:?}");
        for stop in [StopRule::Certified { tolerance: 1e-9, max_rounds: 100 }, StopRule::Rounds(5)] {
            let cfg = PageRankConfig { damping: 0.85, stop, solver, dangling: Dangling::Teleport };
            pools::assert_same_on_any_pool(|| {
                let found = ranks(&g, &Teleport::Uniform, &cfg);
                (found.score.into_iter().map(f64::to_bits).collect::<Vec<_>>(), found.error_bound.to_bits())
            });
        }
    }
}

#[test]
fn gauss_seidel_needs_fewer_rounds_where_neighbors_are_near() {
    // A path along rising node numbers: one sequential sweep carries rank along the whole path, a plain round carries
    // it one step.
    let path: Vec<(u32, u32)> = (1..500).map(|v| (v - 1, v)).collect();
    let g = graphs::plain(500, &path);
    let [plain, swept] =
        SOLVERS.map(|solver| ranks(&g, &Teleport::Uniform, &config(solver, 0.95, 1e-9)).rounds);
    assert!(swept * 4 < plain, "{swept} rounds against {plain}");
}

#[test]
fn networkx_answers_agree() {
    let text = include_str!("../../oracles/pagerank_networkx.csv");
    let mut cases = 0;
    for case in text.split("case,").skip(1) {
        let mut lines = case.lines();
        let head: Vec<&str> = lines.next().unwrap().split(',').collect();
        let (damping, n): (f64, usize) = (head[1].parse().unwrap(), head[2].parse().unwrap());
        let (mut edges, mut weights, mut expected) = (vec![], vec![0.0; n], vec![]);
        for line in lines {
            let fields: Vec<&str> = line.split(',').collect();
            match fields[0] {
                "edge" => edges.push((
                    fields[1].parse().unwrap(),
                    fields[2].parse().unwrap(),
                    fields[3].parse().unwrap(),
                )),
                "teleport" => weights[fields[1].parse::<usize>().unwrap()] = fields[2].parse().unwrap(),
                "rank" => expected.push(fields[2].parse().unwrap()),
                other => panic!("row {other}"),
            }
        }
        let uniform = weights.iter().all(|weight| *weight == 0.0);
        let teleport = if uniform { Teleport::Uniform } else { Teleport::Weights(weights) };
        for solver in SOLVERS {
            let found = ranks(&graphs::weighted(n, &edges), &teleport, &config(solver, damping, 1e-10));
            assert!(dense::l1(&found.score, &expected) <= 1e-9, "{}, {solver:?}", head[0]);
        }
        cases += 1;
    }
    assert_eq!(cases, 5);
}

#[test]
fn ldbc_answers_agree() {
    for (input, output, rounds) in [
        ("pr/dir-input", "pr/dir-output", 14),
        ("pr/undir-input", "pr/undir-output", 26),
        ("example/example-directed-input", "example/example-directed-PR", 2),
        ("example/example-undirected-input", "example/example-undirected-PR", 2),
    ] {
        let Some(case) = ldbc::case(input, output) else { return };
        let cfg = PageRankConfig {
            damping: 0.85,
            stop: StopRule::Rounds(rounds),
            solver: Solver::Jacobi,
            dangling: Dangling::Teleport,
        };
        let found = ranks(&case.graph, &Teleport::Uniform, &cfg);
        for (score, expected) in found.score.iter().zip(case.values::<f64>()) {
            assert!(
                (score - expected).abs() <= 1e-9 + 1e-4 * expected,
                "{input}: {score}, {expected} expected"
            );
        }
    }
}

#[test]
fn invalid_input_is_refused() {
    let g = graphs::plain(3, &[(0, 1)]);
    let error_of = |teleport: &[f64], damping: f64, tolerance: f64| {
        rank::pagerank(&g, &Teleport::Weights(teleport.to_vec()), &config(Solver::Jacobi, damping, tolerance))
            .unwrap_err()
    };
    for damping in [-0.1, 1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(error_of(&[1.0; 3], damping, 1e-9), RankError::BadDamping { .. }), "{damping}");
    }
    for tolerance in [0.0, -1.0, f64::NAN, 1e-16, 2.0, f64::INFINITY] {
        assert!(
            matches!(error_of(&[1.0; 3], 0.85, tolerance), RankError::BadTolerance { .. }),
            "{tolerance}"
        );
    }
    let vector = NodeVector::Teleport;
    assert_eq!(error_of(&[1.0; 2], 0.85, 1e-9), RankError::VectorLength { vector, found: 2, expected: 3 });
    assert_eq!(error_of(&[0.0; 3], 0.85, 1e-9), RankError::BadSum { vector, sum: 0.0 });
    assert!(matches!(error_of(&[f64::MAX; 3], 0.85, 1e-9), RankError::BadSum { .. }));
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        let error = error_of(&[1.0, weight, 1.0], 0.85, 1e-9);
        assert!(error.to_string().starts_with("in the teleport weights, the entry of node 1 is"), "{error}");
    }
}

#[test]
fn too_few_rounds_are_an_error_with_the_bound_reached() {
    // Node numbers fall along the path, so a sweep carries rank no further than a plain round does.
    let path: Vec<(u32, u32)> = (1..50).map(|v| (v, v - 1)).collect();
    for solver in SOLVERS {
        for max_rounds in [0, 1, 4] {
            let stop = StopRule::Certified { tolerance: 1e-9, max_rounds };
            let cfg = PageRankConfig { damping: 0.85, stop, solver, dangling: Dangling::Teleport };
            match rank::pagerank(&graphs::plain(50, &path), &Teleport::Uniform, &cfg) {
                Err(RankError::NotConverged { rounds, bound, tolerance }) => {
                    assert_eq!((rounds, tolerance), (max_rounds, 1e-9));
                    assert!(bound > 1e-9 && bound <= 2.0);
                }
                other => panic!("{solver:?}, {max_rounds}: {other:?}"),
            }
        }
    }
}

#[test]
fn the_error_of_rounded_weights_is_within_its_bound() {
    let mut worst: f64 = 0.0;
    for seed in 0..200 {
        let draw = |item, what| plaudit::num::random(seed, what, item, 0);
        let edge = |i| ((draw(i, 1) % 12) as u32, (draw(i, 2) % 12) as u32, 1 << (draw(i, 3) % 45));
        let edges: Vec<(u32, u32, u64)> = (0..40).map(edge).collect();
        let g = graphs::weighted(12, &edges);
        let truth = dense::pagerank(12, &edges, &[1.0 / 12.0; 12], 0.85, 2000);
        let found = ranks(&g, &Teleport::Uniform, &config(Solver::Jacobi, 0.85, 1e-10));
        let bound = found.error_bound + rank::weight_rounding_bound(&g, &found, 0.85, 1.0);
        let distance = dense::l1(&found.score, &truth);
        assert!(distance <= bound, "seed {seed}: {distance:e} > {bound:e}");
        worst = worst.max(distance);
    }
    assert!(worst > 1e-6, "rounding to 32 bits must matter in these graphs: {worst:e}");
}

#[test]
fn rounding_does_not_matter_with_one_edge_a_node() {
    let g = graphs::weighted(3, &[(0, 1, 1 << 40), (1, 2, 1), (2, 0, 3)]);
    let found = ranks(&g, &Teleport::Uniform, &config(Solver::Jacobi, 0.85, 1e-10));
    assert_eq!(rank::weight_rounding_bound(&g, &found, 0.85, 1.0), 0.0);
}
