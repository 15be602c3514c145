//! Tests of the room `rank`.

mod columns;
mod foreign;
mod hits;
mod pagerank;
