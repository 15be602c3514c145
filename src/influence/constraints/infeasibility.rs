//! How many nodes does a wish have room for, and which of its rules is it that keeps out the rest?

use std::fmt;

use super::wish::{MinQuota, Room, SeedConstraints};
use crate::ids::{NodeId, id32, low64};

/// A wish that no seed set can meet in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InfeasibleSize {
    /// How many nodes are asked for.
    pub asked: usize,
    /// How many there may be at most, those that must be in it included.
    pub room: usize,
    /// What keeps out the others.
    pub limit: Limit,
}

/// The rule of a wish that leaves the least room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Beside those that must be in it there are no more places: only of a floor.
    Size,
    /// Only so many nodes may be picked or must be in it: who is not eligible, or active already, may not.
    Eligible,
    /// The caps of one way of telling kinds leave no more room.
    GroupCaps {
        /// Which of the wish's caps, from 0.
        grouping: usize,
        /// The group that they keep most nodes out of.
        group: u32,
        /// How many nodes of that group there might be otherwise.
        members: u64,
        /// How many the cap allows.
        most: u32,
    },
    /// There is too little to spend, even on the cheapest.
    Budget {
        /// What as many as were asked for, or all who may be in it, cost at least.
        needed: u64,
        /// What there is.
        most: u64,
    },
    /// There is too little to spend on as many as were asked for, as caps keep out some of the cheapest.
    BudgetUnderCaps {
        /// Which of the wish's caps, from 0.
        grouping: usize,
        /// What there is to spend.
        most: u64,
    },
}

/// A floor that no seed set can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InfeasibleQuota {
    /// Which of the wish's floors, from 0.
    pub floor: usize,
    /// How many it takes.
    pub least: u32,
    /// How many there may be at most, those that must be in it included.
    pub room: usize,
    /// What keeps out the others.
    pub limit: Limit,
}

/// What those that must be in a seed set break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// The size.
    Size {
        /// By so many nodes.
        by: usize,
    },
    /// The cap of a group.
    GroupCaps {
        /// Which of the wish's caps, from 0.
        grouping: usize,
        /// The group.
        group: u32,
        /// By so many nodes.
        by: usize,
    },
    /// The budget.
    Budget {
        /// By this amount.
        by: u64,
    },
}

/// How many nodes the wish has room for, where these are fewer than it asks for.
///
/// - **Input**: a wish whose slices have an entry for each of `node_count` nodes, and whose `included` fit in.
/// - **Output**: the fewest that any rule leaves room for: who may be picked; each of the caps; the budget; each of the
///   caps together with the budget. Of rules that leave as much room, the first of these. Exact but for wishes with
///   caps of several kinds, of which there may be room for fewer. A seed set can have fewer nodes: the choice may
///   spend more on each than the least, and does not take nodes that reach nobody new.
/// - **Cost**: time O(n) for each of the caps, and O(n log n) where there is a budget; memory 4 bytes a node.
/// - **Source**: cheapest first under caps of disjoint groups is the cheapest set of every size (Edmonds 1971).
/// - **Checked by**: `tests/it/influence/constraints.rs` — all subsets of tiny wishes.
pub fn shortfall(wish: &SeedConstraints<'_>, node_count: usize) -> Option<InfeasibleSize> {
    let (room, limit) = Free::new(wish, node_count).tightest(wish.size);
    (room < wish.size).then_some(InfeasibleSize { asked: wish.size, room, limit })
}

/// The first floor that takes more nodes than the wish has room for.
///
/// - **Input**, **Output**: as [`shortfall`], of the nodes that count for the floor; `size` leaves room for so many
///   beside those that must be in it. Each floor by itself: several together may still be too much.
/// - **Cost**: that of [`shortfall`] for each floor.
/// - **Checked by**: `tests/it/influence/constraints.rs` — all subsets of tiny wishes.
pub fn infeasible_quota(wish: &SeedConstraints<'_>, node_count: usize) -> Option<InfeasibleQuota> {
    let free = Free::new(wish, node_count);
    let of = |(at, floor): (usize, &MinQuota<'_>)| {
        let free = free.of(floor.member);
        let least = floor.least as usize;
        let places = free.included.len() + free.room.size;
        let tightest = free.tightest(least);
        let (room, limit) = if places < tightest.0 { (places, Limit::Size) } else { tightest };
        (room < least).then_some(InfeasibleQuota { floor: at, least: floor.least, room, limit })
    };
    wish.floors.iter().enumerate().find_map(of)
}

/// Who may be picked beside those that must be in it, and what is left for them.
struct Free<'w> {
    wish: &'w SeedConstraints<'w>,
    room: Room<'w>,
    included: Vec<NodeId>,
    /// The cheapest first.
    open: Vec<NodeId>,
}

impl<'w> Free<'w> {
    fn new(wish: &'w SeedConstraints<'w>, node_count: usize) -> Self {
        let mut room = Room::new(wish);
        wish.included.iter().for_each(|&v| room.take(v));
        let mut included = wish.included.to_vec();
        included.sort_unstable();
        let may = |v: &NodeId| wish.may_be_picked(*v) && included.binary_search(v).is_err();
        let mut open: Vec<NodeId> = (0..id32(node_count)).map(NodeId).filter(may).collect();
        open.sort_by_key(|&v| room.cost(v));
        Self { wish, room, included: wish.included.to_vec(), open }
    }

