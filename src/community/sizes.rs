//! Applies the size limits: splits communities that are too large, then joins small communities to neighboring
//! communities.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use super::{
    disjoint_sets::DisjointSets,
    leiden::{self, SearchStart},
    settings::{ITERATIONS, LeidenConfig, Quality},
};
use crate::{
    graph::SymmetricCsr,
    ids::{NodeId, id32},
};

/// Applies the size limits of `cfg` to a partition; the label of a community is its smallest member. Communities that
/// are too large are split along the partition `start` as far as possible.
pub(super) fn with_size_limits<'l>(
    g: &SymmetricCsr,
    start: Option<&[u32]>,
    labels: &'l [u32],
    cfg: &LeidenConfig,
) -> Cow<'l, [u32]> {
    let labels = match cfg.max_size {
        Some(most) => {
            let fragments = split_large(g, start, labels.to_vec(), cfg, most.max(1));
            let mut groups = CommunityGroups::new(g, &fragments, Some(most));
            // Small fragments of one community are joined again as far as the limit allows.
            let within = |u: u32, v: u32| labels[u as usize] == labels[v as usize];
            groups.join_small(|size| size * 2 <= most as usize, within);
            Cow::Owned(groups.labels())
        }
        None => Cow::Borrowed(labels),
    };
    if cfg.min_size <= 1 {
        return labels;
    }
    let mut groups = CommunityGroups::new(g, &labels, cfg.max_size);
    groups.join_small(|size| size < cfg.min_size as usize, |_, _| true);
    Cow::Owned(groups.labels())
}

/// The resolution is multiplied by this factor as long as a community does not split.
const FINER: f64 = 2.0;
/// Beyond this resolution a community is split into single nodes.
const FINEST: f64 = 1e6;

/// Splits communities of more than `max_size` nodes, by modularity within them.
fn split_large(
    g: &SymmetricCsr,
    start: Option<&[u32]>,
    mut labels: Vec<u32>,
    cfg: &LeidenConfig,
    max_size: u32,
) -> Vec<u32> {
    let (community, count) = leiden::number_by_size(&labels);
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); count];
    community.iter().enumerate().for_each(|(u, c)| members[c.index()].push(id32(u)));
    let is_large = |nodes: &[u32]| nodes.len() > max_size as usize;
    let mut large: Vec<(Vec<u32>, f64)> =
        members.into_iter().filter(|nodes| is_large(nodes)).map(|nodes| (nodes, 1.0)).collect();
    while let Some((nodes, resolution)) = large.pop() {
        let search = LeidenConfig {
            quality: Quality::Modularity,
            resolution,
            // There are many searches, and each affects few nodes.
            iterations: cfg.iterations.min(ITERATIONS),
            min_size: 1,
            max_size: None,
            ..*cfg
        };
        let inside = g.induced(&nodes);
        let groups = if resolution > FINEST {
            (0..id32(nodes.len())).collect()
        } else {
            let start = start.map(|start| restricted(start, &nodes));
            match start.filter(|start| start.iter().any(|&label| label != 0)) {
                Some(start) => leiden::search(&inside, SearchStart::WithoutMerging(&start), &search).labels,
                None => leiden::search(&inside, SearchStart::Singletons, &search).labels,
            }
        };
        let mut groups_of: Vec<Vec<u32>> = vec![Vec::new(); nodes.len()];
        for (&group, &u) in groups.iter().zip(&nodes) {
            labels[u as usize] = nodes[group as usize];
            groups_of[group as usize].push(u);
        }
        let whole = groups.iter().all(|&group| group == 0);
        let next = if whole { resolution * FINER } else { resolution };
        large.extend(groups_of.into_iter().filter(|group| is_large(group)).map(|group| (group, next)));
    }
    labels
}

/// The partition restricted to `nodes`. Nodes and labels are indices into `nodes`; the label of a community is its
/// first member.
fn restricted(labels: &[u32], nodes: &[u32]) -> Vec<u32> {
    let mut first = BTreeMap::new();
    let label = |(at, &u): (usize, &u32)| *first.entry(labels[u as usize]).or_insert(id32(at));
    nodes.iter().enumerate().map(label).collect()
}

