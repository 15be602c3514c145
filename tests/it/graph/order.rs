//! The locality order: the number of each node, and that nothing except the numbers changes.

use std::collections::BTreeMap;

use plaudit::{
    graph::{self, Csr, Directions, EdgeBlock, Graph, NodeOrder, Weighting},
    ids::NodeId,
};
use proptest::prelude::*;

use crate::support::{graphs, pools::assert_same_on_any_pool};

/// The edges in blocks of `size`.
fn blocks(edges: &[(u32, u32, u64)], size: usize) -> Vec<EdgeBlock> {
    let block = |edges: &[(u32, u32, u64)]| edges.iter().map(|&(u, v, w)| ([u, v], w)).collect();
    edges.chunks(size).map(block).collect()
}

fn numbers(n: usize) -> Vec<NodeId> {
    (0..n).map(NodeId::new).collect()
}

fn order(n: usize, blocks: &[EdgeBlock], community: Option<&[u32]>) -> NodeOrder {
    graph::locality_order(n, blocks, &numbers(n), Directions::AsWritten, community)
}

/// The class of a node: 0 with edges in both directions, 1 with out-edges only, 2 with in-edges only, 3 isolated.
fn class(g: &Graph, v: NodeId) -> u8 {
    match (g.out_edges().degree(v) > 0, g.in_edges().degree(v) > 0) {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => 2,
        (false, false) => 3,
    }
}

fn edges_of(rows: &Csr) -> BTreeMap<(u32, u32), u32> {
    let row = |u: u32| rows.rows().row(NodeId(u)).iter().map(|(v, w)| ((u, v.0), w)).collect::<Vec<_>>();
    (0..rows.node_count() as u32).flat_map(row).collect()
}

proptest! {
    #[test]
    fn renumbering_changes_nothing_else((n, edges) in graphs::any_edges(), size in 1_usize..100) {
        let blocks = blocks(&edges, size);
        let order = order(n, &blocks, None);
        let g = graph::build_blocks(
            n, blocks, order.place_of(), &graphs::config(Directions::AsWritten, Weighting::FixedPoint { unit_log2: 0 }),
        );
        prop_assert_eq!(g.check(), Ok(()));
        let node_at = order.node_at();
        let back: BTreeMap<_, _> = edges_of(g.out_edges())
            .into_iter()
            .map(|((u, v), w)| ((node_at[u as usize].0, node_at[v as usize].0), w))
            .collect();
        prop_assert_eq!(back, edges_of(graphs::weighted(n, &edges).out_edges()));
        let classes: Vec<u8> = g.nodes().map(|v| class(&g, v)).collect();
        prop_assert!(classes.is_sorted(), "{:?}", classes);
    }

    #[test]
    fn an_undirected_graph_holds_every_edge_and_its_reverse((n, edges) in graphs::any_edges()) {
        let weighting = Weighting::FixedPoint { unit_log2: 0 };
        let both = graph::build_blocks(n, blocks(&edges, 7), &numbers(n), &graphs::config(Directions::Both, weighting));
        let mirror = edges.iter().filter(|edge| edge.0 != edge.1).map(|&(u, v, w)| (v, u, w));
        let twice: Vec<_> = edges.iter().copied().chain(mirror).collect();
        prop_assert_eq!(edges_of(both.out_edges()), edges_of(graphs::weighted(n, &twice).out_edges()));
    }
}

#[test]
fn nodes_are_ordered_by_class_then_degree_group_then_number() {
    // Node 6 is isolated, 5 has out-edges only, 4 in-edges only; 3 has many out-edges, 0 to 2 have one each.
    let edges = [(0, 1, 1), (1, 2, 1), (2, 3, 1), (3, 0, 1), (3, 1, 1), (3, 2, 1), (3, 4, 1), (5, 0, 1)];
    let order = order(7, &blocks(&edges, 3), None);
    assert_eq!(order.node_at(), [3, 0, 1, 2, 5, 4, 6].map(NodeId));
    assert_eq!(order.place_of()[3], NodeId(0));
}

/// The order by its definition: one sort by class, group and number.
fn sorted_order(n: usize, edges: &[(u32, u32, u64)]) -> Vec<NodeId> {
    let (mut out, mut into) = (vec![0_u64; n], vec![false; n]);
    for &(u, v, _) in edges {
        // Counts of out-edges saturate at 32,767.
        out[u as usize] = (out[u as usize] + 1).min(32_767);
        into[v as usize] = true;
    }
    let is_core = |v: &usize| out[*v] > 0 && into[*v];
    let (count, sum) = (0..n).filter(is_core).fold((0, 0), |(count, sum), v| (count + 1, sum + out[v]));
    let group = |v: usize| (0..7).filter(|power| 2 * out[v] * count < (1 << power) * sum).count();
    let key = |v: usize| match (out[v] > 0, into[v]) {
        (true, true) => (0, group(v)),
        (true, false) => (1, 0),
        (false, true) => (2, 0),
        (false, false) => (3, 0),
    };
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&v| (key(v), v));
    order.into_iter().map(NodeId::new).collect()
}