    /// Those of them that are members.
    fn of(&self, member: &[bool]) -> Self {
        let members = |nodes: &[NodeId]| nodes.iter().copied().filter(|v| member[v.index()]).collect();
        Self {
            wish: self.wish,
            room: self.room.clone(),
            included: members(&self.included),
            open: members(&self.open),
        }
    }

    /// How many nodes fit in by the rule that leaves the least room, where `asked` are asked for, and that rule.
    fn tightest(&self, asked: usize) -> (usize, Limit) {
        let wish = self.wish;
        let eligible = self.included.len() + self.open.len();
        let mut least = (eligible, Limit::Eligible);
        let mut rule = |room: usize, limit: &dyn Fn() -> Limit| {
            if room < least.0 {
                least = (room, limit());
            }
        };
        for grouping in 0..wish.caps.len() {
            rule(self.room(Some(grouping), false), &|| self.fullest(grouping));
        }
        if let Some(budget) = wish.budget {
            rule(self.room(None, true), &|| {
                let cheapest = self.open.iter().take(asked.saturating_sub(self.included.len()));
                let costs = wish.included.iter().chain(cheapest).map(|v| u128::from(budget.cost[v.index()]));
                Limit::Budget { needed: low64(costs.sum::<u128>().min(u64::MAX.into())), most: budget.most }
            });
            for grouping in 0..wish.caps.len() {
                rule(self.room(Some(grouping), true), &|| Limit::BudgetUnderCaps {
                    grouping,
                    most: budget.most,
                });
            }
        }
        least
    }

    /// How many nodes fit in, those that must be included, where only these rules hold.
    fn room(&self, grouping: Option<usize>, money: bool) -> usize {
        let mut left = grouping.map_or_else(Vec::new, |grouping| self.room.groups[grouping].clone());
        let (priced, mut money) = (money, self.room.money);
        let mut fits = |v: NodeId| {
            let group = grouping.and_then(|grouping| left.get_mut(self.group(grouping, v)));
            let cost = if priced { self.room.cost(v) } else { 0 };
            if cost > money || group.as_ref().is_some_and(|left| **left == 0) {
                return false;
            }
            money -= cost;
            if let Some(left) = group {
                *left -= 1;
            }
            true
        };
        self.included.len() + self.open.iter().filter(|&&v| fits(v)).count()
    }

    /// The group that these caps keep most nodes out of.
    fn fullest(&self, grouping: usize) -> Limit {
        let most = self.wish.caps[grouping].most;
        let mut members = vec![0_u64; most.len()];
        for &v in self.included.iter().chain(&self.open) {
            members.get_mut(self.group(grouping, v)).into_iter().for_each(|members| *members += 1);
        }
        let kept_out = |&group: &usize| members[group].saturating_sub(most[group].into());
        let first = |group: &usize| (kept_out(group), std::cmp::Reverse(*group));
        let group = (0..most.len()).max_by_key(first).expect("invariant: a group is full");
        Limit::Caps { grouping, group: id32(group), members: members[group], most: most[group] }
    }

    fn group(&self, grouping: usize, v: NodeId) -> usize {
        self.wish.caps[grouping].group[v.index()] as usize
    }
}

/// The first of those that must be in it that does not fit, and by how much all of them break that rule.
pub(super) fn misfit(wish: &SeedConstraints<'_>) -> Option<(NodeId, Violation)> {
    let mut room = Room::new(wish);
    let mut fits = |v: NodeId| {
        let fits = room.fits(v);
        room.take(v);
        fits
    };
    let first = wish.included.iter().position(|&v| !fits(v))?;
    let node = wish.included[first];
    let (size, in_all) = (wish.size, wish.included.len());
    if first >= size {
        return Some((node, Violation::Size { by: in_all - size }));
    }
    for (grouping, caps) in wish.caps.iter().enumerate() {
        let group = caps.group[node.index()];
        let of = |v: &&NodeId| caps.group[v.index()] == group;
        let upto = wish.included[..=first].iter().filter(of).count();
        let all = wish.included.iter().filter(of).count();
        if let Some(most) =
            caps.most.get(group as usize).map(|&most| most as usize).filter(|&most| most < upto)
        {
            return Some((node, Violation::Caps { grouping, group, by: all - most }));
        }
    }
    let costs: u128 = wish.included.iter().map(|&v| u128::from(room.cost(v))).sum();
    let over = costs - u128::from(wish.budget.map_or(0, |budget| budget.most));
    Some((node, Violation::Budget { by: low64(over.min(u64::MAX.into())) }))
}

impl fmt::Display for InfeasibleSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is room for {} of {} nodes: {}", self.room, self.asked, self.limit)
    }
}

impl fmt::Display for InfeasibleQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { floor, least, room, limit } = self;
        write!(f, "floor {floor} takes {least} nodes, and there is room for {room}: {limit}")
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Size => f.write_str("there are no more places"),
            Self::Eligible => f.write_str("no others may be picked"),
            Self::Caps { grouping, group, members, most } => write!(
                f,
                "the others are kept out by caps {grouping}, most of them by that of group {group}, which allows \
                 {most} of {members}"
            ),
            Self::Budget { needed, most } => {
                write!(f, "more would cost {needed} at least, and the budget is {most}")
            }
            Self::BudgetUnderCaps { grouping, most } => {
                write!(f, "the budget of {most} buys no more of those whom caps {grouping} let in")
            }
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { by } => write!(f, "the size by {by}"),
            Self::Caps { grouping, group, by } => {
                write!(f, "the cap of group {group} of caps {grouping} by {by}")
            }
            Self::Budget { by } => write!(f, "the budget by {by}"),
        }
    }
}
