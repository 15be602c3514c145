//! Draws the people: their kinds, communities, influence and accounts.

use std::ops::Range;

use super::{
    GenerateConfig,
    random::{CounterRng, RandomStream, shuffled},
};
use crate::ids::{self, CommunityId};

/// A platform on which people have accounts.
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
    pub const ALL: [Self; 3] = [Self::Twitter, Self::Instagram, Self::Forum];
    /// The channels on which people post and share.
    pub const SHARING: [Self; 2] = [Self::Twitter, Self::Instagram];

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonKind {
    /// An influencer with a large, receptive audience.
    Star,
    /// An influencer with a medium-sized, very receptive audience of active people.
    Quiet,
    /// An account with a large audience that shares almost nothing.
    Hollow,
    /// A person who posts occasionally.
    Ordinary,
    /// A person who reads and shares, never posts, and has few followers.
    Lurker,
    /// A customer who does nothing in public.
    Absent,
}

impl PersonKind {
    /// The name of the kind in `truth.csv`.
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
pub struct SyntheticPerson {
    pub kind: PersonKind,
    /// The planted community; [`CommunityId::NONE`] for absent people.
    pub community: CommunityId,
    /// The planted influence in thousandths; 0 for absent people.
    pub influence: u32,
    /// How readily this person shares, in percent of the average.
    pub receptivity: u32,
    /// The relative probability that other people choose to follow this person.
    pub(super) appeal: u32,
    channels: u8,
}

impl SyntheticPerson {
    pub fn is_on(&self, channel: Channel) -> bool {
        self.channels & channel.bit() != 0
    }

