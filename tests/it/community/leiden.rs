//! Leiden compared with the best of all partitions of small graphs, with known communities, with igraph, and with the
//! definition of modularity.

#![expect(clippy::print_stderr, reason = "`--nocapture` shows the quality of the results")]

use plaudit::{
    community::{self, LeidenConfig, Partition},
    graph::{self, SymmetricCsr},
    ids::{CommunityId, NodeId},
    num,
};
use proptest::prelude::*;

use crate::support::{
    graphs,
    nmi::{adjusted_rand_index, nmi},
    planted::{Numbering, planted, rmat},
};

fn config(resolution: f64) -> LeidenConfig {
    LeidenConfig { resolution, ..LeidenConfig::default() }
}

fn symmetric(node_count: usize, edges: &[(u32, u32, u64)]) -> SymmetricCsr {
    graph::symmetrize(&graphs::weighted(node_count, edges))
}

fn unweighted(node_count: u32, pairs: &[(u32, u32)]) -> SymmetricCsr {
    graph::symmetrize(&graphs::plain(node_count as usize, pairs))
}

fn labels(partition: &Partition) -> Vec<u32> {
    partition.community.iter().map(|c| c.0).collect()
}

/// Runs Leiden and checks the invariants that hold for every graph.
fn checked(g: &SymmetricCsr, cfg: &LeidenConfig) -> Partition {
    let found = community::leiden(g, cfg);
    assert_eq!(found.community.len(), g.node_count());
    assert_eq!(community::disconnected_communities(g, &found.community), 0, "every community is connected");
    assert_eq!(found.modularity, community::modularity(g, &found.community, cfg.resolution), "as recomputed");
    let mut members = vec![(0_i64, u32::MAX); found.count];
    for (u, c) in found.community.iter().enumerate() {
        let (size, smallest) = members[c.index()];
        members[c.index()] = (size - 1, smallest.min(u as u32));
        let alone = g.strength(NodeId(u as u32)) == 0;
        assert!(!alone || size == 0, "a node without edges is alone");
    }
    assert!(members.is_sorted(), "largest community first, ties by smallest member, none empty");
    assert!(members.iter().all(|&(size, _)| size < 0), "no empty community");
    found
}

/// Modularity by its definition, a double sum over nodes in floats.
fn modularity_by_definition(g: &SymmetricCsr, community: &[CommunityId], resolution: f64) -> f64 {
    let total = g.total_strength() as f64;
    let mut sum = 0.0;
    for u in 0..g.node_count() {
        let row = g.neighbors(NodeId(u as u32));
        let row_strength: u64 = g.weights(NodeId(u as u32)).iter().sum();
        for v in 0..g.node_count() {
            if community[u] == community[v] {
                let weight = match row.binary_search(&NodeId(v as u32)) {
                    Ok(at) => g.weights(NodeId(u as u32))[at],
                    Err(_) if u == v => g.strengths()[u] - row_strength,
                    Err(_) => 0,
                };
                sum += weight as f64 - resolution * g.strengths()[u] as f64 * g.strengths()[v] as f64 / total;
            }
        }
    }
    if total == 0.0 { 0.0 } else { sum / total }
}

/// `2m · 2m · Q` of the best partition, found by trying all partitions (resolution 1).
fn best_of_all_partitions(g: &SymmetricCsr) -> i64 {
    let signed = |weight: u64| i64::try_from(weight).unwrap();
    let worth = |u: usize, v: usize| {
        let row: u64 = g.weights(NodeId(u as u32)).iter().sum();
        let weight = match g.neighbors(NodeId(u as u32)).binary_search(&NodeId(v as u32)) {
            Ok(at) => g.weights(NodeId(u as u32))[at],
            Err(_) if u == v => g.strengths()[u] - row,
            Err(_) => 0,
        };
        signed(weight * g.total_strength()) - signed(g.strengths()[u] * g.strengths()[v])
    };
    let nodes = 0..g.node_count();
    let worth: Vec<Vec<i64>> = nodes.clone().map(|u| nodes.clone().map(|v| worth(u, v)).collect()).collect();
    let mut best = i64::MIN;
    place(0, &mut Vec::new(), 0, &worth, &mut best);
    best
}

