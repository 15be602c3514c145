//! At least so many of some nodes: may another be picked, and leave enough for them?

use super::wish::{Budget, Caps, Floor, Wish};
use crate::{
    ids::{NodeId, id32},
    num,
};

/// What floors take yet, and what there is of it.
#[derive(Clone, Debug)]
pub(super) struct Floors<'a> {
    wish: &'a Wish<'a>,
    needs: Vec<Need>,
}

/// What one floor takes yet.
#[derive(Clone, Debug)]
struct Need {
    /// How many nodes.
    missing: u32,
    /// What the cheapest that count cost together: none, one, two of them, ...; empty where there is no budget.
    cheapest: Vec<u64>,
    /// For each of the caps: whom they leave for it.
    supply: Vec<Supply>,
}

/// Nodes that count for a floor and are not picked yet.
#[derive(Clone, Debug)]
struct Supply {
    /// By group of the caps.
    open: Vec<u32>,
    /// How many of all the caps let in.
    total: u64,
}

/// What is left beside the floors.
pub(super) struct Left<'r> {
    pub(super) size: usize,
    /// For each of the caps by group.
    pub(super) groups: &'r [Vec<u32>],
    pub(super) money: u64,
}

impl<'a> Floors<'a> {
    pub(super) fn new(wish: &'a Wish<'a>) -> Self {
        Self { wish, needs: wish.floors.iter().map(|floor| Need::new(wish, floor)).collect() }
    }

    fn each(&self) -> impl Iterator<Item = (&Need, &Floor<'a>)> {
        self.needs.iter().zip(self.wish.floors)
    }

    /// How many floors that take more yet `v` counts for.
    pub(super) fn helped_by(&self, v: NodeId) -> u64 {
        self.each().map(|(need, floor)| u64::from(need.missing > 0 && floor.member[v.index()])).sum()
    }

    /// Whether the floors can still be met with `v`. Each rule is asked by itself, and each floor: so where there is
    /// one floor and one more rule beside the size, that is exact.
    pub(super) fn have_room(&self, v: NodeId, left: &Left<'_>) -> bool {
        let missing: u64 = self.needs.iter().map(|need| u64::from(need.missing)).sum();
        if missing == 0 {
            return true;
        }
        // Where more is missing than there are places, each pick has to count for several floors.
        let (places, helped) = (left.size as u64, self.helped_by(v));
        let by_each = missing.div_ceil(places.max(1)).max(1);
        let money = left.money - self.wish.budget.map_or(0, |budget| budget.cost[v.index()].min(left.money));
        missing - helped <= places.saturating_sub(1).saturating_mul(by_each)
            && self.each().all(|(need, floor)| {
                let is_member = floor.member[v.index()];
                let others = need.missing.saturating_sub(u32::from(is_member));
                let supplied = |(at, supply): (usize, &Supply)| {
                    supply.with(self.wish.caps[at].group[v.index()], is_member, &left.groups[at])
                        >= others.into()
                };
                need.cheapest.get(others as usize).is_none_or(|&cost| cost <= money)
                    && need.supply.iter().enumerate().all(supplied)
            })
    }

    /// Whether others may find room once `v` is picked, for whom there is none as floors take it.
    pub(super) fn are_eased_by(&self, v: NodeId) -> bool {
        // A place that is taken for one floor is one less to keep free. Money may be left over, and a cap used twice.
        let alone = self.wish.budget.is_none() && self.wish.caps.is_empty();
        self.helped_by(v) > u64::from(alone)
    }

    /// Picks `v`, with what is left of the caps before.
    pub(super) fn take(&mut self, v: NodeId, groups: &[Vec<u32>]) {
        for (need, floor) in self.needs.iter_mut().zip(self.wish.floors) {
            let is_member = floor.member[v.index()];
            need.missing = need.missing.saturating_sub(u32::from(is_member));
            for ((supply, caps), left) in need.supply.iter_mut().zip(self.wish.caps).zip(groups) {
                let group = caps.group[v.index()];
                supply.total = supply.with(group, is_member, left);
                if let Some(open) = supply.open.get_mut(group as usize).filter(|_| is_member) {
                    *open = open.saturating_sub(1);
                }
            }
        }
    }
}

impl Need {
    fn new(wish: &Wish<'_>, floor: &Floor<'_>) -> Self {
        let cheapest = |budget: Budget<'_>| {
            let counts = |v: &usize| floor.member[*v] && wish.may_be_picked(NodeId::new(*v));
            let mut costs: Vec<u64> =
                (0..floor.member.len()).filter(counts).map(|v| budget.cost[v]).collect();
            costs.sort_unstable();
            num::prefix_sums(costs.into_iter().take(floor.least as usize))
        };
        let cheapest = wish.budget.map_or_else(Vec::new, cheapest);
        let supply = wish.caps.iter().map(|caps| Supply::new(wish, floor, caps)).collect();
        Self { missing: floor.least, cheapest, supply }
    }
}

impl Supply {
    fn new(wish: &Wish<'_>, floor: &Floor<'_>, &Caps { group, most }: &Caps<'_>) -> Self {
        let mut is_included = vec![false; group.len()];
        wish.included.iter().for_each(|v| is_included[v.index()] = true);
        let (mut open, mut total) = (vec![0_u32; most.len()], 0);
        for v in (0..id32(group.len())).map(NodeId) {
            if floor.member[v.index()] && (wish.may_be_picked(v) || is_included[v.index()]) {
                match open.get_mut(group[v.index()] as usize) {
                    Some(open) => *open += 1,
                    None => total += 1,
                }
            }
        }
        total += open.iter().zip(most).map(|(&open, &most)| u64::from(open.min(most))).sum::<u64>();
        Self { open, total }
    }

    /// How many there would be once a node of this group is picked, given what is left of the caps before.
    fn with(&self, group: u32, is_member: bool, left: &[u32]) -> u64 {
        let Some((&open, &left)) = self.open.get(group as usize).zip(left.get(group as usize)) else {
            return self.total.saturating_sub(u64::from(is_member));
        };
        let after = open.saturating_sub(u32::from(is_member)).min(left.saturating_sub(1));
        (self.total + u64::from(after)).saturating_sub(open.min(left).into())
    }
}
