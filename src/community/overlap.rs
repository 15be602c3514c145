//! Measures how strongly nodes are tied to their own and to other communities, and which communities share edges.

use rayon::prelude::*;

use super::rating_map::{DenseRatingMap, Rating};
use crate::{
    graph::{Graph, Row, Rows},
    ids::{CommunityId, NodeId, id32},
    num,
};

/// How the edge weight of one node is divided among communities. Weights are in weight units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TieShares {
    /// Weight of all edges of the node in either direction, self-loops left out.
    pub total: u64,
    /// The part of `total` on edges to and from members of the node's community.
    pub own: u64,
    /// The other community with the largest part of `total`; [`CommunityId::NONE`] if all edges stay in the node's
    /// community.
    pub other: CommunityId,
    /// The part of `total` on edges to and from members of `other`; 0 if there is no such community.
    pub other_weight: u64,
}

/// A node is between groups if its tie to another community is at least `1 / BETWEEN` of the tie to its own community.
const BETWEEN: u64 = 2;

impl TieShares {
    const NONE: Self = Self { total: 0, own: 0, other: CommunityId::NONE, other_weight: 0 };

    /// The tie of the node to its own community, in `[0, 1]`; `None` for a node without edges.
    pub fn own_share(&self) -> Option<f64> {
        (self.total > 0).then(|| self.own as f64 / self.total as f64)
    }

    /// The tie of the node to the community `other`, in `(0, 1]`; `None` if there is no such community.
    pub fn other_share(&self) -> Option<f64> {
        (self.other_weight > 0).then(|| self.other_weight as f64 / self.total as f64)
    }

    /// Whether the node is between groups: tied to one other community at least half as much as to its own.
    pub fn is_between(&self) -> bool {
        let doubled = u128::from(self.other_weight) * u128::from(BETWEEN);
        self.other_weight > 0 && doubled >= u128::from(self.own)
    }
}

/// Number of tasks, with about equally many edges each. Does not change the result.
const TASKS: usize = 512;
/// A node with more edges than this is a hub, whose rows are shared by all threads.
const HUB_EDGES: usize = 1 << 16;
/// Number of edges of a hub that one thread adds up at a time.
const HUB_CHUNK: usize = 1 << 14;

/// Finds, for every node, the strength of its tie to its own community, and the other community with the strongest tie.
///
/// The tie of a node to a community is the weight of its edges to and from members of that community, divided by the
/// weight of all its edges. Self-loops are left out of both.
///
/// - **Input**: `community[NodeId]`, ids below `count`; any partition, connected or not.
/// - **Output**: `shares[NodeId]`. The ties of one node to all communities add up to 1. If several other communities
///   have equally strong ties, `other` is the community with the smallest id.
/// - **Stop**: after one pass.
/// - **Cost**: time O(n + m), parallel, also within a hub; memory 32 bytes per node, 16 bytes per community and thread,
///   and 16 bytes per edge of the largest hub.
/// - **Same bits**: for any thread count: sums and comparisons are of integers.
/// - **Source**: the shares of links to communities from which Guimerà, Amaral 2005 compute the participation
///   coefficient; here shares are by weight.
/// - **Checked by**: `tests/it/community/overlap.rs` — a map for each node from the list of edges, a ring of cliques,
///   shares that add up to 1, hubs.
///
/// ```
/// use plaudit::{community, graph::{self, Edge, Weighting}, ids::{CommunityId, NodeId}};
/// // Nodes 0 and 1 are a community; the edge 1 → 2 has a quarter of the weight of all edges of 1.
/// let edge = |u, v, weight| Edge { source: NodeId(u), target: NodeId(v), weight };
/// let edges = vec![edge(0, 1, 3), edge(1, 2, 1)];
/// let g = graph::build(3, edges, Weighting::FixedPoint { unit_log2: 0 });
/// let shares = community::overlap(&g, &[0, 0, 1].map(CommunityId), 2);
/// assert_eq!((shares[1].own_share(), shares[1].other_share()), (Some(0.75), Some(0.25)));
/// assert_eq!(shares[1].other, CommunityId(1));
/// assert!(shares[2].is_between() && !shares[1].is_between());
/// ```
pub fn overlap(g: &Graph, community: &[CommunityId], count: usize) -> Vec<TieShares> {
    assert_eq!(community.len(), g.node_count(), "invariant: a community for every node");
    let degree = |u: NodeId| g.out_edges().degree(u) + g.in_edges().degree(u);
    let mut shares = vec![TieShares::NONE; g.node_count()];
    let tasks = g.out_edges().balanced_ranges(TASKS);
    let parts = num::split_by_lengths(&mut shares, tasks.iter().map(ExactSizeIterator::len));
    let scratch = || (both_ways(g), DenseRatingMap::new(count));
    tasks.into_par_iter().zip(parts).for_each_init(scratch, |(rows, ratings), (task, part)| {
        for (u, slot) in task.map(NodeId::new).zip(part) {
            // Hubs follow below.
            if degree(u) <= HUB_EDGES {
                let [out, into] = rows.each_mut().map(|rows| rows.row(u));
                let edges = out.iter().chain(into.iter()).filter(|&(v, _)| v != u);
                ratings.begin(degree(u));
                ratings.add(edges.map(|(v, weight)| (community[v.index()].0, u64::from(weight))));
                *slot = tie_shares(ratings, community[u.index()]);
            }
        }
    });
    let mut ratings = DenseRatingMap::new(count);
    for u in g.nodes().filter(|&u| degree(u) > HUB_EDGES) {
        shares[u.index()] = hub_shares(g, community, u, &mut ratings);
    }
    shares
}

