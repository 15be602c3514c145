//! Knobs of the community kernels; each default is a named constant.

/// Default resolution: 1 is plain modularity; higher values find smaller communities.
pub const RESOLUTION: f64 = 1.0;
/// Default number of outer iterations of Leiden.
pub const ITERATIONS: u32 = 2;

/// How communities are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeidenConfig {
    /// What is maximised.
    pub quality: Quality,
    /// Scale of the null model, above 0.
    pub resolution: f64,
    /// How often the whole procedure runs, each time from the partition before.
    pub iterations: u32,
    /// Seed of the node order.
    pub seed: u64,
}

/// What community detection maximises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// Modularity of the symmetrised graph (Newman 2004), with resolution.
    Modularity,
}
