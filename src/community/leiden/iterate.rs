//! Iterates Leiden: one iteration moves, refines and aggregates level by level until nothing merges.

use std::{borrow::Cow, ops::Range};

use rayon::prelude::*;

use super::{
    aggregation::{self, NextLevel, UNASSIGNED},
    best_move::MoveScratchPool,
    finish,
    labels::Labels,
    level::Level,
    local_moving::{self, MovingOutcome, MovingStopRule},
    refinement,
    schedule::{self, Schedule, ScheduleOrder},
};
use crate::{
    community::{null_model::NullModelWeight, quality::Objective, settings::LeidenConfig},
    graph::SymmetricCsr,
    ids::id32,
};

/// The best partition that a run has found so far.
pub(super) struct BestPartition {
    /// For each node, the smallest node of its community.
    pub(super) labels: Vec<u32>,
    /// Scaled quality.
    pub(super) quality: i128,
    /// The parts from which communities were built, the finest level first: for each level above the input graph and
    /// each node of the input graph, the node of the level that contains it, or [`UNASSIGNED`]. A part may lie in
    /// several communities if communities changed after the last level.
    pub(super) parts: Vec<Vec<u32>>,
}

/// Number of sub-rounds of a pass over the input graph. With fewer sub-rounds, more neighbors move at the same time;
/// additional sub-rounds bring no benefit.
const BOTTOM_SUB_ROUNDS: usize = 16;
/// Number of sub-rounds of a pass over a coarser level, whose nodes are fewer and have larger weights.
const COARSE_SUB_ROUNDS: usize = 32;

/// A graph with more nodes than this counts as large.
const LARGE: usize = 1 << 16;

/// The data and settings that all iterations on one graph share.
pub(super) struct LeidenRun<'a, W: NullModelWeight> {
    pub(super) graph: &'a SymmetricCsr,
    /// The null-model weight of each node.
    pub(super) node_weights: Cow<'a, [W]>,
    pub(super) objective: &'a Objective,
    pub(super) cfg: &'a LeidenConfig,
    /// Whether communities may merge; otherwise nodes only move between communities, and an iteration does not build
    /// coarser levels.
    pub(super) merge: bool,
    /// Whether nodes stay in their communities, and communities do not merge, unless a move gains more than a margin.
    /// If so, there is only one iteration: each further iteration would move nodes that fit another community only
    /// slightly better.
    pub(super) inertial: bool,
}

