//! PageRank of several columns, from a start, with both rules for dangling nodes, and at every tolerance.

use ndarray::{Array1, Array2};
use plaudit::{
    graph::Graph,
    num,
    rank::{self, Dangling, NodeVector, PageRankConfig, RankError, Ranks, Solver, StopRule, Teleport},
};
use proptest::prelude::*;

use crate::support::{dense, graphs, planted, pools};

const SOLVERS: [Solver; 2] = [Solver::Jacobi, Solver::GaussSeidel];
const DANGLING: [Dangling; 2] = [Dangling::Teleport, Dangling::Uniform];

fn config(solver: Solver, dangling: Dangling, tolerance: f64) -> PageRankConfig {
    let stop = StopRule::Certified { tolerance, max_rounds: 10_000 };
    PageRankConfig { damping: 0.85, stop, solver, dangling }
}

/// The teleport weights of `k` columns, in rotation: uniform, on one node, on about a tenth of the nodes, random on all
/// nodes.
fn teleports(n: usize, k: usize) -> Array2<f64> {
    Array2::from_shape_fn((n, k), |(v, j)| {
        let draw = num::unit_interval(num::random(5, j as u64, v as u64, 0));
        match j % 4 {
            0 => 1.0,
            1 => f64::from(u8::from(v == (j * 7) % n)),
            2 => f64::from(u8::from(draw < 0.1)) + if v == 0 { 0.5 } else { 0.0 },
            _ => draw,
        }
    })
}

fn bits(ranks: impl IntoIterator<Item = f64>) -> Vec<u64> {
    ranks.into_iter().map(f64::to_bits).collect()
}

/// A graph of several chunks and blocks, with hubs, dangling nodes, nodes without in-edges and isolated nodes, not in
/// locality order.
fn mixed() -> Graph {
    let mut edges = planted::rmat(13, 600_000, 3);
    edges.retain(|(u, v, _)| u % 5 != 0 && v % 7 != 0);
    graphs::weighted(1 << 13, &edges)
}

#[test]
fn columns_have_the_bits_of_single_runs_on_any_pool() {
    let g = mixed();
    let all = teleports(g.node_count(), 11);
    for (solver, dangling) in SOLVERS.into_iter().zip(DANGLING) {
        let cfg = config(solver, dangling, 1e-10);
        let single = |j: usize| {
            let weights = Teleport::Weights(all.column(j).to_vec());
            rank::pagerank(&g, &weights, &cfg).unwrap()
        };
        let singles: Vec<Ranks> = (0..11).map(single).collect();
        for k in [1, 2, 3, 5, 11] {
            let found = rank::pagerank_columns(&g, &all.slice(ndarray::s![.., ..k]), &cfg).unwrap();
            for (j, single) in singles.iter().enumerate().take(k) {
                assert!(bits(found.score.column(j).to_vec()) == bits(single.score.clone()), "{j} of {k}");
                assert_eq!((found.rounds[j], found.error_bound[j]), (single.rounds, single.error_bound));
            }
        }
    }
    for solver in SOLVERS {
        pools::assert_same_on_any_pool(|| {
            let cfg = config(solver, Dangling::Teleport, 1e-10);
            let found = rank::pagerank_columns(&g, &all.slice(ndarray::s![.., ..5]), &cfg).unwrap();
            (bits(found.score), found.rounds, bits(found.error_bound))
        });
    }
}

