//! K-hop audiences compared with breadth-first search and closed forms; the errors of estimates compared with theory.

#![expect(clippy::print_stdout, reason = "measured errors and coverages are printed for --nocapture")]

use std::{
    collections::{BTreeSet, VecDeque},
    fs, io,
    path::PathBuf,
};

use plaudit::{
    graph::Graph,
    ids::NodeId,
    reach::{self, Estimates, Reach, ReachConfig, ReachError},
};
use proptest::prelude::*;

use crate::support::graphs;

const ALL_EXACT: u64 = u64::MAX;
const ALL_ESTIMATED: u64 = 0;

fn config(hops: u32, registers: u32, exact_edges: u64, seed: u64) -> ReachConfig {
    ReachConfig { hops, registers, exact_edges, exact_top: 0, decay: 0.5, seed }
}

fn run(g: &Graph, cfg: &ReachConfig) -> Reach {
    checked(g, reach::reach(g, cfg).unwrap())
}

fn checked(g: &Graph, reach: Reach) -> Reach {
    for v in 0..g.node_count() {
        let (low, estimate, high) = (reach.low[v], reach.estimate[v], reach.high[v]);
        assert!(low <= estimate && estimate <= high, "node {v}: {estimate} is outside {low}..{high}");
        assert!(!reach.exact[v] || low == high, "node {v} is exact, but its interval is wide");
        for of in reach.segments.iter().chain([&reach.decayed]) {
            let (low, part, high) = (of.low[v], of.estimate[v], of.high[v]);
            assert!(low <= part && part <= high, "node {v}: {part} is outside {low}..{high}");
            assert!(!reach.exact[v] || low == high, "node {v} is exact, but the interval of a part is wide");
        }
        assert!(
            reach.decayed.high[v] <= reach.high[v] + 1e-9 * reach.high[v],
            "node {v}: decayed reach is larger than reach"
        );
        assert!(
            low >= 0.0 && high <= (g.node_count() - 1) as f64 && low.fract() == 0.0 && high.fract() == 0.0
        );
    }
    reach
}

fn exact(g: &Graph, hops: u32) -> Vec<f64> {
    let reach = run(g, &config(hops, 16, ALL_EXACT, 1));
    assert!(reach.exact.iter().all(|&exact| exact));
    reach.estimate
}

/// The result of a breadth-first search over the edge list, and the number of edges that it must traverse.
struct BfsResult {
    nodes: usize,
    edges: u64,
    /// The nodes found, each with its distance.
    far: Vec<(usize, u32)>,
}

impl BfsResult {
    /// The sum over the nodes found of `decay` to the power of the distance minus one.
    fn decayed(&self, decay: f64) -> f64 {
        self.far.iter().map(|&(_, hops)| (1..hops).fold(1.0, |worth, _| worth * decay)).sum()
    }

    fn members(&self, segment: &[NodeId]) -> usize {
        self.far.iter().filter(|(u, _)| segment.contains(&NodeId::new(*u))).count()
    }
}

/// The audience of each node as a set without repeats and self-loops.
fn audiences(n: usize, edges: &[(u32, u32, u64)]) -> Vec<BTreeSet<usize>> {
    let mut audience = vec![BTreeSet::new(); n];
    for &(u, v, _) in edges.iter().filter(|(u, v, _)| u != v) {
        audience[v as usize].insert(u as usize);
    }
    audience
}

fn breadth_first(audience: &[BTreeSet<usize>], hops: u32) -> Vec<BfsResult> {
    let search = |center: usize| {
        let mut distance = vec![None; audience.len()];
        distance[center] = Some(0);
        let mut queue = VecDeque::from([center]);
        let mut found = BfsResult { nodes: 0, edges: 0, far: Vec::new() };
        while let Some(v) = queue.pop_front() {
            let far = distance[v].unwrap();
            if far == hops {
                continue;
            }
            found.edges += audience[v].len() as u64;
            for &u in &audience[v] {
                if distance[u].is_none() {
                    distance[u] = Some(far + 1);
                    found.nodes += 1;
                    found.far.push((u, far + 1));
                    queue.push_back(u);
                }
            }
        }
        found
    };
    (0..audience.len()).map(search).collect()
}

