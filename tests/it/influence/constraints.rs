//! How much room a wish leaves against all subsets; what a seed set says of why it is small.

use std::ops::Range;

use plaudit::{
    ids::NodeId,
    influence::{
        self, Budget, Caps, Chance, Diffusion, Ended, Excess, Floor, FloorShortfall, Limit, SeedConfig,
        SeedError, SeedSet, Shortfall, SpreadModel, Wish,
    },
    num,
};

use crate::support::graphs;

/// A wish and what it is made of.
struct Tiny {
    n: usize,
    size: usize,
    eligible: Vec<bool>,
    reached: Vec<bool>,
    included: Vec<NodeId>,
    groups: Vec<(Vec<u32>, Vec<u32>)>,
    budget: Option<(Vec<u64>, u64)>,
    floors: Vec<(Vec<bool>, u32)>,
}

/// The rules of a wish that are looked at.
#[derive(Clone, Copy)]
struct Rules<'a> {
    groupings: &'a [usize],
    budget: bool,
}

impl Tiny {
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
            reached: by_node(2, 7).iter().map(|&word| word == 0).collect(),
            included,
            groups: (0..groupings as u64).map(group).collect(),
            budget: (draw(4, 2) == 0).then(|| (by_node(3, 6), draw(5, 14))),
            floors: Vec::new(),
        }
    }

    /// The same with floors: how many there are to be of about a third each.
    fn with_floors(self, i: u64, floors: u64) -> Self {
        let draw = |draw, below: u64| num::random(23, 10, i, draw) % below;
        let floor = |floor: u64| {
            let member = (0..self.n as u64).map(|v| draw(20 * floor + v, 3) == 0).collect();
            (member, 1 + draw(20 * floor + 19, 2) as u32)
        };
        Self { floors: (0..floors).map(floor).collect(), ..self }
    }

    /// Whether any set within the size keeps to all rules and floors, or to the rules and these floors.
    fn can_meet(&self, floors: &[(Vec<bool>, u32)]) -> bool {
        let all: Vec<usize> = (0..self.groups.len()).collect();
        let rules = Rules { groupings: &all, budget: true };
        self.sets().any(|set| set.len() <= self.size && self.keeps(&set, rules) && meets(&set, floors))
    }

    fn costs(&self, set: &[usize]) -> u64 {
        self.budget.as_ref().map_or(0, |(cost, _)| set.iter().map(|&v| cost[v]).sum())
    }

    fn sets(&self) -> impl Iterator<Item = Vec<usize>> {
        (0_u32..1 << self.n).map(|bits| (0..self.n).filter(|&v| bits >> v & 1 == 1).collect())
    }

    fn keeps(&self, set: &[usize], rules: Rules<'_>) -> bool {
        let of = |group: &[u32], at: u32| set.iter().filter(|&&v| group[v] == at).count();
        let capped = |&grouping: &usize| {
            let (group, most) = &self.groups[grouping];
            (0..).zip(most).all(|(at, &most)| of(group, at) <= most as usize)
        };
        let is_in = |v: usize| self.included.iter().any(|w| w.index() == v);
        self.included.iter().all(|v| set.contains(&v.index()))
            && set.iter().all(|&v| is_in(v) || self.eligible[v] && !self.reached[v])
            && rules.groupings.iter().all(capped)
            && (!rules.budget || self.budget.as_ref().is_none_or(|(_, most)| self.costs(set) <= *most))
    }

    /// The most nodes of any set that keeps to these rules; `None` where even those that must be in it do not.
    fn most(&self, rules: Rules<'_>) -> Option<usize> {
        self.sets().filter(|set| self.keeps(set, rules)).map(|set| set.len()).max()
    }

    fn with<T>(&self, look: impl FnOnce(&Wish<'_>) -> T) -> T {
        let floors: Vec<Floor<'_>> =
            self.floors.iter().map(|(member, least)| Floor { member, least: *least }).collect();
        let caps: Vec<Caps<'_>> = self.groups.iter().map(|(group, most)| Caps { group, most }).collect();
        look(&Wish {
            eligible: Some(&self.eligible),
            reached: Some(&self.reached),
            included: &self.included,
            caps: &caps,
            floors: &floors,
            budget: self.budget.as_ref().map(|(cost, most)| Budget { cost, most: *most }),
            ..Wish::of_size(self.size)
        })
    }
}

