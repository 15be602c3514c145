//! What does the structure say about standing: who is attended to by those who are attended to?

mod error;
mod pagerank;
mod rounding;
mod settings;

pub use error::RankError;
pub use pagerank::{Ranks, Teleport, pagerank};
pub use rounding::weight_rounding_bound;
pub use settings::{DAMPING, MAX_ROUNDS, PageRankConfig, Solver, StopRule, TOLERANCE};
