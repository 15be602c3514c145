//! Learned probabilities compared with closed forms, a dense reference and planted factors; relabeling, bounds,
//! threads.

use plaudit::{
    graph::{self, BuildConfig, Directions, EdgeBlock, Storage, Weighting},
    ids::NodeId,
    influence::{
        self, Diffusion, EdgeProbability, EdgeTrials, InfluenceFactors, MAX_PROBABILITY, MIN_PROBABILITY,
        SpreadModel, learn, probability_graph,
    },
    num,
};
use proptest::prelude::*;

use crate::support::{pools, ranks::spearman};

fn trial(source: u32, target: u32, exposures: u32, shares: u32) -> EdgeTrials {
    EdgeTrials { source: NodeId(source), target: NodeId(target), exposures, shares }
}

/// The number of successes in `tries` random trials of one pair with this probability.
fn successes(tries: u32, probability: f64, seed: u64, u: u32, v: u32) -> u32 {
    let pair = (u64::from(u) << 32) | u64::from(v);
    let hit = |i: &u32| num::unit_interval(num::random(seed, 9, pair, u64::from(*i))) < probability;
    (0..tries).filter(hit).count() as u32
}

/// Random trials with planted factors, and the planted probabilities; the sources have the first node numbers, then
/// come the targets.
struct PlantedTrials {
    node_count: usize,
    trials: Vec<EdgeTrials>,
    probabilities: Vec<f64>,
}

/// Each of 600 sources attends to ten of 60 targets; influences differ by a factor of a hundred, susceptibilities by a
/// factor of four.
fn planted_trials(seed: u64, deviation: f64) -> PlantedTrials {
    let (sources, targets) = (600_u32, 60_u32);
    let unit = |stage, item: u32, draw| num::unit_interval(num::random(seed, stage, item.into(), draw));
    let influence = |v: u32| 0.02 + 2.0 * unit(1, v, 0).powi(2);
    let susceptibility = |u: u32| 0.4 + 1.2 * unit(2, u, 0);
    let (mut trials, mut probabilities) = (Vec::new(), Vec::new());
    for u in 0..sources {
        for v in (0..targets).filter(|v| unit(3, u * targets + v, 0) < 1.0 / 6.0) {
            let own = 1.0 + deviation * (2.0 * unit(4, u * targets + v, 0) - 1.0);
            let probability = 0.15 * influence(v) * susceptibility(u) * own;
            let tries = 1 + (12.0 * unit(5, u * targets + v, 0)) as u32;
            trials.push(trial(u, sources + v, tries, successes(tries, probability, seed, u, v)));
            probabilities.push(probability);
        }
    }
    PlantedTrials { node_count: (sources + targets) as usize, trials, probabilities }
}

fn squared_error(found: impl Iterator<Item = f64>, planted: &[f64]) -> f64 {
    found.zip(planted).map(|(found, planted)| (found - planted).powi(2)).sum::<f64>() / planted.len() as f64
}

#[test]
fn planted_probabilities_are_recovered() {
    for seed in 0..6 {
        for deviation in [0.0, 0.5] {
            let PlantedTrials { node_count, trials, probabilities } = planted_trials(seed, deviation);
            let factors = learn(node_count, &trials);
            let found: Vec<f64> = trials.iter().map(|trial| factors.probability(trial)).collect();
            let raw: Vec<f64> =
                trials.iter().map(|trial| f64::from(trial.shares) / f64::from(trial.exposures)).collect();
            let mean = probabilities.iter().sum::<f64>() / probabilities.len() as f64;
            let [ours, theirs] = [&found, &raw].map(|found| spearman(found, &probabilities));
            let errors = [
                squared_error(found.iter().copied(), &probabilities),
                squared_error(raw.iter().copied(), &probabilities),
                squared_error(probabilities.iter().map(|_| mean), &probabilities),
            ];
            println!(
                "seed {seed}, deviation {deviation}: Spearman {ours:.3}, of raw shares {theirs:.3}; errors {errors:?}"
            );
            assert!(ours > 0.85 && ours > theirs + 0.1);
            assert!(errors[0] < 0.25 * errors[1] && errors[0] < 0.25 * errors[2]);
            let learned_mean = found.iter().sum::<f64>() / found.len() as f64;
            assert!((learned_mean / mean - 1.0).abs() < 0.05, "{learned_mean} {mean}");
        }
    }
}

