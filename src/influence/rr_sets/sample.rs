//! Draws random reverse-reachable sets, each a function of its number.

use std::ops::Range;

use crate::{
    graph::Rows,
    ids::{NodeId, index64, low64, offset64},
    influence::{
        edge_sampler::EdgeSampler,
        model::{Diffusion, ModelEdges, SpreadModel},
        numbered_tasks::{run_chunks, split},
    },
    num,
};

/// Keeps the random numbers of this module apart from the random numbers of other modules (the letters of "spread");
/// the two bits below it tell the collections of [`RrSets`] apart.
const STAGE: u64 = 0x7370_7265_6164;
const TASK_SETS: u64 = 256;
/// How many sets are drawn before the counts of their tasks are added up.
const WAVE_SETS: u64 = 1 << 14;

/// Three independent collections of sets. Seeds are selected on the first. The second validates the winning seed set,
/// and no decision depends on it. The third compares seed sets with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RrSets {
    Select = 0,
    Validate = 1,
    Compare = 2,
}

/// The distribution of the root of a set over the nodes: in proportion to their worth, or uniform.
struct RootDistribution {
    total_worth: u64,
    /// None where each node is worth 1.
    weighted: Option<WeightedRoots>,
}

struct WeightedRoots {
    /// Running totals of the worth of the nodes, starting with 0.
    totals: Vec<u64>,
    /// A guide table that bounds the binary search (Chen, Asau 1974). For each value of the first [`GUIDE_BITS`] bits
    /// of a random word, it holds the number of totals up to the position of the smallest word with these bits. Its
    /// last entry is the number of all totals.
    guide: Vec<usize>,
}

const GUIDE_BITS: u32 = 12;

impl RootDistribution {
    fn new(node_count: usize, worth: Option<&[u64]>) -> Self {
        let Some(worth) = worth else { return Self { total_worth: offset64(node_count), weighted: None } };
        let totals = num::prefix_sums(worth.iter().copied());
        let total_worth = totals[node_count];
        let first_word = |bits: u64| bits << (64 - GUIDE_BITS);
        let smallest = |bits| count_up_to(&totals, position(first_word(bits), total_worth));
        let guide = (0..1 << GUIDE_BITS).map(smallest).chain([totals.len()]).collect();
        Self { total_worth, weighted: Some(WeightedRoots { totals, guide }) }
    }

    fn draw(&self, word: u64) -> NodeId {
        let position = position(word, self.total_worth);
        NodeId::new(match &self.weighted {
            None => index64(position),
            Some(WeightedRoots { totals, guide }) => {
                let bits = index64(word >> (64 - GUIDE_BITS));
                let (from, to) = (guide[bits], guide[bits + 1]);
                from + count_up_to(&totals[from..to], position) - 1
            }
        })
    }
}

/// A random word as a position in `0..total`.
fn position(word: u64, total: u64) -> u64 {
    low64((u128::from(word) * u128::from(total)) >> 64)
}

/// How many of the rising `totals` are at most `position`.
fn count_up_to(totals: &[u64], position: u64) -> usize {
    totals.partition_point(|&total| total <= position)
}

/// The buffers with which one worker draws sets.
pub(crate) struct RrSampler<'m> {
    model: &'m SpreadModel<'m>,
    roots: &'m RootDistribution,
    seed: u64,
    rows: Rows<'m>,
    marks: Vec<u64>,
    found: Vec<NodeId>,
}

impl<'m> RrSampler<'m> {
    fn new(model: &'m SpreadModel<'m>, roots: &'m RootDistribution, seed: u64) -> Self {
        let marks = vec![0; model.graph.node_count().div_ceil(64)];
        Self { model, roots, seed, rows: model.graph.out_edges().rows(), marks, found: Vec::new() }
    }

    /// Draws set `number`: the nodes that would activate its root, the root first. The search ends early at the first
    /// node for which `stop` holds; that node is then the last of the set.
    pub(crate) fn draw(&mut self, rr_sets: RrSets, number: u64, stop: impl Fn(NodeId) -> bool) -> &[NodeId] {
        self.found.iter().for_each(|v| self.marks[v.index() / 64] = 0);
        self.found.clear();
        let stage = STAGE << 2 | rr_sets as u64;
        let mut edge_sampler = EdgeSampler::new(num::random(self.seed, stage, number, 0));
        let root = self.roots.draw(edge_sampler.next_word());
        mark(&mut self.marks, &mut self.found, root);
        if stop(root) {
            return &self.found;
        }
        let mut at = 0;
        while at < self.found.len() {
            let before = self.found.len();
            self.expand(self.found[at], &mut edge_sampler);
            if let Some(hit) = (before..self.found.len()).find(|&at| stop(self.found[at])) {
                return &self.found[..=hit];
            }
            at += 1;
        }
        &self.found
    }

