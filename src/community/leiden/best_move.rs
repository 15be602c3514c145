//! Finds the best move of each node from its ratings: the edge weights that lead from it to each label.

use std::{
    hint::select_unpredictable,
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rayon::prelude::*;

use super::{labels::Move, level::Level};
use crate::community::{
    null_model::NullModelWeight,
    quality::Objective,
    rating_map::{self, Rating, RatingMap},
};

/// Which nodes may move, to which labels, and what a move must gain. Local moving and refinement each implement it.
pub(super) trait MoveRule<W: NullModelWeight>: Sync {
    /// The quality function that moves increase.
    fn objective(&self) -> &Objective;
    /// Whether `u` is considered at all.
    fn considers(&self, u: u32) -> bool;
    /// The label of `u`, and the volume of its community.
    fn current(&self, u: u32) -> OwnCommunity<W>;
    /// The label to which `u` adds the edge weight of a neighbor.
    fn label_for(&self, u: u32) -> impl Fn(u32) -> u32 + Sync;
    /// The baseline that a move of `u` has to beat; `None` if `u` must stay.
    fn baseline(&self, u: u32, current: OwnCommunity<W>, summary: &RatingSummary) -> Option<MoveBaseline>;
    /// The volume of the nodes with `label`.
    fn volume(&self, label: u32) -> W;
    /// Returns the better of `best`, which is the best score so far and its label, and `candidate`.
    fn better(&self, u: u32, best: (i128, u32), candidate: CandidateLabel<W>) -> (i128, u32);
}

#[derive(Clone, Copy)]
pub(super) struct OwnCommunity<W> {
    pub(super) label: u32,
    /// The volume of all members, the node included.
    pub(super) volume: W,
}

/// Summary of the ratings of one node.
#[derive(Clone, Copy)]
pub(super) struct RatingSummary {
    /// Sum of all ratings.
    pub(super) total: u64,
    /// Rating of the node's own label.
    pub(super) own: u64,
    /// The highest rating among the other labels, the first on ties; its weight is 0 if there is no other label.
    highest: Rating,
}

impl RatingSummary {
    const EMPTY: Self = Self { total: 0, own: 0, highest: Rating { label: 0, weight: 0 } };

    /// Summarizes `ratings` without branches, because their outcomes could not be predicted.
    #[inline]
    fn of(ratings: &[Rating], own: u32) -> Self {
        let mut summary = Self::EMPTY;
        for rating in ratings {
            let elsewhere = select_unpredictable(rating.label == own, 0, rating.weight);
            summary.total += rating.weight;
            summary.own += rating.weight - elsewhere;
            let higher = elsewhere > summary.highest.weight;
            summary.highest.label = select_unpredictable(higher, rating.label, summary.highest.label);
            summary.highest.weight = select_unpredictable(higher, elsewhere, summary.highest.weight);
        }
        summary
    }

    /// The highest rating of all labels.
    pub(super) fn max(&self) -> u64 {
        self.own.max(self.highest.weight)
    }
}

/// The threshold and the best score that a move has to beat.
#[derive(Clone, Copy)]
pub(super) struct MoveBaseline {
    /// The node moves only to a label with a score above this.
    pub(super) threshold: i128,
    /// The best score so far, and its label.
    pub(super) best: (i128, u32),
}

impl MoveBaseline {
    /// The move to the best of the candidates, if its score is above the threshold.
    #[inline]
    fn choose<W: NullModelWeight>(
        self,
        node: u32,
        from: u32,
        rule: &impl MoveRule<W>,
        candidates: impl Iterator<Item = CandidateLabel<W>>,
    ) -> Option<Move> {
        let best = candidates.fold(self.best, |best, candidate| rule.better(node, best, candidate));
        (best.0 > self.threshold).then_some(Move { node, from, to: best.1 })
    }
}

/// A label to which a node may move, and the volume of the nodes with that label.
#[derive(Clone, Copy)]
pub(super) struct CandidateLabel<W> {
    pub(super) rating: Rating,
    pub(super) volume: W,
}

/// Returns the pair with the higher score; on ties, the pair with the smaller label.
#[expect(clippy::needless_bitwise_bool, reason = "the outcome cannot be predicted: bits instead of branches")]
#[inline]
pub(super) fn higher_score(a: (i128, u32), b: (i128, u32)) -> (i128, u32) {
    let second = (b.0 > a.0) | ((b.0 == a.0) & (b.1 < a.1));
    (select_unpredictable(second, b.0, a.0), select_unpredictable(second, b.1, a.1))
}

/// Approximate number of row entries in a batch.
const BATCH_ENTRIES: usize = 1 << 11;
/// Number of row entries of a hub that one thread adds up at a time.
pub(super) const PIECE_ENTRIES: usize = 1 << 14;

/// Returns the best moves of `nodes` under the rule, on one thread. Labels and volumes are scattered in memory, so
/// nodes go through each step in batches: the processor then has many loads in flight at once.
pub(super) fn best_moves<W: NullModelWeight>(
    level: &Level<'_, W>,
    rule: &impl MoveRule<W>,
    scratch: &mut MoveScratch<W>,
    mut nodes: impl Iterator<Item = u32>,
) -> Vec<Move> {
    let mut moves = Vec::new();
    while scratch.fetch_labels(level, rule, &mut nodes) {
        scratch.rate(level, rule);
        scratch.keep_candidates(rule);
        scratch.choose(rule, &mut moves);
    }
    moves
}

/// The best move of one node with a long row: all threads rate pieces of the row, then the ratings are added up.
pub(super) fn best_move_of_hub<W: NullModelWeight>(
    level: &Level<'_, W>,
    rule: &impl MoveRule<W>,
    pool: &MoveScratchPool<W>,
    u: u32,
) -> Option<Move> {
    let (targets, weights) = level.row(u);
    if !rule.considers(u) {
        return None;
    }
    let pieces = targets.par_chunks(PIECE_ENTRIES).zip(weights.par_chunks(PIECE_ENTRIES));
    let ratings = pool.rate_pieces(pieces.map(std::iter::once), &rule.label_for(u));
    let current = rule.current(u);
    let baseline = rule.baseline(u, current, &RatingSummary::of(&ratings, current.label))?;
    let others = ratings.into_iter().filter(|rating| rating.label != current.label);
    let candidates = others.map(|rating| CandidateLabel { rating, volume: rule.volume(rating.label) });
    baseline.choose(u, current.label, rule, candidates)
}

/// Reusable memory of one thread.
pub(super) struct MoveScratch<W> {
    rating_map: RatingMap,
    /// Labels of the neighbors, row after row.
    labels: Vec<u32>,
    /// The edge weight for each entry of `labels`; used only for rows that are far apart in memory.
    weights: Vec<u64>,
    batch: Vec<PendingNode<W>>,
    /// The ratings of the nodes in the batch, node after node.
    ratings: Vec<Rating>,
    /// The volume of each label in `ratings`, in the same order.
    volumes: Vec<W>,
}

/// A node of the batch, and its data computed so far.
struct PendingNode<W> {
    node: u32,
    current: OwnCommunity<W>,
    summary: RatingSummary,
    /// The volume of the label with the highest rating.
    highest_volume: W,
    /// None if the node must stay.
    baseline: Option<MoveBaseline>,
    /// The range of the node's ratings in [`MoveScratch::ratings`].
    ratings: Range<usize>,
}

impl<W: NullModelWeight> MoveScratch<W> {
    fn new(label_count: usize) -> Self {
        Self {
            rating_map: RatingMap::new(label_count),
            labels: Vec::new(),
            weights: Vec::new(),
            batch: Vec::new(),
            ratings: Vec::new(),
            volumes: Vec::new(),
        }
    }

    /// Step 1: takes the next batch of nodes and fetches the labels of their neighbors. Returns whether the batch has
    /// any nodes.
    fn fetch_labels(
        &mut self,
        level: &Level<'_, W>,
        rule: &impl MoveRule<W>,
        nodes: &mut impl Iterator<Item = u32>,
    ) -> bool {
        let Self { labels, batch, .. } = self;
        labels.clear();
        batch.clear();
        for node in nodes.filter(|&u| level.degree(u) > 0 && rule.considers(u)) {
            let label_of = rule.label_for(node);
            labels.extend(level.row(node).0.iter().map(|&v| label_of(v)));
            let current = rule.current(node);
            batch.push(PendingNode {
                node,
                current,
                summary: RatingSummary::EMPTY,
                highest_volume: W::default(),
                baseline: None,
                ratings: 0..0,
            });
            if labels.len() >= BATCH_ENTRIES {
                break;
            }
        }
        !batch.is_empty()
    }

    /// Step 2: adds up the edge weights by label, and fetches the volume of each node's highest-rated label.
    fn rate(&mut self, level: &Level<'_, W>, rule: &impl MoveRule<W>) {
        let Self { rating_map, labels, batch, ratings, .. } = self;
        ratings.clear();
        let mut rest = &labels[..];
        for pending in &mut *batch {
            let weights = level.row(pending.node).1;
            let (labels, others) = rest.split_at(weights.len());
            rest = others;
            let start = ratings.len();
            rating_map.begin((labels.len(), level.strength(pending.node)));
            rating_map.add(labels, weights);
            rating_map.drain_into(ratings);
            pending.ratings = start..ratings.len();
            pending.summary = RatingSummary::of(&ratings[start..], pending.current.label);
        }
        for pending in batch {
            pending.highest_volume = rule.volume(pending.summary.highest.label);
        }
    }

    /// Step 3: keeps only labels whose score at volume 0 would reach the best score so far (often few labels), and
    /// fetches their volumes.
    fn keep_candidates(&mut self, rule: &impl MoveRule<W>) {
        let Self { batch, ratings, volumes, .. } = self;
        let mut kept = 0;
        for PendingNode { node, current, summary, highest_volume, baseline, ratings: range } in batch {
            let start = kept;
            *baseline = rule.baseline(*node, *current, summary);
            if let Some(baseline) = baseline {
                if summary.highest.weight > 0 {
                    let highest = CandidateLabel { rating: summary.highest, volume: *highest_volume };
                    baseline.best = rule.better(*node, baseline.best, highest);
                }
                for at in range.clone() {
                    let rating = ratings[at];
                    // Without a branch: a rating that is not kept is overwritten by the next rating.
                    ratings[kept] = rating;
                    let may_win = rule.objective().max_score(rating.weight) >= baseline.best.0;
                    kept += usize::from(may_win) & usize::from(rating.label != current.label);
                }
            }
            *range = start..kept;
        }
        volumes.clear();
        volumes.extend(ratings[..kept].iter().map(|rating| rule.volume(rating.label)));
    }

    /// Step 4: lets every node choose among the labels that were kept.
    fn choose(&self, rule: &impl MoveRule<W>, moves: &mut Vec<Move>) {
        for pending in &self.batch {
            let Some(baseline) = pending.baseline else { continue };
            let range = pending.ratings.clone();
            let candidates = self.ratings[range.clone()].iter().zip(&self.volumes[range]);
            let candidates = candidates.map(|(&rating, &volume)| CandidateLabel { rating, volume });
            moves.extend(baseline.choose(pending.node, pending.current.label, rule, candidates));
        }
    }

    /// Adds up the weights of several rows by the label of the target; `bounds` is the argument of
    /// [`RatingMap::begin`].
    ///
    /// Meant for rows that are far apart in memory: a batch of rows is fetched before their weights are added up.
    pub(super) fn rate_rows<'r>(
        &mut self,
        bounds: (usize, u64),
        rows: impl Iterator<Item = (&'r [u32], &'r [u64])>,
        label_of: impl Fn(u32) -> u32,
    ) -> &[Rating] {
        let Self { rating_map, labels, weights, ratings, .. } = self;
        rating_map.begin(bounds);
        labels.clear();
        weights.clear();
        for row in rows {
            labels.extend(row.0.iter().map(|&v| label_of(v)));
            weights.extend_from_slice(row.1);
            if labels.len() >= BATCH_ENTRIES {
                rating_map.add(labels, weights);
                labels.clear();
                weights.clear();
            }
        }
        rating_map.add(labels, weights);
        ratings.clear();
        rating_map.drain_into(ratings);
        ratings
    }
}

