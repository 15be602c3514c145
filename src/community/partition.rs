//! Leiden's public functions: search communities, or evaluate given ones; the partition and its hierarchy of parts.

use std::{borrow::Cow, cmp::Reverse};

use rayon::prelude::*;

use super::{
    leiden::{self, LeidenResult, SearchStart, UNASSIGNED},
    quality::{modularity, quality},
    settings::{LeidenConfig, Quality},
    sizes,
};
use crate::{
    graph::SymmetricCsr,
    ids::{CommunityId, NodeId, id32},
};

/// A partition of the nodes into communities, its quality, and the parts that communities consist of.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    /// The community of every node: dense ids, the largest community first; on ties, the community with the smallest
    /// member first.
    pub community: Vec<CommunityId>,
    /// Number of communities; every node without edges counts as one community.
    pub count: usize,
    /// Modularity without directions, from exact integers; 0 for a graph without edges. Computed at the configured
    /// resolution, except that the constant Potts model, whose resolution has another meaning, uses resolution 1.
    pub modularity: f64,
    /// The value of the quality function that was maximized, see [`quality`].
    pub quality: f64,
    /// The hierarchy below the communities, the coarsest level first: `parts[level][NodeId]` is the number of the
    /// node's part, or `u32::MAX` for a node without edges. Each part lies inside one part of the level before, or, on
    /// the first level, inside one community. Parts are connected, unless communities were split later, for example by
    /// `max_size`. Empty if nothing merged.
    pub parts: Vec<Vec<u32>>,
}

impl Partition {
    /// Number of levels, communities included.
    pub fn levels(&self) -> usize {
        self.parts.len() + 1
    }

    /// Splits parts that lie in several communities. Such parts exist if the iteration ended with a lower quality than
    /// its start, if nodes moved one by one after the iteration, or if communities were too large.
    fn split_parts(&mut self) {
        let mut above: Vec<u32> = self.community.iter().map(|c| c.0).collect();
        for parts in &mut self.parts {
            if is_nested(&above, parts) {
                above.clone_from(parts);
                continue;
            }
            let (_, part) = numbered(&above, parts);
            let assigned = parts.iter_mut().zip(&part).filter(|(old, _)| **old != UNASSIGNED);
            assigned.for_each(|(old, new)| *old = *new);
            above = part;
        }
    }

    /// Drops levels with the same parts as the level above. For example, the last level of an iteration has one part
    /// per community.
    fn drop_repeated_levels(&mut self) {
        let Some(first) = self.parts.first() else { return };
        let in_parts = self.community.iter().zip(first).filter(|(_, part)| **part != UNASSIGNED);
        let mut above = distinct(in_parts.map(|(c, _)| c.0));
        // Each part lies inside a part of the level above, so two levels with equally many parts have the same parts.
        self.parts.retain(|parts| {
            let count = distinct(parts.iter().copied().filter(|&part| part != UNASSIGNED));
            std::mem::replace(&mut above, count) != count
        });
    }

    /// The hierarchy with parts numbered within the part or community above. Time O(n log n) per level; memory 4 bytes
    /// per node and level.
    pub fn hierarchy(&self) -> Hierarchy {
        let mut above: Vec<u32> = self.community.iter().map(|c| c.0).collect();
        let mut numbers = Vec::with_capacity(self.parts.len());
        for parts in &self.parts {
            let (number, part) = numbered(&above, parts);
            numbers.push(number);
            above = part;
        }
        Hierarchy { numbers }
    }
}

/// The part of each node below its community, level by level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hierarchy {
    /// `numbers[level][NodeId]`, the coarsest level first: the number of the node's part within the part or community
    /// above. Numbers start from 0 with the largest part; on ties, the part with the smallest node comes first.
    pub numbers: Vec<Vec<u32>>,
}

impl Hierarchy {
    /// The path from the community of `node` down to its smallest part, such as `3/0/2`; `community` is the number of
    /// the community in the output.
    pub fn path(&self, community: u32, node: NodeId) -> String {
        let numbers = self.numbers.iter().map(|level| level[node.index()]);
        let path = std::iter::once(community).chain(numbers).map(|number| number.to_string());
        path.collect::<Vec<_>>().join("/")
    }
}

/// Counts the distinct numbers. Memory is proportional to the largest number.
fn distinct(numbers: impl Iterator<Item = u32>) -> usize {
    let mut seen = Vec::new();
    for number in numbers {
        if seen.len() <= number as usize {
            seen.resize(2 * number as usize + 1, false);
        }
        seen[number as usize] = true;
    }
    seen.into_iter().filter(|&seen| seen).count()
}