    /// Adds the targets of the live out-edges of `u`: the nodes that would activate it.
    fn expand(&mut self, u: NodeId, edge_sampler: &mut EdgeSampler) {
        let Self { model, rows, marks, found, .. } = self;
        let mut add = |v| mark(marks, found, v);
        match (&model.edges, model.diffusion) {
            (ModelEdges::Uniform(probability), Diffusion::IndependentCascade) => {
                let row = rows.neighbors(u);
                edge_sampler.uniform_row(
                    row.len(),
                    probability.scale_of_degree(row.len()),
                    |at| add(row[at]),
                );
            }
            (ModelEdges::Sorted(rows), Diffusion::IndependentCascade) => {
                let (row, probabilities) = rows.row(u);
                edge_sampler.descending_row(row.len(), |at| probabilities[at], |at| add(row[at]));
            }
            // With linear threshold at most one edge of a row is live (Kempe, Kleinberg, Tardos 2003).
            (ModelEdges::Uniform(probability), Diffusion::LinearThreshold) => {
                let row = rows.neighbors(u);
                if !row.is_empty() {
                    let step = probability.of_degree(row.len());
                    let at = index64(num::floor_u64(edge_sampler.next_unit() / step));
                    row.get(at).copied().into_iter().for_each(add);
                }
            }
            (ModelEdges::Sorted(rows), Diffusion::LinearThreshold) => {
                let (row, probabilities) = rows.row(u);
                let mut left = edge_sampler.next_unit();
                let live = probabilities.iter().position(|&probability| {
                    left -= f64::from(probability);
                    left < 0.0
                });
                live.map(|at| row[at]).into_iter().for_each(add);
            }
        }
    }
}

/// Marks `v`, and appends it to `found` if it was not marked.
#[inline]
fn mark(marks: &mut [u64], found: &mut Vec<NodeId>, v: NodeId) {
    let (word, bit) = (v.index() / 64, 1 << (v.index() % 64));
    if marks[word] & bit == 0 {
        marks[word] |= bit;
        found.push(v);
    }
}

/// A random sample of sets. Every pass draws the sets anew, because storing them would take too much memory.
pub(crate) struct RrSample<'m> {
    pub(crate) model: &'m SpreadModel<'m>,
    roots: RootDistribution,
    seed: u64,
}

impl<'m> RrSample<'m> {
    /// The root of a set is drawn in proportion to `worth[NodeId]`, or uniformly if `worth` is `None`.
    pub(crate) fn new(model: &'m SpreadModel<'m>, worth: Option<&[u64]>, seed: u64) -> Self {
        Self { model, roots: RootDistribution::new(model.graph.node_count(), worth), seed }
    }

    pub(crate) fn total_worth(&self) -> f64 {
        self.roots.total_worth as f64
    }

    /// Runs `task` on chunks of the set numbers in parallel; the results are in the order of the numbers.
    pub(crate) fn run_chunks<T: Send>(
        &self,
        numbers: Range<u64>,
        task: impl Fn(&mut RrSampler<'_>, Range<u64>) -> T + Sync,
    ) -> Vec<T> {
        run_chunks(numbers, TASK_SETS, || RrSampler::new(self.model, &self.roots, self.seed), task)
    }

    /// Calls `count` on every set number with an array of `width` counters, and returns the sums of these counters over
    /// all sets.
    pub(crate) fn sums(
        &self,
        numbers: Range<u64>,
        width: usize,
        count: impl Fn(&mut RrSampler<'_>, u64, &mut [u64]) + Sync,
    ) -> Vec<u64> {
        let mut sums = vec![0; width];
        // Sets are drawn in waves, so that memory does not grow with their number.
        for wave in split(numbers, WAVE_SETS) {
            let counted = self.run_chunks(wave, |sampler, numbers| {
                let mut counts = vec![0; width];
                numbers.for_each(|number| count(sampler, number, &mut counts));
                counts
            });
            for counts in counted {
                sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weighted_roots_equal_those_of_a_scan() {
        for (case, node_count) in [1_u64, 2, 7, 100, 900].into_iter().enumerate() {
            let worth: Vec<u64> = (0..node_count).map(|v| num::random(1, offset64(case), v, 0) % 9).collect();
            let worth: Vec<u64> =
                worth.iter().map(|&w| if w < 3 { 0 } else { w * w * w }).chain([5, 0]).collect();
            let roots = RootDistribution::new(worth.len(), Some(&worth));
            let edges = (0..1 << GUIDE_BITS).flat_map(|bits: u64| {
                let first = bits << (64 - GUIDE_BITS);
                [first, first.wrapping_sub(1)]
            });
            for word in edges.chain((0..20_000).map(|i| num::random(2, 2, i, 0))) {
                let mut left = position(word, roots.total_worth);
                let scanned = worth.iter().position(|&worth| {
                    let is_here = left < worth;
                    left = left.wrapping_sub(if is_here { 0 } else { worth });
                    is_here
                });
                assert_eq!(Some(roots.draw(word).index()), scanned);
            }
        }
    }
}
