//! Tests of the room `config`.

mod resolve;