/// Row readers of out-edges and in-edges.
fn both_ways(g: &Graph) -> [Rows<'_>; 2] {
    [g.out_edges().rows(), g.in_edges().rows()]
}

/// The ties of a node in community `own`, from the ratings of communities; clears the map.
#[inline]
fn tie_shares(ratings: &mut DenseRatingMap, own: CommunityId) -> TieShares {
    let mut shares = TieShares::NONE;
    for Rating { label, weight } in ratings.drain() {
        shares.total += weight;
        if label == own.0 {
            shares.own = weight;
        } else if (weight, shares.other.0) > (shares.other_weight, label) {
            // More weight, or the same weight and a smaller id; `NONE` is larger than any id.
            (shares.other, shares.other_weight) = (CommunityId(label), weight);
        }
    }
    shares
}

/// The ties of a hub: threads add up pieces of its rows, then the sums of the pieces are added up.
fn hub_shares(g: &Graph, community: &[CommunityId], hub: NodeId, ratings: &mut DenseRatingMap) -> TieShares {
    ratings.begin(usize::MAX);
    for rows in &mut both_ways(g) {
        let row = rows.row(hub);
        let chunks = num::blocks(row.targets.len(), HUB_CHUNK);
        let add_up = |chunk| -> Vec<(u32, u64)> {
            let edges = row.part(chunk).iter().filter(|&(v, _)| v != hub);
            let mut edges: Vec<_> = edges.map(|(v, w)| (community[v.index()].0, u64::from(w))).collect();
            // Sorting is cheaper than a table of all communities, which would be longer than the piece.
            edges.sort_unstable_by_key(|(community, _)| *community);
            let group = |group: &[(u32, u64)]| (group[0].0, group.iter().map(|edge| edge.1).sum());
            edges.chunk_by(|a, b| a.0 == b.0).map(group).collect()
        };
        let added: Vec<Vec<(u32, u64)>> = chunks.into_par_iter().map(add_up).collect();
        ratings.add(added.into_iter().flatten());
    }
    tie_shares(ratings, community[hub.index()])
}

/// The tie between a community and a node outside it. Weights are in weight units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The node.
    pub node: NodeId,
    /// Weight of the node's edges to and from members.
    pub weight: u64,
    /// Weight of all edges of the node in either direction, self-loops left out.
    pub total: u64,
    /// Number of distinct members with an edge to or from the node.
    pub direct: u64,
}

impl Tie {
    /// The tie to the community, in `(0, 1]`.
    pub fn share(&self) -> f64 {
        self.weight as f64 / self.total as f64
    }

