//! Projects events to weighted edges: group by pair, apply the rules of each kind, weigh.

use std::{cmp::Reverse, collections::BTreeMap};

use rayon::prelude::*;

use super::{
    Channels, InStrengths, KindRole, Saturation, Weights, Window,
    decay::{self, Decay},
    in_strengths::InStrengthsBuilder,
    packed_event::PackedEvent,
    settings::{Duplicates, FADED_HALF_LIVES},
    tally::{Ignored, Tally},
};
use crate::{
    event::{Event, KindId, Time},
    graph::{Edge, EdgeBlock},
    ids::{NodeId, id32, offset64},
    num,
};

/// Base-2 logarithm of the weight unit of projected edges: about a millionth of a fresh event of weight 1.
pub const UNIT_LOG2: i32 = -20;

/// An event has faded if its decayed count is below this, in Q32. It is one unit of an event of weight 1, and is
/// reached after 20 half-lives.
const FADED: u64 = decay::ONE >> FADED_HALF_LIVES;

/// How many events one task partitions. It changes no result.
const BLOCK: usize = 1 << 16;
/// How many ranges of sources are projected independently. It changes no result.
const PARTITIONS: usize = 256;
const SECONDS_PER_DAY: u32 = 86_400;

/// The weighted edges of all pairs, and how every event was counted.
#[derive(Clone, Debug)]
pub struct Projection {
    /// One edge for each pair with a weight above 0, sorted by (source, target); weights are in units of
    /// `2^`[`UNIT_LOG2`].
    pub blocks: Vec<EdgeBlock>,
    pub tally: Tally,
    /// The in-strength of each node by kind and by channel; both splits add up to the weight of the edges.
    pub in_strengths: InStrengths,
}

impl Projection {
    /// All edges, sorted by (source, target).
    pub fn edges(&self) -> impl Iterator<Item = Edge> + '_ {
        self.blocks.iter().flat_map(EdgeBlock::iter)
    }

    pub fn edge_count(&self) -> usize {
        self.blocks.iter().map(|block| block.ends().len()).sum()
    }
}

/// Projects events to weighted endorsement edges `actor → target`.
///
/// The events of each pair and kind inside `window` are put in order of time, undated events first. Repeats within one
/// second count as one event ([`Duplicates::Ignore`]); only the earliest `daily_cap` events of a UTC day count; after
/// 20 half-lives an event has faded. The decayed counts of the remaining events are added up, saturated, and multiplied
/// by the kind's weight. A follow is a state: it counts once, with the age of its last beginning, even if it began
/// before the window, unless an unfollow has ended it. Events between two accounts of one person are ignored, and so
/// are events of accounts outside the graph ([`NodeId::NONE`] in `node_of`: profiling denied). Each event is either
/// used or ignored for exactly one reason.
///
/// - **Input**: `node_of[AccountId]`; `channels` of the same accounts; `weights.kinds[KindId]`; the accounts and kinds
///   of all events must be in range.
/// - **Output**: edges sorted by (source, target), each pair once, weights > 0; the in-strengths by kind and by
///   channel.
/// - **Cost**: time O(e log e) within partitions of sources, parallel; memory 16 bytes an event, and 8 bytes for each
///   pair of a node and a kind or channel.
/// - **Same bits**: for any order of `events` and any thread count: all weights are integers.
/// - **Checked by**: `tests/it/projection/project.rs`, against direct floating-point sums.
pub fn project(
    events: &[Event],
    node_of: &[NodeId],
    node_count: usize,
    weights: &Weights,
    window: &Window,
    channels: &Channels,
) -> Projection {
    let width = node_count.div_ceil(PARTITIONS).max(1);
    let partitions = node_count.div_ceil(width);
    let (buckets_by_block, tallies): (Vec<Vec<Vec<PackedEvent>>>, Vec<Tally>) = events
        .par_chunks(BLOCK)
        .map(|block| {
            let mut buckets = vec![Vec::new(); partitions];
            let mut tally = Tally::new(weights.kinds.len());
            for event in block {
                match admit(event, node_of, weights, window) {
                    Ok((source, target)) => {
                        let (partition, source) = (source.index() / width, id32(source.index() % width));
                        let channel = channels.of(event.target);
                        buckets[partition].push(PackedEvent::new(event, source, target, channel, weights));
                    }
                    Err(reason) => tally.ignore(event.file, reason),
                }
            }
            (buckets, tally)
        })
        .unzip();

    let decay = Decay::new();
    let in_strengths = InStrengthsBuilder::new(node_count, weights.kinds.len(), channels.names().len());
    let parts: Vec<(EdgeBlock, Tally)> = (0..partitions)
        .into_par_iter()
        .map(|partition| {
            let mut records: Vec<PackedEvent> =
                buckets_by_block.iter().flat_map(|buckets| buckets[partition].iter().copied()).collect();
            records.sort_unstable();
            let mut tally = Tally::new(weights.kinds.len());
            let weigher = EdgeWeigher { weights, window, decay: &decay, in_strengths: &in_strengths };
            let mut counts = Vec::new();
            let block = records
                .chunk_by(|a, b| a.pair() == b.pair())
                .filter_map(|pair| weigher.edge(pair, partition * width, &mut tally, &mut counts))
                .map(|edge| ([edge.source.0, edge.target.0], edge.weight))
                .collect();
            (block, tally)
        })
        .collect();

    let mut tally = Tally::new(weights.kinds.len());
    tallies.iter().chain(parts.iter().map(|(_, tally)| tally)).for_each(|part| tally.add(part));
    let blocks = parts.into_iter().map(|(block, _)| block).collect();
    debug_assert_eq!(tally.total(), offset64(events.len()));
    Projection { blocks, tally, in_strengths: in_strengths.finish() }
}

