//! What may a seed set be: who, how many, at what cost, how many of a kind?

use super::{Ended, floors::Selection};
use crate::ids::{NodeId, id32};

/// Who may be in a seed set.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// At most so many nodes, those that must be in it included.
    pub size: usize,
    /// By node: whether it may be picked; all may where there is none.
    pub eligible: Option<&'a [bool]>,
    /// Who is in it in any case, in this order, and before all others.
    pub included: &'a [NodeId],
    /// By node: whether it is active already, so that what it reaches counts for nobody.
    pub reached: Option<&'a [bool]>,
    /// How many nodes of a kind there may be, for each way of telling kinds.
    pub caps: &'a [Caps<'a>],
    /// Of whom there are at least so many. Who helps to meet a floor is picked even where it adds nothing.
    pub floors: &'a [Floor<'a>],
    /// What nodes cost, and what there is to spend.
    pub budget: Option<Budget<'a>>,
    /// By node: what reaching it is worth; 1 each where there is none. Below 2^63 together.
    pub worth: Option<&'a [u64]>,
    /// Nodes by other scores, the best first: what the first of them reach together is not to be more than what the
    /// seed set reaches. Each list may be of any length.
    pub rivals: &'a [&'a [NodeId]],
}

/// How many nodes of each group there may be.
#[derive(Clone, Copy, Debug)]
pub struct Caps<'a> {
    /// By node: its group, below `most.len()`; or any number from there on, for a node that no cap holds for.
    pub group: &'a [u32],
    /// By group: the most nodes of it.
    pub most: &'a [u32],
}

/// At least so many of some nodes.
#[derive(Clone, Copy, Debug)]
pub struct Floor<'a> {
    /// By node: whether it counts.
    pub member: &'a [bool],
    /// How many there are to be.
    pub least: u32,
}

/// What nodes cost.
#[derive(Clone, Copy, Debug)]
pub struct Budget<'a> {
    /// By node.
    pub cost: &'a [u64],
    /// What the nodes of a seed set may cost together.
    pub most: u64,
}

impl Wish<'_> {
    /// Any `size` nodes.
    pub fn of_size(size: usize) -> Self {
        Self {
            size,
            eligible: None,
            included: &[],
            reached: None,
            caps: &[],
            floors: &[],
            budget: None,
            worth: None,
            rivals: &[],
        }
    }

    /// Whether nothing but the size limits how many of whom there may be.
    pub(super) fn is_of_size_alone(&self) -> bool {
        self.caps.is_empty() && self.floors.is_empty() && self.budget.is_none()
    }

    /// Why a seed set of these nodes has no more.
    pub(super) fn ended(&self, nodes: &[NodeId], node_count: usize) -> Ended {
        if nodes.len() >= self.size {
            return Ended::Complete;
        }
        let (mut picked, mut is_in) = (Selection::new(self), vec![false; node_count]);
        for v in nodes {
            is_in[v.index()] = true;
        }
        for &v in nodes.iter().filter(|v| !self.included.contains(v)) {
            picked.take(v);
        }
        let fits = |v: NodeId| !is_in[v.index()] && self.may_be_picked(v) && picked.has_room(v);
        if (0..id32(node_count)).map(NodeId).any(fits) { Ended::NobodyNew } else { Ended::NoRoom }
    }

    /// The first floor that these nodes do not meet, and how many of them count there.
    pub fn missed(&self, nodes: &[NodeId]) -> Option<(usize, usize)> {
        let count = |floor: &Floor<'_>| nodes.iter().filter(|v| floor.member[v.index()]).count();
        let counts = self.floors.iter().map(count).enumerate();
        let mut missed = counts.filter(|&(at, count)| count < self.floors[at].least as usize);
        missed.next()
    }

    pub(super) fn may_be_picked(&self, v: NodeId) -> bool {
        self.eligible.is_none_or(|eligible| eligible[v.index()])
            && self.reached.is_none_or(|reached| !reached[v.index()])
    }
}

/// What is left of a wish once some nodes are picked.
#[derive(Clone, Debug)]
pub(super) struct Room<'a> {
    wish: &'a Wish<'a>,
    pub(super) size: usize,
    /// For each of the caps what is left for each group.
    pub(super) groups: Vec<Vec<u32>>,
    pub(super) money: u64,
}

impl<'a> Room<'a> {
    pub(super) fn new(wish: &'a Wish<'a>) -> Self {
        let groups = wish.caps.iter().map(|caps| caps.most.to_vec()).collect();
        Self { wish, size: wish.size, groups, money: wish.budget.map_or(u64::MAX, |budget| budget.most) }
    }

    /// Whether `v` may still be picked, whatever the floors take.
    pub(super) fn fits(&self, v: NodeId) -> bool {
        let mut groups = self.wish.caps.iter().zip(&self.groups);
        self.size > 0
            && self.cost(v) <= self.money
            && groups
                .all(|(caps, left)| left.get(caps.group[v.index()] as usize).is_none_or(|&left| left > 0))
    }

    /// Whether `v` and all `others`, which are few, may still be picked together.
    pub(super) fn fit(&self, v: NodeId, others: &[NodeId]) -> bool {
        let all = || others.iter().copied().chain([v]);
        let cost = all().map(|w| u128::from(self.cost(w))).sum::<u128>();
        let mut groups = self.wish.caps.iter().zip(&self.groups);
        others.len() < self.size
            && cost <= self.money.into()
            && groups.all(|(caps, left)| {
                let of = |group: u32| all().filter(|w| caps.group[w.index()] == group).count();
                let fits =
                    |group: u32| left.get(group as usize).is_none_or(|&left| of(group) <= left as usize);
                all().all(|w| fits(caps.group[w.index()]))
            })
    }

