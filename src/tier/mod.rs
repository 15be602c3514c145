//! Here are columns of scores: who is in which tier, and why?
//!
//! The score is made of shares, not of raw values: a heavy tail in one measure cannot set the scale of all, and "beats
//! 97 % of customers in reach" can be checked by counting.

mod assign;
mod cap;
mod settings;

pub use assign::{OutsiderStanding, Standing, assign, assign_outsiders};
pub use cap::{cap, cap_outsiders};
pub use settings::{Component, TierBand, TierConfig};
