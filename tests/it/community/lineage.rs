//! Community ids between runs: planted events, the definitions by brute force, and invariants.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use plaudit::{
    community::{
        self, CommunityEvent, CurrentPartition, Fate, KEEP_SHARE, LOGGED_SIZE, LeidenConfig, Lineage, NEW,
        PreviousCommunity, PreviousPartition, SPLIT_SHARE, UNKNOWN, lineage,
    },
    config::defaults,
    graph,
    ids::CommunityId,
    num,
};
use proptest::prelude::*;

use crate::support::{
    graphs,
    planted::{Numbering, planted},
    pools,
};

/// Two runs: for each node, the id of its previous community and the label of its current community.
#[derive(Clone, Debug, Default)]
struct TwoRuns {
    old: Vec<u32>,
    new: Vec<u32>,
    weight: Vec<u32>,
    /// The previous community of each node that is no longer in the graph.
    gone: Vec<u32>,
    /// The previous community of each node that cannot be identified.
    unknown: Vec<u32>,
    next_id: u32,
}

impl TwoRuns {
    /// Adds `count` nodes of weight 1 that were in community `old` and are in community `new`.
    fn with(mut self, count: usize, old: u32, new: u32) -> Self {
        self.old.extend(vec![old; count]);
        self.new.extend(vec![new; count]);
        self.weight.extend(vec![1; count]);
        self
    }

    /// The same as [`Self::with`], with nodes of this weight.
    fn heavy(mut self, count: usize, old: u32, new: u32, weight: u32) -> Self {
        self = self.with(count, old, new);
        let from = self.weight.len() - count;
        self.weight[from..].fill(weight);
        self
    }

    fn gone(mut self, count: usize, old: u32) -> Self {
        self.gone.extend(vec![old; count]);
        self
    }

    fn previous_communities(&self) -> Vec<PreviousCommunity> {
        let mut sizes: BTreeMap<u32, [u32; 2]> = BTreeMap::new();
        let known = self.old.iter().filter(|&&id| id < UNKNOWN);
        known.chain(&self.gone).for_each(|&id| sizes.entry(id).or_default()[0] += 1);
        self.unknown.iter().for_each(|&id| sizes.entry(id).or_default()[1] += 1);
        let former = |(&id, &[known, unknown]): (&u32, &[u32; 2])| PreviousCommunity {
            id,
            size: known + unknown,
            unknown,
        };
        sizes.iter().map(former).collect()
    }

    /// The dense id of each node's current community, and their number: the largest community is 0, ties go to the
    /// smallest member.
    fn dense(&self) -> (Vec<CommunityId>, usize) {
        let mut members: BTreeMap<u32, (i64, usize)> = BTreeMap::new();
        for (u, &label) in self.new.iter().enumerate() {
            members.entry(label).or_insert((0, u)).0 -= 1;
        }
        let mut order: Vec<_> = members.iter().map(|(label, &key)| (key, *label)).collect();
        order.sort_unstable();
        let place: BTreeMap<u32, usize> =
            order.iter().enumerate().map(|(place, &(_, label))| (label, place)).collect();
        (self.new.iter().map(|label| CommunityId::new(place[label])).collect(), order.len())
    }

    fn found(&self) -> Lineage {
        let (community, count) = self.dense();
        let communities = self.previous_communities();
        let highest = communities.iter().map(|former| former.id + 1).max().unwrap_or(0);
        let before = PreviousPartition {
            id: &self.old,
            communities: &communities,
            next_id: highest.max(self.next_id),
        };
        lineage(&before, &CurrentPartition { community: &community, count, weight: &self.weight }).unwrap()
    }

    /// The events as texts of [`shown`].
    fn events(&self) -> Vec<String> {
        self.found().events.iter().map(shown).collect()
    }
}

