//! Whom several teams reach, beside each other: `influence::survey` and `each`.

use plaudit::{
    ids::NodeId,
    influence::{self, Chance, Diffusion, Hit, Spread, SpreadModel, SurveyConfig},
};

use crate::influence::seeds::{outcomes, reached, small};

const MODELS: [(Diffusion, Chance); 3] = [
    (Diffusion::IndependentCascade, Chance::WeightedCascade),
    (Diffusion::IndependentCascade, Chance::Fixed(0.3)),
    (Diffusion::LinearThreshold, Chance::WeightedCascade),
];

fn config(seed: u64) -> SurveyConfig {
    SurveyConfig { precision: 0.02, most_work: 1 << 22, seed }
}

/// What one reaches and the other does not, what both do, and who counts how much: as all outcomes have it.
#[test]
fn differences_are_those_of_all_outcomes() {
    // How many intervals hold the exact value, and how many there are: of reach, and of differences.
    let (mut reach, mut differences) = ((0, 0), (0, 0));
    for i in 0..40 {
        let (n, g) = small(i);
        for (case, (diffusion, chance)) in (0..).zip(MODELS) {
            let model = SpreadModel::new(&g, diffusion, &chance).unwrap();
            let teams = [vec![i as usize % n], vec![(i as usize / 2 + 1) % n, (i as usize + 2) % n]];
            let nodes = teams.clone().map(|team| team.into_iter().map(NodeId::new).collect::<Vec<_>>());
            let worth: Vec<u64> = (0..n as u64).map(|v| 1 + v % 3).collect();
            // By who reaches it: the first team alone, the second alone, both.
            let mut exact = [0.0; 4];
            for (p, live) in outcomes(&g, diffusion, &chance) {
                let by = [reached(n, &live, &teams[0]), reached(n, &live, &teams[1])];
                for v in 0..n {
                    exact[usize::from(by[0][v]) | usize::from(by[1][v]) << 1] += p * worth[v] as f64;
                }
            }
            for seed in 0..4 {
                let cfg = config(12 * i + 4 * case + seed);
                let survey = influence::survey(&model, &[&nodes[0], &nodes[1]], None, Some(&worth), &cfg);
                let check = |(inside, all): &mut (i32, i32), found: Spread, exact: f64| {
                    let sd = survey.whole / (survey.sets as f64).sqrt();
                    assert!((found.mean - exact).abs() < 5.0 * sd, "{i} {diffusion:?}: {found:?} {exact}");
                    *inside += i32::from(found.low <= exact && exact <= found.high);
                    *all += 1;
                };
                for mask in 1..4 {
                    let found = survey.spread(|hit| hit.teams == mask);
                    check(&mut reach, found, exact[usize::from(mask)]);
                }
                let found = survey.difference(|hit| hit.teams == 1, |hit| hit.teams == 2);
                check(&mut differences, found, exact[1] - exact[2]);
            }
        }
    }
    println!("{reach:?} intervals of reach and {differences:?} of differences hold the exact value");
    assert!(f64::from(reach.0) >= 0.94 * f64::from(reach.1), "{reach:?}");
    assert!(f64::from(differences.0) >= 0.92 * f64::from(differences.1), "{differences:?}");
}

/// The same draws as `spread`: so the same figures to the last bit, whoever else is looked at.
#[test]
fn a_team_reaches_what_it_reaches_alone() {
    for i in 0..20 {
        let (n, g) = small(i);
        let model = SpreadModel::new(&g, Diffusion::IndependentCascade, &Chance::WeightedCascade).unwrap();
        let (one, two) = ([NodeId(0), NodeId::new(n - 1)], [NodeId::new(n / 2)]);
        let active: Vec<bool> = (0..n).map(|v| v == 1).collect();
        let survey = influence::survey(&model, &[&one, &two, &[]], Some(&active), None, &config(i));
        let alone = influence::spread(&model, &one, Some(&active), None, survey.sets, i).spread;
        assert_eq!(survey.spread(|hit| hit.teams & 1 == 1), alone);
        let each = influence::each(&model, &[two[0], one[0], two[0]], Some(&active), None, 0..survey.sets, i);
        assert_eq!(each[0], survey.spread(|hit| hit.teams >> 1 & 1 == 1));
        assert_eq!(each[0], each[2], "who stands twice has the same figures twice");
        assert_eq!(survey.spread(|hit| hit.teams >> 2 & 1 == 1).mean, 0.0, "nobody reaches nobody");
        assert!(survey.hits.iter().all(|hit| !active[hit.node.index()]), "who is active already is no news");
    }
}

#[test]
fn it_ends_when_it_knows_or_may_not_go_on() {
    let (_, g) = small(5);
    let model = SpreadModel::new(&g, Diffusion::IndependentCascade, &Chance::Fixed(0.5)).unwrap();
    let survey = |precision, most_work| {
        influence::survey(
            &model,
            &[&[NodeId(0)]],
            None,
            None,
            &SurveyConfig { precision, most_work, seed: 1 },
        )
    };
    let known = survey(0.004, u64::MAX);
    let found = known.spread(|_| true);
    assert!(found.high - found.low <= 2.0 * 0.004 * found.mean);
    assert!(known.sets > survey(0.1, u64::MAX).sets, "more is drawn to know it better");
    assert!(survey(1e-9, 1 << 16).sets < 1 << 18, "the work is limited");
    let nothing = vec![0; g.node_count()];
    let survey = influence::survey(&model, &[&[NodeId(0)]], None, Some(&nothing), &config(1));
    assert_eq!((survey.hits.len(), survey.whole), (0, 0.0));
    assert_eq!(influence::each(&model, &[NodeId(0)], None, Some(&nothing), 0..10, 1)[0].high, 0.0);
}

#[test]
fn same_bits_at_any_thread_count() {
    let (n, g) = small(7);
    let model = SpreadModel::new(&g, Diffusion::IndependentCascade, &Chance::Fixed(0.4)).unwrap();
    let of = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let teams: [&[NodeId]; 2] = [&[NodeId(0)], &[NodeId::new(n - 1)]];
            influence::survey(&model, &teams, None, None, &config(3))
        })
    };
    let one = of(1);
    let first: &Hit = one.hits.first().unwrap();
    assert!(first.teams != 0);
    for threads in [2, 3, 8] {
        assert_eq!(of(threads), one);
    }
}
