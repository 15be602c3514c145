//! Simulates posts and their shares: an independent cascade in continuous time.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet},
};

use super::{
    GenerateConfig, clock,
    network::{Network, PROBABILITY_ONE, share_probability},
    population::{Channel, PersonKind, Population},
    random::{CounterRng, RandomStream, WeightedSampler},
};
use crate::ids;

/// Half of all shares follow within twice this many seconds.
const DELAY_SCALE_S: u32 = 300;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    pub at: u32,
    pub content: u32,
    pub sharer: u32,
    /// The author of the post or share that was shared; equal to `sharer` if this row is the post itself.
    pub parent: u32,
    pub channel: Channel,
}

/// All posts and shares, and the exposures and shares of each follow.
#[derive(Debug)]
pub struct ShareLog {
    /// Sorted by (time, content, sharer).
    pub rows: Vec<Share>,
    /// For each of [`Network::follows`]: how often the follower saw a post or share of the followed without having
    /// shared that content before.
    pub exposures: Vec<u32>,
    /// For each of [`Network::follows`]: how many of these exposures led to a share.
    pub successes: Vec<u32>,
}

/// Simulates posts and their cascades until the log has `budget` rows.
pub(super) fn share_log(
    cfg: &GenerateConfig,
    people: &Population,
    network: &Network,
    budget: u32,
) -> ShareLog {
    let authors = WeightedSampler::new(people.active.iter().map(|&v| post_rate(people, v)));
    let mut log = ShareLog {
        rows: Vec::with_capacity(budget as usize),
        exposures: vec![0; network.follows.len()],
        successes: vec![0; network.follows.len()],
    };
    let mut content = 0;
    while log.rows.len() < budget as usize {
        let mut rng = CounterRng::new(cfg.seed, RandomStream::Post, content as usize);
        let Some(index) = authors.pick_any(&mut rng) else { break };
        let author = people.active[index];
        let on = Channel::SHARING.map(|channel| people.persons[author as usize].is_on(channel));
        let channel = match on {
            [true, true] => rng.choose(&[Channel::Twitter, Channel::Twitter, Channel::Instagram]),
            [true, false] => Channel::Twitter,
            _ => Channel::Instagram,
        };
        let post = Share { at: clock::moment(&mut rng), content, sharer: author, parent: author, channel };
        cascade(cfg, people, network, post, &mut log);
        content += 1;
    }
    log.rows.sort_unstable();
    log
}

/// The relative rate at which a person posts.
fn post_rate(people: &Population, person: u32) -> u32 {
    let p = &people.persons[person as usize];
    if !Channel::SHARING.iter().any(|&channel| p.is_on(channel)) {
        return 0;
    }
    match p.kind {
        PersonKind::Star | PersonKind::Quiet | PersonKind::Hollow => 20,
        PersonKind::Ordinary => 1,
        PersonKind::Lurker | PersonKind::Absent => 0,
    }
}

/// Simulates the cascade of one post: each post or share gives every follower who has not yet shared the content one
/// chance to share it.
///
/// Shares happen in order of time, so if a person has two successful chances, the earlier one counts. This is the
/// independent cascade of Kempe, Kleinberg, Tardos 2003, in continuous time.
fn cascade(cfg: &GenerateConfig, people: &Population, network: &Network, post: Share, log: &mut ShareLog) {
    let mut sharers = HashSet::new();
    let mut pending = BinaryHeap::from([Reverse((post, None))]);
    while let Some(Reverse((share, follow_index))) = pending.pop() {
        if !sharers.insert(share.sharer) {
            continue;
        }
        log.rows.push(share);
        if let Some(index) = follow_index {
            log.successes[index] += 1;
        }
        for index in network.audience(share.sharer) {
            let follow = &network.follows[index];
            let is_exposed =
                follow.channel == post.channel && follow.since <= share.at && share.at < follow.until;
            if !is_exposed || sharers.contains(&follow.follower) {
                continue;
            }
            log.exposures[index] += 1;
            let trial = (u64::from(post.content) << 32) | ids::offset64(index);
            let mut rng = CounterRng::new(cfg.seed, RandomStream::ShareTrial, ids::index64(trial));
            if rng.below(PROBABILITY_ONE)
                < share_probability(people, cfg.seed, follow.follower, follow.followed)
            {
                let at = share.at + 1 + clock::delay(DELAY_SCALE_S, &mut rng);
                if at < clock::END {
                    let next = Share { at, sharer: follow.follower, parent: follow.followed, ..share };
                    pending.push(Reverse((next, Some(index))));
                }
            }
        }
    }
}
