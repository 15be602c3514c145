//! Blocking sets compared with all outcomes, all sets of nodes, simulation and closed forms; constraints and thread
//! counts.

use std::collections::BTreeMap;

use plaudit::{
    graph::{self, BuildConfig, Edge, EdgeBlock, Graph, Storage, Weighting},
    ids::NodeId,
    influence::{
        self, BLOCKING_MAX_WORK, BlockingConfig, BlockingError, BlockingSet, Budget, Diffusion,
        EdgeProbability, GroupCaps, SeedConstraints, SeedError, Spread, SpreadModel, Violation,
    },
    num,
};
use proptest::prelude::*;

use crate::{
    influence::seeds::{outcomes, probabilities, reached, small},
    support::{graphs, planted::rmat, pools},
};

const CASCADE: Diffusion = Diffusion::IndependentCascade;
const THRESHOLD: Diffusion = Diffusion::LinearThreshold;

const MODELS: [(Diffusion, EdgeProbability); 4] = [
    (CASCADE, EdgeProbability::WeightedCascade),
    (CASCADE, EdgeProbability::Fixed(0.3)),
    (THRESHOLD, EdgeProbability::WeightedCascade),
    (THRESHOLD, EdgeProbability::Fixed(0.06)),
];

fn config(precision: f64, max_work: u64, seed: u64) -> BlockingConfig {
    BlockingConfig { precision, max_work, seed }
}

/// Searches one blocking set with few sampled worlds.
fn blocked_set(
    g: &Graph,
    (diffusion, probability): &(Diffusion, EdgeProbability),
    sources: &[u32],
    constraints: &SeedConstraints<'_>,
) -> BlockingSet {
    let model = SpreadModel::new(g, *diffusion, probability).unwrap();
    let sources: Vec<NodeId> = sources.iter().copied().map(NodeId).collect();
    influence::blocking_set(&model, &sources, constraints, &config(0.02, 1 << 20, 3)).unwrap()
}

fn picked(found: &BlockingSet) -> Vec<usize> {
    found.picks.iter().map(|pick| pick.node.index()).collect()
}

/// Every outcome from given sources without blocking: its probability, and its live edges `u → v`, over which `v`
/// activates `u`.
struct Outcomes {
    node_count: usize,
    sources: Vec<usize>,
    all: BTreeMap<Vec<(usize, usize)>, f64>,
}

impl Outcomes {
    fn new(g: &Graph, (diffusion, probability): &(Diffusion, EdgeProbability), sources: &[usize]) -> Self {
        let (node_count, mut all) = (g.node_count(), BTreeMap::new());
        for (p, mut live) in outcomes(g, *diffusion, probability) {
            let active = reached(node_count, &live, sources);
            live.retain(|&(u, v)| active[v] && !sources.contains(&u));
            *all.entry(live).or_insert(0.0) += p;
        }
        Self { node_count, sources: sources.to_vec(), all }
    }

    /// The exact spread of the sources if `blocked` nodes are blocked, the sources not counted.
    fn left(&self, blocked: &[usize], worth: impl Fn(usize) -> u64) -> f64 {
        let is_open = |v: &usize| !blocked.contains(v);
        let of = |(live, p): (&Vec<(usize, usize)>, &f64)| {
            let live: Vec<_> = live.iter().copied().filter(|(u, v)| is_open(u) && is_open(v)).collect();
            let active = reached(self.node_count, &live, &self.sources);
            let counts = |v: &usize| active[*v] && !self.sources.contains(v);
            p * (0..self.node_count).filter(counts).map(&worth).sum::<u64>() as f64
        };
        self.all.iter().map(of).sum()
    }
}

/// Counts the intervals that cover the exact value, and asserts that no estimate is far from it.
#[derive(Default)]
struct Coverage {
    inside: u32,
    all: u32,
}

impl Coverage {
    fn add(&mut self, found: Spread, expected: f64, of: &str) {
        let Spread { mean, low, high } = found;
        assert!(low <= mean && mean <= high, "{of}: {found:?}");
        assert!((mean - expected).abs() <= 1.4 * (high - low) + 1e-9, "{of}: {found:?} {expected}");
        self.inside += u32::from(low - 1e-9 <= expected && expected <= high + 1e-9);
        self.all += 1;
    }

