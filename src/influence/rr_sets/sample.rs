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

/// Keeps the random numbers of this module apart from those of other modules (the letters of "spread"); the two bits
/// below it tell the collections of [`RrSets`] apart.
const STAGE: u64 = 0x7370_7265_6164;
const TASK_SETS: u64 = 256;
/// How many sets are drawn before the counts of their tasks are added up.
const WAVE_SETS: u64 = 1 << 14;

/// Three independent collections of sets: seeds are selected by the first, and the seed set that wins is validated by
/// the second, which no decision depended on. The third compares seed sets with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RrSets {
    Select = 0,
    Validate = 1,
    Compare = 2,
}

/// The distribution of the root of a set: in proportion to the worth of the nodes, or uniform.
struct RootDistribution {
    total_worth: u64,
    /// Running totals of the worth of the nodes; none where each is worth 1.
    totals: Option<Vec<u64>>,
}

impl RootDistribution {
    fn new(node_count: usize, worth: Option<&[u64]>) -> Self {
        let totals = worth.map(|worth| num::prefix_sums(worth.iter().copied()));
        let total_worth = totals.as_ref().map_or(offset64(node_count), |totals| totals[node_count]);
        Self { total_worth, totals }
    }

    fn draw(&self, word: u64) -> NodeId {
        let position = low64((u128::from(word) * u128::from(self.total_worth)) >> 64);
        NodeId::new(match &self.totals {
            None => index64(position),
            Some(totals) => totals.partition_point(|&total| total <= position) - 1,
        })
    }
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

    /// Adds the nodes that `u` has a live edge to: those that would activate it.
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
            // By linear threshold at most one edge of a row is live (Kempe, Kleinberg, Tardos 2003).
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

/// A random sample of sets. Every pass over them draws them anew, because storing them would take too much memory.
pub(crate) struct RrSample<'m> {
    pub(crate) model: &'m SpreadModel<'m>,
    roots: RootDistribution,
    seed: u64,
}

impl<'m> RrSample<'m> {
    /// The root of a set is drawn in proportion to `worth[NodeId]`, or uniformly where there is none.
    pub(crate) fn new(model: &'m SpreadModel<'m>, worth: Option<&[u64]>, seed: u64) -> Self {
        Self { model, roots: RootDistribution::new(model.graph.node_count(), worth), seed }
    }

    pub(crate) fn total_worth(&self) -> f64 {
        self.roots.total_worth as f64
    }

    /// Runs `task` on chunks of these set numbers in parallel; the results are in the order of the numbers.
    pub(crate) fn run_chunks<T: Send>(
        &self,
        numbers: Range<u64>,
        task: impl Fn(&mut RrSampler<'_>, Range<u64>) -> T + Sync,
    ) -> Vec<T> {
        run_chunks(numbers, TASK_SETS, || RrSampler::new(self.model, &self.roots, self.seed), task)
    }

    /// Calls `count` on every set with an array of `width` counters, and returns their sums over all sets.
    pub(crate) fn sums(
        &self,
        numbers: Range<u64>,
        width: usize,
        count: impl Fn(&mut RrSampler<'_>, u64, &mut [u64]) + Sync,
    ) -> Vec<u64> {
        let mut sums = vec![0; width];
        // In waves, so that memory does not grow with the number of sets.
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