fn meets(set: &[usize], floors: &[(Vec<bool>, u32)]) -> bool {
    floors.iter().all(|(member, least)| set.iter().filter(|&&v| member[v]).count() >= *least as usize)
}

/// A seed set meets its floors and keeps to the rest, and a wish is refused only if no set meets it: on wishes as small
/// as these the search finds what there is.
#[test]
fn floors_are_met_where_they_can_be() {
    let mut seen = [0; 4];
    for i in 0..1500 {
        let (groupings, floors) = (i as usize % 3, 1 + i / 3 % 2);
        let mut tiny = Tiny::draw(i, groupings).with_floors(i, floors);
        if floors == 2 && i % 4 == 0 {
            // Nobody counts for both.
            let first = tiny.floors[0].0.clone();
            tiny.floors[1].0.iter_mut().zip(first).for_each(|(member, first)| *member &= !first);
        }
        let all: Vec<usize> = (0..groupings).collect();
        if tiny.most(Rules { groupings: &all, budget: true }).is_none() || tiny.included.len() > tiny.size {
            continue;
        }
        let edges: Vec<(u32, u32, u64)> = (0..2 * tiny.n as u64)
            .map(|edge| {
                let end = |of: u64| (num::random(23, 11, i, 2 * edge + of) % tiny.n as u64) as u32;
                (end(0), end(1), 1)
            })
            .filter(|(u, v, _)| u != v)
            .collect();
        let g = graphs::weighted(tiny.n, &edges);
        let model = SpreadModel::new(&g, Diffusion::IndependentCascade, &Chance::WeightedCascade).unwrap();
        let cfg = SeedConfig { epsilon: 0.5, least_work: 0, most_work: influence::MOST_WORK, seed: i };
        let can_be = tiny.can_meet(&tiny.floors);
        match tiny.with(|wish| influence::seed_set(&model, wish, &cfg)) {
            Ok(found) => {
                let set: Vec<usize> = found.picks.iter().map(|pick| pick.node.index()).collect();
                assert!(tiny.keeps(&set, Rules { groupings: &all, budget: true }), "{i}: {set:?}");
                assert!(set.len() <= tiny.size && meets(&set, &tiny.floors), "{i}: {set:?}");
                seen[0] += 1;
            }
            Err(SeedError::TooFew(FloorShortfall { floor, least, room, .. })) => {
                assert!(!tiny.can_meet(&tiny.floors[floor..=floor]), "{i}");
                assert!(least == tiny.floors[floor].1 && room < least as usize, "{i}");
                seen[1] += 1;
            }
            Err(SeedError::FloorMissed { floor, least, found }) => {
                assert!(least == tiny.floors[floor].1 && found < least as usize, "{i}");
                seen[if can_be { 2 } else { 3 }] += 1;
            }
            Err(
                SeedError::NobodyEligible | SeedError::NothingFits { .. } | SeedError::TooManyPlaces { .. },
            ) => {
                assert!(!can_be, "{i}");
            }
            Err(error) => panic!("{i}: {error}"),
        }
    }
    println!(
        "met {}, impossible {}, missed though possible {}, missed {}",
        seen[0], seen[1], seen[2], seen[3]
    );
    assert!(seen[0] > 300 && seen[1] > 100, "{seen:?}");
    assert_eq!(seen[2], 0, "what is missed cannot be");
}