    fn assert(&self) {
        let Self { inside, all } = self;
        println!("{inside} of {all} intervals cover the exact value");
        assert!(
            f64::from(*inside) >= 0.94 * f64::from(*all),
            "{inside} of {all} intervals cover the exact value"
        );
    }
}

#[test]
fn figures_equal_those_of_all_outcomes() {
    let mut coverage = Coverage::default();
    for i in 0..60 {
        let (n, g) = small(i);
        let sources = [i as usize % n, (i as usize / 2 + 1) % n];
        let included_nodes: Vec<usize> = (0..n).filter(|v| !sources.contains(v)).take(2).collect();
        let included: Vec<NodeId> = included_nodes.iter().copied().map(NodeId::new).collect();
        let already_blocked: Vec<bool> = (0..n).map(|v| v == n - 1 && !included_nodes.contains(&v)).collect();
        let blocked_before: Vec<usize> =
            (0..n).filter(|&v| already_blocked[v] && !sources.contains(&v)).collect();
        let worth: Vec<u64> = (0..n as u64).map(|v| v % 3 * 5).collect();
        for (case, (diffusion, probability)) in MODELS.into_iter().enumerate() {
            let outcomes = Outcomes::new(&g, &(diffusion, probability.clone()), &sources);
            let model = SpreadModel::new(&g, diffusion, &probability).unwrap();
            let cases = [
                SeedConstraints { included: &included, ..SeedConstraints::of_size(2) },
                SeedConstraints {
                    included: &included,
                    already_active: Some(&already_blocked),
                    worth: Some(&worth),
                    ..SeedConstraints::of_size(2)
                },
            ];
            for (number, constraints) in cases.iter().enumerate() {
                let cfg = config(0.02, 1 << 17, 8 * i + 2 * case as u64 + number as u64);
                let found =
                    influence::blocking_set(&model, &sources.map(NodeId::new), constraints, &cfg).unwrap();
                assert_eq!(picked(&found), included_nodes);
                let left = |picks: usize| {
                    let blocked_before: &[usize] = if number == 1 { &blocked_before } else { &[] };
                    let blocked = [blocked_before, &included_nodes[..picks]].concat();
                    outcomes.left(&blocked, |v| constraints.worth.map_or(1, |worth| worth[v]))
                };
                let name = format!("graph {i}, model {case}, constraints {number}");
                coverage.add(found.before, left(0), &name);
                coverage.add(found.after, left(2), &name);
                coverage.add(found.prevented, left(0) - left(2), &name);
                coverage.add(found.picks[0].marginal, left(0) - left(1), &name);
                coverage.add(found.picks[1].marginal, left(1) - left(2), &name);
                assert_eq!(found.picks[0].cumulative, found.picks[0].marginal);
                assert_eq!(found.picks[1].cumulative, found.prevented);
            }
        }
    }
    coverage.assert();
}

/// All sets of `size` of these nodes.
fn sets(nodes: &[usize], size: usize) -> Vec<Vec<usize>> {
    let all = 0_u32..1 << nodes.len();
    all.filter(|bits| bits.count_ones() as usize == size)
        .map(|bits| (0..nodes.len()).filter(|at| bits >> at & 1 == 1).map(|at| nodes[at]).collect())
        .collect()
}

