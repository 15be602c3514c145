//! Projected weights compared with direct floating-point sums; the outcome of every event.

use std::collections::BTreeMap;

use plaudit::{
    event::{AccountId, AccountTable, Event, KindId, Time},
    ids::NodeId,
    num,
    projection::{
        self, Channels, Duplicates, Ignored, KindRole, KindWeight, Projection, Saturation, Weights, Window,
    },
};

use crate::support::pools;

const DAY: u32 = 86_400;

fn kind(
    name: &str,
    role: KindRole,
    weight_milli: u32,
    half_life_s: Option<u32>,
    daily_cap: Option<u32>,
) -> KindWeight {
    KindWeight { name: name.to_owned(), role, weight_milli, half_life_s, daily_cap }
}

fn weights(saturation: Saturation) -> Weights {
    Weights {
        kinds: vec![
            kind("follow", KindRole::Follow, 1000, None, None),
            kind("unfollow", KindRole::Unfollow, 0, None, None),
            kind("share", KindRole::Act, 3000, Some(30 * DAY), Some(2)),
            kind("reply", KindRole::Act, 2000, Some(7 * DAY), None),
        ],
        saturation,
        duplicates: Duplicates::Ignore,
    }
}

fn event(actor: u32, target: u32, kind: u8, at: u32) -> Event {
    Event { actor: AccountId(actor), target: AccountId(target), at: Time(at), kind: KindId(kind), file: 0 }
}

/// The channels of `account_count` accounts without a channel.
fn no_channels(account_count: usize) -> Channels {
    let keys: Vec<String> = (0..account_count).map(|account| account.to_string()).collect();
    Channels::new(&AccountTable::from_keys(keys.iter().map(String::as_str)), |_| true)
}

fn project(events: &[Event], weights: &Weights, as_of: Option<u32>) -> Projection {
    let nodes: Vec<NodeId> = (0..40).map(NodeId).collect();
    let window = Window::ending_at(as_of.map(Time), None);
    projection::project(events, &nodes, 40, weights, &window, &no_channels(40))
}

fn weight_of(projection: &Projection, source: u32, target: u32) -> f64 {
    let edge = projection.edges().find(|e| (e.source, e.target) == (NodeId(source), NodeId(target)));
    edge.map_or(0.0, |edge| edge.weight as f64 * 2.0_f64.powi(projection::UNIT_LOG2))
}

/// The rules of projection by brute force: pair by pair, in floating point.
fn expected(events: &[Event], weights: &Weights, as_of: u32) -> BTreeMap<(u32, u32), f64> {
    let mut pairs: BTreeMap<(u32, u32), Vec<Event>> = BTreeMap::new();
    for event in events.iter().filter(|e| e.actor != e.target && e.at.0 <= as_of) {
        pairs.entry((event.actor.0, event.target.0)).or_default().push(*event);
    }
    let left = |kind: usize, at: u32| match weights.kinds[kind].half_life_s {
        Some(half_life) => (-f64::from(as_of - at) / f64::from(half_life)).exp2(),
        None => 1.0,
    };
    let saturate = |s: f64| if weights.saturation == Saturation::Log { (1.0 + s).log2() } else { s };
    let mut result = BTreeMap::new();
    for (pair, mut events) in pairs {
        events.sort_by_key(|e| (e.at.0, e.kind.0));
        let mut total = 0.0;
        for kind in [2, 3] {
            let mut times: Vec<u32> = events.iter().filter(|e| e.kind.0 == kind).map(|e| e.at.0).collect();
            times.dedup();
            let mut by_day: BTreeMap<u32, u32> = BTreeMap::new();
            let rule = &weights.kinds[usize::from(kind)];
            times.retain(|at| {
                let seen = by_day.entry(at / DAY).or_default();
                *seen += 1;
                rule.daily_cap.is_none_or(|cap| *seen <= cap)
            });
            let sum: f64 = times.iter().map(|&at| left(usize::from(kind), at)).sum();
            total += f64::from(rule.weight_milli) / 1000.0 * saturate(sum);
        }
        let last = events.iter().rev().find(|e| e.kind.0 < 2);
        if last.is_some_and(|e| e.kind.0 == 0) {
            total += saturate(1.0);
        }
        result.insert(pair, total);
    }
    result
}

