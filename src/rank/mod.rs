//! What does the structure say about standing: who is attended to by those who are attended to?

mod error;
mod hits;
mod pagerank;
mod rounding;
mod settings;

pub use error::RankError;
pub use hits::{HITS_MAX_ROUNDS, HITS_TOLERANCE, Hits, HitsConfig, hits};
pub use pagerank::{Ranks, Teleport, pagerank};
pub use rounding::weight_rounding_bound;
pub use settings::{DAMPING, MAX_ROUNDS, PageRankConfig, Solver, StopRule, TOLERANCE};