#[test]
fn greedy_is_close_to_the_best_of_all_sets() {
    // For blocking sets of 1, 2 and 3 nodes: the worst ratio to the best set, and the sum of ratios.
    let (mut worst, mut sums, mut count) = ([1.0_f64; 3], [0.0; 3], 0);
    let (mut bounded, mut all) = (0, 0);
    for i in 0..60 {
        let (n, g) = small(i);
        let source = i as usize % n;
        let others: Vec<usize> = (0..n).filter(|&v| v != source).collect();
        for model in MODELS {
            let outcomes = Outcomes::new(&g, &model, &[source]);
            let left = |blocked: &[usize]| outcomes.left(blocked, |_| 1);
            let before = left(&[]);
            if before < 0.1 {
                continue;
            }
            count += 1;
            for size in 1..=3 {
                let found = blocked_set(&g, &model, &[source as u32], &SeedConstraints::of_size(size));
                let prevented = before - left(&picked(&found));
                let best = before
                    - sets(&others, size.min(others.len()))
                        .iter()
                        .map(|set| left(set))
                        .fold(before, f64::min);
                let ratio = prevented / best;
                worst[size - 1] = worst[size - 1].min(ratio);
                sums[size - 1] += ratio;
                bounded += u32::from(best <= found.max_prevented.high + 1e-9);
                all += 1;
            }
        }
    }
    let means = sums.map(|sum| sum / f64::from(count));
    println!("{count} cases; worst {worst:.3?}, mean {means:.4?}; {bounded} of {all} bounded");
    assert!(count > 100);
    // A single selected node is the best node, except for sampling noise.
    assert!(worst[0] > 0.97, "{worst:?}");
    assert!(worst[1] > 0.9 && worst[2] > 0.9, "{worst:?}");
    assert!(means[1] > 0.99 && means[2] > 0.99, "{means:?}");
    assert!(f64::from(bounded) >= 0.95 * f64::from(all), "{bounded} of {all}");
}

#[test]
fn closed_forms_are_met() {
    let sure = (CASCADE, EdgeProbability::Fixed(1.0));
    let half = (CASCADE, EdgeProbability::Fixed(0.5));
    // 0 <- 1 <- 2 <- ...: blocking node 1 cuts off all others.
    let path: Vec<(u32, u32)> = (1..10).map(|u| (u, u - 1)).collect();
    let g = graphs::plain(10, &path);
    let found = blocked_set(&g, &sure, &[0], &SeedConstraints::of_size(3));
    assert_eq!((picked(&found), found.before.mean, found.after.mean), (vec![1], 9.0, 0.0));
    assert_eq!((found.after.low, found.prevented.mean, found.max_prevented.mean), (0.0, 9.0, 9.0));
    let found = blocked_set(&g, &half, &[0], &SeedConstraints::of_size(1));
    let expected = 1.0 - 0.5_f64.powi(9);
    assert_eq!(picked(&found), [1]);
    assert!((found.before.mean - expected).abs() < 0.05, "{found:?}");
    assert_eq!(found.prevented, found.before);
    assert_eq!(found.after.mean, 0.0);
    // If node 1 is not eligible, node 2 is next.
    let eligible: Vec<bool> = (0..10).map(|v| v > 1).collect();
    let found = blocked_set(
        &g,
        &sure,
        &[0],
        &SeedConstraints { eligible: Some(&eligible), ..SeedConstraints::of_size(1) },
    );
    assert_eq!((picked(&found), found.after.mean, found.max_prevented.mean), (vec![2], 1.0, 8.0));
    // A star: blocking a leaf prevents only that leaf, so three blocked nodes prevent three of nine.
    let star: Vec<(u32, u32)> = (1..10).map(|u| (u, 0)).collect();
    let g = graphs::plain(10, &star);
    let found = blocked_set(&g, &sure, &[0], &SeedConstraints::of_size(3));
    assert_eq!((picked(&found), found.prevented.mean, found.max_prevented.mean), (vec![1, 2, 3], 3.0, 3.0));
    let found = blocked_set(&g, &half, &[0], &SeedConstraints::of_size(3));
    assert!((found.before.mean - 4.5).abs() < 0.1 && (found.prevented.mean - 1.5).abs() < 0.1, "{found:?}");
    // Two cliques of five joined by the edge 5 -> 4: 4 is on every path to the other clique; blocking 5 prevents one
    // node less than blocking 4.
    let mut bridge = graphs::both_ways(&[graphs::clique(0, 5), graphs::clique(5, 5)].concat());
    bridge.push((5, 4));
    let g = graphs::plain(10, &bridge);
    let found = blocked_set(&g, &sure, &[0, 1, 0], &SeedConstraints::of_size(2));
    assert_eq!((picked(&found), found.before.mean, found.after.mean), (vec![4, 2], 8.0, 1.0));
    assert_eq!(found.picks[0].marginal.mean, 6.0);
    let found = blocked_set(&g, &sure, &[4], &SeedConstraints::of_size(1));
    assert_eq!((picked(&found), found.prevented.mean), (vec![5], 5.0));
}

