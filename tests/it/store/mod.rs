//! Tests of the module `store`.

mod faults;
mod kill;
mod memory;
mod runs;
mod table;
