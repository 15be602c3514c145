//! petgraph's algorithms on plaudit's graph, compared with the same algorithms on petgraph's own graph and with naive
//! methods.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::{
    Direction::{Incoming, Outgoing},
    algo,
    graph::{DiGraph, NodeIndex},
    visit::{
        Bfs, Data, Dfs, EdgeCount, EdgeRef, GetAdjacencyMatrix, GraphProp, IntoEdgeReferences, IntoEdges,
        IntoEdgesDirected, IntoNeighborsDirected, IntoNodeIdentifiers, IntoNodeReferences,
        NodeCompactIndexable, NodeCount, NodeIndexable, NodeRef, Reversed, VisitMap, Visitable, Walker,
    },
};
use plaudit::{
    graph::{Graph, visit::EdgeReference},
    ids::NodeId,
};
use proptest::prelude::*;

use crate::support::graphs;

type EdgeMap = BTreeMap<(u32, u32), u32>;

fn summed(edges: &[(u32, u32, u64)]) -> EdgeMap {
    let mut sums = BTreeMap::new();
    for &(u, v, w) in edges {
        *sums.entry((u, v)).or_insert(0) += w as u32;
    }
    sums
}

/// The same edges in petgraph's own graph.
fn theirs(n: usize, edges: &EdgeMap) -> DiGraph<(), u32> {
    let mut graph = DiGraph::new();
    for _ in 0..n {
        graph.add_node(());
    }
    for (&(u, v), &w) in edges {
        graph.add_edge(NodeIndex::new(u as usize), NodeIndex::new(v as usize), w);
    }
    graph
}

/// Compiles only if the graph has all traits that an algorithm on a static directed graph may need.
fn has_all_traits<G>(_: G)
where
    G: IntoNodeReferences + IntoEdgesDirected + IntoEdgeReferences + GraphProp + NodeCompactIndexable,
    G: NodeCount + EdgeCount + Visitable + GetAdjacencyMatrix + Data<NodeWeight = (), EdgeWeight = u32>,
{
}

/// Distances by relaxing all edges until nothing changes (Bellman–Ford).
fn distances(edges: &EdgeMap, start: u32) -> BTreeMap<u32, u64> {
    let mut distance = BTreeMap::from([(start, 0)]);
    loop {
        let mut has_changed = false;
        for (&(u, v), &w) in edges {
            let Some(&at_u) = distance.get(&u) else { continue };
            let through_u = at_u + u64::from(w);
            if distance.get(&v).is_none_or(|&d| d > through_u) {
                distance.insert(v, through_u);
                has_changed = true;
            }
        }
        if !has_changed {
            return distance;
        }
    }
}

/// Hops from `start`, level by level over the list of edges.
fn hops(edges: &EdgeMap, start: u32) -> BTreeMap<u32, usize> {
    let mut hops = BTreeMap::from([(start, 0)]);
    let mut queue = VecDeque::from([start]);
    while let Some(u) = queue.pop_front() {
        for &(_, v) in edges.keys().filter(|&&(source, _)| source == u) {
            if !hops.contains_key(&v) {
                hops.insert(v, hops[&u] + 1);
                queue.push_back(v);
            }
        }
    }
    hops
}

/// The partition as a set of sets of plain numbers.
fn as_sets<N>(parts: Vec<Vec<N>>, number: impl Fn(&N) -> u32) -> BTreeSet<BTreeSet<u32>> {
    parts.into_iter().map(|part| part.iter().map(&number).collect()).collect()
}

/// Strongly connected components: nodes that reach each other, by a search from every node.
fn mutually_reachable(n: usize, edges: &EdgeMap) -> BTreeSet<BTreeSet<u32>> {
    let reach: BTreeMap<u32, BTreeSet<u32>> =
        (0..n as u32).map(|u| (u, hops(edges, u).into_keys().collect())).collect();
    let back_to = |u: u32| reach[&u].iter().copied().filter(|v| reach[v].contains(&u)).collect();
    (0..n as u32).map(back_to).collect()
}

