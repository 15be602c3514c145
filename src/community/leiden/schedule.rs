//! Decides when each node may move: assigns nodes to sub-rounds, and divides each sub-round into tasks.

use std::{cmp::Reverse, ops::Range};

use rayon::prelude::*;

use super::{
    best_move::{self, MoveRule, MoveScratchPool},
    labels::Move,
    level::Level,
};
use crate::{community::null_model::NullModelWeight, ids::id32, num};

/// The sub-round of every node. It affects the result, so it depends on the level and the seed alone.
///
/// Consecutive nodes are assigned together, in chunks, so that their rows are read as one stream. A node with a long
/// row forms a chunk alone: hubs often have consecutive numbers, and must not move at the same time.
pub(super) struct Schedule {
    /// Ranges of consecutive nodes, sorted by sub-round, then by node.
    chunks: Vec<Range<u32>>,
    /// Ranges of `chunks` with about equal work, sorted by sub-round.
    tasks: Vec<Range<usize>>,
    sub_rounds: Vec<SubRound>,
    /// The sub-round of each node.
    sub_round_of: Vec<u16>,
}

struct SubRound {
    /// Range of `Schedule::tasks`.
    tasks: Range<usize>,
    /// Nodes whose rows are long enough to be shared by all threads; they are in no task.
    hubs: Vec<u32>,
}

/// The order in which chunks are assigned to sub-rounds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ScheduleOrder {
    Random,
    /// Chunks with long rows first, in length classes of powers of two; random within a class.
    LongRowsFirst,
}

/// A level of at most this many nodes has one node in each sub-round, so every move sees all moves before it.
pub(super) const SEQUENTIAL_NODES: usize = 2000;
/// Minimum number of chunks in a large level: many more than sub-rounds, so that random sub-rounds have about equal
/// work.
const MIN_CHUNKS: usize = 1 << 12;
/// Maximum number of nodes in a chunk: their rows form a stream that is long enough for the processor to prefetch.
const MAX_CHUNK: usize = 32;
/// A chunk ends once its rows have this many entries.
const CHUNK_ENTRIES: usize = 1 << 10;
/// Approximate number of row entries in a task: a few dozen microseconds of work.
const TASK_ENTRIES: usize = 1 << 13;
/// The work of visiting a node, without reading its row, in units of row entries.
const NODE_ENTRIES: usize = 8;
/// A row of at least this many entries is shared by all threads.
const HUB_ENTRIES: usize = 1 << 17;
/// Separates the random numbers of the schedule from other random numbers of the same seed.
const SCHEDULE_STAGE: u64 = 0x6c65_6964_656e;

/// Consecutive nodes, and their work in units of row entries.
struct NodeChunk {
    nodes: Range<u32>,
    work: usize,
}

impl Schedule {
    /// Assigns the nodes of `level` to about `sub_rounds` sub-rounds; `draw` distinguishes schedules with the same
    /// seed.
    pub(super) fn new<W: NullModelWeight>(
        level: &Level<'_, W>,
        order: ScheduleOrder,
        sub_rounds: usize,
        (seed, draw): (u64, u64),
    ) -> Self {
        let mut chunks = node_chunks(level);
        let random =
            |chunk: &NodeChunk| num::random(seed, SCHEDULE_STAGE, u64::from(chunk.nodes.start), draw);
        let class = |chunk: &NodeChunk| match order {
            ScheduleOrder::Random => None,
            ScheduleOrder::LongRowsFirst => level.degree(chunk.nodes.start).checked_ilog2(),
        };
        chunks.sort_by_cached_key(|chunk| (Reverse(class(chunk)), random(chunk), chunk.nodes.start));

        let node_count = level.node_count();
        let sequential = node_count <= SEQUENTIAL_NODES;
        let sub_round_count = if sequential { node_count } else { sub_rounds };
        let total: usize = chunks.iter().map(|chunk| chunk.work).sum();
        let mut schedule = Self {
            chunks: Vec::with_capacity(chunks.len()),
            tasks: Vec::new(),
            sub_rounds: Vec::with_capacity(sub_round_count),
            sub_round_of: vec![0; node_count],
        };
        let (mut rest, mut done) = (&mut chunks[..], 0);
        for sub_round in 1..=sub_round_count {
            let goal = total * sub_round / sub_round_count;
            let takes = |chunk: &&NodeChunk| {
                let takes = done < goal;
                done += if takes { chunk.work } else { 0 };
                takes
            };
            let len = if sequential { 1 } else { rest.iter().take_while(takes).count() };
            let (taken, others) = rest.split_at_mut(len);
            taken.sort_unstable_by_key(|chunk| chunk.nodes.start);
            schedule.add_sub_round(level, taken);
            rest = others;
        }
        schedule
    }

