//! The lazy greedy algorithm for maximum coverage, and an upper bound on what any allowed selection covers.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

use crate::{
    ids::{NodeId, id32},
    influence::{
        constraints::{gain_bound::GreedyOrder, quotas::SelectionState, seed_constraints::SeedConstraints},
        rr_sets::inverted_index::{Coverage, InvertedIndex},
    },
};

pub(super) struct Selection {
    /// The nodes in the order in which they were picked.
    pub(super) nodes: Vec<NodeId>,
    /// How many sets the nodes cover.
    pub(super) covered: u64,
    /// An upper bound on the number of sets that any seed set within the constraints covers.
    pub(super) max_covered: u64,
    /// The smallest gain among unconstrained picks: picks that were not included and not needed for a quota, while no
    /// quota excluded a better node.
    pub(super) min_gain: u64,
}

/// A candidate in the queue, with an upper bound on its gain: the gain when it was last computed.
struct QueuedCandidate {
    /// The priority.
    key: f64,
    gain: u64,
    node: Reverse<NodeId>,
    candidate: u32,
}

impl Ord for QueuedCandidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.total_cmp(&other.key).then(self.gain.cmp(&other.gain)).then(self.node.cmp(&other.node))
    }
}

impl PartialOrd for QueuedCandidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for QueuedCandidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for QueuedCandidate {}

/// The upper bound is computed after these eighths of the picks, and the smallest bound counts. Early bounds are loose
/// because gains are large, late bounds because much is covered already.
const BOUND_AFTER_EIGHTHS: [usize; 6] = [0, 1, 2, 4, 6, 8];

/// Maximum coverage of the sampled sets under the constraints.
pub(super) struct CoverageProblem<'a> {
    pub(super) constraints: &'a SeedConstraints<'a>,
    pub(super) index: InvertedIndex,
    /// The nodes that are indexed, in rising order.
    pub(super) candidates: Vec<NodeId>,
    /// The largest number of sets that a node other than the candidates covers.
    pub(super) unlisted: u64,
    /// For each quota, the largest number of sets that a member other than the candidates covers.
    pub(super) unlisted_by_quota: Vec<u64>,
}

