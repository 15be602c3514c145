//! Tests of the room `pipeline`.

mod influence;
mod job;
mod measures;
mod overnight;
mod trust;
