//! Benchmarks of the graph: build, transpose, statistics, snapshots and compressed rows, in edges per second.
//!
//! `cargo bench --bench graph`. Threads: `RAYON_NUM_THREADS`; nodes: 2 to the power of `PLAUDIT_BENCH_SCALE`, 16 unless
//! it is given, with 16 edges per node before repeated edges are merged. Beside each time is a result, so that runs can
//! be compared.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "the macros of criterion write functions without documentation"
)]

mod graphs;

use std::{fs::File, hint::black_box, io::BufWriter, time::Duration};

use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use graphs::EdgeList;
use plaudit::{
    graph::{self, BuildConfig, Csr, Directions, EdgeBlock, Graph, Storage, Weighting, snapshot},
    ids::NodeId,
    rank::{self, PageRankConfig, Teleport},
};

fn graph_benches(criterion: &mut Criterion) {
    for list in graphs::both(graphs::scale(16)) {
        let mut group = criterion.benchmark_group(&list.name);
        group
            .sample_size(20)
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_secs(2));
        build(&mut group, &list);
        let g = list.weighted();
        group.throughput(Throughput::Elements(g.edge_count()));
        group.bench_function(
            format!("transpose, digest {:016x}", g.in_edges().edge_digest(true)),
            |bencher| {
                bencher.iter(|| graph::transpose(black_box(g.out_edges())));
            },
        );
        let stats = graph::stats(&g);
        group.bench_function(format!("stats, {} reciprocal", stats.reciprocal_count), |bencher| {
            bencher.iter(|| graph::stats(black_box(&g)));
        });
        snapshots(&mut group, &g);
        compressed(&mut group, &list, &g);
        group.finish();
    }
}

fn build(group: &mut BenchmarkGroup<'_, WallTime>, list: &EdgeList) {
    group.throughput(Throughput::Elements(list.edges.len() as u64));
    for (name, weighting) in [
        ("build unweighted", Weighting::Unweighted),
        ("build weighted", Weighting::FixedPoint { unit_log2: -16 }),
    ] {
        let digest =
            graph::build(list.node_count, list.edges.clone(), weighting).out_edges().edge_digest(false);
        group.bench_function(format!("{name}, digest {digest:016x}"), |bencher| {
            let build = |edges| graph::build(list.node_count, edges, weighting);
            bencher.iter_batched(|| list.edges.clone(), build, BatchSize::LargeInput);
        });
    }
}

fn snapshots(group: &mut BenchmarkGroup<'_, WallTime>, g: &Graph) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph.plaudit");
    let bytes = snapshot::write(g, &mut BufWriter::new(File::create(&path).unwrap())).unwrap();
    group.bench_function(format!("snapshot write to memory, {bytes} bytes"), |bencher| {
        bencher.iter_batched_ref(
            || Vec::with_capacity(plaudit::ids::index64(bytes)),
            |sink| snapshot::write(g, sink).unwrap(),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("snapshot open", |bencher| bencher.iter(|| snapshot::open(&path).unwrap()));
    group.bench_function("snapshot verify", |bencher| bencher.iter(|| snapshot::verify(&path).unwrap()));
    let mapped = snapshot::open(&path).unwrap();
    for (name, rows) in [("owned", g.in_edges()), ("mapped", mapped.in_edges())] {
        group.bench_function(format!("scan {name}, sum {}", scan(rows)), |bencher| {
            bencher.iter(|| scan(black_box(rows)));
        });
    }
}

/// Compressed rows compared with plain rows: bytes per edge, decoding, building, PageRank.
fn compressed(group: &mut BenchmarkGroup<'_, WallTime>, list: &EdgeList, plain: &Graph) {
    let numbers: Vec<NodeId> = (0..list.node_count).map(NodeId::new).collect();
    let blocks = || vec![EdgeBlock::from(list.edges.clone())];
    let weighting = Weighting::FixedPoint { unit_log2: -16 };
    let directions = Directions::AsWritten;
    let build = |node_of: &[NodeId], weighting| {
        let cfg = BuildConfig { directions, weighting, storage: Storage::Compressed };
        graph::build_blocks(list.node_count, blocks(), node_of, &cfg)
    };
    let order = graph::locality_order(list.node_count, &blocks(), &numbers, directions, None);
    for (name, node_of) in [("caller's order", &numbers[..]), ("order for locality", order.place_of())] {
        for (what, weighting) in [("unweighted", Weighting::Unweighted), ("weighted", weighting)] {
            let g = build(node_of, weighting);
            let bytes = g.bytes() as f64 / (2 * g.edge_count()) as f64;
            group.bench_function(format!("decode {what}, {name}, {bytes:.2} bytes an edge"), |bencher| {
                bencher.iter(|| scan(black_box(g.in_edges())));
            });
        }
    }
    let g = build(&numbers, weighting);
    group.bench_function("build compressed weighted", |bencher| bencher.iter(|| build(&numbers, weighting)));
    let cfg = PageRankConfig::default();
    for (name, g) in [("plain", plain), ("compressed", &g)] {
        let rounds = rank::pagerank(g, &Teleport::Uniform, &cfg).unwrap().rounds;
        group.bench_function(format!("PageRank on {name} rows, {rounds} rounds"), |bencher| {
            bencher.iter(|| rank::pagerank(black_box(g), &Teleport::Uniform, &cfg).unwrap());
        });
    }
}

/// Reads all rows as a pull kernel does, without its random reads.
fn scan(rows: &Csr) -> u64 {
    let mut reader = rows.rows();
    let mut row = |u| reader.row(u).iter().map(|(v, w)| u64::from(v.0 & 1) * u64::from(w)).sum::<u64>();
    (0..rows.node_count()).map(|u| row(plaudit::ids::NodeId::new(u))).sum()
}

criterion_group!(benches, graph_benches);
criterion_main!(benches);
