//! Benchmarks of all kernels beside probes of the machine: edges per second, and the share of memory bandwidth used.
//!
//! `cargo bench --bench kernels`. Threads: `RAYON_NUM_THREADS`; nodes: 2 to the power of `PLAUDIT_BENCH_SCALE`, 16
//! unless it is given; from 20 on the tables are larger than most caches. The probes run first, in the same process and
//! on the same graph; the table at the end compares the minimum memory traffic that the algorithm of each kernel needs
//! with the rates of the probes. Beside each time is a result, so that runs can be compared.

#![allow(missing_docs, clippy::print_stdout, reason = "a bench is no library, and ends with a table")]

mod graphs;
mod probes;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use graphs::EdgeList;
use memmap2::Advice;
use ndarray::Array2;
use plaudit::{
    community,
    graph::{self, BuildConfig, Directions, EdgeBlock, Graph, Storage, Weighting},
    ids::NodeId,
    num,
    rank::{self, Dangling, HitsConfig, PageRankConfig, Solver, StopRule, Teleport},
};
use rayon::prelude::*;

/// Bytes that the stream probe reads: more than caches hold.
const STREAM_BYTES: usize = 1 << 29;
/// Rounds of the textbook iteration.
const ROUNDS: u32 = 10;
const COLUMNS: usize = 8;

/// The minimum memory traffic of a kernel for one visit of an edge.
#[derive(Clone, Copy)]
struct Work {
    /// Bytes read or written in order.
    bytes: f64,
    /// Random loads from a table with one entry per node.
    loads: f64,
}

/// The measurements of one kernel.
struct Measured {
    name: String,
    /// The number of edge visits: the number of edges times the visits of each edge.
    edges: u64,
    work: Work,
    /// The time of the fastest run.
    seconds: f64,
}

/// The rates of the machine, from probes in the same process.
struct Rates {
    /// Bytes per second, read in order.
    stream: f64,
    /// Random loads per second from a table with one entry per node.
    random: f64,
    /// Loads per second from the same table, at the targets in the graph's rows in order.
    in_rows: f64,
}

impl Rates {
    /// Whether the probes ran; a filter may have excluded them.
    fn are_known(&self) -> bool {
        [self.stream, self.random, self.in_rows].iter().all(|&rate| rate > 1.0)
    }
}

/// Runs `routine` under criterion and returns the seconds of the fastest run.
fn fastest<S, R>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    throughput: Throughput,
    setup: impl Fn() -> S,
    mut routine: impl FnMut(S) -> R,
) -> f64 {
    let mut fastest = Duration::MAX;
    group.throughput(throughput);
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|count| {
            let times = (0..count).map(|_| {
                let given = setup();
                let start = Instant::now();
                black_box(routine(given));
                let time = start.elapsed();
                fastest = fastest.min(time);
                time
            });
            times.sum()
        });
    });
    fastest.as_secs_f64()
}

/// Runs the kernels and collects the rows of the final table.
struct Bench<'a> {
    group: BenchmarkGroup<'a, WallTime>,
    rows: Vec<Measured>,
}

impl Bench<'_> {
    fn run<R>(&mut self, name: String, edges: u64, work: Work, mut routine: impl FnMut() -> R) {
        self.run_with(name, edges, work, || (), |()| routine());
    }

    fn run_with<S, R>(
        &mut self,
        name: String,
        edges: u64,
        work: Work,
        setup: impl Fn() -> S,
        routine: impl FnMut(S) -> R,
    ) {
        let seconds = fastest(&mut self.group, &name, Throughput::Elements(edges), setup, routine);
        self.rows.push(Measured { name, edges, work, seconds });
    }

    fn print(self, rates: &Rates) {
        self.group.finish();
        if !rates.are_known() {
            return;
        }
        println!(
            "| kernel | million edges per second | GB per second in order | share of the stream | loads, share of random ones |"
        );
        println!("|---|---|---|---|---|");
        // Kernels that a filter excluded have no time.
        for row in self.rows.iter().filter(|row| row.seconds < Duration::MAX.as_secs_f64()) {
            let edges = row.edges as f64 / row.seconds;
            let (bytes, loads) = (edges * row.work.bytes, edges * row.work.loads);
            println!(
                "| {} | {:.0} | {:.1} | {:.0} % | {:.0} % |",
                row.name,
                edges / 1e6,
                bytes / 1e9,
                100.0 * bytes / rates.stream,
                100.0 * loads / rates.random,
            );
        }
        println!(
            "stream {:.1} GB/s; random loads from a table of all nodes {:.0} million a second; the same loads in the order \
             of the graph {:.0} million",
            rates.stream / 1e9,
            rates.random / 1e6,
            rates.in_rows / 1e6
        );
    }
}

