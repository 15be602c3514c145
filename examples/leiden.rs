//! Communities of two cliques that one edge joins.
//!
//! Nodes 0 to 4 all know each other, and so do 5 to 9; the edge from 4 to 5 joins the two. Each clique has 10 of the 21
//! edges, and 21 of the 42 edge ends, so its term of the modularity is 10/21 - (21/42)^2 = 0.2262. The modularity is
//! the sum of both terms. Run it with `cargo run --example leiden`.

use std::{error::Error, io, io::Write};

use plaudit::{
    community::{self, LeidenConfig},
    graph::{self, Edge, Weighting},
    ids::NodeId,
};

/// Writes the members of each community and the modularity of the partition.
pub(crate) fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut edges = vec![Edge { source: NodeId(4), target: NodeId(5), weight: 1 }];
    for first in [0, 5] {
        for u in first..first + 5 {
            let clique = (first..u).map(|v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 });
            edges.extend(clique);
        }
    }
    let g = graph::build(10, edges, Weighting::Unweighted);
    // Modularity ignores the direction of edges.
    let partition = community::leiden(&graph::symmetrize(&g), &LeidenConfig::default());
    for community in 0..partition.count {
        let is_member = |v: &NodeId| partition.community[v.index()].index() == community;
        let members: Vec<String> = g.nodes().filter(is_member).map(|v| v.0.to_string()).collect();
        writeln!(out, "community {community}: {}", members.join(" "))?;
    }
    writeln!(out, "modularity {:.4}", partition.quality)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock())
}
