//! What would a graph look like whose communities are known?
//!
//! Degrees and community sizes fall by power laws; every node keeps all but a share of its ties, the mixing, inside its
//! community. Such graphs are the yardstick for community detection: the truth comes with them. Nothing here touches
//! the disk.

mod matching;
mod membership;
mod power_law;
mod write;

use rayon::prelude::*;
use thiserror::Error;

use super::draw::{Dice, Stage};
use crate::{
    ids::{self, id32, low32},
    num,
};
use matching::{Matched, match_stubs};
use membership::Membership;
use power_law::PowerLaw;
pub use write::{EDGES_FILE, TRUTH_FILE};

/// Default number of nodes.
pub const PLANTED_NODES: u32 = 100_000;
/// Most nodes that a planted graph can have.
pub const MOST_PLANTED_NODES: u32 = 100_000_000;
/// Default mean degree.
pub const PLANTED_DEGREE: f64 = 20.0;
/// Default highest degree.
pub const PLANTED_MAX_DEGREE: u32 = 300;
/// Default share of a node's ties that leave its community.
pub const PLANTED_MIXING: f64 = 0.35;
/// Default size of the smallest community.
pub const PLANTED_SMALLEST: u32 = 300;
/// Default size of the largest community.
pub const PLANTED_LARGEST: u32 = 3_000;

/// What graph to plant.
#[derive(Clone, Debug, PartialEq)]
pub struct PlantedConfig {
    /// How many nodes, at most [`MOST_PLANTED_NODES`].
    pub nodes: u32,
    /// Mean degree; the chance of a degree `k` falls like `k^-2.5`.
    pub mean_degree: f64,
    /// Highest degree.
    pub max_degree: u32,
    /// Share of each node's ties that leave its community, 0 to 1.
    pub mixing: f64,
    /// Size of the smallest community; the chance of a size `s` falls like `s^-1.5`.
    pub smallest_community: u32,
    /// Size of the largest community.
    pub largest_community: u32,
    /// Another seed, another graph.
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

/// A graph with its communities. Nodes are named by their index, which says nothing of the community.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// Source and target, sorted; every pair of nodes occurs at most once, in one direction or the other.
    pub edges: Vec<(u32, u32)>,
    /// The community of every node; 0 is the largest.
    pub community: Vec<u32>,
    /// How many communities.
    pub communities: usize,
    /// Ties that were drawn but found no partner whom they had not already.
    pub lost: usize,
}

/// Why a graph cannot be planted.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum PlantedError {
    /// Too many nodes for this generator.
    #[error("cannot plant {nodes} nodes: at most {MOST_PLANTED_NODES} are possible")]
    TooManyNodes {
        /// How many were asked for.
        nodes: u32,
    },
    /// The mixing is no share.
    #[error("cannot plant with a mixing of {mixing}: a number from 0 to 1 is expected")]
    BadMixing {
        /// What was asked for.
        mixing: f64,
    },
    /// No power law has such degrees.
    #[error(
        "cannot plant a mean degree of {mean}: with degrees up to {max} it must be from {least:.2} to {max}"
    )]
    BadDegree {
        /// The mean that was asked for.
        mean: f64,
        /// The highest degree that was asked for.
        max: u32,
        /// The mean of the power law from degree 1 on.
        least: f64,
    },
    /// Nobody would have a tie.
    #[error("cannot plant degrees up to 0: at least 1 is expected")]
    NoTies,
    /// A node would have more partners than there are nodes.
    #[error("cannot plant degrees up to {max}: {nodes} nodes have at most {} partners each", nodes.saturating_sub(1))]
    TooFewNodes {
        /// The highest degree that was asked for.
        max: u32,
        /// The nodes that were asked for.
        nodes: u32,
    },
    /// Not a range of sizes.
    #[error(
        "cannot plant communities of {smallest} to {largest}: sizes from 2 on are expected, the smaller one first"
    )]
    BadSizes {
        /// The smallest size that was asked for.
        smallest: u32,
        /// The largest size that was asked for.
        largest: u32,
    },
    /// Outside ties need another community.
    #[error(
        "cannot plant communities of up to {largest}: {nodes} nodes must have room for two of the largest"
    )]
    OneCommunity {
        /// The largest size that was asked for.
        largest: u32,
        /// The nodes that were asked for.
        nodes: u32,
    },
    /// The ties of the node of highest degree do not fit into any community.
    #[error(
        "cannot plant degrees up to {max}: at this mixing {inside} ties stay inside, and the largest community has {largest}"
    )]
    TooDense {
        /// The highest degree that was asked for.
        max: u32,
        /// How many of its ties stay inside.
        inside: u32,
        /// The largest size that was asked for.
        largest: u32,
    },
}

