//! What does the structure say about belonging: which nodes attend to each other more than chance would have them?

mod disjoint_sets;
mod leiden;
mod quality;
mod settings;

pub use leiden::{Partition, leiden};
pub use quality::{disconnected_communities, modularity};
pub use settings::{ITERATIONS, LeidenConfig, Quality, RESOLUTION};
