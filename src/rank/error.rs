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
    /// No bound below the rounding error of floats can be certified, and any two distributions have a distance of at
    /// most 2.
    #[error(
        "tolerance is {tolerance:e}; on this graph it must be above {floor:e}, what float rounding may amount to, and \
         below 2, the largest L1 distance"
    )]
    BadTolerance {
        /// The tolerance of the settings.
        tolerance: f64,
        /// The bound that would be reported for an exact answer.
        floor: f64,
    },
    /// The number of teleport weights is not the number of nodes.
    #[error("there are {found} teleport weights for {expected} nodes")]
    TeleportLength {
        /// Number of weights given.
        found: usize,
        /// Number of nodes.
        expected: usize,
    },
    /// A teleport weight is negative, infinite or not a number.
    #[error("the teleport weight of node {} is {weight}; a finite number of at least 0 is expected", node.0)]
    BadTeleport {
        /// The first such node.
        node: NodeId,
        /// Its weight.
        weight: f64,
    },
    /// The teleport weights cannot be made to sum to 1.
    #[error("the teleport weights sum to {sum}; a finite number above 0 is expected")]
    BadTeleportSum {
        /// Their sum.
        sum: f64,
    },
    /// The number of start values is not the number of nodes.
    #[error("there are {found} values to start from for {expected} nodes")]
    StartLength {
        /// Number of values given.
        found: usize,
        /// Number of nodes.
        expected: usize,
    },
    /// A value to start from is negative, infinite or not a number.
    #[error("the value of node {} to start from is {value}; a finite number of at least 0 is expected", node.0)]
    BadStart {
        /// The first such node.
        node: NodeId,
        /// Its value.
        value: f64,
    },
    /// The values to start from cannot be made to sum to 1.
    #[error("the values to start from sum to {sum}; a finite number above 0 is expected")]
    BadStartSum {
        /// Their sum.
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
        /// The bound on the L1 distance to the true answer reached by then.
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
        /// The larger L1 change of the two vectors in the last one.
        l1_change: f64,
        /// The tolerance of the settings.
        tolerance: f64,
    },
}