/// Uses more nodes than one task handles, and hubs with and without in-edges that have more out-edges than counters
/// hold.
#[test]
fn the_parallel_order_is_that_of_the_definition() {
    let n = 100_000;
    let hub = |u: u32, first: u32, count: u32| (0..count).map(move |v| (u, first + v % 90_000, 1));
    let edges: Vec<_> = graphs::skewed_edges(60_000, 150_000, 6)
        .into_iter()
        .chain(hub(70_001, 1, 32_766))
        .chain(hub(70_002, 1, 32_767))
        .chain(hub(70_003, 1, 32_768))
        .chain(hub(95_001, 2, 70_000))
        .chain(hub(95_002, 2, 70_000))
        .chain([(4, 95_001, 1), (4, 70_003, 1), (4, 99_998, 1)])
        .collect();
    let expected = sorted_order(n, &edges);
    let order = assert_same_on_any_pool(|| order(n, &blocks(&edges, 10_000), None).node_at());
    assert!(order == expected, "the order differs from the definition");
}

#[test]
fn an_edge_between_two_numbers_of_one_node_is_one_loop() {
    let node_of = [NodeId(0), NodeId(0), NodeId(1)];
    let block = EdgeBlock::from_iter([([0, 1], 3), ([1, 2], 5)]);
    let cfg = graphs::config(Directions::Both, Weighting::FixedPoint { unit_log2: 0 });
    let g = graph::build_blocks(2, vec![block], &node_of, &cfg);
    let expected: BTreeMap<_, _> = [((0, 0), 3), ((0, 1), 5), ((1, 0), 5)].into();
    assert_eq!(edges_of(g.out_edges()), expected);
}

#[test]
fn communities_are_contiguous() {
    let ring: Vec<_> = (0..8).map(|u| (u, (u + 1) % 8, 1)).collect();
    let community = [1, 0, 1, 0, 1, 0, 1, 0];
    let order = order(8, &blocks(&ring, 8), Some(&community));
    assert_eq!(order.node_at(), [1, 3, 5, 7, 0, 2, 4, 6].map(NodeId));
}

#[test]
fn threads_blocks_and_the_order_of_edges_do_not_matter() {
    let n = 5000;
    let edges = graphs::skewed_edges(n as u32, 60_000, 5);
    let reversed: Vec<_> = edges.iter().rev().copied().collect();
    let build = |edges: &[(u32, u32, u64)], size: usize| {
        let blocks = blocks(edges, size);
        let order = order(n, &blocks, None);
        let weighting = Weighting::FixedPoint { unit_log2: 0 };
        let g = graph::build_blocks(
            n,
            blocks,
            order.place_of(),
            &graphs::config(Directions::AsWritten, weighting),
        );
        assert_eq!(g.check(), Ok(()));
        let plain = |rows: &Csr| rows.plain().unwrap().clone();
        let (out, into) = (plain(g.out_edges()), plain(g.in_edges()));
        (order, out.targets().to_vec(), into.weights().map(<[u32]>::to_vec))
    };
    let first = build(&edges, 100);
    assert!(first == build(&reversed, 100_000));
    assert_same_on_any_pool(|| build(&edges, 777));
    assert!(first == build(&edges, 777));
}

#[test]
fn numbers_without_a_node_are_ignored() {
    let node_of = [NodeId(1), NodeId::NONE, NodeId(0)];
    let block = EdgeBlock::from_iter([[0, 2], [2, 0], [0, 2]].map(|ends| (ends, 1)));
    let order = graph::locality_order(2, std::slice::from_ref(&block), &node_of, Directions::AsWritten, None);
    // The edge that is listed twice gives its source the higher degree.
    assert_eq!(order.node_at(), [NodeId(1), NodeId(0)]);
    let g = graph::build_blocks(
        2,
        vec![block],
        &node_of,
        &graphs::config(Directions::AsWritten, Weighting::Unweighted),
    );
    assert_eq!(edges_of(g.out_edges()).into_keys().collect::<Vec<_>>(), [(0, 1), (1, 0)]);
}
