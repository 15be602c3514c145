//! Searches communities by Leiden in parallel, with the same bytes at any thread count, as `README.md` here explains.

mod aggregation;
mod best_move;
mod finish;
mod iterate;
mod labels;
mod level;
mod local_moving;
mod refinement;
mod schedule;

use std::borrow::Cow;

use self::iterate::{BestPartition, LeidenRun};
pub(super) use self::{
    aggregation::UNASSIGNED,
    finish::{number_by_size, smallest_members},
};
use super::{
    null_model::{self, NullModelWeight},
    quality::Objective,
    settings::{LeidenConfig, Quality},
};
use crate::graph::SymmetricCsr;

/// A partition, and the hierarchy below it.
pub(super) struct LeidenResult {
    /// For each node, the smallest member of its community.
    pub(super) labels: Vec<u32>,
    /// The hierarchy of parts, see [`BestPartition::parts`].
    pub(super) parts: Vec<Vec<u32>>,
    pub(super) quality: f64,
}

/// The partition that a search starts from, labeled by smallest members, and whether its communities may merge.
#[derive(Clone, Copy)]
pub(super) enum SearchStart<'a> {
    /// Every node starts alone.
    Singletons,
    Partition(&'a [u32]),
    /// Communities stay apart: only single nodes move between them.
    WithoutMerging(&'a [u32]),
}

pub(super) fn search(g: &SymmetricCsr, start: SearchStart<'_>, cfg: &LeidenConfig) -> LeidenResult {
    let objective = Objective::of(g, cfg.quality, cfg.resolution);
    // Inside a scope the caller is a worker thread, which enters parallel loops faster; a search has thousands of small
    // loops.
    let best = rayon::scope(|_| match cfg.quality {
        Quality::Modularity => run(g, Cow::Borrowed(g.strengths()), &objective, start, cfg),
        Quality::DirectedModularity => {
            run(g, Cow::Owned(null_model::out_in_strengths(g)), &objective, start, cfg)
        }
        Quality::Cpm => run(g, Cow::Owned(null_model::node_sizes(g)), &objective, start, cfg),
    });
    LeidenResult { labels: best.labels, parts: best.parts, quality: objective.unscaled(best.quality) }
}

fn run<W: NullModelWeight>(
    graph: &SymmetricCsr,
    node_weights: Cow<'_, [W]>,
    objective: &Objective,
    start: SearchStart<'_>,
    cfg: &LeidenConfig,
) -> BestPartition {
    let (start, merge) = match start {
        SearchStart::Singletons => (None, true),
        SearchStart::Partition(start) => (Some(start), true),
        SearchStart::WithoutMerging(start) => (Some(start), false),
    };
    let inertial = start.is_some() && !cfg.converge;
    LeidenRun { graph, node_weights, objective, cfg, merge, inertial }.iterate(start)
}
