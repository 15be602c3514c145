//! An upper bound on what any allowed set of nodes can add. Each constraint is solved exactly without the others, and
//! the smallest result is the bound.

use std::cmp::Ordering;

use super::{remaining::Remaining, seed_constraints::MinQuota};
use crate::ids::{NodeId, low64};

impl Remaining<'_> {
    /// An upper bound on the sum of the gains of nodes that fit in together: the least of the bounds from the size,
    /// from each way of grouping, from the budget and from each quota.
    ///
    /// `gains` is sorted, the largest first. A node that is not in `gains` gains at most `unlisted`, or, if it is a
    /// member of a quota, at most the entry of `unlisted_by_quota` for that quota.
    pub(crate) fn max_total_gain(
        &self,
        gains: &[(u64, NodeId)],
        unlisted: u64,
        unlisted_by_quota: &[u64],
    ) -> u64 {
        let by_size = self.bound_by_size(gains, unlisted);
        let by_groups = (0..self.groups.len()).map(|caps| self.bound_by_groups(caps, gains, unlisted));
        let by_budget = self.constraints.budget.map(|_| self.bound_by_budget(gains, unlisted));
        let quotas = self.constraints.quotas.iter().zip(unlisted_by_quota);
        let by_quotas = quotas.map(|(quota, &member)| self.bound_by_quota(quota, gains, unlisted, member));
        by_groups.chain(by_budget).chain(by_quotas).fold(by_size, u64::min)
    }

    fn bound_by_size(&self, gains: &[(u64, NodeId)], unlisted: u64) -> u64 {
        let listed = gains.iter().map(|gain| gain.0).take_while(|&gain| gain > unlisted).take(self.size);
        let (sum, count) = listed.fold((0, 0), |(sum, count), gain| (sum + gain, count + 1));
        unlisted.saturating_mul((self.size - count) as u64).saturating_add(sum)
    }

    /// Caps of disjoint groups and the size form a laminar matroid, so greedy by gain is optimal.
    fn bound_by_groups(&self, caps: usize, gains: &[(u64, NodeId)], unlisted: u64) -> u64 {
        let (mut left, mut size, mut sum) = (self.groups[caps].clone(), self.size, 0);
        for &(gain, v) in gains.iter().take_while(|gain| gain.0 > unlisted) {
            if size == 0 {
                break;
            }
            if let Some(left) = left.get_mut(self.constraints.caps[caps].group[v.index()] as usize) {
                if *left == 0 {
                    continue;
                }
                *left -= 1;
            }
            (sum, size) = (sum + gain, size - 1);
        }
        unlisted.saturating_mul(size as u64).saturating_add(sum)
    }

    /// The fractional knapsack: takes items by falling gain per cost, and a fraction of the first item that does not
    /// fit whole. Nodes that are not in `gains` cost nothing here.
    fn bound_by_budget(&self, gains: &[(u64, NodeId)], unlisted: u64) -> u64 {
        let mut items: Vec<(u64, u64)> = gains.iter().map(|&(gain, v)| (gain, self.cost(v))).collect();
        items.retain(|&(gain, cost)| gain > 0 && cost <= self.budget);
        items.sort_unstable_by(|a, b| by_gain_per_cost(*b, *a));
        let (mut budget, mut sum) = (self.budget, unlisted.saturating_mul(self.size as u64));
        for (gain, cost) in items {
            if cost <= budget {
                (budget, sum) = (budget - cost, sum + gain);
            } else {
                let part = u128::from(gain) * u128::from(budget);
                return sum + low64(part.div_ceil(u128::from(cost)));
            }
        }
        sum
    }

    /// Takes the members with the largest gains, as many as the quota still needs, and then the other nodes with the
    /// largest gains.
    fn bound_by_quota(
        &self,
        quota: &MinQuota<'_>,
        gains: &[(u64, NodeId)],
        unlisted: u64,
        unlisted_member: u64,
    ) -> u64 {
        let needed = (quota.missing(self.constraints.included) as usize).min(self.size);
        let (mut members, mut others, mut sum) = (needed, self.size - needed, 0);
        for &(gain, v) in gains {
            if members > 0 && gain > unlisted_member && quota.is_member(v) {
                (members, sum) = (members - 1, sum + gain);
            } else if others > 0 && gain > unlisted {
                (others, sum) = (others - 1, sum + gain);
            }
        }
        let unlisted = unlisted
            .saturating_mul(others as u64)
            .saturating_add(unlisted_member.saturating_mul(members as u64));
        unlisted.saturating_add(sum)
    }
}

/// What a greedy algorithm maximizes in each step. If there is a budget, both orders are tried, because many cheap
/// nodes may beat few expensive ones.
#[derive(Clone, Copy)]
pub(crate) enum GreedyOrder {
    Gain,
    GainPerCost,
}

/// Orders pairs of gain and cost by gain per cost, ties by gain.
pub(crate) fn by_gain_per_cost(a: (u64, u64), b: (u64, u64)) -> Ordering {
    let product = |(gain, _): (u64, u64), (_, cost): (u64, u64)| u128::from(gain) * u128::from(cost);
    product(a, b).cmp(&product(b, a)).then(a.0.cmp(&b.0))
}
