//! Seed sets compared with all outcomes, all seed sets and forward simulation; constraints and thread counts.

use std::collections::BTreeMap;

use plaudit::{
    generate::{PlantedConfig, planted},
    graph::{self, Graph},
    ids::NodeId,
    influence::{
        self, Budget, Diffusion, EdgeProbability, GroupCaps, MinQuota, ModelError, SeedConfig,
        SeedConstraints, SeedError, SeedSet, Spread, SpreadModel, StopReason, Violation,
    },
    num, rank,
};
use proptest::prelude::*;
use rayon::prelude::*;

use crate::support::{graphs, planted::rmat};

const CASCADE: Diffusion = Diffusion::IndependentCascade;
const THRESHOLD: Diffusion = Diffusion::LinearThreshold;

fn config(epsilon: f64, seed: u64) -> SeedConfig {
    SeedConfig { epsilon, min_work: 0, max_work: influence::MAX_WORK, seed }
}

/// A small random graph with up to 16 edges of weights 1 to 4, with cycles.
pub(crate) fn small(i: u64) -> (usize, Graph) {
    let draw = |draw, below: u64| u32::try_from(num::random(17, 1, i, draw) % below).unwrap();
    let n = 4 + draw(0, 6);
    let mut edges: Vec<(u32, u32, u64)> = (0..u64::from(6 + draw(1, 10)))
        .map(|e| (draw(10 + 3 * e, n.into()), draw(11 + 3 * e, n.into()), u64::from(1 + draw(12 + 3 * e, 4))))
        .filter(|(u, v, _)| u != v)
        .collect();
    edges.sort_unstable();
    edges.dedup_by_key(|edge| (edge.0, edge.1));
    edges.truncate(15);
    edges.push((0, 1, 1));
    edges.dedup_by_key(|edge| (edge.0, edge.1));
    (n as usize, graphs::weighted(n as usize, &edges))
}

/// The edges with their probabilities, by definition.
pub(crate) fn probabilities(g: &Graph, probability: &EdgeProbability) -> Vec<(usize, usize, f64)> {
    let mut rows = g.out_edges().rows();
    let mut edges = Vec::new();
    for u in g.nodes() {
        let row: Vec<(NodeId, u32)> = rows.row(u).iter().collect();
        let strength: f64 = row.iter().map(|&(_, weight)| f64::from(weight)).sum();
        for (v, weight) in row {
            let p = match *probability {
                EdgeProbability::Fixed(p) => p,
                EdgeProbability::WeightedCascade => f64::from(weight) / strength,
                EdgeProbability::Weight => f64::from(weight) * g.weight_unit(),
            };
            edges.push((u.index(), v.index(), p));
        }
    }
    edges
}

/// The nodes reached from `seeds` over these live edges `u → v`, over which `v` activates `u`.
pub(crate) fn reached(n: usize, edges: &[(usize, usize)], seeds: &[usize]) -> Vec<bool> {
    let mut active = vec![false; n];
    for &v in seeds {
        active[v] = true;
    }
    for _ in 0..n {
        for &(u, v) in edges {
            active[u] |= active[v];
        }
    }
    active
}

/// One of several mutually exclusive cases: its probability, and the edge that is live in this case, if any.
type LiveEdgeCase = (f64, Option<(usize, usize)>);

