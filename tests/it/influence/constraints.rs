//! Feasibility of seed constraints, compared with all subsets of tiny instances; the reasons why a seed set is small.

use std::ops::Range;

use plaudit::{
    ids::NodeId,
    influence::{
        self, Budget, Diffusion, EdgeProbability, GroupCaps, InfeasibleQuota, InfeasibleSize, Limit,
        MinQuota, SeedConfig, SeedConstraints, SeedError, SeedSet, SpreadModel, StopReason, Violation,
    },
    num,
};

use crate::support::graphs;

/// A random instance of seed constraints on a few nodes.
struct TinyInstance {
    n: usize,
    size: usize,
    eligible: Vec<bool>,
    active: Vec<bool>,
    included: Vec<NodeId>,
    groups: Vec<(Vec<u32>, Vec<u32>)>,
    budget: Option<(Vec<u64>, u64)>,
    quotas: Vec<(Vec<bool>, u32)>,
}

/// Which constraints a check applies.
#[derive(Clone, Copy)]
struct Applied<'a> {
    groupings: &'a [usize],
    budget: bool,
}

impl TinyInstance {
    fn draw(i: u64, groupings: usize) -> Self {
        let draw = |draw, below: u64| num::random(23, 9, i, draw) % below;
        let n = 3 + draw(0, 6) as usize;
        let by_node = |stage: u64, below: u64| -> Vec<u64> {
            (0..n as u64).map(|v| draw(100 * stage + v, below)).collect()
        };
        let group = |grouping: u64| {
            // Group 3 has no cap.
            let group = by_node(4 + grouping, 4).iter().map(|&group| group as u32).collect();
            (group, (0..3).map(|of| draw(40 + 3 * grouping + of, 3) as u32).collect())
        };
        let included = if draw(1, 3) == 0 { vec![NodeId(draw(2, n as u64) as u32)] } else { Vec::new() };
        Self {
            n,
            size: 1 + draw(3, n as u64 + 1) as usize,
            eligible: by_node(1, 5).iter().map(|&word| word > 0).collect(),
            active: by_node(2, 7).iter().map(|&word| word == 0).collect(),
            included,
            groups: (0..groupings as u64).map(group).collect(),
            budget: (draw(4, 2) == 0).then(|| (by_node(3, 6), draw(5, 14))),
            quotas: Vec::new(),
        }
    }

    /// The same instance with quotas, each on about a third of the nodes.
    fn with_quotas(self, i: u64, quotas: u64) -> Self {
        let draw = |draw, below: u64| num::random(23, 10, i, draw) % below;
        let quota = |quota: u64| {
            let member = (0..self.n as u64).map(|v| draw(20 * quota + v, 3) == 0).collect();
            (member, 1 + draw(20 * quota + 19, 2) as u32)
        };
        Self { quotas: (0..quotas).map(quota).collect(), ..self }
    }

    /// Whether any set of at most the requested size meets all constraints and these quotas.
    fn is_feasible(&self, quotas: &[(Vec<bool>, u32)]) -> bool {
        let all: Vec<usize> = (0..self.groups.len()).collect();
        let applied = Applied { groupings: &all, budget: true };
        self.sets().any(|set| set.len() <= self.size && self.keeps(&set, applied) && meets(&set, quotas))
    }

    fn costs(&self, set: &[usize]) -> u64 {
        self.budget.as_ref().map_or(0, |(cost, _)| set.iter().map(|&v| cost[v]).sum())
    }

    fn sets(&self) -> impl Iterator<Item = Vec<usize>> {
        (0_u32..1 << self.n).map(|bits| (0..self.n).filter(|&v| bits >> v & 1 == 1).collect())
    }

    fn keeps(&self, set: &[usize], applied: Applied<'_>) -> bool {
        let of = |group: &[u32], at: u32| set.iter().filter(|&&v| group[v] == at).count();
        let capped = |&grouping: &usize| {
            let (group, max) = &self.groups[grouping];
            (0..).zip(max).all(|(at, &max)| of(group, at) <= max as usize)
        };
        let is_in = |v: usize| self.included.iter().any(|w| w.index() == v);
        self.included.iter().all(|v| set.contains(&v.index()))
            && set.iter().all(|&v| is_in(v) || self.eligible[v] && !self.active[v])
            && applied.groupings.iter().all(capped)
            && (!applied.budget || self.budget.as_ref().is_none_or(|(_, limit)| self.costs(set) <= *limit))
    }

