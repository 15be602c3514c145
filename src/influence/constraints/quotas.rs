//! Minimum quotas: if another node is picked, do enough members of every quota still fit in afterwards?
//!
//! The selection keeps a reserve: nodes that together with the picks meet all quotas within all other constraints. A
//! pick is allowed only if the reserve still fits in afterwards, or if a new reserve is found that does. So quotas that
//! can be met at first are met in the end.

use std::{borrow::Cow, cmp::Reverse};

use super::{
    remaining::Remaining,
    seed_constraints::{GroupCaps, MinQuota, SeedConstraints},
};
use crate::{
    ids::{NodeId, offset64},
    num,
};

/// The state of a selection: what is left of the constraints, what the quotas still need, and the reserve.
pub(crate) struct SelectionState<'a> {
    pub(crate) remaining: Remaining<'a>,
    /// For each quota, how many members are missing.
    missing: Vec<u32>,
    /// For each quota, its members that may still be picked.
    members: Vec<Vec<NodeId>>,
    /// The indices of the quotas, sorted by rising number of members.
    order: Vec<usize>,
    max_quotas_per_node: u64,
    /// Nodes that meet all quotas together with the picks, or the quota that the best attempt left unmet.
    reserve: Result<Vec<NodeId>, UnmetQuota>,
}

/// A quota that was not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnmetQuota {
    pub(crate) quota: usize,
    /// How many members of this quota were found.
    pub(crate) found: u32,
    /// How many members are missing, summed over all quotas.
    missing: u64,
}

/// How many orders the search for the first reserve tries. The search for a replacement of the reserve tries the first
/// order only.
const ATTEMPTS: u64 = 64;
/// Keeps the random numbers of these orders apart from other random numbers (the letters of "floors").
const STAGE: u64 = 0x666c_6f6f_7273;