/// Puts node `u` into each block in turn and into a new block, and recurses to the next node; `sum` is the quality so
/// far.
fn place(u: usize, blocks: &mut Vec<Vec<usize>>, sum: i64, worth: &[Vec<i64>], best: &mut i64) {
    if u == worth.len() {
        *best = sum.max(*best);
        return;
    }
    for block in 0..=blocks.len() {
        if block == blocks.len() {
            blocks.push(Vec::new());
        }
        let gain: i64 = blocks[block].iter().map(|&v| 2 * worth[u][v]).sum();
        blocks[block].push(u);
        place(u + 1, blocks, sum + gain + worth[u][u], worth, best);
        blocks[block].pop();
        if blocks[block].is_empty() {
            blocks.pop();
        }
    }
}

/// A random weighted graph of 3 to 9 nodes; `i` also sets how dense it is and whether it has loops.
fn small_graph(i: u64) -> SymmetricCsr {
    let random = |stage, item| num::random(7, stage, i, item);
    let n = 3 + random(1, 0) % 7;
    let (density, loops) = (0.2 + 0.6 * num::unit_interval(random(2, 0)), random(3, 0).is_multiple_of(3));
    let mut edges = Vec::new();
    for u in 0..n {
        for v in u..n {
            if num::unit_interval(random(4, u * 9 + v)) < density && (u != v || loops) {
                edges.push((u as u32, v as u32, 1 + random(5, u * 9 + v) % 10));
            }
        }
    }
    symmetric(n as usize, &edges)
}

#[test]
fn small_graphs_reach_the_best_of_all_partitions() {
    let (mut reached, mut tried) = (0, 0);
    for i in 0..600 {
        let g = small_graph(i);
        let total = g.total_strength() as f64;
        if total == 0.0 {
            continue;
        }
        let found = checked(&g, &config(1.0)).modularity;
        let best = best_of_all_partitions(&g) as f64 / (total * total);
        assert!(found <= best + 1e-12, "graph {i}: {found} is above the best of all partitions, {best}");
        tried += 1;
        reached += u32::from(found > best - 1e-12);
    }
    eprintln!("best partition reached in {reached} of {tried} small graphs");
    assert!(reached * 100 >= tried * 95, "{reached} of {tried}");
}

#[test]
fn rings_of_cliques_are_found() {
    // With fewer than about sqrt(edges) cliques, they are the best partition (no resolution limit).
    for (count, size) in [(3, 3), (4, 5), (8, 6), (12, 8), (20, 10), (30, 20)] {
        let g = unweighted(count * size, &graphs::ring_of_cliques(count, size));
        let found = checked(&g, &config(1.0));
        let truth: Vec<u32> = (0..count * size).map(|u| u / size).collect();
        assert_eq!(labels(&found), truth, "{count} cliques of {size}");
        // All edges except the bridges are inside cliques, and all cliques have the same volume.
        let edges = f64::from(count * (size * (size - 1) / 2 + 1));
        let closed_form = 1.0 - f64::from(count) / edges - 1.0 / f64::from(count);
        assert!((found.modularity - closed_form).abs() < 1e-12);
    }
}

#[test]
fn planted_communities_are_found() {
    for (numbering, groups, size) in [
        (Numbering::Random, 40, 50),
        (Numbering::Grouped, 40, 50),
        (Numbering::Random, 50, 100),
        (Numbering::Grouped, 50, 100),
    ] {
        let hidden = planted(groups, size, 8, 0.2, numbering, 3);
        let g = symmetric(hidden.truth.len(), &hidden.edges);
        let found = labels(&checked(&g, &config(1.0)));
        let (alike, rand) = (nmi(&found, &hidden.truth), adjusted_rand_index(&found, &hidden.truth));
        assert!(alike >= 0.99 && rand >= 0.98, "{groups} x {size}: NMI {alike}, ARI {rand}");
    }
}

#[test]
fn small_communities_need_a_resolution() {
    // There are so many small communities that merging some of them adds modularity (the resolution limit): the planted
    // partition is not the best partition, and Leiden finds a better one.
    let hidden = planted(150, 32, 8, 0.2, Numbering::Grouped, 3);
    let g = symmetric(hidden.truth.len(), &hidden.edges);
    let truth: Vec<CommunityId> = hidden.truth.iter().map(|&c| CommunityId(c)).collect();
    let plain = checked(&g, &config(1.0));
    assert!(plain.count < 150 && plain.modularity > community::modularity(&g, &truth, 1.0));
    let finer = checked(&g, &config(4.0));
    assert!(nmi(&labels(&finer), &hidden.truth) >= 0.99);
}

