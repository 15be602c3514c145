//! Tests of the room `tier`.

mod assign;
