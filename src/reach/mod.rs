//! What does the structure say about spread: how many distinct nodes can content get to?

mod settings;

pub use settings::{EXACT_EDGES, HOPS, REGISTERS, ReachConfig};
