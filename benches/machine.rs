//! How fast is this machine at what kernels do: read in order, read at random?
//!
//! `cargo bench --bench machine`. Threads: `RAYON_NUM_THREADS`. The bytes or loads a second that it prints are what the
//! rates of the other benches are a share of: an edge of PageRank is one 4-byte index read in order and one load at
//! random from a table of 4 or 8 bytes a node. Beside each time stands a sum, so that no load can be left out.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench is no library")]

use std::{hint::black_box, time::Duration};

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use memmap2::{Advice, MmapMut};
use plaudit::{ids::low32, num};
use rayon::prelude::*;

/// Numbers in each array of the stream probe: 512 MB, many times what any cache holds.
const STREAM: usize = 1 << 26;
/// Loads of the gather probe.
const LOADS: usize = 1 << 24;
/// Items of one task.
const TASK: usize = 1 << 16;
/// Loads under way at once in one thread.
const LANES: usize = 8;
/// Bytes of a huge page.
const HUGE: usize = 2 << 20;
/// Bytes of the tables of the gather probe: scores of a quarter, 1, 4 and 16 million nodes at 4 bytes each.
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

fn read(numbers: &[u64]) -> u64 {
    numbers.par_chunks(TASK).map(|part| part.iter().sum::<u64>()).sum()
}

fn triad(c: &mut [f64], a: &[f64], b: &[f64]) {
    let parts = c.par_chunks_mut(TASK).zip(a.par_chunks(TASK)).zip(b.par_chunks(TASK));
    parts.for_each(|((c, a), b)| {
        for ((c, a), b) in c.iter_mut().zip(a).zip(b) {
            *c = a + 3.0 * b;
        }
    });
}

fn gather(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gather");
    settings(&mut group);
    group.throughput(Throughput::Elements(LOADS as u64));
    for bytes in TABLES {
        let mask = bytes as u64 / 4 - 1;
        let places: Vec<u32> =
            (0..LOADS as u64).into_par_iter().map(|i| low32(num::mix64(i) & mask)).collect();
        for (name, advice) in [("4 KiB pages", Advice::NoHugePage), ("huge pages", Advice::HugePage)] {
            let memory = touched(bytes, advice);
            let table = numbers(&memory, bytes);
            let sum = loads(table, &places);
            group.bench_function(format!("{} MiB, {name}, sum {sum}", bytes >> 20), |bencher| {
                bencher.iter(|| loads(black_box(table), &places));
            });
        }
    }
    group.finish();
}

/// Memory for a table that begins with a huge page, filled after the advice on its pages.
///
/// A system that knows no such advice refuses it, and its figures with and without are alike.
fn touched(bytes: usize, advice: Advice) -> MmapMut {
    let mut memory = MmapMut::map_anon(bytes.max(HUGE) + HUGE).unwrap();
    memory.advise(advice).ok();
    let all: &mut [u32] = bytemuck::cast_slice_mut(&mut memory);
    all.par_iter_mut().enumerate().for_each(|(place, number)| *number = low32(place as u64) & 0xff);
    memory
}

fn numbers(memory: &MmapMut, bytes: usize) -> &[u32] {
    let start = memory.as_ptr().align_offset(HUGE);
    bytemuck::cast_slice(&memory[start..start + bytes])
}

/// The sum of the numbers at these places; wraps.
fn loads(table: &[u32], places: &[u32]) -> u32 {
    let task = |places: &[u32]| {
        let mut lanes = [0_u32; LANES];
        for eight in places.chunks_exact(LANES) {
            for (lane, place) in lanes.iter_mut().zip(eight) {
                *lane = lane.wrapping_add(table[*place as usize]);
            }
        }
        lanes.into_iter().fold(0, u32::wrapping_add)
    };
    places.par_chunks(TASK).map(task).reduce(|| 0, u32::wrapping_add)
}

criterion_group!(benches, stream, gather);
criterion_main!(benches);
