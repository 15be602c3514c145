//! Leiden beyond plain modularity: directed modularity, the constant Potts model, size limits, hierarchy, warm starts,
//! hubs, heavy weights.

#![expect(clippy::print_stderr, reason = "`--nocapture` shows the quality of the results")]

use std::collections::{BTreeMap, BTreeSet};

use plaudit::{
    community::{self, LeidenConfig, Partition, Quality},
    config::defaults,
    graph::{self, Graph, SymmetricCsr},
    ids::{CommunityId, NodeId},
    num,
};
use proptest::prelude::*;

use crate::support::{
    graphs,
    planted::{Numbering, planted, rmat},
};

const ALL: [Quality; 3] = [Quality::Modularity, Quality::DirectedModularity, Quality::Cpm];

fn config(quality: Quality, resolution: f64) -> LeidenConfig {
    LeidenConfig { quality, resolution, ..LeidenConfig::default() }
}

fn communities(labels: &[u32]) -> Vec<CommunityId> {
    labels.iter().map(|&label| CommunityId(label)).collect()
}

/// `matrix[u][v]`, the weight of the edge from `u` to `v`.
fn matrix(g: &Graph) -> Vec<Vec<f64>> {
    let mut matrix = vec![vec![0.0; g.node_count()]; g.node_count()];
    let mut rows = g.out_edges().rows();
    for u in g.nodes() {
        for (v, weight) in rows.row(u).iter() {
            matrix[u.index()][v.index()] += f64::from(weight);
        }
    }
    matrix
}

/// The quality by its definition: a sum over pairs of nodes in floats.
fn by_definition(matrix: &[Vec<f64>], labels: &[u32], quality: Quality, resolution: f64) -> f64 {
    let n = labels.len();
    let out = |u: usize| matrix[u].iter().sum::<f64>();
    let into = |v: usize| matrix.iter().map(|row| row[v]).sum::<f64>();
    let total: f64 = (0..n).map(out).sum();
    if total == 0.0 {
        return 0.0;
    }
    let together = |u: usize, v: usize| labels[u] == labels[v];
    let pairs = || (0..n).flat_map(|u| (0..n).map(move |v| (u, v))).filter(|&(u, v)| together(u, v));
    let inside: f64 = pairs().map(|(u, v)| matrix[u][v]).sum();
    let both = |u: usize| out(u) + into(u);
    let expected: f64 = match quality {
        Quality::Modularity => pairs().map(|(u, v)| both(u) * both(v) / (4.0 * total)).sum(),
        Quality::DirectedModularity => pairs().map(|(u, v)| out(u) * into(v) / total).sum(),
        Quality::Cpm => {
            let tied = |u: usize, v: usize| matrix[u][v] + matrix[v][u];
            let ties = || (0..n).flat_map(|u| (0..u).map(move |v| (u, v))).map(|(u, v)| tied(u, v));
            let present = |u: usize| both(u) > 0.0;
            let company = pairs().filter(|&(u, v)| u < v && present(u) && present(v)).count();
            let mean = ties().sum::<f64>() / (ties().filter(|&tie| tie > 0.0).count() as f64).max(1.0);
            company as f64 * mean
        }
    };
    (inside - resolution * expected) / total
}

