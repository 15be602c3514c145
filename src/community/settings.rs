//! The settings of Leiden, and their defaults.

/// Default resolution: 1 is plain modularity; higher values find smaller communities.
pub const RESOLUTION: f64 = 1.0;
/// Default number of iterations of Leiden; the configuration of a run has a higher default.
pub const ITERATIONS: u32 = 2;
/// Default minimum size of a community: no community is too small.
pub const MIN_SIZE: u32 = 1;

/// What [`super::leiden`] maximizes, and how long it searches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeidenConfig {
    /// The quality function.
    pub quality: Quality,
    /// Scale of the null model, above 0; a higher resolution finds smaller communities.
    pub resolution: f64,
    /// Maximum number of iterations over all levels; each iteration starts from the partition of the previous one.
    pub iterations: u32,
    /// Seed of the order in which nodes move.
    pub seed: u64,
    /// A community with fewer nodes than this joins a neighboring community, if it has one; 0 and 1 have no effect.
    pub min_size: u32,
    /// A community with more nodes than this is split; `None` means no limit.
    pub max_size: Option<u32>,
    /// Whether to continue after the iterations until no single move of a node adds quality. Slow on large graphs.
    pub converge: bool,
}

impl LeidenConfig {
    /// The resolution at which modularity is reported: 1 for the constant Potts model, whose resolution has another
    /// meaning.
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
            converge: false,
        }
    }
}

/// The quality function that community detection maximizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// Modularity of the symmetrized graph (Newman 2004), with resolution.
    Modularity,
    /// Modularity with edge directions (Leicht, Newman 2008), with resolution: an edge counts less, the higher the
    /// out-strength of its source and the in-strength of its target.
    DirectedModularity,
    /// The constant Potts model (Traag, Van Dooren, Nesterov 2011): the mean weight between two members of a community
    /// is above `resolution` times the mean weight of an edge, and the mean weight between two communities is below it.
    /// It has no resolution limit.
    Cpm,
}
