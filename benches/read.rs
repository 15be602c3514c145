//! Benchmarks of reading edge lists as text: bytes and edges per second.
//!
//! `cargo bench --bench read`. Threads: `RAYON_NUM_THREADS`. Scale: `PLAUDIT_BENCH_SCALE`, 18 unless it is set; a graph
//! of 2^scale nodes with 16 edges per node is written to a temporary folder first. A digest of the edges is printed
//! beside each time.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "the macros of criterion write functions without documentation"
)]

mod graphs;

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    time::Duration,
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plaudit::{
    edge_list::{EdgeList, EdgeListOptions, read_edge_list},
    graph::Edge,
    num,
};

/// Writes one edge as a line of text.
type Format = fn(&Edge, &mut dyn Write) -> std::io::Result<()>;

const FORMATS: [(&str, Format); 5] = [
    ("small numbers", |edge, out| writeln!(out, "{} {}", edge.source.0, edge.target.0)),
    ("weighted", |edge, out| writeln!(out, "{} {} {}", edge.source.0, edge.target.0, edge.weight)),
    ("any numbers", |edge, out| {
        writeln!(out, "{} {}", num::mix64(edge.source.0.into()), num::mix64(edge.target.0.into()))
    }),
    ("short texts", |edge, out| writeln!(out, "C{:07},C{:07}", edge.source.0, edge.target.0)),
    ("long texts", |edge, out| {
        let [u, v] = [edge.source, edge.target].map(|node| num::mix64(node.0.into()));
        writeln!(out, "{u:016x}-customer-{u:016x}\t{v:016x}-customer-{v:016x}")
    }),
];

fn read_benches(criterion: &mut Criterion) {
    let scale = graphs::scale(18);
    let list = graphs::kronecker(scale, graphs::EDGE_FACTOR << scale);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph.txt");
    let mut group = criterion.benchmark_group(format!("read {}", list.name));
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    for (name, format) in FORMATS {
        let mut out = BufWriter::new(File::create(&path).unwrap());
        list.edges.iter().for_each(|edge| format(edge, &mut out).unwrap());
        out.flush().unwrap();
        drop(out);
        let bytes = path.metadata().unwrap().len();
        let answer = digest(&read(&path));
        group.throughput(Throughput::ElementsAndBytes { elements: list.edges.len() as u64, bytes });
        group.bench_function(format!("{name}, digest {answer:016x}"), |bencher| bencher.iter(|| read(&path)));
    }
    group.finish();
}

fn read(path: &Path) -> EdgeList {
    read_edge_list(path, None, &EdgeListOptions::default()).unwrap()
}

/// A hash of all edges in order, as pairs of node numbers.
fn digest(list: &EdgeList) -> u64 {
    list.edges().flatten().fold(0, |digest, node| num::mix64(digest ^ u64::from(node.0)))
}

criterion_group!(benches, read_benches);
criterion_main!(benches);
