//! Tests of the module `guard`.

mod denials;
mod nights;