/// A second, independent method: the boolean matrix of the balls, with one row of bits per node; each hop unites rows
/// once.
fn boolean_matrix(audience: &[BTreeSet<usize>], hops: u32) -> Vec<Vec<u64>> {
    let n = audience.len();
    let mut balls: Vec<Vec<u64>> = (0..n)
        .map(|v| {
            let mut row = vec![0; n.div_ceil(64)];
            row[v / 64] |= 1 << (v % 64);
            row
        })
        .collect();
    for _ in 0..hops {
        let before = balls.clone();
        for (v, row) in balls.iter_mut().enumerate() {
            for &u in &audience[v] {
                row.iter_mut().zip(&before[u]).for_each(|(word, &other)| *word |= other);
            }
        }
    }
    balls
}

fn sizes(balls: &[Vec<u64>]) -> Vec<f64> {
    balls.iter().map(|row| f64::from(row.iter().map(|word| word.count_ones()).sum::<u32>() - 1)).collect()
}

/// Segments of various sizes: every second node, every third node from 1 on, one node, no node, all nodes.
fn five_segments(n: u32) -> Vec<Vec<NodeId>> {
    let every = |first, step| (first..n).step_by(step).map(NodeId).collect();
    vec![every(0, 2), every(1, 3), vec![NodeId(n - 1)], Vec::new(), every(0, 1)]
}

fn by_segment(g: &Graph, cfg: &ReachConfig) -> Reach {
    let segments = five_segments(g.node_count() as u32);
    checked(g, reach::reach_by_segment(g, &segments, cfg).unwrap())
}

/// The share of nodes whose interval covers the truth.
fn coverage(estimates: &Estimates, truth: &[f64]) -> f64 {
    let covers = |v: usize| estimates.low[v] <= truth[v] && truth[v] <= estimates.high[v];
    (0..truth.len()).filter(|&v| covers(v)).count() as f64 / truth.len() as f64
}

/// A graph large enough to estimate, and the true sizes of its balls.
fn skewed(n: u32, m: u64, hops: u32, seed: u64) -> (Graph, Vec<f64>) {
    let edges = graphs::skewed_edges(n, m, seed);
    let truth = sizes(&boolean_matrix(&audiences(n as usize, &edges), hops));
    (graphs::weighted(n as usize, &edges), truth)
}

