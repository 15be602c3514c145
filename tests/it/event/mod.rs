//! Tests of the module `event`.

mod errors;
mod read;
mod rejects;
mod time;
