//! Learnt chances against closed forms, a dull twin, planted factors; relabelling, bounds, thread counts.

use plaudit::{
    graph::{self, BuildConfig, Directions, EdgeBlock, Storage, Weighting},
    ids::NodeId,
    influence::{
        self, Chance, Diffusion, LEAST_CHANCE, Learnt, MOST_CHANCE, SpreadModel, Trial, learn, learnt_graph,
    },
    num,
};
use proptest::prelude::*;

use crate::support::{pools, ranks::spearman};

fn trial(source: u32, target: u32, exposures: u32, shares: u32) -> Trial {
    Trial { source: NodeId(source), target: NodeId(target), exposures, shares }
}

/// How many of `tries` succeed with this chance, drawn for one pair.
fn successes(tries: u32, chance: f64, seed: u64, u: u32, v: u32) -> u32 {
    let pair = (u64::from(u) << 32) | u64::from(v);
    let hit = |i: &u32| num::unit_interval(num::random(seed, 9, pair, u64::from(*i))) < chance;
    (0..tries).filter(hit).count() as u32
}

/// Trials of a world with planted factors: sources from 0, targets behind them, and the planted chances.
struct World {
    node_count: usize,
    trials: Vec<Trial>,
    chances: Vec<f64>,
}

/// Each of 600 sources attends to ten of 60 targets; pulls differ by a factor of a hundred, readiness by four.
fn world(seed: u64, stray: f64) -> World {
    let (sources, targets) = (600_u32, 60_u32);
    let unit = |stage, item: u32, draw| num::unit_interval(num::random(seed, stage, item.into(), draw));
    let pull = |v: u32| 0.02 + 2.0 * unit(1, v, 0).powi(2);
    let readiness = |u: u32| 0.4 + 1.2 * unit(2, u, 0);
    let (mut trials, mut chances) = (Vec::new(), Vec::new());
    for u in 0..sources {
        for v in (0..targets).filter(|v| unit(3, u * targets + v, 0) < 1.0 / 6.0) {
            let own = 1.0 + stray * (2.0 * unit(4, u * targets + v, 0) - 1.0);
            let chance = 0.15 * pull(v) * readiness(u) * own;
            let tries = 1 + (12.0 * unit(5, u * targets + v, 0)) as u32;
            trials.push(trial(u, sources + v, tries, successes(tries, chance, seed, u, v)));
            chances.push(chance);
        }
    }
    World { node_count: (sources + targets) as usize, trials, chances }
}

fn squared_error(found: impl Iterator<Item = f64>, planted: &[f64]) -> f64 {
    found.zip(planted).map(|(found, planted)| (found - planted).powi(2)).sum::<f64>() / planted.len() as f64
}

#[test]
fn planted_chances_are_found_again() {
    for seed in 0..6 {
        for stray in [0.0, 0.5] {
            let World { node_count, trials, chances } = world(seed, stray);
            let learnt = learn(node_count, &trials);
            let found: Vec<f64> = trials.iter().map(|trial| learnt.chance(trial)).collect();
            let raw: Vec<f64> =
                trials.iter().map(|trial| f64::from(trial.shares) / f64::from(trial.exposures)).collect();
            let mean = chances.iter().sum::<f64>() / chances.len() as f64;
            let [ours, theirs] = [&found, &raw].map(|found| spearman(found, &chances));
            let errors = [
                squared_error(found.iter().copied(), &chances),
                squared_error(raw.iter().copied(), &chances),
                squared_error(chances.iter().map(|_| mean), &chances),
            ];
            println!(
                "seed {seed}, stray {stray}: Spearman {ours:.3}, of raw shares {theirs:.3}; errors {errors:?}"
            );
            assert!(ours > 0.85 && ours > theirs + 0.1);
            assert!(errors[0] < 0.25 * errors[1] && errors[0] < 0.25 * errors[2]);
            let learnt_mean = found.iter().sum::<f64>() / found.len() as f64;
            assert!((learnt_mean / mean - 1.0).abs() < 0.05, "{learnt_mean} {mean}");
        }
    }
}