#[test]
fn room_is_that_of_the_largest_subset() {
    let mut seen = [0; 4];
    for i in 0..4000 {
        let groupings = i as usize % 3;
        let tiny = Tiny::draw(i, groupings);
        let all: Vec<usize> = (0..groupings).collect();
        let Some(exact) = tiny.most(Rules { groupings: &all, budget: true }) else { continue };
        let found = tiny.with(|wish| influence::shortfall(wish, tiny.n));
        let Some(Shortfall { asked, room, limit }) = found else {
            assert!(exact >= tiny.size || groupings == 2, "{i}: room for {exact} only");
            continue;
        };
        assert!(asked == tiny.size && room < asked, "{i}");
        // Caps of two kinds may together leave less room than each.
        assert!(if groupings < 2 { room == exact } else { room >= exact }, "{i}: {room}, not {exact}");
        // The rule that is named leaves that much room, and all before it more.
        let of = |groupings: &[usize], budget| tiny.most(Rules { groupings, budget }).unwrap();
        let eligible = of(&[], false);
        match limit {
            Limit::Eligible => assert_eq!(room, eligible, "{i}"),
            Limit::Caps { grouping, group, members, most } => {
                assert!(room == of(&[grouping], false) && room < eligible, "{i}");
                let (group_of, caps) = &tiny.groups[grouping];
                let may = |v: usize| {
                    tiny.included.contains(&NodeId::new(v)) || tiny.eligible[v] && !tiny.reached[v]
                };
                let of = |at: u32| (0..tiny.n).filter(|&v| may(v) && group_of[v] == at).count() as u64;
                let kept_out = |at: u32| of(at).saturating_sub(caps[at as usize].into());
                assert!(members == of(group) && most == caps[group as usize], "{i}");
                assert_eq!(kept_out(group), (0..3).map(kept_out).max().unwrap(), "{i}");
                assert!(kept_out(group) > 0, "{i}");
            }
            Limit::Budget { needed, most } => {
                assert!(room == of(&[], true) && room < eligible, "{i}");
                assert!(all.iter().all(|&grouping| room < of(&[grouping], false)), "{i}");
                assert_eq!(most, tiny.budget.as_ref().unwrap().1);
                // As many as were asked for, or as there are, cost this at least: more than there is.
                let sets = (0_u32..1 << tiny.n)
                    .map(|bits| (0..tiny.n).filter(|&v| bits >> v & 1 == 1).collect::<Vec<usize>>());
                let may = |&v: &usize| tiny.eligible[v] && !tiny.reached[v];
                let is_in = |v: &usize| tiny.included.contains(&NodeId::new(*v));
                let whole = |set: &Vec<usize>| {
                    set.len() == eligible.min(tiny.size)
                        && set.iter().all(|v| may(v) || is_in(v))
                        && tiny.included.iter().all(|v| set.contains(&v.index()))
                };
                let cheapest = sets.filter(whole).map(|set| tiny.costs(&set)).min();
                assert_eq!((Some(needed), needed > most), (cheapest, true), "{i}");
            }
            Limit::BudgetUnderCaps { grouping, .. } => {
                assert!(room == of(&[grouping], true) && room < of(&[], true), "{i}");
                assert!(all.iter().all(|&grouping| room < of(&[grouping], false)), "{i}");
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

/// Nine attend to 0, six to 1, three to 2; nobody to the others.
fn seed_set(wish: &Wish<'_>) -> Result<SeedSet, SeedError> {
    let fans = |of: u32, fans: Range<u32>| fans.map(move |u| (u, of, 1));
    let edges: Vec<(u32, u32, u64)> = fans(0, 3..12).chain(fans(1, 12..18)).chain(fans(2, 18..21)).collect();
    let g = graphs::weighted(21, &edges);
    let model = SpreadModel::new(&g, Diffusion::IndependentCascade, &Chance::WeightedCascade).unwrap();
    influence::seed_set(
        &model,
        wish,
        &SeedConfig { epsilon: 0.1, least_work: 0, most_work: influence::MOST_WORK, seed: 3 },
    )
}

#[test]
fn a_small_seed_set_says_why() {
    let nodes = |found: &SeedSet| found.picks.iter().map(|pick| pick.node.0).collect::<Vec<u32>>();
    let three = seed_set(&Wish::of_size(3)).unwrap();
    assert_eq!((nodes(&three), three.ended, three.shortfall), (vec![0, 1, 2], Ended::Complete, None));
    // Everybody is reached by three: there is room for more, and no use.
    let five = seed_set(&Wish::of_size(5)).unwrap();
    assert_eq!((nodes(&five), five.ended, five.shortfall), (vec![0, 1, 2], Ended::NobodyNew, None));
    let kinds: Vec<u32> = (0..21).map(|v| u32::from(v >= 2)).collect();
    let caps = [Caps { group: &kinds, most: &[1, 1] }];
    let found = seed_set(&Wish { caps: &caps, ..Wish::of_size(3) }).unwrap();
    let limit = Limit::Caps { grouping: 0, group: 1, members: 19, most: 1 };
    assert_eq!((nodes(&found), found.ended), (vec![0, 2], Ended::NoRoom));
    assert_eq!(found.shortfall, Some(Shortfall { asked: 3, room: 2, limit }));
    assert_eq!(
        found.shortfall.unwrap().to_string(),
        "there is room for 2 of 3 nodes: the others are kept out by caps 0, most of them by that of group 1, \
         which allows 1 of 19"
    );
    let with_budget = |first: u64, most: u64| {
        let cost: Vec<u64> = (0..21).map(|v| if v == 0 { first } else { 2 }).collect();
        seed_set(&Wish { budget: Some(Budget { cost: &cost, most }), ..Wish::of_size(3) }).unwrap()
    };
    // For what the best costs there are three others, and they reach more.
    let found = with_budget(6, 6);
    assert_eq!((&nodes(&found)[..2], found.picks.len()), (&[1, 2][..], 3));
    assert_eq!((found.ended, found.shortfall), (Ended::Complete, None));
    // There would be room for three, but two reach more.
    let found = with_budget(4, 6);
    assert_eq!((nodes(&found), found.ended, found.shortfall), (vec![0, 1], Ended::NoRoom, None));
    let found = with_budget(6, 5);
    assert_eq!((nodes(&found), found.ended), (vec![1, 2], Ended::NoRoom));
    let limit = Limit::Budget { needed: 6, most: 5 };
    assert_eq!(found.shortfall, Some(Shortfall { asked: 3, room: 2, limit }));
}

/// The node that a floor needs reaches nobody: it takes the last place of the best choice, not of a worse list.
#[test]
fn floors_take_no_more_than_their_places() {
    let nodes = |found: &SeedSet| found.picks.iter().map(|pick| pick.node.0).collect::<Vec<u32>>();
    let only = |of: &[u32]| (0..21).map(|v| of.contains(&v)).collect::<Vec<bool>>();
    let (third, rival) = (only(&[3]), [3, 2, 1].map(NodeId));
    let floors = [Floor { member: &third, least: 1 }];
    let found = seed_set(&Wish { floors: &floors, rivals: &[&rival], ..Wish::of_size(3) }).unwrap();
    assert_eq!(nodes(&found), [0, 1, 3], "17 are reached, 12 by the rival");
    // Who is paid for already is not kept free for again: only 0 and 2 fit together.
    let cost: Vec<u64> = (0..21).map(|v| [1, 9, 10].get(v).copied().unwrap_or(12)).collect();
    let ends = only(&[0, 2]);
    let floors = [Floor { member: &ends, least: 2 }];
    let budget = Some(Budget { cost: &cost, most: 11 });
    assert_eq!(nodes(&seed_set(&Wish { floors: &floors, budget, ..Wish::of_size(3) }).unwrap()), [0, 2]);
    let included = [NodeId(0)];
    let wish = Wish { floors: &floors, budget, included: &included, ..Wish::of_size(3) };
    assert_eq!(nodes(&seed_set(&wish).unwrap()), [0, 2]);
    // Nobody counts for both floors: they take three places.
    let others = only(&[4, 5]);
    let floors = [Floor { member: &ends, least: 2 }, Floor { member: &others, least: 1 }];
    let error = seed_set(&Wish { floors: &floors, ..Wish::of_size(2) }).unwrap_err();
    assert_eq!(error, SeedError::TooManyPlaces { places: 3, left: 2 });
    let error = seed_set(&Wish { floors: &floors, included: &included, ..Wish::of_size(2) }).unwrap_err();
    assert_eq!(error, SeedError::TooManyPlaces { places: 2, left: 1 });
    // Whoever is picked leaves room for others in the place of those at hand: 2 does for 4 and 1, in this order only.
    let (group, members) =
        ([2, 0, 1, 1, 2], [[true, true, true, false, false], [false, false, false, true, true]]);
    let caps = [Caps { group: &group, most: &[1, 1, 1] }];
    let floors = [Floor { member: &members[0], least: 2 }, Floor { member: &members[1], least: 1 }];
    let edges = [(0, 2, 1), (1, 2, 1), (3, 2, 1), (4, 2, 1), (3, 0, 1), (4, 0, 1), (4, 1, 1)];
    let g = graphs::weighted(5, &edges);
    let model = SpreadModel::new(&g, Diffusion::IndependentCascade, &Chance::WeightedCascade).unwrap();
    let cfg = SeedConfig { epsilon: 0.1, least_work: 0, most_work: influence::MOST_WORK, seed: 3 };
    let wish = Wish { caps: &caps, floors: &floors, ..Wish::of_size(3) };
    assert_eq!(influence::seed_set(&model, &wish, &cfg).unwrap().picks.len(), 3);
    // Everybody may be asked for.
    assert_eq!(seed_set(&Wish::of_size(usize::MAX)).unwrap().picks.len(), 3);
}

#[test]
fn what_must_be_in_it_and_does_not_fit_is_named() {
    let included = [NodeId(4), NodeId(1), NodeId(7), NodeId(2)];
    let fails = |wish: Wish<'_>| seed_set(&Wish { included: &included, ..wish }).unwrap_err();
    let excess = Excess::Size { by: 2 };
    assert_eq!(fails(Wish::of_size(2)), SeedError::NoRoom { node: 7, excess });
    let kinds: Vec<u32> = (0..21).map(|v| v % 3).collect();
    let caps = [Caps { group: &kinds, most: &[9; 3] }, Caps { group: &kinds, most: &[1; 3] }];
    let excess = Excess::Caps { grouping: 1, group: 1, by: 2 };
    assert_eq!(fails(Wish { caps: &caps, ..Wish::of_size(9) }), SeedError::NoRoom { node: 1, excess });
    let cost: Vec<u64> = (0..21).collect();
    let excess = Excess::Budget { by: 4 };
    let error = fails(Wish { budget: Some(Budget { cost: &cost, most: 10 }), ..Wish::of_size(9) });
    assert_eq!(error, SeedError::NoRoom { node: 7, excess });
    assert_eq!(
        error.to_string(),
        "node 7, which must be in the seed set, does not fit in: those that must be pass the budget by 4"
    );
    // Nobody must be in it, and nobody can.
    let nothing = |wish: Wish<'_>| seed_set(&wish).unwrap_err();
    let limit = Limit::Budget { needed: 3, most: 0 };
    let cost = [1; 21];
    let error = nothing(Wish { budget: Some(Budget { cost: &cost, most: 0 }), ..Wish::of_size(3) });
    assert_eq!(error, SeedError::NothingFits { limit });
    let caps = [Caps { group: &kinds, most: &[0; 3] }];
    let limit = Limit::Caps { grouping: 0, group: 0, members: 7, most: 0 };
    assert_eq!(nothing(Wish { caps: &caps, ..Wish::of_size(3) }), SeedError::NothingFits { limit });
}
