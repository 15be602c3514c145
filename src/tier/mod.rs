//! Here are columns of scores: who is in which tier, and why?

mod settings;

pub use settings::{Component, TierBand, TierConfig};
