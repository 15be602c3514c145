//! Is a run plausible beside the runs before it, or does something look broken?
//!
//! A guard compares what a run has read and measured with the previous runs of the store, before anything is published.
//! What moves by more than `[guard]` allows becomes a [`Warning`]. A run with warnings is refused unless it is forced;
//! then its manifest names them. The first run of a store has nothing to be compared with, and says so.

mod input_checks;
mod refused;
mod tier_check;
mod warning;

pub(crate) use input_checks::{InputMeasures, check_inputs};
pub(crate) use refused::{REFUSED_FOLDER, Refusal};
pub(crate) use tier_check::check_tiers;
pub use warning::Warning;
