//! Tests of the room `store`.

mod faults;
mod kill;
mod machine;
mod runs;
mod table;
