//! Which tier does each row of measures fall into?
//!
//! The score is computed from shares, not from raw values: a heavy tail in one measure cannot dominate the others, and
//! "beats 97 % of customers in audience size" can be checked by counting.

mod assign;
mod cap;
mod settings;

pub use assign::{ProspectStanding, Standing, assign, assign_prospects};
pub use cap::{cap, cap_prospects};
pub use settings::{Component, ScoreMeasure, TierBand, TierConfig};
