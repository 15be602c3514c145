//! Counts exposures and shares for each pair of a follower and a followed person, from the log of events.

use rayon::prelude::*;

use super::{Duplicates, KindRole, Weights, Window, project::admit};
use crate::{
    event::{AccountId, Event, KindId, Time},
    graph::Graph,
    ids::{NodeId, index64, offset64},
    num,
};

/// The kind of event that passes content on; a share of one's own account is a post.
pub const SHARE: &str = "share";

/// The exposures and shares of each pair of people, and totals of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exposures {
    /// Pairs with at least one exposure, sorted by source and target.
    pub pairs: Vec<PairExposures>,
    /// The number of posts: shares of one's own account.
    pub posts: u64,
    /// The number of shares of another person's account.
    pub shares: u64,
    /// How many of these shares follow an earlier post or share by their target account.
    pub shares_after_act: u64,
    /// How many of these shares have an exposure of their own, over all pairs. The others share content that the log
    /// does not hold.
    pub exposed_shares: u64,
    /// By node: how many of these shares share its content, with or without an exposure.
    pub shares_from: Vec<u32>,
}

/// The exposures and shares of one pair. 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PairExposures {
    /// The follower.
    pub source: NodeId,
    /// The person followed.
    pub target: NodeId,
    /// How many posts and shares the target made while the source attended to it; at least `shares`.
    pub exposures: u32,
    /// How many shares by the source have an earlier exposure of their own.
    pub shares: u32,
}

/// One event between two accounts. Events are ordered by pair of accounts, then time, then kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct AccountEvent {
    actor: AccountId,
    target: AccountId,
    /// 0 for undated events, the time plus 1 for dated events.
    tick: u32,
    kind: KindId,
}

/// Counts exposures and shares for each pair of people: how often the source was exposed to a post or share by the
/// target, and how often the source shared the target's content after such an exposure.
///
/// A share event is an *act* of its actor's account; a share of one's own account is a post. An act exposes every
/// account that attends to the actor's account at that second. An account attends to another account from a follow
/// event (if it is undated, from the beginning) until an unfollow. If the two have other events but no follow event,
/// the first of these events shows that one attends to the other: it does so after that second, until an unfollow. For
/// two people, the counts of all pairs of their accounts are added up. Events do not identify content, so people are
/// exposed again to content that they have already shared.
///
/// Each share needs an earlier exposure of its own (or one in the same second). A share without one is a share of
/// content that the log does not hold: how often such content was seen and not shared is unknown, so the share is in
/// the total of the log but not in the counts of the pair. If it counted as an exposure, every such exposure would have
/// led to a share.
///
/// Acts count inside `window`, and follows and unfollows count up to the end of `window`. Undated acts do not count,
/// because their order is unknown. Accounts outside the graph ([`NodeId::NONE`] in `node_of`) are left out. Settings of
/// weights (daily caps, half-lives) have no effect. With [`Duplicates::Ignore`], repeats within one second count as one
/// event.
///
/// - **Input**: as for `project`.
/// - **Output**: pairs with at least one exposure, with the node numbers of `node_of`.
/// - **Stop**: after a few passes over the events.
/// - **Cost**: time O(e log e), parallel; memory in addition to the events: at most 44 bytes an event and 12 an
///   account; the result takes 16 bytes a pair.
/// - **Same bits**: for any order of `events` and any thread count: all counts are integers.
/// - **Source**: Goyal, Bonchi, Lakshmanan 2010, "Learning influence probabilities in social networks".
/// - **Checked by**: `tests/it/projection/exposure.rs` — a simple second implementation that compares every act with
///   every pair, and the exposures that `generate` planted.
pub fn exposures(events: &[Event], node_of: &[NodeId], weights: &Weights, window: &Window) -> Exposures {
    let Some(share) = weights.kind(SHARE) else { return Exposures::default() };
    let is_known = |account: AccountId| node_of[account.index()] != NodeId::NONE;
    // Posts are self-interactions, which the projection ignores, so acts are filtered here by a separate rule.
    let is_act = |event: &&Event| {
        let is_dated_share = event.kind == share && event.at != Time::UNDATED && window.holds(event, weights);
        is_dated_share && is_known(event.actor) && is_known(event.target)
    };
    let mut acts: Vec<AccountEvent> = events.par_iter().filter(is_act).map(AccountEvent::new).collect();
    acts.par_sort_unstable_by_key(|act| (act.actor, act.tick, act.target));
    if weights.duplicates == Duplicates::Ignore {
        acts.dedup();
    }
    let is_post = |act: &&AccountEvent| node_of[act.actor.index()] == node_of[act.target.index()];
    let posts = offset64(acts.par_iter().filter(is_post).count());
    let shares = offset64(acts.len()) - posts;
    let ticks = Acts::new(node_of.len(), &acts);
    let late =
        |act: &&AccountEvent| !is_post(act) && ticks.of(act.target).first().is_some_and(|&t| t <= act.tick);
    let shares_after_act = offset64(acts.par_iter().filter(late).count());
    let node_count = node_of.iter().filter(|&&v| v != NodeId::NONE).map(|v| v.index() + 1).max().unwrap_or(0);
    let mut shares_from = vec![0_u32; node_count];
    for act in acts.iter().filter(|act| !is_post(act)) {
        let count = &mut shares_from[node_of[act.target.index()].index()];
        *count = count.saturating_add(1);
    }
    drop(acts);

    let mut records: Vec<AccountEvent> = events
        .par_iter()
        .filter(|event| admit(event, node_of, weights, window).is_ok())
        .map(AccountEvent::new)
        .collect();
    records.par_sort_unstable();
    if weights.duplicates == Duplicates::Ignore {
        records.dedup();
    }
    let log = ExposureLog { acts: &ticks, share, node_of, weights };
    let mut pairs: Vec<PairExposures> = records
        .par_chunk_by(|a, b| (a.actor, a.target) == (b.actor, b.target))
        .map(|records| log.pair(records))
        .filter(|pair| pair.exposures > 0)
        .collect();
    drop(records);
    pairs.par_sort_unstable();
    pairs.dedup_by(|next, pair| pair.merge(next));
    let exposed_shares = pairs.par_iter().map(|pair| u64::from(pair.shares)).sum();
    Exposures { pairs, posts, shares, shares_after_act, exposed_shares, shares_from }
}