fn kernels(criterion: &mut Criterion) {
    let scale = graphs::scale(16);
    let list = graphs::kronecker(scale, graphs::EDGE_FACTOR << scale);
    let mut group = criterion.benchmark_group(format!("kernels-{scale}"));
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    let mut bench = Bench { group, rows: Vec::new() };

    let blocks = || vec![EdgeBlock::from(list.edges.clone())];
    let numbers: Vec<NodeId> = (0..list.node_count).map(NodeId::new).collect();
    let order = graph::locality_order(list.node_count, &blocks(), &numbers, Directions::AsWritten, None);
    let cfg =
        |weighting| BuildConfig { directions: Directions::AsWritten, weighting, storage: Storage::Plain };
    let build =
        |blocks, weighting| graph::build_blocks(list.node_count, blocks, order.place_of(), &cfg(weighting));
    let fixed = Weighting::FixedPoint { unit_log2: -16 };
    let (plain, weighted) = (build(blocks(), Weighting::Unweighted), build(blocks(), fixed));

    let rates = rates(&mut bench.group, &plain, scale);
    let listed = list.edges.len() as u64;
    // Node look-up reads and writes 8 bytes. The partition into buckets reads twice and writes. Sorting reads and
    // writes. The rows read 8 bytes and write 4. The transpose reads 4 bytes twice, writes 8, reads 8 and writes 4.
    let building = Work { bytes: 8.0 * 9.0 + 4.0 + 24.0, loads: 2.0 };
    bench.run_with("build".to_owned(), listed, building, blocks, |blocks| {
        build(blocks, Weighting::Unweighted)
    });
    ordering(&mut bench, &list, &numbers);
    rows(&mut bench, &plain);
    pagerank(&mut bench, "PageRank", &plain, Work { bytes: 4.0, loads: 1.0 });
    pagerank(&mut bench, "PageRank, weighted", &weighted, Work { bytes: 8.0, loads: 1.0 });
    measures(&mut bench, &plain);
    bench.print(&rates);
}

/// Measures the probes: sequential reads, random loads, and the loads at the targets in the graph's rows.
fn rates(group: &mut BenchmarkGroup<'_, WallTime>, g: &Graph, scale: u32) -> Rates {
    let numbers: Vec<u64> = (0..STREAM_BYTES as u64 / 8).into_par_iter().collect();
    let name = format!("probe: stream, sum {}", probes::read(&numbers));
    let bytes = Throughput::Bytes(STREAM_BYTES as u64);
    let stream = fastest(group, &name, bytes, || (), |()| probes::read(black_box(&numbers)));
    drop(numbers);

    // 8 bytes per node, as in kernels.
    let memory = probes::Table::new(8 << scale, Advice::HugePage);
    let (table, loads) = (memory.numbers::<u64>(), Throughput::Elements(g.edge_count()));
    let places = probes::places(g.edge_count(), 1 << scale);
    let name = format!("probe: random loads, sum {}", probes::loads(table, &places));
    let random = fastest(group, &name, loads.clone(), || (), |()| probes::loads(black_box(table), &places));
    drop(places);
    let targets: &[u32] = bytemuck::cast_slice(g.in_edges().plain().expect("the graph is plain").targets());
    let name = format!("probe: loads of the rows, sum {}", probes::loads(table, targets));
    let in_rows = fastest(group, &name, loads, || (), |()| probes::loads(black_box(table), targets));
    Rates {
        stream: STREAM_BYTES as f64 / stream,
        random: g.edge_count() as f64 / random,
        in_rows: g.edge_count() as f64 / in_rows,
    }
}

