//! What does the structure say about belonging: which nodes attend to each other more than chance would have them?

mod components;
mod core_numbers;
mod disjoint_sets;
mod label_propagation;
mod leiden;
mod overlap;
mod quality;
mod settings;
mod shape;

pub use components::{Components, components, smallest_member_by};
pub use core_numbers::{CoreNumbers, core_numbers};
pub use label_propagation::label_propagation;
pub use leiden::{Partition, leiden, leiden_from};
pub use overlap::{Border, Shares, Tie, borders, overlap, ties_to};
pub use quality::{disconnected_communities, modularity};
pub use settings::{ITERATIONS, LeidenConfig, Quality, RESOLUTION};
pub use shape::{CommunityShape, modularity_parts, shapes};