    /// Appends a sub-round of these chunks, divided into tasks.
    fn add_sub_round<W: NullModelWeight>(&mut self, level: &Level<'_, W>, chunks: &[NodeChunk]) {
        let (first_task, mut task_start, mut work) = (self.tasks.len(), self.chunks.len(), 0);
        let mut hubs = Vec::new();
        let number = u16::try_from(self.sub_rounds.len()).expect("invariant: at most 2000 sub-rounds");
        for chunk in chunks {
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

    pub(super) fn node_count_in(&self, sub_round: usize) -> usize {
        let SubRound { tasks, hubs } = &self.sub_rounds[sub_round];
        let chunks = self.tasks[tasks.clone()].iter().flat_map(|task| &self.chunks[task.clone()]);
        chunks.map(ExactSizeIterator::len).sum::<usize>() + hubs.len()
    }

    /// The sub-round in which `u` may move.
    #[inline]
    pub(super) fn sub_round_of(&self, u: u32) -> usize {
        usize::from(self.sub_round_of[u as usize])
    }

    /// Finds the moves of all nodes of a sub-round in parallel; returns them in no particular order.
    ///
    /// The rule must read only state that no other call changes: then the moves do not depend on the order of calls.
    pub(super) fn propose<W: NullModelWeight>(
        &self,
        level: &Level<'_, W>,
        sub_round: usize,
        pool: &MoveScratchPool<W>,
        rule: &impl MoveRule<W>,
    ) -> Vec<Vec<Move>> {
        let moves_of = |task: &Range<usize>| {
            let nodes = self.chunks[task.clone()].iter().cloned().flatten();
            best_move::best_moves(level, rule, &mut pool.take(), nodes)
        };
        let SubRound { tasks, hubs } = &self.sub_rounds[sub_round];
        let mut moves: Vec<Vec<Move>> = match &self.tasks[tasks.clone()] {
            [only] => vec![moves_of(only)],
            tasks => tasks.par_iter().with_max_len(1).map(moves_of).collect(),
        };
        let hub_moves = hubs.iter().filter_map(|&hub| best_move::best_move_of_hub(level, rule, pool, hub));
        moves.push(hub_moves.collect());
        moves
    }
}

fn node_chunks<W: NullModelWeight>(level: &Level<'_, W>) -> Vec<NodeChunk> {
    let node_count = level.node_count();
    let size = (node_count / MIN_CHUNKS).clamp(1, MAX_CHUNK);
    let mut chunks: Vec<NodeChunk> = Vec::with_capacity(node_count / size + 1);
    let (mut start, mut work) = (0, 0);
    for u in 0..id32(node_count) {
        let row = level.degree(u) + NODE_ENTRIES;
        if row >= CHUNK_ENTRIES && start < u {
            chunks.push(NodeChunk { nodes: start..u, work });
            (start, work) = (u, 0);
        }
        work += row;
        let next = u + 1;
        if work >= CHUNK_ENTRIES || (next - start) as usize == size || next as usize == node_count {
            chunks.push(NodeChunk { nodes: start..next, work });
            (start, work) = (next, 0);
        }
    }
    chunks
}
