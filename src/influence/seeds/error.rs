//! The errors of a seed-set search.

use crate::influence::constraints::infeasibility::{InfeasibleQuota, Limit, Violation};

/// Why no seed set is returned.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// The requested size is 0.
    #[error("a set of size 0 is requested: a size of 1 or more is expected")]
    ZeroSize,
    /// All nodes are ineligible or already active.
    #[error("no node is eligible")]
    NoEligibleNode,
    /// The graph is empty, or every node has a worth of 0.
    #[error("no node is worth more than 0: at least one is expected")]
    NoWorth,
    /// The precision is out of range.
    #[error("an epsilon of {epsilon} is out of range: a number above 0 and below 0.6 is expected")]
    BadEpsilon {
        /// The value given.
        epsilon: f64,
    },
    /// The included nodes violate a constraint.
    #[error("node {node} is included but does not fit in: the included nodes exceed {violation}")]
    IncludedDoNotFit {
        /// The first node that does not fit.
        node: u32,
        /// The constraint, and by how much all included nodes violate it.
        violation: Violation,
    },
    /// A quota requires more members than the other constraints allow.
    #[error("{0}")]
    InfeasibleQuota(InfeasibleQuota),
    /// All quotas together require more nodes than the size allows.
    #[error("the minimum quotas together need at least {places} places, and there are {left}")]
    QuotasExceedSize {
        /// How many positions the quotas need beside the included nodes.
        places: u64,
        /// How many positions the included nodes leave.
        left: u64,
    },
    /// The search found no seed set that meets all quotas, though there may be one.
    #[error(
        "no seed set was found that meets all quotas: quota {quota} requires {min} members, and {found} were found"
    )]
    QuotaUnmet {
        /// The index of the quota, from 0: the first one that the best attempt left unmet.
        quota: usize,
        /// How many members the quota requires.
        min: u32,
        /// How many members were found.
        found: usize,
    },
    /// Some nodes are eligible, but caps or the budget exclude each of them.
    #[error("no node fits in the seed set: {limit}")]
    NothingFits {
        /// The constraint that excludes the nodes.
        limit: Limit,
    },
}
