//! Can the constraints be met? Finds the constraint that makes the size or a quota impossible.

use super::{
    remaining::Remaining,
    seed_constraints::{MinQuota, SeedConstraints},
};
use crate::ids::{NodeId, id32, low64};

/// The requested size is larger than any seed set within the constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{requested} nodes are requested and at most {feasible} are possible: {limit}")]
pub struct InfeasibleSize {
    /// The number of nodes requested.
    pub requested: usize,
    /// The largest possible number of nodes, the included nodes among them.
    pub feasible: usize,
    /// The constraint that allows no more.
    pub limit: Limit,
}

/// The constraint that limits the number of nodes most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Limit {
    /// The size leaves too few positions beside the included nodes. Reported for quotas only.
    #[error("the seed set has no more places")]
    Size,
    /// There are too few nodes that are eligible and not already active.
    #[error("no other node is eligible")]
    Eligible,
    /// The caps of one way of grouping nodes exclude too many nodes.
    #[error(
        "caps {grouping} exclude the others, above all the cap of group {group}, which allows {max} of {members}"
    )]
    Caps {
        /// The index of the caps among `SeedConstraints::caps`, from 0.
        grouping: usize,
        /// The group whose cap excludes the most nodes.
        group: u32,
        /// How many nodes of that group could be picked without the cap.
        members: u64,
        /// The cap.
        max: u32,
    },
    /// The budget is too small even for the cheapest nodes.
    #[error("more nodes cost at least {needed}, and the budget is {limit}")]
    Budget {
        /// The cost of the cheapest nodes: as many nodes as requested, or all nodes that may be picked if these are
        /// fewer.
        needed: u64,
        /// The budget.
        limit: u64,
    },
    /// The budget is too small, because caps exclude some of the cheapest nodes.
    #[error("the budget of {limit} buys no more of the nodes that caps {grouping} allow")]
    BudgetUnderCaps {
        /// The index of the caps among `SeedConstraints::caps`, from 0.
        grouping: usize,
        /// The budget.
        limit: u64,
    },
}

/// A quota that no seed set within the constraints meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("quota {quota} requires {min} members and at most {feasible} are possible: {limit}")]
pub struct InfeasibleQuota {
    /// The index of the quota, from 0.
    pub quota: usize,
    /// The number of members that the quota requires.
    pub min: u32,
    /// The largest possible number of members, the included members among them.
    pub feasible: usize,
    /// The constraint that allows no more.
    pub limit: Limit,
}

/// The constraint that the included nodes violate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// The included nodes exceed the size.
    #[error("the size by {by}")]
    Size {
        /// The number of nodes above the limit.
        by: usize,
    },
    /// The included nodes exceed the cap of a group.
    #[error("the cap of group {group} of caps {grouping} by {by}")]
    Caps {
        /// The index of the caps among `SeedConstraints::caps`, from 0.
        grouping: usize,
        /// The group.
        group: u32,
        /// The number of nodes above the limit.
        by: usize,
    },
    /// The budget.
    #[error("the budget by {by}")]
    Budget {
        /// The amount above the limit.
        by: u64,
    },
}

/// Returns how many nodes the constraints allow, if that is fewer than requested.
///
/// - **Input**: constraints whose slices have an entry for each of `node_count` nodes, and whose `included` nodes fit
///   in.
/// - **Output**: the smallest number of nodes that any of these limits allows alone: eligibility; each of the caps; the
///   budget; each of the caps together with the budget. On ties, the first limit in this list is reported. The number
///   is exact unless there are caps of several groupings, which may allow fewer nodes together. A seed set can still
///   have fewer nodes: the selection may pick nodes that are not the cheapest, and it skips nodes that add nothing.
/// - **Cost**: time O(n) for each of the caps, and O(n log n) if there is a budget; memory 4 bytes a node.
/// - **Source**: under caps of disjoint groups, taking the cheapest node first gives the cheapest set of every size
///   (Edmonds 1971).
/// - **Checked by**: `tests/it/influence/constraints.rs` — all subsets of tiny instances.
pub fn infeasible_size(constraints: &SeedConstraints<'_>, node_count: usize) -> Option<InfeasibleSize> {
    let (feasible, limit) = OpenNodes::new(constraints, node_count).tightest(constraints.size);
    let requested = constraints.size;
    (feasible < requested).then_some(InfeasibleSize { requested, feasible, limit })
}

/// Returns the first quota that requires more members than the constraints allow. The check is that of
/// [`infeasible_size`], restricted to the members of the quota and to the positions that the included nodes leave. Each
/// quota is checked alone: several quotas together may still be impossible.
pub(crate) fn infeasible_quota(constraints: &SeedConstraints<'_>, n: usize) -> Option<InfeasibleQuota> {
    let nodes = OpenNodes::new(constraints, n);
    let check = |(at, quota): (usize, &MinQuota<'_>)| {
        let members = nodes.members_of(quota);
        let min = quota.min as usize;
        let places = members.included.len() + members.remaining.size;
        let tightest = members.tightest(min);
        let (feasible, limit) = if places < tightest.0 { (places, Limit::Size) } else { tightest };
        (feasible < min).then_some(InfeasibleQuota { quota: at, min: quota.min, feasible, limit })
    };
    constraints.quotas.iter().enumerate().find_map(check)
}

/// The included nodes, the nodes that may be picked beside them, and what is left of the constraints.
struct OpenNodes<'a> {
    remaining: Remaining<'a>,
    included: Vec<NodeId>,
    /// Nodes that may be picked, the cheapest first.
    open: Vec<NodeId>,
}

