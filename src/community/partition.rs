//! The public face of community detection: what is asked, what is found.

use std::{borrow::Cow, cmp::Reverse};

use rayon::prelude::*;

use super::{
    LeidenConfig, Quality,
    leiden::{self, Beginning, Found, NOWHERE},
    quality::{modularity, quality},
    sizes,
};
use crate::{
    graph::SymmetricCsr,
    ids::{CommunityId, NodeId, id32},
};

/// What [`leiden`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    /// The community of every node: dense ids, the largest community first, ties by smallest member.
    pub community: Vec<CommunityId>,
    /// Number of communities; a node without edges is one of its own.
    pub count: usize,
    /// Modularity without directions, from exact integers; 0 for a graph without edges. At the configured resolution,
    /// or at resolution 1 where the constant Potts model was maximised, whose resolution is another thing.
    pub modularity: f64,
    /// What was maximised, see [`quality`]; the modularity where it was that.
    pub quality: f64,
    /// The hierarchy below the communities, the coarsest level first: by node, the number of its part. Parts of a
    /// level lie inside those of the level before, the first ones inside communities; parts are connected, but where
    /// a community is not what they were put together to, as with `max_size`. `u32::MAX` for a node without edges.
    /// Empty where nothing merged.
    pub parts: Vec<Vec<u32>>,
}

impl Partition {
    /// How many levels there are, communities included.
    pub fn levels(&self) -> usize {
        self.parts.len() + 1
    }

    /// Cuts parts that lie in several communities: where a climb was worse than where it began, where nodes moved one
    /// by one in the end, and where communities were too large.
    fn divide_parts(&mut self) {
        let mut above: Vec<u32> = self.community.iter().map(|c| c.0).collect();
        for parts in &mut self.parts {
            if is_nested(&above, parts) {
                above.clone_from(parts);
                continue;
            }
            let (_, part) = numbered(&above, parts);
            parts
                .iter_mut()
                .zip(&part)
                .filter(|(old, _)| **old != NOWHERE)
                .for_each(|(old, new)| *old = *new);
            above = part;
        }
    }

    /// Leaves out levels whose parts are those of the level above: a climb ends where every part is a community.
    fn drop_repeated_levels(&mut self) {
        let Some(first) = self.parts.first() else { return };
        let in_parts = self.community.iter().zip(first).filter(|(_, part)| **part != NOWHERE);
        let mut above = distinct(in_parts.map(|(c, _)| c.0));
        // Parts lie inside those above, so as many of them are the same ones.
        self.parts.retain(|parts| {
            let count = distinct(parts.iter().copied().filter(|&part| part != NOWHERE));
            std::mem::replace(&mut above, count) != count
        });
    }

    /// The hierarchy with parts numbered within what they are part of. Time O(n log n) a level; memory 4 bytes a node
    /// and level.
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

/// Where each node is below its community, level by level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hierarchy {
    /// `numbers[level][NodeId]`, the coarsest level first: the number of the node's part within the part or community
    /// above, from 0, the largest first, ties by smallest node.
    pub numbers: Vec<Vec<u32>>,
}

impl Hierarchy {
    /// The way down to the smallest part of `node`, such as `3/0/2`; it begins with `community`, in whatever numbers
    /// that is shown.
    pub fn path(&self, community: u32, node: NodeId) -> String {
        let numbers = self.numbers.iter().map(|level| level[node.index()]);
        std::iter::once(community)
            .chain(numbers)
            .map(|number| number.to_string())
            .collect::<Vec<_>>()
            .join("/")
    }
}

/// How many different numbers there are, all below about the number of nodes.
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

/// Whether every part lies in one group above.
fn is_nested(above: &[u32], parts: &[u32]) -> bool {
    let count = parts.iter().filter(|&&part| part != NOWHERE).max().map_or(0, |&most| most as usize + 1);
    let mut group = vec![NOWHERE; count];
    above.iter().zip(parts).filter(|(_, part)| **part != NOWHERE).all(|(&above, &part)| {
        let group = &mut group[part as usize];
        let first = *group == NOWHERE;
        *group = if first { above } else { *group };
        *group == above
    })
}

/// The number of each node's part within the group above, and a number of the part that no other one has.
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