#[test]
fn worth_and_nodes_that_are_blocked_already() {
    let sure = (CASCADE, EdgeProbability::Fixed(1.0));
    // 1, 2 and 3 attend to 0; 4 to 7 attend to 1, and 8 attends to 2.
    let edges = [(1, 0), (2, 0), (3, 0), (4, 1), (5, 1), (6, 1), (7, 1), (8, 2)];
    let g = graphs::plain(9, &edges);
    assert_eq!(picked(&blocked_set(&g, &sure, &[0], &SeedConstraints::of_size(2))), [1, 2]);
    let mut worth = [1; 9];
    worth[8] = 100;
    let constraints = SeedConstraints { worth: Some(&worth), ..SeedConstraints::of_size(2) };
    let found = blocked_set(&g, &sure, &[0], &constraints);
    assert_eq!((picked(&found), found.before.mean, found.after.mean), (vec![2, 1], 107.0, 1.0));
    // Worths that are too large for sums over all worlds are rounded, but only for the selection.
    let mut worth = [1 << 30; 9];
    worth[8] = 1 << 62;
    let found = blocked_set(&g, &sure, &[0], &SeedConstraints { worth: Some(&worth), ..constraints });
    assert_eq!((picked(&found), found.after.mean), (vec![2, 1], f64::from(1 << 30)));
    let already_blocked: Vec<bool> = (0..9).map(|v| v == 1 || v == 0).collect();
    let found = blocked_set(
        &g,
        &sure,
        &[0],
        &SeedConstraints { already_active: Some(&already_blocked), ..SeedConstraints::of_size(1) },
    );
    assert_eq!((picked(&found), found.before.mean, found.after.mean), (vec![2], 3.0, 1.0));
    // A selection by gain alone would take node 1, which uses up the budget; a selection by gain per cost alone would
    // take node 2 and two leaves.
    let within_budget = |cost_of_1: u64, limit| {
        let cost: Vec<u64> = (0..9).map(|v| if v == 1 { cost_of_1 } else { 1 }).collect();
        let budget = Some(Budget { cost: &cost, limit });
        picked(&blocked_set(&g, &sure, &[0], &SeedConstraints { budget, ..SeedConstraints::of_size(9) }))
    };
    assert_eq!(within_budget(10, 10), [2, 3, 4, 5, 6, 7]);
    assert_eq!(within_budget(3, 3), [1]);
}

#[test]
fn greedy_misses_two_nodes_on_parallel_paths() {
    // 1 and 2 attend to 0, 3 attends to 1 and 2, and 4 to 13 attend to 3; 14 attends to 0, and 15 to 17 attend to 14.
    let leaves = (4..14).map(|u| (u, 3)).chain((15..18).map(|u| (u, 14)));
    let edges: Vec<(u32, u32)> =
        [(1, 0), (2, 0), (3, 1), (3, 2), (14, 0)].into_iter().chain(leaves).collect();
    let g = graphs::plain(18, &edges);
    let sure = (CASCADE, EdgeProbability::Fixed(1.0));
    let eligible: Vec<bool> = (0..18).map(|v| v != 3).collect();
    let constraints = SeedConstraints { eligible: Some(&eligible), ..SeedConstraints::of_size(2) };
    // This shows why the greedy selection has no guarantee: 1 and 2 together would prevent 13 nodes.
    let found = blocked_set(&g, &sure, &[0], &constraints);
    assert_eq!((picked(&found), found.prevented.mean), (vec![14, 1], 5.0));
    let both = [NodeId(1), NodeId(2)];
    let found = blocked_set(&g, &sure, &[0], &SeedConstraints { included: &both, ..constraints });
    assert_eq!((found.picks[0].marginal.mean, found.picks[1].marginal.mean), (1.0, 12.0));
    // With three nodes, 2 gains once 1 is blocked.
    let found = blocked_set(&g, &sure, &[0], &SeedConstraints { size: 3, ..constraints });
    assert_eq!((picked(&found), found.after.mean), (vec![14, 1, 2], 0.0));
}