/// The planted variances are recovered approximately: influences of 0.5 and 1.5 have a variance of 0.25.
#[test]
fn planted_variances_are_recovered() {
    let trials: Vec<EdgeTrials> = (0..400)
        .flat_map(|u| (400..440).map(move |v| (u, v)))
        .map(|(u, v)| {
            let probability = 0.1 * [0.5, 1.5][v as usize % 2] * [0.8, 1.2][u as usize % 2];
            trial(u, v, 10, successes(10, probability, 5, u, v))
        })
        .collect();
    let factors = learn(440, &trials);
    assert!((factors.influence_variance - 0.25).abs() < 0.04, "{}", factors.influence_variance);
    assert!((factors.susceptibility_variance - 0.04).abs() < 0.012, "{}", factors.susceptibility_variance);
    assert!((factors.rate - 0.1).abs() < 0.005, "{}", factors.rate);
    // The planted probabilities do not deviate from the product of the factors, so the prior weighs much.
    assert!(factors.prior > 100.0, "{}", factors.prior);
}

#[test]
fn if_all_nodes_are_alike_the_probability_is_the_share() {
    let trials: Vec<EdgeTrials> = (0..30).flat_map(|u| (30..50).map(move |v| trial(u, v, 40, 10))).collect();
    let factors = learn(52, &trials);
    for trial in &trials {
        assert!((factors.probability(trial) - 0.25).abs() < 1e-9);
    }
    // Nodes 50 and 51 have no trials, so their factors are 1.
    assert_eq!((factors.influence[51], factors.susceptibility[50]), (1.0, 1.0));
    assert!((factors.expected_probability(NodeId(50), NodeId(51)) - 0.25).abs() < 1e-9);
    // Without any share, probabilities are above 0, and lower than one share in all trials together.
    let never: Vec<EdgeTrials> = trials.iter().map(|trial| EdgeTrials { shares: 0, ..*trial }).collect();
    let factors = learn(52, &never);
    assert!((MIN_PROBABILITY..1e-4).contains(&factors.probability(&never[7])));
    // If every exposure leads to a share, probabilities are close to 1, but never 1.
    let always: Vec<EdgeTrials> = trials.iter().map(|trial| EdgeTrials { shares: 40, ..*trial }).collect();
    let factors = learn(52, &always);
    assert!((0.95..=MAX_PROBABILITY).contains(&factors.probability(&always[7])));
    // Without any trials, the probability is the minimum.
    assert_eq!(learn(3, &[]).probability(&trial(0, 1, 0, 0)), MIN_PROBABILITY);
}

fn given_factors(rate: f64, prior: f64) -> InfluenceFactors {
    InfluenceFactors {
        rate,
        influence: vec![1.0, 2.0],
        susceptibility: vec![0.5, 1.0],
        influence_variance: 1.0,
        susceptibility_variance: 1.0,
        prior,
    }
}

#[test]
fn the_trials_of_an_edge_correct_its_expected_probability() {
    let factors = given_factors(0.1, 20.0);
    assert_eq!(factors.expected_probability(NodeId(0), NodeId(1)), 0.1 * 0.5 * 2.0);
    // (3 + 20 · 0.1) / (5 + 20)
    assert!((factors.probability(&trial(0, 1, 5, 3)) - 0.2).abs() < 1e-12);
    assert!((factors.probability(&trial(1, 0, 0, 0)) - 0.1).abs() < 1e-12);
    assert_eq!(given_factors(0.9, 1.0).probability(&trial(1, 1, 1_000_000, 1_000_000)), MAX_PROBABILITY);
}

