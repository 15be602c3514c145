//! Tests of the module `segment`.

mod generic;