/// Plants communities in a random graph.
///
/// - **Input**: any settings that fit together; see the errors.
/// - **Output**: degrees and sizes as drawn, but for `lost` ties (few: dense communities have no free pairs left, and
///   an odd number of ends leaves one over). The share of outside ties of each node is the mixing, rounded to a whole
///   tie up or down at random so that it holds on average. The nodes that are left over when the next community would
///   be smaller than the smallest are dealt to the others, which may so pass the largest size by a few.
/// - **Stop**: a tie that a pair has already is exchanged with another random tie; after 200 vain tries it is lost.
/// - **Cost**: O((nodes + ties) log ties), partly on one thread; memory about 20 bytes a tie at the peak.
/// - **Same bits**: on every machine and for any thread count: each draw is a hash of (seed, stage, item, draw), and
///   the few floats are made by `+ - * /` and square roots.
/// - **Source**: the benchmark of Lancichinetti, Fortunato, Radicchi 2008, with degree exponent 2.5 and size exponent
///   1.5; ends are matched at random inside communities and between them (configuration model).
/// - **Checked by**: `tests/it/generate/planted.rs` — recounts of degrees, sizes, mixing and pairs; power laws.
///
/// # Errors
/// See [`PlantedError`]: settings that contradict each other are refused before anything is drawn.
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
pub fn planted(cfg: &PlantedConfig) -> Result<Planted, PlantedError> {
    let degrees = checked(cfg)?;
    let ties: Vec<Ties> = (0..cfg.nodes as usize).into_par_iter().map(|v| ties(cfg, &degrees, v)).collect();
    let membership = membership::assign(cfg, &ties.iter().map(|ties| ties.inside).collect::<Vec<_>>());
    let mut matched = inside(cfg, &ties, &membership);
    matched.push(outside(cfg, &ties, &membership));
    let lost = matched.iter().map(|matched| matched.lost).sum();
    let mut edges: Vec<(u32, u32)> = matched
        .into_par_iter()
        .flat_map_iter(|matched| matched.pairs)
        .map(|pair| turned(cfg.seed, pair))
        .collect();
    edges.par_sort_unstable();
    Ok(Planted { edges, communities: membership.count(), community: membership.community, lost })
}

/// The ties of one node.
#[derive(Clone, Copy)]
struct Ties {
    inside: u32,
    outside: u32,
}

/// Draws the degree of `v` and parts it.
fn ties(cfg: &PlantedConfig, degrees: &PowerLaw, v: usize) -> Ties {
    let mut dice = Dice::new(cfg.seed, Stage::Degree, v);
    let degree = degrees.draw(&mut dice);
    // Less than one is taken off before rounding up: up or down at random, so that the mixing holds on average.
    let outside = cfg.mixing * f64::from(degree) - num::unit_interval(dice.word());
    let outside = low32(num::ceil_u64(outside)).min(degree);
    Ties { inside: degree - outside, outside }
}

/// The law of the degrees, where the settings fit together.
fn checked(cfg: &PlantedConfig) -> Result<PowerLaw, PlantedError> {
    let &PlantedConfig { nodes, mean_degree: mean, max_degree: max, mixing, .. } = cfg;
    let (smallest, largest) = (cfg.smallest_community, cfg.largest_community);
    if nodes > MOST_PLANTED_NODES {
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
        return Err(PlantedError::NoTies);
    }
    if max >= nodes {
        return Err(PlantedError::TooFewNodes { max, nodes });
    }
    let inside = max - low32(num::ceil_u64(mixing * f64::from(max))).min(max);
    if inside >= largest {
        return Err(PlantedError::TooDense { max, inside, largest });
    }
    power_law::with_mean(mean, max).map_err(|least| PlantedError::BadDegree { mean, max, least })
}

/// The ties inside each community.
fn inside(cfg: &PlantedConfig, ties: &[Ties], membership: &Membership) -> Vec<Matched> {
    let of_community = |c: usize| {
        let members = membership.members(c);
        // A hub that found no community large enough has ties to everybody in the one it got.
        let partners = id32(members.len() - 1);
        let ends = members.iter().flat_map(|&v| {
            let inside = ties[v as usize].inside.min(partners);
            std::iter::repeat_n(v, inside as usize)
        });
        match_stubs(ends.collect(), |u, v| u != v, Dice::new(cfg.seed, Stage::InsideTies, c))
    };
    (0..membership.count()).into_par_iter().map(of_community).collect()
}

/// The ties between communities.
fn outside(cfg: &PlantedConfig, ties: &[Ties], membership: &Membership) -> Matched {
    let ends =
        ties.iter().enumerate().flat_map(|(v, ties)| std::iter::repeat_n(id32(v), ties.outside as usize));
    let community = &membership.community;
    let apart = |u: u32, v: u32| community[u as usize] != community[v as usize];
    match_stubs(ends.collect(), apart, Dice::new(cfg.seed, Stage::OutsideTies, 0))
}

/// The pair in one direction or the other, as a coin falls.
fn turned(seed: u64, (u, v): (u32, u32)) -> (u32, u32) {
    let pair = ids::index64((u64::from(u) << 32) | u64::from(v));
    if Dice::new(seed, Stage::Direction, pair).percent(50) { (u, v) } else { (v, u) }
}
