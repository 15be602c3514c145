//! In which order are the nodes of a level visited, and who does what?

use std::ops::Range;

use rayon::prelude::*;

use super::{
    labels::Move,
    level::Level,
    tally::{Scratch, ScratchPool},
};
use crate::{ids::id32, num};

/// Nodes dealt at random to sub-rounds, and each sub-round cut into tasks. Part of the result, so a function of the
/// level and the seed alone.
///
/// Consecutive nodes are dealt together, in chunks, so that their rows are read as one stream.
pub(super) struct Plan {
    node_count: usize,
    /// Consecutive nodes in a chunk.
    chunk_size: usize,
    /// By chunk: its sub-round.
    sub_round_of: Vec<u32>,
    /// All chunks, by sub-round, then rising.
    chunks: Vec<u32>,
    /// Ranges of `chunks` of about equal work, by sub-round.
    tasks: Vec<Range<usize>>,
    /// By sub-round: its range of `tasks`.
    sub_rounds: Vec<Range<usize>>,
}

/// One task: chunks of nodes.
#[derive(Clone, Copy)]
struct Task<'a> {
    node_count: usize,
    chunk_size: usize,
    chunks: &'a [u32],
}

/// A level of at most this many nodes has one node in each sub-round, so every move sees all moves before it.
pub(super) const SEQUENTIAL_NODES: usize = 2000;
/// Chunks in a large level: many more than sub-rounds, so that chance deals about equal work to each.
const MIN_CHUNKS: usize = 1 << 12;
/// Largest chunk: a stream of rows long enough for the prefetcher.
const MAX_CHUNK: usize = 32;
/// Row entries in a task, about: a few dozen microseconds of work.
const TASK_ENTRIES: usize = 1 << 13;
/// What visiting a node costs beside its row, in row entries.
const NODE_ENTRIES: usize = 8;
/// Names the random numbers of the deal.
const DEAL_STAGE: u64 = 0x6c65_6964_656e;

impl Plan {
    /// Deals the nodes of `level` to about `sub_rounds` sub-rounds; `draw` tells the deals of one seed apart.
    pub(super) fn new(level: &Level<'_>, sub_rounds: usize, seed: u64, draw: u64) -> Self {
        let node_count = level.node_count();
        let chunk_size = (node_count / MIN_CHUNKS).clamp(1, MAX_CHUNK);
        let chunk_count = node_count.div_ceil(chunk_size);
        let sub_round_count =
            if node_count <= SEQUENTIAL_NODES { chunk_count } else { sub_rounds.min(chunk_count) };

        let mut chunks: Vec<u32> = (0..chunk_count).map(id32).collect();
        chunks.sort_by_cached_key(|&chunk| (num::random(seed, DEAL_STAGE, u64::from(chunk), draw), chunk));
        let mut plan = Self {
            node_count,
            chunk_size,
            sub_round_of: vec![0; chunk_count],
            chunks: Vec::with_capacity(chunk_count),
            tasks: Vec::new(),
            sub_rounds: Vec::with_capacity(sub_round_count),
        };
        for sub_round in 0..sub_round_count {
            let deal = |part: usize| part * chunk_count / sub_round_count;
            let hand = &mut chunks[deal(sub_round)..deal(sub_round + 1)];
            hand.sort_unstable();
            plan.add_sub_round(level, hand);
        }
        plan
    }

    /// Appends a sub-round of these chunks, cut into tasks.
    fn add_sub_round(&mut self, level: &Level<'_>, chunks: &[u32]) {
        let (first_task, mut task_start, mut work) = (self.tasks.len(), self.chunks.len(), 0);
        for &chunk in chunks {
            self.sub_round_of[chunk as usize] = id32(self.sub_rounds.len());
            self.chunks.push(chunk);
            work += self.task(&[chunk]).nodes().map(|u| level.degree(u) + NODE_ENTRIES).sum::<usize>();
            if work >= TASK_ENTRIES {
                self.tasks.push(task_start..self.chunks.len());
                (task_start, work) = (self.chunks.len(), 0);
            }
        }
        if task_start < self.chunks.len() {
            self.tasks.push(task_start..self.chunks.len());
        }
        self.sub_rounds.push(first_task..self.tasks.len());
    }

    fn task<'a>(&self, chunks: &'a [u32]) -> Task<'a> {
        Task { node_count: self.node_count, chunk_size: self.chunk_size, chunks }
    }

    pub(super) fn sub_round_count(&self) -> usize {
        self.sub_rounds.len()
    }

    /// Asks `propose` about every node of a sub-round, in parallel; the moves it wants, in no promised order.
    ///
    /// `propose` must only read what no other call changes: then the moves do not depend on who asks when.
    pub(super) fn propose(
        &self,
        sub_round: usize,
        pool: &ScratchPool,
        propose: impl Fn(u32, &mut Scratch) -> Option<Move> + Sync,
    ) -> Vec<Vec<Move>> {
        let ask = |task: &Range<usize>| {
            let mut scratch = pool.take();
            let nodes = self.task(&self.chunks[task.clone()]).nodes();
            nodes.filter_map(|u| propose(u, &mut scratch)).collect()
        };
        match &self.tasks[self.sub_rounds[sub_round].clone()] {
            [only] => vec![ask(only)],
            tasks => tasks.par_iter().with_max_len(1).map(ask).collect(),
        }
    }

    /// The sub-round in which `u` is visited.
    #[inline]
    pub(super) fn sub_round_of(&self, u: u32) -> usize {
        self.sub_round_of[u as usize / self.chunk_size] as usize
    }
}

impl Task<'_> {
    /// The nodes of the task, rising.
    fn nodes(self) -> impl Iterator<Item = u32> {
        self.chunks.iter().flat_map(move |&chunk| {
            let start = chunk as usize * self.chunk_size;
            id32(start)..id32((start + self.chunk_size).min(self.node_count))
        })
    }
}