/// Finds communities by Leiden (Traag, Waltman, van Eck 2019) with sub-rounds on frozen state.
///
/// Nodes move to the community of a neighbour, communities are refined into connected parts, parts become the nodes
/// of the next level, until nothing merges. The next iteration starts from the result of the last one.
///
/// - **Quality function**: `cfg.quality`, see [`quality`]; gains are exact integers.
/// - **Resolution**: `cfg.resolution`, 1 is plain modularity, higher finds smaller communities. Modularity does not
///   see communities of less than about `sqrt(2m)` of strength (the resolution limit). For the constant Potts model
///   it is the density that a community has at least, where 1 is a mean edge between every two members.
/// - **Ties**: a node that gains the same elsewhere stays; among equal gains the smaller label wins.
/// - **Guarantee**: every community is connected, nodes without edges are alone, and no iteration's quality is above
///   the one returned, and with `cfg.to_the_end` no single move of a node adds quality, both before sizes are minded.
/// - **Sizes**: a community above `cfg.max_size` is divided, by modularity within it, at rising resolution; then one
///   below `cfg.min_size` joins the neighbour that it is tied to most, of those where the two are not above
///   `max_size` together. One without such a neighbour stays as it is.
/// - **Input**: any undirected graph, self-loops in the strengths. Nodes may be numbered in any order; `cfg.seed`
///   deals them to sub-rounds.
/// - **Output**: [`Partition`]. Empty graph → empty, modularity 0.
/// - **Stop**: after `cfg.iterations`, when one gains nothing, or, in a graph of more than 65,536 nodes, when at most
///   one in a thousand of the sixteenth that is asked first wants to move. Within a level, after a round in which at
///   most a tenth of the nodes moved (a twentieth above the bottom, a hundredth from the second iteration on, none in
///   levels of up to 2000 nodes), at the latest after 30. Where nearly all moved in two rounds, who has a third of its
///   ties in one place is asked again only once a neighbour leaves.
/// - **Cost**: time O(m) a round, about 5 rounds' worth an iteration; memory 12 bytes an entry of the next level's
///   rows (at most as many as the graph's), about 70 bytes a node, and 4 a node and level.
/// - **Same bits**: for any thread count and any order of the edges. Choices read frozen state; sums are of integers.
/// - **Source**: Traag, Waltman, van Eck 2019; sub-rounds after Gottesbüren, Heuer, Maas, Sanders, Schlag 2024.
/// - **Checked by**: `tests/it/community/leiden.rs` — all partitions of small graphs, rings of cliques, planted communities,
///   igraph, connectivity, quality from scratch; `tests/it/community/leiden_quality.rs`, `tests/it/community/leiden_forms.rs`.
///
/// Panics where [`quality`] does.
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
    finish(g, None, leiden::search(g, Beginning::Singles, cfg), cfg)
}

/// Finds communities as [`leiden`] does, beginning with the partition `start` instead of single nodes.
///
/// What `start` holds together stays together unless moving adds quality by a margin: a node, a part of a community or
/// a whole one that is tied to where it is by no less than chance goes elsewhere only if that gains it an eighth of its
/// ties to others. Who is alone in `start` is new, and free to go anywhere. So of a graph that has changed a little
/// nearly all stays as it was, at a quality that may be a little lower than that of a search from single nodes.
/// `cfg.to_the_end` knows no margin.
///
/// - **Input**: as [`leiden`]; `start[NodeId]`, any ids. Communities that are in pieces are allowed.
/// - **Output**: a partition at least as good as `start`, before sizes are minded; the guarantees of [`leiden`].
/// - **Sizes**: as [`leiden`], but what is too large is divided as in `start`, nodes moving from part to part, as far
///   as that divides it.
/// - **Stop**: after one iteration, as each further one would move nodes that are nearly as well where they are; with
///   `cfg.to_the_end` as [`leiden`].
/// - **Cost**: as [`leiden`], with fewer rounds.
/// - **Same bits**: for any thread count, for the same `start` under any ids.
/// - **Source**: as [`leiden`].
/// - **Checked by**: `tests/it/community/leiden.rs`: never below the start, the guarantees, thread counts, the margin;
///   `tests/it/community/leiden_forms.rs`: who stays overnight, newcomers, sizes.
///
/// Panics where [`leiden`] does, and when `start` has another length than there are nodes.
pub fn leiden_from(g: &SymmetricCsr, start: &[CommunityId], cfg: &LeidenConfig) -> Partition {
    assert_eq!(start.len(), g.node_count(), "invariant: a community for every node");
    let start = leiden::smallest_members(start);
    finish(g, Some(&start), leiden::search(g, Beginning::From(&start), cfg), cfg)
}

/// A partition that was found before, as it stands: nobody moves.
///
/// - **Input**: `community[NodeId]`, any ids; `parts` as in [`Partition`]; of `cfg`, what is measured.
/// - **Output**: that partition with its quality and modularity, communities by size.
/// - **Cost**: one pass over the edges, and sorting the communities.
/// - **Same bits**: for any thread count, for the same communities under any ids.
/// - **Checked by**: `tests/it/pipeline/overnight.rs` — nothing changed, nothing changes.
///
/// Panics where [`quality`] does.
pub fn standing(
    g: &SymmetricCsr,
    community: &[CommunityId],
    parts: Vec<Vec<u32>>,
    cfg: &LeidenConfig,
) -> Partition {
    measured(g, &leiden::smallest_members(community), parts, None, cfg)
}

fn finish(g: &SymmetricCsr, start: Option<&[u32]>, found: Found, cfg: &LeidenConfig) -> Partition {
    let Found { labels, mut parts, quality } = found;
    let minded = sizes::minded(g, start, &labels, cfg);
    // The last climb has measured it on its coarsest level; only what sizes cost is not known yet.
    let known = matches!(minded, Cow::Borrowed(_)).then_some(quality);
    parts.reverse();
    let mut found = measured(g, &minded, parts, known, cfg);
    found.divide_parts();
    found.drop_repeated_levels();
    found
}

/// The partition of these smallest members, and how good it is: as known, else counted.
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
