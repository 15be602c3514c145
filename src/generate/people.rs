//! Who is there: kinds of people, their communities, their influence, their accounts.

use std::ops::Range;

use super::{
    GenerateConfig,
    draw::{Dice, Stage, shuffled},
};
use crate::ids::{self, CommunityId};

/// Where people have accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Follows, posts and shares.
    Twitter,
    /// Follows, posts and shares.
    Instagram,
    /// Follows and support threads.
    Forum,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Twitter, Self::Instagram, Self::Forum];
    /// Those on which people post and share.
    pub const SHARING: [Self; 2] = [Self::Twitter, Self::Instagram];

    /// Its name in the files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Twitter => "twitter",
            Self::Instagram => "instagram",
            Self::Forum => "forum",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What was planted in a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A large audience that listens: one of the planted influencers.
    Star,
    /// A middling audience of active people that listens very well: one of the planted influencers.
    Quiet,
    /// A large audience that does not listen.
    Hollow,
    /// Posts now and then.
    Ordinary,
    /// Reads and shares, never posts, is hardly followed.
    Lurker,
    /// A customer who does nothing in public.
    Absent,
}

impl Kind {
    /// Its name in `truth.csv`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Star => "star",
            Self::Quiet => "quiet",
            Self::Hollow => "hollow",
            Self::Ordinary => "ordinary",
            Self::Lurker => "lurker",
            Self::Absent => "absent",
        }
    }
}

/// One person: a customer or a prospect.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// What was planted.
    pub kind: Kind,
    /// The planted community; [`CommunityId::NONE`] for the absent.
    pub community: CommunityId,
    /// The planted influence in thousandths; the absent have none.
    pub influence: u32,
    /// How readily this person shares, in percent of the usual.
    pub receptivity: u32,
    /// How many would like to follow this person, relative to others.
    pub(super) appeal: u32,
    channels: u8,
}

impl Person {
    /// Whether this person has an account on `channel`.
    pub fn is_on(&self, channel: Channel) -> bool {
        self.channels & channel.bit() != 0
    }

    /// Whether this person takes part in anything.
    pub fn is_active(&self) -> bool {
        self.kind != Kind::Absent
    }
}

/// Everybody.
#[derive(Debug)]
pub struct People {
    /// Customers first, then prospects.
    pub persons: Vec<Person>,
    /// How many of them are customers.
    pub customer_count: usize,
    /// The active people, community after community.
    pub(super) crowd: Vec<u32>,
    /// Where each community starts in `crowd`, and the end.
    starts: Vec<usize>,
}

impl People {
    /// How many communities were planted.
    pub fn community_count(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether `person` is in the CRM.
    pub fn is_customer(&self, person: u32) -> bool {
        (person as usize) < self.customer_count
    }

    /// The part of the crowd that is `community`.
    pub(super) fn community(&self, community: CommunityId) -> Range<usize> {
        self.starts[community.index()]..self.starts[community.index() + 1]
    }

    /// The person at this place in the crowd.
    pub(super) fn in_crowd(&self, place: usize) -> (u32, &Person) {
        let person = self.crowd[place];
        (person, &self.persons[person as usize])
    }

    /// One of the channels that both are on, the common ones more often.
    pub(super) fn shared_channel(&self, u: u32, v: u32, dice: &mut Dice) -> Option<Channel> {
        let shared = self.persons[u as usize].channels & self.persons[v as usize].channels;
        let weight =
            |channel: Channel| if shared & channel.bit() == 0 { 0 } else { [6, 4, 1][channel as usize] };
        let total: u32 = Channel::ALL.map(weight).iter().sum();
        if total == 0 {
            return None;
        }
        let mut mark = dice.below(total);
        Channel::ALL.into_iter().find(|&channel| {
            let found = mark < weight(channel);
            mark = mark.saturating_sub(weight(channel));
            found
        })
    }
}

/// Draws everybody and puts the active ones into communities of heavy-tailed sizes.
pub(super) fn people(cfg: &GenerateConfig) -> People {
    let mut persons = group(cfg, Side::Customer);
    persons.extend(group(cfg, Side::Prospect));
    let crowd: Vec<u32> = shuffled(persons.len(), cfg.seed, Stage::Crowd)
        .into_iter()
        .filter(|&person| persons[person as usize].is_active())
        .collect();
    let starts = community_starts(cfg, crowd.len());
    for (community, bounds) in starts.windows(2).enumerate() {
        for &person in &crowd[bounds[0]..bounds[1]] {
            persons[person as usize].community = CommunityId::new(community);
        }
    }
    People { persons, customer_count: cfg.customers as usize, crowd, starts }
}

/// Whether the CRM knows a person.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Customer,
    Prospect,
}