proptest! {
    #[test]
    fn all_exact_equals_breadth_first_search((n, edges) in graphs::any_edges()) {
        let g = graphs::weighted(n, &edges);
        let audience = audiences(n, &edges);
        for hops in [1, 2, 3, 4, u32::MAX] {
            let expected: Vec<f64> = breadth_first(&audience, hops).iter().map(|f| f.nodes as f64).collect();
            prop_assert_eq!(&exact(&g, hops), &expected, "{} hops", hops);
        }
        prop_assert_eq!(exact(&g, 3), sizes(&boolean_matrix(&audience, 3)));
    }

    #[test]
    fn decay_and_segments_equal_breadth_first_search((n, edges) in graphs::any_edges(), decay in 0.0_f64..=1.0) {
        let (g, audience) = (graphs::weighted(n, &edges), audiences(n, &edges));
        let segments = five_segments(n as u32);
        for hops in [1, 2, 3, 7] {
            let reach = by_segment(&g, &ReachConfig { decay, ..config(hops, 16, ALL_EXACT, 1) });
            for (v, found) in breadth_first(&audience, hops).iter().enumerate() {
                let (worth, truth) = (reach.decayed.estimate[v], found.decayed(decay));
                prop_assert!((worth - truth).abs() <= 1e-9 * truth, "node {}: {} for {}", v, worth, truth);
                for (of, segment) in reach.segments.iter().zip(&segments) {
                    prop_assert_eq!(of.estimate[v], found.members(segment) as f64, "node {}", v);
                }
            }
        }
    }

    #[test]
    fn batches_of_searches_equal_single_searches((n, edges) in graphs::any_edges(), decay in 0.0_f64..=1.0) {
        let g = graphs::weighted(n, &edges);
        for hops in [1, 2, 3, 7, u32::MAX] {
            let single = ReachConfig { decay, ..config(hops, 16, ALL_EXACT, 1) };
            let batched = ReachConfig { exact_top: u32::MAX, exact_edges: ALL_ESTIMATED, ..single };
            prop_assert_eq!(by_segment(&g, &single), by_segment(&g, &batched), "{} hops", hops);
        }
    }

    #[test]
    fn segments_do_not_change_the_estimates_of_all_nodes((n, edges) in graphs::any_edges(), limit in 0_u64..60) {
        let g = graphs::weighted(n, &edges);
        for hops in [1, 2, 4] {
            let cfg = config(hops, 16, limit, 5);
            let without = run(&g, &cfg);
            prop_assert_eq!(&Reach { segments: Vec::new(), ..by_segment(&g, &cfg) }, &without);
        }
    }

    #[test]
    fn a_node_is_exact_if_and_only_if_its_search_is_within_the_limit(
        (n, edges) in graphs::any_edges(), hops in 2_u32..5, limit in 0_u64..60,
    ) {
        let found = breadth_first(&audiences(n, &edges), hops);
        let reach = run(&graphs::weighted(n, &edges), &config(hops, 16, limit, 7));
        for (v, found) in found.iter().enumerate() {
            prop_assert_eq!(reach.exact[v], found.edges <= limit, "node {}", v);
            prop_assert!(!reach.exact[v] || reach.estimate[v] == found.nodes as f64, "node {}", v);
        }
    }

    #[test]
    fn another_edge_never_lowers_exact_reach((n, mut edges) in graphs::any_edges(), a in 0_u32..24, b in 0_u32..24) {
        let before = exact(&graphs::weighted(n, &edges), 2);
        edges.push((a % n as u32, b % n as u32, 1));
        let after = exact(&graphs::weighted(n, &edges), 2);
        prop_assert!(before.iter().zip(&after).all(|(before, after)| before <= after));
    }

    #[test]
    fn another_hop_never_lowers_an_estimate((n, edges) in graphs::any_edges(), limit in 0_u64..60, seed: u64) {
        let g = graphs::weighted(n, &edges);
        let mut before = vec![0.0; n];
        for hops in 1..12 {
            let after = run(&g, &config(hops, 16, limit, seed)).estimate;
            prop_assert!(before.iter().zip(&after).all(|(before, after)| before <= after), "{} hops", hops);
            before = after;
        }
    }

    #[test]
    fn loops_repeats_and_weights_do_not_matter((n, edges) in graphs::any_edges(), limit in 0_u64..60) {
        let plain: Vec<(u32, u32)> = edges.iter().filter(|(u, v, _)| u != v).map(|&(u, v, _)| (u, v)).collect();
        let loops = (0..n as u32).map(|v| (v, v, 5));
        let noisy: Vec<(u32, u32, u64)> = edges.iter().chain(&edges).copied().chain(loops).collect();
        for hops in 1..5 {
            let cfg = config(hops, 16, limit, 3);
            prop_assert_eq!(run(&graphs::plain(n, &plain), &cfg), run(&graphs::weighted(n, &noisy), &cfg));
        }
    }
}

#[test]
fn closed_forms_are_met() {
    let n = 40_u32;
    let path: Vec<(u32, u32)> = (1..n).map(|v| (v - 1, v)).collect();
    let cycle: Vec<(u32, u32)> = (0..n).map(|v| (v, (v + 1) % n)).collect();
    let inwards: Vec<(u32, u32)> = (1..n).map(|leaf| (leaf, 0)).collect();
    let outwards: Vec<(u32, u32)> = (1..n).map(|leaf| (0, leaf)).collect();
    let per_node = |value: &dyn Fn(u32) -> u32| -> Vec<f64> { (0..n).map(|v| f64::from(value(v))).collect() };
    let plain = |edges: &[(u32, u32)]| graphs::plain(n as usize, edges);
    for hops in [1, 2, 3, 7, 39, 40, 1000, u32::MAX] {
        assert_eq!(exact(&plain(&path), hops), per_node(&|v| v.min(hops)), "path, {hops} hops");
        assert_eq!(exact(&plain(&cycle), hops), per_node(&|_| hops.min(n - 1)), "cycle, {hops} hops");
        assert_eq!(exact(&plain(&inwards), hops), per_node(&|v| if v == 0 { n - 1 } else { 0 }), "star in");
        assert_eq!(exact(&plain(&outwards), hops), per_node(&|v| u32::from(v > 0)), "star out");
        let leaf = if hops == 1 { 1 } else { n - 1 };
        let both = plain(&graphs::both_ways(&inwards));
        assert_eq!(exact(&both, hops), per_node(&|v| if v == 0 { n - 1 } else { leaf }), "star both ways");
        let clique = plain(&graphs::both_ways(&graphs::clique(0, n)));
        assert_eq!(exact(&clique, hops), per_node(&|_| n - 1), "clique");
    }
}

