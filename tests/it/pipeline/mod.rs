//! Tests of the room `pipeline`.

mod continuation;
mod influence;
mod job;
mod measures;
mod trust;
