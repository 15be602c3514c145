//! Tests of the module `community`.

mod components;
mod core_numbers;
mod label_propagation;
mod leiden;
mod leiden_options;
mod leiden_quality;
mod lineage;
mod overlap;
mod shape;