#[test]
fn communities_that_differ_in_weights_only_are_found() {
    // A complete graph in which pairs inside a block of 6 weigh 20 and all others 1.
    let n = 24_u32;
    let weight = |u: u32, v: u32| if u / 6 == v / 6 { 20 } else { 1 };
    let edges: Vec<_> = graphs::clique(0, n).into_iter().map(|(u, v)| (u, v, weight(u, v))).collect();
    let found = checked(&symmetric(n as usize, &edges), &config(1.0));
    assert_eq!(labels(&found), (0..n).map(|u| u / 6).collect::<Vec<_>>());
}

#[test]
fn modularity_is_as_good_as_that_of_igraph() {
    // The table of tests/oracles/leiden_igraph.py has the sizes, and the medians of the modularity that igraph's Leiden
    // reaches in two iterations and at convergence. On a graph with hardly any communities, both medians vary by a
    // percent with the seed.
    let table = include_str!("../../oracles/leiden_igraph.csv");
    let graphs = [
        (2400, planted(40, 60, 10, 0.5, Numbering::Random, 11).edges, 0.997),
        (8000, planted(100, 80, 10, 0.6, Numbering::Random, 12).edges, 0.997),
        (4096, rmat(12, 30_000, 13).into_iter().filter(|(u, v, _)| u != v).collect(), 0.99),
    ];
    for (line, (n, edges, share)) in table.lines().skip(1).zip(graphs) {
        let (name, numbers) = line[1..].split_once("\",").unwrap();
        let numbers: Vec<f64> = numbers.split(',').map(|field| field.parse().unwrap()).collect();
        let g = symmetric(n, &edges);
        let size = [n as f64, g.pair_count() as f64, g.total_strength() as f64 / 2.0];
        assert_eq!(size, numbers[..3], "{name} is the graph that igraph was given");
        for (iterations, igraph) in [(2, numbers[3]), (10, numbers[4])] {
            let run = |seed| checked(&g, &LeidenConfig { seed, iterations, ..config(1.0) }).modularity;
            let mut found: Vec<f64> = (0..9).map(run).collect();
            found.sort_by(f64::total_cmp);
            eprintln!("{name}, {iterations} iterations: {found:.6?}, igraph {igraph}");
            assert!(
                found[4] >= igraph * share,
                "{name}, {iterations} iterations: {found:?} against {igraph}"
            );
        }
    }
}

struct LargeGraph {
    name: &'static str,
    nodes: usize,
    edges: Vec<(u32, u32, u64)>,
}

/// Graphs large enough for many nodes per sub-round, for pruning and for a second iteration.
fn large_graphs() -> [LargeGraph; 3] {
    let hidden = planted(300, 60, 6, 0.35, Numbering::Random, 5);
    [
        LargeGraph { name: "planted", nodes: hidden.truth.len(), edges: hidden.edges },
        LargeGraph { name: "rmat", nodes: 1 << 15, edges: rmat(15, 1 << 18, 9) },
        // Beyond 65,536 nodes, ratings are hashed, hubs are refined first, and an iteration may be skipped.
        LargeGraph { name: "large rmat", nodes: 1 << 17, edges: rmat(17, 1 << 18, 10) },
    ]
}

#[test]
fn same_bytes_at_any_thread_count() {
    for LargeGraph { name, nodes: n, edges } in large_graphs() {
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| community::leiden(&symmetric(n, &edges), &config(1.0)))
        };
        let alone = checked(&symmetric(n, &edges), &config(1.0));
        assert!(alone.levels() >= 2, "{name} aggregates");
        for threads in [1, 2, 3, 8, 8] {
            assert_eq!(run(threads), alone, "{name} at {threads} threads");
        }
    }
}

#[test]
fn same_bytes_for_any_order_of_the_edges() {
    for LargeGraph { name, nodes: n, mut edges } in large_graphs() {
        let first = community::leiden(&symmetric(n, &edges), &config(1.0));
        edges.sort_by_key(|&(u, v, w)| num::random(1, u64::from(u), u64::from(v), w));
        for (i, (u, v, _)) in edges.iter_mut().enumerate() {
            if i % 2 == 0 {
                std::mem::swap(u, v);
            }
        }
        assert_eq!(community::leiden(&symmetric(n, &edges), &config(1.0)), first, "{name}");
    }
}

