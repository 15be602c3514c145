//! Tests of the module `tier`.

mod assign;
