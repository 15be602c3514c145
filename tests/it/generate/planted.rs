//! Planted graphs: recounts of degrees, sizes, mixing and pairs; reproducible bytes; refused settings.

use std::collections::{BTreeMap, HashSet};

use plaudit::generate::{PlantedConfig, PlantedError, PlantedGraph, planted};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::support::sandbox::Sandbox;

fn config(seed: u64) -> PlantedConfig {
    PlantedConfig {
        nodes: 20_000,
        mean_degree: 20.0,
        max_degree: 300,
        mixing: 0.4,
        smallest_community: 300,
        largest_community: 1_500,
        seed,
    }
}

/// The degree of every node, split into edges inside and outside its community.
fn degrees(graph: &PlantedGraph) -> Vec<(u32, u32)> {
    let mut degrees = vec![(0, 0); graph.community.len()];
    for &(u, v) in &graph.edges {
        let is_inside = graph.community[u as usize] == graph.community[v as usize];
        for end in [u, v] {
            let (inside, outside) = &mut degrees[end as usize];
            *(if is_inside { inside } else { outside }) += 1;
        }
    }
    degrees
}

fn sizes(graph: &PlantedGraph) -> Vec<u32> {
    let mut sizes = vec![0; graph.community_count];
    graph.community.iter().for_each(|&c| sizes[c as usize] += 1);
    sizes
}

/// Generates a graph and checks the invariants of all planted graphs.
fn checked(cfg: &PlantedConfig) -> PlantedGraph {
    let graph = planted(cfg).unwrap();
    assert_eq!(graph.community.len(), cfg.nodes as usize);
    let sizes = sizes(&graph);
    assert!(sizes.is_sorted_by(|a, b| a >= b), "community 0 is the largest");
    // Remaining nodes, too few for a community, are distributed over all.
    let extra = cfg.smallest_community.div_ceil(graph.community_count as u32);
    assert!(
        sizes.iter().all(|s| (cfg.smallest_community..=cfg.largest_community + extra).contains(s)),
        "{sizes:?}"
    );
    let pairs: HashSet<_> = graph.edges.iter().map(|&(u, v)| (u.min(v), u.max(v))).collect();
    assert_eq!(pairs.len(), graph.edges.len(), "no pair twice, in either direction");
    assert!(graph.edges.iter().all(|(u, v)| u != v), "no loops");
    assert!(graph.edges.is_sorted());
    assert!(degrees(&graph).iter().all(|(inside, outside)| inside + outside <= cfg.max_degree));
    graph
}

#[test]
fn edges_keep_the_degrees_and_the_mixing() {
    for mixing in [0.1, 0.4, 0.75] {
        let cfg = PlantedConfig { mixing, ..config(3) };
        let graph = checked(&cfg);
        let degrees = degrees(&graph);
        let mean = 2.0 * graph.edges.len() as f64 / f64::from(cfg.nodes);
        let outside: u32 = degrees.iter().map(|(_, outside)| outside).sum();
        let share = f64::from(outside) / 2.0 / graph.edges.len() as f64;
        println!(
            "mixing {mixing}: mean degree {mean}, share outside {share}, lost {}",
            graph.lost_edge_count
        );
        // The mean of twenty thousand draws with a standard deviation of about 19.
        assert!((mean - 20.0).abs() < 0.6, "{mean}");
        assert!((share - mixing).abs() < 0.002, "{share}");
        assert!(
            graph.lost_edge_count <= graph.community_count + 1,
            "at most one odd stub per community: {}",
            graph.lost_edge_count
        );
        // The number of each node's edges outside differs from its expectation by the mixing by less than one, except
        // for lost edges.
        let off = |&&(inside, outside): &&(u32, u32)| {
            (f64::from(outside) - mixing * f64::from(inside + outside)).abs() >= 1.0
        };
        let off = degrees.iter().filter(off).count();
        assert!(
            off <= 2 * graph.lost_edge_count,
            "{off} nodes are off, {} edges were lost",
            graph.lost_edge_count
        );
    }
}

/// The count of the `numbers` that are at least `first`, and the share of these that is at least `mark`, for each of
/// `marks`.
fn tail(numbers: &[u32], first: u32, marks: &[u32]) -> (f64, Vec<f64>) {
    let all = numbers.iter().filter(|&&k| k >= first).count() as f64;
    (all, marks.iter().map(|mark| numbers.iter().filter(|k| *k >= mark).count() as f64 / all).collect())
}

/// The shares of [`tail`] that the power law predicts.
fn expected_tail(exponent: f64, first: u32, last: u32, marks: &[u32]) -> Vec<f64> {
    let sum = |from: u32| (from..=last).map(|k| f64::from(k).powf(-exponent)).sum::<f64>();
    marks.iter().map(|&mark| sum(mark) / sum(first)).collect()
}

