//! Builds a small weighted graph and reads it back, row by row.
//!
//! Ada endorses Bob twice, with weights 2 and 3: repeated edges between two nodes are merged, and their weights add up.
//! Run it with `cargo run --example build_graph`.

use std::{error::Error, io, io::Write};

use plaudit::{
    graph::{self, Edge, Weighting},
    ids::NodeId,
};

const NAMES: [&str; 4] = ["Ada", "Bob", "Cleo", "Dan"];
const EDGES: [(u32, u32, u64); 4] = [(0, 1, 2), (2, 1, 1), (0, 1, 3), (1, 2, 4)];

/// Writes every edge, then the out- and in-degree of every node.
pub(crate) fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let edges = EDGES.map(|(u, v, weight)| Edge { source: NodeId(u), target: NodeId(v), weight });
    // The number of nodes must be given, because Dan has no edge.
    let g = graph::build(NAMES.len(), edges.to_vec(), Weighting::FixedPoint { unit_log2: 0 });
    writeln!(out, "{} nodes, {} edges", g.node_count(), g.edge_count())?;
    let mut rows = g.out_edges().rows();
    for u in g.nodes() {
        for (v, weight) in rows.row(u).iter() {
            writeln!(out, "{} -> {}, weight {weight}", NAMES[u.index()], NAMES[v.index()])?;
        }
    }
    for v in g.nodes() {
        let (given, received) = (g.out_edges().degree(v), g.in_edges().degree(v));
        writeln!(out, "{}: {given} out, {received} in", NAMES[v.index()])?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock())
}
