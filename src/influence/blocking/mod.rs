//! Blocking: which nodes to block so that a cascade from given sources reaches the fewest others?
//!
//! `audience` reverses the edges of a model, `worlds` samples which nodes the sources reach over which edges,
//! `dominators` finds what blocking each node prevents in one such world, `greedy` picks the nodes that prevent the
//! most, `evaluate` measures what the picks prevent in worlds on which the selection did not depend, and `search` runs
//! these steps. `problem` holds the constraints.

mod audience;
mod dominators;
mod evaluate;
mod greedy;
mod problem;
pub(super) mod search;
mod worlds;
