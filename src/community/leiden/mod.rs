//! Which groups of nodes tie to each other more than chance would have it? Leiden, in parallel, the same bytes at any
//! thread count. `README.md` beside this file explains the scheme.

mod aggregation;
mod ask;
mod climb;
mod finish;
mod labels;
mod level;
mod local_moving;
mod mass;
mod plan;
mod refinement;
mod tally;

use std::borrow::Cow;

use self::climb::{Mountain, Summit};
pub(super) use self::{
    aggregation::NOWHERE,
    finish::{number_by_size, smallest_members},
    mass::{Mass, OutIn},
};
use super::{LeidenConfig, Quality, quality::Objective};
use crate::graph::SymmetricCsr;

/// The smallest member of each node's community, the parts that communities were put together from, the finest first,
/// by node, and how good the communities are.
pub(super) struct Found {
    pub(super) labels: Vec<u32>,
    pub(super) parts: Vec<Vec<u32>>,
    pub(super) quality: f64,
}

/// Where a search begins, and what it does from there; partitions by the smallest members of their communities.
#[derive(Clone, Copy)]
pub(super) enum Beginning<'a> {
    /// Every node by itself.
    Singles,
    /// A partition.
    From(&'a [u32]),
    /// A partition whose communities stay apart: single nodes move between them.
    Along(&'a [u32]),
}

/// Runs Leiden.
pub(super) fn search(g: &SymmetricCsr, beginning: Beginning<'_>, cfg: &LeidenConfig) -> Found {
    let objective = Objective::of(g, cfg.quality, cfg.resolution);
    // Inside a scope the caller is one of the workers, and entering a parallel loop from a worker is cheaper; there are
    // thousands of small ones.
    let summit = rayon::scope(|_| match cfg.quality {
        Quality::Modularity => ascend(g, Cow::Borrowed(g.strengths()), &objective, beginning, cfg),
        Quality::DirectedModularity => ascend(g, Cow::Owned(out_in(g)), &objective, beginning, cfg),
        Quality::Cpm => ascend(g, Cow::Owned(sizes(g)), &objective, beginning, cfg),
    });
    Found { labels: summit.labels, parts: summit.parts, quality: objective.unscaled(summit.quality) }
}

fn ascend<M: Mass>(
    g: &SymmetricCsr,
    masses: Cow<'_, [M]>,
    objective: &Objective,
    beginning: Beginning<'_>,
    cfg: &LeidenConfig,
) -> Summit {
    let (start, merge) = match beginning {
        Beginning::Singles => (None, true),
        Beginning::From(start) => (Some(start), true),
        Beginning::Along(start) => (Some(start), false),
    };
    let (seed, to_the_end, inert) = (cfg.seed, cfg.to_the_end, start.is_some() && !cfg.to_the_end);
    let mountain = Mountain { graph: g, masses, objective, seed, merge, to_the_end, inert };
    mountain.climb(start, cfg.iterations)
}

/// Out-strength and in-strength of every node.
pub(super) fn out_in(g: &SymmetricCsr) -> Vec<OutIn> {
    let strengths = g.strengths().iter().zip(g.out_strengths());
    strengths.map(|(&all, &out)| OutIn { out, into: all - out }).collect()
}

/// One for every node, but for those without edges, which are in nobody's way.
pub(super) fn sizes(g: &SymmetricCsr) -> Vec<u64> {
    g.strengths().iter().map(|&strength| u64::from(strength > 0)).collect()
}
