//! Edges per second of Leiden, on a planted graph and on R-MAT, which has hardly any communities. Prints modularity.

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
    generate::{self, PlantedConfig},
    graph::{self, Edge, Graph, Weighting},
    ids::NodeId,
};

const SEED: u64 = 42;

/// 2^`scale` nodes in communities of 256 to 2048, with 24 edges per node, three in ten of them to other communities.
fn planted(scale: u32) -> Graph {
    let nodes = 1 << scale;
    let cfg = PlantedConfig {
        nodes,
        mean_degree: 24.0,
        max_degree: 400.min(nodes / 8),
        mixing: 0.3,
        smallest_community: 256.min(nodes / 8),
        largest_community: 2_048.min(nodes / 4),
        seed: SEED,
    };
    let hidden = generate::planted(&cfg).expect("the settings fit together");
    let edge = |(u, v)| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
    graph::build(1 << scale, hidden.edges.into_iter().map(edge).collect(), Weighting::Unweighted)
}

fn leiden(criterion: &mut Criterion) {
    let scale = graphs::scale(16);
    let kronecker = graphs::kronecker(scale, graphs::EDGE_FACTOR << scale).weighted();
    for (name, g) in [("planted", planted(scale)), ("kronecker", kronecker)] {
        let mut group = criterion.benchmark_group(format!("{name}-{scale}"));
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        group.throughput(Throughput::Elements(g.edge_count()));
        group.bench_function("symmetrise", |bencher| bencher.iter(|| graph::symmetrize(black_box(&g))));
        let symmetric = graph::symmetrize(&g);
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