fn random_events(count: u64, seed: u64) -> Vec<Event> {
    let draw = |i, what, below: u64| (num::random(seed, what, i, 0) % below) as u32;
    (0..count)
        .map(|i| {
            event(draw(i, 1, 12), draw(i, 2, 12), draw(i, 3, 4) as u8, 10 * DAY + draw(i, 4, 400) * (DAY / 4))
        })
        .collect()
}

#[test]
fn weights_agree_with_direct_sums() {
    for saturation in [Saturation::Log, Saturation::None] {
        for seed in 0..4 {
            let (events, weights) = (random_events(10_000, seed), weights(saturation));
            let as_of = 100 * DAY;
            let got = project(&events, &weights, Some(as_of));
            let expected = expected(&events, &weights, as_of);
            let with_weight = expected.values().filter(|&&weight| weight > 0.0).count();
            assert_eq!(got.edge_count(), with_weight, "no edge is missing and none is made up");
            for ((source, target), expected) in expected {
                let got = weight_of(&got, source, target);
                let tolerance = 2.0_f64.powi(-15) * expected.max(0.1);
                assert!(
                    (got - expected).abs() <= tolerance,
                    "{source} → {target}: {got}, expected {expected}"
                );
            }
        }
    }
}

#[test]
fn every_event_is_counted_once_and_order_is_irrelevant() {
    let mut events = random_events(20_000, 9);
    let weights = weights(Saturation::Log);
    let first = project(&events, &weights, Some(60 * DAY));
    assert_eq!(first.tally.total(), 20_000);
    for reason in
        [Ignored::SelfInteraction, Ignored::OutsideWindow, Ignored::Duplicate, Ignored::OverDailyCap]
    {
        assert!(first.tally.ignored_for(reason) > 0, "{reason:?} occurs");
    }
    events.sort_by_key(|e| {
        num::mix64(u64::from(e.at.0) ^ (u64::from(e.actor.0) << 32) ^ u64::from(e.target.0))
    });
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let again = pool.install(|| project(&events, &weights, Some(60 * DAY)));
        assert_eq!(again.blocks, first.blocks, "{threads} threads");
        assert_eq!(again.tally, first.tally, "{threads} threads");
    }
}

#[test]
fn a_follow_is_a_state() {
    let weights = weights(Saturation::Log);
    let history = |kinds: &[u8]| -> (f64, Projection) {
        let events: Vec<Event> = (1..).zip(kinds).map(|(at, &kind)| event(0, 1, kind, at * DAY)).collect();
        let projection = project(&events, &weights, Some(50 * DAY));
        (weight_of(&projection, 0, 1), projection)
    };
    assert_eq!(history(&[0]).0, 1.0);
    assert_eq!(history(&[0, 1]).0, 0.0);
    assert!(history(&[0, 1]).1.edges().next().is_none(), "a follow that was taken away leaves no edge");
    assert_eq!(history(&[0, 1, 0]).0, 1.0);
    let (weight, repeated) = history(&[0, 0, 0, 1, 1]);
    assert_eq!(weight, 0.0);
    assert_eq!(repeated.tally.ignored_for(Ignored::AlreadyFollowing), 2);
    assert_eq!(repeated.tally.ignored_for(Ignored::NotFollowing), 1);
    assert_eq!(repeated.tally.used_total(), 2);
}

#[test]
fn whole_weights_are_exact() {
    let mut weights = weights(Saturation::None);
    weights.kinds[2] = kind("share", KindRole::Act, 3000, None, None);
    let events: Vec<Event> = (0..7).map(|at| event(3, 4, 2, at * 60)).collect();
    assert_eq!(weight_of(&project(&events, &weights, None), 3, 4), 21.0);
}

#[test]
fn undated_events_neither_fade_nor_repeat() {
    let events = vec![event(1, 2, 3, Time::UNDATED.0); 5];
    let projection = project(&events, &weights(Saturation::None), Some(90 * DAY));
    assert_eq!(weight_of(&projection, 1, 2), 10.0);
    assert_eq!(projection.tally.used_total(), 5);
}

#[test]
fn events_of_excluded_people_are_ignored() {
    let nodes = [NodeId(0), NodeId::NONE, NodeId(1)];
    let events = [event(0, 1, 2, 5), event(1, 2, 2, 5), event(0, 2, 2, 5)];
    let window = Window::ending_at(Some(Time(10)), None);
    let got = projection::project(&events, &nodes, 2, &weights(Saturation::Log), &window, &no_channels(3));
    assert_eq!(got.edge_count(), 1);
    assert_eq!(got.tally.ignored_for(Ignored::ProfilingDenied), 2);
}