/// `fate id: size of previous size, kept +joined -left [others]`.
fn shown(event: &CommunityEvent) -> String {
    let CommunityEvent { id, fate, size, previous_size, kept, joined, left, .. } = event;
    let others: Vec<String> = event.others.iter().map(u32::to_string).collect();
    format!(
        "{} {id}: {size} of {previous_size}, {kept} +{joined} -{left} [{}]",
        fate.word(),
        others.join(" ")
    )
}

fn two_runs() -> TwoRuns {
    TwoRuns::default()
}

#[test]
fn ordinary_churn_keeps_every_id() {
    // Each of three communities loses some nodes to the next one; some nodes disappear, some are new.
    let churn = two_runs()
        .with(90, 4, 0)
        .with(10, 4, 1)
        .with(80, 7, 1)
        .with(5, 7, 2)
        .with(40, 9, 2)
        .with(6, NEW, 0)
        .gone(3, 9);
    assert_eq!(
        churn.events(),
        [
            "continued 4: 96 of 100, 90 +6 -10 []",
            "continued 7: 90 of 85, 80 +10 -5 []",
            "continued 9: 45 of 43, 40 +5 -3 []"
        ]
    );
    assert_eq!(churn.found().next_id, 10);
}

#[test]
fn a_split_is_in_the_events_of_the_old_and_the_new_community() {
    assert_eq!(
        two_runs().with(60, 0, 0).with(40, 0, 1).with(30, 1, 2).events(),
        [
            "split 0: 60 of 100, 60 +0 -40 [2]",
            "continued 1: 30 of 30, 30 +0 -0 []",
            "born 2: 40 of 0, 0 +40 -0 [0]"
        ]
    );
    // A fifth of a community is a large part, less than a fifth is not; in both cases, the event of the new community
    // names the old community.
    assert_eq!(
        two_runs().with(80, 0, 0).with(20, 0, 1).events(),
        ["split 0: 80 of 100, 80 +0 -20 [1]", "born 1: 20 of 0, 0 +20 -0 [0]"]
    );
    assert_eq!(
        two_runs().with(81, 0, 0).with(19, 0, 1).events(),
        ["continued 0: 81 of 100, 81 +0 -19 []", "born 1: 19 of 0, 0 +19 -0 [0]"]
    );
    // If a community splits into three equal parts, the first keeps the id. Of four equal parts none is large enough,
    // and the id ends.
    assert_eq!(
        two_runs().with(10, 5, 0).with(10, 5, 1).with(10, 5, 2).events(),
        [
            "split 5: 10 of 30, 10 +0 -20 [6 7]",
            "born 6: 10 of 0, 0 +10 -0 [5]",
            "born 7: 10 of 0, 0 +10 -0 [5]"
        ]
    );
    assert_eq!(
        two_runs().with(5, 5, 0).with(5, 5, 1).with(5, 5, 2).with(5, 5, 3).events()[0],
        "split 5: 0 of 20, 0 +0 -20 [6 7 8 9]"
    );
}

#[test]
fn communities_that_end_in_another_one_have_merged() {
    assert_eq!(
        two_runs().with(30, 3, 0).with(20, 8, 0).with(9, 9, 1).events(),
        [
            "continued 3: 50 of 30, 30 +20 -0 [8]",
            "merged 8: 0 of 20, 20 +0 -0 [3]",
            "continued 9: 9 of 9, 9 +0 -0 []"
        ]
    );
    // Four equal communities become one: none is a large enough share of the new community, so it gets a new id.
    assert_eq!(
        two_runs().with(5, 0, 0).with(5, 1, 0).with(5, 2, 0).with(5, 3, 0).events(),
        [
            "merged 0: 0 of 5, 5 +0 -0 [4]",
            "merged 1: 0 of 5, 5 +0 -0 [4]",
            "merged 2: 0 of 5, 5 +0 -0 [4]",
            "merged 3: 0 of 5, 5 +0 -0 [4]",
            "born 4: 20 of 0, 0 +20 -0 [0 1 2 3]"
        ]
    );
}

