//! The graphs of the benches: Kronecker, with skewed degrees like social graphs, and uniform.

#![allow(dead_code, reason = "each bench takes what it needs")]

use plaudit::{
    graph::{self, Edge, Graph, Weighting},
    ids::{NodeId, low32},
    num,
};

/// Edges per node, as in the Graph 500 and GAP benchmarks.
pub(crate) const EDGE_FACTOR: u64 = 16;

/// The random seed of all benches.
const SEED: u64 = 42;

/// A named list of edges.
pub(crate) struct EdgeList {
    pub(crate) name: String,
    pub(crate) node_count: usize,
    pub(crate) edges: Vec<Edge>,
}

impl EdgeList {
    /// The graph with its weights.
    pub(crate) fn weighted(&self) -> Graph {
        graph::build(self.node_count, self.edges.clone(), Weighting::FixedPoint { unit_log2: -16 })
    }

    /// The same edges with nodes renumbered by class (in- and out-edges, out-edges only, in-edges only, none), then by
    /// degree in powers of two, the highest first.
    pub(crate) fn by_class(&self) -> Self {
        let (mut out_degree, mut in_degree) = (vec![0_u32; self.node_count], vec![0_u32; self.node_count]);
        for edge in &self.edges {
            out_degree[edge.source.index()] += 1;
            in_degree[edge.target.index()] += 1;
        }
        let mut order: Vec<usize> = (0..self.node_count).collect();
        order.sort_by_key(|&v| {
            let degree = (out_degree[v] + in_degree[v]).leading_zeros();
            (out_degree[v] == 0, in_degree[v] == 0, degree, v)
        });
        let mut name = vec![NodeId(0); self.node_count];
        for (place, &v) in order.iter().enumerate() {
            name[v] = NodeId::new(place);
        }
        let renamed = |edge: &Edge| Edge {
            source: name[edge.source.index()],
            target: name[edge.target.index()],
            ..*edge
        };
        Self {
            name: format!("{}-by-class", self.name),
            node_count: self.node_count,
            edges: self.edges.iter().map(renamed).collect(),
        }
    }

    /// The graph without weights.
    pub(crate) fn unweighted(&self) -> Graph {
        graph::build(self.node_count, self.edges.clone(), Weighting::Unweighted)
    }
}

/// The binary logarithm of the number of nodes: `PLAUDIT_BENCH_SCALE`, or `usual` if that is not set.
pub(crate) fn scale(usual: u32) -> u32 {
    let number = |text: String| text.parse().expect("PLAUDIT_BENCH_SCALE is a whole number");
    std::env::var("PLAUDIT_BENCH_SCALE").map_or(usual, number)
}

/// Both graphs with 2^`scale` nodes.
pub(crate) fn both(scale: u32) -> [EdgeList; 2] {
    [kronecker(scale, EDGE_FACTOR << scale), uniform(scale, EDGE_FACTOR << scale)]
}

/// `edge_count` edges over 2^`scale` nodes by R-MAT (Chakrabarti, Zhan, Faloutsos 2004) with the quadrants .57, .19,
/// .19 and .05 of Graph 500. Ids are shuffled, so that they do not depend on degree; repeated edges and loops stay.
pub(crate) fn kronecker(scale: u32, edge_count: u64) -> EdgeList {
    let pick = |i: u64| {
        (0..scale).fold((0, 0), |(u, v), bit| {
            let x = num::unit_interval(num::random(SEED, 0, i, u64::from(bit)));
            let (right, down) = match x {
                _ if x < 0.57 => (0, 0),
                _ if x < 0.76 => (0, 1),
                _ if x < 0.95 => (1, 0),
                _ => (1, 1),
            };
            (u << 1 | right, v << 1 | down)
        })
    };
    edge_list("kronecker", scale, edge_count, |i| {
        let (u, v) = pick(i);
        (shuffled(u, scale), shuffled(v, scale))
    })
}

/// `edge_count` edges over 2^`scale` nodes, both ends drawn uniformly.
pub(crate) fn uniform(scale: u32, edge_count: u64) -> EdgeList {
    let pick = |i: u64, end: u64| low32(num::random(SEED, 1, i, end) >> (64 - scale));
    edge_list("uniform", scale, edge_count, |i| (pick(i, 0), pick(i, 1)))
}

fn edge_list(name: &str, scale: u32, edge_count: u64, ends: impl Fn(u64) -> (u32, u32)) -> EdgeList {
    let edges = (0..edge_count).map(|i| {
        let (u, v) = ends(i);
        Edge { source: NodeId(u), target: NodeId(v), weight: 1 + num::random(SEED, 2, i, 0) % 65_536 }
    });
    EdgeList { name: format!("{name}-{scale}"), node_count: 1 << scale, edges: edges.collect() }
}

/// Maps `number` by a permutation of the numbers of `bits` bits: each step (a multiplication by an odd factor, an
/// exclusive or with a shifted copy) is invertible.
fn shuffled(number: u32, bits: u32) -> u32 {
    let mask = low32((1 << bits) - 1);
    (0..3).fold(number, |x, _| {
        let x = x.wrapping_mul(0x9e37_79b1) & mask;
        x ^ (x >> (bits / 2).max(1))
    })
}
