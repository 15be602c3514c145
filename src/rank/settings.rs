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
    /// Where the rank of a node goes that attends to nobody.
    pub dangling: Dangling,
}

/// Where the rank of a node without out-edges goes (Boldi, Santini, Vigna 2009).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dangling {
    /// To the teleport vector ("strongly preferential"): such a walk starts anew.
    Teleport,
    /// To all nodes alike ("weakly preferential"), whatever the teleport vector; then the ranks are linear in it.
    Uniform,
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
    /// After exactly so many plain rounds from the teleport vector (or the given start), whatever the bound is then:
    /// the textbook's numbers, in `f64`, with either solver.
    Rounds(u32),
}

/// Which iteration PageRank runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Solver {
    /// Every node reads the values of the round before.
    Jacobi,
    /// The work is cut into 16 blocks, one after the other, and nodes read what the blocks before have made of their
    /// nodes in the same round; on small graphs what all nodes before have. A round costs the same, and there are never
    /// many more of them; where walks come back after two or three steps, as among people who answer each other, there
    /// are fewer.
    GaussSeidel,
}