#[test]
fn communities_are_born_and_die() {
    // New nodes and nodes that were alone form a new community; one community vanishes, one scatters over three.
    let runs = two_runs()
        .with(10, 0, 0)
        .with(4, NEW, 1)
        .with(1, 20, 1)
        .with(1, 21, 1)
        .gone(7, 2)
        .with(3, 3, 0)
        .with(3, 3, 4)
        .with(3, 3, 5)
        .with(12, 4, 4)
        .with(12, 5, 5);
    assert_eq!(
        runs.events(),
        [
            "continued 0: 13 of 10, 10 +3 -0 []",
            "died 2: 0 of 7, 0 +0 -7 []",
            "died 3: 0 of 9, 0 +0 -9 []",
            "continued 4: 15 of 12, 12 +3 -0 []",
            "continued 5: 15 of 12, 12 +3 -0 []",
            "born 22: 6 of 0, 0 +6 -0 []"
        ]
    );
}

#[test]
fn an_id_follows_the_heavy_nodes_but_not_a_single_one() {
    // A community of forty heavy and sixty light nodes splits; the heavy nodes take the id with them.
    let parted = two_runs().heavy(40, 0, 0, 6).with(60, 0, 1).events();
    assert_eq!(parted[0], "split 0: 40 of 100, 40 +0 -60 [1]");
    // A node of weight 14 leaves a community of 99 nodes of weight 2; the id stays with the 99.
    let hub = two_runs().heavy(1, 0, 1, 14).heavy(99, 0, 0, 2).heavy(50, 1, 1, 2).events();
    assert_eq!(hub, ["continued 0: 99 of 100, 99 +0 -1 []", "continued 1: 51 of 50, 50 +1 -0 []"]);
}

#[test]
fn nodes_that_come_or_go_do_not_change_an_id() {
    // One community gets ten times as many new nodes as it had; another loses nineteen of twenty nodes.
    assert_eq!(
        two_runs().with(10, 2, 0).with(100, NEW, 0).events(),
        ["continued 2: 110 of 10, 10 +100 -0 []"]
    );
    assert_eq!(two_runs().with(5, 2, 0).gone(95, 2).events(), ["continued 2: 5 of 100, 5 +0 -95 []"]);
    // Nodes that were alone count as new.
    let mut alone = two_runs().with(3, 2, 0);
    for id in 10..40 {
        alone = alone.with(1, id, 0);
    }
    assert_eq!(alone.events(), ["continued 2: 33 of 3, 3 +30 -0 []"]);
    // A small part does not keep the id when most of the community joins another one.
    assert_eq!(
        two_runs().with(97, 2, 0).with(3, 2, 1).with(200, 1, 0).events(),
        [
            "continued 1: 297 of 200, 200 +97 -0 [2]",
            "merged 2: 0 of 100, 97 +0 -3 [1]",
            "born 3: 3 of 0, 0 +3 -0 [2]"
        ]
    );
}

#[test]
fn single_nodes_and_pairs_keep_ids_but_have_no_events() {
    let mut runs =
        two_runs().with(1, 5, 0).with(1, 6, 1).with(2, 7, 2).with(1, 8, 3).with(1, NEW, 3).with(1, 9, 4);
    runs = runs.with(3, 10, 5);
    assert_eq!(runs.events(), ["continued 10: 3 of 3, 3 +0 -0 []"]);
    let found = runs.found();
    // The order is by size: the triple, the two pairs, the single nodes.
    assert_eq!((found.ids, found.next_id), (vec![10, 7, 11, 5, 6, 9], 12));
    // A community that falls apart into single nodes ends; none of these nodes gets its id.
    let fallen = TwoRuns::default().with(1, 0, 0).with(1, 0, 1).with(1, 0, 2);
    assert_eq!(fallen.events(), ["died 0: 0 of 3, 0 +0 -3 []"]);
    assert_eq!(fallen.found().ids, [1, 2, 3]);
}

