//! Exposures and shares of pairs, compared with a simple oracle that checks every act against every pair, and with the
//! exposures that `generate` counted.

use std::collections::{BTreeMap, BTreeSet};

use plaudit::{
    event::{AccountId, Event, KindId, Time},
    generate::{self, GenerateConfig, NEVER},
    graph::{self, Edge, Weighting},
    ids::NodeId,
    num,
    projection::{
        self, Duplicates, Exposures, KindRole, KindWeight, PairExposures, Saturation, Weights, Window,
    },
};

use crate::support::pools;

const FOLLOW: u8 = 0;
const UNFOLLOW: u8 = 1;
const SHARE: u8 = 2;
const REPLY: u8 = 3;

fn weights(duplicates: Duplicates) -> Weights {
    let kind = |name: &str, role| KindWeight {
        name: name.to_owned(),
        role,
        weight_milli: 1000,
        half_life_s: Some(3600),
        daily_cap: Some(1),
    };
    let kinds = vec![
        kind("follow", KindRole::Follow),
        kind("unfollow", KindRole::Unfollow),
        kind("share", KindRole::Act),
        kind("reply", KindRole::Act),
    ];
    Weights { kinds, saturation: Saturation::Log, duplicates }
}

fn event(actor: u32, target: u32, kind: u8, at: Time) -> Event {
    Event { actor: AccountId(actor), target: AccountId(target), at, kind: KindId(kind), file: 0 }
}

fn unlimited_window() -> Window {
    Window::ending_at(None, None)
}

/// The rules of exposure by brute force: every act is compared with the history of every pair of accounts.
fn oracle(events: &[Event], node_of: &[NodeId], weights: &Weights, window: &Window) -> Exposures {
    let counts = |e: &&Event| {
        let known = node_of[e.actor.index()] != NodeId::NONE && node_of[e.target.index()] != NodeId::NONE;
        let is_act = e.kind.0 == SHARE || e.kind.0 == REPLY;
        let early = is_act && e.at < window.from;
        let late = window.as_of.is_some_and(|as_of| e.at > as_of);
        known && (e.at == Time::UNDATED || !early && !late)
    };
    let mut log: Vec<(u32, u32, u8, i64)> = events
        .iter()
        .filter(counts)
        .map(|e| (e.actor.0, e.target.0, e.kind.0, if e.at == Time::UNDATED { -1 } else { e.at.0.into() }))
        .collect();
    log.sort_unstable();
    if weights.duplicates == Duplicates::Ignore {
        log.dedup();
    }
    let acts: Vec<_> = log.iter().filter(|(.., kind, at)| *kind == SHARE && *at >= 0).collect();
    let node = |account: u32| node_of[account as usize];
    let mut pairs: BTreeMap<(NodeId, NodeId), (u32, u32)> = BTreeMap::new();
    let mut exposed_shares = 0;
    let accounts: BTreeSet<(u32, u32)> = log.iter().map(|row| (row.0, row.1)).collect();
    for (a, b) in accounts.into_iter().filter(|&(a, b)| node(a) != node(b)) {
        let own: Vec<_> = log.iter().filter(|row| (row.0, row.1) == (a, b)).collect();
        let follows_at = |second: i64| {
            let mut history: Vec<(i64, u8)> =
                own.iter().filter(|row| row.2 <= UNFOLLOW).map(|row| (row.3, row.2)).collect();
            history.sort_unstable();
            if !history.iter().any(|(_, kind)| *kind == FOLLOW) {
                // The first other event shows attention; it holds after that second, until an unfollow.
                let so_far = own.iter().filter(|row| row.3 < second || row.2 == UNFOLLOW && row.3 == second);
                return so_far.max_by_key(|row| (row.3, row.2)).is_some_and(|row| row.2 > UNFOLLOW);
            }
            let last = history.iter().rev().find(|(at, _)| *at <= second);
            last.is_some_and(|(_, kind)| *kind == FOLLOW)
        };
        let seen: Vec<i64> =
            acts.iter().filter(|act| act.0 == b && follows_at(act.3)).map(|act| act.3).collect();
        let shares: Vec<i64> =
            own.iter().filter(|row| row.2 == SHARE && row.3 >= 0).map(|row| row.3).collect();
        // Hall's theorem: as many shares lack an exposure of their own as the shares up to some second exceed the
        // exposures up to it, at most.
        let until = |times: &[i64], second: i64| times.iter().filter(|&&at| at <= second).count();
        let excess = |&at: &i64| until(&shares, at).saturating_sub(until(&seen, at));
        let exposed = shares.len() - shares.iter().map(excess).max().unwrap_or(0);
        exposed_shares += exposed as u64;
        let pair = pairs.entry((node(a), node(b))).or_default();
        *pair = (pair.0 + seen.len() as u32, pair.1 + exposed as u32);
    }
    let from_others: Vec<_> = acts.iter().filter(|act| node(act.0) != node(act.1)).collect();
    let after =
        from_others.iter().filter(|share| acts.iter().any(|act| act.0 == share.1 && act.3 <= share.3));
    Exposures {
        shares_after_act: after.count() as u64,
        exposed_shares,
        shares_from: (0..6)
            .map(|v| from_others.iter().filter(|act| node(act.1) == NodeId(v)).count() as u32)
            .collect(),
        shares: from_others.len() as u64,
        posts: (acts.len() - from_others.len()) as u64,
        pairs: pairs
            .into_iter()
            .filter(|(_, (exposures, _))| *exposures > 0)
            .map(|((source, target), (exposures, shares))| PairExposures {
                source,
                target,
                exposures,
                shares,
            })
            .collect(),
    }
}