impl AccountEvent {
    fn new(event: &Event) -> Self {
        // Undated events come first: an undated list of follows is the state that dated unfollows change.
        let tick = event.at.0.wrapping_add(1);
        Self { actor: event.actor, target: event.target, tick, kind: event.kind }
    }
}

impl PairExposures {
    /// Adds the counts of `other` if it has the same pair of nodes, which happens if people have several accounts.
    /// Returns whether the counts were added.
    fn merge(&mut self, other: &Self) -> bool {
        let is_same = (self.source, self.target) == (other.source, other.target);
        if is_same {
            self.exposures = self.exposures.saturating_add(other.exposures);
            self.shares = self.shares.saturating_add(other.shares);
        }
        is_same
    }
}

/// The times at which each account posted or shared, in order.
struct Acts {
    starts: Vec<u64>,
    ticks: Vec<u32>,
}

impl Acts {
    /// `acts` must be sorted by account and time.
    fn new(account_count: usize, acts: &[AccountEvent]) -> Self {
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

/// The data from which the exposures of a pair of accounts are counted.
struct ExposureLog<'a> {
    acts: &'a Acts,
    share: KindId,
    node_of: &'a [NodeId],
    weights: &'a Weights,
}

impl ExposureLog<'_> {
    /// The exposures and shares of one pair of accounts from all its events.
    fn pair(&self, records: &[AccountEvent]) -> PairExposures {
        let [source, target] = [records[0].actor, records[0].target];
        let acts = self.acts.of(target);
        let follows = records.iter().any(|record| self.role(record) == KindRole::Follow);
        let before = |tick: u32| acts.partition_point(|&act| act < tick);
        let until = |tick: u32| acts.partition_point(|&act| act <= tick);
        // The acts seen in earlier times of attention, and the first act that is seen in the present one.
        let (mut seen, mut since, mut shares) = (0, None, 0);
        for record in records {
            if record.kind == self.share && record.tick > 0 {
                let exposures = seen + since.map_or(0, |first| until(record.tick) - first);
                shares += usize::from(exposures > shares);
            }
            match (self.role(record), since) {
                (KindRole::Follow, None) => since = Some(before(record.tick)),
                (KindRole::Act, None) if !follows => since = Some(until(record.tick)),
                (KindRole::Unfollow, Some(first)) => {
                    // An act in the second of the first event is not seen, even if that second is also the last.
                    seen += before(record.tick).saturating_sub(first);
                    since = None;
                }
                _ => {}
            }
        }
        let seen = seen + since.map_or(0, |first| acts.len() - first);
        let [exposures, shares] = [seen, shares].map(|count| num::saturating_u32(offset64(count)));
        PairExposures {
            source: self.node_of[source.index()],
            target: self.node_of[target.index()],
            exposures,
            shares,
        }
    }

    fn role(&self, record: &AccountEvent) -> KindRole {
        self.weights.kinds[usize::from(record.kind.0)].role
    }
}

impl Exposures {
    /// Renumbers the nodes (`v` becomes `place_of[v]`) and drops the pairs that are not an edge of `graph`, because
    /// their events have faded or the follow ended.
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
        let mut shares_from = vec![0; graph.node_count()];
        for (&count, &place) in self.shares_from.iter().zip(place_of) {
            shares_from[place.index()] = count;
        }
        self.shares_from = shares_from;
        self
    }
}