#[test]
fn no_columns_give_no_answer_and_invalid_columns_are_refused() {
    let g = graphs::plain(3, &[(0, 1)]);
    let cfg = config(Solver::GaussSeidel, Dangling::Teleport, 1e-9);
    let none = rank::pagerank_columns(&g, &Array2::zeros((3, 0)).view(), &cfg).unwrap();
    assert_eq!((none.score.dim(), none.rounds.len()), ((3, 0), 0));
    let vector = NodeVector::Teleport;
    let error = rank::pagerank_columns(&g, &Array2::zeros((3, 2)).view(), &cfg).unwrap_err();
    assert_eq!(error, RankError::BadSum { vector, sum: 0.0 });
    let error = rank::pagerank_columns(&g, &Array2::ones((2, 2)).view(), &cfg).unwrap_err();
    assert_eq!(error, RankError::VectorLength { vector, found: 2, expected: 3 });
    let error_from = |start: &[f64]| rank::pagerank_from(&g, &Teleport::Uniform, start, &cfg).unwrap_err();
    let vector = NodeVector::Start;
    assert_eq!(error_from(&[1.0; 4]), RankError::VectorLength { vector, found: 4, expected: 3 });
    assert_eq!(error_from(&[0.0; 3]), RankError::BadSum { vector, sum: 0.0 });
    for value in [-1.0, f64::NAN, f64::INFINITY] {
        let error = error_from(&[1.0, value, 1.0]).to_string();
        assert!(error.starts_with("in the start values, the entry of node 1 is"), "{error}");
    }
    let weak = config(Solver::GaussSeidel, Dangling::Uniform, 1e-16);
    let error = rank::pagerank(&g, &Teleport::Uniform, &weak).unwrap_err();
    assert!(matches!(error, RankError::BadTolerance { floor, .. } if floor > 1e-15 && floor < 1e-12));
}

#[test]
fn every_tolerance_is_met_in_about_as_few_rounds_as_by_the_textbook() {
    let g = mixed();
    let n = g.node_count();
    let plain = |rounds| {
        let cfg = PageRankConfig {
            stop: StopRule::Rounds(rounds),
            ..config(Solver::Jacobi, Dangling::Teleport, 1.0)
        };
        rank::pagerank(&g, &Teleport::Uniform, &cfg).unwrap()
    };
    // The L1 error after 200 rounds is at most 2 · 0.85^200, which is below 2e-14.
    let truth = plain(200).score;
    for solver in SOLVERS {
        for digits in 1..12 {
            let tolerance = 10.0_f64.powi(-digits);
            let found =
                rank::pagerank(&g, &Teleport::Uniform, &config(solver, Dangling::Teleport, tolerance))
                    .unwrap();
            let distance = dense::l1(&found.score, &truth);
            assert!(
                distance <= found.error_bound + 2e-14 && found.error_bound <= tolerance,
                "{solver:?}, {digits}"
            );
            // The number of rounds that the textbook iteration needs for the same error bound.
            let textbook = (1..200).find(|rounds| plain(*rounds).error_bound <= tolerance).unwrap();
            assert!(
                found.rounds <= textbook + 3,
                "{solver:?}, {digits}: {} against {textbook}",
                found.rounds
            );
        }
    }
    assert_eq!(truth.len(), n);
}

#[test]
fn a_start_near_the_answer_saves_rounds() {
    let mut edges = planted::planted(40, 50, 8, 0.3, planted::Numbering::Random, 9).edges;
    let before = graphs::weighted(2000, &edges);
    edges.extend(graphs::skewed_edges(2000, 2, 4));
    let after = graphs::weighted(2000, &edges);
    for solver in SOLVERS {
        let cfg = config(solver, Dangling::Teleport, 1e-9);
        let old = rank::pagerank(&before, &Teleport::Uniform, &cfg).unwrap();
        let cold = rank::pagerank(&after, &Teleport::Uniform, &cfg).unwrap();
        let warm = rank::pagerank_from(&after, &Teleport::Uniform, &old.score, &cfg).unwrap();
        assert!(warm.rounds < cold.rounds, "{} rounds against {}", warm.rounds, cold.rounds);
        assert!(dense::l1(&warm.score, &cold.score) <= warm.error_bound + cold.error_bound);
        let again = rank::pagerank_from(&after, &Teleport::Uniform, &cold.score, &cfg).unwrap();
        assert_eq!(again.rounds, 1, "started from the answer, the first round certifies it");
    }
}

/// Number of nodes, edges, and two vectors of teleport weights.
type TwoTeleports = (usize, Vec<(u32, u32, u64)>, [Vec<f64>; 2]);

