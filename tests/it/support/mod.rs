//! Code that several tests share: small graphs, strategies, simple oracles.

pub(crate) mod company;
pub(crate) mod dense;
pub(crate) mod disk;
pub(crate) mod events;
pub(crate) mod graphs;
pub(crate) mod ldbc;
pub(crate) mod nmi;
pub(crate) mod oracle;
pub(crate) mod planted;
pub(crate) mod pools;
pub(crate) mod quickstart;
pub(crate) mod ranks;
pub(crate) mod runs;
pub(crate) mod sandbox;
