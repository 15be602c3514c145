//! Tests of the module `report`.

mod listings;
