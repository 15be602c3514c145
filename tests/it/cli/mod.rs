//! Tests of the module `cli`.

mod algo;
mod args;
mod check;
mod refusals;
mod same_bytes;
mod stop;
mod summary;
mod terminal;
