//! Selects the two seeds with the largest spread together; they are not the two nodes with the largest audiences.
//!
//! Nodes 1 to 5 attend to node 0, nodes 3 to 6 attend to 7, and nodes 9 and 10 attend to 8; every node passes
//! everything on. Node 0 reaches six nodes including itself. Node 7 has the second largest audience, but 0 already
//! reaches three of its four members: 7 adds only 6 and itself. Node 8 adds three nodes, so 0 and 8 reach nine of the
//! eleven. Run it with `cargo run --example cohort`.

use std::{error::Error, io, io::Write};

use plaudit::{
    graph::{self, Edge, Weighting},
    ids::NodeId,
    influence::{self, Diffusion, EdgeProbability, SeedConfig, SeedConstraints, SpreadModel},
};

/// Writes the seeds in order of selection, the spread that each adds, and the spread of all together.
pub(crate) fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let audiences = [(0, vec![1, 2, 3, 4, 5]), (7, vec![3, 4, 5, 6]), (8, vec![9, 10])];
    let edges = audiences.iter().flat_map(|(heard, audience)| {
        audience.iter().map(|&u| Edge { source: NodeId(u), target: NodeId(*heard), weight: 1 })
    });
    let g = graph::build(11, edges.collect(), Weighting::Unweighted);
    let model = SpreadModel::new(&g, Diffusion::IndependentCascade, &EdgeProbability::Fixed(1.0))?;
    let cfg = SeedConfig { epsilon: 0.1, min_work: 1 << 18, max_work: influence::MAX_WORK, seed: 42 };
    let found = influence::seed_set(&model, &SeedConstraints::of_size(2), &cfg)?;
    for pick in &found.picks {
        writeln!(out, "pick {}: adds {:.0}", pick.node.0, pick.marginal.mean)?;
    }
    writeln!(out, "together they reach {:.0} of {}", found.spread.mean, g.node_count())?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock())
}
