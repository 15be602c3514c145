//! Refuses constraints that no seed set meets, before anything is drawn.

use super::error::SeedError;
use crate::{
    ids::offset64,
    influence::constraints::{
        infeasibility::{InfeasibleSize, Limit, first_violation, infeasible_quota, infeasible_size},
        quotas::{SelectionState, UnmetQuota, min_places},
        seed_constraints::SeedConstraints,
    },
};

/// Refuses constraints that no seed set meets. If they allow some nodes but fewer than requested, returns how many.
///
/// - **Input**: constraints whose slices have an entry for each of `node_count` nodes.
/// - **Cost**, **Checked by**: as [`infeasible_size`] and [`infeasible_quota`].
///
/// # Errors
/// [`SeedError::IncludedDoNotFit`], [`SeedError::InfeasibleQuota`], [`SeedError::QuotasExceedSize`],
/// [`SeedError::NoEligibleNode`], [`SeedError::NothingFits`], [`SeedError::QuotaUnmet`].
pub fn check_feasible(
    constraints: &SeedConstraints<'_>,
    node_count: usize,
) -> Result<Option<InfeasibleSize>, SeedError> {
    if let Some((node, violation)) = first_violation(constraints) {
        return Err(SeedError::IncludedDoNotFit { node: node.0, violation });
    }
    let infeasible = infeasible_size(constraints, node_count);
    match infeasible {
        Some(InfeasibleSize { feasible: 0, limit: Limit::Eligible, .. }) => {
            return Err(SeedError::NoEligibleNode);
        }
        Some(InfeasibleSize { feasible: 0, limit, .. }) => return Err(SeedError::NothingFits { limit }),
        _ => {}
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
