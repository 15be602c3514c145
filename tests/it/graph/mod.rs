//! Tests of the room `graph`.

mod build;
mod compressed;
mod order;
mod snapshot;
mod stats;
mod symmetric;
mod visit;