impl<'a> SelectionState<'a> {
    /// The state once the `included` nodes are picked.
    pub(crate) fn new(constraints: &'a SeedConstraints<'a>) -> Self {
        let (remaining, quotas) = (Remaining::beside_included(constraints), constraints.quotas);
        let is_capped = |caps: &&GroupCaps<'_>, v: NodeId| (caps.group[v.index()] as usize) < caps.max.len();
        let caps_of = |v: NodeId| constraints.caps.iter().filter(|caps| is_capped(caps, v)).count();
        let mut is_open: Vec<bool> = nodes(quotas).map(|v| constraints.may_be_picked(v)).collect();
        if !quotas.is_empty() {
            constraints.included.iter().for_each(|v| is_open[v.index()] = false);
        }
        let members = |quota: &MinQuota<'_>| {
            let is_member = |v: &NodeId| is_open[v.index()] && quota.is_member(*v);
            let mut members: Vec<NodeId> = nodes(quotas).filter(is_member).collect();
            // Cheap nodes come first, then nodes that count toward many quotas, then nodes with few caps: they leave
            // more of the constraints to other nodes.
            members.sort_by_cached_key(|&v| (remaining.cost(v), Reverse(quota_count(quotas, v)), caps_of(v)));
            members
        };
        let members: Vec<Vec<NodeId>> = quotas.iter().map(members).collect();
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by_key(|&quota| members[quota].len());
        let mut state = Self {
            missing: quotas.iter().map(|quota| quota.missing(constraints.included)).collect(),
            max_quotas_per_node: max_quota_count(quotas, members.iter().flatten().copied()),
            remaining,
            members,
            order,
            reserve: Ok(Vec::new()),
        };
        state.reserve = state.search(&state.remaining, &state.missing, None, ATTEMPTS);
        state
    }

    /// Whether `v` fits in and all quotas can still be met afterwards.
    pub(crate) fn allows(&self, v: NodeId) -> bool {
        self.remaining.fits(v) && (self.reserve.is_err() || self.reserve_after(v).is_some())
    }

    /// The number of unmet quotas that `v` counts toward.
    pub(crate) fn unmet_quotas_of(&self, v: NodeId) -> usize {
        let quotas = self.missing.iter().zip(self.quotas());
        quotas.filter(|(missing, quota)| **missing > 0 && quota.is_member(v)).count()
    }

    /// Picks `v`. Returns true if nodes that were not allowed before, because of the quotas, may be allowed now.
    pub(crate) fn take(&mut self, v: NodeId) -> bool {
        let unmet = self.unmet_quotas_of(v);
        if let Some(reserve) = self.reserve_after(v) {
            self.reserve = Ok(reserve);
        }
        self.missing = self.missing_after(v);
        self.members.iter_mut().for_each(|members| members.retain(|w| *w != v));
        self.remaining.take(v);
        // A pick that fills a reserved position of one quota allows no further nodes, unless it costs less than the
        // reserved node or counts toward other caps.
        let constraints = self.remaining.constraints;
        unmet > usize::from(constraints.caps.is_empty() && constraints.budget.is_none())
    }

    /// Picks `nodes`, which begin with the included nodes, and appends the reserve to `nodes`.
    pub(crate) fn append_reserve(mut self, nodes: &mut Vec<NodeId>) {
        let picks = nodes.get(self.remaining.constraints.included.len()..).unwrap_or_default();
        for &v in picks {
            self.take(v);
        }
        nodes.extend(self.reserve.unwrap_or_default());
    }

    /// The first quota that the best attempt did not meet; `None` if nodes were found that meet all quotas.
    pub(crate) fn unmet_quota(&self) -> Option<UnmetQuota> {
        self.reserve.as_ref().err().copied()
    }

    fn quotas(&self) -> &'a [MinQuota<'a>] {
        self.remaining.constraints.quotas
    }

    /// For each quota, how many members are missing once `v` is picked.
    fn missing_after(&self, v: NodeId) -> Vec<u32> {
        let missing = self.missing.iter().zip(self.quotas());
        missing.map(|(missing, quota)| missing.saturating_sub(u32::from(quota.is_member(v)))).collect()
    }

    /// The reserve once `v` is picked; `None` if no reserve is found.
    fn reserve_after(&self, v: NodeId) -> Option<Vec<NodeId>> {
        let reserve = self.reserve.as_ref().ok()?;
        let missing = self.missing_after(v);
        // Reserved nodes that no quota needs any more are dropped.
        let mut left = missing.clone();
        let is_needed = |w: &NodeId| *w != v && count_toward(self.quotas(), *w, &mut left);
        let needed: Vec<NodeId> = reserve.iter().copied().filter(is_needed).collect();
        if self.remaining.fits_with(v, &needed) {
            return Some(needed);
        }
        let missing_members = missing.iter().copied().map(u64::from).sum::<u64>();
        if missing_members.div_ceil(self.max_quotas_per_node) >= offset64(self.remaining.size) {
            return None;
        }
        let mut after = self.remaining.clone();
        after.take(v);
        self.search(&after, &missing, Some(v), 1).ok()
    }

    /// Searches nodes other than `picked` that fit in and supply all `missing` members. If no attempt finds them, it
    /// returns the first unmet quota of the attempt with the fewest missing members. The first attempt takes quotas and
    /// members in their stored order. All later attempts shuffle the quotas, and every second attempt also shuffles the
    /// members.
    fn search(
        &self,
        remaining: &Remaining<'_>,
        missing: &[u32],
        picked: Option<NodeId>,
        attempts: u64,
    ) -> Result<Vec<NodeId>, UnmetQuota> {
        let mut nearest: Option<UnmetQuota> = None;
        for attempt in 0..attempts {
            let draw = |item: u64| num::random(attempt, STAGE, item, 0);
            let mut order = Cow::Borrowed(&self.order);
            if attempt > 0 {
                order.to_mut().sort_by_cached_key(|&quota| draw(u64::MAX - offset64(quota)));
            }
            let (mut remaining, mut missing, mut nodes) = (remaining.clone(), missing.to_vec(), Vec::new());
            for &quota in order.iter() {
                let mut members = Cow::Borrowed(&self.members[quota]);
                if attempt % 2 == 1 {
                    members.to_mut().sort_by_cached_key(|v| draw(v.0.into()));
                }
                for &v in members.iter().filter(|v| Some(**v) != picked) {
                    if missing[quota] == 0 {
                        break;
                    }
                    if remaining.fits(v) && !nodes.contains(&v) {
                        remaining.take(v);
                        count_toward(self.quotas(), v, &mut missing);
                        nodes.push(v);
                    }
                }
            }
            let Some(quota) = missing.iter().position(|&missing| missing > 0) else { return Ok(nodes) };
            let found = self.quotas()[quota].min - missing[quota];
            let miss = UnmetQuota { quota, found, missing: missing.iter().copied().map(u64::from).sum() };
            nearest = nearest.filter(|nearest| nearest.missing <= miss.missing).or(Some(miss));
        }
        Err(nearest.expect("invariant: there is an attempt"))
    }
}

/// Counts `v` toward each unmet quota of which it is a member. Returns true if there is such a quota.
fn count_toward(quotas: &[MinQuota<'_>], v: NodeId, missing: &mut [u32]) -> bool {
    let unmet = quotas.iter().zip(missing).filter(|(quota, missing)| **missing > 0 && quota.is_member(v));
    unmet.map(|(_, missing)| *missing -= 1).count() > 0
}

/// All nodes, or no nodes if there are no quotas.
fn nodes(quotas: &[MinQuota<'_>]) -> impl Iterator<Item = NodeId> + use<> {
    (0..quotas.first().map_or(0, |quota| quota.member.len())).map(NodeId::new)
}

/// The number of quotas that `v` counts toward.
fn quota_count(quotas: &[MinQuota<'_>], v: NodeId) -> usize {
    quotas.iter().filter(|quota| quota.is_member(v)).count()
}

/// The largest number of quotas toward which a single one of `nodes` counts, at least 1.
fn max_quota_count(quotas: &[MinQuota<'_>], nodes: impl Iterator<Item = NodeId>) -> u64 {
    offset64(nodes.map(|v| quota_count(quotas, v)).max().unwrap_or(0).max(1))
}

/// A lower bound on the number of nodes that all quotas together need in addition to the included nodes.
pub(crate) fn min_places(constraints: &SeedConstraints<'_>) -> u64 {
    let quotas = constraints.quotas;
    let missing = quotas.iter().map(|quota| u64::from(quota.missing(constraints.included)));
    let most = missing.clone().max().unwrap_or(0);
    let nodes = nodes(quotas).filter(|&v| constraints.may_be_picked(v));
    missing.sum::<u64>().div_ceil(max_quota_count(quotas, nodes)).max(most)
}