#[test]
fn unknown_nodes_are_counted_separately() {
    let mut runs = two_runs().with(8, 0, 0).with(2, UNKNOWN, 0).with(1, NEW, 0).gone(2, 0);
    runs.unknown = vec![0, 0, 0];
    let found = runs.found().events;
    let event = &found[0];
    assert_eq!((event.size, event.kept, event.joined, event.unknown), (11, 8, 1, 2));
    assert_eq!((event.previous_size, event.left, event.previous_unknown), (13, 2, 3));
}

#[test]
fn in_the_first_run_all_communities_are_new_in_order_of_size() {
    let found = two_runs().with(5, NEW, 3).with(9, NEW, 1).with(1, NEW, 2).found();
    assert_eq!((found.ids, found.next_id), (vec![0, 1, 2], 3));
    assert_eq!(
        found.events.iter().map(shown).collect::<Vec<_>>(),
        ["born 0: 9 of 0, 0 +9 -0 []", "born 1: 5 of 0, 0 +5 -0 []"]
    );
}

#[test]
fn more_ids_than_32_bits_hold_are_an_error() {
    let runs = two_runs().with(3, NEW, 0).with(2, NEW, 1);
    let (community, count) = runs.dense();
    let current = CurrentPartition { community: &community, count, weight: &runs.weight };
    let found = |next_id| lineage(&PreviousPartition { id: &runs.old, communities: &[], next_id }, &current);
    let last = found(UNKNOWN - 2).unwrap();
    assert_eq!((last.ids, last.next_id), (vec![UNKNOWN - 2, UNKNOWN - 1], UNKNOWN));
    for next_id in [UNKNOWN - 1, UNKNOWN, NEW] {
        assert_eq!(found(next_id).unwrap_err().wanted, 2);
    }
}

/// The definitions of [`Fate`] with sets and loops over all pairs.
mod naive {
    use super::*;

    type Set = BTreeSet<usize>;
    /// The id, fate and other ids of an event.
    pub(super) type PlainEvent = (u32, Fate, Vec<u32>);

    fn sets(labels: &[u32], keep: impl Fn(u32) -> bool) -> BTreeMap<u32, Set> {
        let mut sets: BTreeMap<u32, Set> = BTreeMap::new();
        for (u, &label) in labels.iter().enumerate().filter(|(_, label)| keep(**label)) {
            sets.entry(label).or_default().insert(u);
        }
        sets
    }

