//! Communities that are neither too small nor too large for whoever works with them.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use super::{
    ITERATIONS, LeidenConfig, Quality,
    disjoint_sets::DisjointSets,
    leiden::{self, Beginning},
};
use crate::{
    graph::SymmetricCsr,
    ids::{NodeId, id32},
};

/// The partition `labels`, smallest members, with sizes as `cfg` asks for; what is too large is divided along `start`
/// as far as that divides it.
pub(super) fn minded<'l>(
    g: &SymmetricCsr,
    start: Option<&[u32]>,
    labels: &'l [u32],
    cfg: &LeidenConfig,
) -> Cow<'l, [u32]> {
    let labels = match cfg.max_size {
        Some(most) => {
            let fragments = divided(g, start, labels.to_vec(), cfg, most.max(1));
            let mut groups = Groups::new(&fragments);
            // Fragments of what was too large are put together again as far as there is room.
            let within = |u: u32, v: u32| labels[u as usize] == labels[v as usize];
            groups.join_small(g, |size| size * 2 <= most as usize, Some(most), within);
            Cow::Owned(groups.labels())
        }
        None => Cow::Borrowed(labels),
    };
    if cfg.min_size > 1 { Cow::Owned(joined(g, &labels, cfg)) } else { labels }
}

/// Resolution rises by this factor where a community is not divided yet.
const FINER: f64 = 2.0;
/// Beyond this resolution a community falls apart into single nodes.
const FINEST: f64 = 1e6;

/// Divides communities of more than `most` nodes, by modularity within them.
fn divided(
    g: &SymmetricCsr,
    start: Option<&[u32]>,
    mut labels: Vec<u32>,
    cfg: &LeidenConfig,
    most: u32,
) -> Vec<u32> {
    let (community, count) = leiden::number_by_size(&labels);
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); count];
    community.iter().enumerate().for_each(|(u, c)| members[c.index()].push(id32(u)));
    let is_large = |nodes: &[u32]| nodes.len() > most as usize;
    let mut large: Vec<(Vec<u32>, f64)> =
        members.into_iter().filter(|nodes| is_large(nodes)).map(|nodes| (nodes, 1.0)).collect();
    while let Some((nodes, resolution)) = large.pop() {
        let search = LeidenConfig {
            quality: Quality::Modularity,
            resolution,
            // There are many searches, and little hangs on each.
            iterations: cfg.iterations.min(ITERATIONS),
            min_size: 1,
            max_size: None,
            ..*cfg
        };
        let inside = g.induced(&nodes);
        let groups = if resolution > FINEST {
            (0..id32(nodes.len())).collect()
        } else {
            let start = start.map(|start| within(start, &nodes));
            match start.filter(|start| start.iter().any(|&label| label != 0)) {
                Some(start) => leiden::search(&inside, Beginning::Along(&start), &search).labels,
                None => leiden::search(&inside, Beginning::Singles, &search).labels,
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

/// The labels of `nodes`: smallest members, numbered among them.
fn within(labels: &[u32], nodes: &[u32]) -> Vec<u32> {
    let mut first = BTreeMap::new();
    let label = |(at, &u): (usize, &u32)| *first.entry(labels[u as usize]).or_insert(id32(at));
    nodes.iter().enumerate().map(label).collect()
}

/// Joins communities of less than `cfg.min_size` nodes to the neighbour they are tied to most.
fn joined(g: &SymmetricCsr, labels: &[u32], cfg: &LeidenConfig) -> Vec<u32> {
    let mut groups = Groups::new(labels);
    groups.join_small(g, |size| size < cfg.min_size as usize, cfg.max_size, |_, _| true);
    groups.labels()
}

/// Communities that grow together.
struct Groups {
    sets: DisjointSets,
    /// By smallest member; none for other nodes.
    members: Vec<Vec<u32>>,
}

impl Groups {
    fn new(labels: &[u32]) -> Self {
        let mut groups =
            Self { sets: DisjointSets::new(labels.len()), members: vec![Vec::new(); labels.len()] };
        for (u, &label) in labels.iter().enumerate() {
            groups.sets.join(id32(u), label);
            groups.members[label as usize].push(id32(u));
        }
        groups
    }

    /// Joins every group that is small to the neighbour it is tied to most, ties to the smaller label; the smallest
    /// first, ties by smallest member. Only ties that `counts` lets through count.
    fn join_small(
        &mut self,
        g: &SymmetricCsr,
        is_small: impl Fn(usize) -> bool,
        max_size: Option<u32>,
        counts: impl Fn(u32, u32) -> bool,
    ) {
        let sized = |(label, members): (usize, &Vec<u32>)| Reverse((members.len(), id32(label)));
        let all = self.members.iter().enumerate().map(sized);
        let mut small: BinaryHeap<_> =
            all.filter(|Reverse((size, _))| *size > 0 && is_small(*size)).collect();
        while let Some(Reverse((size, label))) = small.pop() {
            // A group that has grown since stands in the heap with its new size too, if that is still small.
            if self.members[label as usize].len() != size {
                continue;
            }
            let Some(neighbour) = self.strongest_neighbour(g, label, max_size, &counts) else { continue };
            let kept = self.join(label, neighbour);
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

    /// The group to which most weight leads from the group `label`, of those with room for it.
    fn strongest_neighbour(
        &mut self,
        g: &SymmetricCsr,
        label: u32,
        max_size: Option<u32>,
        counts: impl Fn(u32, u32) -> bool,
    ) -> Option<u32> {
        let Self { sets, members } = self;
        let own = &members[label as usize];
        let counts = &counts;
        let ties_of = |&u: &u32| {
            let row = g.neighbors(NodeId(u)).iter().zip(g.weights(NodeId(u)));
            row.filter(move |(v, _)| counts(u, v.0))
        };
        let rows = own.iter().flat_map(ties_of);
        let mut ties: Vec<(u32, u64)> = rows.map(|(v, &weight)| (sets.smallest(v.0), weight)).collect();
        ties.sort_unstable();
        let has_room = |group: u32| {
            let together = own.len() + members[group as usize].len();
            group != label && max_size.is_none_or(|most| together <= most as usize)
        };
        let groups = ties.chunk_by(|a, b| a.0 == b.0).filter(|ties| has_room(ties[0].0));
        let sums = groups.map(|ties| (ties.iter().map(|tie| tie.1).sum::<u64>(), Reverse(ties[0].0)));
        sums.max().map(|(_, Reverse(group))| group)
    }

    /// Joins two groups; the label that is left.
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