fn ordering(bench: &mut Bench<'_>, list: &EdgeList, numbers: &[NodeId]) {
    let blocks = [EdgeBlock::from(list.edges.clone())];
    let order =
        || graph::locality_order(list.node_count, black_box(&blocks), numbers, Directions::AsWritten, None);
    let work = Work { bytes: 8.0, loads: 2.0 };
    bench.run("order of nodes".to_owned(), list.edges.len() as u64, work, order);
}

/// Kernels that visit every row once.
fn rows(bench: &mut Bench<'_>, g: &Graph) {
    let m = g.edge_count();
    let name = format!("transpose, digest {:016x}", graph::transpose(g.in_edges()).edge_digest(true));
    // The partition reads 4 bytes twice and writes 8. Scattering to rows reads 8 and writes 4.
    bench.run(name, m, Work { bytes: 28.0, loads: 0.0 }, || graph::transpose(black_box(g.out_edges())));
    let name = format!("statistics, {} reciprocal", graph::stats(g).reciprocal_count);
    bench.run(name, m, Work { bytes: 8.0, loads: 0.0 }, || graph::stats(black_box(g)));
    let parts = community::components(g);
    let name = format!("components, {}", parts.count);
    bench.run(name, m, Work { bytes: 4.0, loads: 2.0 }, || community::components(black_box(g)));
}

fn pagerank(bench: &mut Bench<'_>, name: &str, g: &Graph, work: Work) {
    let config =
        |solver, stop| PageRankConfig { damping: rank::DAMPING, stop, solver, dangling: Dangling::Teleport };
    let solve = |solver, stop| {
        rank::pagerank(black_box(g), &Teleport::Uniform, &config(solver, stop))
            .expect("the tolerance can be met")
    };
    let certified = StopRule::Certified { tolerance: 1e-8, max_rounds: rank::MAX_ROUNDS };
    let cores = core_edges(g);
    for (what, solver, stop) in [
        ("textbook rounds", Solver::Jacobi, StopRule::Rounds(ROUNDS)),
        ("Gauss-Seidel to 1e-8", Solver::GaussSeidel, certified),
    ] {
        let found = solve(solver, stop);
        let name = format!("{name}, {what}: {} rounds, bound {:.1e}", found.rounds, found.error_bound);
        bench.run(name, cores * u64::from(found.rounds), work, || solve(solver, stop));
    }
    let draw = |(v, j)| num::unit_interval(num::random(7, j as u64, v as u64, 0));
    let teleports = Array2::from_shape_fn((g.node_count(), COLUMNS), draw);
    let cfg = config(Solver::GaussSeidel, certified);
    let columns =
        || rank::pagerank_columns(black_box(g), &teleports.view(), &cfg).expect("the tolerance can be met");
    let found = columns();
    let rounds = found.rounds.iter().copied().max().unwrap_or(0);
    let name = format!("{name}, {COLUMNS} columns at once: {rounds} rounds");
    // A load is a whole cache line here.
    bench.run(name, cores * u64::from(rounds), work, columns);
}

/// The number of edges that PageRank visits in every round: the edges inside the core.
fn core_edges(g: &Graph) -> u64 {
    let [out, into] = [g.out_edges(), g.in_edges()];
    let is_core = |v: NodeId| out.degree(v) > 0 && into.degree(v) > 0;
    let mut rows = into.rows();
    let of_row = |v: NodeId| rows.neighbors(v).iter().filter(|&&u| is_core(u)).count() as u64;
    g.nodes().filter(|&v| is_core(v)).map(of_row).sum()
}

fn measures(bench: &mut Bench<'_>, g: &Graph) {
    let cores = community::core_numbers(g);
    let sum: u64 = cores.core.iter().map(|&core| u64::from(core)).sum();
    let name = format!("core numbers, largest {}, sum {sum}", cores.largest);
    // Both rows of a node are merged twice: to count neighbors, and when it is removed.
    let work = Work { bytes: 16.0, loads: 2.0 };
    bench.run(name, g.edge_count(), work, || community::core_numbers(black_box(g)));
    let cfg = HitsConfig::default();
    let hits = || rank::hits(black_box(g), &cfg).expect("these graphs converge");
    let rounds = hits().rounds;
    let visits = 2 * g.edge_count() * u64::from(rounds);
    bench.run(format!("HITS, {rounds} rounds"), visits, Work { bytes: 4.0, loads: 1.0 }, hits);
}

criterion_group!(benches, kernels);
criterion_main!(benches);