#[test]
fn all_traits_are_implemented() {
    let graph = graphs::weighted(4, &[(0, 1, 5), (0, 2, 7), (2, 0, 1), (2, 2, 3)]);
    let g = &graph;
    has_all_traits(g);
    assert!(GraphProp::is_directed(g));
    assert_eq!((NodeCount::node_count(g), EdgeCount::edge_count(g), g.node_bound()), (4, 4, 4));
    assert!((0..4).all(|i| NodeIndexable::to_index(g, NodeIndexable::from_index(g, i)) == i));
    let read = |edge: EdgeReference| {
        assert_eq!(EdgeRef::id(&edge), (edge.source(), edge.target()));
        (edge.source().0, edge.target().0, *edge.weight())
    };
    let all: Vec<_> = g.edge_references().map(read).collect();
    assert_eq!(all, [(0, 1, 5), (0, 2, 7), (2, 0, 1), (2, 2, 3)]);
    let out: Vec<_> = g.edges(NodeId(2)).map(read).collect();
    assert_eq!(out, [(2, 0, 1), (2, 2, 3)]);
    let incoming: Vec<_> = g.edges_directed(NodeId(2), Incoming).map(read).collect();
    assert_eq!(incoming, [(0, 2, 7), (2, 2, 3)], "incoming edges keep their direction");
    assert_eq!(g.edges(NodeId(2)).size_hint(), (2, Some(2)));
    assert!(g.neighbors_directed(NodeId(2), Outgoing).eq([NodeId(0), NodeId(2)]));
    assert!(g.neighbors_directed(NodeId(1), Incoming).eq([NodeId(0)]));
    assert!(g.nodes().all(|v| g.successors(v).eq(g.neighbors_directed(v, Outgoing))));
    assert!(g.nodes().all(|v| g.predecessors(v).eq(g.neighbors_directed(v, Incoming))));
    assert!(g.node_references().map(|node| node.id()).eq(g.node_identifiers()));
    assert_eq!(g.node_identifiers().size_hint(), (4, Some(4)));
    for (u, v) in [(0, 1), (1, 0), (2, 2), (3, 3)] {
        let expected = all.iter().any(|&(source, target, _)| (source, target) == (u, v));
        assert_eq!(g.is_adjacent(&g.adjacency_matrix(), NodeId(u), NodeId(v)), expected);
    }
    let plain = graphs::plain(2, &[(0, 1)]);
    assert!((&plain).edge_references().map(read).eq([(0, 1, 1)]), "every edge weighs 1");
}

#[test]
fn a_node_set_holds_what_was_visited() {
    let graph = graphs::plain(130, &[]);
    let mut seen = graph.visit_map();
    for node in [0, 63, 64, 129].map(NodeId) {
        assert!(!seen.is_visited(&node));
        assert!(seen.visit(node) && !seen.visit(node));
        assert!(seen.is_visited(&node));
    }
    assert!(seen.unvisit(NodeId(64)) && !seen.unvisit(NodeId(64)));
    assert!(seen.is_visited(&NodeId(63)) && !seen.is_visited(&NodeId(64)));
    graph.reset_map(&mut seen);
    assert!((0..130).all(|u| !seen.is_visited(&NodeId(u))));
}

#[test]
fn algorithms_run_on_an_empty_graph() {
    let graph = graphs::plain(0, &[]);
    assert_eq!(algo::connected_components(&graph), 0);
    assert!(algo::tarjan_scc(&graph).is_empty());
    assert_eq!((&graph).edge_references().count(), 0);
}