/// Every partition of the nodes `0..n`, as one label per node.
fn partitions(n: usize) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new()];
    for _ in 0..n {
        let longer = |labels: &Vec<u32>| {
            let blocks = labels.iter().max().map_or(0, |&most| most + 1);
            let labels = labels.clone();
            (0..=blocks).map(move |block| [&labels[..], &[block]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

/// A random directed weighted graph of 3 to 7 nodes.
fn small_graph(i: u64) -> Graph {
    let random = |stage, item| num::random(11, stage, i, item);
    let n = 3 + random(1, 0) % 5;
    let density = 0.2 + 0.5 * num::unit_interval(random(2, 0));
    let mut edges = Vec::new();
    for u in 0..n {
        for v in 0..n {
            if u != v && num::unit_interval(random(4, u * 9 + v)) < density {
                edges.push((u as u32, v as u32, 1 + random(5, u * 9 + v) % 10));
            }
        }
    }
    graphs::weighted(n as usize, &edges)
}

#[test]
fn small_graphs_reach_the_best_of_all_partitions_in_every_quality() {
    for quality in ALL {
        let (mut tried, mut reached) = (0, 0);
        for i in 0..150 {
            let directed = small_graph(i);
            let (g, matrix) = (graph::symmetrize(&directed), matrix(&directed));
            let resolution = [0.5, 1.0, 1.5][i as usize % 3];
            let found = community::leiden(&g, &config(quality, resolution));
            let values = partitions(g.node_count());
            let values = values.iter().map(|labels| by_definition(&matrix, labels, quality, resolution));
            let best = values.max_by(f64::total_cmp).unwrap();
            assert!(
                found.quality <= best + 1e-6,
                "{quality:?}, graph {i}: {} is above the best, {best}",
                found.quality
            );
            tried += 1;
            reached += u32::from(found.quality > best - 1e-6);
        }
        assert!(reached * 100 >= tried * 90, "{quality:?}: {reached} of {tried}");
    }
}

#[test]
fn directed_modularity_of_two_rings_is_a_half() {
    // Two rings of four, each node with edges to the next two, and no edge between the rings.
    let mut pairs = Vec::new();
    for ring in [0, 4] {
        pairs.extend((0..4).flat_map(|i| [(ring + i, ring + (i + 1) % 4), (ring + i, ring + (i + 2) % 4)]));
    }
    let directed = graphs::plain(8, &pairs);
    let g = graph::symmetrize(&directed);
    let found = community::leiden(&g, &config(Quality::DirectedModularity, 1.0));
    assert_eq!(found.count, 2);
    // For each community C, in_C / m = 1/2 and out_C into_C / m^2 = 1/4.
    assert!((found.quality - 0.5).abs() < 1e-12);
}

#[test]
fn the_constant_potts_model_has_no_resolution_limit() {
    // A ring of more cliques than modularity can tell apart; all pairs of a clique are edges, and one edge leads to the
    // next clique.
    let (count, size) = (200, 5);
    let g = graph::symmetrize(&graphs::plain(1000, &graphs::ring_of_cliques(count, size)));
    let potts = community::leiden(&g, &config(Quality::Cpm, 0.5));
    assert_eq!(potts.count, count as usize);
    let plain = community::leiden(&g, &config(Quality::Modularity, 1.0));
    assert!(plain.count < count as usize);
    // Each clique has ten edges, ten pairs and a bridge; all weights are equal.
    let edges = f64::from(count) * 11.0;
    assert!((potts.quality - f64::from(count) * (10.0 - 0.5 * 10.0) / edges).abs() < 1e-9);
}

#[test]
fn same_bytes_at_any_thread_count_in_every_quality() {
    let hidden = planted(100, 60, 6, 0.35, Numbering::Random, 5);
    let graphs = [graphs::weighted(6000, &hidden.edges), graphs::weighted(1 << 12, &rmat(12, 1 << 15, 9))];
    for (quality, resolution) in [(Quality::DirectedModularity, 1.0), (Quality::Cpm, 0.05)] {
        let cfg = LeidenConfig { min_size: 4, max_size: Some(300), ..config(quality, resolution) };
        for directed in &graphs {
            let g = graph::symmetrize(directed);
            let alone = community::leiden(&g, &cfg);
            assert!(alone.levels() > 1);
            for threads in [1, 2, 3, 8] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let found = pool.install(|| community::leiden(&g, &cfg));
                assert_eq!(found, alone, "{quality:?} at {threads} threads");
            }
        }
    }
}

/// The largest gain in modularity from a single move of a node, by the definition, in whole numbers.
fn best_single_move(g: &SymmetricCsr, found: &Partition) -> i128 {
    let total = i128::from(g.total_strength());
    let mut volume: BTreeMap<CommunityId, i128> = BTreeMap::new();
    for (u, c) in found.community.iter().enumerate() {
        *volume.entry(*c).or_default() += i128::from(g.strengths()[u]);
    }
    let mut best = 0;
    for u in (0..g.node_count()).map(|u| NodeId(u as u32)) {
        let (own, strength) = (found.community[u.index()], i128::from(g.strength(u)));
        let mut to: BTreeMap<CommunityId, i128> = BTreeMap::new();
        for (v, &weight) in g.neighbors(u).iter().zip(g.weights(u)) {
            *to.entry(found.community[v.index()]).or_default() += i128::from(weight);
        }
        let worth = |c: CommunityId, without: i128| {
            to.get(&c).copied().unwrap_or(0) * total - strength * (volume[&c] - without)
        };
        let stay = worth(own, strength);
        let elsewhere = to.keys().filter(|&&c| c != own).map(|&c| worth(c, 0));
        let most = elsewhere.chain([0]).max().unwrap();
        best = best.max(most - stay);
    }
    best
}

#[test]
fn no_single_move_adds_quality_at_convergence() {
    let hidden = planted(120, 40, 4, 0.6, Numbering::Random, 8);
    for g in [graphs::weighted(4800, &hidden.edges), graphs::weighted(1 << 13, &rmat(13, 1 << 16, 3))] {
        let g = graph::symmetrize(&g);
        let quick = community::leiden(&g, &LeidenConfig::default());
        let slow = community::leiden(&g, &LeidenConfig { converge: true, ..LeidenConfig::default() });
        assert_eq!(best_single_move(&g, &slow), 0);
        assert!(slow.quality >= quick.quality);
        assert_eq!(community::disconnected_communities(&g, &slow.community), 0);
    }
}

fn sizes(found: &Partition) -> Vec<usize> {
    let mut sizes = vec![0; found.count];
    found.community.iter().for_each(|c| sizes[c.index()] += 1);
    sizes
}

#[test]
fn size_limits_hold() {
    let hidden = planted(30, 90, 8, 0.2, Numbering::Random, 6);
    let g = graph::symmetrize(&graphs::weighted(2700, &hidden.edges));
    for (min_size, max_size) in [(1, Some(50)), (20, Some(60)), (100, None), (10_000, None), (1, Some(1))] {
        let cfg = LeidenConfig { min_size, max_size, ..LeidenConfig::default() };
        let found = community::leiden(&g, &cfg);
        assert!(sizes(&found).iter().all(|&size| size <= max_size.unwrap_or(u32::MAX) as usize));
        assert_eq!(community::disconnected_communities(&g, &found.community), 0);
        // A community stays too small only if merging it with any neighboring community would exceed the maximum size.
        let size = sizes(&found);
        for u in (0..2700).map(NodeId) {
            let own = found.community[u.index()];
            for v in g.neighbors(u).iter().map(|v| found.community[v.index()]).filter(|&v| v != own) {
                let together = size[own.index()] + size[v.index()];
                let room = max_size.is_none_or(|most| together <= most as usize);
                assert!(size[own.index()] >= min_size as usize || !room, "{min_size} {max_size:?}");
            }
        }
        assert!((found.quality - community::modularity(&g, &found.community, 1.0)).abs() < 1e-15);
    }
    let clique = graph::symmetrize(&graphs::plain(40, &graphs::clique(0, 40)));
    let halves = LeidenConfig { max_size: Some(15), ..LeidenConfig::default() };
    assert!(sizes(&community::leiden(&clique, &halves)).iter().all(|&size| size <= 15), "even a clique");
}

#[test]
fn fragments_of_a_split_community_are_joined_up_to_the_limit() {
    // A path of 600 nodes is cut into pieces; no small piece fits the limit together with a neighboring piece.
    let path: Vec<(u32, u32)> = (1..600).map(|v| (v - 1, v)).collect();
    let star: Vec<(u32, u32)> = (1..600).map(|leaf| (0, leaf)).collect();
    for most in [2, 3, 10, 50] {
        let cfg = LeidenConfig { max_size: Some(most), resolution: 0.001, ..LeidenConfig::default() };
        let cut = sizes(&community::leiden(&graph::symmetrize(&graphs::plain(600, &path)), &cfg));
        assert!(cut.len() <= 600 * 2 / most as usize, "{most}: {} pieces", cut.len());
        // All edges lead to the hub: its community is full, and all other leaves are alone.
        let cut = sizes(&community::leiden(&graph::symmetrize(&graphs::plain(600, &star)), &cfg));
        assert_eq!((cut[0], cut.len()), (most as usize, 601 - most as usize));
    }
}

#[test]
fn no_resolution_is_too_high() {
    let loops = (0..2000).map(|u| (u, u, 1));
    let edges: Vec<_> = loops.chain([(0, 1, 4_000_000_000)]).collect();
    let g = graph::symmetrize(&graphs::weighted(2000, &edges));
    for quality in ALL {
        let found = community::leiden(&g, &config(quality, 1e18));
        assert_eq!(found.count, 2000, "{quality:?}");
    }
}

/// The share of nodes that keep their community, where communities are matched greedily, the largest overlap first.
fn kept(before: &Partition, after: &Partition) -> f64 {
    let mut overlap: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for (a, b) in before.community.iter().zip(&after.community) {
        *overlap.entry((a.0, b.0)).or_default() += 1;
    }
    let mut pairs: Vec<(usize, (u32, u32))> =
        overlap.into_iter().map(|(pair, nodes)| (nodes, pair)).collect();
    pairs.sort_unstable_by(|a, b| b.cmp(a));
    let (mut olds, mut news) = (BTreeSet::new(), BTreeSet::new());
    let mut kept = 0;
    for (nodes, (old, new)) in pairs {
        if !olds.contains(&old) && !news.contains(&new) {
            olds.insert(old);
            news.insert(new);
            kept += nodes;
        }
    }
    kept as f64 / before.community.len() as f64
}

#[test]
fn few_changed_edges_move_few_nodes_between_runs() {
    // A graph with communities that are hard to find, and a graph with hardly any communities; several runs in a row.
    let hard = planted(60, 100, 8, 0.6, Numbering::Random, 3).edges;
    let hubs: Vec<_> = rmat(13, 60_000, 4).into_iter().filter(|(u, v, _)| u != v).collect();
    // The first search has as many iterations as a run has by default: moves that a shorter search leaves undone would
    // happen in later runs.
    let cfg = LeidenConfig { iterations: defaults::COMMUNITY_ITERATIONS, ..LeidenConfig::default() };
    for (name, n, edges) in [("planted", 6000, hard), ("rmat", 1 << 13, hubs)] {
        for changed in [1, edges.len() * 15 / 1000] {
            let mut edges = edges.clone();
            let mut last = community::leiden(&graph::symmetrize(&graphs::weighted(n, &edges)), &cfg);
            for run in 0..3 {
                let draw = |i: usize, stage, below: usize| {
                    (num::random(run, stage, i as u64, 0) % below as u64) as usize
                };
                for i in 0..changed {
                    let partner = edges[draw(i, 2, edges.len())].1;
                    let edge = draw(i, 1, edges.len());
                    edges[edge].1 = partner;
                }
                let g = graph::symmetrize(&graphs::weighted(n, &edges));
                let next = community::leiden_from(&g, &last.community, &cfg);
                let cold = community::leiden(&g, &cfg);
                let share = kept(&last, &next);
                eprintln!(
                    "{name}, {changed} edges, run {run}: {share} kept, {} {}",
                    next.quality, cold.quality
                );
                assert!(share >= 0.98, "{name}, {changed} edges, run {run}: {share}");
                // A warm start that keeps communities loses some quality.
                assert!(next.quality >= cold.quality * 0.96, "{name}: {} {}", next.quality, cold.quality);
                last = next;
            }
        }
    }
}

#[test]
fn new_nodes_form_their_community_in_a_warm_start() {
    // Forty communities, and 120 new nodes with edges mostly to each other.
    let old = planted(40, 50, 8, 0.3, Numbering::Random, 7).edges;
    let (from, crowd) = (2000_u32, 120);
    let random =
        |i: u32, stage, below: u32| (num::random(7, stage, u64::from(i), 0) % u64::from(below)) as u32;
    let inside = (0..crowd * 5).map(|i| (from + i % crowd, from + random(i, 1, crowd), 1));
    let outside = (0..crowd * 2).map(|i| (from + i % crowd, random(i, 2, from), 1));
    let current: Vec<_> =
        old.iter().copied().chain(inside).chain(outside).filter(|(u, v, _)| u != v).collect();
    let cfg = LeidenConfig::default();
    let n = (from + crowd) as usize;
    let last = community::leiden(&graph::symmetrize(&graphs::weighted(n, &old)), &cfg);
    let next =
        community::leiden_from(&graph::symmetrize(&graphs::weighted(n, &current)), &last.community, &cfg);
    let mut sizes: BTreeMap<u32, u32> = BTreeMap::new();
    next.community[from as usize..].iter().for_each(|c| *sizes.entry(c.0).or_default() += 1);
    let largest = *sizes.values().max().unwrap();
    assert!(largest >= 114, "of {crowd} new nodes, {largest} are together: {sizes:?}");
    let stayed = kept(&last, &next);
    assert!(stayed * n as f64 >= 0.98 * f64::from(from), "{stayed}");
}

#[test]
fn small_communities_join_the_neighbor_with_most_edge_weight() {
    // Two cliques; a pair of nodes with more edge weight to the second clique; a pair without edges to other nodes.
    let clique = |from| graphs::clique(from, 6).into_iter().map(|(u, v)| (u, v, 10));
    let pairs = [(12, 13, 50), (12, 0, 1), (13, 6, 2), (14, 15, 9)];
    let edges: Vec<_> = clique(0).chain(clique(6)).chain(pairs).collect();
    let g = graph::symmetrize(&graphs::weighted(16, &edges));
    let of = |min_size| {
        let found = community::leiden(&g, &LeidenConfig { min_size, ..LeidenConfig::default() });
        found.community.iter().map(|c| c.0).collect::<Vec<_>>()
    };
    assert_eq!(of(1), [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 3, 3]);
    assert_eq!(of(3), [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2]);
}

#[test]
fn parts_are_nested_and_connected() {
    let hidden = planted(60, 100, 8, 0.3, Numbering::Random, 6);
    let g = graph::symmetrize(&graphs::weighted(6000, &hidden.edges));
    let found = community::leiden(&g, &LeidenConfig::default());
    for parts in &found.parts {
        assert_eq!(community::disconnected_communities(&g, &communities(parts)), 0);
    }
    nested(&found);
    for (min_size, max_size) in [(1, Some(40)), (200, None), (30, Some(70))] {
        nested(&community::leiden(&g, &LeidenConfig { min_size, max_size, ..LeidenConfig::default() }));
    }
}

/// Checks that the parts of a partition are nested.
fn nested(found: &Partition) {
    let hierarchy = found.hierarchy();
    assert_eq!((hierarchy.numbers.len(), found.levels()), (found.parts.len(), found.parts.len() + 1));
    assert!(found.levels() > 1, "there is more than one level");
    let mut above: Vec<u32> = found.community.iter().map(|c| c.0).collect();
    for (parts, numbers) in found.parts.iter().zip(&hierarchy.numbers) {
        let mut parent: BTreeMap<u32, u32> = BTreeMap::new();
        let mut names: BTreeMap<(u32, u32), BTreeSet<u32>> = BTreeMap::new();
        for u in 0..6000 {
            assert_eq!(
                *parent.entry(parts[u]).or_insert(above[u]),
                above[u],
                "each part lies in one part of the level above"
            );
            names.entry((above[u], numbers[u])).or_default().insert(parts[u]);
        }
        assert!(
            names.values().all(|parts| parts.len() == 1),
            "numbers of parts are unique within their parent"
        );
        assert_eq!(names.len(), parent.len(), "a part has one number");
        above.clone_from(parts);
    }
    let path = hierarchy.path(7, NodeId(0));
    assert_eq!(path.split('/').count(), found.levels());
    assert!(path.starts_with("7/"));
}

#[test]
fn dividing_a_hub_among_threads_changes_nothing() {
    // Small cliques, and one node with edges to all others: its row is cut into pieces.
    let n = 150_000_u32;
    let cliques = (1..n - 5).step_by(5).flat_map(|from| graphs::clique(from, 5));
    let pairs: Vec<(u32, u32)> = (1..n).map(|v| (0, v)).chain(cliques).collect();
    let g = graph::symmetrize(&graphs::plain(n as usize, &pairs));
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| community::leiden(&g, &LeidenConfig::default()))
    };
    let alone = run(1);
    assert_eq!(community::disconnected_communities(&g, &alone.community), 0);
    assert_eq!(alone.quality, community::modularity(&g, &alone.community, 1.0));
    for threads in [2, 3, 8] {
        assert_eq!(run(threads), alone, "{threads} threads");
    }
    // Every other node has edges only to the hub and its clique, so it is in the community of the hub or of its clique.
    assert!(alone.count <= n as usize / 5 + 1);
}

#[test]
fn weights_beyond_32_bits_change_nothing_but_the_scale() {
    let hidden = planted(700, 100, 5, 0.3, Numbering::Random, 4);
    let scaled = |factor: u64| -> Vec<(u32, u32, u64)> {
        hidden.edges.iter().map(|&(u, v, weight)| (u, v, weight * factor)).collect()
    };
    let run = |factor| {
        community::leiden(
            &graph::symmetrize(&graphs::weighted(70_000, &scaled(factor))),
            &LeidenConfig::default(),
        )
    };
    let (light, heavy) = (run(1), run(400_000_000));
    assert_eq!((light.community, light.parts), (heavy.community, heavy.parts));
    assert!((light.quality - heavy.quality).abs() < 1e-12);
}

proptest! {
    #[test]
    fn quality_is_the_definition_for_every_function(
        (n, edges) in graphs::any_edges(),
        resolution in 0.1_f64..4.0,
        blocks in 1_u32..6,
    ) {
        let directed = graphs::weighted(n, &edges);
        let (g, matrix) = (graph::symmetrize(&directed), matrix(&directed));
        let labels: Vec<u32> = (0..n as u32).map(|u| u * 7 % blocks).collect();
        for quality in ALL {
            let exact = community::quality(&g, &communities(&labels), quality, resolution);
            let expected = by_definition(&matrix, &labels, quality, resolution);
            prop_assert!((exact - expected).abs() < 1e-6, "{quality:?}: {exact} {expected}");
        }
    }

    #[test]
    fn every_option_gives_a_valid_partition(
        (n, edges) in graphs::any_edges(),
        resolution in 0.1_f64..4.0,
        min_size in 1_u32..5,
        max_size in 3_u32..20,
        at in 0_usize..3,
    ) {
        let g = graph::symmetrize(&graphs::weighted(n, &edges));
        let cfg = LeidenConfig { min_size, max_size: Some(max_size), ..config(ALL[at], resolution) };
        let found = community::leiden(&g, &cfg);
        prop_assert_eq!(community::disconnected_communities(&g, &found.community), 0);
        prop_assert!(sizes(&found).iter().all(|&size| size >= 1 && size <= max_size as usize));
        prop_assert_eq!(found.quality, community::quality(&g, &found.community, ALL[at], resolution));
        let again = community::leiden_from(&g, &found.community, &LeidenConfig { min_size: 1, max_size: None, ..cfg });
        prop_assert!(again.quality >= found.quality - 1e-12);
        // With an arbitrary start partition, the size limits hold, and the ids of its communities do not matter.
        let start = |factor: u32| communities(&(0..n as u32).map(|u| u * 5 % 7 * factor).collect::<Vec<_>>());
        for converge in [false, true] {
            let cfg = LeidenConfig { converge, ..cfg };
            let warm = community::leiden_from(&g, &start(1), &cfg);
            prop_assert!(sizes(&warm).iter().all(|&size| size >= 1 && size <= max_size as usize));
            prop_assert_eq!(community::disconnected_communities(&g, &warm.community), 0);
            prop_assert_eq!(warm, community::leiden_from(&g, &start(3), &cfg));
        }
    }
}

#[test]
fn split_communities_stay_split_the_same_way_between_runs() {
    let graph = planted(20, 300, 10, 0.3, Numbering::Random, 5);
    let (n, mut edges) = (graph.truth.len(), graph.edges);
    let cfg = LeidenConfig { iterations: 20, max_size: Some(150), ..LeidenConfig::default() };
    let symmetric = |edges: &[(u32, u32, u64)]| graph::symmetrize(&graphs::weighted(n, edges));
    let mut before = community::leiden(&symmetric(&edges), &cfg);
    for run in 1..=4_u64 {
        for (i, (_, target, _)) in (0..).zip(&mut edges) {
            let draw = |stage| num::random(run, stage, i, 0);
            if draw(0) % 1000 < 15 {
                *target = u32::try_from(draw(1) % n as u64).unwrap();
            }
        }
        let g = symmetric(&edges);
        let from = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| community::leiden_from(&g, &before.community, &cfg))
        };
        let after = from(3);
        assert_eq!(after, from(1));
        assert!(sizes(&after).iter().all(|&size| size <= 150));
        assert_eq!(community::disconnected_communities(&g, &after.community), 0);
        let share = kept(&before, &after);
        eprintln!("run {run}: {:.2} % keep their community", 100.0 * share);
        // The parts have no structure of their own, so more nodes move in the first run than later.
        assert!(share >= if run == 1 { 0.85 } else { 0.98 });
        before = after;
    }
}