struct CommunityGroups<'a> {
    g: &'a SymmetricCsr,
    max_size: Option<u32>,
    sets: DisjointSets,
    /// The members of each group, indexed by the smallest member; empty for other nodes.
    members: Vec<Vec<u32>>,
}

impl<'a> CommunityGroups<'a> {
    fn new(g: &'a SymmetricCsr, labels: &[u32], max_size: Option<u32>) -> Self {
        let (sets, members) = (DisjointSets::new(labels.len()), vec![Vec::new(); labels.len()]);
        let mut groups = Self { g, max_size, sets, members };
        for (u, &label) in labels.iter().enumerate() {
            groups.sets.join(id32(u), label);
            groups.members[label as usize].push(id32(u));
        }
        groups
    }

    /// Joins every small group to its [strongest neighbor](Self::strongest_neighbor); the smallest group first, on ties
    /// the group with the smallest member.
    fn join_small(&mut self, is_small: impl Fn(usize) -> bool, counts: impl Fn(u32, u32) -> bool) {
        let sized = |(label, members): (usize, &Vec<u32>)| Reverse((members.len(), id32(label)));
        let all = self.members.iter().enumerate().map(sized);
        let mut small: BinaryHeap<_> =
            all.filter(|Reverse((size, _))| *size > 0 && is_small(*size)).collect();
        while let Some(Reverse((size, label))) = small.pop() {
            // A group that has grown and is still small is in the heap a second time with its new size.
            if self.members[label as usize].len() != size {
                continue;
            }
            let Some(neighbor) = self.strongest_neighbor(label, &counts) else { continue };
            let kept = self.join(label, neighbor);
            let size = self.members[kept as usize].len();
            if is_small(size) {
                small.push(Reverse((size, kept)));
            }
        }
    }

    /// The smallest member of each node's group.
    fn labels(&mut self) -> Vec<u32> {
        (0..id32(self.members.len())).map(|u| self.sets.smallest(u)).collect()
    }

    /// The group with the most edge weight to the group `label`, on ties the one with the smallest label, among the
    /// groups that together with `label` do not exceed `max_size`. Only edges `(u, v)` with `counts(u, v)` are added
    /// up.
    fn strongest_neighbor(&mut self, label: u32, counts: &impl Fn(u32, u32) -> bool) -> Option<u32> {
        let Self { g, max_size, sets, members } = self;
        let own = &members[label as usize];
        let edges_of = |&u: &u32| {
            let row = g.neighbors(NodeId(u)).iter().zip(g.weights(NodeId(u)));
            row.filter(move |(v, _)| counts(u, v.0))
        };
        let rows = own.iter().flat_map(edges_of);
        let mut edges: Vec<(u32, u64)> = rows.map(|(v, &weight)| (sets.smallest(v.0), weight)).collect();
        edges.sort_unstable();
        let has_room = |group: u32| {
            let together = own.len() + members[group as usize].len();
            group != label && max_size.is_none_or(|most| together <= most as usize)
        };
        let groups = edges.chunk_by(|a, b| a.0 == b.0).filter(|edges| has_room(edges[0].0));
        let sums = groups.map(|edges| (edges.iter().map(|edge| edge.1).sum::<u64>(), Reverse(edges[0].0)));
        sums.max().map(|(_, Reverse(group))| group)
    }

    /// Joins two groups; returns the label of the joint group.
    fn join(&mut self, a: u32, b: u32) -> u32 {
        let (kept, gone) = (a.min(b), a.max(b));
        self.sets.join(kept, gone);
        let mut moved = std::mem::take(&mut self.members[gone as usize]);
        let members = &mut self.members[kept as usize];
        if moved.len() > members.len() {
            std::mem::swap(members, &mut moved);
        }
        members.extend(moved);
        kept
    }
}