fn any_two_teleports() -> impl Strategy<Value = TwoTeleports> {
    graphs::any_edges().prop_flat_map(|(n, edges)| {
        let weights = || {
            prop::collection::vec(0_u32..4, n)
                .prop_map(|weights| weights.into_iter().map(f64::from).collect::<Vec<f64>>())
                .prop_filter("some weight is above 0", |weights| weights.iter().any(|w| *w > 0.0))
        };
        (Just(n), Just(edges), [weights(), weights()])
    })
}

/// The edges, with an edge from each dangling node to every node: then both rules for dangling nodes agree.
fn without_dangling(n: usize, edges: &[(u32, u32, u64)]) -> Vec<(u32, u32, u64)> {
    let dangling = |u: &u32| edges.iter().all(|(source, _, _)| source != u);
    let to_all = |u: u32| (0..n as u32).map(move |v| (u, v, 1));
    edges.iter().copied().chain((0..n as u32).filter(dangling).flat_map(to_all)).collect()
}

proptest! {
    #[test]
    fn any_start_converges_to_the_answer((n, edges, [teleport, start]) in any_two_teleports(), digits in 1_i32..12) {
        let g = graphs::weighted(n, &edges);
        let sum: f64 = teleport.iter().sum();
        let t: Vec<f64> = teleport.iter().map(|weight| weight / sum).collect();
        let truth = dense::pagerank(n, &edges, &t, 0.85, 400);
        for solver in SOLVERS {
            let cfg = config(solver, Dangling::Teleport, 10.0_f64.powi(-digits));
            let found = rank::pagerank_from(&g, &Teleport::Weights(teleport.clone()), &start, &cfg).unwrap();
            prop_assert!(found.error_bound <= 10.0_f64.powi(-digits));
            prop_assert!(dense::l1(&found.score, &truth) <= found.error_bound);
        }
    }

    #[test]
    fn uniform_dangling_equals_edges_to_all_nodes((n, edges, [teleport, _]) in any_two_teleports(), digits in 1_i32..11) {
        let sum: f64 = teleport.iter().sum();
        let t: Vec<f64> = teleport.iter().map(|weight| weight / sum).collect();
        let truth = dense::pagerank(n, &without_dangling(n, &edges), &t, 0.85, 400);
        let g = graphs::weighted(n, &edges);
        let teleport = Teleport::Weights(teleport);
        for solver in SOLVERS {
            let found = rank::pagerank(&g, &teleport, &config(solver, Dangling::Uniform, 10.0_f64.powi(-digits))).unwrap();
            prop_assert!(found.error_bound <= 10.0_f64.powi(-digits));
            prop_assert!(dense::l1(&found.score, &truth) <= found.error_bound);
        }
        let stop = StopRule::Rounds(300);
        let cfg = PageRankConfig { stop, ..config(Solver::Jacobi, Dangling::Uniform, 1.0) };
        prop_assert!(dense::l1(&rank::pagerank(&g, &teleport, &cfg).unwrap().score, &truth) <= 1e-12);
    }

    #[test]
    fn linear_in_the_teleport_vector_where_dangling_is_uniform(
        (n, edges, [one, other]) in any_two_teleports(),
        share in 0.0..1.0,
    ) {
        let g = graphs::weighted(n, &edges);
        let to_sum_one = |weights: Vec<f64>| {
            let weights = Array1::from(weights);
            &weights / weights.sum()
        };
        let (one, other) = (to_sum_one(one), to_sum_one(other));
        let mixed = &one * share + &other * (1.0 - share);
        let columns = ndarray::stack![ndarray::Axis(1), one, other, mixed];
        for solver in SOLVERS {
            let found = rank::pagerank_columns(&g, &columns.view(), &config(solver, Dangling::Uniform, 1e-10)).unwrap();
            let [one, other, mixed] = [0, 1, 2].map(|j| found.score.column(j));
            let put_together = &one * share + &other * (1.0 - share);
            let distance: f64 = (&put_together - &mixed).mapv(f64::abs).sum();
            prop_assert!(distance <= 1e-9, "{distance:e}");
        }
    }
}
