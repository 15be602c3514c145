//! From single nodes, or from a partition, up through the levels until nothing merges.

use std::{borrow::Cow, ops::Range};

use rayon::prelude::*;

use super::{
    aggregation::{self, Aggregated, NOWHERE},
    ask::ScratchPool,
    finish,
    labels::Labels,
    level::Level,
    local_moving::{self, Moved, Patience},
    mass::Mass,
    plan::{self, Deal, Plan},
    refinement,
};
use crate::{community::quality::Objective, graph::SymmetricCsr, ids::id32};

/// Where one climb ended.
pub(super) struct Summit {
    /// By node: the smallest node of its community.
    pub(super) labels: Vec<u32>,
    /// Scaled quality.
    pub(super) quality: i128,
    /// The parts that communities were put together from, the finest first: by node, its node on each level above the
    /// bottom; [`NOWHERE`] for a node without mass. Parts may lie in several communities where those are not what the
    /// climb ended with.
    pub(super) parts: Vec<Vec<u32>>,
}

/// Sub-rounds of a pass over the graph itself. Fewer move more neighbours blindly at once, more gain nothing.
const BOTTOM_SUB_ROUNDS: usize = 16;
/// Sub-rounds of a pass over communities as nodes, which are fewer and weigh more.
const COARSE_SUB_ROUNDS: usize = 32;

/// A graph of more nodes is large.
const LARGE: usize = 1 << 16;

/// What all climbs on one graph have in common.
pub(super) struct Mountain<'a, M: Mass> {
    pub(super) graph: &'a SymmetricCsr,
    /// By node.
    pub(super) masses: Cow<'a, [M]>,
    pub(super) objective: &'a Objective,
    pub(super) seed: u64,
    /// Whether communities merge; else single nodes move between them, and the climb stays on the lowest level.
    pub(super) merge: bool,
    /// Whether nodes move until none gains, however long that takes.
    pub(super) to_the_end: bool,
    /// Whether nodes stay where they are, and communities apart, unless that gains by a margin. Then there is one
    /// iteration: each further one moves people who are nearly as well where they are.
    pub(super) inert: bool,
}

impl<M: Mass> Mountain<'_, M> {
    /// Climbs until the iterations are used up, the partition is settled, or an iteration gains nothing; the best.
    pub(super) fn climb(&self, start: Option<&[u32]>, iterations: u32) -> Summit {
        let mut best = match start {
            None => self.iteration(None, 0, Effort::Quick).expect("invariant: a quick climb goes through"),
            Some(start) => {
                // Moves of one sub-round do not see each other, so a climb can end below where it began.
                let begun = self.standing(start);
                let climbed = self.iteration(Some(start), 0, Effort::Quick);
                let climbed = climbed.expect("invariant: a quick climb goes through");
                let better = climbed.quality > begun.quality;
                if better { climbed } else { Summit { parts: climbed.parts, ..begun } }
            }
        };
        if !self.inert {
            self.improve(&mut best, 1..iterations, Effort::WorthIt);
        }
        if self.to_the_end {
            self.improve(&mut best, iterations..u32::MAX, Effort::Thorough);
            best = self.polished(best);
        }
        best
    }

    /// Climbs again from where the last climb ended, until one brings nothing.
    fn improve(&self, best: &mut Summit, numbers: Range<u32>, effort: Effort) {
        for number in numbers {
            match self.iteration(Some(&best.labels), number, effort) {
                Some(next) if next.quality > best.quality => *best = next,
                _ => return,
            }
        }
    }

    /// Moves nodes one by one until no single move adds quality.
    ///
    /// Each move adds some, and so does taking communities in pieces apart: this ends. Who lends its label to its
    /// community cannot go alone under it, so the smallest members lend theirs first, then the largest do.
    fn polished(&self, mut summit: Summit) -> Summit {
        let level = Level::bottom(self.graph, &self.masses);
        let pool = ScratchPool::new(level.node_count());
        let mut passes_without_change = 0;
        while passes_without_change < 2 {
            let lenders = if passes_without_change == 0 {
                summit.labels.clone()
            } else {
                largest_members(&summit.labels)
            };
            let labels = Labels::from_partition(&level, &lenders);
            local_moving::move_one_by_one(&level, &labels, self.objective, &pool);
            let pieces = finish::connected_pieces(&level, &labels);
            passes_without_change = if pieces == summit.labels { passes_without_change + 1 } else { 0 };
            summit = Summit { quality: self.quality(&level, &pieces), labels: pieces, ..summit };
        }
        summit
    }

    /// A partition as it is, but for communities that are in pieces.
    fn standing(&self, start: &[u32]) -> Summit {
        let level = Level::bottom(self.graph, &self.masses);
        let labels = finish::connected_pieces(&level, &Labels::from_partition(&level, start));
        let quality = self.quality(&level, &labels);
        Summit { quality, labels, parts: Vec::new() }
    }

    fn quality(&self, level: &Level<'_, M>, labels: &[u32]) -> i128 {
        finish::scaled_quality(level, labels, self.graph.total_strength(), self.objective)
    }

    /// One climb, from single nodes or from a partition; none where it is not worth it, as the partition is settled.
    fn iteration(&self, start: Option<&[u32]>, number: u32, effort: Effort) -> Option<Summit> {
        let g = self.graph;
        let live = self.masses.par_iter().filter(|mass| !mass.is_zero()).count();
        // Where every node of the graph is on the current level.
        let place = |(u, mass): (usize, &M)| if mass.is_zero() { NOWHERE } else { id32(u) };
        let mut position: Vec<u32> = self.masses.par_iter().enumerate().map(place).collect();
        let mut parts = Vec::new();
        let cold = start.is_none();
        let bottom = Level::bottom(g, &self.masses);
        let step = Step { number, depth: 0, cold, effort, live };
        let mut residents = start.filter(|_| self.inert).map(with_company);
        let mut ascent = self.step(&bottom, start, residents.as_deref(), step)?;
        loop {
            let depth = id32(parts.len());
            let next: Aggregated<M> = match ascent {
                Ascent::Top(labels, quality) => {
                    let labels = finish::project(&position, &labels);
                    return Some(Summit { labels, quality, parts });
                }
                Ascent::Next(next) => next,
            };
            position.par_iter_mut().filter(|u| **u != NOWHERE).for_each(|u| *u = next.coarse_of[*u as usize]);
            parts.push(position.clone());
            residents = residents.map(|below| any_below(&below, &next));
            let level = next.coarse.level();
            let step = Step { number, depth: depth + 1, cold, effort, live: level.node_count() };
            ascent = self.step(&level, Some(&next.labels), residents.as_deref(), step)?;
        }
    }

    /// Moves, refines and aggregates the nodes of one level.
    fn step(
        &self,
        level: &Level<'_, M>,
        start: Option<&[u32]>,
        residents: Option<&[bool]>,
        step: Step,
    ) -> Option<Ascent<M>> {
        let labels = match start {
            Some(labels) => Labels::from_partition(level, labels),
            None => Labels::singletons(level),
        };
        let sub_rounds = if step.depth == 0 { BOTTOM_SUB_ROUNDS } else { COARSE_SUB_ROUNDS };
        let draw = (self.seed, u64::from(step.number) << 32 | u64::from(step.depth));
        let pool = ScratchPool::new(level.node_count());
        let plan = Plan::new(level, Deal::Random, sub_rounds, draw);
        let patience = Patience {
            enough: step.enough(level.node_count()),
            from_singletons: start.is_none(),
            residents,
            may_give_up: step.effort == Effort::WorthIt && step.is_large_bottom(level.node_count()),
        };
        if local_moving::move_nodes(level, &labels, &plan, self.objective, patience, &pool) == Moved::Settled
        {
            return None;
        }

        let merged = |labels: &Labels<M>| self.merge && labels.community_count() < step.live;
        let parts = merged(&labels).then(|| {
            // Parts that grow around hubs are few, and the next level is small: where that matters.
            let around_hubs = || Plan::new(level, Deal::LongRowsFirst, sub_rounds, draw);
            let plan = if step.is_large_bottom(level.node_count()) { around_hubs() } else { plan };
            refinement::refine(level, &labels, &plan, self.objective, &pool)
        });
        let Some(parts) = parts.filter(merged) else {
            let labels = finish::connected_pieces(level, &labels);
            let quality = self.quality(level, &labels);
            return Some(Ascent::Top(labels, quality));
        };
        Some(Ascent::Next(aggregation::aggregate(level, &labels, &parts)))
    }
}

