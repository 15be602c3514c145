//! Which node covers the most sets that are not covered yet? The lazy greedy algorithm, and a bound of the best.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

use super::{
    floors::Selection,
    lists::{Covered, Lists},
    wish::Wish,
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
    /// The smallest gain of a node that was picked freely: neither must it be there, nor does a floor take it, nor keep
    /// out others.
    pub(super) least_gain: u64,
}

/// What comes next: gain alone, or gain for cost.
#[derive(Clone, Copy)]
enum Order {
    Gain,
    GainForCost,
}

/// A node that may be picked next, with a gain that may have become smaller since.
struct Next {
    /// The greatest is next.
    key: f64,
    gain: u64,
    node: Reverse<NodeId>,
    candidate: u32,
}

impl Ord for Next {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.total_cmp(&other.key).then(self.gain.cmp(&other.gain)).then(self.node.cmp(&other.node))
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

/// What nodes are picked by.
pub(super) struct Ballot<'w> {
    pub(super) wish: &'w Wish<'w>,
    pub(super) lists: Lists,
    /// Whose lists these are, by rising node.
    pub(super) candidates: Vec<NodeId>,
    /// What a node that is no candidate covers at most.
    pub(super) other: u64,
    /// For each floor what one that counts for it and is no candidate covers at most.
    pub(super) of_floors: Vec<u64>,
}

impl Ballot<'_> {
    /// Picks as [`Ballot::pick_by`] does, with a budget in both orders: the picks that cover more.
    pub(super) fn pick(&self, favoured: Option<&[NodeId]>) -> Picks {
        let picks = self.pick_by(Order::Gain, favoured);
        if self.wish.budget.is_none() {
            return picks;
        }
        let dense = self.pick_by(Order::GainForCost, favoured);
        let most = picks.most.min(dense.most);
        // Who misses floors is no choice where the other does not.
        let rank = |picks: &Picks| (self.wish.missed(&picks.nodes).is_none(), picks.covered);
        Picks { most, ..if rank(&picks) >= rank(&dense) { picks } else { dense } }
    }

    /// Picks nodes one by one, each the one that covers most of what is left, ties to the smaller node, as far as the
    /// wish has room (Minoux 1978: gains only fall, so only the foremost are counted again).
    ///
    /// Where some are `favoured`, another is picked before them only if it is clearly better.
    fn pick_by(&self, order: Order, favoured: Option<&[NodeId]>) -> Picks {
        let Self { wish, lists, candidates, other, of_floors } = self;
        let (mut picked, mut covered) = (Selection::new(wish), lists.nothing_covered());
        let mut nodes = wish.included.to_vec();
        for &v in wish.included {
            if let Ok(candidate) = candidates.binary_search(&v) {
                lists.choose(id32(candidate), &mut covered);
            }
        }
        let favour = self.favour(favoured);
        let key = |gain: u64, cost: u64, candidate: u32| {
            let worth = worth(gain, favour.as_ref().map(|favour| favour[candidate as usize]));
            match order {
                Order::GainForCost if cost == 0 => f64::INFINITY,
                Order::GainForCost => worth / cost as f64,
                Order::Gain => worth,
            }
        };
        let free = picked.room.clone();
        let gains = lists.gains(candidates.len(), &covered);
        let next = |(candidate, (&gain, &v)): (u32, (&u64, &NodeId))| {
            let key = key(gain, free.cost(v), candidate);
            Next { key, gain, node: Reverse(v), candidate }
        };
        // Who is in it already adds nothing.
        let pickable = |next: &Next| next.gain > 0 && wish.may_be_picked(next.node.0);
        let mut heap: BinaryHeap<Next> =
            (0..).zip(gains.iter().zip(candidates)).map(next).filter(pickable).collect();
        let open: Vec<u32> = heap.iter().map(|next| next.candidate).collect();
        let bounded_at = BOUNDED_AT.map(|eighths| eighths.saturating_mul(free.size) / 8);
        let bound = |covered: &Covered| {
            covered.count + free.most(&falling(lists, &open, candidates, covered), *other, of_floors)
        };
        let (mut most, mut least_gain, mut picks) = (bound(&covered), u64::MAX, 0);
        // Whom there is no room for until floors take less.
        let mut aside = Vec::new();
        while let Some(best) = heap.pop() {
            let v = best.node.0;
            if !picked.room.fits(v) {
                continue;
            }
            if !picked.has_room(v) {
                aside.push(best);
                continue;
            }
            let gain = lists.gain(best.candidate, &covered);
            if gain < best.gain {
                if gain > 0 {
                    heap.push(Next { key: key(gain, free.cost(v), best.candidate), gain, ..best });
                }
                continue;
            }
            lists.choose(best.candidate, &mut covered);
            if aside.is_empty() && picked.helps(v) == 0 {
                least_gain = least_gain.min(gain);
            }
            if picked.take(v) {
                heap.append(&mut aside.drain(..).collect());
            }
            nodes.push(v);
            picks += 1;
            if bounded_at.contains(&picks) {
                most = most.min(bound(&covered));
            }
        }
        // Where picking ends early, nothing is left to gain.
        most = most.min(bound(&covered));
        Selection::new(wish).complete(&mut nodes);
        Picks { nodes, covered: covered.count, most, least_gain }
    }

    /// By candidate: whether it is favoured.
    fn favour(&self, favoured: Option<&[NodeId]>) -> Option<Vec<bool>> {
        let mut favour = vec![false; self.candidates.len()];
        for v in favoured? {
            self.candidates.binary_search(v).into_iter().for_each(|candidate| favour[candidate] = true);
        }
        Some(favour)
    }
}

/// What a gain counts for. The root of a count strays by a half, whatever the count: so a favoured node counts for two
/// standard deviations more than it seems to gain, and any other for two less.
fn worth(gain: u64, favoured: Option<bool>) -> f64 {
    let gain = gain as f64;
    let shifted = |by: f64| (gain.sqrt() + by) * (gain.sqrt() + by);
    match favoured {
        None => gain,
        Some(true) => shifted(1.0),
        Some(false) => shifted(-1.0),
    }
}

/// The gains of candidates that may be picked, the greatest first.
fn falling(lists: &Lists, open: &[u32], candidates: &[NodeId], covered: &Covered) -> Vec<(u64, NodeId)> {
    let gains = lists.gains(candidates.len(), covered);
    let mut gains: Vec<(u64, NodeId)> =
        open.iter().map(|&candidate| (gains[candidate as usize], candidates[candidate as usize])).collect();
    gains.sort_unstable_by_key(|&(gain, v)| (Reverse(gain), v));
    gains
}
