//! Phase 3: each part becomes a node of the next level.

use std::{
    ops::Range,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use rayon::prelude::*;

use super::{
    ask::{PIECE_ENTRIES, ScratchPool},
    labels::Labels,
    level::{Coarse, Level},
    mass::Mass,
    tally::Sum,
};
use crate::{
    ids::{id32, index64, offset64},
    num,
};

/// The next level.
pub(super) struct Aggregated<M> {
    pub(super) coarse: Coarse<M>,
    /// By node of the level below: its node here; [`NOWHERE`] for a node without mass.
    pub(super) coarse_of: Vec<u32>,
    /// The community of every coarse node, as a label of the new level: its first coarse node.
    pub(super) labels: Vec<u32>,
}

/// The coarse node of a node without mass: there is none.
pub(in crate::community) const NOWHERE: u32 = u32::MAX;
/// Row entries of the level below in a task, about. Part of no result but the gaps between rows.
const TASK_ENTRIES: u64 = 1 << 16;
/// The rows of a part that have this many entries together are added up by all threads.
const HUGE_PART: u64 = 1 << 20;
/// Nodes whose parts are counted by one thread at a time.
const COUNTED_NODES: usize = 1 << 17;

/// Builds the level whose nodes are `parts`, numbered by leader, and whose communities are those of `labels`.
pub(super) fn aggregate<M: Mass>(
    level: &Level<'_, M>,
    labels: &Labels<M>,
    parts: &Labels<M>,
) -> Aggregated<M> {
    let nodes = 0..id32(level.node_count());
    let is_leader = |&u: &u32| parts.of(u) == u && !level.mass(u).is_zero();
    let leaders: Vec<u32> = nodes.clone().into_par_iter().filter(is_leader).collect();

    let mut coarse_of_leader = vec![NOWHERE; level.node_count()];
    let mut first_of_label = vec![NOWHERE; level.node_count()];
    let mut coarse_labels = Vec::with_capacity(leaders.len());
    for (coarse, &leader) in leaders.iter().enumerate() {
        coarse_of_leader[leader as usize] = id32(coarse);
        let first = &mut first_of_label[labels.of(leader) as usize];
        *first = id32(coarse).min(*first);
        coarse_labels.push(*first);
    }
    let coarse_of: Vec<u32> = nodes.into_par_iter().map(|u| coarse_of_leader[parts.of(u) as usize]).collect();

    let members = Members::new(&coarse_of, leaders.len());
    let masses = leaders.par_iter().map(|&leader| parts.volume(leader)).collect();
    Aggregated { coarse: merge_rows(level, &coarse_of, &members, masses), coarse_of, labels: coarse_labels }
}

/// The nodes of every part.
struct Members {
    offsets: Vec<u64>,
    nodes: Vec<u32>,
}

impl Members {
    /// Sorts the nodes by part, counting: each thread counts a stretch of nodes, then puts them where they belong.
    ///
    /// There are as many stretches as keep the counters fewer than the nodes.
    fn new(coarse_of: &[u32], part_count: usize) -> Self {
        let stretch = COUNTED_NODES.max(part_count);
        let count = |nodes: &[u32]| {
            let mut counts = vec![0_u32; part_count];
            nodes.iter().filter(|&&part| part != NOWHERE).for_each(|&part| counts[part as usize] += 1);
            counts
        };
        let mut next: Vec<Vec<u32>> = coarse_of.par_chunks(stretch).map(count).collect();
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
        coarse_of.par_chunks(stretch).zip(next).enumerate().for_each(|(at, (parts, mut next))| {
            for (u, &part) in (at * stretch..).zip(parts).filter(|(_, part)| **part != NOWHERE) {
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
/// A merged row is at most as long as its members' rows together. Tasks of consecutive parts get that much room and
/// fill it from the front, so nothing is copied into place afterwards; the room that stays free is never touched.
fn merge_rows<M: Mass>(
    level: &Level<'_, M>,
    coarse_of: &[u32],
    members: &Members,
    masses: Vec<M>,
) -> Coarse<M> {
    let part_count = masses.len();
    let room = |part: usize| members.of(part).iter().map(|&u| offset64(level.degree(u))).sum::<u64>();
    let rooms: Vec<u64> = (0..part_count).into_par_iter().map(room).collect();
    let strength = |part: usize| members.of(part).iter().map(|&u| level.strength(u)).sum::<u64>();
    let strengths: Vec<u64> = (0..part_count).into_par_iter().map(strength).collect();
    let bounds = num::prefix_sums(rooms.into_iter());
    let tasks = cut(&bounds);

    let room = index64(bounds[part_count]);
    // In small pages: what stays free is never touched, and takes no memory.
    let (mut targets, mut weights) = (vec![0_u32; room], vec![0_u64; room]);
    let (mut starts, mut ends) = (vec![0_u64; part_count], vec![0_u64; part_count]);
    let rooms = || tasks.iter().map(|task| index64(bounds[task.end] - bounds[task.start]));
    let target_parts = num::split_by_lengths(&mut targets, rooms());
    let weight_parts = num::split_by_lengths(&mut weights, rooms());
    let start_parts = num::split_by_lengths(&mut starts, tasks.iter().map(Range::len));
    let end_parts = num::split_by_lengths(&mut ends, tasks.iter().map(Range::len));

    let pool = ScratchPool::new(part_count);
    let merger = Merger { level, coarse_of, members, strengths: &strengths };
    let slices = target_parts.into_par_iter().zip(weight_parts).zip(start_parts).zip(end_parts);
    tasks.par_iter().zip(slices).with_max_len(1).for_each(|(task, (((targets, weights), starts), ends))| {
        let mut row = Row { targets, weights, len: 0 };
        for (slot, part) in task.clone().enumerate() {
            starts[slot] = bounds[task.start] + offset64(row.len);
            merger.merge(part, bounds[part + 1] - bounds[part], &pool, &mut row);
            ends[slot] = bounds[task.start] + offset64(row.len);
        }
    });
    Coarse { starts, ends, targets, weights, strengths, masses }
}

/// Where a task writes.
struct Row<'a> {
    targets: &'a mut [u32],
    weights: &'a mut [u64],
    /// Entries written so far.
    len: usize,
}

impl Row<'_> {
    #[inline]
    fn push(&mut self, sum: Sum) {
        (self.targets[self.len], self.weights[self.len]) = (sum.label, sum.weight);
        self.len += 1;
    }
}

/// What merged rows are made of.
struct Merger<'a, M> {
    level: &'a Level<'a, M>,
    coarse_of: &'a [u32],
    members: &'a Members,
    /// By part.
    strengths: &'a [u64],
}

impl<M: Mass> Merger<'_, M> {
    /// Appends the row of `part`, whose members' rows have `entries` together, to `row`.
    fn merge(&self, part: usize, entries: u64, pool: &ScratchPool<M>, row: &mut Row<'_>) {
        let members = self.members.of(part);
        let label_of = |v: u32| self.coarse_of[v as usize];
        let is_other = |sum: &&Sum| sum.label as usize != part;
        if entries >= HUGE_PART {
            let piece = (members.len() * PIECE_ENTRIES / index64(entries)).max(1);
            let pieces = members.par_chunks(piece).map(|members| members.iter().map(|&u| self.level.row(u)));
            let sums = pool.add_up_pieces(pieces, &label_of);
            sums.iter().filter(is_other).for_each(|&sum| row.push(sum));
            return;
        }
        let rows = members.iter().map(|&u| self.level.row(u));
        let bounds = (index64(entries).min(self.strengths.len()), self.strengths[part]);
        pool.take().add_up(bounds, rows, label_of).iter().filter(is_other).for_each(|&sum| row.push(sum));
    }
}

/// Consecutive ranges of about [`TASK_ENTRIES`] of room each; `bounds` are running totals of room.
fn cut(bounds: &[u64]) -> Vec<Range<usize>> {
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
