//! Tests of the room `segment`.

mod generic;
