//! The constraints on a seed set: its size, eligible nodes, group caps, minimum quotas and budget.

use crate::ids::{NodeId, id32};

/// The constraints on a seed set, and what its spread counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct SeedConstraints<'a> {
    /// The largest number of nodes, the `included` nodes among them.
    pub size: usize,
    /// By node: whether it may be picked. Without this slice all nodes may be picked.
    pub eligible: Option<&'a [bool]>,
    /// Nodes that are in the seed set in any case, in this order, before all others.
    pub included: &'a [NodeId],
    /// By node: whether it is already active. Such nodes are not picked, and what they reach is excluded from the
    /// spread.
    pub already_active: Option<&'a [bool]>,
    /// Caps on the number of nodes of each group, one entry for each way of grouping nodes.
    pub caps: &'a [GroupCaps<'a>],
    /// Minimum quotas. A node that a quota needs is picked even if it adds nothing to the spread.
    pub quotas: &'a [MinQuota<'a>],
    /// The cost of each node, and a limit on the total cost.
    pub budget: Option<Budget<'a>>,
    /// By node: what reaching it is worth. Without this slice each node is worth 1. The sum is below 2^63.
    pub worth: Option<&'a [u64]>,
    /// Baseline rankings, the best node first: the seed set must match or beat the first nodes of each. Rankings may be
    /// of any length.
    pub baselines: &'a [&'a [NodeId]],
}

/// The largest allowed number of nodes of each group, for one way of grouping nodes.
#[derive(Clone, Copy, Debug)]
pub struct GroupCaps<'a> {
    /// By node: its group. Groups from `max.len()` on have no cap.
    pub group: &'a [u32],
    /// By group: the largest number of its nodes in the seed set.
    pub max: &'a [u32],
}

/// A minimum number of nodes in the seed set that are members of one set of nodes.
#[derive(Clone, Copy, Debug)]
pub struct MinQuota<'a> {
    /// By node: whether it is a member, and so counts toward the quota.
    pub member: &'a [bool],
    /// The smallest number of members.
    pub min: u32,
}

/// The cost of each node, and a limit on the total cost of a seed set.
#[derive(Clone, Copy, Debug)]
pub struct Budget<'a> {
    /// By node: its cost.
    pub cost: &'a [u64],
    /// The largest sum of the costs of a seed set.
    pub limit: u64,
}

impl SeedConstraints<'_> {
    /// Allows any `size` nodes.
    pub fn of_size(size: usize) -> Self {
        Self { size, ..Self::default() }
    }

    /// The index of the first quota that `nodes` do not meet, and how many members of that quota `nodes` contain.
    pub fn unmet_quota(&self, nodes: &[NodeId]) -> Option<(usize, usize)> {
        let mut counts = self.quotas.iter().map(|quota| quota.count(nodes)).enumerate();
        counts.find(|&(at, count)| count < self.quotas[at].min as usize)
    }

    pub(crate) fn only_size_limits(&self) -> bool {
        self.caps.is_empty() && self.quotas.is_empty() && self.budget.is_none()
    }

    /// Whether `v` is eligible and not already active.
    pub(crate) fn may_be_picked(&self, v: NodeId) -> bool {
        self.eligible.is_none_or(|eligible| eligible[v.index()])
            && self.already_active.is_none_or(|active| !active[v.index()])
    }

    /// Panics unless every slice has one entry for each of `node_count` nodes.
    pub(crate) fn assert_lengths(&self, node_count: usize) {
        let flags = [self.eligible, self.already_active].into_iter().flatten().map(<[_]>::len);
        let numbers =
            [self.worth, self.budget.map(|budget| budget.cost)].into_iter().flatten().map(<[_]>::len);
        let groups = self.caps.iter().map(|caps| caps.group.len());
        let members = self.quotas.iter().map(|quota| quota.member.len());
        for len in flags.chain(numbers).chain(groups).chain(members) {
            assert_eq!(len, node_count, "invariant: an entry for every node");
        }
    }
}

impl MinQuota<'_> {
    pub(crate) fn is_member(&self, v: NodeId) -> bool {
        self.member[v.index()]
    }

    /// How many of `nodes` are members.
    pub(crate) fn count(&self, nodes: &[NodeId]) -> usize {
        nodes.iter().filter(|&&v| self.is_member(v)).count()
    }

    /// How many members the quota still requires in addition to `nodes`.
    pub(crate) fn missing(&self, nodes: &[NodeId]) -> u32 {
        self.min.saturating_sub(id32(self.count(nodes)))
    }
}
