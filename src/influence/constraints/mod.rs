//! Constraints: which seed sets are allowed, what still fits beside some picks, and can the constraints be met at all?
//!
//! `seed_constraints` holds the constraints of the caller. `remaining` tracks what is left of the size, the group caps
//! and the budget. `gain_bound` bounds how much the nodes that still fit can add. `quotas` keeps nodes in reserve for
//! minimum quotas. `infeasibility` finds the constraint that makes a size or a quota impossible.

pub(super) mod gain_bound;
pub(super) mod infeasibility;
pub(super) mod quotas;
pub(super) mod remaining;
pub(super) mod seed_constraints;
