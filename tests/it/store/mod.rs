//! Tests of the room `store`.

mod faults;
mod kill;
mod memory;
mod runs;
mod table;