/// A reference implementation: the same method on a dense matrix, variances by fine steps instead of bisection.
fn dense_reference(n: usize, trials: &[EdgeTrials]) -> (f64, Vec<f64>, Vec<f64>, f64) {
    let mut tries = vec![vec![0.0; n]; n];
    let mut shares = tries.clone();
    for t in trials {
        tries[t.source.index()][t.target.index()] = f64::from(t.exposures);
        shares[t.source.index()][t.target.index()] = f64::from(t.shares);
    }
    let sum = |m: &Vec<Vec<f64>>| m.iter().flatten().sum::<f64>();
    let mut rate = sum(&shares) / sum(&tries);
    let (mut influence, mut susceptibility, mut influence_variance) = (vec![1.0; n], vec![1.0; n], 1.0);
    let variance = |rows: &[(f64, f64, f64)]| {
        let excess = |variance: f64| -> f64 {
            let term = |(x, noise, s): &(f64, f64, f64)| (s - x).powi(2) / (noise + variance * x * x) - 1.0;
            rows.iter().filter(|row| row.0 > 0.0).map(term).sum()
        };
        let steps = (0..=40_000).map(|step| 0.01 * 1e4_f64.powf(f64::from(step) / 40_000.0));
        steps.into_iter().find(|&variance| excess(variance) <= 0.0).unwrap_or(100.0)
    };
    for _ in 0..8 {
        let column = |v: usize, rate: f64, influence: &[f64], susceptibility: &[f64]| {
            (0..n).fold((0.0, 0.0, 0.0), |(x, noise, s), u| {
                let expected = tries[u][v] * rate * susceptibility[u];
                let probability = (rate * susceptibility[u] * influence[v]).min(0.95);
                (x + expected, noise + expected * (1.0 - probability), s + shares[u][v])
            })
        };
        let mut rows: Vec<_> = (0..n).map(|v| column(v, rate, &influence, &susceptibility)).collect();
        let weighted = |of: fn(&(f64, f64, f64)) -> f64| -> f64 {
            rows.iter().map(|row| of(row) / (1.0 + influence_variance * row.0)).sum()
        };
        let ratio = weighted(|row| row.2) / weighted(|row| row.0);
        rate *= ratio;
        for row in &mut rows {
            *row = (row.0 * ratio, row.1 * ratio, row.2);
        }
        influence_variance = variance(&rows);
        for v in (0..n).filter(|&v| rows[v].0 > 0.0) {
            influence[v] = (rows[v].2 * influence_variance + 1.0) / (rows[v].0 * influence_variance + 1.0);
        }
        let row = |u: usize| {
            (0..n).fold((0.0, 0.0, 0.0), |(x, noise, s), v| {
                let expected = tries[u][v] * rate * influence[v];
                let probability = (rate * susceptibility[u] * influence[v]).min(0.95);
                (x + expected, noise + expected * (1.0 - probability), s + shares[u][v])
            })
        };
        let rows: Vec<_> = (0..n).map(row).collect();
        let influence_variance = variance(&rows);
        for u in (0..n).filter(|&u| rows[u].0 > 0.0) {
            susceptibility[u] =
                (rows[u].2 * influence_variance + 1.0) / (rows[u].0 * influence_variance + 1.0);
        }
    }
    let (mut excess, mut room) = (0.0, 0.0);
    for u in 0..n {
        for v in (0..n).filter(|&v| tries[u][v] > 0.0) {
            let (a, p) = (tries[u][v], (rate * susceptibility[u] * influence[v]).min(0.95));
            excess += (shares[u][v] - a * p).powi(2) - a * p * (1.0 - p);
            room += a * (a - 1.0) * p * (1.0 - p);
        }
    }
    (rate, influence, susceptibility, 1.0 / (excess / room).clamp(1e-4, 0.5) - 1.0)
}

#[test]
fn the_dense_reference_learns_the_same() {
    let PlantedTrials { node_count, trials, .. } = planted_trials(11, 0.5);
    let factors = learn(node_count, &trials);
    let (rate, influence, susceptibility, prior) = dense_reference(node_count, &trials);
    let near = |a: f64, b: f64| (a / b - 1.0).abs() < 2e-3;
    assert!(near(factors.rate, rate), "{} {rate}", factors.rate);
    let [a, b] = [factors.prior, prior].map(|prior| 1.0 / (prior + 1.0));
    assert!((a - b).abs() < 1e-5, "{a} {b}");
    for v in 0..node_count {
        assert!(near(factors.influence[v], influence[v]), "{v}: {} {}", factors.influence[v], influence[v]);
        assert!(
            near(factors.susceptibility[v], susceptibility[v]),
            "{v}: {} {}",
            factors.susceptibility[v],
            susceptibility[v]
        );
    }
}