    /// Compares shares exactly, then weights.
    pub fn cmp_by_share(&self, other: &Self) -> std::cmp::Ordering {
        let product = |weight: u64, total: u64| u128::from(weight) * u128::from(total);
        let shares = product(self.weight, other.total).cmp(&product(other.weight, self.total));
        shares.then(self.weight.cmp(&other.weight))
    }
}

/// Finds the nodes of other communities with edges to or from members of `of`.
///
/// - **Input**: `community[NodeId]`; a node in [`CommunityId::NONE`] is never in the output, and edges to it count in
///   `total` only.
/// - **Output**: in node order.
/// - **Stop**: after one pass.
/// - **Cost**: time O(n + m), parallel, and a binary search for every edge from a member; memory 32 bytes per tie.
/// - **Same bits**: for any thread count: sums are of integers.
/// - **Source**: as [`overlap`].
/// - **Checked by**: `tests/it/community/overlap.rs` — sets of members from the list of edges, [`overlap`].
pub fn ties_to(g: &Graph, community: &[CommunityId], of: CommunityId) -> Vec<Tie> {
    assert_eq!(community.len(), g.node_count(), "invariant: a community for every node");
    let is_member = |v: NodeId| community[v.index()] == of;
    let tie = |rows: &mut [Rows<'_>; 2], node: NodeId| {
        let own = community[node.index()];
        if own == of || own == CommunityId::NONE {
            return None;
        }
        let [out, into] = rows.each_mut().map(|rows| rows.row(node));
        let mut tie = Tie { node, weight: 0, total: 0, direct: 0 };
        let mut add = |(row, first): (Row<'_>, &[NodeId])| {
            for (v, weight) in row.iter().filter(|&(v, _)| v != node) {
                tie.total += u64::from(weight);
                if is_member(v) {
                    tie.weight += u64::from(weight);
                    tie.direct += u64::from(first.binary_search(&v).is_err());
                }
            }
        };
        add((out, &[]));
        add((into, out.targets));
        (tie.weight > 0).then_some(tie)
    };
    let nodes = (0..id32(g.node_count())).into_par_iter().map(NodeId);
    nodes.map_init(|| both_ways(g), tie).flatten_iter().collect()
}

/// The edges between one community and another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Border {
    /// The other community.
    pub community: CommunityId,
    /// Total weight of these edges in both directions, in weight units.
    pub weight: u64,
    /// Number of these edges in both directions.
    pub edges: u64,
}

/// Finds the communities with edges to or from members of `of`, by falling weight of these edges, then by id.
///
/// - **Input**: as [`ties_to`], ids below `count`.
/// - **Output**: `of` itself is left out, and so are nodes in [`CommunityId::NONE`].
/// - **Stop**: after one pass.
/// - **Cost**: time O(n + count + edges of the members), one thread; memory 16 bytes per community.
/// - **Same bits**: sums are of integers.
/// - **Source**: as [`overlap`].
/// - **Checked by**: `tests/it/community/overlap.rs` — the list of edges, [`super::shapes`].
pub fn borders(g: &Graph, community: &[CommunityId], count: usize, of: CommunityId) -> Vec<Border> {
    assert_eq!(community.len(), g.node_count(), "invariant: a community for every node");
    let mut found = vec![[0_u64; 2]; count];
    for rows in &mut both_ways(g) {
        for u in g.nodes().filter(|u| community[u.index()] == of) {
            for (v, weight) in rows.row(u).iter() {
                let other = community[v.index()];
                if other != of && other != CommunityId::NONE {
                    found[other.index()][0] += u64::from(weight);
                    found[other.index()][1] += 1;
                }
            }
        }
    }
    let all = found.into_iter().enumerate().filter(|(_, [_, edges])| *edges > 0);
    let border =
        |(c, [weight, edges]): (usize, [u64; 2])| Border { community: CommunityId::new(c), weight, edges };
    let mut borders: Vec<Border> = all.map(border).collect();
    borders.sort_by_key(|border| std::cmp::Reverse(border.weight));
    borders
}
