//! Tests of the module `reach`.

mod hops;
