//! Tests of the room `generate`.

mod planted;
mod quickstart;
