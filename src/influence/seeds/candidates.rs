//! Chooses the candidates to index: the nodes that are in the most sets, and more nodes if these are too few.

use std::{
    cmp::Reverse,
    ops::Range,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use rayon::prelude::*;

use super::greedy::{CoverageProblem, Selection};
use crate::{
    ids::{NodeId, id32, offset64},
    influence::{
        constraints::seed_constraints::SeedConstraints,
        rr_sets::{
            inverted_index::{InvertedIndex, NO_CANDIDATE},
            sample::{RrSample, RrSets},
        },
    },
};

/// The initial number of candidates is `BASE_CANDIDATES` plus `CANDIDATES_PER_SEED` for each node requested; it grows
/// by `GROWTH_FACTOR`.
const BASE_CANDIDATES: usize = 256;
const CANDIDATES_PER_SEED: usize = 80;
const GROWTH_FACTOR: usize = 4;

pub(super) fn initial_count(constraints: &SeedConstraints<'_>, node_count: usize) -> usize {
    match constraints.budget {
        // Within a budget many cheap nodes of small spread may beat few expensive ones of large spread.
        Some(_) => node_count,
        None => CANDIDATES_PER_SEED.saturating_mul(constraints.size).saturating_add(BASE_CANDIDATES),
    }
}

/// A node with the number of sets that contain it; the largest number sorts first.
type CountedNode = (Reverse<u32>, NodeId);

/// Runs the greedy selection with only as many candidates as it needs.
pub(super) struct CandidateSearch<'a> {
    pub(super) sample: &'a RrSample<'a>,
    pub(super) constraints: &'a SeedConstraints<'a>,
    /// Nodes that are candidates in any case.
    pub(super) baselines: &'a [Vec<NodeId>],
    /// By node: how many sets contain it.
    pub(super) set_counts: &'a [AtomicU32],
    /// How many candidates to index; it grows if the last selection needed more.
    pub(super) candidate_count: usize,
}

impl<'a> CandidateSearch<'a> {
    /// Draws the sets with the numbers `sets` and counts for each node the sets that contain it. Returns the total
    /// number of nodes in these sets.
    pub(super) fn count_sets(&self, sets: Range<u64>) -> u64 {
        let work = self.sample.run_chunks(sets, |sampler, numbers| {
            let mut work = 0;
            for number in numbers {
                let set = sampler.draw(RrSets::Select, number, |_| false);
                for v in set {
                    self.set_counts[v.index()].fetch_add(1, Relaxed);
                }
                work += offset64(set.len());
            }
            work
        });
        work.iter().sum()
    }

    /// Selects nodes greedily so that they cover the most of the first `sets` sets.
    ///
    /// Only the baselines and the nodes that are in many sets are indexed. If a node that is not indexed could have
    /// been picked, the selection is repeated with more candidates.
    pub(super) fn select(&mut self, sets: u64) -> (CoverageProblem<'a>, Selection) {
        let constraints = self.constraints;
        let counted = |v: u32| (Reverse(self.set_counts[v as usize].load(Relaxed)), NodeId(v));
        let is_useful = |&(count, v): &CountedNode| count.0 > 0 && constraints.may_be_picked(v);
        let nodes = (0..id32(self.set_counts.len())).into_par_iter();
        let mut order: Vec<CountedNode> = nodes.map(counted).filter(is_useful).collect();
        loop {
            let inside_count = self.candidate_count.min(order.len());
            let is_split = inside_count < order.len();
            let unlisted = if is_split { order.select_nth_unstable(inside_count).1.0.0.into() } else { 0 };
            let (inside, outside) = order.split_at(inside_count);
            let inside = inside.iter().map(|counted| counted.1);
            // Quotas may need nodes that are in fewer sets.
            let for_quotas =
                constraints.quotas.iter().map(|quota| top(outside, quota.member, self.candidate_count));
            let (for_quotas, unlisted_by_quota): (Vec<Vec<NodeId>>, Vec<u64>) = for_quotas.unzip();
            let mut candidates: Vec<NodeId> = inside
                .chain(for_quotas.into_iter().flatten())
                .chain(constraints.included.iter().chain(self.baselines.iter().flatten()).copied())
                .collect();
            candidates.sort_unstable();
            candidates.dedup();
            let mut candidate_of = vec![NO_CANDIDATE; self.set_counts.len()];
            (0..).zip(&candidates).for_each(|(number, v)| candidate_of[v.index()] = number);
            let active = constraints.already_active;
            let index = InvertedIndex::new(self.sample, sets, &candidates, &candidate_of, active);
            let problem = CoverageProblem { constraints, index, candidates, unlisted, unlisted_by_quota };
            let selected = problem.select(None);
            let complete = selected.nodes.len() == constraints.size;
            // Where every set is covered, no other node gains anything.
            let finished = complete || selected.covered == sets;
            if unlisted == 0 || finished && selected.min_gain >= unlisted {
                return (problem, selected);
            }
            // The nodes whose gain could be that of the weakest pick or more nearly always suffice. A quarter more are
            // indexed, so that they also suffice next time.
            let as_good = order.iter().filter(|node| u64::from(node.0.0) >= selected.min_gain).count();
            self.candidate_count = if complete && as_good > inside_count {
                as_good + as_good / 4
            } else {
                self.candidate_count.saturating_mul(GROWTH_FACTOR)
            };
        }
    }
}

/// The `count` members that are in the most sets, and the largest number of sets that contain any other member.
fn top(nodes: &[CountedNode], member: &[bool], count: usize) -> (Vec<NodeId>, u64) {
    let mut members: Vec<_> = nodes.iter().filter(|node| member[node.1.index()]).collect();
    let mut unlisted = 0;
    if count < members.len() {
        unlisted = members.select_nth_unstable(count).1.0.0.into();
        members.truncate(count);
    }
    (members.into_iter().map(|node| node.1).collect(), unlisted)
}
