//! Refuses constraints that no seed set meets, before any set is drawn.

use super::error::SeedError;
use crate::{
    ids::offset64,
    influence::constraints::{
        infeasibility::{InfeasibleSize, Limit, first_violation, infeasible_quota, infeasible_size},
        quotas::{SelectionState, UnmetQuota, min_places},
        seed_constraints::SeedConstraints,
    },
};

/// Refuses constraints that no seed set meets. If the constraints allow some nodes but fewer than requested, returns
/// how many. The slices must have an entry for each of `node_count` nodes.
pub(crate) fn check_feasible(
    constraints: &SeedConstraints<'_>,
    node_count: usize,
) -> Result<Option<InfeasibleSize>, SeedError> {
    check_included(constraints)?;
    let infeasible = infeasible_size(constraints, node_count);
    if let Some(InfeasibleSize { feasible: 0, limit, .. }) = infeasible {
        let is_eligible = limit != Limit::Eligible;
        return Err(if is_eligible { SeedError::NothingFits { limit } } else { SeedError::NoEligibleNode });
    }
    if let Some(quota) = infeasible_quota(constraints, node_count) {
        return Err(SeedError::InfeasibleQuota(quota));
    }
    let (places, state) = (min_places(constraints), SelectionState::new(constraints));
    let left = offset64(state.remaining.size);
    if places > left {
        return Err(SeedError::QuotasExceedSize { places, left });
    }
    if let Some(UnmetQuota { quota, found, .. }) = state.unmet_quota() {
        let min = constraints.quotas[quota].min;
        return Err(SeedError::QuotaUnmet { quota, min, found: found as usize });
    }
    Ok(infeasible)
}

/// Refuses size 0 and a worth of 0 for all nodes. Panics if the length of a slice is not the number of nodes.
pub(crate) fn check_size_and_worth(constraints: &SeedConstraints<'_>, n: usize) -> Result<(), SeedError> {
    constraints.assert_lengths(n);
    if constraints.size == 0 {
        return Err(SeedError::ZeroSize);
    }
    let is_worthless = |worth: &[u64]| worth.iter().all(|&worth| worth == 0);
    if n == 0 || constraints.worth.is_some_and(is_worthless) { Err(SeedError::NoWorth) } else { Ok(()) }
}

/// Refuses included nodes that violate a constraint.
pub(crate) fn check_included(constraints: &SeedConstraints<'_>) -> Result<(), SeedError> {
    match first_violation(constraints) {
        Some((node, violation)) => Err(SeedError::IncludedDoNotFit { node: node.0, violation }),
        None => Ok(()),
    }
}
