//! Aggregation, phase 3 of Leiden: each refined part becomes a node of the next level.

use std::{
    ops::Range,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use rayon::prelude::*;

use super::{
    best_move::{MoveScratchPool, PIECE_ENTRIES},
    labels::Labels,
    level::{CoarseGraph, Level},
};
use crate::{
    community::{null_model::NullModelWeight, rating_map::Rating},
    ids::{id32, index64, offset64},
    num,
};

/// The result of aggregation.
pub(super) struct NextLevel<W> {
    pub(super) coarse: CoarseGraph<W>,
    /// For each node of the level below, its coarse node, or [`UNASSIGNED`].
    pub(super) coarse_of: Vec<u32>,
    /// For each coarse node, the label of its community: the first coarse node of that community.
    pub(super) labels: Vec<u32>,
}

/// Used instead of the number of a coarse node for a node that has no null-model weight and is in no coarse node.
pub(in crate::community) const UNASSIGNED: u32 = u32::MAX;
/// Approximate number of row entries of the level below per task. Affects only the gaps between rows.
const TASK_ENTRIES: u64 = 1 << 16;
/// The rows of a part with at least this many entries in total are divided among all threads.
const HUGE_PART: u64 = 1 << 20;
/// Minimum number of nodes in the block that a thread counts at a time.
const COUNTED_NODES: usize = 1 << 17;

/// Builds the next level: its nodes are `parts`, in the order of their leaders, and it starts with the communities of
/// `labels`.
pub(super) fn aggregate<W: NullModelWeight>(
    level: &Level<'_, W>,
    labels: &Labels<W>,
    parts: &Labels<W>,
) -> NextLevel<W> {
    // Coarse nodes, and their communities.
    let nodes = 0..id32(level.node_count());
    let is_leader = |&u: &u32| parts.of(u) == u && !level.node_weight(u).is_zero();
    let leaders: Vec<u32> = nodes.clone().into_par_iter().filter(is_leader).collect();

    let mut coarse_of_leader = vec![UNASSIGNED; level.node_count()];
    let mut first_of_label = vec![UNASSIGNED; level.node_count()];
    let mut coarse_labels = Vec::with_capacity(leaders.len());
    for (coarse, &leader) in leaders.iter().enumerate() {
        coarse_of_leader[leader as usize] = id32(coarse);
        let first = &mut first_of_label[labels.of(leader) as usize];
        *first = id32(coarse).min(*first);
        coarse_labels.push(*first);
    }
    let coarse_of: Vec<u32> = nodes.into_par_iter().map(|u| coarse_of_leader[parts.of(u) as usize]).collect();

    // The rows and weights of the coarse nodes.
    let members = PartMembers::new(&coarse_of, leaders.len());
    let node_weights = leaders.par_iter().map(|&leader| parts.volume(leader)).collect();
    let coarse = merge_rows(level, &coarse_of, &members, node_weights);
    NextLevel { coarse, coarse_of, labels: coarse_labels }
}

struct PartMembers {
    offsets: Vec<u64>,
    nodes: Vec<u32>,
}

impl PartMembers {
    /// Sorts the nodes by part (counting sort): each thread counts a block of nodes, then puts them in place.
    ///
    /// A block has at least as many nodes as there are parts, so there are about as many counters as nodes at most.
    fn new(coarse_of: &[u32], part_count: usize) -> Self {
        let block = COUNTED_NODES.max(part_count);
        let count = |nodes: &[u32]| {
            let mut counts = vec![0_u32; part_count];
            nodes.iter().filter(|&&part| part != UNASSIGNED).for_each(|&part| counts[part as usize] += 1);
            counts
        };
        let mut next: Vec<Vec<u32>> = coarse_of.par_chunks(block).map(count).collect();
        let mut offsets = Vec::with_capacity(part_count + 1);
        let mut before = 0;
        for part in 0..part_count {
            offsets.push(u64::from(before));
            for next in &mut next {
                before += std::mem::replace(&mut next[part], before);
            }
        }
        offsets.push(u64::from(before));

        let nodes: Vec<AtomicU32> = (0..before).into_par_iter().map(AtomicU32::new).collect();
        coarse_of.par_chunks(block).zip(next).enumerate().for_each(|(at, (parts, mut next))| {
            for (u, &part) in (at * block..).zip(parts).filter(|(_, part)| **part != UNASSIGNED) {
                let slot = &mut next[part as usize];
                nodes[*slot as usize].store(id32(u), Relaxed);
                *slot += 1;
            }
        });
        Self { offsets, nodes: nodes.into_iter().map(AtomicU32::into_inner).collect() }
    }

    fn of(&self, part: usize) -> &[u32] {
        &self.nodes[index64(self.offsets[part])..index64(self.offsets[part + 1])]
    }
}

/// Adds up the rows of the members of each part.
///
/// A merged row is at most as long as its members' rows together. A task of consecutive parts gets a slice of that
/// total length and fills it from the front, so no row is copied afterwards; the rest of the slice is never written.
fn merge_rows<W: NullModelWeight>(
    level: &Level<'_, W>,
    coarse_of: &[u32],
    members: &PartMembers,
    node_weights: Vec<W>,
) -> CoarseGraph<W> {
    let part_count = node_weights.len();
    let room = |part: usize| members.of(part).iter().map(|&u| offset64(level.degree(u))).sum::<u64>();
    let rooms: Vec<u64> = (0..part_count).into_par_iter().map(room).collect();
    let strength = |part: usize| members.of(part).iter().map(|&u| level.strength(u)).sum::<u64>();
    let strengths: Vec<u64> = (0..part_count).into_par_iter().map(strength).collect();
    let bounds = num::prefix_sums(rooms.into_iter());
    let tasks = balanced_tasks(&bounds);

    let room = index64(bounds[part_count]);
    // On small pages, entries that are never written take no memory.
    let (mut targets, mut weights) = (vec![0_u32; room], vec![0_u64; room]);
    let (mut starts, mut ends) = (vec![0_u64; part_count], vec![0_u64; part_count]);
    let rooms = || tasks.iter().map(|task| index64(bounds[task.end] - bounds[task.start]));
    let target_parts = num::split_by_lengths(&mut targets, rooms());
    let weight_parts = num::split_by_lengths(&mut weights, rooms());
    let start_parts = num::split_by_lengths(&mut starts, tasks.iter().map(Range::len));
    let end_parts = num::split_by_lengths(&mut ends, tasks.iter().map(Range::len));

    let pool = MoveScratchPool::new(part_count);
    let merger = RowMerger { level, coarse_of, members, strengths: &strengths };
    let slices = target_parts.into_par_iter().zip(weight_parts).zip(start_parts).zip(end_parts);
    tasks.par_iter().zip(slices).with_max_len(1).for_each(|(task, (((targets, weights), starts), ends))| {
        let mut row = RowWriter { targets, weights, len: 0 };
        for (slot, part) in task.clone().enumerate() {
            starts[slot] = bounds[task.start] + offset64(row.len);
            merger.merge(part, bounds[part + 1] - bounds[part], &pool, &mut row);
            ends[slot] = bounds[task.start] + offset64(row.len);
        }
    });
    CoarseGraph { starts, ends, targets, weights, strengths, node_weights }
}

/// Writes rows to the slice of one task.
struct RowWriter<'a> {
    targets: &'a mut [u32],
    weights: &'a mut [u64],
    len: usize,
}