/// Nodes whose content nobody was exposed to: their influence is the coverage of the log over one more than the number
/// of shares from them. All other factors stay as they are, and so does every factor where the log covers all shares.
#[test]
fn unexposed_content_is_bounded_by_what_the_log_covers() {
    let PlantedTrials { node_count, trials, .. } = planted_trials(6, 0.3);
    // Three more nodes: one with 9 shares from it, one with 99, and one with none.
    let (silent, n) = (node_count, node_count + 3);
    let factors = learn(n, &trials);
    assert_eq!(factors.influence[silent..], [1.0, 1.0, 1.0]);
    let mut shares_from = vec![0; n];
    for trial in &trials {
        shares_from[trial.target.index()] += trial.shares;
    }
    shares_from[silent] = 9;
    shares_from[silent + 1] = 99;
    let bounded = factors.clone().bounded_by_coverage(&trials, 0.6, &shares_from);
    assert_eq!(bounded.influence[silent..], [0.6 / 10.0, 0.6 / 100.0, 0.6]);
    for v in 600..silent {
        assert_eq!(bounded.influence[v], factors.influence[v]);
    }
    let untouched = InfluenceFactors { influence: factors.influence.clone(), ..bounded.clone() };
    assert_eq!(untouched, factors);
    // However many share from such a node, all of them together are expected to share less often than one of them
    // would share from an average node.
    for (v, count) in [(silent, 9), (silent + 1, 99)] {
        let expected: f64 = (0..count).map(|u| bounded.expected_probability(NodeId(u), NodeId::new(v))).sum();
        let largest = (0..count).map(|u| factors.susceptibility[u as usize]).fold(0.0, f64::max);
        assert!(expected < factors.rate * largest, "{v}: {expected}");
    }
    // Nothing changes where the log covers all shares.
    let full: Vec<u32> = shares_from[..silent].iter().copied().chain([0; 3]).collect();
    let tried = trials.iter().map(|trial| trial.target.index()).collect::<std::collections::BTreeSet<_>>();
    let same = learn(n, &trials).bounded_by_coverage(&trials, 1.0, &full);
    assert!(tried.iter().all(|&v| same.influence[v] == factors.influence[v]));
    assert_eq!(same.influence[silent..], [1.0, 1.0, 1.0]);
}

/// A graph of these edges `source → target`.
fn graph_of(n: usize, ends: &[[u32; 2]]) -> graph::Graph {
    let edge = |&[u, v]: &[u32; 2]| graph::Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
    graph::build(n, ends.iter().map(edge).collect(), Weighting::Unweighted)
}

/// Saturated edges by hand: of four edges, one is likely on many exposures, one on few, and two are unlikely.
#[test]
fn likely_edges_on_few_exposures_are_saturated() {
    let factors =
        InfluenceFactors { influence: vec![1.0; 5], susceptibility: vec![1.0; 5], ..given_factors(0.1, 1.0) };
    let trials = [trial(0, 1, 99, 97), trial(0, 2, 9, 8), trial(0, 3, 9, 0), trial(4, 0, 10, 10)];
    let g = graph_of(5, &[[0, 1], [0, 2], [0, 3], [0, 4], [4, 0]]);
    let h = probability_graph(&g, &factors, &trials);
    let found = influence::saturated_edges(&h, &trials);
    // (97 + 0.1) / 100, (8 + 0.1) / 10, (0 + 0.1) / 10, 0.1 and (10 + 0.1) / 11.
    let sum = 0.971 + 0.81 + 0.01 + 0.1 + 10.1 / 11.0;
    assert_eq!((found.count, found.at_cap), (1, 1));
    assert!((found.part - 0.81 / sum).abs() < 1e-8, "{found:?}");
    let none = influence::saturated_edges(&graph_of(3, &[]), &[]);
    assert_eq!(none, influence::SaturatedEdges::default());
}

#[test]
fn node_numbers_and_threads_do_not_matter() {
    let PlantedTrials { node_count, trials, .. } = planted_trials(3, 0.3);
    let factors = pools::assert_same_on_any_pool(|| learn(node_count, &trials));
    let mut number: Vec<u32> = (0..node_count as u32).collect();
    number.sort_by_key(|&v| num::random(1, 1, v.into(), 0));
    let renamed = |t: &EdgeTrials| {
        let [source, target] = [t.source, t.target].map(|v| NodeId(number[v.index()]));
        EdgeTrials { source, target, ..*t }
    };
    let mut others: Vec<EdgeTrials> = trials.iter().map(renamed).collect();
    others.sort_unstable_by_key(|t| (t.source, t.target));
    let other = learn(node_count, &others);
    for t in &trials {
        let [a, b] = [factors.probability(t), other.probability(&renamed(t))];
        assert!((a / b - 1.0).abs() < 1e-9, "{a} {b}");
    }
}

