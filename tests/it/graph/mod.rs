//! Tests of the room `graph`.

mod build;
mod order;
mod packed;
mod snapshot;
mod stats;
mod symmetric;
mod visit;