/// The nodes of ten accounts of seven people; one person is excluded.
fn people() -> Vec<NodeId> {
    [5, 0, 1, 1, 2, 3, 3, 4, u32::MAX, u32::MAX].map(NodeId).to_vec()
}

fn random_events(count: u64, seconds: u64, seed: u64) -> Vec<Event> {
    let draw = |i, what, below: u64| (num::random(seed, what, i, 0) % below) as u32;
    let at = |i| if draw(i, 5, 20) == 0 { Time::UNDATED } else { Time(1000 + draw(i, 4, seconds)) };
    let kind = |i| [FOLLOW, UNFOLLOW, SHARE, SHARE, SHARE, REPLY][draw(i, 3, 6) as usize];
    (0..count).map(|i| event(draw(i, 1, 10), draw(i, 2, 10), kind(i), at(i))).collect()
}

#[test]
fn exposures_agree_with_the_oracle() {
    let mut pair_count = 0;
    for seed in 0..60 {
        // The times span few seconds, so that many events share a second and many are repeated.
        let events = random_events(10 + 12 * seed, 5 + 5 * seed, seed);
        for duplicates in [Duplicates::Ignore, Duplicates::Keep] {
            for (as_of, length) in [(None, None), (Some(1100), None), (Some(1100), Some(60))] {
                let weights = weights(duplicates);
                let window = Window::ending_at(as_of.map(Time), length);
                let found = projection::exposures(&events, &people(), &weights, &window);
                assert_eq!(
                    found,
                    oracle(&events, &people(), &weights, &window),
                    "{seed} {duplicates:?} {window:?}"
                );
                pair_count += found.pairs.len();
            }
        }
    }
    assert!(pair_count > 3000, "{pair_count}");
}

#[test]
fn neither_order_nor_threads_matter() {
    let events = random_events(5000, 4000, 7);
    let mut shuffled = events.clone();
    shuffled.sort_by_key(|e| num::random(3, 0, e.at.0.into(), (e.actor.0 * 16 + e.target.0).into()));
    let of = |events: &[Event]| {
        projection::exposures(events, &people(), &weights(Duplicates::Ignore), &unlimited_window())
    };
    let alone = pools::assert_same_on_any_pool(|| of(&events));
    assert!(of(&shuffled) == alone);
}