#[test]
fn every_edge_weight_is_the_probability_of_the_edge() {
    let PlantedTrials { node_count, trials, .. } = planted_trials(4, 0.3);
    let factors = learn(node_count, &trials);
    // Of the edges `source → target`, every second one has trials here; reversed edges and edges among the sources have
    // none.
    let mut ends: Vec<[u32; 2]> = trials.iter().map(|t| [t.source.0, t.target.0]).collect();
    ends.extend(trials.iter().step_by(5).map(|t| [t.target.0, t.source.0]));
    ends.extend((1..500).map(|u| [u, u / 2]));
    let seen: Vec<EdgeTrials> = trials.iter().step_by(2).copied().collect();
    for form in [Storage::Plain, Storage::Compressed] {
        let weighting = Weighting::FixedPoint { unit_log2: -20 };
        let cfg = BuildConfig { directions: Directions::AsWritten, weighting, storage: form };
        let block: EdgeBlock = ends.iter().map(|&ends| (ends, 7)).collect();
        let numbers: Vec<NodeId> = (0..node_count).map(NodeId::new).collect();
        let g = graph::build_blocks(node_count, vec![block], &numbers, &cfg);
        let h = probability_graph(&g, &factors, &seen);
        assert_eq!(h.check(), Ok(()));
        assert_eq!((h.storage(), h.weight_unit()), (form, 0.5_f64.powi(30)));
        assert!(h.out_edges().same_neighbors(g.out_edges()) && h.in_edges().same_neighbors(g.in_edges()));
        let (mut rows, mut sum) = (h.out_edges().rows(), 0.0);
        for u in h.nodes() {
            for (v, weight) in rows.row(u).iter() {
                let trials = seen.iter().find(|t| (t.source, t.target) == (u, v));
                let probability =
                    trials.map_or_else(|| factors.expected_probability(u, v), |t| factors.probability(t));
                let weight = f64::from(weight) * h.weight_unit();
                assert!((weight - probability).abs() <= 0.5_f64.powi(31) && weight > 0.0, "{u:?} {v:?}");
                sum += weight;
            }
        }
        assert!((influence::mean_probability(&h) - sum / h.edge_count() as f64).abs() < 1e-12);
        assert!(SpreadModel::new(&h, Diffusion::IndependentCascade, &EdgeProbability::Weight).is_ok());
    }
}

fn any_trials() -> impl Strategy<Value = (usize, Vec<EdgeTrials>)> {
    (2..20_u32).prop_flat_map(|n| {
        let tries = prop_oneof![Just(1_u32), 1..20_u32, 1..4_000_000_000_u32];
        let seen = (tries, 0.0..=1.0_f64, 0..4_u8);
        let trials = prop::collection::btree_map((0..n, 0..n), seen, 0..60).prop_map(|pairs| {
            let one = |((u, v), (tries, share, edge)): ((u32, u32), (u32, f64, u8))| {
                // Extreme counts are drawn more often than uniform draws would give.
                let shares =
                    [0, tries, (share * f64::from(tries)) as u32, u32::from(share > 0.5)][edge as usize];
                trial(u, v, tries, shares.min(tries))
            };
            pairs.into_iter().map(one).collect::<Vec<_>>()
        });
        (Just(n as usize), trials)
    })
}

proptest! {
    #[test]
    fn probabilities_are_within_bounds_and_monotone((n, trials) in any_trials()) {
        let factors = learn(n, &trials);
        prop_assert!(factors.rate.is_finite() && (1.0 - 1e-9..=10_000.0).contains(&factors.prior));
        let values = factors.influence.iter().chain(&factors.susceptibility);
        prop_assert!(values.into_iter().all(|factor| factor.is_finite() && *factor > 0.0));
        for u in 0..n as u32 {
            for v in 0..n as u32 {
                let unseen = factors.probability(&trial(u, v, 0, 0));
                prop_assert!((MIN_PROBABILITY..=MAX_PROBABILITY).contains(&unseen));
                prop_assert!((unseen - factors.expected_probability(NodeId(u), NodeId(v))).abs() < 1e-12);
            }
        }
        for t in &trials {
            let probability = factors.probability(t);
            prop_assert!((MIN_PROBABILITY..=MAX_PROBABILITY).contains(&probability));
            // With fixed factors one more share never lowers a probability, and one more exposure never raises it.
            let more = EdgeTrials { shares: t.shares + 1, exposures: t.exposures.max(t.shares + 1), ..*t };
            let unshared = EdgeTrials { exposures: t.exposures + 1, ..*t };
            let as_before = factors.probability(&EdgeTrials { exposures: more.exposures, ..*t });
            prop_assert!(as_before <= factors.probability(&more));
            prop_assert!(factors.probability(&unshared) <= probability);
            // The probability is between the expected probability and the share of successful trials.
            let (expected, seen) = (factors.expected_probability(t.source, t.target), f64::from(t.shares) / f64::from(t.exposures));
            prop_assert!(probability >= expected.min(seen) - 1e-9 && probability <= expected.max(seen) + 1e-9);
        }
    }
}