    /// The id of each new label, and the events.
    pub(super) fn found(runs: &TwoRuns) -> (BTreeMap<u32, u32>, Vec<PlainEvent>) {
        let previous_communities = runs.previous_communities();
        let old_size: BTreeMap<u32, u32> =
            previous_communities.iter().map(|former| (former.id, former.size)).collect();
        let mut old = sets(&runs.old, |id| id < UNKNOWN);
        for former in &previous_communities {
            old.entry(former.id).or_default();
        }
        let new = sets(&runs.new, |_| true);
        let weigh = |set: &Set| set.iter().map(|&u| u64::from(runs.weight[u])).sum::<u64>();
        let both = |o: u32, n: u32| old[&o].intersection(&new[&n]).copied().collect::<Set>();
        let share = |o: u32, n: u32| weigh(&both(o, n));
        let remaining = |o: u32| weigh(&old[&o]);
        let in_company = |u: &usize| old_size.get(&runs.old[*u]).is_some_and(|&size| size > 1);
        let known = |n: u32| weigh(&new[&n].iter().copied().filter(in_company).collect());
        let at_least = |part: u64, (a, b): (u64, u64), whole: u64| part * b >= a * whole;

        // Matches one pair at a time: the best of all remaining pairs.
        let mut successor: BTreeMap<u32, u32> = BTreeMap::new();
        loop {
            let free = old.keys().flat_map(|&o| new.keys().map(move |&n| (o, n)));
            let free = free
                .filter(|(o, n)| !successor.contains_key(o) && !successor.values().any(|taken| taken == n));
            let may = free.filter(|&(o, n)| {
                !both(o, n).is_empty()
                    && (old_size[&o] == 1) == (new[&n].len() == 1)
                    && at_least(share(o, n), KEEP_SHARE, remaining(o))
                    && at_least(share(o, n), KEEP_SHARE, known(n))
            });
            let key = |&(o, n): &(u32, u32)| {
                let smallest = *new[&n].first().unwrap();
                (share(o, n), both(o, n).len(), Reverse(o), Reverse(smallest))
            };
            let Some((o, n)) = may.max_by_key(key) else { break };
            successor.insert(o, n);
        }
        let mut ids: BTreeMap<u32, u32> = successor.iter().map(|(&o, &n)| (n, o)).collect();
        let mut born: Vec<u32> = new.keys().copied().filter(|n| !ids.contains_key(n)).collect();
        born.sort_by_key(|n| (Reverse(new[n].len()), *new[n].first().unwrap()));
        let highest =
            previous_communities.iter().map(|former| former.id + 1).max().unwrap_or(0).max(runs.next_id);
        ids.extend(born.iter().zip(highest..).map(|(&n, id)| (n, id)));

        let size_after = |o: u32| successor.get(&o).map_or(0, |n| new[n].len() as u32);
        let logged_old = |o: u32| old_size[&o].max(size_after(o)) >= LOGGED_SIZE;
        let merge_target =
            |o: u32| new.keys().copied().find(|&n| 2 * share(o, n) > remaining(o) && new[&n].len() > 1);
        let merged_into = |n: u32| -> Vec<u32> {
            let ended = old.keys().copied().filter(|o| !successor.contains_key(o) && old_size[o] > 1);
            ended.filter(|&o| merge_target(o) == Some(n) && logged_old(o)).collect()
        };
        let parts = |o: u32| -> Vec<u32> {
            let parts = born.iter().copied().filter(|&n| {
                new[&n].len() as u32 >= LOGGED_SIZE
                    && !both(o, n).is_empty()
                    && at_least(share(o, n), SPLIT_SHARE, remaining(o))
                    && 2 * share(o, n) > known(n)
            });
            let mut parts: Vec<u32> = parts.map(|n| ids[&n]).collect();
            parts.sort_unstable();
            parts
        };
        let mut events = Vec::new();
        for &o in old.keys().filter(|&&o| logged_old(o)) {
            let parts = parts(o);
            events.push(match (successor.get(&o), merge_target(o)) {
                (Some(&n), _) if parts.is_empty() => (o, Fate::Continued, merged_into(n)),
                (Some(_), _) => (o, Fate::Split, parts),
                (None, Some(n)) => (o, Fate::Merged, vec![ids[&n]]),
                (None, None) if parts.len() > 1 => (o, Fate::Split, parts),
                (None, None) => (o, Fate::Died, vec![]),
            });
        }
        for &n in born.iter().filter(|n| new[*n].len() as u32 >= LOGGED_SIZE) {
            let merged = merged_into(n);
            let origins = old.keys().copied().filter(|&o| {
                let large = !both(o, n).is_empty() && at_least(share(o, n), KEEP_SHARE, known(n));
                old_size[&o] > 1 && logged_old(o) && (large || merged.contains(&o))
            });
            events.push((ids[&n], Fate::Born, origins.collect()));
        }
        events.sort();
        (ids, events)
    }
}

