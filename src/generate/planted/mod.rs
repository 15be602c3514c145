//! Generates random graphs with known communities, to evaluate community detection.
//!
//! Degrees and community sizes follow power laws; a fixed share of each node's edges, the mixing, leaves the node's
//! community. Nothing here accesses the disk.

mod matching;
mod membership;
mod power_law;
mod write;

use rayon::prelude::*;
use thiserror::Error;

use super::random::{CounterRng, RandomStream};
use crate::{
    ids::{self, id32, low32},
    num,
};
use matching::{StubMatching, match_stubs};
use membership::Membership;
use power_law::PowerLaw;
pub use write::{EDGES_FILE, TRUTH_FILE};

// Defaults of [`PlantedConfig`], which the command line also shows.
pub const PLANTED_NODES: u32 = 100_000;
pub const PLANTED_DEGREE: f64 = 20.0;
pub const PLANTED_MAX_DEGREE: u32 = 300;
pub const PLANTED_MIXING: f64 = 0.35;
pub const PLANTED_SMALLEST: u32 = 300;
pub const PLANTED_LARGEST: u32 = 3_000;

pub const MAX_PLANTED_NODES: u32 = 100_000_000;

/// The size and shape of a planted graph.
#[derive(Clone, Debug, PartialEq)]
pub struct PlantedConfig {
    /// The number of nodes, at most [`MAX_PLANTED_NODES`].
    pub nodes: u32,
    /// The mean degree; the probability of degree `k` falls like `k^-2.5`.
    pub mean_degree: f64,
    pub max_degree: u32,
    /// The share of each node's edges that leave the node's community, 0 to 1.
    pub mixing: f64,
    /// The size of the smallest community; the probability of size `s` falls like `s^-1.5`.
    pub smallest_community: u32,
    pub largest_community: u32,
    pub seed: u64,
}

impl Default for PlantedConfig {
    fn default() -> Self {
        Self {
            nodes: PLANTED_NODES,
            mean_degree: PLANTED_DEGREE,
            max_degree: PLANTED_MAX_DEGREE,
            mixing: PLANTED_MIXING,
            smallest_community: PLANTED_SMALLEST,
            largest_community: PLANTED_LARGEST,
            seed: super::SEED,
        }
    }
}

/// A graph with its communities. A node's index is independent of its community.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlantedGraph {
    /// Source and target, sorted; every pair of nodes occurs at most once, in one of the two directions.
    pub edges: Vec<(u32, u32)>,
    /// The community of every node; 0 is the largest.
    pub community: Vec<u32>,
    pub community_count: usize,
    /// The number of edges that were drawn but could not be made without repeats and loops.
    pub lost_edge_count: usize,
}

/// Why no graph with the given settings is possible.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum PlantedError {
    #[error("cannot plant {nodes} nodes: at most {MAX_PLANTED_NODES} are possible")]
    TooManyNodes { nodes: u32 },
    #[error("cannot plant a mixing of {mixing}: a number from 0 to 1 is expected")]
    BadMixing { mixing: f64 },
    #[error(
        "cannot plant a mean degree of {mean}: with degrees up to {max} it must be from {least:.2} to {max}"
    )]
    BadDegree {
        mean: f64,
        max: u32,
        /// The mean of the power law whose minimum degree is 1.
        least: f64,
    },
    #[error("cannot plant degrees up to 0: at least 1 is expected")]
    NoEdges,
    #[error("cannot plant degrees up to {max}: with {nodes} nodes each has at most {} neighbors", nodes.saturating_sub(1))]
    TooFewNodes { max: u32, nodes: u32 },
    #[error(
        "cannot plant communities of {smallest} to {largest} nodes: two sizes of at least 2 are expected, the smaller first"
    )]
    BadSizes { smallest: u32, largest: u32 },
    #[error("cannot plant communities of up to {largest} nodes: two of them must fit into {nodes} nodes")]
    OneCommunity { largest: u32, nodes: u32 },
    #[error(
        "cannot plant degrees up to {max}: at this mixing {inside} edges stay inside the community, and the largest has {largest} nodes"
    )]
    TooDense { max: u32, inside: u32, largest: u32 },
}

