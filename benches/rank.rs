//! Edges a second and round of PageRank, components and label propagation, on an R-MAT graph of 2^16 nodes.

#![allow(missing_docs, reason = "a bench is no library")]

mod graphs;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plaudit::{
    community,
    ids::id32,
    rank::{self, DAMPING, Dangling, PageRankConfig, Solver, StopRule, Teleport},
};

const ROUNDS: u32 = 10;

fn kernels(criterion: &mut Criterion) {
    let g = graphs::kronecker(16, 16 << 16).weighted();
    let mut group = criterion.benchmark_group("rmat-16");

    group.throughput(Throughput::Elements(g.edge_count() * u64::from(ROUNDS)));
    for (name, solver) in
        [("pagerank/jacobi", Solver::Jacobi), ("pagerank/gauss-seidel", Solver::GaussSeidel)]
    {
        let cfg = PageRankConfig {
            damping: DAMPING,
            stop: StopRule::Rounds(ROUNDS),
            solver,
            dangling: Dangling::Teleport,
        };
        group.bench_function(name, |bencher| {
            bencher.iter(|| rank::pagerank(black_box(&g), &Teleport::Uniform, &cfg));
        });
    }
    let order: Vec<u32> = (0..id32(g.node_count())).collect();
    group.bench_function("label-propagation", |bencher| {
        bencher.iter(|| community::label_propagation(black_box(&g), &order, ROUNDS));
    });

    group.throughput(Throughput::Elements(g.edge_count()));
    group.bench_function("components", |bencher| bencher.iter(|| community::components(black_box(&g))));
    group.finish();
}

criterion_group!(benches, kernels);
criterion_main!(benches);
