//! Projected weights against direct floating-point sums, and the fate of every event.

use std::collections::BTreeMap;

use plaudit::{
    event::{AccountId, Event, KindId, Time},
    ids::NodeId,
    num,
    projection::{self, Duplicates, Ignored, KindRole, KindWeight, Projection, Saturation, Weights, Window},
};

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

fn project(events: &[Event], weights: &Weights, as_of: Option<u32>) -> Projection {
    let nodes: Vec<NodeId> = (0..40).map(NodeId).collect();
    projection::project(events, &nodes, 40, weights, &Window::ending_at(as_of.map(Time), None))
}

fn weight_of(projection: &Projection, source: u32, target: u32) -> f64 {
    let edge = projection.edges.iter().find(|e| (e.source, e.target) == (NodeId(source), NodeId(target)));
    edge.map_or(0.0, |edge| edge.weight as f64 * 2.0_f64.powi(projection::UNIT_LOG2))
}

/// The same rules, dull: every pair by itself, floats throughout.
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
            assert_eq!(got.edges.len(), with_weight, "no edge is missing and none is made up");
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
fn every_event_has_one_fate_and_order_is_irrelevant() {
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
        assert_eq!(again.edges, first.edges, "{threads} threads");
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
    assert!(history(&[0, 1]).1.edges.is_empty(), "a follow that was taken away leaves no edge");
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
fn people_kept_out_take_their_events_along() {
    let nodes = [NodeId(0), NodeId::NONE, NodeId(1)];
    let events = [event(0, 1, 2, 5), event(1, 2, 2, 5), event(0, 2, 2, 5)];
    let window = Window::ending_at(Some(Time(10)), None);
    let got = projection::project(&events, &nodes, 2, &weights(Saturation::Log), &window);
    assert_eq!(got.edges.len(), 1);
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
    let got = projection::project(&events, &nodes, 3, &weights(Saturation::Log), &window);
    assert_eq!(got.tally.used_total(), 2);
    assert_eq!(got.tally.ignored_for(Ignored::OutsideWindow), 2);
}

#[test]
fn an_undated_follow_comes_before_a_dated_unfollow() {
    let weights = weights(Saturation::Log);
    let undated = event(0, 1, 0, Time::UNDATED.0);
    assert!(project(&[event(0, 1, 1, 5 * DAY), undated], &weights, Some(9 * DAY)).edges.is_empty());
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
    let got = projection::project(&events, &nodes, 3, &weights(Saturation::Log), &window);
    assert_eq!((got.edges.len(), got.edges[0].target), (1, NodeId(1)));
}

#[test]
fn what_has_faded_is_counted_as_such_and_what_counts_leaves_an_edge() {
    let mut weights = weights(Saturation::Log);
    weights.kinds[3].weight_milli = 1;
    let ages: Vec<Event> =
        (0..40).map(|halvings| event(0, halvings + 1, 3, (400 - 7 * halvings) * DAY)).collect();
    let nodes: Vec<NodeId> = (0..41).map(NodeId).collect();
    let window = Window::ending_at(Some(Time(400 * DAY)), None);
    let got = projection::project(&ages, &nodes, 41, &weights, &window);
    assert_eq!(got.edges.len() as u64, got.tally.used_total());
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
