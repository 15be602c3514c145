//! Ties of nodes to communities, compared with a map for each node, with closed forms, and with sums that must hold.

use std::collections::{BTreeMap, BTreeSet};

use plaudit::{
    community::{TieShares, borders, overlap, shapes, ties_to},
    graph::{self, BuildConfig, Directions, Edge, EdgeBlock, Graph, Storage, Weighting},
    ids::{CommunityId, NodeId},
    num,
};
use proptest::prelude::*;

use crate::support::{graphs, pools};

/// A random community, one of `count`, for each of `n` nodes.
fn random_communities(n: usize, count: u64, salt: u64) -> Vec<CommunityId> {
    (0..n as u64).map(|v| CommunityId((num::mix64(salt ^ v) % count) as u32)).collect()
}

/// Keyed by community: the weight of the edges between `u` and members, without loops, from the list of edges.
fn weights_by_community(u: u32, edges: &[(u32, u32, u64)], community: &[CommunityId]) -> BTreeMap<u32, u64> {
    let mut sums = BTreeMap::new();
    for &(a, b, weight) in edges.iter().filter(|(a, b, _)| a != b) {
        for (near, far) in [(a, b), (b, a)] {
            if near == u {
                *sums.entry(community[far as usize].0).or_default() += weight;
            }
        }
    }
    sums
}

/// The result of [`overlap`] for one node, by definition.
fn expected(u: u32, edges: &[(u32, u32, u64)], community: &[CommunityId]) -> TieShares {
    let mut sums = weights_by_community(u, edges, community);
    let total = sums.values().sum();
    let own = sums.remove(&community[u as usize].0).unwrap_or(0);
    // On equal weights, the community with the smaller id wins.
    let most = sums.values().max().copied();
    let other = sums.iter().find(|(_, weight)| Some(**weight) == most);
    let (other, other_weight) =
        other.map_or((CommunityId::NONE, 0), |(&c, &weight)| (CommunityId(c), weight));
    TieShares { total, own, other, other_weight }
}