    /// Whether this person takes part in anything.
    pub fn is_active(&self) -> bool {
        self.kind != PersonKind::Absent
    }
}

/// All people.
#[derive(Debug)]
pub struct Population {
    /// Customers first, then prospects.
    pub persons: Vec<SyntheticPerson>,
    pub customer_count: usize,
    /// The active people, grouped by community.
    pub(super) active: Vec<u32>,
    /// The first index of each community in `active`, and the length of `active`.
    starts: Vec<usize>,
}

impl Population {
    pub fn community_count(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether `person` is in the CRM.
    pub fn is_customer(&self, person: u32) -> bool {
        (person as usize) < self.customer_count
    }

    /// The indices in `active` of the members of `community`.
    pub(super) fn community(&self, community: CommunityId) -> Range<usize> {
        self.starts[community.index()]..self.starts[community.index() + 1]
    }

    pub(super) fn active_person(&self, index: usize) -> (u32, &SyntheticPerson) {
        let person = self.active[index];
        (person, &self.persons[person as usize])
    }

    /// Draws a channel on which both people have an account, with a probability in proportion to its popularity.
    pub(super) fn shared_channel(&self, u: u32, v: u32, rng: &mut CounterRng) -> Option<Channel> {
        let shared = self.persons[u as usize].channels & self.persons[v as usize].channels;
        let weight =
            |channel: Channel| if shared & channel.bit() == 0 { 0 } else { [6, 4, 1][channel as usize] };
        let total: u32 = Channel::ALL.map(weight).iter().sum();
        if total == 0 {
            return None;
        }
        let mut mark = rng.below(total);
        Channel::ALL.into_iter().find(|&channel| {
            let found = mark < weight(channel);
            mark = mark.saturating_sub(weight(channel));
            found
        })
    }
}

/// Draws all people and assigns the active ones to communities of heavy-tailed sizes.
pub(super) fn population(cfg: &GenerateConfig) -> Population {
    let mut persons = draw_people(cfg, CrmStatus::Customer);
    persons.extend(draw_people(cfg, CrmStatus::Prospect));
    let active: Vec<u32> = shuffled(persons.len(), cfg.seed, RandomStream::ActiveOrder)
        .into_iter()
        .filter(|&person| persons[person as usize].is_active())
        .collect();
    let starts = community_starts(cfg, active.len());
    for (community, bounds) in starts.windows(2).enumerate() {
        for &person in &active[bounds[0]..bounds[1]] {
            persons[person as usize].community = CommunityId::new(community);
        }
    }
    Population { persons, customer_count: cfg.customers as usize, active, starts }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CrmStatus {
    Customer,
    Prospect,
}

/// Draws all customers or all prospects. Rare kinds have exact counts, so that data sets of every size have them: one
/// person in a hundred is an influencer, and half of the influencers are quiet; three people in two hundred are hollow.
fn draw_people(cfg: &GenerateConfig, status: CrmStatus) -> Vec<SyntheticPerson> {
    let (first, count, absent_percent, stream) = match status {
        CrmStatus::Customer => (0, cfg.customers, cfg.absent_percent, RandomStream::CustomerKinds),
        CrmStatus::Prospect => (cfg.customers, cfg.prospects, 0, RandomStream::ProspectKinds),
    };
    let influencers = count.div_ceil(100);
    let stars = influencers.div_ceil(2);
    let hollow = influencers + (count * 3).div_ceil(200);
    let absent = hollow + count / 100 * absent_percent;
    shuffled(count as usize, cfg.seed, stream)
        .into_iter()
        .zip(first..)
        .map(|(position, person)| {
            let mut rng = CounterRng::new(cfg.seed, RandomStream::Person, person as usize);
            let kind = match position {
                position if position < stars => PersonKind::Star,
                position if position < influencers => PersonKind::Quiet,
                position if position < hollow => PersonKind::Hollow,
                position if position < absent => PersonKind::Absent,
                _ if rng.percent(cfg.lurker_percent) => PersonKind::Lurker,
                _ => PersonKind::Ordinary,
            };
            draw_person(kind, status, &mut rng)
        })
        .collect()
}

fn draw_person(kind: PersonKind, status: CrmStatus, rng: &mut CounterRng) -> SyntheticPerson {
    let influence = match kind {
        PersonKind::Star | PersonKind::Quiet => rng.pareto_2(12_000, 10_000_000),
        PersonKind::Ordinary => rng.pareto_4(1_000, 5_000),
        PersonKind::Hollow | PersonKind::Lurker => 1_000 - rng.below(500),
        PersonKind::Absent => 0,
    };
    let appeal = match kind {
        PersonKind::Star => influence * 4,
        PersonKind::Quiet => rng.within(20_000..40_000),
        PersonKind::Hollow => rng.pareto_2(100_000, 300_000),
        PersonKind::Ordinary => influence,
        PersonKind::Lurker => 150,
        PersonKind::Absent => 0,
    };
    let receptivity = rng.within(40..160);
    SyntheticPerson {
        kind,
        community: CommunityId::NONE,
        influence,
        receptivity,
        appeal,
        channels: draw_channels(kind, status, rng),
    }
}

/// Draws the channels of a person. Prospects have one account, so that each prospect is one node; customers have up to
/// three accounts.
fn draw_channels(kind: PersonKind, status: CrmStatus, rng: &mut CounterRng) -> u8 {
    let [twitter, instagram, forum] = Channel::ALL.map(Channel::bit);
    let must_post = matches!(kind, PersonKind::Star | PersonKind::Quiet | PersonKind::Hollow);
    if status == CrmStatus::Prospect {
        return if must_post { twitter } else { rng.choose(&[twitter, twitter, twitter, instagram, forum]) };
    }
    if kind == PersonKind::Absent && rng.percent(60) {
        return 0;
    }
    let on_twitter = rng.percent(75) || must_post;
    let on_instagram = rng.percent(50) || !on_twitter;
    let on_forum = rng.percent(45);
    u8::from(on_twitter) * twitter + u8::from(on_instagram) * instagram + u8::from(on_forum) * forum
}

/// Divides `0..len` into communities of Pareto-distributed sizes (exponent 2); the last community takes the rest.
fn community_starts(cfg: &GenerateConfig, len: usize) -> Vec<usize> {
    let smallest = cfg.smallest_community.max(1);
    let largest = ids::id32(len / 8).max(smallest);
    let mut rng = CounterRng::new(cfg.seed, RandomStream::Communities, 0);
    let mut starts = vec![0];
    let mut end = 0;
    while end + 2 * smallest as usize <= len {
        end += (rng.pareto_2(smallest, largest) as usize).min(len - smallest as usize - end);
        starts.push(end);
    }
    starts.push(len);
    starts
}

/// All people by descending influence, ties by index.
pub(super) fn by_influence(people: &Population) -> Vec<u32> {
    let mut order: Vec<u32> = (0..ids::id32(people.persons.len())).collect();
    order.sort_by_key(|&person| (std::cmp::Reverse(people.persons[person as usize].influence), person));
    order
}
