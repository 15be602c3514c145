//! Tests of the module `projection`.

mod exposure;
mod project;
