//! Phase 2: each community is rebuilt from single nodes, in parts that are connected by construction.

use super::{
    labels::{Labels, Move},
    level::Level,
    plan::Plan,
    tally::{Scratch, ScratchPool, higher},
};
use crate::community::quality::Objective;

/// Splits the communities of `labels` into connected parts; a part is labelled by one of its nodes, its leader.
///
/// All nodes start by themselves. In its sub-round, a node that is still by itself and is well connected to its
/// community joins the part of a neighbour where it adds most quality, ties to the smaller label. A part that
/// consists of one node *of the same sub-round* is no choice: that node may be about to leave.
///
/// So whenever a part is joined, it holds a node that does not move in this sub-round, and never will: the one that
/// is by itself has its turn in another sub-round, or has company and stays for good. Every joiner is a neighbour of
/// a member that was there before the sub-round. By induction, every part is connected, its leader within.
pub(super) fn refine(
    level: &Level<'_>,
    labels: &Labels,
    plan: &Plan,
    objective: &Objective,
    pool: &ScratchPool,
) -> Labels {
    let parts = Labels::singletons(level);
    for sub_round in 0..plan.sub_round_count() {
        let may_leave =
            |part: u32| plan.sub_round_of(part) == sub_round && parts.volume(part) == level.strength(part);
        let moves = plan.propose(sub_round, pool, |u, scratch| {
            let by_itself = parts.of(u) == u && parts.volume(u) == level.strength(u);
            by_itself.then(|| part_to_join(level, labels, &parts, objective, scratch, u, may_leave))?
        });
        parts.apply(level, &moves);
    }
    parts
}

/// The part of its community that `u`, which is by itself, should join, if any.
fn part_to_join(
    level: &Level<'_>,
    labels: &Labels,
    parts: &Labels,
    objective: &Objective,
    scratch: &mut Scratch,
    u: u32,
    may_leave: impl Fn(u32) -> bool,
) -> Option<Move> {
    let (targets, weights) = level.row(u);
    let (community, strength) = (labels.of(u), level.strength(u));
    scratch.labels.clear();
    scratch.labels.extend(targets.iter().map(|&v| {
        // No neighbour is in part `u`, as `u` is by itself; here the label stands for all other communities.
        let part = parts.of(v);
        if labels.of(v) == community { part } else { u }
    }));
    let sums = scratch.tally.add_up(&scratch.labels, weights);
    let inside = || sums.iter().filter(|sum| sum.label != u);
    let community_weight = inside().map(|sum| sum.weight).sum();
    if objective.score(community_weight, strength, labels.volume(community) - strength) < 0 {
        return None;
    }
    let open = inside().filter(|sum| !may_leave(sum.label));
    let scores = open.map(|sum| (objective.score(sum.weight, strength, parts.volume(sum.label)), sum.label));
    let (score, to) = scores.reduce(higher)?;
    (score > 0).then_some(Move { node: u, from: u, to })
}
