//! Who follows whom, since when, and how likely a follower is to share.

use std::{collections::HashSet, ops::Range};

use super::{
    GenerateConfig,
    clock::{self, DAY},
    draw::{Dice, Stage, Weighted},
    people::{Channel, Kind, People, Person},
};
use crate::{ids, num};

/// Probabilities are counted in ten-thousandths.
pub const CERTAIN: u32 = 10_000;
/// How often somebody looks for one more person to follow before giving up.
const TRIES: u32 = 16;
/// The moment at which a follow that lasts ends.
pub const NEVER: u32 = u32::MAX;

/// One account follows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow {
    /// Who pays attention.
    pub follower: u32,
    /// To whom.
    pub followed: u32,
    /// Where.
    pub channel: Channel,
    /// The second it begins.
    pub since: u32,
    /// The second it ends, or [`NEVER`].
    pub until: u32,
}

/// All follows; every pair of people occurs at most once, on one channel.
#[derive(Debug)]
pub struct Network {
    /// Sorted by (followed, follower).
    pub follows: Vec<Follow>,
    /// Where the audience of each person starts in `follows`, and the end.
    starts: Vec<u64>,
}

impl Network {
    /// The places in `follows` of those who follow `person`.
    pub fn audience(&self, person: u32) -> Range<usize> {
        let person = person as usize;
        ids::index64(self.starts[person])..ids::index64(self.starts[person + 1])
    }
}

/// Lets everybody choose whom to follow: mostly inside the community, and in proportion to appeal.
pub(super) fn network(cfg: &GenerateConfig, people: &People, budget: u32) -> Network {
    let appeal = people.crowd.iter().map(|&v| people.persons[v as usize].appeal);
    let fame = people.crowd.iter().map(|&v| fame(&people.persons[v as usize]));
    let known = Known { at_home: Weighted::new(appeal), abroad: Weighted::new(fame) };
    let mean_milli = u64::from(budget) * 1000 / ids::offset64(people.crowd.len().max(1));
    let mut follows = Vec::with_capacity(budget as usize);
    for &u in &people.crowd {
        let mut dice = Dice::new(cfg.seed, Stage::Follow, u as usize);
        // The tail has mean 4/3, so three quarters of the mean stretch to the mean.
        let wish_milli = dice.tail_4(ids::low32(mean_milli * 3 / 4), 100_000);
        let wish = (wish_milli + dice.below(1000)) / 1000;
        choose(cfg, people, &known, u, wish, &mut dice, &mut follows);
    }
    follows.sort_unstable_by_key(|follow| (follow.followed, follow.follower));
    let mut counts = vec![0; people.persons.len()];
    for follow in &follows {
        counts[follow.followed as usize] += 1;
    }
    Network { starts: num::prefix_sums(counts.into_iter()), follows }
}

/// How likely people are to come across each member of the crowd.
struct Known {
    /// In the own community.
    at_home: Weighted,
    /// Anywhere.
    abroad: Weighted,
}

/// Appeal beyond the own community: ordinary people are little known there.
fn fame(person: &Person) -> u32 {
    match person.kind {
        Kind::Star | Kind::Quiet => person.appeal,
        Kind::Hollow | Kind::Ordinary | Kind::Lurker | Kind::Absent => person.appeal / 3,
    }
}

/// Adds up to `wish` follows of `u`; gives up on what [`TRIES`] do not find.
fn choose(
    cfg: &GenerateConfig,
    people: &People,
    known: &Known,
    u: u32,
    wish: u32,
    dice: &mut Dice,
    follows: &mut Vec<Follow>,
) {
    let home = people.community(people.persons[u as usize].community);
    let outlook = match people.persons[u as usize].kind {
        Kind::Star | Kind::Quiet => (cfg.mixing_percent * 3).min(100),
        _ => cfg.mixing_percent,
    };
    let mut chosen = HashSet::from([u]);
    for _ in 0..wish {
        let abroad = dice.percent(outlook);
        for _ in 0..TRIES {
            let place =
                if abroad { known.abroad.pick_any(dice) } else { known.at_home.pick(home.clone(), dice) };
            let Some(place) = place else { break };
            let v = people.crowd[place];
            if chosen.contains(&v) || !finds_worth_following(people, u, v, dice) {
                continue;
            }
            let Some(channel) = people.shared_channel(u, v, dice) else { continue };
            chosen.insert(v);
            follows.push(follow(u, v, channel, dice));
            break;
        }
    }
}

/// Lurkers fall for hollow accounts and do not know the quiet voices; those with an audience mind their peers.
fn finds_worth_following(people: &People, u: u32, v: u32, dice: &mut Dice) -> bool {
    let [reader, writer] = [u, v].map(|person| people.persons[person as usize].kind);
    dice.percent(match (reader, writer) {
        (Kind::Star | Kind::Quiet, Kind::Ordinary | Kind::Lurker) => 20,
        (Kind::Lurker, Kind::Quiet) => 30,
        (Kind::Lurker, Kind::Hollow) => 100,
        (_, Kind::Hollow) => 3,
        _ => 100,
    })
}

fn follow(follower: u32, followed: u32, channel: Channel, dice: &mut Dice) -> Follow {
    // Instagram's file has dates only, so there follows begin and end at midnight.
    let precision = if channel == Channel::Instagram { DAY } else { 1 };
    let since = clock::early_moment(dice) / precision * precision;
    let until = if dice.percent(3) {
        let end = (since + DAY + dice.below(60 * DAY)) / precision * precision;
        if end < clock::END { end } else { NEVER }
    } else {
        NEVER
    };
    Follow { follower, followed, channel, since, until }
}

/// The planted probability that `follower` shares one post or share of `followed`, in ten-thousandths.
///
/// It grows with the square root of the influence of the followed, with the receptivity of the follower, is halved
/// between communities, and varies by up to 30 % from pair to pair.
pub fn probability(people: &People, seed: u64, follower: u32, followed: u32) -> u32 {
    let (u, v) = (&people.persons[follower as usize], &people.persons[followed as usize]);
    // In ten-thousandths for the usual follower: 4 % at influence 1.
    let pull = match v.kind {
        Kind::Hollow => 30,
        Kind::Quiet => 8 * (v.influence * 10).isqrt(),
        _ => 4 * (v.influence * 10).isqrt(),
    };
    let affinity = if u.community == v.community { 100 } else { 50 };
    let pair = ids::index64((u64::from(follower) << 32) | u64::from(followed));
    let noise = Dice::new(seed, Stage::EdgeNoise, pair).within(70..131);
    (pull * u.receptivity / 100 * affinity / 100 * noise / 100).clamp(1, CERTAIN * 9 / 10)
}