/// Whether every part lies in one part or community above.
fn is_nested(above: &[u32], parts: &[u32]) -> bool {
    let count = parts.iter().filter(|&&part| part != UNASSIGNED).max().map_or(0, |&most| most as usize + 1);
    let mut group = vec![UNASSIGNED; count];
    above.iter().zip(parts).filter(|(_, part)| **part != UNASSIGNED).all(|(&above, &part)| {
        let group = &mut group[part as usize];
        let first = *group == UNASSIGNED;
        *group = if first { above } else { *group };
        *group == above
    })
}

/// Returns, for each node, the number of its part within the part or community above, and a number of the part that is
/// unique in the level.
fn numbered(above: &[u32], parts: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut nodes: Vec<u32> = (0..id32(above.len())).collect();
    let key = |&u: &u32| (above[u as usize], parts[u as usize], u);
    nodes.par_sort_unstable_by_key(key);
    let (mut number, mut part) = (vec![0; above.len()], vec![0; above.len()]);
    let mut parts_so_far = 0;
    for group in nodes.chunk_by(|&a, &b| above[a as usize] == above[b as usize]) {
        let mut within: Vec<&[u32]> =
            group.chunk_by(|&a, &b| parts[a as usize] == parts[b as usize]).collect();
        within.sort_unstable_by_key(|members| (Reverse(members.len()), members[0]));
        for (rank, members) in within.iter().enumerate() {
            for &u in *members {
                (number[u as usize], part[u as usize]) = (id32(rank), parts_so_far);
            }
            parts_so_far += 1;
        }
    }
    (number, part)
}

/// Finds communities by Leiden (Traag, Waltman, van Eck 2019), in parallel.
///
/// Nodes move to the communities of neighbors (local moving), communities are rebuilt from connected parts
/// (refinement), parts become the nodes of the next level (aggregation), until nothing merges. The next iteration
/// starts from the result of the last one.
///
/// - **Quality function**: `cfg.quality`, see [`quality`]; gains are exact integers.
/// - **Resolution**: `cfg.resolution`, 1 is plain modularity, a higher resolution finds smaller communities. Modularity
///   cannot separate communities whose strength is less than about `sqrt(2m)` (the resolution limit). For the constant
///   Potts model, the resolution is the minimum density of a community; density 1 means an edge of mean weight between
///   every two members.
/// - **Ties**: a node stays if no other community is better than its current one; among equal gains, the smaller label
///   wins.
/// - **Guarantee**: every community is connected, and nodes without edges are alone. No iteration ended with a higher
///   quality than the returned partition has, and with `cfg.converge` no single move of a node adds quality; both
///   statements hold before size limits are applied.
/// - **Sizes**: a community above `cfg.max_size` is split by modularity within it, at rising resolution. Then a
///   community below `cfg.min_size` joins the neighboring community to which it has the most edge weight, among the
///   neighbors with which it does not exceed `max_size`. If there is no such neighbor, it stays as it is.
/// - **Input**: any undirected graph; self-loops count in the strengths. Nodes may be numbered in any order; `cfg.seed`
///   decides in which sub-round each node moves.
/// - **Output**: [`Partition`]. Empty graph → empty, modularity 0.
/// - **Stop**: after `cfg.iterations`; when an iteration gains nothing; or, in a graph of more than 65,536 nodes, when
///   at most one in a thousand of the nodes in the first sub-round (a sixteenth of all) moves. Local moving of a level
///   stops after a round in which at most a tenth of the nodes moved (a twentieth on coarser levels, a hundredth from
///   the second iteration on, none in levels of up to 2000 nodes), at the latest after 30 rounds. If nearly all nodes
///   moved in the first two rounds, a node with at least a third of its edge weight toward one community is considered
///   again only once a neighbor moves away.
/// - **Cost**: time O(m) per round, and the work of about 5 rounds per iteration; memory 12 bytes per row entry of the
///   next level (which has at most as many entries as the graph), about 70 bytes per node, and 4 bytes per node and
///   level.
/// - **Same bits**: for any thread count and any order of the edges. Labels and volumes do not change while nodes
///   choose; sums are of integers.
/// - **Source**: Traag, Waltman, van Eck 2019; sub-rounds after Gottesbüren, Heuer, Maas, Sanders, Schlag 2024.
/// - **Checked by**: `tests/it/community/leiden.rs` — all partitions of small graphs, rings of cliques, planted
///   communities, igraph, connectivity, quality from scratch; `tests/it/community/leiden_quality.rs`,
///   `tests/it/community/leiden_options.rs`.
///
/// Panics when [`quality`] does.
///
/// ```
/// use plaudit::{community::{self, LeidenConfig}, graph::{self, Edge, Weighting}, ids::NodeId};
/// // Two triangles, joined by one edge.
/// let pairs = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)];
/// let edges = pairs.map(|(u, v)| Edge { source: NodeId(u), target: NodeId(v), weight: 1 });
/// let g = graph::symmetrize(&graph::build(6, edges.to_vec(), Weighting::Unweighted));
/// let found = community::leiden(&g, &LeidenConfig::default());
/// assert_eq!(found.community.iter().map(|c| c.0).collect::<Vec<_>>(), [0, 0, 0, 1, 1, 1]);
/// assert_eq!(found.modularity, 5.0 / 14.0);
/// ```
pub fn leiden(g: &SymmetricCsr, cfg: &LeidenConfig) -> Partition {
    finish(g, None, leiden::search(g, SearchStart::Singletons, cfg), cfg)
}

