//! Who moves when: nodes dealt at random to sub-rounds, and each sub-round cut into tasks.

use std::{cmp::Reverse, ops::Range};

use rayon::prelude::*;

use super::{
    ask::{self, ScratchPool, Visitor},
    labels::Move,
    level::Level,
    mass::Mass,
};
use crate::{ids::id32, num};

/// Nodes dealt to sub-rounds. Part of the result, so a function of the level and the seed alone.
///
/// Consecutive nodes are dealt together, in chunks, so that their rows are read as one stream; a node with a long row
/// is a chunk by itself, so that hubs, which often have consecutive numbers, do not move together.
pub(super) struct Plan {
    /// Consecutive nodes, by sub-round, then rising.
    chunks: Vec<Range<u32>>,
    /// Ranges of `chunks` of about equal work, by sub-round.
    tasks: Vec<Range<usize>>,
    sub_rounds: Vec<SubRound>,
    /// By node.
    sub_round_of: Vec<u16>,
}

/// One sub-round.
struct SubRound {
    /// Its range of tasks.
    tasks: Range<usize>,
    /// Nodes whose row is long enough for all threads at once; they are in no task.
    hubs: Vec<u32>,
}

/// In which order chunks come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Deal {
    /// By chance.
    Random,
    /// Long rows first, in classes of powers of two, by chance within a class.
    LongRowsFirst,
}

/// A level of at most this many nodes has one node in each sub-round, so every move sees all moves before it.
pub(super) const SEQUENTIAL_NODES: usize = 2000;
/// Chunks in a large level: many more than sub-rounds, so that chance deals about equal work to each.
const MIN_CHUNKS: usize = 1 << 12;
/// Largest chunk: a stream of rows long enough for the processor to foresee.
const MAX_CHUNK: usize = 32;
/// Row entries that end a chunk.
const CHUNK_ENTRIES: usize = 1 << 10;
/// Row entries in a task, about: a few dozen microseconds of work.
const TASK_ENTRIES: usize = 1 << 13;
/// What visiting a node costs beside its row, in row entries.
const NODE_ENTRIES: usize = 8;
/// A row of this many entries is cut into pieces for all threads.
const HUB_ENTRIES: usize = 1 << 17;
/// Names the random numbers of the deal.
const DEAL_STAGE: u64 = 0x6c65_6964_656e;

/// Consecutive nodes, and the work that they are.
struct Chunk {
    nodes: Range<u32>,
    work: usize,
}

impl Plan {
    /// Deals the nodes of `level` to about `sub_rounds` sub-rounds; `draw` tells the deals of one seed apart.
    pub(super) fn new<M: Mass>(
        level: &Level<'_, M>,
        deal: Deal,
        sub_rounds: usize,
        (seed, draw): (u64, u64),
    ) -> Self {
        let mut chunks = cut(level);
        let chance = |chunk: &Chunk| num::random(seed, DEAL_STAGE, u64::from(chunk.nodes.start), draw);
        let class = |chunk: &Chunk| match deal {
            Deal::Random => None,
            Deal::LongRowsFirst => level.degree(chunk.nodes.start).checked_ilog2(),
        };
        chunks.sort_by_cached_key(|chunk| (Reverse(class(chunk)), chance(chunk), chunk.nodes.start));

        let node_count = level.node_count();
        let sequential = node_count <= SEQUENTIAL_NODES;
        let sub_round_count = if sequential { node_count } else { sub_rounds };
        let total: usize = chunks.iter().map(|chunk| chunk.work).sum();
        let mut plan = Self {
            chunks: Vec::with_capacity(chunks.len()),
            tasks: Vec::new(),
            sub_rounds: Vec::with_capacity(sub_round_count),
            sub_round_of: vec![0; node_count],
        };
        let (mut rest, mut done) = (&mut chunks[..], 0);
        for sub_round in 1..=sub_round_count {
            let goal = total * sub_round / sub_round_count;
            let takes = |chunk: &&Chunk| {
                let takes = done < goal;
                done += if takes { chunk.work } else { 0 };
                takes
            };
            let len = if sequential { 1 } else { rest.iter().take_while(takes).count() };
            let (hand, others) = rest.split_at_mut(len);
            hand.sort_unstable_by_key(|chunk| chunk.nodes.start);
            plan.add_sub_round(level, hand);
            rest = others;
        }
        plan
    }

