//! Phase 3: each part becomes a node of the next level.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    labels::Labels,
    level::{Coarse, Level},
    tally::ScratchPool,
};
use crate::{
    ids::{id32, index64, low32, offset64},
    num,
};

/// The next level.
pub(super) struct Aggregated {
    pub(super) coarse: Coarse,
    /// By node of the level below: its node here; [`NOWHERE`] for a node of strength 0.
    pub(super) coarse_of: Vec<u32>,
    /// The community of every coarse node, as a label of the new level: its first coarse node.
    pub(super) labels: Vec<u32>,
}

/// The coarse node of a node without edges: there is none.
pub(super) const NOWHERE: u32 = u32::MAX;
/// Row entries of the level below in a task, about. Part of no result but the gaps between rows.
const TASK_ENTRIES: u64 = 1 << 16;

/// Builds the level whose nodes are `parts`, numbered by leader, and whose communities are those of `labels`.
pub(super) fn aggregate(level: &Level<'_>, labels: &Labels, parts: &Labels) -> Aggregated {
    let nodes = 0..id32(level.node_count());
    let is_leader = |&u: &u32| parts.of(u) == u && level.strength(u) > 0;
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
    let strengths = leaders.par_iter().map(|&leader| parts.volume(leader)).collect();
    Aggregated {
        coarse: merge_rows(level, &coarse_of, &members, strengths),
        coarse_of,
        labels: coarse_labels,
    }
}

/// The nodes of every part.
struct Members {
    offsets: Vec<usize>,
    nodes: Vec<u32>,
}

impl Members {
    /// Sorts the nodes by part.
    fn new(coarse_of: &[u32], part_count: usize) -> Self {
        let mut keys: Vec<u64> = (coarse_of.par_iter().enumerate())
            .filter(|&(_, &part)| part != NOWHERE)
            .map(|(u, &part)| u64::from(part) << 32 | offset64(u))
            .collect();
        keys.par_sort_unstable();
        let offset = |part: usize| keys.partition_point(|&key| key >> 32 < offset64(part));
        Self {
            offsets: (0..=part_count).into_par_iter().map(offset).collect(),
            nodes: keys.par_iter().map(|&key| low32(key)).collect(),
        }
    }

    fn of(&self, part: usize) -> &[u32] {
        &self.nodes[self.offsets[part]..self.offsets[part + 1]]
    }
}

/// Adds up the rows of the members of each part.
///
/// A merged row is at most as long as its members' rows together. Tasks of consecutive parts get that much room and
/// fill it from the front, so nothing is copied into place afterwards; the room that stays free is never touched.
fn merge_rows(level: &Level<'_>, coarse_of: &[u32], members: &Members, strengths: Vec<u64>) -> Coarse {
    let part_count = strengths.len();
    let room = |part: usize| members.of(part).iter().map(|&u| offset64(level.degree(u))).sum::<u64>();
    let rooms: Vec<u64> = (0..part_count).into_par_iter().map(room).collect();
    let bounds = num::prefix_sums(rooms.into_iter());
    let tasks = cut(&bounds);

    let room = index64(bounds[part_count]);
    let (mut targets, mut weights) = (vec![0_u32; room], vec![0_u64; room]);
    let (mut starts, mut ends) = (vec![0_u64; part_count], vec![0_u64; part_count]);
    let rooms = || tasks.iter().map(|task| index64(bounds[task.end] - bounds[task.start]));
    let target_parts = num::split_by_lengths(&mut targets, rooms());
    let weight_parts = num::split_by_lengths(&mut weights, rooms());
    let start_parts = num::split_by_lengths(&mut starts, tasks.iter().map(Range::len));
    let end_parts = num::split_by_lengths(&mut ends, tasks.iter().map(Range::len));

    let pool = ScratchPool::new(part_count);
    let slices = target_parts.into_par_iter().zip(weight_parts).zip(start_parts).zip(end_parts);
    tasks.par_iter().zip(slices).with_max_len(1).for_each(|(task, (((targets, weights), starts), ends))| {
        let mut scratch = pool.take();
        let scratch = &mut *scratch;
        let mut filled = 0;
        for (slot, part) in task.clone().enumerate() {
            scratch.labels.clear();
            scratch.weights.clear();
            for &u in members.of(part) {
                let (neighbours, weights) = level.row(u);
                scratch.labels.extend(neighbours.iter().map(|&v| coarse_of[v as usize]));
                scratch.weights.extend_from_slice(weights);
            }
            starts[slot] = bounds[task.start] + offset64(filled);
            let sums = scratch.tally.add_up(&scratch.labels, &scratch.weights);
            for sum in sums.iter().filter(|sum| sum.label as usize != part) {
                (targets[filled], weights[filled]) = (sum.label, sum.weight);
                filled += 1;
            }
            ends[slot] = bounds[task.start] + offset64(filled);
        }
    });
    Coarse { starts, ends, targets, weights, strengths }
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