#[test]
fn a_second_iteration_does_not_lose_quality() {
    for LargeGraph { name, nodes: n, edges } in large_graphs() {
        let g = symmetric(n, &edges);
        let run = |iterations| checked(&g, &LeidenConfig { iterations, ..config(1.0) }).modularity;
        let rising = [run(1), run(2), run(3)];
        assert!(rising.is_sorted(), "{name}: {rising:?}");
        assert!(rising[2] > rising[0], "{name}: a later iteration improves the result");
    }
}

#[test]
fn a_warm_start_is_never_worse_than_its_start() {
    for LargeGraph { name, nodes: n, edges } in large_graphs() {
        let g = symmetric(n, &edges);
        let cold = checked(&g, &config(1.0));
        // Warm starts from the result itself, from the same communities under other ids, and from random communities,
        // which are not connected.
        let from = |start: &[CommunityId], threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| community::leiden_from(&g, start, &config(1.0)))
        };
        let warm = from(&cold.community, 2);
        assert!(warm.modularity >= cold.modularity, "{name}");
        assert!(nmi(&labels(&warm), &labels(&cold)) > 0.8, "{name} stays nearly as it is");
        assert_eq!(community::disconnected_communities(&g, &warm.community), 0);
        let renamed: Vec<CommunityId> = cold.community.iter().map(|c| CommunityId(7 * c.0 + 3)).collect();
        for threads in [1, 3, 8] {
            assert_eq!(from(&renamed, threads), warm, "{name} at {threads} threads");
        }
        let random: Vec<CommunityId> = (0..n as u32).map(|u| CommunityId(u % 9)).collect();
        let found = from(&random, 2);
        assert!(found.modularity > community::modularity(&g, &random, 1.0), "{name}");
        assert_eq!(community::disconnected_communities(&g, &found.community), 0);
    }
}

#[test]
fn a_warm_start_merges_communities_only_for_an_eighth_of_their_ties() {
    // Twelve cliques of ten, the first two tied by `ties` edges between their members. Each of the two cliques has a
    // volume of 90 + ties, the graph has a volume of 1080 + 2 ties. With 10 ties, merging gains 10 - 100 * 100 / 1100 =
    // 0.9, less than an eighth of 10; with 12 ties, it gains 12 - 102 * 102 / 1104 = 2.6, more than an eighth of 12.
    let start: Vec<CommunityId> = (0..120).map(|u| CommunityId(u / 10)).collect();
    for (ties, merges) in [(10, false), (12, true)] {
        let cliques = (0..12).flat_map(|c| graphs::clique(10 * c, 10));
        let bridges = (0..ties).map(|i| (i % 10, 10 + (i + i / 10) % 10));
        let g = unweighted(120, &cliques.chain(bridges).collect::<Vec<_>>());
        assert_eq!(checked(&g, &config(1.0)).count, 11, "from single nodes any gain counts");
        let warm = community::leiden_from(&g, &start, &config(1.0));
        assert_eq!(warm.count, if merges { 11 } else { 12 }, "{ties} ties");
        let converging = LeidenConfig { converge: true, ..config(1.0) };
        assert_eq!(
            community::leiden_from(&g, &start, &converging).count,
            11,
            "there is no margin at convergence"
        );
    }
}

#[test]
fn higher_resolution_does_not_find_fewer_communities() {
    let g = unweighted(60, &graphs::ring_of_cliques(12, 5));
    let counts: Vec<usize> =
        [0.01, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0, 1000.0].map(|r| checked(&g, &config(r)).count).to_vec();
    assert!(counts.is_sorted(), "{counts:?}");
    assert_eq!((counts[0], counts[3], counts[7]), (1, 12, 60), "one community, the cliques, single nodes");
}

#[test]
fn graphs_without_communities() {
    let none = checked(&symmetric(0, &[]), &config(1.0));
    assert_eq!((none.count, none.modularity), (0, 0.0));
    let one = checked(&symmetric(1, &[]), &config(1.0));
    assert_eq!((labels(&one), one.count, one.modularity), (vec![0], 1, 0.0));
    let looped = checked(&symmetric(1, &[(0, 0, 3)]), &config(1.0));
    assert_eq!((labels(&looped), looped.modularity), (vec![0], 0.0));
    let apart = checked(&symmetric(3, &[]), &config(1.0));
    assert_eq!((labels(&apart), apart.modularity), (vec![0, 1, 2], 0.0));
}