    /// Appends a sub-round of these chunks, cut into tasks.
    fn add_sub_round<M: Mass>(&mut self, level: &Level<'_, M>, hand: &[Chunk]) {
        let (first_task, mut task_start, mut work) = (self.tasks.len(), self.chunks.len(), 0);
        let mut hubs = Vec::new();
        let number = u16::try_from(self.sub_rounds.len()).expect("invariant: at most 2000 sub-rounds");
        for chunk in hand {
            let nodes = chunk.nodes.start as usize..chunk.nodes.end as usize;
            self.sub_round_of[nodes].fill(number);
            if level.degree(chunk.nodes.start) >= HUB_ENTRIES {
                hubs.push(chunk.nodes.start);
                continue;
            }
            self.chunks.push(chunk.nodes.clone());
            work += chunk.work;
            if work >= TASK_ENTRIES {
                self.tasks.push(task_start..self.chunks.len());
                (task_start, work) = (self.chunks.len(), 0);
            }
        }
        if task_start < self.chunks.len() {
            self.tasks.push(task_start..self.chunks.len());
        }
        self.sub_rounds.push(SubRound { tasks: first_task..self.tasks.len(), hubs });
    }

    pub(super) fn sub_round_count(&self) -> usize {
        self.sub_rounds.len()
    }

    /// How many nodes a sub-round asks.
    pub(super) fn asked(&self, sub_round: usize) -> usize {
        let SubRound { tasks, hubs } = &self.sub_rounds[sub_round];
        let chunks = self.tasks[tasks.clone()].iter().flat_map(|task| &self.chunks[task.clone()]);
        chunks.map(ExactSizeIterator::len).sum::<usize>() + hubs.len()
    }

    /// The sub-round in which `u` is visited.
    #[inline]
    pub(super) fn sub_round_of(&self, u: u32) -> usize {
        usize::from(self.sub_round_of[u as usize])
    }

    /// Asks about every node of a sub-round, in parallel; the moves that are wanted, in no promised order.
    ///
    /// Visitors must only read what no other call changes: then the moves do not depend on who asks when.
    pub(super) fn propose<M: Mass>(
        &self,
        level: &Level<'_, M>,
        sub_round: usize,
        pool: &ScratchPool<M>,
        visitor: &impl Visitor<M>,
    ) -> Vec<Vec<Move>> {
        let ask = |task: &Range<usize>| {
            let nodes = self.chunks[task.clone()].iter().cloned().flatten();
            ask::about(level, visitor, &mut pool.take(), nodes)
        };
        let SubRound { tasks, hubs } = &self.sub_rounds[sub_round];
        let mut moves: Vec<Vec<Move>> = match &self.tasks[tasks.clone()] {
            [only] => vec![ask(only)],
            tasks => tasks.par_iter().with_max_len(1).map(ask).collect(),
        };
        moves.push(hubs.iter().filter_map(|&hub| ask::about_hub(level, visitor, pool, hub)).collect());
        moves
    }
}

/// Cuts the nodes of `level` into chunks.
fn cut<M: Mass>(level: &Level<'_, M>) -> Vec<Chunk> {
    let node_count = level.node_count();
    let size = (node_count / MIN_CHUNKS).clamp(1, MAX_CHUNK);
    let mut chunks: Vec<Chunk> = Vec::with_capacity(node_count / size + 1);
    let (mut start, mut work) = (0, 0);
    for u in 0..id32(node_count) {
        let row = level.degree(u) + NODE_ENTRIES;
        if row >= CHUNK_ENTRIES && start < u {
            chunks.push(Chunk { nodes: start..u, work });
            (start, work) = (u, 0);
        }
        work += row;
        let next = u + 1;
        if work >= CHUNK_ENTRIES || (next - start) as usize == size || next as usize == node_count {
            chunks.push(Chunk { nodes: start..next, work });
            (start, work) = (next, 0);
        }
    }
    chunks
}
