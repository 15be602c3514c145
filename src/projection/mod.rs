//! Which events become which weighted edges?

mod settings;

pub use settings::{Duplicates, KindRole, KindWeight, Saturation, Weights, Window};