#[test]
fn a_window_cuts_both_ends() {
    let window = Window::ending_at(Some(Time(100 * DAY)), Some(u64::from(10 * DAY)));
    let nodes: Vec<NodeId> = (0..3).map(NodeId).collect();
    let events = [
        event(0, 1, 3, 89 * DAY),
        event(0, 1, 3, 90 * DAY),
        event(0, 1, 3, 100 * DAY),
        event(0, 1, 3, 100 * DAY + 1),
    ];
    let got = projection::project(&events, &nodes, 3, &weights(Saturation::Log), &window, &no_channels(3));
    assert_eq!(got.tally.used_total(), 2);
    assert_eq!(got.tally.ignored_for(Ignored::OutsideWindow), 2);
}

#[test]
fn an_undated_follow_comes_before_a_dated_unfollow() {
    let weights = weights(Saturation::Log);
    let undated = event(0, 1, 0, Time::UNDATED.0);
    assert!(project(&[event(0, 1, 1, 5 * DAY), undated], &weights, Some(9 * DAY)).edges().next().is_none());
    let again = [undated, event(0, 1, 1, 5 * DAY), event(0, 1, 0, 6 * DAY)];
    assert_eq!(weight_of(&project(&again, &weights, Some(9 * DAY)), 0, 1), 1.0);
}

#[test]
fn a_follow_fades_from_its_last_beginning() {
    let mut weights = weights(Saturation::None);
    weights.kinds[0].half_life_s = Some(10 * DAY);
    let history = [event(0, 1, 0, 10 * DAY), event(0, 1, 1, 20 * DAY), event(0, 1, 0, 40 * DAY)];
    assert_eq!(weight_of(&project(&history, &weights, Some(60 * DAY)), 0, 1), 0.25);
}

#[test]
fn a_follow_from_before_the_window_still_holds() {
    let nodes: Vec<NodeId> = (0..3).map(NodeId).collect();
    let window = Window::ending_at(Some(Time(100 * DAY)), Some(u64::from(10 * DAY)));
    let events = [event(0, 1, 0, DAY), event(1, 2, 0, DAY), event(1, 2, 1, 95 * DAY)];
    let got = projection::project(&events, &nodes, 3, &weights(Saturation::Log), &window, &no_channels(3));
    assert_eq!((got.edge_count(), got.edges().next().unwrap().target), (1, NodeId(1)));
}

#[test]
fn faded_events_are_ignored_and_every_other_event_leaves_an_edge() {
    let mut weights = weights(Saturation::Log);
    weights.kinds[3].weight_milli = 1;
    let ages: Vec<Event> =
        (0..40).map(|halvings| event(0, halvings + 1, 3, (400 - 7 * halvings) * DAY)).collect();
    let nodes: Vec<NodeId> = (0..41).map(NodeId).collect();
    let window = Window::ending_at(Some(Time(400 * DAY)), None);
    let got = projection::project(&ages, &nodes, 41, &weights, &window, &no_channels(41));
    assert_eq!(got.edge_count() as u64, got.tally.used_total());
    assert_eq!((got.tally.used_total(), got.tally.ignored_for(Ignored::Faded)), (21, 19));
}

#[test]
fn repeats_may_be_kept() {
    let mut weights = weights(Saturation::None);
    let events = [event(0, 1, 3, 5), event(0, 1, 3, 5)];
    assert_eq!(weight_of(&project(&events, &weights, None), 0, 1), 2.0);
    weights.duplicates = Duplicates::Keep;
    assert_eq!(weight_of(&project(&events, &weights, None), 0, 1), 4.0);
}