/// The variance that was planted is the one that is found, about: pulls of 0.5 and 1.5 have 0.25.
#[test]
fn variances_are_found_again() {
    let trials: Vec<Trial> = (0..400)
        .flat_map(|u| (400..440).map(move |v| (u, v)))
        .map(|(u, v)| {
            let chance = 0.1 * [0.5, 1.5][v as usize % 2] * [0.8, 1.2][u as usize % 2];
            trial(u, v, 10, successes(10, chance, 5, u, v))
        })
        .collect();
    let learnt = learn(440, &trials);
    assert!((learnt.pull_variance - 0.25).abs() < 0.04, "{}", learnt.pull_variance);
    assert!((learnt.readiness_variance - 0.04).abs() < 0.012, "{}", learnt.readiness_variance);
    assert!((learnt.rate - 0.1).abs() < 0.005, "{}", learnt.rate);
    // Edges do not stray from the product.
    assert!(learnt.prior > 100.0, "{}", learnt.prior);
}

#[test]
fn where_all_are_alike_the_chance_is_the_share() {
    let trials: Vec<Trial> = (0..30).flat_map(|u| (30..50).map(move |v| trial(u, v, 40, 10))).collect();
    let learnt = learn(52, &trials);
    for trial in &trials {
        assert!((learnt.chance(trial) - 0.25).abs() < 1e-9);
    }
    // Of 50 and 51 nothing is known, and nothing makes them differ from the others.
    assert_eq!((learnt.pull[51], learnt.readiness[50]), (1.0, 1.0));
    assert!((learnt.expected(NodeId(50), NodeId(51)) - 0.25).abs() < 1e-9);
    // Nobody ever shares: chances are low, above 0, and lower than one share in all tries.
    let never: Vec<Trial> = trials.iter().map(|trial| Trial { shares: 0, ..*trial }).collect();
    let learnt = learn(52, &never);
    assert!((LEAST_CHANCE..1e-4).contains(&learnt.chance(&never[7])));
    // Everybody always does: next to certain, never certain.
    let always: Vec<Trial> = trials.iter().map(|trial| Trial { shares: 40, ..*trial }).collect();
    let learnt = learn(52, &always);
    assert!((0.95..=MOST_CHANCE).contains(&learnt.chance(&always[7])));
    // Nothing at all is known.
    assert_eq!(learn(3, &[]).chance(&trial(0, 1, 0, 0)), LEAST_CHANCE);
}

fn model(rate: f64, prior: f64) -> Learnt {
    Learnt {
        rate,
        pull: vec![1.0, 2.0],
        readiness: vec![0.5, 1.0],
        pull_variance: 1.0,
        readiness_variance: 1.0,
        prior,
    }
}

#[test]
fn what_was_seen_of_an_edge_corrects_what_is_expected_of_it() {
    let learnt = model(0.1, 20.0);
    assert_eq!(learnt.expected(NodeId(0), NodeId(1)), 0.1 * 0.5 * 2.0);
    // (3 + 20 · 0.1) / (5 + 20)
    assert!((learnt.chance(&trial(0, 1, 5, 3)) - 0.2).abs() < 1e-12);
    assert!((learnt.chance(&trial(1, 0, 0, 0)) - 0.1).abs() < 1e-12);
    assert_eq!(model(0.9, 1.0).chance(&trial(1, 1, 1_000_000, 1_000_000)), MOST_CHANCE);
}

