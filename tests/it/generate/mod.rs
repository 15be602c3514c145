//! Tests of the module `generate`.

mod planted;
mod quickstart;
