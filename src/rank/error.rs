//! Errors of the rank kernels: invalid settings or inputs, and no convergence.

use crate::ids::NodeId;

/// Why no ranks were computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RankError {
    /// Damping is outside `[0, 1)`, or not a number.
    #[error("damping is {damping}; a number of at least 0 and below 1 is expected")]
    BadDamping {
        /// The damping of the settings.
        damping: f64,
    },
    /// The tolerance is out of range: no bound below the rounding error of floats can be certified, and any two
    /// distributions have a distance of at most 2.
    #[error(
        "tolerance is {tolerance:e}; on this graph it must be above {floor:e}, the possible rounding error of floats, \
         and below 2, the largest L1 distance"
    )]
    BadTolerance {
        /// The tolerance of the settings.
        tolerance: f64,
        /// The bound that would be reported for an exact answer.
        floor: f64,
    },
    /// A vector from the caller does not have one entry per node.
    #[error("there are {found} {vector} for {expected} nodes")]
    VectorLength {
        /// Which vector.
        vector: NodeVector,
        /// Number of entries given.
        found: usize,
        /// Number of nodes.
        expected: usize,
    },
    /// An entry is negative, infinite or not a number.
    #[error("in the {vector}, the entry of node {} is {value}; a finite number of at least 0 is expected", node.0)]
    BadEntry {
        /// Which vector.
        vector: NodeVector,
        /// The first such node.
        node: NodeId,
        /// Its entry.
        value: f64,
    },
    /// The entries cannot be made to sum to 1.
    #[error("the {vector} sum to {sum}; a finite number above 0 is expected")]
    BadSum {
        /// Which vector.
        vector: NodeVector,
        /// The sum of its entries.
        sum: f64,
    },
    /// The limit on rounds was reached before the tolerance.
    #[error(
        "PageRank did not converge: after {} the error bound is {bound:e}, the tolerance {tolerance:e}",
        if *rounds == 1 { "1 round".to_owned() } else { format!("{rounds} rounds") }
    )]
    NotConverged {
        /// Rounds done.
        rounds: u32,
        /// The bound on the L1 distance to the true answer after these rounds.
        bound: f64,
        /// The tolerance of the settings.
        tolerance: f64,
    },
    /// HITS reached the limit on rounds before its tolerance.
    #[error(
        "HITS did not converge: round {rounds} still changed the scores by {l1_change:e} in L1, the tolerance is {tolerance:e}"
    )]
    HitsNotConverged {
        /// Rounds done.
        rounds: u32,
        /// The larger L1 change of the two vectors in the last round.
        l1_change: f64,
        /// The tolerance of the settings.
        tolerance: f64,
    },
}

/// A vector with one entry per node that the caller passes to PageRank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeVector {
    /// The weights of a teleport vector.
    Teleport,
    /// The values to start from.
    Start,
}

impl std::fmt::Display for NodeVector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Teleport => "teleport weights",
            Self::Start => "start values",
        })
    }
}
