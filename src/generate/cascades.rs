//! Posts, and the shares that carry them along audiences: an independent cascade with delays.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet},
};

use super::{
    GenerateConfig, clock,
    draw::{Dice, Stage, Weighted},
    network::{CERTAIN, Network, probability},
    people::{Channel, Kind, People},
};
use crate::ids;

/// Half of the shares of a post come within twice this many seconds.
const DELAY_SCALE_S: u32 = 300;

/// One row of the share log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    /// The second.
    pub at: u32,
    /// The post that travels.
    pub content: u32,
    /// Who shares.
    pub sharer: u32,
    /// Whose post or share was shared; the sharer in person where this row is the post.
    pub parent: u32,
    /// Where.
    pub channel: Channel,
}

/// Everything that was posted and shared, and what it says about each follow.
#[derive(Debug)]
pub struct ShareLog {
    /// Sorted by (time, content, sharer).
    pub rows: Vec<Share>,
    /// By place in [`Network::follows`]: how often the follower saw a post or share of the followed and had not
    /// shared that content yet.
    pub exposures: Vec<u32>,
    /// By place in [`Network::follows`]: how many of these exposures the follower shared.
    pub successes: Vec<u32>,
}

/// Lets people post, and posts travel, until the log has `budget` rows.
pub(super) fn share_log(cfg: &GenerateConfig, people: &People, network: &Network, budget: u32) -> ShareLog {
    let authors = Weighted::new(people.crowd.iter().map(|&v| post_rate(people, v)));
    let mut log = ShareLog {
        rows: Vec::with_capacity(budget as usize),
        exposures: vec![0; network.follows.len()],
        successes: vec![0; network.follows.len()],
    };
    let mut content = 0;
    while log.rows.len() < budget as usize {
        let mut dice = Dice::new(cfg.seed, Stage::Post, content as usize);
        let Some(place) = authors.pick_any(&mut dice) else { break };
        let author = people.crowd[place];
        let on = Channel::SHARING.map(|channel| people.persons[author as usize].is_on(channel));
        let channel = match on {
            [true, true] => dice.one_of(&[Channel::Twitter, Channel::Twitter, Channel::Instagram]),
            [true, false] => Channel::Twitter,
            _ => Channel::Instagram,
        };
        let post = Share { at: clock::moment(&mut dice), content, sharer: author, parent: author, channel };
        cascade(cfg, people, network, post, &mut log);
        content += 1;
    }
    log.rows.sort_unstable();
    log
}

/// How often a person posts, relative to others.
fn post_rate(people: &People, person: u32) -> u32 {
    let p = &people.persons[person as usize];
    if !Channel::SHARING.iter().any(|&channel| p.is_on(channel)) {
        return 0;
    }
    match p.kind {
        Kind::Star | Kind::Quiet | Kind::Hollow => 20,
        Kind::Ordinary => 1,
        Kind::Lurker | Kind::Absent => 0,
    }
}

/// Spreads one post: whoever posts or shares gives each follower who has not shared it yet one chance to do so.
///
/// Shares happen in the order of time, so a follower with two chances takes the earlier one. Independent cascade of
/// Kempe, Kleinberg, Tardos 2003, in continuous time.
fn cascade(cfg: &GenerateConfig, people: &People, network: &Network, post: Share, log: &mut ShareLog) {
    let mut sharers = HashSet::new();
    let mut coming = BinaryHeap::from([Reverse((post, None))]);
    while let Some(Reverse((share, taken_from))) = coming.pop() {
        if !sharers.insert(share.sharer) {
            continue;
        }
        log.rows.push(share);
        if let Some(place) = taken_from {
            log.successes[place] += 1;
        }
        for place in network.audience(share.sharer) {
            let follow = &network.follows[place];
            let watches =
                follow.channel == post.channel && follow.since <= share.at && share.at < follow.until;
            if !watches || sharers.contains(&follow.follower) {
                continue;
            }
            log.exposures[place] += 1;
            let chance = (u64::from(post.content) << 32) | ids::offset64(place);
            let mut dice = Dice::new(cfg.seed, Stage::Coin, ids::index64(chance));
            if dice.below(CERTAIN) < probability(people, cfg.seed, follow.follower, follow.followed) {
                let at = share.at + 1 + clock::delay(DELAY_SCALE_S, &mut dice);
                if at < clock::END {
                    let next = Share { at, sharer: follow.follower, parent: follow.followed, ..share };
                    coming.push(Reverse((next, Some(place))));
                }
            }
        }
    }
}