/// Generates a random graph with planted communities.
///
/// - **Input**: any consistent settings; see the errors.
/// - **Output**: degrees and sizes as drawn, except for a few lost edges (in dense communities no free pairs are left,
///   and an odd number of stubs leaves one stub over). The share of outside edges of each node is the mixing, rounded
///   up or down at random to whole edges so that it holds on average. If the last nodes are too few for one more
///   community, they are distributed over the communities, which may thus exceed the largest size by a few nodes.
/// - **Stop**: an edge that already exists is repaired by an exchange with a random edge; after 200 failed tries it is
///   lost.
/// - **Cost**: O((nodes + edges) log edges), partly on one thread; peak memory about 20 bytes per edge.
/// - **Same bits**: on every machine and for any thread count: each draw is a hash of (seed, stream, item, draw), and
///   floats are only computed by `+ - * /` and square roots.
/// - **Source**: the benchmark of Lancichinetti, Fortunato, Radicchi 2008, with degree exponent 2.5 and size exponent
///   1.5; half-edges are paired at random inside and between communities (configuration model).
/// - **Checked by**: `tests/it/generate/planted.rs` — recounts of degrees, sizes, mixing and pairs; power laws.
///
/// # Errors
/// See [`PlantedError`]: inconsistent settings are refused before anything is drawn.
///
/// ```
/// use plaudit::generate::{PlantedConfig, planted};
///
/// let cfg = PlantedConfig { nodes: 2_000, max_degree: 60, smallest_community: 100, largest_community: 400,
///     ..PlantedConfig::default() };
/// let graph = planted(&cfg).unwrap();
/// let outside = graph.edges.iter().filter(|&&(u, v)| graph.community[u as usize] != graph.community[v as usize]);
/// let mixing = outside.count() as f64 / graph.edges.len() as f64;
/// assert!((mixing - 0.35).abs() < 0.01);
/// ```
pub fn planted(cfg: &PlantedConfig) -> Result<PlantedGraph, PlantedError> {
    let degree_law = degree_law(cfg)?;
    let degrees: Vec<SplitDegree> =
        (0..cfg.nodes as usize).into_par_iter().map(|v| draw_degree(cfg, &degree_law, v)).collect();
    let inside_degrees: Vec<u32> = degrees.iter().map(|degree| degree.inside).collect();
    let membership = membership::assign(cfg, &inside_degrees);
    let mut matchings = match_inside(cfg, &degrees, &membership);
    matchings.push(match_between(cfg, &degrees, &membership));
    let lost_edge_count = matchings.iter().map(|matching| matching.lost_count).sum();
    let mut edges: Vec<(u32, u32)> = matchings
        .into_par_iter()
        .flat_map_iter(|matching| matching.pairs)
        .map(|pair| directed(cfg.seed, pair))
        .collect();
    edges.par_sort_unstable();
    let community_count = membership.count();
    Ok(PlantedGraph { edges, community_count, community: membership.community, lost_edge_count })
}

/// The degree of one node, split into edges inside its community and edges that leave it.
#[derive(Clone, Copy)]
struct SplitDegree {
    inside: u32,
    outside: u32,
}

/// Draws the degree of `v` and splits it by the mixing.
fn draw_degree(cfg: &PlantedConfig, degree_law: &PowerLaw, v: usize) -> SplitDegree {
    let mut rng = CounterRng::new(cfg.seed, RandomStream::Degree, v);
    let degree = degree_law.draw(&mut rng);
    // Randomized rounding: a random fraction is subtracted before rounding up, so that the mixing holds on average.
    let outside = cfg.mixing * f64::from(degree) - num::unit_interval(rng.next_u64());
    let outside = low32(num::ceil_u64(outside)).min(degree);
    SplitDegree { inside: degree - outside, outside }
}

/// Checks that the settings are consistent, and returns the power law of the degrees.
fn degree_law(cfg: &PlantedConfig) -> Result<PowerLaw, PlantedError> {
    let &PlantedConfig { nodes, mean_degree: mean, max_degree: max, mixing, .. } = cfg;
    let (smallest, largest) = (cfg.smallest_community, cfg.largest_community);
    if nodes > MAX_PLANTED_NODES {
        return Err(PlantedError::TooManyNodes { nodes });
    }
    if !(0.0..=1.0).contains(&mixing) {
        return Err(PlantedError::BadMixing { mixing });
    }
    if smallest < 2 || largest < smallest {
        return Err(PlantedError::BadSizes { smallest, largest });
    }
    if largest > nodes / 2 {
        return Err(PlantedError::OneCommunity { largest, nodes });
    }
    if max == 0 {
        return Err(PlantedError::NoEdges);
    }
    if max >= nodes {
        return Err(PlantedError::TooFewNodes { max, nodes });
    }
    let inside = max - low32(num::ceil_u64(mixing * f64::from(max))).min(max);
    if inside >= largest {
        return Err(PlantedError::TooDense { max, inside, largest });
    }
    power_law::degrees(mean, max).map_err(|least| PlantedError::BadDegree { mean, max, least })
}

/// Draws the edges inside each community.
fn match_inside(cfg: &PlantedConfig, degrees: &[SplitDegree], membership: &Membership) -> Vec<StubMatching> {
    let of_community = |c: usize| {
        let members = membership.members(c);
        // A hub for which no community was large enough gets at most one edge to every other member of its community.
        let max_neighbors = id32(members.len() - 1);
        let stubs = members.iter().flat_map(|&v| {
            let inside = degrees[v as usize].inside.min(max_neighbors);
            std::iter::repeat_n(v, inside as usize)
        });
        let rng = CounterRng::new(cfg.seed, RandomStream::InsideEdges, c);
        match_stubs(stubs.collect(), |u, v| u != v, rng)
    };
    (0..membership.count()).into_par_iter().map(of_community).collect()
}

/// Draws the edges between communities.
fn match_between(cfg: &PlantedConfig, degrees: &[SplitDegree], membership: &Membership) -> StubMatching {
    let stubs = degrees
        .iter()
        .enumerate()
        .flat_map(|(v, degree)| std::iter::repeat_n(id32(v), degree.outside as usize));
    let community = &membership.community;
    let in_different = |u: u32, v: u32| community[u as usize] != community[v as usize];
    match_stubs(stubs.collect(), in_different, CounterRng::new(cfg.seed, RandomStream::OutsideEdges, 0))
}

/// Chooses one of the two directions of the edge at random.
fn directed(seed: u64, (u, v): (u32, u32)) -> (u32, u32) {
    let pair = ids::index64((u64::from(u) << 32) | u64::from(v));
    if CounterRng::new(seed, RandomStream::Direction, pair).percent(50) { (u, v) } else { (v, u) }
}