impl<'a> OpenNodes<'a> {
    fn new(constraints: &'a SeedConstraints<'a>, node_count: usize) -> Self {
        let remaining = Remaining::beside_included(constraints);
        let included = constraints.included.to_vec();
        let mut sorted = included.clone();
        sorted.sort_unstable();
        let is_open = |v: &NodeId| constraints.may_be_picked(*v) && sorted.binary_search(v).is_err();
        let mut open: Vec<NodeId> = (0..id32(node_count)).map(NodeId).filter(is_open).collect();
        open.sort_by_key(|&v| remaining.cost(v));
        Self { remaining, included, open }
    }

    /// As [`Self::new`], but with the members of one quota only.
    fn members_of(&self, quota: &MinQuota<'_>) -> Self {
        let members = |nodes: &[NodeId]| nodes.iter().copied().filter(|&v| quota.is_member(v)).collect();
        Self {
            remaining: self.remaining.clone(),
            included: members(&self.included),
            open: members(&self.open),
        }
    }

    /// The number of nodes that the tightest constraint allows, and that constraint. `requested` is the number of nodes
    /// requested.
    fn tightest(&self, requested: usize) -> (usize, Limit) {
        let constraints = self.remaining.constraints;
        let mut tightest = (self.included.len() + self.open.len(), Limit::Eligible);
        let mut check = |allowed: usize, limit: &dyn Fn() -> Limit| {
            if allowed < tightest.0 {
                tightest = (allowed, limit());
            }
        };
        for grouping in 0..constraints.caps.len() {
            check(self.allowed(Some(grouping), false), &|| self.tightest_cap(grouping));
        }
        if let Some(budget) = constraints.budget {
            check(self.allowed(None, true), &|| {
                let cheapest = self.open.iter().take(requested.saturating_sub(self.included.len()));
                let nodes = constraints.included.iter().chain(cheapest);
                let cost = nodes.map(|v| u128::from(budget.cost[v.index()])).sum::<u128>();
                Limit::Budget { needed: low64(cost.min(u64::MAX.into())), limit: budget.limit }
            });
            for grouping in 0..constraints.caps.len() {
                let limit = Limit::BudgetUnderCaps { grouping, limit: budget.limit };
                check(self.allowed(Some(grouping), true), &|| limit);
            }
        }
        tightest
    }

    /// How many nodes fit in, the included nodes among them, under only the caps of `grouping`, if any, and, if
    /// `within_budget`, the budget.
    fn allowed(&self, grouping: Option<usize>, within_budget: bool) -> usize {
        let mut left = grouping.map_or_else(Vec::new, |grouping| self.remaining.groups[grouping].clone());
        let mut budget = self.remaining.budget;
        let mut fits = |v: NodeId| {
            let group = grouping.and_then(|grouping| left.get_mut(self.group(grouping, v)));
            let cost = if within_budget { self.remaining.cost(v) } else { 0 };
            if cost > budget || group.as_ref().is_some_and(|left| **left == 0) {
                return false;
            }
            budget -= cost;
            if let Some(left) = group {
                *left -= 1;
            }
            true
        };
        self.included.len() + self.open.iter().filter(|&&v| fits(v)).count()
    }

    /// The cap of `grouping` that excludes the most nodes.
    fn tightest_cap(&self, grouping: usize) -> Limit {
        let max = self.remaining.constraints.caps[grouping].max;
        let mut members = vec![0_u64; max.len()];
        for &v in self.included.iter().chain(&self.open) {
            members.get_mut(self.group(grouping, v)).into_iter().for_each(|members| *members += 1);
        }
        let excluded = |group: &usize| members[*group].saturating_sub(max[*group].into());
        let first = |group: &usize| (excluded(group), std::cmp::Reverse(*group));
        let group = (0..max.len()).max_by_key(first).expect("invariant: a cap excludes a node");
        Limit::Caps { grouping, group: id32(group), members: members[group], max: max[group] }
    }

    fn group(&self, grouping: usize, v: NodeId) -> usize {
        self.remaining.constraints.caps[grouping].group[v.index()] as usize
    }
}

/// The first included node that does not fit, and by how much all included nodes together violate that constraint.
pub(crate) fn first_violation(constraints: &SeedConstraints<'_>) -> Option<(NodeId, Violation)> {
    let included = constraints.included;
    let mut remaining = Remaining::new(constraints);
    let mut fits = |v: NodeId| {
        let fits = remaining.fits(v);
        remaining.take(v);
        fits
    };
    let first = included.iter().position(|&v| !fits(v))?;
    let node = included[first];
    if first >= constraints.size {
        return Some((node, Violation::Size { by: included.len() - constraints.size }));
    }
    for (grouping, caps) in constraints.caps.iter().enumerate() {
        let group = caps.group[node.index()];
        let of_group = |nodes: &[NodeId]| nodes.iter().filter(|v| caps.group[v.index()] == group).count();
        let exceeded = |max: &&u32| (**max as usize) < of_group(&included[..=first]);
        if let Some(&max) = caps.max.get(group as usize).filter(exceeded) {
            return Some((node, Violation::Caps { grouping, group, by: of_group(included) - max as usize }));
        }
    }
    let cost: u128 = included.iter().map(|&v| u128::from(remaining.cost(v))).sum();
    let excess = cost - u128::from(constraints.budget.map_or(0, |budget| budget.limit));
    Some((node, Violation::Budget { by: low64(excess.min(u64::MAX.into())) }))
}