impl RowWriter<'_> {
    #[inline]
    fn push(&mut self, rating: Rating) {
        (self.targets[self.len], self.weights[self.len]) = (rating.label, rating.weight);
        self.len += 1;
    }
}

struct RowMerger<'a, W> {
    level: &'a Level<'a, W>,
    coarse_of: &'a [u32],
    members: &'a PartMembers,
    /// The strength of each part.
    strengths: &'a [u64],
}

impl<W: NullModelWeight> RowMerger<'_, W> {
    /// Appends the merged row of `part` to `row`; `entries` is the total length of the rows of its members.
    fn merge(&self, part: usize, entries: u64, pool: &MoveScratchPool<W>, row: &mut RowWriter<'_>) {
        let members = self.members.of(part);
        let label_of = |v: u32| self.coarse_of[v as usize];
        let is_other = |rating: &&Rating| rating.label as usize != part;
        if entries >= HUGE_PART {
            let piece = (members.len() * PIECE_ENTRIES / index64(entries)).max(1);
            let pieces = members.par_chunks(piece).map(|members| members.iter().map(|&u| self.level.row(u)));
            let ratings = pool.rate_pieces(pieces, &label_of);
            ratings.iter().filter(is_other).for_each(|&rating| row.push(rating));
            return;
        }
        let rows = members.iter().map(|&u| self.level.row(u));
        let bounds = (index64(entries).min(self.strengths.len()), self.strengths[part]);
        let mut scratch = pool.take();
        let ratings = scratch.rate_rows(bounds, rows, label_of);
        ratings.iter().filter(is_other).for_each(|&rating| row.push(rating));
    }
}

/// Divides the parts into ranges of about [`TASK_ENTRIES`] row entries each; `bounds` are the prefix sums of the row
/// entries per part.
fn balanced_tasks(bounds: &[u64]) -> Vec<Range<usize>> {
    let mut tasks = Vec::new();
    let mut start = 0;
    for end in 1..bounds.len() {
        if bounds[end] - bounds[start] >= TASK_ENTRIES || end + 1 == bounds.len() {
            tasks.push(start..end);
            start = end;
        }
    }
    tasks
}
