//! Knobs of the community kernels; each default is a named constant.

/// Default resolution: 1 is plain modularity; higher values find smaller communities.
pub const RESOLUTION: f64 = 1.0;
/// Default number of outer iterations of Leiden; the nightly job has more.
pub const ITERATIONS: u32 = 2;
/// Default smallest size: communities may be as small as they are.
pub const MIN_SIZE: u32 = 1;

/// How communities are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeidenConfig {
    /// What is maximised.
    pub quality: Quality,
    /// Scale of the null model, above 0.
    pub resolution: f64,
    /// How often the whole procedure runs at most, each time from the partition before.
    pub iterations: u32,
    /// Seed of the node order.
    pub seed: u64,
    /// A community of fewer nodes joins a neighbour, if it has one; 1 or less leaves all as they are.
    pub min_size: u32,
    /// A community of more nodes is divided further; none leaves all as they are.
    pub max_size: Option<u32>,
    /// Goes on from there until no single move of a node adds quality. Slow on large graphs.
    pub to_the_end: bool,
}

impl LeidenConfig {
    /// The resolution at which modularity is told: that of the constant Potts model is another thing.
    pub fn modularity_resolution(&self) -> f64 {
        match self.quality {
            Quality::Modularity | Quality::DirectedModularity => self.resolution,
            Quality::Cpm => RESOLUTION,
        }
    }
}

impl Default for LeidenConfig {
    fn default() -> Self {
        Self {
            quality: Quality::Modularity,
            resolution: RESOLUTION,
            iterations: ITERATIONS,
            seed: 42,
            min_size: MIN_SIZE,
            max_size: None,
            to_the_end: false,
        }
    }
}

/// What community detection maximises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// Modularity of the symmetrised graph (Newman 2004), with resolution.
    Modularity,
    /// Modularity that knows directions (Leicht, Newman 2008): an edge from one who gives much to one who gets much is
    /// no news. With resolution.
    DirectedModularity,
    /// The constant Potts model (Traag, Van Dooren, Nesterov 2011): communities are denser inside than `resolution`
    /// times the mean weight of an edge, and tied to each other less. It has no resolution limit.
    Cpm,
}