/// The source and target nodes of an event, or the reason why it is ignored.
pub(super) fn admit(
    event: &Event,
    node_of: &[NodeId],
    weights: &Weights,
    window: &Window,
) -> Result<(NodeId, NodeId), Ignored> {
    let (source, target) = (node_of[event.actor.index()], node_of[event.target.index()]);
    // Accounts that only later events name do not exist yet, so this comes first.
    if event.at != Time::UNDATED && window.as_of.is_some_and(|as_of| event.at > as_of) {
        return Err(Ignored::OutsideWindow);
    }
    if source == NodeId::NONE || target == NodeId::NONE {
        return Err(Ignored::ProfilingDenied);
    }
    if source == target {
        return Err(Ignored::SelfInteraction);
    }
    if window.holds(event, weights) { Ok((source, target)) } else { Err(Ignored::OutsideWindow) }
}

struct EdgeWeigher<'a> {
    weights: &'a Weights,
    window: &'a Window,
    decay: &'a Decay,
    in_strengths: &'a InStrengthsBuilder,
}

/// The decayed count of each channel that occurs among the records of one pair and kind.
type ChannelCounts = Vec<(u8, u64)>;

impl EdgeWeigher<'_> {
    /// The edge of one pair's events; `None` if its weight is 0. The sources of the pair's partition begin at `first`.
    fn edge(
        &self,
        records: &[PackedEvent],
        first: usize,
        tally: &mut Tally,
        counts: &mut ChannelCounts,
    ) -> Option<Edge> {
        let groups = records.chunk_by(|a, b| a.group() == b.group());
        let weight = groups.map(|group| self.group(group, tally, counts)).sum();
        let source = NodeId::new(first + records[0].source());
        (weight > 0).then_some(Edge { source, target: records[0].target(), weight })
    }

    /// The weight that one pair's events of one group of kinds give to the edge, in units.
    fn group(&self, records: &[PackedEvent], tally: &mut Tally, counts: &mut ChannelCounts) -> u64 {
        counts.clear();
        let kind = records[0].kind();
        let (kind, count) = match self.weights.kinds[usize::from(kind.0)].role {
            KindRole::Act => (kind, self.acts(records, kind, tally, counts)),
            KindRole::Follow | KindRole::Unfollow => self.follow(records, tally, counts),
        };
        let saturated = match self.weights.saturation {
            Saturation::None => count,
            Saturation::Log => decay::log2_one_plus(count),
        };
        // Q32 × thousandths → units, rounded to nearest.
        let thousandths =
            u128::from(saturated) * u128::from(self.weights.kinds[usize::from(kind.0)].weight_milli);
        let divisor = 1000_u128 << (32 + UNIT_LOG2);
        let units = u64::try_from((thousandths + divisor / 2) / divisor)
            .expect("invariant: a pair's weight fits u64");
        // If an event counts, the weight is at least one unit, so that the edge exists.
        if count == 0 {
            return 0;
        }
        if !thousandths.is_multiple_of(divisor) {
            tally.round();
        }
        let units = units.max(1);
        self.in_strengths.add(records[0].target(), kind, units, counts);
        units
    }

    /// The decayed count, in Q32, of the acts of one kind, which are in order of time.
    fn acts(
        &self,
        records: &[PackedEvent],
        kind: KindId,
        tally: &mut Tally,
        counts: &mut ChannelCounts,
    ) -> u64 {
        let rule = &self.weights.kinds[usize::from(kind.0)];
        let mut total = 0;
        let (mut day, mut in_day) = (None, 0);
        let mut last = None;
        for record in records {
            let at = record.at();
            if self.weights.duplicates == Duplicates::Ignore && at != Time::UNDATED && last == Some(at) {
                tally.ignore(record.file(), Ignored::Duplicate);
                continue;
            }
            last = Some(at);
            let today = Some(at.0 / SECONDS_PER_DAY);
            if today != day {
                (day, in_day) = (today, 0);
            }
            if rule.daily_cap.is_some_and(|cap| in_day >= cap) {
                tally.ignore(record.file(), Ignored::OverDailyCap);
                continue;
            }
            in_day += 1;
            let left = self.decayed(kind, at);
            if left < FADED {
                tally.ignore(record.file(), Ignored::Faded);
                continue;
            }
            tally.count(record.file(), kind);
            total += left;
            match counts.iter_mut().find(|(channel, _)| *channel == record.channel()) {
                Some((_, count)) => *count += left,
                None => counts.push((record.channel(), left)),
            }
        }
        total
    }

    /// The kind of follow that holds at the end of the history, and its decayed count in Q32; 0 if none holds.
    fn follow(
        &self,
        records: &[PackedEvent],
        tally: &mut Tally,
        counts: &mut ChannelCounts,
    ) -> (KindId, u64) {
        let mut holds: Option<&PackedEvent> = None;
        for record in records {
            let unfollows = self.weights.kinds[usize::from(record.kind().0)].role == KindRole::Unfollow;
            match (unfollows, holds) {
                (true, None) => tally.ignore(record.file(), Ignored::NotFollowing),
                (false, Some(_)) => tally.ignore(record.file(), Ignored::AlreadyFollowing),
                (true, Some(_)) => {
                    tally.count(record.file(), record.kind());
                    holds = None;
                }
                (false, None) => {
                    tally.count(record.file(), record.kind());
                    holds = Some(record);
                }
            }
        }
        let Some(record) = holds else { return (records[0].kind(), 0) };
        let left = self.decayed(record.kind(), record.at());
        counts.push((record.channel(), left));
        (record.kind(), left)
    }

    /// The decayed count of one event of `kind` at the as-of time, in Q32.
    fn decayed(&self, kind: KindId, at: Time) -> u64 {
        match (self.weights.kinds[usize::from(kind.0)].half_life_s, self.window.as_of) {
            (Some(half_life_s), Some(as_of)) if at != Time::UNDATED => {
                self.decay.left(as_of.0 - at.0, half_life_s)
            }
            _ => decay::ONE,
        }
    }
}