/// Every outcome of the diffusion model: its probability and the live edges.
pub(crate) fn outcomes(
    g: &Graph,
    diffusion: Diffusion,
    probability: &EdgeProbability,
) -> Vec<(f64, Vec<(usize, usize)>)> {
    let edges = probabilities(g, probability);
    let mut all = vec![(1.0, Vec::new())];
    let cases: Vec<Vec<LiveEdgeCase>> = match diffusion {
        Diffusion::IndependentCascade => {
            edges.iter().map(|&(u, v, p)| vec![(p, Some((u, v))), (1.0 - p, None)]).collect()
        }
        Diffusion::LinearThreshold => (0..g.node_count())
            .map(|u| {
                let own = edges.iter().filter(|edge| edge.0 == u);
                let mut cases: Vec<_> = own.map(|&(u, v, p)| (p, Some((u, v)))).collect();
                let sum: f64 = cases.iter().map(|case| case.0).sum();
                cases.push((1.0 - sum, None));
                cases
            })
            .collect(),
    };
    for cases in cases {
        let grown = all.iter().flat_map(|(p, live): &(f64, Vec<_>)| {
            cases.iter().map(move |&(q, edge)| {
                (p * q, live.iter().copied().chain(edge).collect::<Vec<(usize, usize)>>())
            })
        });
        all = grown.filter(|(p, _)| *p > 1e-12).collect();
    }
    all
}

fn exact(
    n: usize,
    outcomes: &[(f64, Vec<(usize, usize)>)],
    seeds: &[usize],
    worth: impl Fn(usize) -> f64,
) -> f64 {
    let of = |(p, live): &(f64, Vec<(usize, usize)>)| {
        let active = reached(n, live, seeds);
        p * (0..n).filter(|&v| active[v]).map(&worth).sum::<f64>()
    };
    outcomes.iter().map(of).sum()
}

#[test]
fn spread_equals_that_of_all_outcomes() {
    let (mut inside, mut all) = (0, 0);
    for i in 0..80 {
        let (n, g) = small(i);
        for (case, diffusion, probability) in [
            (0, CASCADE, EdgeProbability::WeightedCascade),
            (1, CASCADE, EdgeProbability::Fixed(0.3)),
            (2, THRESHOLD, EdgeProbability::WeightedCascade),
            (3, THRESHOLD, EdgeProbability::Fixed(0.06)),
        ] {
            let model = SpreadModel::new(&g, diffusion, &probability).unwrap();
            let outcomes = outcomes(&g, diffusion, &probability);
            let seeds = [i as usize % n, (i as usize / 2 + 1) % n];
            let (nodes, seed) = (seeds.map(NodeId::new), 4 * i + case);
            let expected = exact(n, &outcomes, &seeds, |_| 1.0);
            let found = influence::estimate_spread(&model, &nodes, None, None, 20_000, seed).spread;
            let sd = n as f64 * 0.5 / 20_000_f64.sqrt();
            assert!((found.mean - expected).abs() < 5.0 * sd, "{i} {diffusion:?}: {found:?} {expected}");
            inside += i32::from(found.low <= expected && expected <= found.high);
            all += 1;
            // Nodes of different worth, and one that is already active.
            let worth: Vec<u64> = (0..n as u64).map(|v| v % 3).collect();
            let expected = exact(n, &outcomes, &seeds, |v| worth[v] as f64);
            let found = influence::estimate_spread(&model, &nodes, None, Some(&worth), 20_000, seed).spread;
            assert!((found.mean - expected).abs() < 10.0 * sd, "{i} worth: {found:?} {expected}");
            let active: Vec<bool> = (0..n).map(|v| v == 0).collect();
            let found = influence::estimate_spread(&model, &nodes, Some(&active), None, 20_000, seed).spread;
            let expected =
                exact(n, &outcomes, &[0, seeds[0], seeds[1]], |_| 1.0) - exact(n, &outcomes, &[0], |_| 1.0);
            assert!((found.mean - expected).abs() < 5.0 * sd, "{i} active: {found:?} {expected}");
        }
    }
    assert!(f64::from(inside) >= 0.94 * f64::from(all), "{inside} of {all} intervals cover the exact value");
}