#[test]
fn bounds_make_trees_exact_even_when_estimated() {
    // In a tree, each node of a ball has one walk to the center, so the number of walks, the upper bound of the
    // estimate, is the exact size. In a star, the audience, the lower bound, is the exact size.
    let path: Vec<(u32, u32)> = (1..100).map(|v| (v - 1, v)).collect();
    let reach = run(&graphs::plain(100, &path), &config(5, 16, ALL_ESTIMATED, 1));
    assert!((0..100).all(|v| reach.high[v] <= v.min(5) as f64 && (reach.exact[v] == (v == 0))));
    let star: Vec<(u32, u32)> = (1..100).map(|leaf| (leaf, 0)).collect();
    let reach = run(&graphs::plain(100, &star), &config(5, 16, ALL_ESTIMATED, 1));
    assert_eq!((reach.low[0], reach.high[0], reach.exact[0]), (99.0, 99.0, false));
}

#[test]
fn empty_graphs_and_isolated_nodes() {
    for limit in [ALL_EXACT, ALL_ESTIMATED] {
        assert!(reach::reach(&graphs::plain(0, &[]), &config(2, 16, limit, 1)).unwrap().estimate.is_empty());
        let isolated = run(&graphs::plain(70, &[(3, 3)]), &config(2, 16, limit, 1));
        assert_eq!((isolated.high, isolated.exact), (vec![0.0; 70], vec![true; 70]));
    }
}

#[test]
fn settings_out_of_range_are_errors() {
    let g = graphs::plain(2, &[(0, 1)]);
    assert_eq!(reach::reach(&g, &config(0, 256, 10, 1)), Err(ReachError::BadHops { hops: 0 }));
    for registers in [0, 1, 8, 15, 17, 255, 131_072, u32::MAX] {
        let fault = reach::reach(&g, &config(2, registers, 10, 1));
        assert_eq!(fault, Err(ReachError::BadRegisters { registers }));
    }
    for registers in [16, 65_536] {
        assert_eq!(run(&g, &config(100, registers, 0, 1)).high, [0.0, 1.0]);
    }
    for decay in [-0.1, 1.1, f64::NAN] {
        let fault = reach::reach(&g, &ReachConfig { decay, ..config(2, 16, 0, 1) });
        assert!(matches!(fault, Err(ReachError::BadDecay { .. })), "{fault:?}");
    }
    let nine = reach::reach_by_segment(&g, &vec![Vec::new(); 9], &config(2, 16, 0, 1));
    assert_eq!(nine, Err(ReachError::TooManySegments { count: 9 }));
    let message = ReachError::BadRegisters { registers: 17 }.to_string();
    assert!(message.contains("17") && message.contains("from 16 to 65536"), "{message}");
}

/// `count` separate heads, each followed by two relays with the same `size` followers: the 2-hop audience of a head is
/// `size + 2`, far from the bounds of its estimate (2 followers, `2 size + 2` walks). Head `i` is node `i`.
fn twin_relays(count: u32, size: u32) -> Graph {
    let mut edges = Vec::new();
    for head in 0..count {
        let first = count + head * (size + 2);
        for relay in [first, first + 1] {
            edges.push((relay, head));
            edges.extend((0..size).map(|follower| (first + 2 + follower, relay)));
        }
    }
    graphs::plain((count * (size + 3)) as usize, &edges)
}