fn assert_tail(numbers: &[u32], exponent: f64, first: u32, last: u32, marks: &[u32]) {
    let (count, found) = tail(numbers, first, marks);
    let expected = expected_tail(exponent, first, last, marks);
    println!("from {first} on: {count}; {found:.4?} at {marks:?}, {expected:.4?} expected");
    for (found, expected) in found.iter().zip(&expected) {
        let deviation = (expected * (1.0 - expected) / count).sqrt();
        assert!(
            (found - expected).abs() < 4.5 * deviation + 1e-3,
            "{found} against {expected} ± {deviation}"
        );
    }
}

#[test]
fn degrees_and_sizes_follow_their_power_laws() {
    let cfg = PlantedConfig { nodes: 60_000, mixing: 0.3, ..config(5) };
    let graph = checked(&cfg);
    let all: Vec<u32> = degrees(&graph).iter().map(|(inside, outside)| inside + outside).collect();
    // The minimum degree is rarer than the power law predicts, and a lost edge can lower the degree of a node below the
    // minimum.
    let counts = all.iter().fold(BTreeMap::new(), |mut counts: BTreeMap<u32, u32>, &k| {
        *counts.entry(k).or_default() += 1;
        counts
    });
    let lowest = *counts.iter().find(|(_, count)| **count > 100).unwrap().0;
    assert!((5..12).contains(&lowest), "{lowest}");
    assert_tail(&all, 2.5, lowest + 1, cfg.max_degree, &[10, 15, 20, 40, 80, 160]);
    let many = PlantedConfig {
        nodes: 400_000,
        mean_degree: 3.0,
        max_degree: 30,
        smallest_community: 50,
        largest_community: 1_000,
        ..config(6)
    };
    assert_tail(&sizes(&checked(&many)), 1.5, 50, 1_000, &[70, 100, 200, 400, 800]);
}

#[test]
fn the_mean_degree_is_as_configured() {
    for (mean, max) in [(2.5, 100), (3.0, 30), (8.0, 8), (15.25, 200), (25.0, 400), (60.0, 100)] {
        let cfg = PlantedConfig { nodes: 50_000, mean_degree: mean, max_degree: max, ..config(7) };
        let graph = planted(&cfg).unwrap();
        let found = 2.0 * (graph.edges.len() + graph.lost_edge_count) as f64 / f64::from(cfg.nodes);
        assert!((found / mean - 1.0).abs() < 0.03, "{found} for {mean}");
    }
}

#[test]
fn node_numbers_are_independent_of_community_and_degree() {
    let graph = checked(&config(8));
    let sizes = sizes(&graph);
    let n = graph.community.len() as f64;
    let chance: f64 = sizes.iter().map(|&s| (f64::from(s) / n).powi(2)).sum();
    let adjacent = graph.community.windows(2).filter(|pair| pair[0] == pair[1]).count() as f64 / n;
    assert!((adjacent - chance).abs() < 5.0 * (chance / n).sqrt(), "{adjacent} against {chance}");
    let degrees = degrees(&graph);
    let mean = |nodes: &[(u32, u32)]| {
        nodes.iter().map(|(inside, outside)| f64::from(inside + outside)).sum::<f64>() / nodes.len() as f64
    };
    let (first, last) = degrees.split_at(degrees.len() / 2);
    assert!((mean(first) / mean(last) - 1.0).abs() < 0.05);
    let up = graph.edges.iter().filter(|(u, v)| u < v).count() as f64 / graph.edges.len() as f64;
    assert!((up - 0.5).abs() < 0.01, "the direction of an edge is random: {up}");
}

#[test]
fn the_same_graph_at_any_thread_count_and_another_for_another_seed() {
    let alone = planted(&config(9)).unwrap();
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| planted(&config(9)).unwrap()), alone, "{threads} threads");
    }
    let other = planted(&config(10)).unwrap();
    assert!(other.edges != alone.edges && other.community != alone.community);
}

/// A pinned hash detects changes; it does not prove correctness.
#[test]
fn the_bytes_have_not_changed() {
    let graph = planted(&config(1)).unwrap();
    let mut bytes = Vec::new();
    graph.write_edges(&mut bytes).unwrap();
    graph.write_truth(&mut bytes).unwrap();
    let first: [u8; 8] = Sha256::digest(&bytes)[..8].try_into().unwrap();
    assert_eq!(u64::from_be_bytes(first), 0x73e7_fdf4_6420_d7dd);
}

#[test]
fn extreme_settings() {
    let apart = checked(&PlantedConfig { mixing: 0.0, ..config(1) });
    assert!(degrees(&apart).iter().all(|(_, outside)| *outside == 0));
    let mixed = checked(&PlantedConfig { mixing: 1.0, ..config(1) });
    assert!(degrees(&mixed).iter().all(|(inside, _)| *inside == 0));
    // Remaining nodes, too few for a community, are distributed over all.
    let even = checked(&PlantedConfig {
        nodes: 1_070,
        max_degree: 60,
        smallest_community: 100,
        largest_community: 100,
        ..config(1)
    });
    assert_eq!(sizes(&even), [107; 10]);
    // More than half of all pairs inside a community are edges.
    let dense = PlantedConfig {
        nodes: 2_000,
        mean_degree: 45.0,
        max_degree: 60,
        mixing: 0.2,
        smallest_community: 50,
        largest_community: 60,
        ..config(1)
    };
    let crowded = checked(&dense);
    let drawn = crowded.edges.len() + crowded.lost_edge_count;
    println!("dense: {} of {drawn} edges are lost", crowded.lost_edge_count);
    assert!(crowded.lost_edge_count * 50 < drawn, "{} of {drawn}", crowded.lost_edge_count);
    let smallest = PlantedConfig {
        nodes: 4,
        mean_degree: 1.5,
        max_degree: 3,
        mixing: 0.5,
        smallest_community: 2,
        largest_community: 2,
        seed: 1,
    };
    assert_eq!(sizes(&checked(&smallest)), [2, 2]);
}

