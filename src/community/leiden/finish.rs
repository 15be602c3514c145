//! Ends an iteration: splits communities into connected pieces, computes the quality, projects labels to the graph.

use rayon::prelude::*;

use super::{aggregation::UNASSIGNED, labels::Labels, level::Level};
use crate::{
    community::{disjoint_sets::DisjointSets, null_model::NullModelWeight, quality::Objective},
    ids::{CommunityId, id32},
};

/// Splits every community of `level` into connected pieces. Returns, for each node, the smallest node of its piece.
///
/// Every node of a level is a connected part of the input graph, so this is exact for the input graph. There is rarely
/// anything to split, but local moving alone may leave a community in pieces. A split never lowers the quality.
pub(super) fn connected_pieces<W: NullModelWeight>(level: &Level<'_, W>, labels: &Labels<W>) -> Vec<u32> {
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

/// The scaled quality of a partition of `level`, which equals the scaled quality of the same partition of the input
/// graph.
pub(super) fn scaled_quality<W: NullModelWeight>(
    level: &Level<'_, W>,
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

/// Projects the labels of a level to the input graph: each node gets the smallest node of its community. `position`
/// maps a node of the input graph to the node of the level that contains it; an [`UNASSIGNED`] node forms a community
/// alone.
pub(super) fn project(position: &[u32], labels: &[u32]) -> Vec<u32> {
    let mut smallest = vec![UNASSIGNED; labels.len()];
    let label_of = |(u, &top): (usize, &u32)| {
        if top == UNASSIGNED {
            return id32(u);
        }
        let smallest = &mut smallest[labels[top as usize] as usize];
        *smallest = id32(u).min(*smallest);
        *smallest
    };
    position.iter().enumerate().map(label_of).collect()
}

/// Returns, for each node, the smallest member of its community.
pub(in crate::community) fn smallest_members(community: &[CommunityId]) -> Vec<u32> {
    let count = community.iter().map(|c| c.index() + 1).max().unwrap_or(0);
    let mut smallest = vec![UNASSIGNED; count];
    let label_of = |(u, c): (usize, &CommunityId)| {
        let smallest = &mut smallest[c.index()];
        *smallest = id32(u).min(*smallest);
        *smallest
    };
    community.iter().enumerate().map(label_of).collect()
}

/// Numbers communities from 0, the largest first; on ties, the community with the smallest member comes first. Returns
/// the community number of each node, and the number of communities.
///
/// `labels` maps each node to the smallest member of its community.
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
