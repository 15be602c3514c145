//! Tests of the module `graph`.

mod build;
mod compressed;
mod order;
mod snapshot;
mod stats;
mod symmetric;
mod visit;
