//! Benchmarks of PageRank (edges per second, and seconds until the tolerance is certified), components and label
//! propagation.
//!
//! `cargo bench --bench rank`. Threads: `RAYON_NUM_THREADS`; nodes: 2 to the power of `PLAUDIT_BENCH_SCALE`, 16 unless
//! it is given. Beside each time is the result, so that runs can be compared: rounds, error bound and sum of squares.

#![allow(missing_docs, reason = "the macros of criterion write functions without documentation")]

mod graphs;

use std::{hint::black_box, time::Duration};

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use graphs::EdgeList;
use ndarray::Array2;
use plaudit::{
    community,
    graph::Graph,
    ids::id32,
    num,
    rank::{self, DAMPING, Dangling, PageRankConfig, Ranks, Solver, StopRule, Teleport},
};

const ROUNDS: u32 = 10;
const MAX_ROUNDS: u32 = 1000;

fn config(solver: Solver, stop: StopRule) -> PageRankConfig {
    PageRankConfig { damping: DAMPING, stop, solver, dangling: Dangling::Teleport }
}

fn certified(solver: Solver, tolerance: f64) -> PageRankConfig {
    config(solver, StopRule::Certified { tolerance, max_rounds: MAX_ROUNDS })
}

fn answer(ranks: &Ranks) -> String {
    let squares: f64 = ranks.score.iter().map(|score| score * score).sum();
    format!("{} rounds, bound {:.1e}, squares {squares:.9e}", ranks.rounds, ranks.error_bound)
}

fn kernels(criterion: &mut Criterion) {
    let scale = graphs::scale(16);
    let list = graphs::kronecker(scale, graphs::EDGE_FACTOR << scale);
    let by_class = list.by_class();
    for list in [&list, &by_class] {
        let mut group = group(criterion, &list.name);
        certificates(&mut group, "unweighted", &list.unweighted());
        certificates(&mut group, "weighted", &list.weighted());
        group.finish();
    }
    let mut group = group(criterion, &by_class.name);
    shapes(&mut group, &by_class);
    group.finish();
}

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    group
}

/// Edges times rounds per second, for three certified tolerances with both solvers.
fn certificates(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, g: &Graph) {
    for (solver, solver_name) in [(Solver::Jacobi, "jacobi"), (Solver::GaussSeidel, "gauss-seidel")] {
        for tolerance in [1e-4, 1e-8, 1e-10] {
            let cfg = certified(solver, tolerance);
            let ranks = rank::pagerank(g, &Teleport::Uniform, &cfg).expect("these tolerances can be met");
            group.throughput(Throughput::Elements(g.edge_count() * u64::from(ranks.rounds)));
            group.bench_function(
                format!("{name} {solver_name} to {tolerance:e}: {}", answer(&ranks)),
                |bencher| {
                    bencher.iter(|| rank::pagerank(black_box(g), &Teleport::Uniform, &cfg));
                },
            );
        }
    }
}

/// A fixed number of rounds, several columns, a warm start, and the other kernels that read every edge.
fn shapes(group: &mut BenchmarkGroup<'_, WallTime>, list: &EdgeList) {
    let g = list.weighted();
    let cfg = config(Solver::GaussSeidel, StopRule::Rounds(ROUNDS));
    group.throughput(Throughput::Elements(g.edge_count() * u64::from(ROUNDS)));
    group.bench_function("textbook rounds", |bencher| {
        bencher.iter(|| rank::pagerank(black_box(&g), &Teleport::Uniform, &cfg));
    });
    let order: Vec<u32> = (0..id32(g.node_count())).collect();
    group.bench_function("label-propagation", |bencher| {
        bencher.iter(|| community::label_propagation(black_box(&g), &order, ROUNDS));
    });
    group.throughput(Throughput::Elements(g.edge_count()));
    group.bench_function("components", |bencher| bencher.iter(|| community::components(black_box(&g))));

    let cfg = certified(Solver::GaussSeidel, 1e-8);
    for k in [1, 4, 8] {
        let draw = |(v, j)| num::unit_interval(num::random(7, j as u64, v as u64, 0));
        let teleports = Array2::from_shape_fn((g.node_count(), k), draw);
        let found = rank::pagerank_columns(&g, &teleports.view(), &cfg).expect("the tolerance can be met");
        let rounds: u32 = found.rounds.iter().sum();
        group.throughput(Throughput::Elements(g.edge_count() * u64::from(rounds)));
        group.bench_function(format!("{k} columns: {:?} rounds", found.rounds), |bencher| {
            bencher.iter(|| rank::pagerank_columns(black_box(&g), &teleports.view(), &cfg));
        });
    }
    let near = rank::pagerank(&g, &Teleport::Uniform, &certified(Solver::GaussSeidel, 1e-4));
    let near = near.expect("the tolerance can be met").score;
    let warm = rank::pagerank_from(&g, &Teleport::Uniform, &near, &cfg).expect("the tolerance can be met");
    group.throughput(Throughput::Elements(g.edge_count() * u64::from(warm.rounds)));
    group.bench_function(format!("from within 1e-4 to 1e-8: {}", answer(&warm)), |bencher| {
        bencher.iter(|| rank::pagerank_from(black_box(&g), &Teleport::Uniform, &near, &cfg));
    });
}

criterion_group!(benches, kernels);
criterion_main!(benches);
