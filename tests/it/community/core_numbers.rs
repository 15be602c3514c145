//! Core numbers against peeling one node at a time, h-index iteration, closed forms and networkx.

use std::collections::BTreeSet;

use plaudit::{community, graph::Graph};
use proptest::prelude::*;

use crate::support::{graphs, oracle, pools};

/// The neighbors of every node in either direction, without itself.
fn neighbors(n: usize, edges: &[(u32, u32, u64)]) -> Vec<BTreeSet<usize>> {
    let mut ties = vec![BTreeSet::new(); n];
    for &(u, v, _) in edges.iter().filter(|edge| edge.0 != edge.1) {
        ties[u as usize].insert(v as usize);
        ties[v as usize].insert(u as usize);
    }
    ties
}

/// Repeatedly removes a node with the fewest neighbors; its core number is the largest number of neighbors of any node
/// at its removal so far.
fn peeled_one_by_one(ties: &[BTreeSet<usize>]) -> Vec<u32> {
    let mut ties = ties.to_vec();
    let mut left: BTreeSet<usize> = (0..ties.len()).collect();
    let (mut core, mut level) = (vec![0; ties.len()], 0);
    while let Some(&u) = left.iter().min_by_key(|u| ties[**u].len()) {
        level = level.max(ties[u].len());
        core[u] = level as u32;
        left.remove(&u);
        for v in std::mem::take(&mut ties[u]) {
            ties[v].remove(&u);
        }
    }
    core
}

/// Starting from the degrees, the value of every node becomes the largest h such that h of its neighbors have a value
/// of at least h, until nothing changes (Lü, Zhou, Zhang, Stanley 2016). This method does not peel.
fn h_indices(ties: &[BTreeSet<usize>]) -> Vec<u32> {
    let mut value: Vec<usize> = ties.iter().map(BTreeSet::len).collect();
    loop {
        let h = |row: &BTreeSet<usize>| {
            let mut around: Vec<usize> = row.iter().map(|v| value[*v]).collect();
            around.sort_unstable_by(|a, b| b.cmp(a));
            around.iter().zip(1..).take_while(|(value, place)| *value >= place).count()
        };
        let next: Vec<usize> = ties.iter().map(h).collect();
        if next == value {
            return value.into_iter().map(|h| h as u32).collect();
        }
        value = next;
    }
}

fn cores(g: &Graph) -> Vec<u32> {
    let found = community::core_numbers(g);
    assert_eq!(found.largest, found.core.iter().copied().max().unwrap_or(0));
    found.core
}

proptest! {
    #[test]
    fn peeling_one_by_one_and_h_index_iteration_agree((n, edges) in graphs::any_edges()) {
        let (ties, core) = (neighbors(n, &edges), cores(&graphs::weighted(n, &edges)));
        prop_assert_eq!(&core, &peeled_one_by_one(&ties));
        prop_assert_eq!(&core, &h_indices(&ties));
        for (u, row) in ties.iter().enumerate() {
            let inside = row.iter().filter(|v| core[**v] >= core[u]).count();
            prop_assert!(inside >= core[u] as usize, "node {} has {} neighbors in its core", u, inside);
        }
    }

    #[test]
    fn directions_weights_and_repeats_do_not_count((n, edges) in graphs::any_edges()) {
        let core = cores(&graphs::weighted(n, &edges));
        let pairs: Vec<(u32, u32)> = edges.iter().map(|&(u, v, _)| (v, u)).collect();
        prop_assert_eq!(&core, &cores(&graphs::plain(n, &pairs)));
        prop_assert_eq!(&core, &cores(&graphs::plain(n, &graphs::both_ways(&pairs))));
    }

    #[test]
    fn removing_edges_raises_no_core_number((n, edges) in graphs::any_edges(), keep in 0_usize..80) {
        let all = cores(&graphs::weighted(n, &edges));
        let fewer = cores(&graphs::weighted(n, &edges[..keep.min(edges.len())]));
        prop_assert!(fewer.iter().zip(&all).all(|(fewer, all)| fewer <= all));
    }
}

#[test]
fn closed_forms_are_met() {
    assert!(cores(&graphs::plain(0, &[])).is_empty());
    assert_eq!(cores(&graphs::plain(3, &[])), [0; 3]);
    assert_eq!(cores(&graphs::plain(2, &[(0, 0), (1, 1)])), [0; 2], "loops do not count");
    for size in 2..9 {
        assert_eq!(
            cores(&graphs::plain(size as usize, &graphs::clique(0, size))),
            vec![size - 1; size as usize]
        );
        let cycle: Vec<(u32, u32)> = (0..size).map(|v| (v, (v + 1) % size)).collect();
        let expected = if size == 2 { 1 } else { 2 };
        assert_eq!(cores(&graphs::plain(size as usize, &cycle)), vec![expected; size as usize], "cycle");
        let tree: Vec<(u32, u32)> = (1..size).map(|v| (v, v / 2)).collect();
        assert_eq!(cores(&graphs::plain(size as usize, &tree)), vec![1; size as usize], "tree");
    }
    let ring = graphs::ring_of_cliques(6, 5);
    assert_eq!(cores(&graphs::plain(30, &ring)), [4; 30], "a bridge adds to no core");
    // A complete bipartite graph, 0..4 with 4..11: nodes of the larger side have 4 neighbors, so all nodes are in the
    // 4-core.
    let bipartite: Vec<(u32, u32)> = (0..4).flat_map(|u| (4..11).map(move |v| (v, u))).collect();
    assert_eq!(cores(&graphs::plain(11, &bipartite)), [4; 11]);
    // A clique of 6 with a tail of 4: the tail is peeled from its end.
    let tail = [graphs::clique(0, 6), vec![(5, 6), (6, 7), (7, 8), (8, 9)]].concat();
    assert_eq!(cores(&graphs::plain(10, &tail)), [5, 5, 5, 5, 5, 5, 1, 1, 1, 1]);
}

#[test]
fn networkx_and_igraph_agree() {
    let cases = oracle::measures();
    assert_eq!(cases.len(), 4);
    for case in cases {
        assert_eq!(cores(&graphs::weighted(case.node_count, &case.edges)), case.core, "{}", case.name);
    }
}

/// Waves of more than 512 nodes are peeled by all threads at once.
#[test]
fn large_waves_are_the_same_on_any_pool() {
    let edges = graphs::skewed_edges(20_000, 150_000, 5);
    let ties = neighbors(20_000, &edges);
    let g = graphs::weighted(20_000, &edges);
    assert_eq!(cores(&g), h_indices(&ties));
    pools::assert_same_on_any_pool(|| cores(&g));
    // An undirected tree of 2^16 leaves: every wave except the last removes half of the remaining nodes.
    let tree: Vec<(u32, u32)> = (1..1 << 17).map(|v| (v, v / 2)).collect();
    let tree = graphs::plain(1 << 17, &graphs::both_ways(&tree));
    pools::assert_same_on_any_pool(|| cores(&tree));
    assert!(cores(&tree).iter().all(|core| *core == 1));
}
