//! Tests of the module `cli`.

mod algo;
mod args;
mod refusals;
mod same_bytes;
mod terminal;
