//! What does the structure say about belonging: which nodes attend to each other more than chance would have them?

mod settings;
mod shape;

pub use settings::{ITERATIONS, LeidenConfig, Quality, RESOLUTION};
pub use shape::{CommunityShape, shapes};
