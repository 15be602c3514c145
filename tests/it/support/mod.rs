//! What several tests share: small graphs, strategies, dull oracles.

pub(crate) mod events;
pub(crate) mod graphs;
