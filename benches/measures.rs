//! Edges a second of core numbers, and edges a second and round of HITS, on R-MAT graphs of 2^16 nodes. Prints the
//! answers.

#![allow(
    missing_docs,
    clippy::print_stdout,
    reason = "a bench is no library, and shows the answer beside the time"
)]

mod graphs;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plaudit::{
    community,
    graph::{self, Edge, Graph, Weighting},
    rank::{self, HitsConfig},
};

/// The same ties without directions.
fn undirected(list: &graphs::EdgeList) -> Graph {
    let back = |edge: &Edge| Edge { source: edge.target, target: edge.source, ..*edge };
    let edges = list.edges.iter().flat_map(|edge| [*edge, back(edge)]).collect();
    graph::build(list.node_count, edges, Weighting::Unweighted)
}

fn measures(criterion: &mut Criterion) {
    for list in graphs::both(16) {
        let mut group = criterion.benchmark_group(list.name.as_str());
        for (name, g) in [("directed", list.weighted()), ("undirected", undirected(&list))] {
            let cores = community::core_numbers(&g);
            let sum: u64 = cores.core.iter().map(|&core| u64::from(core)).sum();
            println!("{}: {name}: largest core {}, sum of core numbers {sum}", list.name, cores.largest);
            group.throughput(Throughput::Elements(g.edge_count()));
            group.bench_function(format!("core-numbers/{name}"), |bencher| {
                bencher.iter(|| community::core_numbers(black_box(&g)));
            });
        }
        let g = list.weighted();
        let cfg = HitsConfig { tolerance: rank::HITS_TOLERANCE, max_rounds: rank::HITS_MAX_ROUNDS };
        let hits = rank::hits(&g, &cfg).expect("these graphs converge");
        println!("{}: HITS changed {} in round {}", list.name, hits.l1_change, hits.rounds);
        group.throughput(Throughput::Elements(g.edge_count() * u64::from(hits.rounds)));
        group.bench_function("hits", |bencher| bencher.iter(|| rank::hits(black_box(&g), &cfg)));
        group.finish();
    }
}

criterion_group!(benches, measures);
criterion_main!(benches);
