//! The top of a climb: what was reached, and what it means for the nodes of the graph.

use rayon::prelude::*;

use super::{aggregation::NOWHERE, labels::Labels, level::Level, mass::Mass};
use crate::{
    community::{disjoint_sets::DisjointSets, quality::Objective},
    ids::{CommunityId, id32},
};

/// Splits every community of the coarsest level into its connected pieces; by node, the smallest of its piece.
///
/// The nodes of a level are connected inside, so this is exact for the graph below. Hardly ever is there anything to
/// split; but local moving alone may leave a community in pieces, and here that ends. A split never lowers the quality.
pub(super) fn connected_pieces<M: Mass>(level: &Level<'_, M>, labels: &Labels<M>) -> Vec<u32> {
    let nodes = || 0..id32(level.node_count());
    let mut pieces = DisjointSets::new(level.node_count());
    for u in nodes() {
        let label = labels.of(u);
        for &v in level.row(u).0 {
            if v > u && labels.of(v) == label {
                pieces.join(u, v);
            }
        }
    }
    nodes().map(|u| pieces.smallest(u)).collect()
}

/// The scaled quality of a partition of `level`, which is that of the same partition of the graph below.
pub(super) fn scaled_quality<M: Mass>(
    level: &Level<'_, M>,
    labels: &[u32],
    total_strength: u64,
    objective: &Objective,
) -> i128 {
    let nodes = (0..id32(level.node_count())).into_par_iter();
    let cut = nodes.map(|u| {
        let (targets, weights) = level.row(u);
        let leaves = |v: u32| labels[v as usize] != labels[u as usize];
        targets.iter().zip(weights).filter(|&(&v, _)| leaves(v)).map(|(_, &weight)| weight).sum::<u64>()
    });
    let inside = total_strength - cut.sum::<u64>();
    objective.scaled_quality(inside, Labels::from_partition(level, labels).volumes())
}

/// The labels of the graph's nodes from those of the level where they ended up: each the smallest node of its
/// community. `position` says where a node ended up; one that is nowhere is a community of its own.
pub(super) fn project(position: &[u32], labels: &[u32]) -> Vec<u32> {
    let mut smallest = vec![NOWHERE; labels.len()];
    let label_of = |(u, &top): (usize, &u32)| {
        if top == NOWHERE {
            return id32(u);
        }
        let smallest = &mut smallest[labels[top as usize] as usize];
        *smallest = id32(u).min(*smallest);
        *smallest
    };
    position.iter().enumerate().map(label_of).collect()
}

/// Each node's label from its community's id: the smallest member.
pub(in crate::community) fn smallest_members(community: &[CommunityId]) -> Vec<u32> {
    let count = community.iter().map(|c| c.index() + 1).max().unwrap_or(0);
    let mut smallest = vec![NOWHERE; count];
    let label_of = |(u, c): (usize, &CommunityId)| {
        let smallest = &mut smallest[c.index()];
        *smallest = id32(u).min(*smallest);
        *smallest
    };
    community.iter().enumerate().map(label_of).collect()
}

/// Dense community ids, the largest community first, ties by smallest member; and how many there are.
///
/// `labels` name the smallest member.
pub(in crate::community) fn number_by_size(labels: &[u32]) -> (Vec<CommunityId>, usize) {
    let mut sizes = vec![0_u32; labels.len()];
    for &label in labels {
        sizes[label as usize] += 1;
    }
    let mut order: Vec<u32> = (0..id32(labels.len())).filter(|&label| sizes[label as usize] > 0).collect();
    order.par_sort_unstable_by_key(|&label| (std::cmp::Reverse(sizes[label as usize]), label));
    let mut ids = vec![CommunityId::NONE; labels.len()];
    for (id, &label) in order.iter().enumerate() {
        ids[label as usize] = CommunityId::new(id);
    }
    (labels.par_iter().map(|&label| ids[label as usize]).collect(), order.len())
}