#[test]
fn inconsistent_settings_are_refused() {
    let refused = |cfg: PlantedConfig, words: &str| {
        let message = planted(&cfg).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    };
    let usual = || config(1);
    refused(PlantedConfig { mixing: 1.01, ..usual() }, "mixing of 1.01: a number from 0 to 1 is expected");
    refused(PlantedConfig { mixing: f64::NAN, ..usual() }, "mixing of NaN");
    refused(PlantedConfig { nodes: u32::MAX, ..usual() }, "at most 100000000 are possible");
    refused(PlantedConfig { nodes: 0, ..usual() }, "two of them must fit into 0 nodes");
    refused(PlantedConfig { nodes: 2_999, ..usual() }, "two of them must fit into 2999 nodes");
    refused(PlantedConfig { smallest_community: 1, ..usual() }, "communities of 1 to 1500");
    refused(PlantedConfig { smallest_community: 1_501, ..usual() }, "communities of 1501 to 1500");
    refused(
        PlantedConfig { max_degree: 20_000, ..usual() },
        "with 20000 nodes each has at most 19999 neighbors",
    );
    refused(
        PlantedConfig { max_degree: 3_000, ..usual() },
        "1800 edges stay inside the community, and the largest has 1500 nodes",
    );
    refused(PlantedConfig { max_degree: 0, ..usual() }, "degrees up to 0: at least 1 is expected");
    for mean in [0.0, -1.0, 1.2, 301.0, f64::NAN, f64::INFINITY] {
        refused(PlantedConfig { mean_degree: mean, ..usual() }, "it must be from 1.8");
    }
    let error = planted(&PlantedConfig { mean_degree: 0.5, max_degree: 1, ..usual() });
    assert_eq!(
        error,
        Err(PlantedError::BadDegree { mean: 0.5, max: 1, least: 1.0 }),
        "only degree 1 is possible"
    );
}

proptest! {
    #[test]
    fn any_settings_give_a_valid_graph_or_are_refused(
        nodes in 0_u32..600,
        mean_degree in 0.5_f64..30.0,
        max_degree in 0_u32..60,
        mixing in 0.0_f64..=1.0,
        smallest_community in 0_u32..40,
        more in 0_u32..60,
        seed: u64,
    ) {
        let largest_community = smallest_community + more;
        let cfg = PlantedConfig { nodes, mean_degree, max_degree, mixing, smallest_community, largest_community, seed };
        if planted(&cfg).is_ok() {
            checked(&cfg);
        }
    }
}

#[test]
fn the_command_writes_a_graph_and_its_truth() {
    let sandbox = Sandbox::new();
    let words = "generate planted --nodes 20000 --degree 20 --max-degree 300 --mixing 0.4 --smallest 300 --largest 1500 --seed 1";
    let words: Vec<&str> = words.split(' ').collect();
    let printed = sandbox.succeed(&[&words[..], &["-o", "p"]].concat());
    let graph = planted(&config(1)).unwrap();
    let mut bytes = Vec::new();
    graph.write_edges(&mut bytes).unwrap();
    assert_eq!(sandbox.read("p/edges.el").as_bytes(), bytes);
    bytes.clear();
    graph.write_truth(&mut bytes).unwrap();
    assert_eq!(sandbox.read("p/truth.csv").as_bytes(), bytes);
    assert!(printed.starts_with("20,000 nodes, "), "{printed}");
    assert!(printed.ends_with("\ntry: plaudit algo leiden p/edges.el --undirected\n"), "{printed}");

    assert!(sandbox.fail(1, &[&words[..], &["-o", "p"]].concat()).contains("it is in use"));
    let dense = sandbox.fail(2, &["generate", "planted", "--max-degree", "9000", "-o", "q"]);
    assert!(dense.contains("\n  why:  at this mixing 5850 edges stay inside"), "{dense}");
    assert!(dense.contains("\n  hint: lower `--max-degree`, or raise `--largest` or `--mixing`"), "{dense}");
    assert!(!sandbox.path("q").exists());
    assert!(
        sandbox
            .fail(2, &["generate", "planted", "--mixing", "1.5", "-o", "q"])
            .contains("a number from 0 to 1")
    );
    sandbox.fail(2, &["generate", "planted"]);
    sandbox.fail(2, &["generate", "--customers", "500", "planted", "-o", "q"]);
    sandbox.fail(2, &["generate", "planted", "--customers", "500", "-o", "q"]);
}