/// Exposures and shares of a short log, counted by hand.
#[test]
fn a_follower_is_exposed_while_following() {
    let at = Time;
    let mut events = vec![
        event(0, 0, SHARE, at(5)),   // 0 posts: no followers yet
        event(1, 0, FOLLOW, at(10)), // at the very second of a post
        event(0, 0, SHARE, at(10)),
        event(0, 0, SHARE, at(20)),
        event(1, 0, SHARE, at(25)), // 1 shares, which exposes the followers of 1
        event(1, 0, UNFOLLOW, at(30)),
        event(0, 0, SHARE, at(30)), // too late
        event(2, 1, REPLY, at(24)), // 2 replies to 1, so it attends to 1 from then on
        event(3, 0, SHARE, at(2)),  // 3 shares a post from before the log, which says nothing of exposures
        event(3, 0, SHARE, at(12)), // and again; since the first share, it was exposed to two posts
        event(3, 0, SHARE, at(12)), // the same event twice
        event(3, 0, SHARE, at(13)),
        event(3, 0, SHARE, at(14)), // more shares than exposures so far
    ];
    events.push(event(3, 0, UNFOLLOW, at(20))); // too late for the post in that second
    let nodes: Vec<NodeId> = (0..4).map(NodeId).collect();
    let found = projection::exposures(&events, &nodes, &weights(Duplicates::Ignore), &unlimited_window());
    let pair = |source, target, exposures, shares| PairExposures {
        source: NodeId(source),
        target: NodeId(target),
        exposures,
        shares,
    };
    // The first share of 3 shares what the log does not hold. Later it is exposed at 5 and 10, and shares three times.
    assert_eq!(found.pairs, [pair(1, 0, 2, 1), pair(2, 1, 1, 0), pair(3, 0, 2, 2)]);
    assert_eq!((found.posts, found.shares, found.shares_after_act, found.exposed_shares), (4, 5, 4, 3));
    // Without a kind named `share` there are no exposures.
    let mut other = weights(Duplicates::Ignore);
    other.kinds[2].name = "boost".to_owned();
    assert_eq!(projection::exposures(&events, &nodes, &other, &unlimited_window()), Exposures::default());
}

#[test]
fn pairs_that_are_no_longer_edges_are_dropped() {
    let nodes: Vec<NodeId> = (0..4).map(NodeId).collect();
    let mut events: Vec<Event> = (0..9).map(|i| event(3, 3, SHARE, Time(100 + i))).collect();
    events.extend((0..3).map(|u| event(u, 3, FOLLOW, Time(1))));
    let log = projection::exposures(&events, &nodes, &weights(Duplicates::Ignore), &unlimited_window());
    // Nodes are renumbered: 0 → 2, 1 → 3, 2 → 0, 3 → 1. The edge from the former node 1 to the former node 3 is gone.
    let place_of = [2, 3, 0, 1].map(NodeId);
    let edges =
        [(2, 1), (0, 1), (3, 2)].map(|(u, v)| Edge { source: NodeId(u), target: NodeId(v), weight: 1 });
    let g = graph::build(4, edges.to_vec(), Weighting::Unweighted);
    let kept = log.on_edges(&place_of, &g);
    let ends: Vec<[u32; 2]> = kept.pairs.iter().map(|pair| [pair.source.0, pair.target.0]).collect();
    assert_eq!(ends, [[0, 1], [2, 1]]);
    assert!(kept.pairs.iter().all(|pair| (pair.exposures, pair.shares) == (9, 0)));
    assert_eq!((kept.posts, kept.shares_from), (9, vec![0; 4]));
}

#[test]
fn exposures_equal_those_that_the_generator_counted() {
    let data = generate::generate(&GenerateConfig::quickstart());
    let account = |person: u32, channel: generate::Channel| person * 3 + channel as u32;
    let mut events = Vec::new();
    for follow in &data.network.follows {
        let [u, v] = [follow.follower, follow.followed].map(|person| account(person, follow.channel));
        events.push(event(u, v, FOLLOW, Time(follow.since)));
        if follow.until != NEVER {
            events.push(event(u, v, UNFOLLOW, Time(follow.until)));
        }
    }
    let shares = data.shares.rows.iter();
    let share = |row: &generate::Share| {
        let [u, v] = [row.sharer, row.parent].map(|person| account(person, row.channel));
        event(u, v, SHARE, Time(row.at))
    };
    events.extend(shares.map(share));
    let node_of: Vec<NodeId> = (0..3 * data.people.persons.len() as u32).map(|a| NodeId(a / 3)).collect();
    let log = projection::exposures(&events, &node_of, &weights(Duplicates::Keep), &unlimited_window());
    let found: BTreeMap<[u32; 2], &PairExposures> =
        log.pairs.iter().map(|pair| ([pair.source.0, pair.target.0], pair)).collect();
    let (mut planted, mut counted) = (0, 0);
    for (place, follow) in data.network.follows.iter().enumerate() {
        let pair = found.get(&[follow.follower, follow.followed]);
        let (exposures, shares) = pair.map_or((0, 0), |pair| (pair.exposures, pair.shares));
        assert_eq!(shares, data.shares.successes[place]);
        // Events do not identify posts, so people count as exposed again to a post that they have already shared.
        assert!(exposures >= data.shares.exposures[place]);
        planted += data.shares.exposures[place];
        counted += exposures;
    }
    println!("{counted} exposures counted, {planted} planted");
    assert!(f64::from(counted) < 1.02 * f64::from(planted));
    assert_eq!(log.shares_after_act, log.shares);
}