/// Finds communities as [`leiden`] does, but starts from the partition `start` instead of single nodes (warm start).
///
/// Communities of `start` stay as they are unless a change gains more than a margin: if a node, a part of a community
/// or a whole community fits its current community no worse than chance, it moves only for a gain of more than an
/// eighth of its edge weight to other nodes. A node that is alone in `start` counts as new and moves freely. So if the
/// graph has changed little, nearly all nodes keep their community, at a quality that may be a little lower than that
/// of a search from single nodes. With `cfg.converge` there is no margin.
///
/// - **Input**: as [`leiden`]; `start[NodeId]`, any ids. Its communities need not be connected.
/// - **Output**: a partition at least as good as `start`, before size limits are applied; the guarantees of [`leiden`].
/// - **Sizes**: as [`leiden`], but a community that is too large is split along `start` as far as possible: within it,
///   nodes move between the communities of `start`, and these communities do not merge.
/// - **Stop**: after one iteration, because each further iteration would move nodes for small gains; with
///   `cfg.converge` as [`leiden`].
/// - **Cost**: as [`leiden`], with fewer rounds.
/// - **Same bits**: for any thread count, for the same `start` under any ids.
/// - **Source**: as [`leiden`].
/// - **Checked by**: `tests/it/community/leiden.rs`: never below the start, the guarantees, thread counts, the margin;
///   `tests/it/community/leiden_options.rs`: how many nodes stay between runs, new nodes, sizes.
///
/// Panics when [`leiden`] does, and when the length of `start` is not the number of nodes.
pub fn leiden_from(g: &SymmetricCsr, start: &[CommunityId], cfg: &LeidenConfig) -> Partition {
    assert_eq!(start.len(), g.node_count(), "invariant: a community for every node");
    let start = leiden::smallest_members(start);
    finish(g, Some(&start), leiden::search(g, SearchStart::Partition(&start), cfg), cfg)
}

/// Evaluates a given partition; no node moves.
///
/// - **Input**: `community[NodeId]`, any ids; `parts` as in [`Partition`]; `cfg` for its quality function.
/// - **Output**: the same partition with its quality and modularity, communities numbered by size.
/// - **Cost**: one pass over the edges, and sorting the communities.
/// - **Same bits**: for any thread count, for the same communities under any ids.
/// - **Checked by**: `tests/it/pipeline/continuation.rs` — an unchanged graph keeps its communities.
///
/// Panics when [`quality`] does.
pub fn evaluate(
    g: &SymmetricCsr,
    community: &[CommunityId],
    parts: Vec<Vec<u32>>,
    cfg: &LeidenConfig,
) -> Partition {
    measured(g, &leiden::smallest_members(community), parts, None, cfg)
}

/// Applies size limits, and completes the hierarchy.
fn finish(g: &SymmetricCsr, start: Option<&[u32]>, result: LeidenResult, cfg: &LeidenConfig) -> Partition {
    let LeidenResult { labels, mut parts, quality } = result;
    let sized = sizes::with_size_limits(g, start, &labels, cfg);
    // The quality is known unless size limits have changed the partition.
    let known = matches!(sized, Cow::Borrowed(_)).then_some(quality);
    parts.reverse();
    let mut found = measured(g, &sized, parts, known, cfg);
    found.split_parts();
    found.drop_repeated_levels();
    found
}

/// The partition in which `labels` are the smallest members of communities. `known` is its quality, which is computed
/// if it is `None`.
fn measured(
    g: &SymmetricCsr,
    labels: &[u32],
    parts: Vec<Vec<u32>>,
    known: Option<f64>,
    cfg: &LeidenConfig,
) -> Partition {
    let (community, count) = leiden::number_by_size(labels);
    let quality = known.unwrap_or_else(|| quality(g, &community, cfg.quality, cfg.resolution));
    let modularity = match cfg.quality {
        Quality::Modularity => quality,
        _ => modularity(g, &community, cfg.modularity_resolution()),
    };
    Partition { community, count, modularity, quality, parts }
}