#[test]
fn the_error_of_independent_estimates_is_that_of_the_theory() {
    for (registers, count, size, seeds) in
        [(16, 200, 300, 20), (64, 50, 1_000, 20), (256, 25, 3_000, 20), (1_024, 10, 8_000, 40)]
    {
        let g = twin_relays(count, size);
        let truth = f64::from(size + 2);
        let (mut errors, mut covered) = (Vec::new(), 0.0);
        for seed in 0..seeds {
            let reach = run(&g, &config(2, registers, ALL_ESTIMATED, seed));
            for head in 0..count as usize {
                errors.push(reach.estimate[head] / truth - 1.0);
                covered += f64::from(u8::from(reach.low[head] <= truth && truth <= reach.high[head]));
            }
        }
        let samples = errors.len() as f64;
        let theory = 1.04 / f64::from(registers).sqrt();
        let mean = errors.iter().sum::<f64>() / samples;
        let rms = (errors.iter().map(|error| error * error).sum::<f64>() / samples).sqrt();
        let coverage = covered / samples;
        println!(
            "{registers} registers: mean {mean:.4}, rms {rms:.4} (theory {theory:.4}), coverage {coverage:.3}"
        );
        assert!((rms / theory - 1.0).abs() < 0.15, "{registers} registers: rms {rms}, theory {theory}");
        assert!(mean.abs() < 3.5 * theory / samples.sqrt(), "{registers} registers: bias {mean}");
        assert!((0.93..=0.98).contains(&coverage), "{registers} registers: coverage {coverage}");
    }
}

#[test]
fn intervals_cover_the_truth_at_every_node_of_a_graph() {
    for (hops, seed) in [(2, 1), (3, 2), (6, 3)] {
        let (g, truth) = skewed(3_000, 9_000, hops, seed);
        for registers in [16, 64, 256, 1_024] {
            // Balls of one graph overlap, so the errors for one seed are correlated; therefore the coverage is averaged
            // over many seeds.
            let (mut covered, mut estimates) = (0, 0);
            for seed in 0..20 {
                let reach = run(&g, &config(hops, registers, ALL_ESTIMATED, seed));
                let estimated = (0..truth.len()).filter(|&v| !reach.exact[v]);
                for v in estimated {
                    estimates += 1;
                    covered += u32::from(reach.low[v] <= truth[v] && truth[v] <= reach.high[v]);
                }
            }
            let share = f64::from(covered) / f64::from(estimates);
            println!("{hops} hops, {registers} registers: {estimates} estimates, coverage {share:.4}");
            assert!(
                estimates > 20_000 && share >= 0.94,
                "{hops} hops, {registers} registers: coverage {share}"
            );
        }
    }
}

#[test]
fn exact_nodes_among_estimated_ones_equal_the_truth() {
    let (g, truth) = skewed(3_000, 12_000, 2, 5);
    let reach = run(&g, &config(2, 256, 50, 9));
    let exact: Vec<usize> = (0..truth.len()).filter(|&v| reach.exact[v]).collect();
    assert!(
        exact.iter().filter(|&&v| truth[v] > 0.0).count() > 300 && exact.len() < 2_700,
        "both exact and estimated nodes occur"
    );
    assert!(exact.iter().all(|&v| reach.estimate[v] == truth[v]));
    let covered = (0..truth.len()).filter(|&v| reach.low[v] <= truth[v] && truth[v] <= reach.high[v]).count();
    assert!(covered as f64 >= 0.94 * truth.len() as f64, "{covered} of {} covered", truth.len());
}