/// Customers or prospects. The kinds that matter have exact counts, so that every size of data set has them: one in a
/// hundred is a planted influencer, half of them quiet ones; three in two hundred are hollow.
fn group(cfg: &GenerateConfig, side: Side) -> Vec<Person> {
    let (first, count, absent_percent, stage) = match side {
        Side::Customer => (0, cfg.customers, cfg.absent_percent, Stage::CustomerKinds),
        Side::Prospect => (cfg.customers, cfg.prospects, 0, Stage::ProspectKinds),
    };
    let influencers = count.div_ceil(100);
    let stars = influencers.div_ceil(2);
    let hollow = influencers + (count * 3).div_ceil(200);
    let absent = hollow + count / 100 * absent_percent;
    shuffled(count as usize, cfg.seed, stage)
        .into_iter()
        .zip(first..)
        .map(|(place, person)| {
            let mut dice = Dice::new(cfg.seed, Stage::Person, person as usize);
            let kind = match place {
                place if place < stars => Kind::Star,
                place if place < influencers => Kind::Quiet,
                place if place < hollow => Kind::Hollow,
                place if place < absent => Kind::Absent,
                _ if dice.percent(cfg.lurker_percent) => Kind::Lurker,
                _ => Kind::Ordinary,
            };
            person_of(kind, side, &mut dice)
        })
        .collect()
}

fn person_of(kind: Kind, side: Side, dice: &mut Dice) -> Person {
    let influence = match kind {
        Kind::Star | Kind::Quiet => dice.tail_2(12_000, 10_000_000),
        Kind::Ordinary => dice.tail_4(1_000, 5_000),
        Kind::Hollow | Kind::Lurker => 1_000 - dice.below(500),
        Kind::Absent => 0,
    };
    let appeal = match kind {
        Kind::Star => influence * 4,
        Kind::Quiet => dice.within(20_000..40_000),
        Kind::Hollow => dice.tail_2(100_000, 300_000),
        Kind::Ordinary => influence,
        Kind::Lurker => 150,
        Kind::Absent => 0,
    };
    let receptivity = dice.within(40..160);
    Person {
        kind,
        community: CommunityId::NONE,
        influence,
        receptivity,
        appeal,
        channels: accounts(kind, side, dice),
    }
}

/// Prospects have one account, so that one node stands for one person; customers have up to three.
fn accounts(kind: Kind, side: Side, dice: &mut Dice) -> u8 {
    let [twitter, instagram, forum] = Channel::ALL.map(Channel::bit);
    let must_post = matches!(kind, Kind::Star | Kind::Quiet | Kind::Hollow);
    if side == Side::Prospect {
        return if must_post { twitter } else { dice.one_of(&[twitter, twitter, twitter, instagram, forum]) };
    }
    if kind == Kind::Absent && dice.percent(60) {
        return 0;
    }
    let on_twitter = dice.percent(75) || must_post;
    let on_instagram = dice.percent(50) || !on_twitter;
    let on_forum = dice.percent(45);
    u8::from(on_twitter) * twitter + u8::from(on_instagram) * instagram + u8::from(on_forum) * forum
}

/// Cuts `0..len` into communities whose sizes fall like `x^-2`; the last one takes what is left.
fn community_starts(cfg: &GenerateConfig, len: usize) -> Vec<usize> {
    let smallest = cfg.smallest_community.max(1);
    let largest = ids::id32(len / 8).max(smallest);
    let mut dice = Dice::new(cfg.seed, Stage::Communities, 0);
    let mut starts = vec![0];
    let mut end = 0;
    while end + 2 * smallest as usize <= len {
        end += (dice.tail_2(smallest, largest) as usize).min(len - smallest as usize - end);
        starts.push(end);
    }
    starts.push(len);
    starts
}

/// Everybody by influence, the greatest first, and by index among equals.
pub(super) fn ranking(people: &People) -> Vec<u32> {
    let mut order: Vec<u32> = (0..ids::id32(people.persons.len())).collect();
    order.sort_by_key(|&person| (std::cmp::Reverse(people.persons[person as usize].influence), person));
    order
}
