//! Benchmarks of this machine's memory: sequential reads and random loads, as kernels make them.
//!
//! `cargo bench --bench machine`. Threads: `RAYON_NUM_THREADS`. The rates of these probes limit the rates of the other
//! benches: for each edge, PageRank reads one 4-byte index in order and makes one random load from a table of 4 or 8
//! bytes per node. A sum is printed beside each time, so that the compiler cannot remove a load.

#![allow(missing_docs, reason = "a bench is no library")]

mod probes;

use std::{hint::black_box, time::Duration};

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use memmap2::Advice;
use plaudit::num;
use probes::{Table, loads, places, read, triad};
use rayon::prelude::*;

/// Numbers in each array of the stream probe: 512 MB, many times the size of any cache.
const STREAM: usize = 1 << 26;
/// The number of loads that the gather probe makes.
const LOADS: u64 = 1 << 24;
/// Sizes in bytes of the gather probe's tables: the scores of a quarter, 1, 4 and 16 million nodes at 4 bytes each.
const TABLES: [usize; 4] = [1 << 20, 4 << 20, 16 << 20, 64 << 20];

fn settings(group: &mut BenchmarkGroup<'_, WallTime>) {
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
}

fn stream(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stream");
    settings(&mut group);
    let numbers: Vec<u64> = (0..STREAM as u64).into_par_iter().collect();
    group.throughput(Throughput::Bytes(STREAM as u64 * 8));
    group.bench_function(format!("read, sum {}", read(&numbers)), |bencher| {
        bencher.iter(|| read(black_box(&numbers)));
    });
    drop(numbers);

    let a: Vec<f64> = (0..STREAM).into_par_iter().map(|i| i as f64).collect();
    let b = a.clone();
    let mut c = vec![0.0; STREAM];
    triad(&mut c, &a, &b);
    group.throughput(Throughput::Bytes(STREAM as u64 * 24));
    group.bench_function(format!("triad, sum {:e}", num::block_sum(&c)), |bencher| {
        bencher.iter(|| triad(black_box(&mut c), &a, &b));
    });
    group.finish();
}

fn gather(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gather");
    settings(&mut group);
    group.throughput(Throughput::Elements(LOADS));
    for bytes in TABLES {
        let places = places(LOADS, bytes as u64 / 4);
        for (name, advice) in [("4 KiB pages", Advice::NoHugePage), ("huge pages", Advice::HugePage)] {
            let memory = Table::new(bytes, advice);
            let table = memory.numbers::<u32>();
            let sum = loads(table, &places);
            group.bench_function(format!("{} MiB, {name}, sum {sum}", bytes >> 20), |bencher| {
                bencher.iter(|| loads(black_box(table), &places));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, stream, gather);
criterion_main!(benches);
