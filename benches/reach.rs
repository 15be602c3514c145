//! Benchmark of the k-hop audiences: all exact, with the default limit of exact searches, with a small limit, and all
//! estimated.
//!
//! `cargo bench --bench reach`. Threads: `RAYON_NUM_THREADS`. Each name contains the result, so that runs can be
//! compared: how many nodes are exact, and the sum of all sizes.

#![allow(missing_docs, reason = "the macros of criterion write functions without documentation")]

mod graphs;

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plaudit::reach::{self, ReachConfig};

fn reach_benches(criterion: &mut Criterion) {
    let scale = graphs::scale(16);
    let g = graphs::kronecker(scale, graphs::EDGE_FACTOR << scale).unweighted();
    let mut group = criterion.benchmark_group(format!("reach/rmat-{scale}"));
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    group.throughput(Throughput::Elements(g.edge_count()));
    let limits =
        [("exact", u64::MAX), ("default", reach::EXACT_EDGES), ("limit 4096", 4_096), ("estimate", 0)];
    for hops in [2, 3] {
        // Counting every ball of 3 hops exactly takes far longer and shows nothing more than 2 hops do.
        for (name, exact_edges) in limits.into_iter().filter(|&(name, _)| hops == 2 || name != "exact") {
            let cfg = ReachConfig { hops, exact_edges, exact_top: 0, ..ReachConfig::default() };
            let answer = reach::reach(&g, &cfg).expect("the configuration is valid");
            let exact = answer.exact.iter().filter(|&&exact| exact).count();
            let total: f64 = answer.estimate.iter().sum();
            group.bench_function(format!("{hops} hops, {name}: {exact} exact, sum {total:.0}"), |bencher| {
                bencher.iter(|| reach::reach(black_box(&g), &cfg));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, reach_benches);
criterion_main!(benches);
