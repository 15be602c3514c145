//! Which node covers the most sets that are not covered yet? The lazy greedy algorithm, and a bound of the best.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

use super::{
    lists::{Covered, Lists},
    wish::{Room, Wish, denser},
};
use crate::ids::{NodeId, id32};

/// What was picked by sets that are drawn already.
pub(super) struct Picks {
    /// In order of choice.
    pub(super) nodes: Vec<NodeId>,
    /// How many sets they cover.
    pub(super) covered: u64,
    /// What no seed set that keeps to the wish covers more than.
    pub(super) most: u64,
    /// The smallest gain of a node that was picked freely.
    pub(super) least_gain: u64,
}

/// What comes next: gain alone, or gain for cost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Gain,
    GainForCost,
}

/// A node that may be picked next, with a gain that may have become smaller since.
struct Next {
    gain: u64,
    cost: u64,
    node: Reverse<NodeId>,
    candidate: u32,
    order: Order,
}

impl Ord for Next {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_gain = || self.gain.cmp(&other.gain);
        let by_worth = match self.order {
            Order::Gain => by_gain(),
            Order::GainForCost => denser((self.gain, self.cost), (other.gain, other.cost)),
        };
        by_worth.then(self.node.cmp(&other.node))
    }
}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Next {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Next {}

/// Where a bound of the best is worked out: after these parts of the picks, in eighths. Where gains have fallen, what
/// is left to gain is small, and at the end it is little beyond what was gained.
const BOUNDED_AT: [usize; 6] = [0, 1, 2, 4, 6, 8];

/// Picks nodes one by one, each the one that covers most of what is left, ties to the smaller node, as far as the wish
/// has room (Minoux 1978: gains only fall, so only the foremost are counted again).
///
/// `other` is what a node that is no candidate covers at most.
pub(super) fn pick(lists: &Lists, candidates: &[NodeId], wish: &Wish<'_>, other: u64, order: Order) -> Picks {
    let (mut room, mut covered) = (Room::new(wish), lists.nothing_covered());
    let mut nodes = Vec::new();
    for &v in wish.included {
        room.take(v);
        nodes.push(v);
        if let Ok(candidate) = candidates.binary_search(&v) {
            lists.choose(id32(candidate), &mut covered);
        }
    }
    let free = room.clone();
    let gains = lists.gains(candidates.len(), &covered);
    let next = |(candidate, (&gain, &v)): (usize, (&u64, &NodeId))| Next {
        gain,
        cost: room.cost(v),
        node: Reverse(v),
        candidate: id32(candidate),
        order,
    };
    // Who is in it already adds nothing.
    let pickable = |next: &Next| next.gain > 0 && wish.may_be_picked(next.node.0);
    let mut heap: BinaryHeap<Next> =
        gains.iter().zip(candidates).enumerate().map(next).filter(pickable).collect();
    let open: Vec<u32> = heap.iter().map(|next| next.candidate).collect();
    let bounded_at = BOUNDED_AT.map(|eighths| eighths * room.size / 8);
    let bound =
        |covered: &Covered| covered.count + free.most(&falling(lists, &open, candidates, covered), other);
    let (mut most, mut least_gain, mut picked) = (bound(&covered), u64::MAX, 0);
    while let Some(mut best) = heap.pop() {
        if !room.has(best.node.0) {
            continue;
        }
        let gain = lists.gain(best.candidate, &covered);
        if gain < best.gain {
            best.gain = gain;
            if gain > 0 {
                heap.push(best);
            }
            continue;
        }
        lists.choose(best.candidate, &mut covered);
        room.take(best.node.0);
        nodes.push(best.node.0);
        least_gain = least_gain.min(gain);
        picked += 1;
        if bounded_at.contains(&picked) {
            most = most.min(bound(&covered));
        }
    }
    // Where picking ends early, nothing is left to gain.
    most = most.min(bound(&covered));
    Picks { nodes, covered: covered.count, most, least_gain }
}

/// The gains of candidates that may be picked, the greatest first.
fn falling(lists: &Lists, open: &[u32], candidates: &[NodeId], covered: &Covered) -> Vec<(u64, NodeId)> {
    let gains = lists.gains(candidates.len(), covered);
    let mut gains: Vec<(u64, NodeId)> =
        open.iter().map(|&candidate| (gains[candidate as usize], candidates[candidate as usize])).collect();
    gains.sort_unstable_by_key(|&(gain, v)| (Reverse(gain), v));
    gains
}