/// By node: whether it shares its label.
fn with_company(labels: &[u32]) -> Vec<bool> {
    let mut sizes = vec![0_u32; labels.len()];
    for &label in labels {
        sizes[label as usize] += 1;
    }
    labels.iter().map(|&label| sizes[label as usize] > 1).collect()
}

/// By node of the next level: whether it has such a node below it.
fn any_below<M>(below: &[bool], next: &Aggregated<M>) -> Vec<bool> {
    let mut any = vec![false; next.labels.len()];
    for (&is_such, &coarse) in below.iter().zip(&next.coarse_of).filter(|(_, coarse)| **coarse != NOWHERE) {
        any[coarse as usize] |= is_such;
    }
    any
}

/// The same partition, each label the largest node that carries it.
fn largest_members(labels: &[u32]) -> Vec<u32> {
    let mut largest = vec![0; labels.len()];
    for (u, &label) in labels.iter().enumerate() {
        largest[label as usize] = id32(u);
    }
    labels.iter().map(|&label| largest[label as usize]).collect()
}

/// Where a level leads.
enum Ascent<M> {
    /// Nothing merges any more: the labels, connected, and their scaled quality.
    Top(Vec<u32>, i128),
    Next(Aggregated<M>),
}

/// Which step of which climb.
#[derive(Clone, Copy)]
struct Step {
    number: u32,
    depth: u32,
    /// Whether the climb began with single nodes; else there is little to move, and little time to save.
    cold: bool,
    effort: Effort,
    /// Nodes with mass.
    live: usize,
}

/// How long to go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effort {
    /// Until little is left to move.
    Quick,
    /// The same, but not at all where the partition turns out to be settled.
    WorthIt,
    /// Until nothing is left to move.
    Thorough,
}

impl Step {
    /// Whether this is the graph itself, and large: then a sixteenth of it tells about the rest.
    fn is_large_bottom(self, node_count: usize) -> bool {
        self.depth == 0 && node_count > LARGE
    }

    /// After a round with at most this many moves, a level is left: the next one moves the rest in larger pieces.
    fn enough(self, node_count: usize) -> usize {
        match (self.cold, self.depth) {
            _ if node_count <= plan::SEQUENTIAL_NODES || self.effort == Effort::Thorough => 0,
            (true, 0) => node_count / 10,
            (true, _) => node_count / 20,
            (false, _) => node_count / 100,
        }
    }
}