impl<W: NullModelWeight> LeidenRun<'_, W> {
    /// Iterates until the configured number of iterations is reached, the partition is settled, or an iteration gains
    /// nothing.
    pub(super) fn iterate(&self, start: Option<&[u32]>) -> BestPartition {
        let first = self.iteration(start, 0, Effort::Quick).expect("invariant: a quick iteration ends");
        let mut best = match start.map(|start| self.connected(start)) {
            // Nodes of one sub-round move independently, so an iteration can end with a lower quality than its start.
            Some(start) if first.quality <= start.quality => BestPartition { parts: first.parts, ..start },
            _ => first,
        };
        if !self.inertial {
            self.improve(&mut best, 1..self.cfg.iterations, Effort::SkipIfSettled);
        }
        if self.cfg.converge {
            self.improve(&mut best, self.cfg.iterations..u32::MAX, Effort::Thorough);
            best = self.moved_one_by_one(best);
        }
        best
    }

    /// Iterates from the best partition so far until an iteration gains nothing.
    fn improve(&self, best: &mut BestPartition, numbers: Range<u32>, effort: Effort) {
        for number in numbers {
            match self.iteration(Some(&best.labels), number, effort) {
                Some(next) if next.quality > best.quality => *best = next,
                _ => return,
            }
        }
    }

    /// Moves nodes one by one until no single move adds quality.
    ///
    /// This ends because every move adds quality, and so does splitting a community into its connected pieces. A node
    /// whose number is the label of its community cannot leave it to be alone, because its new community would have the
    /// same label. So communities are first labeled by their smallest members, and, after a pass that changes nothing,
    /// by their largest members.
    fn moved_one_by_one(&self, mut best: BestPartition) -> BestPartition {
        let level = Level::bottom(self.graph, &self.node_weights);
        let pool = MoveScratchPool::new(level.node_count());
        let mut passes_without_change = 0;
        while passes_without_change < 2 {
            let by_largest = (passes_without_change > 0).then(|| largest_members(&best.labels));
            let labels = Labels::from_partition(&level, by_largest.as_ref().unwrap_or(&best.labels));
            local_moving::move_one_by_one(&level, &labels, self.objective, &pool);
            let pieces = finish::connected_pieces(&level, &labels);
            passes_without_change = if pieces == best.labels { passes_without_change + 1 } else { 0 };
            best = BestPartition { quality: self.quality(&level, &pieces), labels: pieces, ..best };
        }
        best
    }

    /// The partition `start`, with its communities split into connected pieces.
    fn connected(&self, start: &[u32]) -> BestPartition {
        let level = Level::bottom(self.graph, &self.node_weights);
        let labels = finish::connected_pieces(&level, &Labels::from_partition(&level, start));
        let quality = self.quality(&level, &labels);
        BestPartition { quality, labels, parts: Vec::new() }
    }

    fn quality(&self, level: &Level<'_, W>, labels: &[u32]) -> i128 {
        finish::scaled_quality(level, labels, self.graph.total_strength(), self.objective)
    }

    /// Runs one iteration from single nodes or from a partition; returns `None` if it is skipped because the partition
    /// is settled.
    fn iteration(&self, start: Option<&[u32]>, iteration: u32, effort: Effort) -> Option<BestPartition> {
        let node_count = self.node_weights.par_iter().filter(|weight| !weight.is_zero()).count();
        // For each node of the input graph, its node on the current level.
        let position = |(u, weight): (usize, &W)| if weight.is_zero() { UNASSIGNED } else { id32(u) };
        let mut position: Vec<u32> = self.node_weights.par_iter().enumerate().map(position).collect();
        let mut parts = Vec::new();
        let bottom = Level::bottom(self.graph, &self.node_weights);
        let from_singletons = start.is_none();
        let pass = LevelPass { iteration, level: 0, from_singletons, effort, node_count };
        let mut inertial = start.filter(|_| self.inertial).map(shares_label);
        let mut outcome = self.pass(&bottom, start, inertial.as_deref(), pass)?;
        loop {
            let next = match outcome {
                LevelOutcome::Next(next) => next,
                LevelOutcome::Top(labels, quality) => {
                    let labels = finish::project(&position, &labels);
                    return Some(BestPartition { labels, quality, parts });
                }
            };
            let assigned = position.par_iter_mut().filter(|u| **u != UNASSIGNED);
            assigned.for_each(|u| *u = next.coarse_of[*u as usize]);
            parts.push(position.clone());
            inertial = inertial.map(|below| any_below(&below, &next));
            let level = next.coarse.level();
            let pass = LevelPass { level: id32(parts.len()), node_count: level.node_count(), ..pass };
            outcome = self.pass(&level, Some(&next.labels), inertial.as_deref(), pass)?;
        }
    }

    /// Moves, refines and aggregates the nodes of one level.
    fn pass(
        &self,
        level: &Level<'_, W>,
        start: Option<&[u32]>,
        inertial: Option<&[bool]>,
        pass: LevelPass,
    ) -> Option<LevelOutcome<W>> {
        let labels = match start {
            Some(labels) => Labels::from_partition(level, labels),
            None => Labels::singletons(level),
        };
        let sub_rounds = if pass.level == 0 { BOTTOM_SUB_ROUNDS } else { COARSE_SUB_ROUNDS };
        let draw = (self.cfg.seed, u64::from(pass.iteration) << 32 | u64::from(pass.level));
        let pool = MoveScratchPool::new(level.node_count());
        let schedule = Schedule::new(level, ScheduleOrder::Random, sub_rounds, draw);
        let is_large_bottom = pass.level == 0 && level.node_count() > LARGE;

        // Phase 1, local moving.
        let stop = MovingStopRule {
            max_moves_left: pass.max_moves_left(level.node_count()),
            from_singletons: start.is_none(),
            inertial,
            stop_if_settled: pass.effort == Effort::SkipIfSettled && is_large_bottom,
        };
        let outcome = local_moving::move_nodes(level, &labels, &schedule, self.objective, stop, &pool);
        if outcome == MovingOutcome::Settled {
            return None;
        }

        // Phase 2, refinement, if anything has merged.
        let merged = |labels: &Labels<W>| self.merge && labels.community_count() < pass.node_count;
        let parts = merged(&labels).then(|| {
            // Parts that grow around hubs are few, so the next level is small; this pays in a large graph.
            let hubs_first = || Schedule::new(level, ScheduleOrder::LongRowsFirst, sub_rounds, draw);
            let schedule = if is_large_bottom { hubs_first() } else { schedule };
            refinement::refine(level, &labels, &schedule, self.objective, &pool)
        });

        // Phase 3, aggregation; or the end, if nothing merges.
        let Some(parts) = parts.filter(merged) else {
            let labels = finish::connected_pieces(level, &labels);
            let quality = self.quality(level, &labels);
            return Some(LevelOutcome::Top(labels, quality));
        };
        Some(LevelOutcome::Next(aggregation::aggregate(level, &labels, &parts)))
    }
}

