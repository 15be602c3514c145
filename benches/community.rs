//! Edges a second of Leiden, on planted communities and on R-MAT, which hardly has any. Prints the modularity reached.

#![allow(
    missing_docs,
    clippy::print_stdout,
    reason = "a bench is no library, and shows the answer beside the time"
)]

mod graphs;

use std::hint::black_box;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use plaudit::{
    community::{self, LeidenConfig},
    graph::{self, Edge, Graph, Weighting},
    ids::{NodeId, low32},
    num,
};

const SEED: u64 = 42;

/// 2^`scale` nodes in communities of 128, each with `degree` partners, three in ten of them from anywhere. Ids say
/// nothing of the community.
fn planted(scale: u32, degree: u64) -> Graph {
    let mask = (1_u64 << scale) - 1;
    // An odd factor permutes the numbers below a power of two.
    let id = |member: u64| NodeId(low32(member.wrapping_mul(0x9e37_79b9_7f4a_7c15) & mask));
    let edge = |i: u64| {
        let member = i / degree;
        let draw = num::random(SEED, 1, i, 0);
        let partner = if num::unit_interval(num::random(SEED, 0, i, 0)) < 0.3 {
            draw & mask
        } else {
            member & !127 | draw & 127
        };
        Edge { source: id(member), target: id(partner), weight: 1 }
    };
    graph::build(1 << scale, (0..degree << scale).map(edge).collect(), Weighting::Unweighted)
}

fn leiden(criterion: &mut Criterion) {
    let scale = graphs::scale(16);
    let kronecker = graphs::kronecker(scale, graphs::EDGE_FACTOR << scale).weighted();
    for (name, g) in [("planted", planted(scale, 12)), ("kronecker", kronecker)] {
        let mut group = criterion.benchmark_group(format!("{name}-{scale}"));
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        group.throughput(Throughput::Elements(g.edge_count()));
        group.bench_function("symmetrise", |bencher| bencher.iter(|| graph::symmetrise(black_box(&g))));
        let symmetric = graph::symmetrise(&g);
        for iterations in [1, 2] {
            let cfg = LeidenConfig { iterations, seed: SEED, ..LeidenConfig::default() };
            let found = community::leiden(&symmetric, &cfg);
            println!("{name}: modularity {} in {} communities", found.modularity, found.count);
            let label = format!("leiden/{iterations}");
            group.bench_function(label, |bencher| {
                bencher.iter(|| community::leiden(black_box(&symmetric), &cfg));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, leiden);
criterion_main!(benches);
