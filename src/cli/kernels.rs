//! Converts the options of `plaudit algo` to the configurations of the algorithms.

use super::args::{CohortArgs, HitsArgs, LeidenArgs, PageRankArgs, ReachArgs};
use crate::{
    community::{LeidenConfig, Quality},
    influence::{self, SeedConfig},
    rank::{HitsConfig, PageRankConfig, StopRule},
    reach::ReachConfig,
};

pub fn pagerank_config(args: &PageRankArgs) -> PageRankConfig {
    let stop = match args.rounds {
        Some(rounds) => StopRule::Rounds(rounds),
        None => StopRule::Certified { tolerance: args.tolerance, max_rounds: args.max_rounds },
    };
    PageRankConfig { damping: args.damping, stop, solver: args.solver, dangling: args.dangling }
}

pub fn leiden_config(args: &LeidenArgs) -> LeidenConfig {
    // Of undirected edges both modularities are the same.
    let quality = match args.quality {
        Quality::DirectedModularity if args.graph.undirected => Quality::Modularity,
        quality => quality,
    };
    LeidenConfig {
        quality,
        resolution: args.resolution,
        iterations: args.iterations,
        seed: args.graph.seed,
        min_size: args.min_size,
        max_size: args.max_size,
        converge: args.converge,
    }
}

pub fn reach_config(args: &ReachArgs) -> ReachConfig {
    ReachConfig {
        hops: args.hops,
        registers: args.registers,
        exact_edges: args.exact_edges,
        exact_top: args.exact_top,
        decay: args.decay,
        seed: args.graph.seed,
    }
}

pub fn seed_config(args: &CohortArgs) -> SeedConfig {
    let (min_work, max_work) = (0, influence::MAX_WORK);
    SeedConfig { epsilon: args.epsilon, min_work, max_work, seed: args.graph.seed }
}

pub fn hits_config(args: &HitsArgs) -> HitsConfig {
    HitsConfig { tolerance: args.tolerance, max_rounds: args.max_rounds }
}