/// 36 accounts of 12 people, each on one of three channels or without a channel, and events among these accounts.
fn several_accounts(seed: u64) -> (Vec<Event>, Vec<NodeId>, Channels) {
    let channel = |i: u32| ["twitter:", "forum:", "", "instagram:"][(i % 4) as usize];
    let keys: Vec<String> = (0..36).map(|i| format!("{}{i}", channel(i))).collect();
    let accounts = AccountTable::from_keys(keys.iter().map(String::as_str));
    let channels = Channels::new(&accounts, |_| true);
    assert_eq!(channels.names(), ["forum", "instagram", "twitter", "other"]);
    let node_of = accounts.iter().map(|(_, key)| {
        let digits: String = key.chars().filter(char::is_ascii_digit).collect();
        NodeId(digits.parse::<u32>().unwrap() % 12)
    });
    let draw = |i, what, below: u64| (num::random(seed, what, i, 1) % below) as u32;
    let events = (0..20_000).map(|i| {
        event(draw(i, 1, 36), draw(i, 2, 36), draw(i, 3, 4) as u8, 10 * DAY + draw(i, 4, 4_000_000))
    });
    (events.collect(), node_of.collect(), channels)
}

#[test]
fn in_strengths_add_up_by_kind_and_by_channel() {
    for saturation in [Saturation::Log, Saturation::None] {
        let (events, node_of, channels) = several_accounts(1);
        let (weights, window) = (weights(saturation), Window::ending_at(Some(Time(50 * DAY)), None));
        let project =
            |events: &[Event]| projection::project(events, &node_of, 12, &weights, &window, &channels);
        let all = project(&events);
        let into = |projection: &Projection, v: u32| -> u64 {
            projection.edges().filter(|edge| edge.target == NodeId(v)).map(|edge| edge.weight).sum()
        };
        let total: u64 = all.edges().map(|edge| edge.weight).sum();
        assert_eq!(all.in_strengths.totals(), (u128::from(total), u128::from(total)));
        for v in 0..12 {
            let kinds: u64 = (0..4).map(|kind| all.in_strengths.by_kind(NodeId(v), KindId(kind))).sum();
            let on_channels: u64 = (0..4).map(|column| all.in_strengths.by_channel(NodeId(v), column)).sum();
            assert_eq!((kinds, on_channels), (into(&all, v), into(&all, v)), "node {v}");
            assert_eq!(all.in_strengths.by_kind(NodeId(v), KindId(1)), 0, "an unfollow gives nothing");
        }
        // Kinds are independent: each gives the same weight whether or not there are events of other kinds.
        for (kinds, counted) in [(&[0, 1][..], 0), (&[2], 2), (&[3], 3)] {
            let alone: Vec<Event> = events.iter().filter(|e| kinds.contains(&e.kind.0)).copied().collect();
            let alone = project(&alone);
            for v in 0..12 {
                assert_eq!(
                    all.in_strengths.by_kind(NodeId(v), KindId(counted)),
                    into(&alone, v),
                    "{counted}"
                );
            }
        }
        pools::assert_same_on_any_pool(|| project(&events).in_strengths);
        let mut reversed = events.clone();
        reversed.reverse();
        assert!(project(&reversed).in_strengths == all.in_strengths, "row order does not matter");
    }
}

/// In floating point: a pair's weight of one kind is split in proportion to the decayed counts on the channels.
#[test]
fn a_pairs_weight_is_split_by_decayed_counts_per_channel() {
    let (mut events, node_of, channels) = several_accounts(2);
    events.retain(|e| e.kind.0 == 3);
    let (weights, window) = (weights(Saturation::Log), Window::ending_at(Some(Time(90 * DAY)), None));
    let got = projection::project(&events, &node_of, 12, &weights, &window, &channels);
    let column = |account: AccountId| -> usize {
        // The channel of an account, found by projecting a single event.
        let one = Event { actor: account, target: account, at: Time(DAY), kind: KindId(3), file: 0 };
        let apart: Vec<NodeId> = (0..36).map(NodeId).collect();
        let other = AccountId(u32::from(account.0 == 0));
        let one = Event { actor: other, ..one };
        let window = Window::ending_at(None, None);
        let seen = projection::project(&[one], &apart, 36, &weights, &window, &channels);
        (0..4).find(|&column| seen.in_strengths.by_channel(NodeId(account.0), column) > 0).unwrap()
    };
    let columns: Vec<usize> = (0..36).map(|account| column(AccountId(account))).collect();
    let mut pairs: BTreeMap<(u32, u32), [f64; 4]> = BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    for e in &events {
        let (source, target) = (node_of[e.actor.index()].0, node_of[e.target.index()].0);
        if source != target && seen.insert((source, target, e.at.0)) {
            let left = (-f64::from(90 * DAY - e.at.0) / f64::from(7 * DAY)).exp2();
            pairs.entry((source, target)).or_default()[columns[e.target.index()]] += left;
        }
    }
    let mut expected = [[0.0; 4]; 12];
    for ((_, target), counts) in pairs {
        let sum: f64 = counts.iter().sum();
        for (slot, part) in expected[target as usize].iter_mut().zip(counts) {
            *slot += 2.0 * (1.0 + sum).log2() * part / sum;
        }
    }
    for (v, row) in expected.iter().enumerate() {
        for (column, expected) in row.iter().enumerate() {
            let units = got.in_strengths.by_channel(NodeId(v as u32), column);
            let found = units as f64 * 2.0_f64.powi(projection::UNIT_LOG2);
            assert!((found - expected).abs() < 1e-4, "node {v}, column {column}: {found}, {expected}");
        }
    }
}

