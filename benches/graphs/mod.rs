//! The graphs that benches run on.

use plaudit::{
    graph::{self, Edge, Graph, Weighting},
    ids::NodeId,
    num,
};

/// 2^`scale` nodes and `edge_factor` weighted edges a node by R-MAT (Chakrabarti, Zhan, Faloutsos 2004), with the
/// quadrants .57, .19, .19 and .05 of Graph 500; repeats are merged.
pub(crate) fn rmat(scale: u32, edge_factor: u64, seed: u64) -> Graph {
    let edge = |i: u64| {
        let (u, v) = (0..scale).fold((0, 0), |(u, v), level| {
            let x = num::unit_interval(num::random(seed, 0, i, u64::from(level)));
            let (down, right) = match x {
                _ if x < 0.57 => (0, 0),
                _ if x < 0.76 => (0, 1),
                _ if x < 0.95 => (1, 0),
                _ => (1, 1),
            };
            (u << 1 | down, v << 1 | right)
        });
        Edge { source: NodeId(u), target: NodeId(v), weight: 1 + num::random(seed, 1, i, 0) % 65_536 }
    };
    let edges = (0..edge_factor << scale).map(edge).collect();
    graph::build(1 << scale, edges, Weighting::FixedPoint { unit_log2: -16 })
}