/// Mean size of forward simulations and its standard error, without any sampled worlds.
fn simulated(
    g: &Graph,
    (diffusion, probability): &(Diffusion, EdgeProbability),
    sources: &[usize],
    blocked: &[usize],
) -> (f64, f64) {
    const RUNS: u64 = 40_000;
    let mut audience = vec![Vec::new(); g.node_count()];
    for (u, v, p) in probabilities(g, probability) {
        audience[v].push((u, p));
    }
    let (mut sum, mut squares) = (0.0, 0.0);
    for run in 0..RUNS {
        let mut draw = 0;
        let mut active = vec![false; g.node_count()];
        let mut pressure = vec![0.0; g.node_count()];
        for &v in sources.iter().chain(blocked) {
            active[v] = true;
        }
        let mut queue = sources.to_vec();
        let mut at = 0;
        while at < queue.len() {
            for &(u, p) in &audience[queue[at]] {
                draw += 1;
                pressure[u] += p;
                let moves = match diffusion {
                    Diffusion::IndependentCascade => num::unit_interval(num::random(5, 1, run, draw)) < p,
                    Diffusion::LinearThreshold => {
                        num::unit_interval(num::random(5, 2, run, u as u64)) < pressure[u]
                    }
                };
                if !active[u] && moves {
                    active[u] = true;
                    queue.push(u);
                }
            }
            at += 1;
        }
        let size = (queue.len() - sources.len()) as f64;
        sum += size;
        squares += size * size;
    }
    let mean = sum / RUNS as f64;
    (mean, ((squares / RUNS as f64 - mean * mean) / RUNS as f64).sqrt())
}

#[test]
fn simulations_agree_and_blocking_by_in_degree_prevents_no_more() {
    let edges: Vec<_> = rmat(8, 2000, 3).into_iter().filter(|(u, v, _)| u != v).collect();
    let g = graphs::weighted(1 << 8, &edges);
    let sources = [0, 17, 40];
    for model in [
        (CASCADE, EdgeProbability::WeightedCascade),
        (CASCADE, EdgeProbability::Fixed(0.1)),
        (THRESHOLD, EdgeProbability::WeightedCascade),
    ] {
        let found = blocked_set(&g, &model, &sources, &SeedConstraints::of_size(6));
        let (sources, picks) = (sources.map(|v| v as usize), picked(&found));
        assert_eq!(picks.len(), 6);
        for (ours, blocked) in [(found.before, &picks[..0]), (found.after, &picks)] {
            let (mean, error) = simulated(&g, &model, &sources, blocked);
            let own = (ours.high - ours.low) / 3.92;
            assert!((ours.mean - mean).abs() < 4.0 * (own * own + error * error).sqrt(), "{ours:?} {mean}");
        }
        // The nodes with the largest audiences.
        let mut tops: Vec<usize> = (0..1 << 8).filter(|v| !sources.contains(v)).collect();
        tops.sort_by_key(|&v| std::cmp::Reverse(g.in_edges().degree(NodeId::new(v))));
        tops.truncate(6);
        let (by_audience, _) = simulated(&g, &model, &sources, &tops);
        println!(
            "{:.1} before, {:.1} after, {by_audience:.1} by audience",
            found.before.mean, found.after.mean
        );
        assert!(found.after.mean < 1.02 * by_audience);
    }
}