#[test]
fn the_certificate_is_never_above_the_true_ratio() {
    let mut lowest: f64 = 1.0;
    // Keyed by graph: the exact spread of every set of nodes, indexed by its bit mask. Several random seeds share a
    // graph.
    let mut exact_spreads: BTreeMap<(u64, bool), Vec<f64>> = BTreeMap::new();
    for seed in 0..200 {
        let (n, g) = small(seed % 23);
        let is_threshold = seed % 4 == 3;
        let diffusion = if is_threshold { THRESHOLD } else { CASCADE };
        let model = SpreadModel::new(&g, diffusion, &EdgeProbability::WeightedCascade).unwrap();
        let nodes_of = |bits: usize| (0..n).filter(|&v| bits >> v & 1 == 1).collect::<Vec<_>>();
        let exact_spread = exact_spreads.entry((seed % 23, is_threshold)).or_insert_with(|| {
            let outcomes = outcomes(&g, diffusion, &EdgeProbability::WeightedCascade);
            (0..1 << n).map(|bits| exact(n, &outcomes, &nodes_of(bits), |_| 1.0)).collect()
        });
        let group: Vec<u32> = (0..n as u32).map(|v| v % 3).collect();
        let cost: Vec<u64> = (0..n as u64).map(|v| 1 + v * 7 % 5).collect();
        let eligible: Vec<bool> = (0..n).map(|v| v % 4 != 2).collect();
        let caps = [GroupCaps { group: &group, max: &[1, 1, 0] }];
        let member: Vec<bool> = (0..n).map(|v| v % 4 == 3 || v == 0).collect();
        let quotas = [MinQuota { member: &member, min: 2 }];
        let cases = [
            SeedConstraints::of_size(2),
            SeedConstraints { quotas: &quotas, ..SeedConstraints::of_size(3) },
            SeedConstraints { eligible: Some(&eligible), caps: &caps, ..SeedConstraints::of_size(3) },
            SeedConstraints { budget: Some(Budget { cost: &cost, limit: 5 }), ..SeedConstraints::of_size(3) },
            SeedConstraints { included: &[NodeId(1)], ..SeedConstraints::of_size(2) },
        ];
        for (number, constraints) in cases.iter().enumerate() {
            let found = influence::seed_set(&model, constraints, &config(0.1, seed)).unwrap();
            let picked: Vec<usize> = found.picks.iter().map(|pick| pick.node.index()).collect();
            let allowed = |set: &[usize]| {
                let cost_sum: u64 = set.iter().map(|&v| cost[v]).sum();
                let of = |of: u32| set.iter().filter(|&&v| group[v] == of).count();
                set.len() <= constraints.size
                    && constraints.eligible.is_none_or(|eligible| set.iter().all(|&v| eligible[v]))
                    && (constraints.caps.is_empty() || (of(0) <= 1 && of(1) <= 1 && of(2) == 0))
                    && (constraints.budget.is_none() || cost_sum <= 5)
                    && constraints.included.iter().all(|v| set.contains(&v.index()))
                    && (constraints.quotas.is_empty() || set.iter().filter(|&&v| member[v]).count() >= 2)
            };
            assert!(allowed(&picked), "{seed} {number}: {picked:?}");
            let sets = (0..1 << n).filter(|&bits| allowed(&nodes_of(bits)));
            let best = sets.map(|bits| exact_spread[bits]).fold(0.0, f64::max);
            let picked_bits: usize = picked.iter().map(|v| 1 << v).sum();
            let ratio = exact_spread[picked_bits] / best;
            assert!(found.certificate <= ratio + 1e-9, "{seed} {number}: {} of {ratio}", found.certificate);
            lowest = lowest.min(found.certificate);
        }
    }
    println!("the lowest certificate is {lowest:.3}");
}

/// How many parts a simulation has, which run in parallel.
const PARTS: u64 = 16;