impl CoverageProblem<'_> {
    /// Selects by gain and, if there is a budget, also by gain per cost; returns the better selection.
    pub(super) fn select(&self, preferred: Option<&[NodeId]>) -> Selection {
        let by_gain = self.select_by(GreedyOrder::Gain, preferred);
        if self.constraints.budget.is_none() {
            return by_gain;
        }
        let by_ratio = self.select_by(GreedyOrder::GainPerCost, preferred);
        let max_covered = by_gain.max_covered.min(by_ratio.max_covered);
        // A selection that meets all quotas beats one that does not.
        let rank = |found: &Selection| (self.constraints.unmet_quota(&found.nodes).is_none(), found.covered);
        Selection { max_covered, ..if rank(&by_gain) >= rank(&by_ratio) { by_gain } else { by_ratio } }
    }

    /// Picks nodes one by one, as far as the constraints allow: each time the node with the largest marginal gain; on
    /// ties, the smaller node. Gains never increase, so only the gains at the top of the queue are recomputed (Minoux
    /// 1978).
    ///
    /// If some nodes are `preferred`, another node is picked before them only if it is clearly better.
    fn select_by(&self, order: GreedyOrder, preferred: Option<&[NodeId]>) -> Selection {
        let Self { constraints, index, candidates, unlisted, unlisted_by_quota } = self;
        let (mut state, mut coverage) = (SelectionState::new(constraints), index.empty_coverage());
        let mut nodes = constraints.included.to_vec();
        for candidate in nodes.iter().filter_map(|v| candidates.binary_search(v).ok()) {
            index.cover(id32(candidate), &mut coverage);
        }
        let is_preferred = self.is_preferred(preferred);
        let key = |gain: u64, cost: u64, candidate: u32| {
            let gain = adjusted_gain(gain, is_preferred.as_ref().map(|flags| flags[candidate as usize]));
            match order {
                GreedyOrder::GainPerCost if cost == 0 => f64::INFINITY,
                GreedyOrder::GainPerCost => gain / cost as f64,
                GreedyOrder::Gain => gain,
            }
        };
        let at_start = state.remaining.clone();
        let gains = index.gains(candidates.len(), &coverage);
        let next = |(candidate, (&gain, &v)): (u32, (&u64, &NodeId))| {
            let key = key(gain, at_start.cost(v), candidate);
            QueuedCandidate { key, gain, node: Reverse(v), candidate }
        };
        // Included nodes drop out, because their gain is 0.
        let pickable = |next: &QueuedCandidate| next.gain > 0 && constraints.may_be_picked(next.node.0);
        let mut heap: BinaryHeap<QueuedCandidate> =
            (0..).zip(gains.iter().zip(candidates)).map(next).filter(pickable).collect();
        let open: Vec<u32> = heap.iter().map(|next| next.candidate).collect();
        let bound_after = BOUND_AFTER_EIGHTHS.map(|eighths| eighths.saturating_mul(at_start.size) / 8);
        let bound = |coverage: &Coverage| {
            let gains = self.sorted_gains(&open, coverage);
            coverage.count + at_start.max_total_gain(&gains, *unlisted, unlisted_by_quota)
        };
        let (mut max_covered, mut min_gain, mut picks) = (bound(&coverage), u64::MAX, 0);
        // Candidates that fit in, but with which the quotas could no longer be met.
        let mut deferred = Vec::new();
        while let Some(best) = heap.pop() {
            let v = best.node.0;
            if !state.remaining.fits(v) {
                continue;
            }
            if !state.allows(v) {
                deferred.push(best);
                continue;
            }
            let gain = index.gain(best.candidate, &coverage);
            if gain < best.gain {
                if gain > 0 {
                    let key = key(gain, at_start.cost(v), best.candidate);
                    heap.push(QueuedCandidate { key, gain, ..best });
                }
                continue;
            }
            index.cover(best.candidate, &mut coverage);
            if deferred.is_empty() && state.unmet_quotas_of(v) == 0 {
                min_gain = min_gain.min(gain);
            }
            if state.take(v) {
                heap.append(&mut deferred.drain(..).collect());
            }
            nodes.push(v);
            picks += 1;
            if bound_after.contains(&picks) {
                max_covered = max_covered.min(bound(&coverage));
            }
        }
        // If the queue ran dry early, nothing is left to gain and this bound is tight.
        max_covered = max_covered.min(bound(&coverage));
        SelectionState::new(constraints).append_reserve(&mut nodes);
        Selection { nodes, covered: coverage.count, max_covered, min_gain }
    }

    fn is_preferred(&self, preferred: Option<&[NodeId]>) -> Option<Vec<bool>> {
        let mut flags = vec![false; self.candidates.len()];
        for v in preferred? {
            self.candidates.binary_search(v).into_iter().for_each(|candidate| flags[candidate] = true);
        }
        Some(flags)
    }

    /// The gains of the `open` candidates, the largest first.
    fn sorted_gains(&self, open: &[u32], coverage: &Coverage) -> Vec<(u64, NodeId)> {
        let gains = self.index.gains(self.candidates.len(), coverage);
        let gain = |&candidate: &u32| (gains[candidate as usize], self.candidates[candidate as usize]);
        let mut sorted: Vec<(u64, NodeId)> = open.iter().map(gain).collect();
        sorted.sort_unstable_by_key(|&(gain, v)| (Reverse(gain), v));
        sorted
    }
}

/// The gain by which the queue is ordered. The square root of a count has a standard deviation of one half, whatever
/// the count. So two standard deviations are added to the root of a preferred node's gain, and two are subtracted from
/// the root of any other node's gain.
fn adjusted_gain(gain: u64, preferred: Option<bool>) -> f64 {
    let gain = gain as f64;
    let shifted = |by: f64| (gain.sqrt() + by) * (gain.sqrt() + by);
    match preferred {
        None => gain,
        Some(true) => shifted(1.0),
        Some(false) => shifted(-1.0),
    }
}
