//! The graphs that benches run on.

use plaudit::{
    graph::{self, Edge, Graph, Weighting},
    ids::{NodeId, low32},
    num,
};

/// A graph of 2^`scale` nodes and `edge_factor` edges a node before repeats are merged, by R-MAT (Chakrabarti, Zhan,
/// Faloutsos 2004) with the quadrants .57, .19, .19 and .05 of Graph 500. Ids are mixed: they say nothing of a degree.
pub(crate) fn rmat(scale: u32, edge_factor: u64, seed: u64) -> Graph {
    let mask = (1_u32 << scale) - 1;
    let mixed = |id: u32| id.wrapping_mul(0x9e37_79b1).wrapping_add(low32(seed)) & mask;
    let edge = |i: u64| {
        let (u, v) = (0..scale).fold((0, 0), |(u, v), bit| {
            let x = num::unit_interval(num::random(seed, 0, i, u64::from(bit)));
            let (down, right) = match x {
                _ if x < 0.57 => (0, 0),
                _ if x < 0.76 => (0, 1),
                _ if x < 0.95 => (1, 0),
                _ => (1, 1),
            };
            (u << 1 | down, v << 1 | right)
        });
        Edge { source: NodeId(mixed(u)), target: NodeId(mixed(v)), weight: 1 }
    };
    graph::build(1 << scale, (0..edge_factor << scale).map(edge).collect(), Weighting::Unweighted)
}