    /// Picks `v`; as far as there is room.
    pub(super) fn take(&mut self, v: NodeId) {
        self.size = self.size.saturating_sub(1);
        self.money = self.money.saturating_sub(self.cost(v));
        for (caps, left) in self.wish.caps.iter().zip(&mut self.groups) {
            if let Some(left) = left.get_mut(caps.group[v.index()] as usize) {
                *left = left.saturating_sub(1);
            }
        }
    }

    /// How many nodes there are, as far as floors tell.
    pub(super) fn node_count(&self) -> usize {
        self.wish.floors.first().map_or(0, |floor| floor.member.len())
    }

    pub(super) fn included_count(&self) -> usize {
        self.wish.included.len()
    }

    /// Whether neither caps nor a budget hold.
    pub(super) fn is_of_places_alone(&self) -> bool {
        self.wish.caps.is_empty() && self.wish.budget.is_none()
    }

    pub(super) fn cost(&self, v: NodeId) -> u64 {
        self.wish.budget.map_or(0, |budget| budget.cost[v.index()])
    }

    /// The most that nodes of these gains (the greatest first) can add together, each rule by itself: no seed set that
    /// keeps all of them adds more. `others` nodes have gains that are not listed, of at most `other` each.
    /// Those that count for a floor have at most the one of `of_floors` that belongs to it.
    pub(super) fn most(&self, gains: &[(u64, NodeId)], other: u64, of_floors: &[u64]) -> u64 {
        let size = self.most_by_size(gains, other);
        let groups = (0..self.groups.len()).map(|caps| self.most_by_groups(caps, gains, other));
        let money = self.wish.budget.map(|_| self.most_by_money(gains, other));
        let floors = self.wish.floors.iter().zip(of_floors);
        let floors = floors.map(|(floor, &of_floor)| self.most_by_floor(floor, gains, other, of_floor));
        groups.chain(money).chain(floors).fold(size, u64::min)
    }

    /// The best of those that count, as many as it takes, and the best of all others.
    fn most_by_floor(&self, floor: &Floor<'_>, gains: &[(u64, NodeId)], other: u64, of_floor: u64) -> u64 {
        let included = self.wish.included.iter().filter(|v| floor.member[v.index()]).count();
        let least = (floor.least as usize).saturating_sub(included).min(self.size);
        let (mut members, mut others, mut sum) = (least, self.size - least, 0);
        for &(gain, v) in gains {
            if members > 0 && gain > of_floor && floor.member[v.index()] {
                (members, sum) = (members - 1, sum + gain);
            } else if others > 0 && gain > other {
                (others, sum) = (others - 1, sum + gain);
            }
        }
        let unlisted =
            other.saturating_mul(others as u64).saturating_add(of_floor.saturating_mul(members as u64));
        unlisted.saturating_add(sum)
    }

    fn most_by_size(&self, gains: &[(u64, NodeId)], other: u64) -> u64 {
        let listed = gains.iter().map(|gain| gain.0).take_while(|&gain| gain > other).take(self.size);
        let (sum, count) = listed.fold((0, 0), |(sum, count), gain| (sum + gain, count + 1));
        other.saturating_mul((self.size - count) as u64).saturating_add(sum)
    }

    /// Caps of disjoint groups and the size are a laminar matroid: the greatest first is the most.
    fn most_by_groups(&self, caps: usize, gains: &[(u64, NodeId)], other: u64) -> u64 {
        let (mut left, mut size, mut sum) = (self.groups[caps].clone(), self.size, 0);
        for &(gain, v) in gains.iter().take_while(|gain| gain.0 > other) {
            if size == 0 {
                break;
            }
            if let Some(left) = left.get_mut(self.wish.caps[caps].group[v.index()] as usize) {
                if *left == 0 {
                    continue;
                }
                *left -= 1;
            }
            (sum, size) = (sum + gain, size - 1);
        }
        other.saturating_mul(size as u64).saturating_add(sum)
    }

    /// The knapsack whose last item may be cut: the densest first. Nodes that are not listed are free here.
    fn most_by_money(&self, gains: &[(u64, NodeId)], other: u64) -> u64 {
        let mut items: Vec<(u64, u64)> = gains.iter().map(|&(gain, v)| (gain, self.cost(v))).collect();
        items.retain(|&(gain, cost)| gain > 0 && cost <= self.money);
        items.sort_unstable_by(|a, b| denser(*b, *a));
        let (mut money, mut sum) = (self.money, other.saturating_mul(self.size as u64));
        for (gain, cost) in items {
            if cost <= money {
                (money, sum) = (money - cost, sum + gain);
            } else {
                let part = u128::from(gain) * u128::from(money);
                return sum + crate::ids::low64(part.div_ceil(u128::from(cost)));
            }
        }
        sum
    }
}

/// Compares gain for cost; of equal ones the greater gain.
fn denser(a: (u64, u64), b: (u64, u64)) -> std::cmp::Ordering {
    let worth = |(gain, _): (u64, u64), (_, cost): (u64, u64)| u128::from(gain) * u128::from(cost);
    worth(a, b).cmp(&worth(b, a)).then(a.0.cmp(&b.0))
}
