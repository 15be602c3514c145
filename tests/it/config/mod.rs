//! Tests of the room `config`.

mod plan;