/// Mean size of forward cascades, and its standard error.
fn simulated(edges: &[(usize, usize, f64)], n: usize, seeds: &[NodeId], runs: u64) -> (f64, f64) {
    let mut audience = vec![Vec::new(); n];
    for &(u, v, p) in edges {
        // An edge is live if a random word is below this.
        audience[v].push((u, (p * u64::MAX as f64) as u64));
    }
    let run_part = |part: u64| {
        let (mut sum, mut squares, mut word) = (0.0, 0.0, num::mix64(part) | 1);
        let mut active = vec![false; n];
        let mut queue: Vec<usize> = Vec::new();
        for _ in 0..runs / PARTS {
            queue.drain(..).for_each(|v| active[v] = false);
            queue.extend(seeds.iter().map(|v| v.index()));
            for &v in &queue {
                active[v] = true;
            }
            let mut at = 0;
            while at < queue.len() {
                for &(u, threshold) in &audience[queue[at]] {
                    if active[u] {
                        continue;
                    }
                    // Another generator than the sampler's: xorshift (Marsaglia 2003).
                    word ^= word << 13;
                    word ^= word >> 7;
                    word ^= word << 17;
                    if word < threshold {
                        active[u] = true;
                        queue.push(u);
                    }
                }
                at += 1;
            }
            sum += queue.len() as f64;
            squares += (queue.len() as f64).powi(2);
        }
        (sum, squares)
    };
    let parts: Vec<(f64, f64)> = (0..PARTS).into_par_iter().map(run_part).collect();
    let (sum, squares) = parts.iter().fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
    let mean = sum / runs as f64;
    (mean, ((squares / runs as f64 - mean * mean) / runs as f64).sqrt())
}

#[test]
fn forward_simulation_agrees() {
    let edges: Vec<_> = rmat(8, 2000, 3).into_iter().filter(|(u, v, _)| u != v).collect();
    let g = graphs::weighted(1 << 8, &edges);
    for probability in [EdgeProbability::WeightedCascade, EdgeProbability::Fixed(0.05)] {
        let model = SpreadModel::new(&g, CASCADE, &probability).unwrap();
        let found = influence::seed_set(&model, &SeedConstraints::of_size(5), &config(0.1, 1)).unwrap();
        let nodes: Vec<NodeId> = found.picks.iter().map(|pick| pick.node).collect();
        let sets = 1_000_000;
        let Spread { mean, low, high } =
            influence::estimate_spread(&model, &nodes, None, None, sets, 2).spread;
        let (simulated, error) = simulated(&probabilities(&g, &probability), 1 << 8, &nodes, 1_000_000);
        let ours = (high - low) / 3.92;
        assert!(
            (mean - simulated).abs() < 4.0 * (ours * ours + error * error).sqrt(),
            "{mean} {simulated} {error}"
        );
    }
}

fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

#[test]
fn same_bytes_at_any_thread_count() {
    let edges: Vec<_> = rmat(12, 40_000, 5).into_iter().filter(|(u, v, _)| u != v).collect();
    let g = graphs::weighted(1 << 12, &edges);
    let group: Vec<u32> = (0..1 << 12).map(|v| v % 40).collect();
    let caps = [GroupCaps { group: &group, max: &[2; 40] }];
    for (diffusion, probability) in [
        (CASCADE, EdgeProbability::WeightedCascade),
        (THRESHOLD, EdgeProbability::WeightedCascade),
        (CASCADE, EdgeProbability::Fixed(0.02)),
    ] {
        let model = SpreadModel::new(&g, diffusion, &probability).unwrap();
        let constraints = SeedConstraints { caps: &caps, ..SeedConstraints::of_size(30) };
        let of = |threads| {
            on_threads(threads, || influence::seed_set(&model, &constraints, &config(0.1, 9)).unwrap())
        };
        let one: SeedSet = of(1);
        assert_eq!(one.picks.len(), 30);
        for threads in [2, 3, 8] {
            assert_eq!(of(threads), one);
        }
    }
}

