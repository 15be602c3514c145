//! Which nodes belong together, and which community of the previous run is each?

mod components;
mod core_numbers;
mod disjoint_sets;
mod label_propagation;
mod leiden;
mod lineage;
mod memory;
mod null_model;
mod overlap;
mod partition;
mod quality;
mod rating_map;
mod settings;
mod shape;
mod sizes;

/// Approximate number of edges in a chunk of nodes, which is one task: enough to pay for the task, few enough to
/// balance the load.
const CHUNK_EDGES: usize = 1 << 14;

pub use components::{Components, components, smallest_member_by};
pub use core_numbers::{CoreNumbers, core_numbers};
pub use label_propagation::label_propagation;
pub use lineage::{
    CommunityEvent, CurrentPartition, Fate, KEEP_SHARE, LOGGED_SIZE, Lineage, NEW, OutOfIds,
    PreviousCommunity, PreviousPartition, SPLIT_SHARE, UNKNOWN, lineage,
};
pub use memory::{RESULT_BYTES, estimated_bytes};
pub use overlap::{Border, Tie, TieShares, borders, overlap, ties_to};
pub use partition::{Hierarchy, Partition, evaluate, leiden, leiden_from};
pub use quality::{disconnected_communities, modularity, quality};
pub use settings::{ITERATIONS, LeidenConfig, MIN_SIZE, Quality, RESOLUTION};
pub use shape::{CommunityShape, modularity_parts, shapes};
