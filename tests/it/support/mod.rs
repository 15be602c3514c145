//! What several tests share: small graphs, strategies, dull oracles.

pub(crate) mod disk;
pub(crate) mod graphs;
pub(crate) mod runs;