#[test]
fn a_star_and_isolated_nodes() {
    // 1 to 9 attend to 0 only, and 0 activates each of them with probability 1. 10 to 12 are isolated.
    let edges: Vec<(u32, u32, u64)> = (1..10).map(|u| (u, 0, 1)).collect();
    let g = graphs::weighted(13, &edges);
    let model = SpreadModel::new(&g, CASCADE, &EdgeProbability::WeightedCascade).unwrap();
    let found = influence::seed_set(&model, &SeedConstraints::of_size(3), &config(0.1, 4)).unwrap();
    let nodes: Vec<u32> = found.picks.iter().map(|pick| pick.node.0).collect();
    assert_eq!(nodes[0], 0);
    assert!(nodes[1..].iter().all(|v| (10..13).contains(v)), "{nodes:?}");
    assert!((found.spread.mean - 12.0).abs() < 0.7, "{:?}", found.spread);
    assert!(found.spread.low <= 12.0 && 12.0 <= found.spread.high);
    assert!(found.certificate >= 0.53 && found.certificate <= 1.0);
    // Four nodes reach all other nodes.
    let all = influence::seed_set(&model, &SeedConstraints::of_size(13), &config(0.1, 4)).unwrap();
    assert_eq!(all.picks.len(), 4);
    assert_eq!(all.spread.mean, 13.0);
    let marginals: f64 = all.picks.iter().map(|pick| pick.marginal.mean).sum();
    assert!((marginals - 13.0).abs() < 1e-9);
}

/// A star: all other nodes attend to node 0, which activates each of them with probability 1.
fn star(leaves: u32) -> Graph {
    let edges: Vec<(u32, u32, u64)> = (1..=leaves).map(|u| (u, 0, 1)).collect();
    graphs::weighted(leaves as usize + 1, &edges)
}

/// If one pick reaches everybody, more nodes are not searched for long: about as many sets are drawn as for one node.
#[test]
fn the_search_ends_once_everybody_is_reached() {
    let g = star(10_000);
    let model = SpreadModel::new(&g, CASCADE, &EdgeProbability::WeightedCascade).unwrap();
    let of_size =
        |size| influence::seed_set(&model, &SeedConstraints::of_size(size), &config(0.1, 4)).unwrap();
    let one = of_size(1);
    for size in [3, 100] {
        let found = of_size(size);
        let nodes: Vec<u32> = found.picks.iter().map(|pick| pick.node.0).collect();
        assert_eq!((nodes, found.stop_reason), (vec![0], StopReason::NoGain), "{size}");
        assert_eq!(found.spread.mean, 10_001.0);
        assert!(found.certificate >= 0.53, "{}", found.certificate);
        assert!(found.rr_sets <= 4 * one.rr_sets.max(1 << 15), "{} {}", found.rr_sets, one.rr_sets);
    }
}

/// Nodes that hardly count are still found while the sample shows that something is left to gain.
#[test]
fn the_search_goes_on_while_somebody_is_not_reached() {
    // Five nodes of 2,006 attend to nobody and nobody attends to them: 0.25 % of the sets.
    let edges: Vec<(u32, u32, u64)> = (1..=2_000).map(|u| (u, 0, 1)).collect();
    let g = graphs::weighted(2_006, &edges);
    let model = SpreadModel::new(&g, CASCADE, &EdgeProbability::WeightedCascade).unwrap();
    let found = influence::seed_set(&model, &SeedConstraints::of_size(8), &config(0.1, 4)).unwrap();
    let mut nodes: Vec<u32> = found.picks.iter().map(|pick| pick.node.0).collect();
    nodes[1..].sort_unstable();
    assert_eq!((nodes, found.stop_reason), (vec![0, 2001, 2002, 2003, 2004, 2005], StopReason::NoGain));
}

