//! How often did who attends to somebody have the chance to share from there, and how often was it taken?

use rayon::prelude::*;

use super::{Duplicates, KindRole, Weights, Window, project::admit};
use crate::{
    event::{AccountId, Event, KindId, Time},
    graph::Graph,
    ids::{NodeId, index64, offset64},
    num,
};

/// The kind of event that carries content: of somebody's own, it is a post.
pub const SHARE: &str = "share";

/// What the share log says of each pair of people, and of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exposures {
    /// Pairs with at least one exposure, sorted by source and target.
    pub pairs: Vec<PairExposures>,
    /// Shares from oneself: posts.
    pub posts: u64,
    /// Shares from somebody else.
    pub shares: u64,
    /// Those whose target's account had posted or shared before.
    pub shares_after_act: u64,
}

/// What the share log says of one pair. 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PairExposures {
    /// Who attends.
    pub source: NodeId,
    /// To whom.
    pub target: NodeId,
    /// Posts and shares of the target while the source attended to it; at least as many as `shares`.
    pub exposures: u32,
    /// Shares of the source from the target.
    pub shares: u32,
}

/// One event between two accounts of different people; plain order is by pair of accounts, then time, then kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Record {
    actor: AccountId,
    target: AccountId,
    /// 0 for undated events, one more than the time for others.
    tick: u32,
    kind: KindId,
}

/// Counts, for each pair of people, how often one was exposed to what the other posted or shared, and how often it
/// shared from there.
///
/// A share event is an *act* of its actor's account; a share from oneself is a post. An act exposes everybody who
/// attends to the account at that second: an account attends to another from a follow until an unfollow (undated: from
/// the beginning), and throughout where events join the two but none is a follow. The pairs of accounts of two people
/// are added up. A share proves that it was seen, so a pair has at least as many exposures as shares. Which content
/// was shared is not read: who has shared it already is exposed to it again.
///
/// Acts count inside `window`, follows and unfollows up to its end; undated acts tell no order and do not count.
/// People outside `node_of` ([`NodeId::NONE`]) are left out with all they do. What only weighs events (daily caps,
/// half-lives) plays no part; repeats of the same second are one event where `weights.duplicates` says so.
///
/// - **Input**: as [`project`](super::project).
/// - **Output**: pairs with at least one exposure, in the numbers of `node_of`.
/// - **Stop**: after a few passes over the events.
/// - **Cost**: time O(e log e), parallel; memory at most 44 bytes an event and 8 an account beside the events, 16 a
///   pair in the end.
/// - **Same bits**: for any order of `events` and any thread count: all counts are integers.
/// - **Source**: Goyal, Bonchi, Lakshmanan 2010, "Learning influence probabilities in social networks".
/// - **Checked by**: `tests/it/projection/exposure.rs` — a dull twin that walks through the log second by second, and the
///   exposures that `generate` planted.
pub fn exposures(events: &[Event], node_of: &[NodeId], weights: &Weights, window: &Window) -> Exposures {
    let Some(share) = weights.kind(SHARE) else { return Exposures::default() };
    let is_known = |account: AccountId| node_of[account.index()] != NodeId::NONE;
    // Posts are self-interactions, which the graph ignores.
    let is_act = |event: &&Event| {
        let told = event.kind == share && event.at != Time::UNDATED && window.holds(event, weights);
        told && is_known(event.actor) && is_known(event.target)
    };
    let mut acts: Vec<Record> = events.par_iter().filter(is_act).map(Record::new).collect();
    acts.par_sort_unstable_by_key(|act| (act.actor, act.tick, act.target));
    if weights.duplicates == Duplicates::Ignore {
        acts.dedup();
    }
    let is_post = |act: &&Record| node_of[act.actor.index()] == node_of[act.target.index()];
    let posts = offset64(acts.par_iter().filter(is_post).count());
    let shares = offset64(acts.len()) - posts;
    let ticks = Acts::new(node_of.len(), &acts);
    let late = |act: &&Record| !is_post(act) && ticks.of(act.target).first().is_some_and(|&t| t <= act.tick);
    let shares_after_act = offset64(acts.par_iter().filter(late).count());
    drop(acts);

    let mut records: Vec<Record> = events
        .par_iter()
        .filter(|event| admit(event, node_of, weights, window).is_ok())
        .map(Record::new)
        .collect();
    records.par_sort_unstable();
    if weights.duplicates == Duplicates::Ignore {
        records.dedup();
    }
    let log = Log { acts: &ticks, share, node_of, weights };
    let mut pairs: Vec<PairExposures> = records
        .par_chunk_by(|a, b| (a.actor, a.target) == (b.actor, b.target))
        .map(|records| log.pair(records))
        .filter(|pair| pair.exposures > 0)
        .collect();
    drop(records);
    pairs.par_sort_unstable();
    pairs.dedup_by(|next, pair| pair.takes_in(next));
    Exposures { pairs, posts, shares, shares_after_act }
}

