//! Draws the follows between people, and computes the probability that a follower shares.

use std::{collections::HashSet, ops::Range};

use super::{
    GenerateConfig,
    clock::{self, DAY},
    population::{Channel, PersonKind, Population, SyntheticPerson},
    random::{CounterRng, RandomStream, WeightedSampler},
};
use crate::{ids, num};

/// The value of probability 1: probabilities are integers in ten-thousandths.
pub const PROBABILITY_ONE: u32 = 10_000;
/// How many candidates are drawn for one follow before the follow is given up.
const TRIES: u32 = 16;
/// The value of `until` for a follow that does not end.
pub const NEVER: u32 = u32::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow {
    pub follower: u32,
    pub followed: u32,
    pub channel: Channel,
    /// When the follow begins, in epoch seconds.
    pub since: u32,
    /// When the follow ends, in epoch seconds, or [`NEVER`].
    pub until: u32,
}

/// All follows; every ordered pair of people occurs at most once, on one channel.
#[derive(Debug)]
pub struct Network {
    /// Sorted by (followed, follower).
    pub follows: Vec<Follow>,
    /// The first index of each person's audience in `follows`, and the length of `follows`.
    starts: Vec<u64>,
}

impl Network {
    /// The indices in `follows` of the followers of `person`.
    pub fn audience(&self, person: u32) -> Range<usize> {
        let person = person as usize;
        ids::index64(self.starts[person])..ids::index64(self.starts[person + 1])
    }
}

/// Draws the follows of each person: most follows stay inside the follower's community, and the followed person is
/// chosen in proportion to appeal.
pub(super) fn network(cfg: &GenerateConfig, people: &Population, budget: u32) -> Network {
    let appeal = people.active.iter().map(|&v| people.persons[v as usize].appeal);
    let outside_appeal = people.active.iter().map(|&v| outside_appeal_of(&people.persons[v as usize]));
    let candidates = FollowCandidates {
        inside: WeightedSampler::new(appeal),
        outside: WeightedSampler::new(outside_appeal),
    };
    let mean_milli = u64::from(budget) * 1000 / ids::offset64(people.active.len().max(1));
    let mut follows = Vec::with_capacity(budget as usize);
    for &u in &people.active {
        let mut rng = CounterRng::new(cfg.seed, RandomStream::Follow, u as usize);
        // The mean of this Pareto distribution is 4/3 of its scale, so the scale is three quarters of the wanted mean.
        let count_milli = rng.pareto_4(ids::low32(mean_milli * 3 / 4), 100_000);
        let count = (count_milli + rng.below(1000)) / 1000;
        draw_follows(cfg, people, &candidates, u, count, &mut rng, &mut follows);
    }
    follows.sort_unstable_by_key(|follow| (follow.followed, follow.follower));
    let mut counts = vec![0; people.persons.len()];
    for follow in &follows {
        counts[follow.followed as usize] += 1;
    }
    Network { starts: num::prefix_sums(counts.into_iter()), follows }
}

/// Samplers of people to follow, as indices into [`Population::active`].
struct FollowCandidates {
    inside: WeightedSampler,
    outside: WeightedSampler,
}

/// The appeal of a person to other communities: planted influencers keep all of their appeal, other people a third.
fn outside_appeal_of(person: &SyntheticPerson) -> u32 {
    match person.kind {
        PersonKind::Star | PersonKind::Quiet => person.appeal,
        PersonKind::Hollow | PersonKind::Ordinary | PersonKind::Lurker | PersonKind::Absent => {
            person.appeal / 3
        }
    }
}

/// Adds up to `count` follows by `u`. If none of [`TRIES`] candidates is suitable, a follow is given up.
fn draw_follows(
    cfg: &GenerateConfig,
    people: &Population,
    candidates: &FollowCandidates,
    u: u32,
    count: u32,
    rng: &mut CounterRng,
    follows: &mut Vec<Follow>,
) {
    let home = people.community(people.persons[u as usize].community);
    let outside_percent = match people.persons[u as usize].kind {
        PersonKind::Star | PersonKind::Quiet => (cfg.mixing_percent * 3).min(100),
        _ => cfg.mixing_percent,
    };
    let mut chosen = HashSet::from([u]);
    for _ in 0..count {
        let is_outside = rng.percent(outside_percent);
        for _ in 0..TRIES {
            let index = if is_outside {
                candidates.outside.pick_any(rng)
            } else {
                candidates.inside.pick(home.clone(), rng)
            };
            let Some(index) = index else { break };
            let v = people.active[index];
            if chosen.contains(&v) || !accepts_candidate(people, u, v, rng) {
                continue;
            }
            let Some(channel) = people.shared_channel(u, v, rng) else { continue };
            chosen.insert(v);
            follows.push(follow(u, v, channel, rng));
            break;
        }
    }
}

/// Whether `u` accepts `v` as a candidate, at random. Lurkers readily follow hollow accounts and seldom follow quiet
/// influencers; influencers seldom follow ordinary people.
fn accepts_candidate(people: &Population, u: u32, v: u32, rng: &mut CounterRng) -> bool {
    let [reader, writer] = [u, v].map(|person| people.persons[person as usize].kind);
    rng.percent(match (reader, writer) {
        (PersonKind::Star | PersonKind::Quiet, PersonKind::Ordinary | PersonKind::Lurker) => 20,
        (PersonKind::Lurker, PersonKind::Quiet) => 30,
        (PersonKind::Lurker, PersonKind::Hollow) => 100,
        (_, PersonKind::Hollow) => 3,
        _ => 100,
    })
}

fn follow(follower: u32, followed: u32, channel: Channel, rng: &mut CounterRng) -> Follow {
    // Instagram's file has dates without times, so follows on Instagram begin and end at midnight.
    let precision = if channel == Channel::Instagram { DAY } else { 1 };
    let since = clock::early_moment(rng) / precision * precision;
    let until = if rng.percent(3) {
        let end = (since + DAY + rng.below(60 * DAY)) / precision * precision;
        if end < clock::END { end } else { NEVER }
    } else {
        NEVER
    };
    Follow { follower, followed, channel, since, until }
}

/// The planted probability that `follower` shares one post or share of `followed`, in ten-thousandths.
///
/// It grows with the square root of the influence of the followed person and with the receptivity of the follower. It
/// is halved between communities, and it varies by up to 30 % from pair to pair.
pub fn share_probability(people: &Population, seed: u64, follower: u32, followed: u32) -> u32 {
    let (u, v) = (&people.persons[follower as usize], &people.persons[followed as usize]);
    // The probability in ten-thousandths for a follower of average receptivity: 4 % at influence 1.
    let base = match v.kind {
        PersonKind::Hollow => 30,
        PersonKind::Quiet => 8 * (v.influence * 10).isqrt(),
        _ => 4 * (v.influence * 10).isqrt(),
    };
    let affinity = if u.community == v.community { 100 } else { 50 };
    let pair = ids::index64((u64::from(follower) << 32) | u64::from(followed));
    let noise = CounterRng::new(seed, RandomStream::EdgeNoise, pair).within(70..131);
    (base * u.receptivity / 100 * affinity / 100 * noise / 100).clamp(1, PROBABILITY_ONE * 9 / 10)
}
