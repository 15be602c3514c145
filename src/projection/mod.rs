//! Which events become which weighted edges?
//!
//! All events of one actor toward one target become one edge, whose weight is the attention that the actor pays to the
//! target now. Each kind of event has its rules: events fade with a half-life, at most `daily_cap` of them count in a
//! day, and repeated events saturate. Weights are integers from the moment an event is weighed, so neither the order of
//! the rows nor the number of threads can change a bit of the graph.

mod channels;
mod decay;
mod exposure;
mod in_strengths;
mod memory;
mod packed_event;
mod project;
mod settings;
mod tally;

pub use channels::{Channels, MAX_CHANNELS, OTHER_CHANNEL};
pub use exposure::{Exposures, PairExposures, SHARE, exposures};
pub use in_strengths::InStrengths;
pub use memory::{PAIR_BYTES, events_that_fit, exposure_bytes, in_strength_bytes, projection_bytes};
pub use project::{Projection, UNIT_LOG2, accounts_seen, newest, project, take_out_nobody};
pub use settings::{Duplicates, KindRole, KindWeight, Saturation, Weights, Window};
pub use tally::{Ignored, Tally};
