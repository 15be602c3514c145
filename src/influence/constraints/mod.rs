//! Constraints: which seed sets are allowed, what still fits beside some picks, and can the constraints be met at all?
//!
//! `seed_constraints` holds what the caller asks for, `remaining` what of the size, the group caps and the budget is
//! left, `gain_bound` how much nodes that fit in could add, `quotas` the nodes kept in reserve for minimum quotas, and
//! `infeasibility` finds the constraint that makes a size or a quota impossible.

pub(super) mod gain_bound;
pub(super) mod infeasibility;
pub(super) mod quotas;
pub(super) mod remaining;
pub(super) mod seed_constraints;