/// The same method over a full matrix, variances by fine steps instead of halving.
fn twin(n: usize, trials: &[Trial]) -> (f64, Vec<f64>, Vec<f64>, f64) {
    let mut tries = vec![vec![0.0; n]; n];
    let mut shares = tries.clone();
    for t in trials {
        tries[t.source.index()][t.target.index()] = f64::from(t.exposures);
        shares[t.source.index()][t.target.index()] = f64::from(t.shares);
    }
    let sum = |m: &Vec<Vec<f64>>| m.iter().flatten().sum::<f64>();
    let mut rate = sum(&shares) / sum(&tries);
    let (mut pull, mut ready, mut spread) = (vec![1.0; n], vec![1.0; n], 1.0);
    let variance = |rows: &[(f64, f64, f64)]| {
        let excess = |variance: f64| -> f64 {
            let term = |(x, noise, s): &(f64, f64, f64)| (s - x).powi(2) / (noise + variance * x * x) - 1.0;
            rows.iter().filter(|row| row.0 > 0.0).map(term).sum()
        };
        let steps = (0..=40_000).map(|step| 0.01 * 1e4_f64.powf(f64::from(step) / 40_000.0));
        steps.into_iter().find(|&variance| excess(variance) <= 0.0).unwrap_or(100.0)
    };
    for _ in 0..8 {
        let column = |v: usize, rate: f64, pull: &[f64], ready: &[f64]| {
            (0..n).fold((0.0, 0.0, 0.0), |(x, noise, s), u| {
                let expected = tries[u][v] * rate * ready[u];
                let chance = (rate * ready[u] * pull[v]).min(0.95);
                (x + expected, noise + expected * (1.0 - chance), s + shares[u][v])
            })
        };
        let mut rows: Vec<_> = (0..n).map(|v| column(v, rate, &pull, &ready)).collect();
        let weighted = |of: fn(&(f64, f64, f64)) -> f64| -> f64 {
            rows.iter().map(|row| of(row) / (1.0 + spread * row.0)).sum()
        };
        let ratio = weighted(|row| row.2) / weighted(|row| row.0);
        rate *= ratio;
        for row in &mut rows {
            *row = (row.0 * ratio, row.1 * ratio, row.2);
        }
        spread = variance(&rows);
        for v in (0..n).filter(|&v| rows[v].0 > 0.0) {
            pull[v] = (rows[v].2 * spread + 1.0) / (rows[v].0 * spread + 1.0);
        }
        let row = |u: usize| {
            (0..n).fold((0.0, 0.0, 0.0), |(x, noise, s), v| {
                let expected = tries[u][v] * rate * pull[v];
                let chance = (rate * ready[u] * pull[v]).min(0.95);
                (x + expected, noise + expected * (1.0 - chance), s + shares[u][v])
            })
        };
        let rows: Vec<_> = (0..n).map(row).collect();
        let spread = variance(&rows);
        for u in (0..n).filter(|&u| rows[u].0 > 0.0) {
            ready[u] = (rows[u].2 * spread + 1.0) / (rows[u].0 * spread + 1.0);
        }
    }
    let (mut excess, mut room) = (0.0, 0.0);
    for u in 0..n {
        for v in (0..n).filter(|&v| tries[u][v] > 0.0) {
            let (a, p) = (tries[u][v], (rate * ready[u] * pull[v]).min(0.95));
            excess += (shares[u][v] - a * p).powi(2) - a * p * (1.0 - p);
            room += a * (a - 1.0) * p * (1.0 - p);
        }
    }
    (rate, pull, ready, 1.0 / (excess / room).clamp(1e-4, 0.5) - 1.0)
}

#[test]
fn the_twin_learns_the_same() {
    let World { node_count, trials, .. } = world(11, 0.5);
    let learnt = learn(node_count, &trials);
    let (rate, pull, readiness, prior) = twin(node_count, &trials);
    let near = |a: f64, b: f64| (a / b - 1.0).abs() < 2e-3;
    assert!(near(learnt.rate, rate), "{} {rate}", learnt.rate);
    let [a, b] = [learnt.prior, prior].map(|prior| 1.0 / (prior + 1.0));
    assert!((a - b).abs() < 1e-5, "{a} {b}");
    for v in 0..node_count {
        assert!(near(learnt.pull[v], pull[v]), "{v}: {} {}", learnt.pull[v], pull[v]);
        assert!(near(learnt.readiness[v], readiness[v]), "{v}: {} {}", learnt.readiness[v], readiness[v]);
    }
}

#[test]
fn neither_numbers_nor_threads_matter() {
    let World { node_count, trials, .. } = world(3, 0.3);
    let learnt = pools::assert_same_on_any_pool(|| learn(node_count, &trials));
    let mut number: Vec<u32> = (0..node_count as u32).collect();
    number.sort_by_key(|&v| num::random(1, 1, v.into(), 0));
    let renamed = |t: &Trial| {
        let [source, target] = [t.source, t.target].map(|v| NodeId(number[v.index()]));
        Trial { source, target, ..*t }
    };
    let mut others: Vec<Trial> = trials.iter().map(renamed).collect();
    others.sort_unstable_by_key(|t| (t.source, t.target));
    let other = learn(node_count, &others);
    for t in &trials {
        let [a, b] = [learnt.chance(t), other.chance(&renamed(t))];
        assert!((a / b - 1.0).abs() < 1e-9, "{a} {b}");
    }
}