#[test]
fn many_hops_give_the_same_sketch_as_two_hops_of_the_power_graph() {
    // An edge of the power graph stands for up to `power` edges, so the ball of 2 hops in the power graph has the same
    // nodes as the ball of 2 · power hops in this graph. The estimate must have the same bits wherever no bound clamps
    // it.
    let n = 1_500;
    let edges = graphs::skewed_edges(n, 4_000, 11);
    let audience = audiences(n as usize, &edges);
    let g = graphs::weighted(n as usize, &edges);
    for power in [2, 3, 4, 8] {
        let far: Vec<(u32, u32)> = boolean_matrix(&audience, power)
            .iter()
            .zip(0..n)
            .flat_map(|(row, v)| {
                (0..n).filter(move |&u| row[u as usize / 64] >> (u % 64) & 1 == 1).map(move |u| (u, v))
            })
            .collect();
        let powered = graphs::plain(n as usize, &far);
        let long = run(&g, &config(2 * power, 256, ALL_ESTIMATED, 4));
        let short = run(&powered, &config(2, 256, ALL_ESTIMATED, 4));
        let free = |reach: &Reach, v| reach.low[v] < reach.estimate[v] && reach.estimate[v] < reach.high[v];
        let compared: Vec<usize> = (0..n as usize).filter(|&v| free(&long, v) && free(&short, v)).collect();
        assert!(compared.len() > 100, "power {power}: only {} nodes are free of bounds", compared.len());
        assert!(compared.iter().all(|&v| long.estimate[v] == short.estimate[v]), "power {power}");
    }
}

#[test]
fn a_full_batch_of_searches_equals_single_searches() {
    // More nodes than fit into one batch.
    let g = graphs::weighted(3_000, &graphs::skewed_edges(3_000, 12_000, 8));
    for hops in [2, 3, 9] {
        let single = by_segment(&g, &config(hops, 16, ALL_EXACT, 1));
        let top = ReachConfig { exact_top: 3_000, ..config(hops, 16, ALL_ESTIMATED, 1) };
        assert_eq!(by_segment(&g, &top), single, "{hops} hops");
    }
}

#[test]
fn only_the_largest_estimates_are_counted() {
    let g = graphs::weighted(3_000, &graphs::skewed_edges(3_000, 12_000, 8));
    let truth = by_segment(&g, &config(3, 64, ALL_EXACT, 1));
    let cfg = config(3, 64, 20, 1);
    let before = by_segment(&g, &cfg);
    let mut by_estimate: Vec<usize> = (0..3_000).filter(|&v| !before.exact[v]).collect();
    by_estimate.sort_by(|&a, &b| before.estimate[b].total_cmp(&before.estimate[a]).then(a.cmp(&b)));
    for count in [1, 64, 513, 1_000] {
        let after = by_segment(&g, &ReachConfig { exact_top: count, ..cfg });
        let top: BTreeSet<usize> = by_estimate.iter().take(count as usize).copied().collect();
        for v in 0..3_000 {
            let expected = if top.contains(&v) { &truth } else { &before };
            assert_eq!(after.exact[v], before.exact[v] || top.contains(&v), "node {v} of the top {count}");
            let numbers =
                |reach: &Reach| (reach.low[v], reach.estimate[v], reach.high[v], reach.decayed.low[v]);
            assert_eq!(numbers(&after), numbers(expected), "node {v} of the top {count}");
            for (after, expected) in after.segments.iter().zip(&expected.segments) {
                assert_eq!((after.low[v], after.high[v]), (expected.low[v], expected.high[v]), "node {v}");
            }
        }
    }
}

#[test]
fn decayed_reach_and_segments_cover_the_truth_too() {
    for (hops, n, m) in [(2, 3_000, 9_000), (3, 3_000, 9_000), (6, 3_000, 9_000)] {
        let edges = graphs::skewed_edges(n, m, u64::from(hops));
        let g = graphs::weighted(n as usize, &edges);
        let truth = by_segment(&g, &config(hops, 16, ALL_EXACT, 1));
        for registers in [64, 256] {
            let mut shares = [0.0; 6];
            for seed in 0..20 {
                let reach = by_segment(&g, &config(hops, registers, ALL_ESTIMATED, seed));
                let parts = |reach: &Reach| -> Vec<Estimates> {
                    reach.segments.iter().chain([&reach.decayed]).cloned().collect()
                };
                for (share, (of, truth)) in shares.iter_mut().zip(parts(&reach).iter().zip(parts(&truth))) {
                    *share += coverage(of, &truth.estimate) / 20.0;
                }
            }
            println!("{hops} hops, {registers} registers: coverages {shares:.3?}");
            assert!(shares.iter().all(|&share| share >= 0.94), "{hops} hops, {registers}: {shares:.3?}");
        }
    }
}

