//! Tests of the module `guard`.

mod denials;
mod faults;
mod nights;