#[test]
fn every_edge_of_the_graph_weighs_its_chance() {
    let World { node_count, trials, .. } = world(4, 0.3);
    let learnt = learn(node_count, &trials);
    // Every other trial is an edge that was seen; edges back and among sources were not.
    let mut ends: Vec<[u32; 2]> = trials.iter().map(|t| [t.source.0, t.target.0]).collect();
    ends.extend(trials.iter().step_by(5).map(|t| [t.target.0, t.source.0]));
    ends.extend((1..500).map(|u| [u, u / 2]));
    let seen: Vec<Trial> = trials.iter().step_by(2).copied().collect();
    for form in [Storage::Plain, Storage::Compressed] {
        let weighting = Weighting::FixedPoint { unit_log2: -20 };
        let cfg = BuildConfig { directions: Directions::AsWritten, weighting, storage: form };
        let block: EdgeBlock = ends.iter().map(|&ends| (ends, 7)).collect();
        let numbers: Vec<NodeId> = (0..node_count).map(NodeId::new).collect();
        let g = graph::build_blocks(node_count, vec![block], &numbers, &cfg);
        let h = learnt_graph(&g, &learnt, &seen);
        assert_eq!(h.check(), Ok(()));
        assert_eq!((h.storage(), h.weight_unit()), (form, 0.5_f64.powi(30)));
        assert!(h.out_edges().same_neighbors(g.out_edges()) && h.in_edges().same_neighbors(g.in_edges()));
        let (mut rows, mut sum) = (h.out_edges().rows(), 0.0);
        for u in h.nodes() {
            for (v, weight) in rows.row(u).iter() {
                let known = seen.iter().find(|t| (t.source, t.target) == (u, v));
                let chance = known.map_or_else(|| learnt.expected(u, v), |t| learnt.chance(t));
                let weight = f64::from(weight) * h.weight_unit();
                assert!((weight - chance).abs() <= 0.5_f64.powi(31) && weight > 0.0, "{u:?} {v:?}");
                sum += weight;
            }
        }
        assert!((influence::mean_chance(&h) - sum / h.edge_count() as f64).abs() < 1e-12);
        assert!(SpreadModel::new(&h, Diffusion::IndependentCascade, &Chance::Weight).is_ok());
    }
}

fn any_trials() -> impl Strategy<Value = (usize, Vec<Trial>)> {
    (2..20_u32).prop_flat_map(|n| {
        let tries = prop_oneof![Just(1_u32), 1..20_u32, 1..4_000_000_000_u32];
        let seen = (tries, 0.0..=1.0_f64, 0..4_u8);
        let trials = prop::collection::btree_map((0..n, 0..n), seen, 0..60).prop_map(|pairs| {
            let one = |((u, v), (tries, share, edge)): ((u32, u32), (u32, f64, u8))| {
                // None and all of them more often than by chance.
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
    fn chances_are_sane((n, trials) in any_trials()) {
        let learnt = learn(n, &trials);
        prop_assert!(learnt.rate.is_finite() && (1.0 - 1e-9..=10_000.0).contains(&learnt.prior));
        let factors = learnt.pull.iter().chain(&learnt.readiness);
        prop_assert!(factors.into_iter().all(|factor| factor.is_finite() && *factor > 0.0));
        for u in 0..n as u32 {
            for v in 0..n as u32 {
                let unseen = learnt.chance(&trial(u, v, 0, 0));
                prop_assert!((LEAST_CHANCE..=MOST_CHANCE).contains(&unseen));
                prop_assert!((unseen - learnt.expected(NodeId(u), NodeId(v))).abs() < 1e-12);
            }
        }
        for t in &trials {
            let chance = learnt.chance(t);
            prop_assert!((LEAST_CHANCE..=MOST_CHANCE).contains(&chance));
            // With the nodes as they are, a share more never lowers a chance, nor does an exposure more raise it.
            let more = Trial { shares: t.shares + 1, exposures: t.exposures.max(t.shares + 1), ..*t };
            let in_vain = Trial { exposures: t.exposures + 1, ..*t };
            let as_before = learnt.chance(&Trial { exposures: more.exposures, ..*t });
            prop_assert!(as_before <= learnt.chance(&more));
            prop_assert!(learnt.chance(&in_vain) <= chance);
            // Between what is expected and what was seen.
            let (expected, seen) = (learnt.expected(t.source, t.target), f64::from(t.shares) / f64::from(t.exposures));
            prop_assert!(chance >= expected.min(seen) - 1e-9 && chance <= expected.max(seen) + 1e-9);
        }
    }
}
