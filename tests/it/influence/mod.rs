//! Tests of the module `influence`.

mod blocking;
mod constraints;
mod groups;
mod learn;
pub(crate) mod seeds;
