//! Tests of the room `report`.

mod listings;
