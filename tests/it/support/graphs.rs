//! Small graphs: from lists of edges, from formulas, and random.

use plaudit::{
    graph::{self, BuildConfig, Directions, Edge, Graph, Storage, Weighting},
    ids::NodeId,
    num,
};
use proptest::prelude::*;

/// A weighted graph from `(source, target, weight)` with weight unit 1.
pub(crate) fn weighted(node_count: usize, edges: &[(u32, u32, u64)]) -> Graph {
    let edges =
        edges.iter().map(|&(u, v, weight)| Edge { source: NodeId(u), target: NodeId(v), weight }).collect();
    graph::build(node_count, edges, Weighting::FixedPoint { unit_log2: 0 })
}

/// Settings for a graph of plain rows.
pub(crate) fn config(directions: Directions, weighting: Weighting) -> BuildConfig {
    BuildConfig { directions, weighting, storage: Storage::Plain }
}

/// A graph without weights.
pub(crate) fn plain(node_count: usize, edges: &[(u32, u32)]) -> Graph {
    let edges =
        edges.iter().map(|&(u, v)| Edge { source: NodeId(u), target: NodeId(v), weight: 1 }).collect();
    graph::build(node_count, edges, Weighting::Unweighted)
}

/// Every pair in both directions.
pub(crate) fn both_ways(edges: &[(u32, u32)]) -> Vec<(u32, u32)> {
    edges.iter().flat_map(|&(u, v)| [(u, v), (v, u)]).collect()
}

/// All pairs of `first..first + size`, once each.
pub(crate) fn clique(first: u32, size: u32) -> Vec<(u32, u32)> {
    (first..first + size).flat_map(|u| (u + 1..first + size).map(move |v| (u, v))).collect()
}

/// `count` cliques of `size` nodes, each joined to the next by one edge; undirected pairs, once each.
pub(crate) fn ring_of_cliques(count: u32, size: u32) -> Vec<(u32, u32)> {
    (0..count)
        .flat_map(|i| {
            let bridge = (i * size, ((i + 1) % count) * size + 1);
            clique(i * size, size).into_iter().chain([bridge])
        })
        .collect()
}

/// `edge_count` directed edges drawn at random with a skew toward small ids, repeats and loops included.
pub(crate) fn skewed_edges(node_count: u32, edge_count: u64, seed: u64) -> Vec<(u32, u32, u64)> {
    let pick = |draw: u64, i: u64| {
        let x = num::unit_interval(num::random(seed, 1, i, draw));
        let y = num::unit_interval(num::random(seed, 2, i, draw));
        ((x * y * f64::from(node_count)) as u32).min(node_count - 1)
    };
    (0..edge_count).map(|i| (pick(0, i), pick(1, i), 1 + num::random(seed, 3, i, 0) % 9)).collect()
}

/// `factor << scale` edges over `1 << scale` nodes by R-MAT with the quadrants .57, .19, .19 and .05.
pub(crate) fn kronecker(scale: u32, factor: u64, seed: u64) -> Vec<(u32, u32, u64)> {
    let edge = |i: u64| {
        let (u, v) = (0..scale).fold((0, 0), |(u, v), bit| {
            let x = num::unit_interval(num::random(seed, 0, i, u64::from(bit)));
            (u << 1 | u32::from(x >= 0.76), v << 1 | u32::from((0.57..0.76).contains(&x) || x >= 0.95))
        });
        (u, v, 1 + num::random(seed, 1, i, 0) % 9)
    };
    (0..factor << scale).map(edge).collect()
}

/// Up to 24 nodes and 80 weighted edges: empty, single, looped, repeated, dangling and isolated cases all occur.
pub(crate) fn any_edges() -> impl Strategy<Value = (usize, Vec<(u32, u32, u64)>)> {
    (1_usize..24).prop_flat_map(|n| {
        let id = 0..n as u32;
        (Just(n), prop::collection::vec((id.clone(), id, 1_u64..1000), 0..80))
    })
}
