//! The spread of several seed sets side by side: `influence::estimate_by_group` and `estimate_each`.

use plaudit::{
    ids::NodeId,
    influence::{self, Diffusion, EdgeProbability, GroupEstimateConfig, Hit, Spread, SpreadModel},
};

use crate::influence::seeds::{outcomes, reached, small};

const MODELS: [(Diffusion, EdgeProbability); 3] = [
    (Diffusion::IndependentCascade, EdgeProbability::WeightedCascade),
    (Diffusion::IndependentCascade, EdgeProbability::Fixed(0.3)),
    (Diffusion::LinearThreshold, EdgeProbability::WeightedCascade),
];

fn config(seed: u64) -> GroupEstimateConfig {
    GroupEstimateConfig { precision: 0.02, max_work: 1 << 22, seed }
}

/// Compares the spread of one seed set, of another and of both together, weighted by worth, with all outcomes.
#[test]
fn differences_equal_those_of_all_outcomes() {
    // The number of intervals that cover the exact value, and of all intervals: first for spreads, then for
    // differences.
    let (mut spreads, mut differences) = ((0, 0), (0, 0));
    for i in 0..40 {
        let (n, g) = small(i);
        for (case, (diffusion, probability)) in (0..).zip(MODELS) {
            let model = SpreadModel::new(&g, diffusion, &probability).unwrap();
            let seed_sets = [vec![i as usize % n], vec![(i as usize / 2 + 1) % n, (i as usize + 2) % n]];
            let nodes = seed_sets.clone().map(|set| set.into_iter().map(NodeId::new).collect::<Vec<_>>());
            let worth: Vec<u64> = (0..n as u64).map(|v| 1 + v % 3).collect();
            // The expected worth of the nodes that are reached by neither seed set, by the first only, by the second
            // only, and by both.
            let mut exact = [0.0; 4];
            for (p, live) in outcomes(&g, diffusion, &probability) {
                let by = [reached(n, &live, &seed_sets[0]), reached(n, &live, &seed_sets[1])];
                for v in 0..n {
                    exact[usize::from(by[0][v]) | usize::from(by[1][v]) << 1] += p * worth[v] as f64;
                }
            }
            for seed in 0..4 {
                let cfg = config(12 * i + 4 * case + seed);
                let estimate =
                    influence::estimate_by_group(&model, &[&nodes[0], &nodes[1]], None, Some(&worth), &cfg);
                let check = |(inside, all): &mut (i32, i32), found: Spread, exact: f64| {
                    let sd = estimate.total_worth / (estimate.sets as f64).sqrt();
                    assert!((found.mean - exact).abs() < 5.0 * sd, "{i} {diffusion:?}: {found:?} {exact}");
                    *inside += i32::from(found.low <= exact && exact <= found.high);
                    *all += 1;
                };
                for mask in 1..4 {
                    let found = estimate.spread(|hit| hit.reached_by == mask);
                    check(&mut spreads, found, exact[usize::from(mask)]);
                }
                let found = estimate.difference(|hit| hit.reached_by == 1, |hit| hit.reached_by == 2);
                check(&mut differences, found, exact[1] - exact[2]);
            }
        }
    }
    println!("{spreads:?} intervals of spreads and {differences:?} of differences cover the exact value");
    assert!(f64::from(spreads.0) >= 0.94 * f64::from(spreads.1), "{spreads:?}");
    assert!(f64::from(differences.0) >= 0.92 * f64::from(differences.1), "{differences:?}");
}

/// The samples are those of `estimate_spread`, so the estimates have the same bits, whatever other seed sets are
/// estimated.
#[test]
fn other_seed_sets_do_not_change_an_estimate() {
    for i in 0..20 {
        let (n, g) = small(i);
        let model =
            SpreadModel::new(&g, Diffusion::IndependentCascade, &EdgeProbability::WeightedCascade).unwrap();
        let (one, two) = ([NodeId(0), NodeId::new(n - 1)], [NodeId::new(n / 2)]);
        let active: Vec<bool> = (0..n).map(|v| v == 1).collect();
        let estimate =
            influence::estimate_by_group(&model, &[&one, &two, &[]], Some(&active), None, &config(i));
        let alone = influence::estimate_spread(&model, &one, Some(&active), None, estimate.sets, i).spread;
        assert_eq!(estimate.spread(|hit| hit.reached_by & 1 == 1), alone);
        let each = influence::estimate_each(
            &model,
            &[two[0], one[0], two[0]],
            Some(&active),
            None,
            0..estimate.sets,
            i,
        );
        assert_eq!(each[0], estimate.spread(|hit| hit.reached_by >> 1 & 1 == 1));
        assert_eq!(each[0], each[2], "a repeated node has the same estimate twice");
        assert_eq!(
            estimate.spread(|hit| hit.reached_by >> 2 & 1 == 1).mean,
            0.0,
            "an empty seed set reaches no node"
        );
        assert!(
            estimate.hits.iter().all(|hit| !active[hit.node.index()]),
            "nodes that are already active are no hits"
        );
    }
}

#[test]
fn the_estimate_stops_at_the_precision_or_the_work_limit() {
    let (_, g) = small(5);
    let model = SpreadModel::new(&g, Diffusion::IndependentCascade, &EdgeProbability::Fixed(0.5)).unwrap();
    let estimate = |precision, max_work| {
        influence::estimate_by_group(
            &model,
            &[&[NodeId(0)]],
            None,
            None,
            &GroupEstimateConfig { precision, max_work, seed: 1 },
        )
    };
    let precise = estimate(0.004, u64::MAX);
    let found = precise.spread(|_| true);
    assert!(found.high - found.low <= 2.0 * 0.004 * found.mean);
    assert!(precise.sets > estimate(0.1, u64::MAX).sets, "more precision takes more sets");
    assert!(estimate(1e-9, 1 << 16).sets < 1 << 18, "the work is limited");
    let nothing = vec![0; g.node_count()];
    let estimate = influence::estimate_by_group(&model, &[&[NodeId(0)]], None, Some(&nothing), &config(1));
    assert_eq!((estimate.hits.len(), estimate.total_worth), (0, 0.0));
    assert_eq!(influence::estimate_each(&model, &[NodeId(0)], None, Some(&nothing), 0..10, 1)[0].high, 0.0);
}

#[test]
fn same_bits_at_any_thread_count() {
    let (n, g) = small(7);
    let model = SpreadModel::new(&g, Diffusion::IndependentCascade, &EdgeProbability::Fixed(0.4)).unwrap();
    let of = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let seed_sets: [&[NodeId]; 2] = [&[NodeId(0)], &[NodeId::new(n - 1)]];
            influence::estimate_by_group(&model, &seed_sets, None, None, &config(3))
        })
    };
    let one = of(1);
    let first: &Hit = one.hits.first().unwrap();
    assert!(first.reached_by != 0);
    for threads in [2, 3, 8] {
        assert_eq!(of(threads), one);
    }
}