proptest! {
    #[test]
    fn components_agree((n, edges) in graphs::any_edges()) {
        let (ours, edges) = (graphs::weighted(n, &edges), summed(&edges));
        let other = theirs(n, &edges);
        let mutual: EdgeMap = edges.keys().flat_map(|&(u, v)| [((u, v), 1), ((v, u), 1)]).collect();
        let weak = mutually_reachable(n, &mutual);
        prop_assert_eq!(algo::connected_components(&ours), weak.len());
        prop_assert_eq!(algo::connected_components(&other), weak.len());
        let strong = mutually_reachable(n, &edges);
        prop_assert_eq!(&as_sets(algo::kosaraju_scc(&ours), |u| u.0), &strong);
        prop_assert_eq!(&as_sets(algo::tarjan_scc(&ours), |u| u.0), &strong);
        prop_assert_eq!(&as_sets(algo::tarjan_scc(&other), |u| u.index() as u32), &strong);
    }

    #[test]
    fn traversals_agree((n, edges) in graphs::any_edges(), start in any::<prop::sample::Index>()) {
        let start = start.index(n) as u32;
        let (ours, edges) = (graphs::weighted(n, &edges), summed(&edges));
        let hops = hops(&edges, start);
        let walked: Vec<u32> = Bfs::new(&ours, NodeId(start)).iter(&ours).map(|u| u.0).collect();
        let levels: Vec<usize> = walked.iter().map(|u| hops[u]).collect();
        prop_assert!(levels.is_sorted(), "breadth first");
        prop_assert_eq!(walked.len(), hops.len());
        let deep: BTreeSet<u32> = Dfs::new(&ours, NodeId(start)).iter(&ours).map(|u| u.0).collect();
        prop_assert!(deep.iter().eq(hops.keys()));
        let reversed: EdgeMap = edges.iter().map(|(&(u, v), &w)| ((v, u), w)).collect();
        let back: BTreeSet<u32> =
            Dfs::new(Reversed(&ours), NodeId(start)).iter(Reversed(&ours)).map(|u| u.0).collect();
        prop_assert!(back.iter().eq(self::hops(&reversed, start).keys()));
    }

    #[test]
    fn shortest_paths_agree((n, edges) in graphs::any_edges(), start in any::<prop::sample::Index>()) {
        let start = start.index(n) as u32;
        let (ours, edges) = (graphs::weighted(n, &edges), summed(&edges));
        let other = theirs(n, &edges);
        let expected = distances(&edges, start);
        let found = algo::dijkstra(&ours, NodeId(start), None, |edge| u64::from(*edge.weight()));
        let found: BTreeMap<u32, u64> = found.into_iter().map(|(u, d)| (u.0, d)).collect();
        prop_assert_eq!(&found, &expected);
        let from = NodeIndex::new(start as usize);
        let found = algo::dijkstra(&other, from, None, |edge| u64::from(*edge.weight()));
        let found: BTreeMap<u32, u64> = found.into_iter().map(|(u, d)| (u.index() as u32, d)).collect();
        prop_assert_eq!(&found, &expected);
    }

    #[test]
    fn topological_order_is_found_exactly_when_there_is_one((n, edges) in graphs::any_edges(), is_dag in any::<bool>()) {
        // In half of the cases, only edges toward larger ids are kept, so that the graph is acyclic.
        let edges: Vec<_> = edges.into_iter().filter(|&(u, v, _)| !is_dag || u < v).collect();
        let (ours, edges) = (graphs::weighted(n, &edges), summed(&edges));
        let has_cycle = edges.keys().any(|(u, v)| u == v) || mutually_reachable(n, &edges).len() < n;
        prop_assert_eq!(algo::is_cyclic_directed(&ours), has_cycle);
        match algo::toposort(&ours, None) {
            Err(_) => prop_assert!(has_cycle),
            Ok(order) => {
                prop_assert!(!has_cycle);
                let place: BTreeMap<u32, usize> = order.iter().enumerate().map(|(i, u)| (u.0, i)).collect();
                prop_assert_eq!(place.len(), n);
                prop_assert!(edges.keys().all(|(u, v)| place[u] < place[v]));
            }
        }
    }

    #[test]
    fn the_graph_is_isomorphic_to_petgraphs((n, edges) in graphs::any_edges()) {
        let ours: Graph = graphs::weighted(n.min(8), &edges.iter().copied().filter(|&(u, v, _)| u.max(v) < 8).collect::<Vec<_>>());
        let listed: EdgeMap = (&ours).edge_references().map(|edge| ((edge.source().0, edge.target().0), *edge.weight())).collect();
        let other = theirs(n.min(8), &listed);
        prop_assert!(algo::is_isomorphic(&ours, &other));
    }
}
