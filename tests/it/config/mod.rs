//! Tests of the module `config`.

mod plan;
