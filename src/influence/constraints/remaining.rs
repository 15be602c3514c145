//! What is left of the size, the group caps and the budget once some nodes are picked.

use super::seed_constraints::SeedConstraints;
use crate::ids::NodeId;

#[derive(Clone, Debug)]
pub(crate) struct Remaining<'a> {
    pub(crate) constraints: &'a SeedConstraints<'a>,
    pub(crate) size: usize,
    /// For each way of grouping, how many more nodes the cap of each group allows.
    pub(crate) groups: Vec<Vec<u32>>,
    pub(crate) budget: u64,
}

impl<'a> Remaining<'a> {
    pub(crate) fn new(constraints: &'a SeedConstraints<'a>) -> Self {
        let groups = constraints.caps.iter().map(|caps| caps.max.to_vec()).collect();
        let budget = constraints.budget.map_or(u64::MAX, |budget| budget.limit);
        Self { constraints, size: constraints.size, groups, budget }
    }

    /// What is left once the `included` nodes are picked.
    pub(crate) fn beside_included(constraints: &'a SeedConstraints<'a>) -> Self {
        let mut remaining = Self::new(constraints);
        constraints.included.iter().for_each(|&v| remaining.take(v));
        remaining
    }

    /// Whether `v` fits within the size, the caps and the budget; quotas are not considered.
    pub(crate) fn fits(&self, v: NodeId) -> bool {
        let mut groups = self.constraints.caps.iter().zip(&self.groups);
        self.size > 0
            && self.cost(v) <= self.budget
            && groups
                .all(|(caps, left)| left.get(caps.group[v.index()] as usize).is_none_or(|&left| left > 0))
    }

    /// Whether `v` and all `others` fit in together. The time is quadratic in the number of `others`, which is small.
    pub(crate) fn fits_with(&self, v: NodeId, others: &[NodeId]) -> bool {
        let all = || others.iter().copied().chain([v]);
        let cost = all().map(|w| u128::from(self.cost(w))).sum::<u128>();
        let mut groups = self.constraints.caps.iter().zip(&self.groups);
        others.len() < self.size
            && cost <= self.budget.into()
            && groups.all(|(caps, left)| {
                let count = |group: u32| all().filter(|w| caps.group[w.index()] == group).count();
                let fits =
                    |group: u32| left.get(group as usize).is_none_or(|&left| count(group) <= left as usize);
                all().all(|w| fits(caps.group[w.index()]))
            })
    }

    /// Picks `v`. A remaining amount that would fall below 0 becomes 0.
    pub(crate) fn take(&mut self, v: NodeId) {
        self.size = self.size.saturating_sub(1);
        self.budget = self.budget.saturating_sub(self.cost(v));
        for (caps, left) in self.constraints.caps.iter().zip(&mut self.groups) {
            if let Some(left) = left.get_mut(caps.group[v.index()] as usize) {
                *left = left.saturating_sub(1);
            }
        }
    }

    pub(crate) fn cost(&self, v: NodeId) -> u64 {
        self.constraints.budget.map_or(0, |budget| budget.cost[v.index()])
    }
}
