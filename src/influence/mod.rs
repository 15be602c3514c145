//! How far does content spread, and which seed set spreads it furthest within constraints?
//!
//! - `learn` estimates the probability of every edge from exposures and shares; `model` assigns a probability to each
//!   edge of a graph, and `edge_sampler` samples live edges with these probabilities.
//! - `rr_sets` draws reverse-reachable sets. `estimate` and `estimate_by_group` estimate the expected spread of given
//!   nodes from these sets; `spread` holds such an estimate with its interval, and `certificate` computes the
//!   confidence bounds.
//! - `constraints` says which seed sets are allowed, `seeds` selects a seed set and certifies how near it is to the
//!   best, and `blocking` selects the nodes to block so that the content of given sources spreads least.
//! - `numbered_tasks` runs numbered random draws in parallel.

mod blocking;
mod certificate;
mod constraints;
mod edge_sampler;
mod estimate;
mod estimate_by_group;
mod learn;
mod model;
mod numbered_tasks;
mod rr_sets;
mod seeds;
mod spread;

pub use blocking::search::{
    BLOCKING_MAX_WORK, BLOCKING_PRECISION, BlockingConfig, BlockingError, BlockingSet, blocking_set,
};
pub use constraints::{
    infeasibility::{InfeasibleQuota, InfeasibleSize, Limit, Violation, infeasible_size},
    seed_constraints::{Budget, GroupCaps, MinQuota, SeedConstraints},
};
pub use estimate::{SpreadEstimate, estimate_spread};
pub use estimate_by_group::{
    GroupEstimate, GroupEstimateConfig, Hit, MAX_SEED_SETS, estimate_by_group, estimate_each,
};
pub use learn::{
    EdgeTrials, InfluenceFactors, MAX_PROBABILITY, MIN_PROBABILITY, SaturatedEdges, learn, mean_probability,
    probability_graph, saturated_edges,
};
pub(crate) use learn::{PROBABILITY_UNIT_LOG2, learning_bytes};
pub use model::{Diffusion, EdgeProbability, ModelError, SpreadModel};
pub use rr_sets::inverted_index::IndexSize;
pub(crate) use seeds::feasibility::check_feasible;
pub use seeds::{
    error::SeedError,
    search::{EPSILON, MAX_WORK, SeedConfig, SeedSet, seed_set},
    stopping::StopReason,
};
pub use spread::{Pick, Spread};
