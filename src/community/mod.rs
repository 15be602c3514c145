//! What does the structure say about belonging: which nodes attend to each other more than chance would have them?

mod components;
mod core_numbers;
mod disjoint_sets;
mod label_propagation;
mod leiden;
mod lineage;
mod memory;
mod overlap;
mod partition;
mod quality;
mod settings;
mod shape;
mod sizes;

pub use components::{Components, components, smallest_member_by};
pub use core_numbers::{CoreNumbers, core_numbers};
pub use label_propagation::label_propagation;
pub use lineage::{
    Before, Event, Fate, Former, KEEP_SHARE, LOGGED_SIZE, Lineage, NEW, OutOfIds, SPLIT_SHARE, Tonight,
    UNKNOWN, lineage,
};
pub use memory::{RESULT_BYTES, estimated_bytes};
pub use overlap::{Border, Shares, Tie, borders, overlap, ties_to};
pub use partition::{Hierarchy, Partition, leiden, leiden_from, standing};
pub use quality::{disconnected_communities, modularity, quality};
pub use settings::{ITERATIONS, LeidenConfig, MIN_SIZE, Quality, RESOLUTION};
pub use shape::{CommunityShape, modularity_parts, shapes};
