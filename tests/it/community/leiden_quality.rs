//! Leiden compared with igraph on graphs whose communities are known, and its modularity compared with the definition
//! in 128-bit integers.

use std::{env, fs, path::PathBuf};

use plaudit::{
    community::{self, LeidenConfig, Partition},
    generate::{PlantedConfig, planted},
    graph::{self, SymmetricCsr},
    ids::{CommunityId, NodeId},
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::support::{
    graphs,
    nmi::{adjusted_rand_index, nmi},
    planted::rmat,
};

/// Made by `tests/oracles/leiden_planted_igraph.py`.
const IGRAPH: &str = include_str!("../../oracles/leiden_planted_igraph.csv");
/// Number of seeds for the medians of our results; the medians of igraph are over 11 seeds.
const SEEDS: u64 = 7;
/// The number of our iterations in the comparison with igraph at convergence.
const MANY_ITERATIONS: u32 = 10;

fn config(iterations: u32, seed: u64) -> LeidenConfig {
    LeidenConfig { iterations, seed, ..LeidenConfig::default() }
}

fn labels(partition: &Partition) -> Vec<u32> {
    partition.community.iter().map(|c| c.0).collect()
}

/// One row of the table: a graph and igraph's results on it.
struct Row {
    nodes: usize,
    edges: usize,
    digest: String,
    /// Medians of modularity and of similarity to the truth, in two iterations and at convergence.
    found: [(f64, f64); 2],
}

fn row(name: &str) -> Row {
    let line = IGRAPH.lines().find(|line| line.starts_with(&format!("{name},"))).unwrap();
    let cells: Vec<&str> = line.split(',').collect();
    let number = |at: usize| cells[at].parse::<f64>().unwrap();
    Row {
        nodes: cells[1].parse().unwrap(),
        edges: cells[2].parse().unwrap(),
        digest: cells[3].to_owned(),
        found: [(number(4), number(5)), (number(6), number(7))],
    }
}

fn digest(bytes: &[u8]) -> String {
    let first: [u8; 8] = Sha256::digest(bytes)[..8].try_into().unwrap();
    format!("{:016x}", u64::from_be_bytes(first))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Medians over the seeds of modularity and of similarity to the truth. Every partition must be connected.
fn medians(
    g: &SymmetricCsr,
    truth: &[u32],
    iterations: u32,
    similarity: fn(&[u32], &[u32]) -> f64,
) -> (f64, f64) {
    let run = |seed| {
        let found = community::leiden(g, &config(iterations, seed));
        assert_eq!(community::disconnected_communities(g, &found.community), 0);
        (found.modularity, similarity(&labels(&found), truth))
    };
    let (modularity, similar) = (0..SEEDS).map(run).unzip();
    (median(modularity), median(similar))
}

/// The planted graph of the script for this mixing, with its true communities.
fn planted_graph(mixing: f64, row: &Row) -> (SymmetricCsr, Vec<u32>) {
    let hidden = planted(&PlantedConfig {
        nodes: 30_000,
        mean_degree: 20.0,
        max_degree: 200,
        mixing,
        smallest_community: 500,
        largest_community: 2_000,
        seed: 1,
    })
    .unwrap();
    let mut bytes = Vec::new();
    hidden.write_edges(&mut bytes).unwrap();
    assert_eq!(
        (hidden.community.len(), hidden.edges.len(), digest(&bytes)),
        (row.nodes, row.edges, row.digest.clone()),
        "the graph that igraph was given"
    );
    (graph::symmetrize(&graphs::plain(hidden.community.len(), &hidden.edges)), hidden.community)
}

/// Checks on a planted graph above the resolution limit that our partition is at least as similar to the truth as
/// igraph's, after the same number of iterations and at convergence.
fn assert_as_similar_to_the_truth_as_igraph(mixing: f64, at_least: f64) {
    let row = row(&format!("planted {mixing}"));
    let (g, truth) = planted_graph(mixing, &row);
    let planted: Vec<CommunityId> = truth.iter().map(|&c| CommunityId(c)).collect();
    println!("mixing {mixing}: modularity of the truth {:.6}", community::modularity(&g, &planted, 1.0));
    for (iterations, (modularity, alike)) in [(2, row.found[0]), (MANY_ITERATIONS, row.found[1])] {
        let (our_modularity, ours) = medians(&g, &truth, iterations, nmi);
        println!(
            "mixing {mixing}, {iterations} iterations: NMI {ours:.6}, modularity {our_modularity:.6}; igraph {alike}, \
             {modularity}"
        );
        // The table has six digits, so a difference of 1e-6 is allowed.
        assert!(ours >= at_least && ours >= alike - 1e-6, "{iterations} iterations: {ours} against {alike}");
        assert!(our_modularity >= modularity - 1e-6, "{our_modularity} against {modularity}");
    }
}

#[test]
fn planted_communities_are_found_at_mixing_30_percent() {
    assert_as_similar_to_the_truth_as_igraph(0.3, 0.99);
}

#[test]
fn planted_communities_are_found_as_by_igraph_at_mixing_50_percent() {
    assert_as_similar_to_the_truth_as_igraph(0.5, 0.0);
}

#[test]
fn planted_communities_are_found_as_by_igraph_at_mixing_60_percent() {
    assert_as_similar_to_the_truth_as_igraph(0.6, 0.0);
}

/// Uses the mutual follows of users of `LastFM`, and their countries as known communities (Rozemberczki, Sarkar 2020).
#[test]
fn countries_are_found_as_by_igraph() {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = env::var_os("PLAUDIT_DATA").map_or_else(beside, PathBuf::from).join("lastfm-asia");
    let Ok(text) = fs::read_to_string(folder.join("lastfm_asia_edges.csv")) else {
        println!("skipped: no lastfm_asia_edges.csv in {}", folder.display());
        return;
    };
    let pairs = |text: &str| -> Vec<(u32, u32)> {
        let rows = text.lines().skip(1).map(|line| line.trim().split_once(',').unwrap());
        rows.map(|(one, other)| (one.parse().unwrap(), other.parse().unwrap())).collect()
    };
    let country = pairs(&fs::read_to_string(folder.join("lastfm_asia_target.csv")).unwrap());
    assert!(country.iter().zip(0..).all(|((id, _), v)| *id == v));
    let truth: Vec<u32> = country.iter().map(|(_, country)| *country).collect();
    let g = graph::symmetrize(&graphs::plain(truth.len(), &pairs(&text)));
    let row = row("lastfm");
    assert_eq!(
        (truth.len(), g.pair_count() as usize, digest(text.as_bytes())),
        (row.nodes, row.edges, row.digest)
    );
    for (iterations, (modularity, alike)) in [(2, row.found[0]), (MANY_ITERATIONS, row.found[1])] {
        let (our_modularity, ours) = medians(&g, &truth, iterations, adjusted_rand_index);
        println!(
            "LastFM, {iterations} iterations: ARI {ours:.6}, modularity {our_modularity:.6}; igraph {alike}, {modularity}"
        );
        assert!(ours >= alike - 1e-6, "{iterations} iterations: {ours} against {alike}");
    }
}

/// The weight between `u` and each community, without loops, by a plain count.
fn weights_to(g: &SymmetricCsr, community: &[CommunityId], u: usize, count: usize) -> Vec<i128> {
    let u = NodeId(u as u32);
    let mut weights = vec![0; count];
    for (v, weight) in g.neighbors(u).iter().zip(g.weights(u)) {
        if *v != u {
            weights[community[v.index()].index()] += i128::from(*weight);
        }
    }
    weights
}

/// `2m · 2m · Q` at resolution 1, from every row.
fn scaled_modularity(g: &SymmetricCsr, community: &[CommunityId], count: usize) -> i128 {
    let (mut volumes, mut outside) = (vec![0_i128; count], 0);
    for (u, c) in community.iter().enumerate() {
        volumes[c.index()] += i128::from(g.strengths()[u]);
        let weights = weights_to(g, community, u, count);
        outside += weights.iter().sum::<i128>() - weights[c.index()];
    }
    let total = i128::from(g.total_strength());
    total * (total - outside) - volumes.iter().map(|volume| volume * volume).sum::<i128>()
}

/// The largest gain in `2m · 2m · Q / 2` from moving one node to any other community or to a new one; at most 0 if no
/// single move improves the partition.
fn best_single_move(g: &SymmetricCsr, found: &Partition) -> i128 {
    let total = i128::from(g.total_strength());
    let mut volumes = vec![0_i128; found.count];
    for (u, c) in found.community.iter().enumerate() {
        volumes[c.index()] += i128::from(g.strengths()[u]);
    }
    let mut best = i128::MIN;
    for (u, own) in found.community.iter().enumerate() {
        let strength = i128::from(g.strengths()[u]);
        let weights = weights_to(g, &found.community, u, found.count);
        let stay = total * weights[own.index()] - strength * (volumes[own.index()] - strength);
        // In a new community the score of the node is 0.
        best = best.max(-stay);
        for (c, (weight, volume)) in weights.iter().zip(&volumes).enumerate() {
            if c != own.index() {
                best = best.max(total * weight - strength * volume - stay);
            }
        }
    }
    best
}

/// On levels of up to 2000 nodes, nodes move until no move improves the quality; so no single move can improve the
/// result.
fn assert_no_move_improves(g: &SymmetricCsr, seed: u64) {
    let found = community::leiden(g, &config(50, seed));
    let best = best_single_move(g, &found);
    assert!(best <= 0, "one node could add {best} of {}", i128::from(g.total_strength()).pow(2) / 2);
}

#[test]
fn no_single_move_improves_a_partition_of_a_small_graph() {
    let hidden = |mixing, seed| {
        let cfg = PlantedConfig {
            nodes: 2_000,
            mean_degree: 12.0,
            max_degree: 80,
            mixing,
            smallest_community: 60,
            largest_community: 300,
            seed,
        };
        graph::symmetrize(&graphs::plain(2_000, &planted(&cfg).unwrap().edges))
    };
    for seed in 0..2 {
        for mixing in [0.3, 0.6, 1.0] {
            assert_no_move_improves(&hidden(mixing, seed), seed);
        }
        assert_no_move_improves(&graph::symmetrize(&graphs::weighted(1 << 10, &rmat(10, 6_000, seed))), seed);
    }
}

#[test]
fn the_reported_modularity_is_the_definition_in_integers() {
    let assert_reported_is_counted = |g: &SymmetricCsr, iterations| {
        let found = community::leiden(g, &config(iterations, 7));
        let whole = i128::from(g.total_strength()).pow(2);
        assert_eq!(
            found.modularity,
            scaled_modularity(g, &found.community, found.count) as f64 / whole as f64
        );
    };
    let hidden = PlantedConfig {
        nodes: 12_000,
        max_degree: 100,
        smallest_community: 200,
        largest_community: 900,
        ..PlantedConfig::default()
    };
    let hidden = planted(&hidden).unwrap();
    assert_reported_is_counted(&graph::symmetrize(&graphs::plain(hidden.community.len(), &hidden.edges)), 2);
    // Weights so large that products of strengths exceed 64 bits.
    let heavy: Vec<_> = rmat(11, 12_000, 3).into_iter().map(|(u, v, w)| (u, v, w * 1_000_003)).collect();
    assert_reported_is_counted(&graph::symmetrize(&graphs::weighted(1 << 11, &heavy)), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_single_move_improves_a_partition_of_any_graph((n, edges) in graphs::any_edges(), seed: u64) {
        let g = graph::symmetrize(&graphs::weighted(n, &edges));
        let found = community::leiden(&g, &config(50, seed));
        prop_assert!(n == 0 || best_single_move(&g, &found) <= 0);
        if g.total_strength() > 0 {
            let whole = i128::from(g.total_strength()).pow(2);
            let counted = scaled_modularity(&g, &found.community, found.count) as f64 / whole as f64;
            prop_assert_eq!(found.modularity, counted);
        }
    }
}