/// One [`MoveScratch`] for every thread of the pool. The result of a task does not depend on the scratch that it gets.
pub(super) struct MoveScratchPool<W> {
    slots: Vec<Mutex<MoveScratch<W>>>,
}

impl<W: NullModelWeight> MoveScratchPool<W> {
    pub(super) fn new(label_count: usize) -> Self {
        let scratch = |_| Mutex::new(MoveScratch::new(label_count));
        Self { slots: (0..rayon::current_num_threads()).map(scratch).collect() }
    }

    /// The scratch of the calling thread. It is free, because a task that holds one starts no other tasks.
    pub(super) fn take(&self) -> MutexGuard<'_, MoveScratch<W>> {
        let thread = rayon::current_thread_index().unwrap_or(0);
        self.slots[thread].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds up the weights of rows by label, in parallel; returns ratings by rising label. A piece is a group of rows
    /// for one thread. The caller must not hold a scratch.
    pub(super) fn rate_pieces<'r, R: Iterator<Item = (&'r [u32], &'r [u64])> + Clone>(
        &self,
        pieces: impl IndexedParallelIterator<Item = R>,
        label_of: &(impl Fn(u32) -> u32 + Sync),
    ) -> Vec<Rating> {
        let rate = |rows: R| self.take().rate_rows(rating_map::bounds(rows.clone()), rows, label_of).to_vec();
        let mut ratings: Vec<Rating> = pieces.with_max_len(1).flat_map_iter(rate).collect();
        ratings.par_sort_unstable_by_key(|rating| rating.label);
        ratings.dedup_by(|next, rating| {
            let same = next.label == rating.label;
            rating.weight += if same { next.weight } else { 0 };
            same
        });
        ratings
    }
}