#[test]
fn the_remainder_of_a_channel_split_goes_to_the_first_channel() {
    let accounts = AccountTable::from_keys(["x:a", "x:b", "y:b", "z:b"]);
    let node_of: Vec<NodeId> =
        accounts.iter().map(|(_, key)| NodeId(u32::from(key.ends_with('b')))).collect();
    let id = |key| accounts.find(key).unwrap().0;
    let events = [("x:b", 5), ("y:b", 6), ("z:b", 7)].map(|(target, at)| event(id("x:a"), id(target), 2, at));
    let mut weights = weights(Saturation::Log);
    weights.kinds[2] = kind("share", KindRole::Act, 1000, None, None);
    let channels = Channels::new(&accounts, |_| true);
    let got = projection::project(&events, &node_of, 2, &weights, &Window::ending_at(None, None), &channels);
    // log2(1 + 3) = 2, that is 2^21 units; a third of these is 699,050 and two thirds of a unit.
    let parts: Vec<u64> = (0..4).map(|column| got.in_strengths.by_channel(NodeId(1), column)).collect();
    assert_eq!(parts, [699_052, 699_050, 699_050, 0]);
    // A follow that began on y, was repeated on z, was ended, and began again on z.
    let follow = |target, kind, at| event(id("x:a"), id(target), kind, at);
    let history = [follow("y:b", 0, 1), follow("z:b", 0, 2), follow("x:b", 1, 3), follow("z:b", 0, 4)];
    for (length, expected) in [(1, [0, 1, 0]), (2, [0, 1, 0]), (3, [0, 0, 0]), (4, [0, 0, 1])] {
        let window = Window::ending_at(None, None);
        let got = projection::project(&history[..length], &node_of, 2, &weights, &window, &channels);
        let parts: Vec<u64> =
            (0..3).map(|column| got.in_strengths.by_channel(NodeId(1), column) >> 20).collect();
        assert_eq!(parts, expected, "after {length} events");
    }
}

#[test]
fn at_most_32_channels_have_a_column() {
    let mut keys: Vec<String> = (0..40).map(|i| format!("channel{i:02}:a")).collect();
    keys.extend(
        ["channel39:b", "channel38:b", "other:a", "plain", "we ird/ch\u{e4}nnel:a", "we:b", ":c"]
            .map(str::to_owned),
    );
    keys.push(format!("{}:a", "long".repeat(17)));
    let accounts = AccountTable::from_keys(keys.iter().map(String::as_str));
    let channels = Channels::new(&accounts, |_| true);
    let names = channels.names();
    assert_eq!(names.len(), projection::MAX_CHANNELS + 1);
    assert!(names[..32].is_sorted() && names[32] == "other");
    assert!(
        names.contains(&"channel39".to_owned()) && names.contains(&"channel38".to_owned()),
        "the larger ones"
    );
    assert!(names.contains(&"channel00".to_owned()) && !names.contains(&"channel37".to_owned()));
    let few =
        |shown: &str| Channels::new(&accounts, |account| accounts.key(account) == shown).names().to_vec();
    assert_eq!(few("channel05:a"), ["channel05", "other"], "hidden accounts name no column");
    assert_eq!(few("we ird/ch\u{e4}nnel:a"), ["we_ird_ch\u{e4}nnel", "other"]);
    for nameless in ["other:a", "plain", ":c", keys.last().unwrap()] {
        assert_eq!(few(nameless), ["other"]);
    }
}