#[test]
fn decay_of_0_and_of_1() {
    let (g, _) = skewed(3_000, 9_000, 1, 4);
    let audience = exact(&g, 1);
    for limit in [ALL_ESTIMATED, 100, ALL_EXACT] {
        let none = run(&g, &ReachConfig { decay: 0.0, ..config(4, 64, limit, 1) });
        assert_eq!(none.decayed.low, audience);
        assert_eq!(none.decayed.high, audience);
        // The increases from hop to hop add up to the size of the whole ball.
        let all = run(&g, &ReachConfig { decay: 1.0, ..config(4, 64, limit, 1) });
        for (decayed, whole) in [(&all.decayed.estimate, &all.estimate), (&all.decayed.high, &all.high)] {
            assert!(
                decayed.iter().zip(whole).all(|(decayed, whole)| (decayed - whole).abs() <= 1e-9 * whole)
            );
        }
    }
}

/// The graph of the distinct pairs in the Higgs Twitter data set (SNAP); `None` if the data are not there.
fn higgs_graph() -> Option<Graph> {
    let data = std::env::var_os("PLAUDIT_DATA").map_or_else(|| "../shared/data".into(), PathBuf::from);
    let path = data.join("higgs/higgs-activity_time.txt.gz");
    let Ok(file) = fs::File::open(&path) else {
        println!("skipped: no {}", path.display());
        return None;
    };
    let text = io::read_to_string(flate2::read::GzDecoder::new(file)).unwrap();
    let pair = |line: &str| -> (u32, u32) {
        let mut words = line.split(' ').map(|word| word.parse().unwrap());
        (words.next().unwrap(), words.next().unwrap())
    };
    let pairs: BTreeSet<(u32, u32)> =
        text.lines().map(pair).filter(|(actor, target)| actor != target).collect();
    let people: BTreeSet<u32> = pairs.iter().flat_map(|&(actor, target)| [actor, target]).collect();
    let people: Vec<u32> = people.into_iter().collect();
    let node = |person: u32| people.binary_search(&person).unwrap() as u32;
    let edges: Vec<(u32, u32)> = pairs.iter().map(|&(actor, target)| (node(actor), node(target))).collect();
    Some(graphs::plain(people.len(), &edges))
}

#[test]
fn intervals_cover_the_truth_on_a_real_graph() {
    let Some(g) = higgs_graph() else { return };
    let truth = run(&g, &config(2, 16, ALL_EXACT, 1));
    assert_eq!((g.node_count(), truth.exact_count()), (304_198, 304_198));
    for registers in [64, 256] {
        let (mut estimates, mut covered, mut decayed) = (0, 0, 0);
        for seed in 1..=4 {
            let reach = run(&g, &config(2, registers, ALL_ESTIMATED, seed));
            // A node without an audience is exact, as its ball is empty.
            for v in (0..g.node_count()).filter(|&v| !reach.exact[v]) {
                estimates += 1;
                covered += u32::from(reach.low[v] <= truth.estimate[v] && truth.estimate[v] <= reach.high[v]);
                let (of, worth) = (&reach.decayed, truth.decayed.estimate[v]);
                decayed += u32::from(of.low[v] <= worth && worth <= of.high[v]);
            }
        }
        let shares = [covered, decayed].map(|count| f64::from(count) / f64::from(estimates));
        println!(
            "{registers} registers: {estimates} estimates, coverage {:.4}, decayed {:.4}",
            shares[0], shares[1]
        );
        assert!(estimates > 100_000 && shares.iter().all(|&share| share >= 0.94), "{registers}: {shares:?}");
    }
}