#[test]
fn same_bytes_at_any_thread_count_and_in_any_form() {
    let edges: Vec<_> = rmat(11, 16_000, 5).into_iter().filter(|(u, v, _)| u != v).collect();
    let list: Vec<Edge> =
        edges.iter().map(|&(u, v, weight)| Edge { source: NodeId(u), target: NodeId(v), weight }).collect();
    let numbers: Vec<NodeId> = (0..1 << 11).map(NodeId).collect();
    let graph = |form| {
        let weighting = Weighting::FixedPoint { unit_log2: 0 };
        let cfg = BuildConfig { storage: form, ..graphs::config(graph::Directions::AsWritten, weighting) };
        graph::build_blocks(1 << 11, vec![EdgeBlock::from(list.clone())], &numbers, &cfg)
    };
    let (plain, packed) = (graph(Storage::Plain), graph(Storage::Compressed));
    let group: Vec<u32> = (0..1 << 11).map(|v| v % 40).collect();
    let caps = [GroupCaps { group: &group, max: &[1; 40] }];
    for (diffusion, probability) in [
        (CASCADE, EdgeProbability::WeightedCascade),
        (THRESHOLD, EdgeProbability::WeightedCascade),
        (CASCADE, EdgeProbability::Fixed(0.05)),
    ] {
        let constraints = SeedConstraints { caps: &caps, ..SeedConstraints::of_size(12) };
        let of = |g: &Graph| {
            let model = SpreadModel::new(g, diffusion, &probability).unwrap();
            let sources = [NodeId(3), NodeId(90), NodeId(7)];
            influence::blocking_set(&model, &sources, &constraints, &config(0.2, BLOCKING_MAX_WORK, 9))
                .unwrap()
        };
        let one = pools::assert_same_on_any_pool(|| of(&plain));
        assert_eq!(one.picks.len(), 12);
        assert!(one.worlds > 16);
        assert!(of(&packed) == one);
    }
}

fn cascade(g: &Graph) -> SpreadModel<'_> {
    SpreadModel::new(g, CASCADE, &EdgeProbability::WeightedCascade).unwrap()
}

#[test]
fn edge_cases_and_refusals() {
    let none = graph::build(0, Vec::new(), Weighting::Unweighted);
    let cfg = config(0.1, BLOCKING_MAX_WORK, 1);
    let block = |g: &Graph, sources: &[u32], constraints: &SeedConstraints<'_>| {
        let sources: Vec<NodeId> = sources.iter().copied().map(NodeId).collect();
        influence::blocking_set(&cascade(g), &sources, constraints, &cfg)
    };
    let refused = |error: SeedError| Err(BlockingError::Constraints(error));
    let one = SeedConstraints::of_size(1);
    assert_eq!(block(&none, &[], &one), Err(BlockingError::NoSource));
    assert_eq!(block(&none, &[0], &one), Err(BlockingError::UnknownSource { node: 0, node_count: 0 }));
    // 0 attends to 1 and 1 to 2: no node attends to 0.
    let g = graphs::plain(3, &[(0, 1), (1, 2)]);
    assert_eq!(block(&g, &[], &one), Err(BlockingError::NoSource));
    assert_eq!(block(&g, &[1, 3], &one), Err(BlockingError::UnknownSource { node: 3, node_count: 3 }));
    assert_eq!(block(&g, &[1], &SeedConstraints::of_size(0)), refused(SeedError::ZeroSize));
    assert_eq!(block(&g, &[2, 1, 0], &one), refused(SeedError::NoEligibleNode));
    let eligible = [false, true, false];
    assert_eq!(
        block(&g, &[1], &SeedConstraints { eligible: Some(&eligible), ..one }),
        refused(SeedError::NoEligibleNode)
    );
    assert_eq!(
        block(&g, &[1], &SeedConstraints { worth: Some(&[0; 3]), ..one }),
        refused(SeedError::NoWorth)
    );
    let included = SeedConstraints { included: &[NodeId(1), NodeId(0)], ..one };
    assert_eq!(block(&g, &[1], &included), Err(BlockingError::IncludedSource { node: 1 }));
    let too_many = SeedError::IncludedDoNotFit { node: 0, violation: Violation::Size { by: 1 } };
    assert_eq!(block(&g, &[2], &included), refused(too_many));
    for precision in [0.0, 1.0, -1.0, f64::NAN] {
        let cfg = BlockingConfig { precision, ..cfg };
        let refused = influence::blocking_set(&cascade(&g), &[NodeId(1)], &one, &cfg);
        assert!(matches!(refused, Err(BlockingError::BadPrecision { .. })));
    }
    // No node is reached, so nothing is prevented: exactly 0.
    let nothing = Spread { mean: 0.0, low: 0.0, high: 0.0 };
    let found = block(&g, &[0], &one).unwrap();
    assert_eq!(
        (&found.picks[..], found.before, found.after, found.max_prevented),
        (&[][..], nothing, nothing, nothing)
    );
    let included = SeedConstraints { included: &[NodeId(1)], ..one };
    let found = block(&g, &[0], &included).unwrap();
    assert_eq!((picked(&found), found.prevented), (vec![1], nothing));
    // A repeated source counts once, and so does a node that two sources activate.
    let twice = block(&g, &[1, 2, 1], &one).unwrap();
    assert_eq!(twice, block(&g, &[2, 1], &one).unwrap());
    assert_eq!((picked(&twice), twice.before.mean), (vec![0], 1.0));
}

