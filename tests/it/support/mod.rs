//! What several tests share: small graphs, strategies, dull oracles.

pub(crate) mod graphs;
pub(crate) mod nmi;
pub(crate) mod planted;