/// Returns, for each node, whether another node has the same label.
fn shares_label(labels: &[u32]) -> Vec<bool> {
    let mut sizes = vec![0_u32; labels.len()];
    for &label in labels {
        sizes[label as usize] += 1;
    }
    labels.iter().map(|&label| sizes[label as usize] > 1).collect()
}

/// Returns, for each node of the next level, whether `below` is true for any of its member nodes.
fn any_below<W>(below: &[bool], next: &NextLevel<W>) -> Vec<bool> {
    let mut any = vec![false; next.labels.len()];
    for (&holds, &coarse) in below.iter().zip(&next.coarse_of).filter(|(_, coarse)| **coarse != UNASSIGNED) {
        any[coarse as usize] |= holds;
    }
    any
}

/// Returns the same partition with each community labeled by its largest node.
fn largest_members(labels: &[u32]) -> Vec<u32> {
    let mut largest = vec![0; labels.len()];
    for (u, &label) in labels.iter().enumerate() {
        largest[label as usize] = id32(u);
    }
    labels.iter().map(|&label| largest[label as usize]).collect()
}

enum LevelOutcome<W> {
    /// Nothing merges any more: the labels of connected communities, and their scaled quality.
    Top(Vec<u32>, i128),
    Next(NextLevel<W>),
}

#[derive(Clone, Copy)]
struct LevelPass {
    iteration: u32,
    /// The index of the level; level 0 is the input graph.
    level: u32,
    /// Whether the iteration started from single nodes; otherwise few nodes move, and stopping early saves little time.
    from_singletons: bool,
    effort: Effort,
    /// Number of nodes with null-model weight.
    node_count: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Effort {
    /// Local moving goes on until few moves are left.
    Quick,
    /// As `Quick`, but the iteration is skipped if the partition turns out to be settled.
    SkipIfSettled,
    /// Local moving goes on until no moves are left.
    Thorough,
}

impl LevelPass {
    /// The number of moves at which local moving ends: it ends after a round with at most this many moves, because the
    /// next level moves whole parts.
    fn max_moves_left(self, node_count: usize) -> usize {
        match (self.from_singletons, self.level) {
            _ if node_count <= schedule::SEQUENTIAL_NODES || self.effort == Effort::Thorough => 0,
            (true, 0) => node_count / 10,
            (true, _) => node_count / 20,
            (false, _) => node_count / 100,
        }
    }
}