#[test]
fn components_are_never_merged() {
    // Two triangles, and a node without edges whose number is between the numbers of the triangles.
    let g = unweighted(7, &[(0, 1), (1, 2), (2, 0), (4, 5), (5, 6), (6, 4)]);
    let found = checked(&g, &config(1.0));
    assert_eq!(labels(&found), [0, 0, 0, 2, 1, 1, 1]);
    assert_eq!(found.modularity, 0.5);
}

#[test]
fn a_star_is_one_community_and_a_heavy_loop_attracts_no_node() {
    let star: Vec<_> = (1..50).map(|leaf| (0, leaf, 1)).collect();
    assert_eq!(checked(&symmetric(50, &star), &config(1.0)).count, 1);
    // A heavy loop does not tie node 1 to any other node: nodes 2 and 3, joined by a heavy edge, stay a community.
    let looped = checked(&symmetric(4, &[(0, 1, 1), (1, 1, 50), (2, 3, 50)]), &config(1.0));
    assert_eq!(looped.community[2], looped.community[3]);
    assert_ne!(looped.community[1], looped.community[2]);
}

proptest! {
    #[test]
    fn quality_is_the_definition((n, edges) in graphs::any_edges(), resolution in 0.1_f64..4.0, blocks in 1_u32..6) {
        let g = symmetric(n, &edges);
        let community: Vec<CommunityId> = (0..n as u32).map(|u| CommunityId(u * 7 % blocks)).collect();
        let exact = community::modularity(&g, &community, resolution);
        let expected = modularity_by_definition(&g, &community, resolution);
        // The resolution is rounded to 30 binary digits.
        prop_assert!((exact - expected).abs() < 1e-8, "{exact} {expected}");
    }

    #[test]
    fn every_graph_gets_a_valid_partition((n, edges) in graphs::any_edges(), resolution in 0.1_f64..4.0) {
        let g = symmetric(n, &edges);
        let found = checked(&g, &config(resolution));
        let alone: Vec<CommunityId> = (0..n as u32).map(CommunityId).collect();
        prop_assert!(found.modularity >= community::modularity(&g, &alone, resolution));
        prop_assert!(found.modularity >= community::modularity(&g, &vec![CommunityId(0); n], resolution) - 0.05);
    }

    #[test]
    fn a_common_factor_of_the_weights_changes_nothing((n, edges) in graphs::any_edges(), factor in 2_u64..1000) {
        let scaled: Vec<_> = edges.iter().map(|&(u, v, w)| (u, v, w * factor)).collect();
        let (plain, scaled) = (symmetric(n, &edges), symmetric(n, &scaled));
        let (first, second) = (checked(&plain, &config(1.5)), checked(&scaled, &config(1.5)));
        prop_assert_eq!(first.community, second.community);
        prop_assert!((first.modularity - second.modularity).abs() < 1e-12);
    }

    #[test]
    fn disconnected_communities_are_counted_as_by_walks((n, edges) in graphs::any_edges(), blocks in 1_u32..5) {
        let g = symmetric(n, &edges);
        let community: Vec<CommunityId> = (0..n as u32).map(|u| CommunityId(u % blocks)).collect();
        // A community is connected if a walk inside it from its first member reaches every member.
        let broken = (0..blocks).filter(|&c| {
            let members: Vec<u32> = (0..n as u32).filter(|u| u % blocks == c).collect();
            let mut met: Vec<u32> = members.first().copied().into_iter().collect();
            let mut next = 0;
            while next < met.len() {
                let row = g.neighbors(NodeId(met[next]));
                met.extend(row.iter().map(|v| v.0).filter(|v| v % blocks == c && !met.contains(v)).collect::<Vec<_>>());
                next += 1;
            }
            met.len() != members.len()
        });
        prop_assert_eq!(community::disconnected_communities(&g, &community), broken.count());
    }
}

#[test]
fn the_heaviest_edges_do_not_overflow() {
    // Pairs with the largest possible edge weight: products of strengths need far more than 64 bits.
    let heavy = u64::from(u32::MAX);
    let edges: Vec<_> = (0..64).map(|i| (2 * i, 2 * i + 1, heavy)).collect();
    let g = symmetric(128, &edges);
    let found = checked(&g, &config(1.0));
    assert_eq!(found.count, 64);
    assert_eq!(found.modularity, 1.0 - 1.0 / 64.0);
}
