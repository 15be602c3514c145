//! Tests of the room `projection`.

mod exposure;
mod project;