proptest! {
    #[test]
    fn constraints_are_kept(
        (n, edges) in graphs::any_edges(),
        size in 1_usize..8,
        caps_of in 1_u32..4,
        budget in 0_u64..20,
        threshold: bool,
        seed: u64,
    ) {
        let g = graphs::weighted(n, &edges);
        let diffusion = if threshold { THRESHOLD } else { CASCADE };
        let model = SpreadModel::new(&g, diffusion, &EdgeProbability::WeightedCascade).unwrap();
        let group: Vec<u32> = (0..n as u32).map(|v| v % 4).collect();
        let other: Vec<u32> = (0..n as u32).map(|v| v / 2 % 5).collect();
        let cost: Vec<u64> = (0..n as u64).map(|v| v * 3 % 7).collect();
        let eligible: Vec<bool> = (0..n).map(|v| v % 5 != 1).collect();
        let already_blocked: Vec<bool> = (0..n).map(|v| v % 6 == 2).collect();
        let max = [caps_of, 1, 0];
        let caps = [GroupCaps { group: &group, max: &max }, GroupCaps { group: &other, max: &[2; 5] }];
        let constraints = SeedConstraints {
            eligible: Some(&eligible),
            already_active: Some(&already_blocked),
            caps: &caps,
            budget: Some(Budget { cost: &cost, limit: budget }),
            ..SeedConstraints::of_size(size)
        };
        let sources = [NodeId(0), NodeId::new(n / 2)];
        let found = match influence::blocking_set(&model, &sources, &constraints, &config(0.3, 1 << 12, seed)) {
            Ok(found) => found,
            Err(error) => {
                prop_assert_eq!(error, BlockingError::Constraints(SeedError::NoEligibleNode));
                return Ok(());
            }
        };
        let nodes = picked(&found);
        prop_assert!(nodes.len() <= size);
        prop_assert!(nodes.iter().all(|&v| eligible[v] && !already_blocked[v] && v != 0 && v != n / 2));
        prop_assert!(nodes.iter().map(|&v| cost[v]).sum::<u64>() <= budget);
        for (of, max) in (0..).zip(max) {
            prop_assert!(nodes.iter().filter(|&&v| group[v] == of).count() <= max as usize);
        }
        for of in 0..5 {
            prop_assert!(nodes.iter().filter(|&&v| other[v] == of).count() <= 2);
        }
        let mut distinct = nodes.clone();
        distinct.sort_unstable();
        distinct.dedup();
        prop_assert_eq!(distinct.len(), nodes.len());
        // All figures come from the same sampled worlds.
        prop_assert!((found.before.mean - found.prevented.mean - found.after.mean).abs() < 1e-9);
        prop_assert!(found.prevented.mean <= found.max_prevented.mean + 1e-9);
        prop_assert!(found.max_prevented.mean <= found.before.mean + 1e-9);
        let marginals: f64 = found.picks.iter().map(|pick| pick.marginal.mean).sum();
        prop_assert!((marginals - found.prevented.mean).abs() < 1e-9);
    }
}
