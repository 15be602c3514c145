//! PageRank of three people, small enough to solve by hand.
//!
//! Two fans endorse an idol who endorses nobody. With damping 1/2 each fan has rank f = 1/6 + i/6, because half of the
//! idol's rank i is spread over all three. The idol has i = f + f/2 + f/2 = 2f, because it gets the same share and half
//! of each fan's rank. Ranks sum to 1, so f = 1/4 and i = 1/2. Run it with `cargo run --example pagerank`.

use std::{error::Error, io, io::Write};

use plaudit::{
    graph::{self, Edge, Weighting},
    ids::NodeId,
    rank::{self, Dangling, PageRankConfig, Solver, StopRule, Teleport},
};

/// Writes the rank of each node, and the error bound of all ranks together.
pub(crate) fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let follow = |fan| Edge { source: NodeId(fan), target: NodeId(2), weight: 1 };
    let g = graph::build(3, vec![follow(0), follow(1)], Weighting::Unweighted);
    let cfg = PageRankConfig {
        damping: 0.5,
        stop: StopRule::Certified { tolerance: 1e-9, max_rounds: rank::MAX_ROUNDS },
        solver: Solver::GaussSeidel,
        dangling: Dangling::Teleport,
    };
    let ranks = rank::pagerank(&g, &Teleport::Uniform, &cfg)?;
    for (name, score) in ["first fan", "second fan", "idol"].iter().zip(&ranks.score) {
        writeln!(out, "{name}: {score:.4}")?;
    }
    writeln!(out, "certified to 1e-9: {}", ranks.error_bound <= 1e-9)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock())
}
