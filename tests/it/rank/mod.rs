//! Tests of the module `rank`.

mod columns;
mod foreign;
mod hits;
mod pagerank;