#[test]
fn bad_input_is_refused() {
    let (_, g) = small(3);
    for probability in [0.0, -0.5, 1.5, f64::NAN] {
        assert!(matches!(
            SpreadModel::new(&g, CASCADE, &EdgeProbability::Fixed(probability)),
            Err(ModelError::BadProbability { .. })
        ));
    }
    let heavy = graphs::weighted(3, &[(0, 1, 1), (0, 2, 3)]);
    let error = SpreadModel::new(&heavy, CASCADE, &EdgeProbability::Weight).unwrap_err();
    assert_eq!(error, ModelError::WeightAboveOne { source_node: 0, target: 2, weight: 3.0 });
    let error = SpreadModel::new(&heavy, THRESHOLD, &EdgeProbability::Fixed(0.6)).unwrap_err();
    assert_eq!(error, ModelError::SumAboveOne { node: 0, sum: 1.2 });
    let model = SpreadModel::new(&g, CASCADE, &EdgeProbability::WeightedCascade).unwrap();
    let n = g.node_count();
    let seed_set = |constraints: &SeedConstraints<'_>, epsilon| {
        influence::seed_set(&model, constraints, &config(epsilon, 1)).map(|_| ())
    };
    assert_eq!(seed_set(&SeedConstraints::of_size(0), 0.1), Err(SeedError::ZeroSize));
    assert_eq!(seed_set(&SeedConstraints::of_size(1), 0.6), Err(SeedError::BadEpsilon { epsilon: 0.6 }));
    let none_eligible = vec![false; n];
    assert_eq!(
        seed_set(&SeedConstraints { eligible: Some(&none_eligible), ..SeedConstraints::of_size(1) }, 0.1),
        Err(SeedError::NoEligibleNode)
    );
    let no_worth = vec![0; n];
    assert_eq!(
        seed_set(&SeedConstraints { worth: Some(&no_worth), ..SeedConstraints::of_size(1) }, 0.1),
        Err(SeedError::NoWorth)
    );
    let two = [NodeId(1), NodeId(2)];
    assert_eq!(
        seed_set(&SeedConstraints { included: &two, ..SeedConstraints::of_size(1) }, 0.1),
        Err(SeedError::IncludedDoNotFit { node: 2, violation: Violation::Size { by: 1 } })
    );
    let none = graph::build(0, Vec::new(), graph::Weighting::Unweighted);
    let model = SpreadModel::new(&none, CASCADE, &EdgeProbability::WeightedCascade).unwrap();
    assert_eq!(
        influence::seed_set(&model, &SeedConstraints::of_size(1), &config(0.1, 1)),
        Err(SeedError::NoWorth)
    );
}

/// The `size` nodes with the highest scores; ties go to the smaller node.
fn top(g: &Graph, size: usize, score: impl Fn(NodeId) -> f64) -> Vec<NodeId> {
    let mut nodes: Vec<NodeId> = g.nodes().collect();
    nodes.sort_by(|&u, &v| score(v).total_cmp(&score(u)));
    nodes.truncate(size);
    nodes
}

