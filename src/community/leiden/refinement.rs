//! Refinement, phase 2 of Leiden: rebuilds each community from single nodes, as connected parts.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use super::{
    best_move::{
        CandidateLabel, MoveBaseline, MoveRule, MoveScratchPool, OwnCommunity, RatingSummary, higher_score,
    },
    labels::{self, Labels, MOVES_PER_TASK, PARALLEL_MOVES},
    level::Level,
    schedule::Schedule,
};
use crate::{
    community::{null_model::NullModelWeight, quality::Objective},
    ids::{id32, low32},
};

/// Splits the communities of `labels` into connected parts; a part is labeled by one of its nodes, its leader.
///
/// Every node starts alone in a part. In its sub-round, a node that is still alone and well connected to its community
/// joins the neighboring part where it adds most quality; among equal gains, the smaller label wins. A part that
/// consists of one node *of the same sub-round* is no candidate, because that node may join another part.
///
/// `README.md` proves that every part is connected and contains its leader.
pub(super) fn refine<W: NullModelWeight>(
    level: &Level<'_, W>,
    labels: &Labels<W>,
    schedule: &Schedule,
    objective: &Objective,
    pool: &MoveScratchPool<W>,
) -> Labels<W> {
    let nodes = || (0..id32(level.node_count())).into_par_iter();
    let parts = Labels::singletons(level);
    let places: Vec<AtomicU64> = nodes().map(|u| AtomicU64::new(pack(labels.of(u), u))).collect();
    let fixed: Vec<AtomicBool> = nodes().map(|_| AtomicBool::new(false)).collect();
    for sub_round in 0..schedule.sub_round_count() {
        let rule = RefinementRule {
            level,
            labels,
            parts: &parts,
            places: &places,
            fixed: &fixed,
            schedule,
            objective,
            sub_round,
        };
        let moves = schedule.propose(level, sub_round, pool, &rule);
        parts.apply(level, &moves);
        labels::for_each_move(&moves, PARALLEL_MOVES, MOVES_PER_TASK, |step| {
            places[step.node as usize].store(pack(labels.of(step.node), step.to), Relaxed);
            fixed[step.node as usize].store(true, Relaxed);
            fixed[step.to as usize].store(true, Relaxed);
        });
    }
    parts
}

/// Packs the community and the part of a node into one word, so that one load from memory suffices.
fn pack(community: u32, part: u32) -> u64 {
    u64::from(community) << 32 | u64::from(part)
}

/// The rule of refinement: a node that is alone joins a part of its community.
struct RefinementRule<'a, W: NullModelWeight> {
    level: &'a Level<'a, W>,
    labels: &'a Labels<W>,
    parts: &'a Labels<W>,
    /// For each node, its community and part, see [`pack`].
    places: &'a [AtomicU64],
    /// For each node, whether its part has other nodes; if so, the node no longer moves.
    fixed: &'a [AtomicBool],
    schedule: &'a Schedule,
    objective: &'a Objective,
    sub_round: usize,
}

impl<W: NullModelWeight> MoveRule<W> for RefinementRule<'_, W> {
    #[inline]
    fn objective(&self) -> &Objective {
        self.objective
    }

    #[inline]
    fn considers(&self, u: u32) -> bool {
        !self.fixed[u as usize].load(Relaxed)
    }

    #[inline]
    fn current(&self, u: u32) -> OwnCommunity<W> {
        OwnCommunity { label: u, volume: self.labels.volume(self.labels.of(u)) }
    }

    /// No neighbor is in part `u`, because `u` is alone there; so label `u` collects the edge weight to all other
    /// communities.
    #[inline]
    fn label_for(&self, u: u32) -> impl Fn(u32) -> u32 + Sync {
        let community = self.labels.of(u);
        let places = self.places;
        move |v| {
            let place = places[v as usize].load(Relaxed);
            std::hint::select_unpredictable(low32(place >> 32) == community, low32(place), u)
        }
    }

    #[inline]
    fn baseline(&self, u: u32, current: OwnCommunity<W>, summary: &RatingSummary) -> Option<MoveBaseline> {
        let weight = self.level.node_weight(u);
        let inside = summary.total - summary.own;
        let well_connected = self.objective.score(inside, weight, current.volume.minus(weight)) >= 0;
        well_connected.then_some(MoveBaseline { threshold: 0, best: (0, u) })
    }

    #[inline]
    fn volume(&self, label: u32) -> W {
        self.parts.volume(label)
    }

    #[inline]
    fn better(&self, u: u32, best: (i128, u32), candidate: CandidateLabel<W>) -> (i128, u32) {
        let CandidateLabel { rating, volume } = candidate;
        let score = self.objective.score(rating.weight, self.level.node_weight(u), volume);
        let chosen = higher_score(best, (score, rating.label));
        if chosen == best || self.may_leave(rating.label) { best } else { chosen }
    }
}

impl<W: NullModelWeight> RefinementRule<'_, W> {
    /// Whether a part is a single node that may move in this sub-round.
    #[inline]
    fn may_leave(&self, part: u32) -> bool {
        self.schedule.sub_round_of(part) == self.sub_round && !self.fixed[part as usize].load(Relaxed)
    }
}