fn any_two_runs() -> impl Strategy<Value = TwoRuns> {
    let node = (
        prop_oneof![6 => 0_u32..7, 1 => Just(NEW), 1 => Just(UNKNOWN)],
        0_u32..7,
        prop_oneof![3 => Just(1_u32), 1 => 1_u32..8],
    );
    let list = |most| prop::collection::vec(0_u32..7, 0..most);
    (prop::collection::vec(node, 0..40), list(10), list(6), 0_u32..12).prop_map(
        |(nodes, gone, unknown, next_id)| {
            let old = nodes.iter().map(|node| node.0).collect();
            let new = nodes.iter().map(|node| node.1).collect();
            TwoRuns { old, new, weight: nodes.iter().map(|node| node.2).collect(), gone, unknown, next_id }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn ids_and_events_are_those_of_the_definitions(runs in any_two_runs()) {
        let (ids, events) = naive::found(&runs);
        let found = runs.found();
        let (community, _) = runs.dense();
        for (u, label) in runs.new.iter().enumerate() {
            prop_assert_eq!(found.ids[community[u].index()], ids[label]);
        }
        let reported: Vec<_> =
            found.events.iter().map(|event| (event.id, event.fate, event.others.clone())).collect();
        prop_assert_eq!(reported, events);
    }

    #[test]
    fn invariants_hold(runs in any_two_runs()) {
        let found = runs.found();
        let (community, count) = runs.dense();
        let previous_communities = runs.previous_communities();
        prop_assert_eq!(found.ids.len(), count);
        let distinct: BTreeSet<u32> = found.ids.iter().copied().collect();
        prop_assert_eq!(distinct.len(), count, "no id twice");
        let highest = previous_communities.iter().map(|former| former.id + 1).max().unwrap_or(0).max(runs.next_id);
        for &id in &found.ids {
            let is_old = previous_communities.iter().any(|former| former.id == id);
            prop_assert!(is_old || (highest..found.next_id).contains(&id), "{} is an old id or a fresh one", id);
        }
        let mut size = vec![0; count];
        for c in &community {
            size[c.index()] += 1;
        }
        let one_each: BTreeSet<u32> = found.events.iter().map(|event| event.id).collect();
        prop_assert_eq!(one_each.len(), found.events.len(), "each id has one event");
        for event in &found.events {
            let former = previous_communities.iter().find(|former| former.id == event.id);
            prop_assert_eq!(event.previous_size, former.map_or(0, |former| former.size));
            prop_assert_eq!(event.previous_size, event.kept + event.left + event.previous_unknown);
            let now = found.ids.iter().position(|&id| id == event.id);
            prop_assert_eq!(event.size, now.map_or(0, |c| size[c]));
            if event.size > 0 {
                prop_assert_eq!(event.size, event.kept + event.joined + event.unknown);
            }
            prop_assert!(event.others.is_sorted_by(|a, b| a < b));
        }
        // Every community that has or had three nodes or more has an event.
        let large_now = found.ids.iter().zip(&size).filter(|(_, size)| **size >= LOGGED_SIZE).map(|(id, _)| *id);
        let large_before = previous_communities.iter().filter(|former| former.size >= LOGGED_SIZE).map(|former| former.id);
        prop_assert_eq!(large_now.chain(large_before).collect::<BTreeSet<u32>>(), one_each);
    }

    #[test]
    fn dense_ids_and_node_numbers_do_not_matter(runs in any_two_runs(), seed in any::<u64>()) {
        // The node weights are distinct, so no two overlaps are equal, except between communities that share no nodes.
        let mut runs = runs;
        for (u, weight) in runs.weight.iter_mut().enumerate() {
            *weight = 1 + (num::random(9, 2, u as u64, 0) >> 36) as u32;
        }
        let by_label = |runs: &TwoRuns| -> BTreeMap<u32, u32> {
            let (community, _) = runs.dense();
            let found = runs.found();
            let inherited = |id: &u32| runs.previous_communities().iter().any(|former| former.id == *id);
            let all = runs.new.iter().zip(&community).map(|(&label, c)| (label, found.ids[c.index()]));
            all.filter(|(_, id)| inherited(id)).collect()
        };
        let mut order: Vec<usize> = (0..runs.old.len()).collect();
        order.sort_by_key(|&u| num::random(seed, 1, u as u64, 0));
        let pick = |list: &[u32]| order.iter().map(|&u| list[u]).collect::<Vec<u32>>();
        let relabeled = TwoRuns {
            old: pick(&runs.old),
            new: pick(&runs.new),
            weight: pick(&runs.weight),
            ..runs.clone()
        };
        prop_assert_eq!(by_label(&runs), by_label(&relabeled));

        // If the same communities have other dense ids, they get the same ids.
        let (community, count) = runs.dense();
        let previous_communities = runs.previous_communities();
        let turned: Vec<CommunityId> = community.iter().map(|c| CommunityId::new(count - 1 - c.index())).collect();
        let before = PreviousPartition { id: &runs.old, communities: &previous_communities, next_id: 50 };
        let found = |community| {
            lineage(&before, &CurrentPartition { community, count, weight: &runs.weight }).unwrap()
        };
        let (straight, mut reversed) = (found(&community[..]), found(&turned[..]));
        reversed.ids.reverse();
        prop_assert_eq!(straight, reversed);
    }
}

#[test]
fn the_same_at_any_thread_count() {
    let of = |stage, u: u64, count: u64| (num::random(3, stage, u, 0) % count) as u32;
    let n = 40_000_u64;
    let old: Vec<u32> = (0..n).map(|u| if of(0, u, 20) == 0 { NEW } else { of(1, u, 300) }).collect();
    let new: Vec<u32> = (0..n)
        .map(|u| if of(2, u, 4) == 0 || old[u as usize] == NEW { of(3, u, 280) } else { old[u as usize] })
        .collect();
    let runs = TwoRuns { weight: vec![1; old.len()], old, new, ..TwoRuns::default() };
    pools::assert_same_on_any_pool(|| format!("{:?}", runs.found()));
}

#[test]
fn nearly_all_nodes_keep_their_community_id_when_a_few_edges_change() {
    let (groups, size) = (60, 50);
    let cfg = LeidenConfig { iterations: defaults::COMMUNITY_ITERATIONS, ..LeidenConfig::default() };
    for (mixing, seed) in [(0.1, 1), (0.3, 2), (0.4, 3)] {
        let mut graph = planted(groups, size, 12, mixing, Numbering::Random, seed);
        let n = (groups * size) as usize;
        let symmetric = |edges: &[(u32, u32, u64)]| graph::symmetrize(&graphs::weighted(n, edges));
        let first = community::leiden(&symmetric(&graph.edges), &cfg);
        let mut ids: Vec<u32> = first.community.iter().map(|c| c.0).collect();
        let mut next_id = first.count as u32;
        for run in 0..5 {
            for i in 0..graph.edges.len() {
                // 1.5 % of the edges are replaced by others between the same communities.
                if num::random(seed, 50 + run, i as u64, 0) % 1000 < 15 {
                    let group = |u: u32| graph.truth[u as usize];
                    let (u, v, _) = graph.edges[i];
                    let within: Vec<u32> =
                        (0..n as u32).filter(|&w| group(w) == group(v) && w != u).collect();
                    let pick = num::random(seed, 60 + run, i as u64, 0) as usize % within.len();
                    graph.edges[i] = (u, within[pick], 1);
                }
            }
            let g = symmetric(&graph.edges);
            let mut sizes: BTreeMap<u32, u32> = BTreeMap::new();
            for &id in &ids {
                *sizes.entry(id).or_default() += 1;
            }
            let previous_communities: Vec<PreviousCommunity> =
                sizes.iter().map(|(&id, &size)| PreviousCommunity { id, size, unknown: 0 }).collect();
            let start: Vec<CommunityId> = ids.iter().map(|&id| CommunityId(id)).collect();
            let current = community::leiden_from(&g, &start, &cfg);
            let weight = vec![1; n];
            let before = PreviousPartition { id: &ids, communities: &previous_communities, next_id };
            let found = lineage(
                &before,
                &CurrentPartition { community: &current.community, count: current.count, weight: &weight },
            )
            .unwrap();
            let now: Vec<u32> = current.community.iter().map(|c| found.ids[c.index()]).collect();
            let kept = now.iter().zip(&ids).filter(|(a, b)| a == b).count() as f64 / n as f64;
            println!("mixing {mixing}, run {run}: {:.2} % keep their id", 100.0 * kept);
            assert!(kept >= 0.98, "mixing {mixing}, run {run}: {kept}");
            (ids, next_id) = (now, found.next_id);
        }
    }
}