proptest! {
    #[test]
    fn ties_agree_with_a_map_for_each_node(
        (n, edges) in graphs::any_edges(), salt in any::<u64>(), count in 1_u64..6, unit in any::<bool>(),
    ) {
        // With unit weights, ties between communities are frequent.
        let edges: Vec<_> = edges.iter().map(|&(u, v, w)| (u, v, if unit { 1 } else { w })).collect();
        let g = graphs::weighted(n, &edges);
        let community = random_communities(n, count, salt);
        let found = overlap(&g, &community, count as usize);
        for (u, shares) in found.iter().enumerate() {
            let expected = expected(u as u32, &edges, &community);
            prop_assert_eq!(*shares, expected, "node {}", u);
            let (own, other) = (shares.own_share(), shares.other_share());
            prop_assert_eq!(own.is_none(), expected.total == 0);
            prop_assert_eq!(other.is_none(), expected.other == CommunityId::NONE);
            let sum = own.unwrap_or(0.0) + other.unwrap_or(0.0);
            prop_assert!((0.0..=1.0 + 1e-15).contains(&sum), "{}", sum);
            // The definition of `is_between` in shares, as in the documentation.
            let between = other.is_some_and(|other| 2.0 * other >= own.unwrap());
            prop_assert_eq!(shares.is_between(), between);
        }
    }

    #[test]
    fn all_ties_of_a_node_add_up_to_one(
        (n, edges) in graphs::any_edges(), salt in any::<u64>(), count in 1_u64..6, hidden in any::<u64>(),
    ) {
        let g = graphs::weighted(n, &edges);
        let mut community = random_communities(n, count, salt);
        let shares = overlap(&g, &community, count as usize);
        // Computes the same ties from the side of the communities.
        let mut sums = vec![0; n];
        for c in (0..count as u32).map(CommunityId) {
            for tie in ties_to(&g, &community, c) {
                let u = tie.node.index();
                prop_assert!(community[u] != c && tie.weight > 0);
                prop_assert_eq!(tie.total, shares[u].total);
                prop_assert!(tie.weight <= shares[u].other_weight);
                prop_assert_eq!(tie.weight == shares[u].other_weight && shares[u].other > c, false);
                sums[u] += tie.weight;
            }
        }
        for (u, shares) in shares.iter().enumerate() {
            prop_assert_eq!(shares.own + sums[u], shares.total, "node {}", u);
        }
        // Nodes in no community are neither members nor listed; edges to them count in totals.
        for (v, c) in community.iter_mut().enumerate() {
            if num::mix64(hidden ^ v as u64).is_multiple_of(4) {
                *c = CommunityId::NONE;
            }
        }
        for c in (0..count as u32).map(CommunityId) {
            let mut outside: BTreeMap<u32, (u64, BTreeSet<u32>)> = BTreeMap::new();
            for &(a, b, weight) in edges.iter().filter(|(a, b, _)| a != b) {
                for (near, far) in [(a, b), (b, a)] {
                    let own = community[near as usize];
                    if community[far as usize] == c && own != c && own != CommunityId::NONE {
                        let entry = outside.entry(near).or_default();
                        entry.0 += weight;
                        entry.1.insert(far);
                    }
                }
            }
            let found: Vec<_> = ties_to(&g, &community, c)
                .into_iter()
                .map(|tie| (tie.node.0, tie.weight, tie.direct, tie.total))
                .collect();
            let expected: Vec<_> = outside
                .into_iter()
                .map(|(u, (weight, members))| (u, weight, members.len() as u64, shares[u as usize].total))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn borders_agree_with_the_list_of_edges(
        (n, edges) in graphs::any_edges(), salt in any::<u64>(), count in 1_u64..6,
    ) {
        let g = graphs::weighted(n, &edges);
        let community = random_communities(n, count, salt);
        let shapes = shapes(&g, &community, count as usize);
        for c in (0..count as u32).map(CommunityId) {
            let mut across: BTreeMap<u32, (u64, BTreeSet<(u32, u32)>)> = BTreeMap::new();
            for &(a, b, weight) in &edges {
                let (from, to) = (community[a as usize], community[b as usize]);
                if from != to && (from == c || to == c) {
                    let entry = across.entry(if from == c { to.0 } else { from.0 }).or_default();
                    entry.0 += weight;
                    entry.1.insert((a, b));
                }
            }
            let found = borders(&g, &community, count as usize, c);
            prop_assert_eq!(found.iter().map(|b| b.weight).sum::<u64>(), shapes[c.index()].external_weight);
            prop_assert!(found.is_sorted_by_key(|b| (std::cmp::Reverse(b.weight), b.community)));
            let found: BTreeMap<u32, (u64, u64)> =
                found.iter().map(|b| (b.community.0, (b.weight, b.edges))).collect();
            let expected: BTreeMap<u32, (u64, u64)> =
                across.into_iter().map(|(d, (weight, edges))| (d, (weight, edges.len() as u64))).collect();
            prop_assert_eq!(found, expected);
        }
    }
}

/// Members 0 and 1 of each clique of k nodes have a bridge each: 1 of their k edges leads outside. The other members
/// have no bridge.
#[test]
fn a_ring_of_cliques() {
    let (count, size) = (5_u32, 4_u32);
    let g = graphs::plain(20, &graphs::both_ways(&graphs::ring_of_cliques(count, size)));
    let community: Vec<CommunityId> = (0..20).map(|v| CommunityId(v / size)).collect();
    for (u, shares) in (0..).zip(overlap(&g, &community, count as usize)) {
        let (clique, member) = (u / size, u % size);
        let bridge = match member {
            0 => Some((clique + 1) % count),
            1 => Some((clique + count - 1) % count),
            _ => None,
        };
        let (own, other) = if bridge.is_some() { (0.75, Some(0.25)) } else { (1.0, None) };
        assert_eq!((shares.own_share(), shares.other_share()), (Some(own), other), "node {u}");
        assert_eq!(shares.other, bridge.map_or(CommunityId::NONE, CommunityId));
        assert!(!shares.is_between());
    }
    let ties = ties_to(&g, &community, CommunityId(2));
    let found: Vec<_> = ties.iter().map(|tie| (tie.node.0, tie.share(), tie.direct)).collect();
    assert_eq!(found, [(4, 0.25, 1), (13, 0.25, 1)]);
    let neighbors = borders(&g, &community, 5, CommunityId(2));
    let found: Vec<_> = neighbors.iter().map(|b| (b.community.0, b.weight, b.edges)).collect();
    assert_eq!(found, [(1, 2, 2), (3, 2, 2)]);
}

#[test]
fn a_node_with_half_its_own_tie_elsewhere_is_between_groups() {
    // Nodes 0 and 1 are in community 0; nodes 2 and 3 are in other communities.
    let community = [0, 0, 1, 2].map(CommunityId);
    let shares = |own: u64, second: u64, third: u64| {
        let edges: Vec<_> = [(0, 1, own), (2, 0, second), (0, 3, third), (0, 0, 1000)]
            .into_iter()
            .filter(|edge| edge.2 > 0)
            .collect();
        overlap(&graphs::weighted(4, &edges), &community, 3)[0]
    };
    assert!(shares(10, 5, 5).is_between() && shares(10, 5, 5).other == CommunityId(1), "half is enough");
    assert!(!shares(11, 5, 5).is_between(), "less than half is not enough");
    assert!(
        shares(0, 0, 1).is_between() && shares(0, 0, 1).other == CommunityId(2),
        "no tie to its own community"
    );
    assert!(!shares(3, 0, 0).is_between());
    let alone = shares(0, 0, 0);
    assert_eq!((alone.own_share(), alone.other_share()), (None, None), "loops do not count");
    assert!(!alone.is_between());
}

/// Two hubs with more than 2^16 edges, one with edges to every node and one with edges from every node, and skewed
/// random edges.
fn with_hubs(storage: Storage) -> (Graph, Vec<(u32, u32, u64)>) {
    let n = 70_000;
    let mut edges: Vec<(u32, u32, u64)> = (0..n).map(|v| (0, v, 1 + u64::from(v % 5))).collect();
    edges.extend((0..n).map(|v| (v, n - 1, 1 + u64::from(v % 3))));
    edges.extend(graphs::skewed_edges(n, 40_000, 3));
    let block: EdgeBlock = edges.iter().map(|&(u, v, weight)| ([u, v], weight)).collect();
    let numbers: Vec<NodeId> = (0..n).map(NodeId).collect();
    let weighting = Weighting::FixedPoint { unit_log2: 0 };
    let cfg = BuildConfig { directions: Directions::AsWritten, weighting, storage };
    (graph::build_blocks(n as usize, vec![block], &numbers, &cfg), edges)
}

#[test]
fn dividing_hubs_among_threads_keeps_the_bits() {
    let (g, edges) = with_hubs(Storage::Plain);
    let community = random_communities(g.node_count(), 300, 11);
    let found = pools::assert_same_on_any_pool(|| overlap(&g, &community, 300));
    let (packed, _) = with_hubs(Storage::Compressed);
    assert!(overlap(&packed, &community, 300) == found, "packed rows answer differently");
    assert!(ties_to(&packed, &community, CommunityId(7)) == ties_to(&g, &community, CommunityId(7)));
    for u in [0, 1, 2, 69_998, 69_999] {
        assert_eq!(found[u as usize], expected(u, &edges, &community), "node {u}");
    }
    pools::assert_same_on_any_pool(|| ties_to(&g, &community, CommunityId(7)));
    // Loops are ignored.
    let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
    let alone = graph::build(2, vec![edge(1, 1)], Weighting::Unweighted);
    assert_eq!(overlap(&alone, &[0, 0].map(CommunityId), 1)[1].total, 0);
}

#[test]
fn an_empty_graph_has_no_ties() {
    let g = graphs::plain(0, &[]);
    assert!(overlap(&g, &[], 0).is_empty() && ties_to(&g, &[], CommunityId(0)).is_empty());
    assert!(borders(&g, &[], 0, CommunityId(0)).is_empty());
}
