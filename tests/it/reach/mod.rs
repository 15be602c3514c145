//! Tests of the room `reach`.

mod hops;
