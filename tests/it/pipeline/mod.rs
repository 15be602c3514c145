//! Tests of the module `pipeline`.

mod continuation;
mod influence;
mod job;
mod measures;
mod trust;
