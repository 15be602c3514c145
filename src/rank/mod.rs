//! What does the structure say about standing: who is attended to by those who are attended to?

mod settings;

pub use settings::{DAMPING, MAX_ROUNDS, PageRankConfig, Solver, StopRule, TOLERANCE};
