//! Whom would a node have to hear it from? Random reverse-reachable sets, each a function of its number.

use std::ops::Range;

use super::{
    coins::Coins,
    model::{Diffusion, Edges, SpreadModel},
    tasks::tasks,
};
use crate::{
    graph::Rows,
    ids::{NodeId, index64, low64, offset64},
    num,
};

/// Keeps the draws of this room apart from the other rooms' (the letters of "spread"); sets of the sides differ.
const WAVE_SETS: u64 = 1 << 14;
const STAGE: u64 = 0x7370_7265_6164;
/// Sets that one task draws.
const TASK_SETS: u64 = 256;

/// Which sample: seeds are picked by one, seed sets compared by another, and the winner judged by the third, which
/// knows nothing of what came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Choosing = 0,
    Judging = 1,
    Comparing = 2,
}

/// Who begins a set: every node alike, or by weight.
struct Roots {
    /// What all nodes are worth.
    whole: u64,
    /// Running totals of what nodes are worth, unless that is 1 each.
    totals: Option<Vec<u64>>,
}

impl Roots {
    fn new(node_count: usize, worth: Option<&[u64]>) -> Self {
        let totals = worth.map(|worth| num::prefix_sums(worth.iter().copied()));
        let whole = totals.as_ref().map_or(offset64(node_count), |totals| totals[node_count]);
        Self { whole, totals }
    }

    fn draw(&self, word: u64) -> NodeId {
        let mark = low64((u128::from(word) * u128::from(self.whole)) >> 64);
        NodeId::new(match &self.totals {
            None => index64(mark),
            Some(totals) => totals.partition_point(|&total| total <= mark) - 1,
        })
    }
}

/// What one worker needs to draw sets; all marks are clear between sets.
pub(super) struct Sampler<'m> {
    model: &'m SpreadModel<'m>,
    roots: &'m Roots,
    seed: u64,
    rows: Rows<'m>,
    marks: Vec<u64>,
    found: Vec<NodeId>,
}

impl<'m> Sampler<'m> {
    fn new(model: &'m SpreadModel<'m>, roots: &'m Roots, seed: u64) -> Self {
        let marks = vec![0; model.graph.node_count().div_ceil(64)];
        Self { model, roots, seed, rows: model.graph.out_edges().rows(), marks, found: Vec::new() }
    }

    /// Draws set `number`: the nodes that would move its root, the root itself first. It ends early with a node at
    /// which to `stop`, which is then the last one.
    pub(super) fn draw(&mut self, side: Side, number: u64, stop: impl Fn(NodeId) -> bool) -> &[NodeId] {
        self.found.iter().for_each(|v| self.marks[v.index() / 64] = 0);
        self.found.clear();
        let stage = STAGE << 2 | side as u64;
        let mut coins = Coins::new(num::random(self.seed, stage, number, 0));
        let root = self.roots.draw(coins.word());
        self.mark(root);
        if stop(root) {
            return &self.found;
        }
        let mut at = 0;
        while at < self.found.len() {
            let before = self.found.len();
            self.expand(self.found[at], &mut coins);
            if let Some(hit) = (before..self.found.len()).find(|&at| stop(self.found[at])) {
                return &self.found[..=hit];
            }
            at += 1;
        }
        &self.found
    }

    /// Adds the nodes that move `u`.
    fn expand(&mut self, u: NodeId, coins: &mut Coins) {
        let Self { model, rows, marks, found, .. } = self;
        let mut add = |v| mark(marks, found, v);
        match (&model.edges, model.diffusion) {
            (Edges::Even(even), Diffusion::IndependentCascade) => {
                let row = rows.neighbors(u);
                coins.even(row.len(), even.of(row.len()), |at| add(row[at]));
            }
            (Edges::Sorted(rows), Diffusion::IndependentCascade) => {
                let (row, chances) = rows.row(u);
                coins.falling(row.len(), |at| chances[at], |at| add(row[at]));
            }
            (Edges::Even(even), Diffusion::LinearThreshold) => {
                let row = rows.neighbors(u);
                if !row.is_empty() {
                    let at = index64(num::floor_u64(coins.unit() / even.of(row.len())));
                    row.get(at).copied().into_iter().for_each(add);
                }
            }
            (Edges::Sorted(rows), Diffusion::LinearThreshold) => {
                let (row, chances) = rows.row(u);
                let mut left = coins.unit();
                let chosen = chances.iter().position(|&chance| {
                    left -= f64::from(chance);
                    left < 0.0
                });
                chosen.map(|at| row[at]).into_iter().for_each(add);
            }
        }
    }

    fn mark(&mut self, v: NodeId) {
        mark(&mut self.marks, &mut self.found, v);
    }
}

/// Marks `v`, and lists it if it is new.
#[inline]
fn mark(marks: &mut [u64], found: &mut Vec<NodeId>, v: NodeId) {
    let (word, bit) = (v.index() / 64, 1 << (v.index() % 64));
    if marks[word] & bit == 0 {
        marks[word] |= bit;
        found.push(v);
    }
}

/// A sample of sets, drawn again whenever it is looked at: memory is what it would take to keep it.
pub(super) struct Sample<'m> {
    pub(super) model: &'m SpreadModel<'m>,
    roots: Roots,
    seed: u64,
}

impl<'m> Sample<'m> {
    /// Sets with roots by what nodes are `worth`; every node alike where there is none.
    pub(super) fn new(model: &'m SpreadModel<'m>, worth: Option<&[u64]>, seed: u64) -> Self {
        Self { model, roots: Roots::new(model.graph.node_count(), worth), seed }
    }

    /// What all nodes are worth.
    pub(super) fn whole(&self) -> f64 {
        self.roots.whole as f64
    }

    /// What `task` makes of every few sets, in the order of their numbers; all threads.
    pub(super) fn tasks<T: Send>(
        &self,
        numbers: Range<u64>,
        task: impl Fn(&mut Sampler<'_>, Range<u64>) -> T + Sync,
    ) -> Vec<T> {
        tasks(numbers, TASK_SETS, || Sampler::new(self.model, &self.roots, self.seed), task)
    }

    /// Adds up what `count` counts of every set, in `width` places.
    pub(super) fn sums(
        &self,
        numbers: Range<u64>,
        width: usize,
        count: impl Fn(&mut Sampler<'_>, u64, &mut [u64]) + Sync,
    ) -> Vec<u64> {
        let mut sums = vec![0; width];
        let mut start = numbers.start;
        // In waves: memory does not grow with the number of sets.
        while start < numbers.end {
            let end = numbers.end.min(start + WAVE_SETS);
            let counted = self.tasks(start..end, |sampler, numbers| {
                let mut counts = vec![0; width];
                numbers.for_each(|number| count(sampler, number, &mut counts));
                counts
            });
            for counts in counted {
                sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
            start = end;
        }
        sums
    }
}
