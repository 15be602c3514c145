//! Settings of PageRank and their defaults.

/// Default damping: the probability that a walk follows an edge.
pub const DAMPING: f64 = 0.85;
/// Default bound on the L1 distance to the true answer.
pub const TOLERANCE: f64 = 1e-9;
/// Default limit on rounds before PageRank gives up with an error.
pub const MAX_ROUNDS: u32 = 1000;

/// Settings of [`pagerank`](super::pagerank); the default is certified to [`TOLERANCE`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageRankConfig {
    /// Probability that a walk follows an edge, in `[0, 1)`.
    pub damping: f64,
    /// When to stop.
    pub stop: StopRule,
    /// Which iteration to use.
    pub solver: Solver,
    /// Where the rank of nodes without out-edges goes.
    pub dangling: Dangling,
}

impl Default for PageRankConfig {
    fn default() -> Self {
        Self {
            damping: DAMPING,
            stop: StopRule::default(),
            solver: Solver::default(),
            dangling: Dangling::default(),
        }
    }
}

impl Default for StopRule {
    fn default() -> Self {
        Self::Certified { tolerance: TOLERANCE, max_rounds: MAX_ROUNDS }
    }
}

/// Where the rank of a node without out-edges goes (Boldi, Santini, Vigna 2009).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dangling {
    /// To the teleport vector ("strongly preferential"): the walk restarts.
    #[default]
    Teleport,
    /// To all nodes equally ("weakly preferential"); then the ranks are linear in the teleport vector.
    Uniform,
}

/// When PageRank stops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StopRule {
    /// When the L1 distance to the true answer is certified to be at most `tolerance`.
    Certified {
        /// The bound to reach, above 0.
        tolerance: f64,
        /// Limit on rounds; not reaching the bound by then is an error.
        max_rounds: u32,
    },
    /// After exactly this many rounds of the textbook's power iteration in `f64` from the teleport vector (or the given
    /// start), regardless of the bound and of the solver.
    Rounds(u32),
}

/// The iteration of the certified solver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Solver {
    /// Every node reads the values of the previous round.
    Jacobi,
    /// The rows are divided into 16 blocks that are processed in order, and nodes read the new values of earlier
    /// blocks; on small graphs, nodes read the new values of all earlier nodes. A round costs as much as with `Jacobi`.
    /// Usually fewer rounds are needed, especially if there are many short cycles, as in conversations; there are never
    /// many more.
    #[default]
    GaussSeidel,
}
