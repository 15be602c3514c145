//! Tests of the module `event`.

mod dress;
mod errors;
mod read;
mod rejects;
mod shape;
mod time;
