//! How far does content spread, and which seed set spreads it furthest within constraints?
//!
//! - `learn` estimates the probability of every edge from exposures and shares; `model` gives a graph its edge
//!   probabilities, and `edge_sampler` samples live edges by them.
//! - `rr_sets` draws reverse-reachable sets. `estimate` and `estimate_by_group` estimate by them the expected spread of
//!   given nodes; `spread` holds such an estimate with its interval, `certificate` the bounds behind both.
//! - `constraints` says which seed sets are allowed, `seeds` selects the best one it can certify, and `blocking`
//!   selects nodes whose blocking keeps the spread of others small.
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
    EdgeTrials, InfluenceFactors, MAX_PROBABILITY, MIN_PROBABILITY, learn, mean_probability,
    probability_graph,
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