#[test]
fn visiting_only_changed_nodes_gives_the_same_sketches() {
    // All nodes of a clique change at once; then changes move along two paths, one node per hop, so that few rows are
    // recomputed. One path ends halfway, so some rows change in one round and not in the next. In the power graph, all
    // these changes happen in one round.
    let (clique, path) = (120, 200);
    let mut edges = graphs::both_ways(&graphs::clique(0, clique));
    edges.extend((clique..clique + path).map(|v| (v - 1, v)));
    edges.extend((clique..clique + 50).map(|v| (v + path, v)));
    let n = clique + path + 50;
    let plain = |edges: &[(u32, u32)]| graphs::plain(n as usize, edges);
    let weighted: Vec<(u32, u32, u64)> = edges.iter().map(|&(u, v)| (u, v, 1)).collect();
    let audience = audiences(n as usize, &weighted);
    let mut compared = 0;
    for power in [5, 8, 32, 64] {
        let balls = boolean_matrix(&audience, power);
        let far = |v: u32| (0..n).filter(move |u| *u != v).map(move |u| (u, v));
        let is_near = |&(u, v): &(u32, u32)| balls[v as usize][u as usize / 64] >> (u % 64) & 1 == 1;
        let powered = plain(&(0..n).flat_map(far).filter(is_near).collect::<Vec<_>>());
        let long = run(&plain(&edges), &config(2 * power, 64, ALL_ESTIMATED, 4));
        let short = run(&powered, &config(2, 64, ALL_ESTIMATED, 4));
        let free = |reach: &Reach, v| reach.low[v] < reach.estimate[v] && reach.estimate[v] < reach.high[v];
        for v in (0..n as usize).filter(|&v| free(&long, v) && free(&short, v)) {
            compared += 1;
            assert_eq!(long.estimate[v].to_bits(), short.estimate[v].to_bits(), "node {v}, power {power}");
        }
    }
    assert!(compared > 200, "only {compared} nodes are free of bounds");
}

#[test]
fn same_bits_at_any_thread_count() {
    let g = graphs::weighted(2_000, &graphs::skewed_edges(2_000, 8_000, 3));
    for hops in [2, 4] {
        for limit in [ALL_ESTIMATED, 1_000, ALL_EXACT] {
            let cfg = ReachConfig { exact_top: 30, ..config(hops, 64, limit, 42) };
            let results: Vec<Reach> = [1, 2, 3, 8]
                .into_iter()
                .map(|threads| {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                    pool.install(|| by_segment(&g, &cfg))
                })
                .collect();
            let bits = |reach: &Reach| -> Vec<u64> {
                let of = |of: &Estimates| [of.low.clone(), of.estimate.clone(), of.high.clone()];
                let parts = reach.segments.iter().chain([&reach.decayed]).flat_map(of);
                [&reach.low, &reach.estimate, &reach.high]
                    .into_iter()
                    .cloned()
                    .chain(parts)
                    .flatten()
                    .map(f64::to_bits)
                    .collect()
            };
            for other in &results[1..] {
                assert_eq!(bits(other), bits(&results[0]), "{hops} hops, limit {limit}");
                assert_eq!(other.exact, results[0].exact, "{hops} hops, limit {limit}");
            }
        }
    }
}

#[test]
fn the_memory_estimate_accounts_for_what_is_stored() {
    let bytes = |n, hops, registers, limit| reach::estimated_bytes(n, 0, &config(hops, registers, limit, 1));
    assert!(bytes(1_000_000, 2, 256, 65_536) > 256_000_000, "one sketch per node");
    assert!(bytes(1_000_000, 3, 256, 65_536) > 512_000_000, "two sketches per node for more than two hops");
    assert!(bytes(1_000_000, 1, 256, 0) < 100_000_000, "one hop needs no sketch");
    assert!(bytes(1_000_000, 2, 256, ALL_EXACT) < 100_000_000, "exact searches need no sketch");
    assert_eq!(reach::estimated_bytes(0, 8, &config(2, 256, 0, 1)), 0);
    let segments = |count| reach::estimated_bytes(1_000_000, count, &config(2, 256, 65_536, 1));
    assert!(segments(4) - segments(1) > 3 * 64_000_000, "a quarter of a sketch per node and segment");
    let top = ReachConfig { exact_top: 1, ..config(2, 16, 65_536, 1) };
    assert!(
        reach::estimated_bytes(1_000_000, 0, &top) > 128_000_000,
        "two cache lines per node for counting the largest audiences"
    );
}