#[test]
fn no_baseline_reaches_more() {
    let (size, mut sums) = (20, (0.0, 0.0));
    for seed in 0..6 {
        // There are many similar hubs, so the reverse-reachable sets of the selection hardly show which hub is better.
        let cfg = PlantedConfig {
            nodes: 20_000,
            mean_degree: 12.0,
            max_degree: 60,
            mixing: 0.35,
            smallest_community: 300,
            largest_community: 3_000,
            seed,
        };
        let edges = graphs::both_ways(&planted(&cfg).unwrap().edges);
        let g = graphs::plain(20_000, &edges);
        let model = SpreadModel::new(&g, CASCADE, &EdgeProbability::WeightedCascade).unwrap();
        let stop = rank::StopRule::Certified { tolerance: 1e-6, max_rounds: rank::MAX_ROUNDS };
        let pagerank = rank::PageRankConfig {
            damping: rank::DAMPING,
            stop,
            solver: rank::Solver::GaussSeidel,
            dangling: rank::Dangling::Teleport,
        };
        let ranks = rank::pagerank(&g, &rank::Teleport::Uniform, &pagerank).unwrap().score;
        let by_degree = top(&g, size, |v| g.in_edges().degree(v) as f64);
        let by_rank = top(&g, size, |v| ranks[v.index()]);
        // A baseline that is not a ranking by a score: the nodes that another search found.
        let other = influence::seed_set(&model, &SeedConstraints::of_size(size), &config(0.01, 99)).unwrap();
        let found: Vec<NodeId> = other.picks.iter().map(|pick| pick.node).collect();
        let reach = |nodes: &[NodeId]| {
            let Spread { mean, low, high } =
                influence::estimate_spread(&model, nodes, None, None, 1 << 17, 77).spread;
            // The standard error of the difference of two such estimates.
            (mean, (high - low) / 3.92 * 2.0_f64.sqrt())
        };
        let of = |baselines: &[&[NodeId]]| {
            let constraints = SeedConstraints { baselines, ..SeedConstraints::of_size(size) };
            // At least as much work as for a campaign.
            let cfg = SeedConfig { min_work: 1 << 18, ..config(0.1, seed) };
            let found = influence::seed_set(&model, &constraints, &cfg).unwrap();
            assert!(found.certificate >= 0.53);
            found.picks.iter().map(|pick| pick.node).collect::<Vec<NodeId>>()
        };
        let [by_degree, by_rank, found, alone, with_baselines] =
            [&by_degree, &by_rank, &found, &of(&[]), &of(&[&by_rank, &found])].map(|nodes| reach(nodes));
        for ((ours, noise), (theirs, _)) in [
            (alone, by_degree),
            (with_baselines, by_degree),
            (with_baselines, by_rank),
            (with_baselines, found),
        ] {
            assert!(ours > 0.98 * theirs - 2.0 * noise, "{seed}: {ours} of {theirs}, noise {noise}");
            sums = (sums.0 + ours, sums.1 + theirs);
        }
    }
    // The sums have an error of one percent. Greedy without a comparison loses 3.5 %.
    println!("{sums:?}");
    assert!(sums.0 > 0.985 * sums.1, "{sums:?}");
}

proptest! {
    #[test]
    fn constraints_are_kept(
        (n, edges) in graphs::any_edges(),
        size in 1_usize..8,
        caps_of in 1_u32..4,
        budget in 0_u64..20,
        seed: u64,
    ) {
        let g = graphs::weighted(n, &edges);
        let model = SpreadModel::new(&g, CASCADE, &EdgeProbability::WeightedCascade).unwrap();
        let group: Vec<u32> = (0..n as u32).map(|v| v % 4).collect();
        let other: Vec<u32> = (0..n as u32).map(|v| v / 2 % 5).collect();
        let cost: Vec<u64> = (0..n as u64).map(|v| v * 3 % 7).collect();
        let eligible: Vec<bool> = (0..n).map(|v| v % 5 != 1).collect();
        let active: Vec<bool> = (0..n).map(|v| v % 6 == 2).collect();
        let max = [caps_of, 1, 0];
        let caps = [GroupCaps { group: &group, max: &max }, GroupCaps { group: &other, max: &[2; 5] }];
        let constraints = SeedConstraints {
            eligible: Some(&eligible),
            already_active: Some(&active),
            caps: &caps,
            budget: Some(Budget { cost: &cost, limit: budget }),
            ..SeedConstraints::of_size(size)
        };
        let found = match influence::seed_set(&model, &constraints, &config(0.3, seed)) {
            Ok(found) => found,
            Err(error) => {
                prop_assert_eq!(error, SeedError::NoEligibleNode);
                return Ok(());
            }
        };
        let nodes: Vec<usize> = found.picks.iter().map(|pick| pick.node.index()).collect();
        prop_assert!(nodes.len() <= size);
        prop_assert!(nodes.iter().all(|&v| eligible[v] && !active[v]));
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
        prop_assert!((0.0..=1.0).contains(&found.certificate));
    }
}
