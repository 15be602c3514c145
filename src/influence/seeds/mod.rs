//! Seed sets: which nodes together reach the most others, within constraints?
//!
//! `candidates` chooses the nodes that may be selected, `greedy` selects the candidates that cover the most
//! reverse-reachable sets, `compare_baselines` compares the result with rankings by other scores, `stopping` decides
//! when enough sets are drawn, `feasibility` refuses constraints that cannot be met, and `search` runs these steps.

mod candidates;
mod compare_baselines;
pub(super) mod error;
pub(super) mod feasibility;
mod greedy;
pub(super) mod search;
pub(super) mod stopping;
