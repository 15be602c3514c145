//! How many distinct nodes are within a few hops of each node?
//!
//! The k-hop audience of `v` is the ball of radius k around `v` over in-edges: its audience (the in-neighbors of `v`),
//! their audience, and so on. Most balls are small: `search` counts them with one breadth-first search per node. The
//! few large balls overlap so much that one search each would traverse the same edges again and again: `hyperball`
//! estimates them together, from one HyperLogLog sketch per node, with an interval. Finally, `batch` counts the largest
//! balls, which matter most, by searches that share their traversals. `compute` runs these steps.
//!
//! `ball` holds the size of one ball, `estimate` the result for all nodes, `active_rows` the nodes that need a sketch,
//! `sketch` the HyperLogLog counters, and `frontier` the neighbors of nodes that changed.

mod active_rows;
mod ball;
mod batch;
mod compute;
mod estimate;
mod frontier;
mod hyperball;
mod search;
mod settings;
mod sketch;

pub(crate) use compute::result_bytes;
pub use compute::{estimated_bytes, reach, reach_by_segment};
pub use estimate::{Estimates, Reach};
pub use settings::{DECAY, EXACT_EDGES, EXACT_TOP, HOPS, MAX_SEGMENTS, REGISTERS, ReachConfig, ReachError};