/// `exists[AccountId]`: whether an event that is not later than `as_of`, or is undated, names the account.
pub fn accounts_seen(events: &[Event], account_count: usize, as_of: Time) -> Vec<bool> {
    let mut exists = vec![false; account_count];
    for event in events.iter().filter(|event| event.at == Time::UNDATED || event.at <= as_of) {
        exists[event.actor.index()] = true;
        exists[event.target.index()] = true;
    }
    exists
}

/// Takes out the events of `nobody[AccountId]`; returns how many there were in each file.
pub fn take_out_nobody(events: &mut Vec<Event>, nobody: &[bool]) -> BTreeMap<u16, u64> {
    let mut counts = BTreeMap::new();
    events.retain(|event| {
        let stays = !nobody[event.actor.index()] && !nobody[event.target.index()];
        if !stays {
            *counts.entry(event.file).or_default() += 1;
        }
        stays
    });
    counts
}

/// The time of the newest event, which is the default as-of time, and the first file that has it; `None` where no event
/// is dated.
pub fn newest(events: &[Event]) -> Option<(Time, u16)> {
    let dated = events.par_iter().filter(|event| event.at != Time::UNDATED);
    let newest = dated.map(|event| (event.at, Reverse(event.file))).max();
    newest.map(|(at, Reverse(file))| (at, file))
}

impl Window {
    /// Whether the time of an event is inside the window. Only acts can be too old: a follow from before the window
    /// still holds.
    pub(super) fn holds(&self, event: &Event, weights: &Weights) -> bool {
        let is_act = weights.kinds[usize::from(event.kind.0)].role == KindRole::Act;
        let too_old = is_act && event.at < self.from;
        event.at == Time::UNDATED || (!too_old && self.as_of.is_none_or(|as_of| event.at <= as_of))
    }

    /// The window that ends at `as_of` and is `length_s` seconds long; without a length it has no beginning.
    pub fn ending_at(as_of: Option<Time>, length_s: Option<u64>) -> Self {
        let back = length_s.map_or(u64::from(u32::MAX), |length| length.min(u64::from(u32::MAX)));
        let from = as_of.map_or(0, |as_of| u64::from(as_of.0).saturating_sub(back));
        Self { from: Time(num::saturating_u32(from)), as_of }
    }
}
