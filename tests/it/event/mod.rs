//! Tests of the room `event`.

mod errors;
mod read;
mod rejects;
mod time;