    /// The size of the largest set that meets these constraints; `None` if the included nodes alone violate them.
    fn max_size(&self, applied: Applied<'_>) -> Option<usize> {
        self.sets().filter(|set| self.keeps(set, applied)).map(|set| set.len()).max()
    }

    fn with<T>(&self, look: impl FnOnce(&SeedConstraints<'_>) -> T) -> T {
        let quotas: Vec<MinQuota<'_>> =
            self.quotas.iter().map(|(member, min)| MinQuota { member, min: *min }).collect();
        let caps: Vec<GroupCaps<'_>> =
            self.groups.iter().map(|(group, max)| GroupCaps { group, max }).collect();
        look(&SeedConstraints {
            eligible: Some(&self.eligible),
            already_active: Some(&self.active),
            included: &self.included,
            caps: &caps,
            quotas: &quotas,
            budget: self.budget.as_ref().map(|(cost, limit)| Budget { cost, limit: *limit }),
            ..SeedConstraints::of_size(self.size)
        })
    }
}

fn meets(set: &[usize], quotas: &[(Vec<bool>, u32)]) -> bool {
    quotas.iter().all(|(member, min)| set.iter().filter(|&&v| member[v]).count() >= *min as usize)
}

/// A seed set meets its quotas and all other constraints, and constraints are refused only if no set meets them: on
/// instances as small as these, the search finds a solution if there is one.
#[test]
fn quotas_are_met_if_possible() {
    let mut seen = [0; 4];
    for i in 0..1500 {
        let (groupings, quotas) = (i as usize % 3, 1 + i / 3 % 2);
        let mut instance = TinyInstance::draw(i, groupings).with_quotas(i, quotas);
        if quotas == 2 && i % 4 == 0 {
            // In some instances, no node counts toward both quotas.
            let first = instance.quotas[0].0.clone();
            instance.quotas[1].0.iter_mut().zip(first).for_each(|(member, first)| *member &= !first);
        }
        let all: Vec<usize> = (0..groupings).collect();
        if instance.max_size(Applied { groupings: &all, budget: true }).is_none()
            || instance.included.len() > instance.size
        {
            continue;
        }
        let edges: Vec<(u32, u32, u64)> = (0..2 * instance.n as u64)
            .map(|edge| {
                let end = |of: u64| (num::random(23, 11, i, 2 * edge + of) % instance.n as u64) as u32;
                (end(0), end(1), 1)
            })
            .filter(|(u, v, _)| u != v)
            .collect();
        let g = graphs::weighted(instance.n, &edges);
        let model =
            SpreadModel::new(&g, Diffusion::IndependentCascade, &EdgeProbability::WeightedCascade).unwrap();
        let cfg = SeedConfig { epsilon: 0.5, min_work: 0, max_work: influence::MAX_WORK, seed: i };
        let can_be = instance.is_feasible(&instance.quotas);
        match instance.with(|constraints| influence::seed_set(&model, constraints, &cfg)) {
            Ok(found) => {
                let set: Vec<usize> = found.picks.iter().map(|pick| pick.node.index()).collect();
                assert!(instance.keeps(&set, Applied { groupings: &all, budget: true }), "{i}: {set:?}");
                assert!(set.len() <= instance.size && meets(&set, &instance.quotas), "{i}: {set:?}");
                seen[0] += 1;
            }
            Err(SeedError::InfeasibleQuota(InfeasibleQuota { quota, min, feasible, .. })) => {
                assert!(!instance.is_feasible(&instance.quotas[quota..=quota]), "{i}");
                assert!(min == instance.quotas[quota].1 && feasible < min as usize, "{i}");
                seen[1] += 1;
            }
            Err(SeedError::QuotaUnmet { quota, min, found }) => {
                assert!(min == instance.quotas[quota].1 && found < min as usize, "{i}");
                seen[if can_be { 2 } else { 3 }] += 1;
            }
            Err(
                SeedError::NoEligibleNode
                | SeedError::NothingFits { .. }
                | SeedError::QuotasExceedSize { .. },
            ) => {
                assert!(!can_be, "{i}");
            }
            Err(error) => panic!("{i}: {error}"),
        }
    }
    println!(
        "met {}, infeasible {}, missed though possible {}, missed {}",
        seen[0], seen[1], seen[2], seen[3]
    );
    assert!(seen[0] > 300 && seen[1] > 100, "{seen:?}");
    assert_eq!(seen[2], 0, "a quota was missed although it can be met");
}

#[test]
fn the_feasible_size_is_that_of_the_largest_subset() {
    let mut seen = [0; 4];
    for i in 0..4000 {
        let groupings = i as usize % 3;
        let instance = TinyInstance::draw(i, groupings);
        let all: Vec<usize> = (0..groupings).collect();
        let Some(exact) = instance.max_size(Applied { groupings: &all, budget: true }) else { continue };
        let found = instance.with(|constraints| influence::infeasible_size(constraints, instance.n));
        let Some(InfeasibleSize { requested, feasible, limit }) = found else {
            assert!(exact >= instance.size || groupings == 2, "{i}: only {exact} are possible");
            continue;
        };
        assert!(requested == instance.size && feasible < requested, "{i}");
        // Caps of two groupings together may allow fewer nodes than each of them alone.
        assert!(
            if groupings < 2 { feasible == exact } else { feasible >= exact },
            "{i}: {feasible}, not {exact}"
        );
        // The reported limit allows exactly `feasible` nodes, and every constraint checked before it allows more.
        let of = |groupings: &[usize], budget| instance.max_size(Applied { groupings, budget }).unwrap();
        let eligible = of(&[], false);
        match limit {
            Limit::Eligible => assert_eq!(feasible, eligible, "{i}"),
            Limit::Caps { grouping, group, members, max } => {
                assert!(feasible == of(&[grouping], false) && feasible < eligible, "{i}");
                let (group_of, caps) = &instance.groups[grouping];
                let may = |v: usize| {
                    instance.included.contains(&NodeId::new(v)) || instance.eligible[v] && !instance.active[v]
                };
                let of = |at: u32| (0..instance.n).filter(|&v| may(v) && group_of[v] == at).count() as u64;
                let excluded = |at: u32| of(at).saturating_sub(caps[at as usize].into());
                assert!(members == of(group) && max == caps[group as usize], "{i}");
                assert_eq!(excluded(group), (0..3).map(excluded).max().unwrap(), "{i}");
                assert!(excluded(group) > 0, "{i}");
            }
            Limit::Budget { needed, limit } => {
                assert!(feasible == of(&[], true) && feasible < eligible, "{i}");
                assert!(all.iter().all(|&grouping| feasible < of(&[grouping], false)), "{i}");
                assert_eq!(limit, instance.budget.as_ref().unwrap().1);
                // The requested number of nodes, or all eligible nodes if there are fewer, cost at least `needed`,
                // which exceeds the budget.
                let sets = (0_u32..1 << instance.n)
                    .map(|bits| (0..instance.n).filter(|&v| bits >> v & 1 == 1).collect::<Vec<usize>>());
                let may = |&v: &usize| instance.eligible[v] && !instance.active[v];
                let is_in = |v: &usize| instance.included.contains(&NodeId::new(*v));
                let whole = |set: &Vec<usize>| {
                    set.len() == eligible.min(instance.size)
                        && set.iter().all(|v| may(v) || is_in(v))
                        && instance.included.iter().all(|v| set.contains(&v.index()))
                };
                let cheapest = sets.filter(whole).map(|set| instance.costs(&set)).min();
                assert_eq!((Some(needed), needed > limit), (cheapest, true), "{i}");
            }
            Limit::BudgetUnderCaps { grouping, .. } => {
                assert!(feasible == of(&[grouping], true) && feasible < of(&[], true), "{i}");
                assert!(all.iter().all(|&grouping| feasible < of(&[grouping], false)), "{i}");
            }
            _ => panic!("an unknown limit"),
        }
        seen[match limit {
            Limit::Eligible => 0,
            Limit::Caps { .. } => 1,
            Limit::Budget { .. } => 2,
            _ => 3,
        }] += 1;
    }
    assert!(seen.iter().all(|&seen| seen > 50), "{seen:?}");
}

/// Selects seeds in a graph where nine nodes attend to 0, six to 1, three to 2, and none to other nodes.
fn seed_set(constraints: &SeedConstraints<'_>) -> Result<SeedSet, SeedError> {
    let fans = |of: u32, fans: Range<u32>| fans.map(move |u| (u, of, 1));
    let edges: Vec<(u32, u32, u64)> = fans(0, 3..12).chain(fans(1, 12..18)).chain(fans(2, 18..21)).collect();
    let g = graphs::weighted(21, &edges);
    let model =
        SpreadModel::new(&g, Diffusion::IndependentCascade, &EdgeProbability::WeightedCascade).unwrap();
    influence::seed_set(
        &model,
        constraints,
        &SeedConfig { epsilon: 0.1, min_work: 0, max_work: influence::MAX_WORK, seed: 3 },
    )
}

#[test]
fn a_smaller_seed_set_has_a_stop_reason() {
    let nodes = |found: &SeedSet| found.picks.iter().map(|pick| pick.node.0).collect::<Vec<u32>>();
    let three = seed_set(&SeedConstraints::of_size(3)).unwrap();
    assert_eq!(
        (nodes(&three), three.stop_reason, three.infeasible_size),
        (vec![0, 1, 2], StopReason::SizeReached, None)
    );
    // Three seeds reach all nodes that can be reached: more seeds would be allowed, but add nothing.
    let five = seed_set(&SeedConstraints::of_size(5)).unwrap();
    assert_eq!(
        (nodes(&five), five.stop_reason, five.infeasible_size),
        (vec![0, 1, 2], StopReason::NoGain, None)
    );
    let kinds: Vec<u32> = (0..21).map(|v| u32::from(v >= 2)).collect();
    let caps = [GroupCaps { group: &kinds, max: &[1, 1] }];
    let found = seed_set(&SeedConstraints { caps: &caps, ..SeedConstraints::of_size(3) }).unwrap();
    let limit = Limit::Caps { grouping: 0, group: 1, members: 19, max: 1 };
    assert_eq!((nodes(&found), found.stop_reason), (vec![0, 2], StopReason::NothingFits));
    assert_eq!(found.infeasible_size, Some(InfeasibleSize { requested: 3, feasible: 2, limit }));
    assert_eq!(
        found.infeasible_size.unwrap().to_string(),
        "3 nodes are requested and at most 2 are possible: caps 0 exclude the others, above all the cap of group 1, \
         which allows 1 of 19"
    );
    let with_budget = |first: u64, limit: u64| {
        let cost: Vec<u64> = (0..21).map(|v| if v == 0 { first } else { 2 }).collect();
        seed_set(&SeedConstraints {
            budget: Some(Budget { cost: &cost, limit }),
            ..SeedConstraints::of_size(3)
        })
        .unwrap()
    };
    // The best node costs as much as three others that reach more together.
    let found = with_budget(6, 6);
    assert_eq!((&nodes(&found)[..2], found.picks.len()), (&[1, 2][..], 3));
    assert_eq!((found.stop_reason, found.infeasible_size), (StopReason::SizeReached, None));
    // Three nodes would fit into the budget, but these two reach more.
    let found = with_budget(4, 6);
    assert_eq!(
        (nodes(&found), found.stop_reason, found.infeasible_size),
        (vec![0, 1], StopReason::NothingFits, None)
    );
    let found = with_budget(6, 5);
    assert_eq!((nodes(&found), found.stop_reason), (vec![1, 2], StopReason::NothingFits));
    let limit = Limit::Budget { needed: 6, limit: 5 };
    assert_eq!(found.infeasible_size, Some(InfeasibleSize { requested: 3, feasible: 2, limit }));
}

/// The only member of a quota adds nothing: one position is reserved for it, and the other positions go to the best
/// nodes.
#[test]
fn quotas_reserve_no_more_places_than_they_need() {
    let nodes = |found: &SeedSet| found.picks.iter().map(|pick| pick.node.0).collect::<Vec<u32>>();
    let only = |of: &[u32]| (0..21).map(|v| of.contains(&v)).collect::<Vec<bool>>();
    let (third, baseline) = (only(&[3]), [3, 2, 1].map(NodeId));
    let quotas = [MinQuota { member: &third, min: 1 }];
    let found = seed_set(&SeedConstraints {
        quotas: &quotas,
        baselines: &[&baseline],
        ..SeedConstraints::of_size(3)
    })
    .unwrap();
    assert_eq!(nodes(&found), [0, 1, 3], "these reach 17 nodes, the baseline 12");
    // The cost of a picked member is not reserved again: only 0 and 2 fit together.
    let cost: Vec<u64> = (0..21).map(|v| [1, 9, 10].get(v).copied().unwrap_or(12)).collect();
    let ends = only(&[0, 2]);
    let quotas = [MinQuota { member: &ends, min: 2 }];
    let budget = Some(Budget { cost: &cost, limit: 11 });
    assert_eq!(
        nodes(
            &seed_set(&SeedConstraints { quotas: &quotas, budget, ..SeedConstraints::of_size(3) }).unwrap()
        ),
        [0, 2]
    );
    let included = [NodeId(0)];
    let constraints =
        SeedConstraints { quotas: &quotas, budget, included: &included, ..SeedConstraints::of_size(3) };
    assert_eq!(nodes(&seed_set(&constraints).unwrap()), [0, 2]);
    // No node counts toward both quotas, so they need three positions.
    let others = only(&[4, 5]);
    let quotas = [MinQuota { member: &ends, min: 2 }, MinQuota { member: &others, min: 1 }];
    let error = seed_set(&SeedConstraints { quotas: &quotas, ..SeedConstraints::of_size(2) }).unwrap_err();
    assert_eq!(error, SeedError::QuotasExceedSize { places: 3, left: 2 });
    let error =
        seed_set(&SeedConstraints { quotas: &quotas, included: &included, ..SeedConstraints::of_size(2) })
            .unwrap_err();
    assert_eq!(error, SeedError::QuotasExceedSize { places: 2, left: 1 });
    // A pick may replace the reserved nodes by others: after 2, the nodes 4 and 1 are still possible, in this order
    // only.
    let (group, members) =
        ([2, 0, 1, 1, 2], [[true, true, true, false, false], [false, false, false, true, true]]);
    let caps = [GroupCaps { group: &group, max: &[1, 1, 1] }];
    let quotas = [MinQuota { member: &members[0], min: 2 }, MinQuota { member: &members[1], min: 1 }];
    let edges = [(0, 2, 1), (1, 2, 1), (3, 2, 1), (4, 2, 1), (3, 0, 1), (4, 0, 1), (4, 1, 1)];
    let g = graphs::weighted(5, &edges);
    let model =
        SpreadModel::new(&g, Diffusion::IndependentCascade, &EdgeProbability::WeightedCascade).unwrap();
    let cfg = SeedConfig { epsilon: 0.1, min_work: 0, max_work: influence::MAX_WORK, seed: 3 };
    let constraints = SeedConstraints { caps: &caps, quotas: &quotas, ..SeedConstraints::of_size(3) };
    assert_eq!(influence::seed_set(&model, &constraints, &cfg).unwrap().picks.len(), 3);
    // Any size may be requested.
    assert_eq!(seed_set(&SeedConstraints::of_size(usize::MAX)).unwrap().picks.len(), 3);
}

#[test]
fn included_nodes_that_do_not_fit_are_named() {
    let included = [NodeId(4), NodeId(1), NodeId(7), NodeId(2)];
    let fails = |constraints: SeedConstraints<'_>| {
        seed_set(&SeedConstraints { included: &included, ..constraints }).unwrap_err()
    };
    let violation = Violation::Size { by: 2 };
    assert_eq!(fails(SeedConstraints::of_size(2)), SeedError::IncludedDoNotFit { node: 7, violation });
    let kinds: Vec<u32> = (0..21).map(|v| v % 3).collect();
    let caps = [GroupCaps { group: &kinds, max: &[9; 3] }, GroupCaps { group: &kinds, max: &[1; 3] }];
    let violation = Violation::Caps { grouping: 1, group: 1, by: 2 };
    assert_eq!(
        fails(SeedConstraints { caps: &caps, ..SeedConstraints::of_size(9) }),
        SeedError::IncludedDoNotFit { node: 1, violation }
    );
    let cost: Vec<u64> = (0..21).collect();
    let violation = Violation::Budget { by: 4 };
    let error = fails(SeedConstraints {
        budget: Some(Budget { cost: &cost, limit: 10 }),
        ..SeedConstraints::of_size(9)
    });
    assert_eq!(error, SeedError::IncludedDoNotFit { node: 7, violation });
    assert_eq!(
        error.to_string(),
        "node 7 is included but does not fit in: the included nodes exceed the budget by 4"
    );
    // No node is included, and no node fits in.
    let nothing = |constraints: SeedConstraints<'_>| seed_set(&constraints).unwrap_err();
    let limit = Limit::Budget { needed: 3, limit: 0 };
    let cost = [1; 21];
    let error = nothing(SeedConstraints {
        budget: Some(Budget { cost: &cost, limit: 0 }),
        ..SeedConstraints::of_size(3)
    });
    assert_eq!(error, SeedError::NothingFits { limit });
    let caps = [GroupCaps { group: &kinds, max: &[0; 3] }];
    let limit = Limit::Caps { grouping: 0, group: 0, members: 7, max: 0 };
    assert_eq!(
        nothing(SeedConstraints { caps: &caps, ..SeedConstraints::of_size(3) }),
        SeedError::NothingFits { limit }
    );
}
