//! The 2-hop audience of each node: how many others its content can get to within two hops.
//!
//! An edge `u -> v` says that u attends to v, so content moves against the edges. Here 1 and 3 attend to 2, and 0
//! attends to 1: what 2 says gets to 1 and 3, and at the second hop to 0. Run it with `cargo run --example reach`.

use std::{error::Error, io, io::Write};

use plaudit::{
    graph::{self, Edge, Weighting},
    ids::NodeId,
    reach::{self, ReachConfig},
};

/// Writes the audience of each node within one hop and within two.
pub(crate) fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let edges = [(0, 1), (1, 2), (3, 2)];
    let edges = edges.map(|(u, v)| Edge { source: NodeId(u), target: NodeId(v), weight: 1 });
    let g = graph::build(4, edges.to_vec(), Weighting::Unweighted);
    // There are fewer edges than `exact_edges`, so every node is counted exactly and none is estimated from a sketch.
    let cfg = ReachConfig { hops: 2, registers: 256, exact_edges: 100, exact_top: 0, decay: 0.5, seed: 42 };
    let found = reach::reach(&g, &cfg)?;
    for v in g.nodes() {
        let (near, all) = (g.in_edges().degree(v), found.estimate[v.index()]);
        writeln!(out, "node {v}: {near} within one hop, {all} within two", v = v.0)?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock())
}