impl Record {
    fn new(event: &Event) -> Self {
        // Undated events come first: an undated list of follows is where dated unfollows start from.
        let tick = event.at.0.wrapping_add(1);
        Self { actor: event.actor, target: event.target, tick, kind: event.kind }
    }
}

impl PairExposures {
    /// Adds what is known of the same pair from other accounts; whether it is the same.
    fn takes_in(&mut self, other: &Self) -> bool {
        let is_same = (self.source, self.target) == (other.source, other.target);
        if is_same {
            self.exposures = self.exposures.saturating_add(other.exposures);
            self.shares = self.shares.saturating_add(other.shares);
        }
        is_same
    }
}

/// When each account posted or shared, in order.
struct Acts {
    starts: Vec<u64>,
    ticks: Vec<u32>,
}

impl Acts {
    /// `acts` are sorted by account and time.
    fn new(account_count: usize, acts: &[Record]) -> Self {
        let mut counts = vec![0; account_count];
        for act in acts {
            counts[act.actor.index()] += 1;
        }
        let ticks = acts.par_iter().map(|act| act.tick).collect();
        Self { starts: num::prefix_sums(counts.into_iter()), ticks }
    }

    fn of(&self, account: AccountId) -> &[u32] {
        let [start, end] = [0, 1].map(|next| index64(self.starts[account.index() + next]));
        &self.ticks[start..end]
    }
}

/// What is needed to read the records of a pair of accounts.
struct Log<'a> {
    acts: &'a Acts,
    share: KindId,
    node_of: &'a [NodeId],
    weights: &'a Weights,
}

impl Log<'_> {
    /// What all records of one pair of accounts say.
    fn pair(&self, records: &[Record]) -> PairExposures {
        let [source, target] = [records[0].actor, records[0].target];
        let shares = records.iter().filter(|record| record.kind == self.share && record.tick > 0).count();
        let shares = num::saturating_u32(offset64(shares));
        let acts = self.acts.of(target);
        let seen = if self.joins(records, KindRole::Follow) {
            self.while_following(records, acts)
        } else if self.joins(records, KindRole::Act) {
            acts.len()
        } else {
            0
        };
        PairExposures {
            source: self.node_of[source.index()],
            target: self.node_of[target.index()],
            exposures: num::saturating_u32(offset64(seen)).max(shares),
            shares,
        }
    }

    fn joins(&self, records: &[Record], role: KindRole) -> bool {
        records.iter().any(|record| self.role(record) == role)
    }

    fn role(&self, record: &Record) -> KindRole {
        self.weights.kinds[usize::from(record.kind.0)].role
    }

    /// How many of `acts` fall into the times from a follow until the unfollow after it.
    fn while_following(&self, records: &[Record], acts: &[u32]) -> usize {
        let before = |record: &Record| acts.partition_point(|&act| act < record.tick);
        let (mut seen, mut since) = (0, None);
        for record in records {
            match (self.role(record), since) {
                (KindRole::Follow, None) => since = Some(before(record)),
                (KindRole::Unfollow, Some(first)) => {
                    seen += before(record) - first;
                    since = None;
                }
                _ => {}
            }
        }
        seen + since.map_or(0, |first| acts.len() - first)
    }
}

impl Exposures {
    /// The same with every node `v` at `place_of[v]`, without the pairs that are no edge of `graph`: those of whose
    /// attention nothing is left.
    #[must_use]
    pub fn on_edges(mut self, place_of: &[NodeId], graph: &Graph) -> Self {
        self.pairs.par_iter_mut().for_each(|pair| {
            (pair.source, pair.target) = (place_of[pair.source.index()], place_of[pair.target.index()]);
        });
        self.pairs.par_sort_unstable();
        let of_one_source = self.pairs.par_chunk_by_mut(|a, b| a.source == b.source);
        of_one_source.for_each_init(
            || graph.out_edges().rows(),
            |rows, pairs| {
                let row = rows.neighbors(pairs[0].source);
                for pair in pairs.iter_mut().filter(|pair| row.binary_search(&pair.target).is_err()) {
                    pair.exposures = 0;
                }
            },
        );
        self.pairs.retain(|pair| pair.exposures > 0);
        self
    }
}
