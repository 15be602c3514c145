//! Knobs of the rank kernels; each default is a named constant.

/// Default damping: the probability to walk on along an edge.
pub const DAMPING: f64 = 0.85;
/// Default bound on the L1 distance to the true answer.
pub const TOLERANCE: f64 = 1e-9;
/// Default limit on rounds before PageRank gives up with an error.
pub const MAX_ROUNDS: u32 = 1000;

/// How PageRank is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageRankConfig {
    /// Probability to walk on along an edge, in `[0, 1)`.
    pub damping: f64,
    /// When to stop.
    pub stop: StopRule,
    /// Which iteration.
    pub solver: Solver,
}

/// When PageRank stops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StopRule {
    /// When the L1 distance to the true answer is certified to be at most `tolerance`.
    Certified {
        /// The bound to reach, above 0.
        tolerance: f64,
        /// Rounds after which not having reached it is an error.
        max_rounds: u32,
    },
    /// After exactly so many rounds from the teleport vector, whatever the bound is then.
    Rounds(u32),
}

/// Which iteration PageRank runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Solver {
    /// Every node reads the values of the round before.
    Jacobi,
    /// Inside fixed chunks nodes read this round's values; mass is renormalised every round. Saves rounds where neighbours
    /// have ids near each other, as on paths and in communities that are numbered in turn; where ids are mixed it takes
    /// as many rounds as [`Solver::Jacobi`], each a little slower.
    GaussSeidel,
}
