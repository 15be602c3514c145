//! Asks nodes where they want to go, from the weights that lead from them to each label.

use std::{
    hint::select_unpredictable,
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rayon::prelude::*;

use super::{
    labels::Move,
    level::Level,
    mass::Mass,
    tally::{self, Sum, Tally},
};
use crate::community::quality::Objective;

/// What is asked about a node.
pub(super) trait Visitor<M: Mass>: Sync {
    /// What is maximised.
    fn objective(&self) -> &Objective;
    /// Whether to look at `u` at all.
    fn looks_at(&self, u: u32) -> bool;
    /// Where `u` is, and the mass of its community.
    fn home(&self, u: u32) -> Home<M>;
    /// The label under which `u` counts its weight to a neighbour.
    fn label_for(&self, u: u32) -> impl Fn(u32) -> u32 + Sync;
    /// What `u` can have without another community; none if it stays in any case.
    fn stand(&self, u: u32, home: Home<M>, ties: &Ties) -> Option<Stand>;
    /// The mass that carries `label`.
    fn mass_of(&self, label: u32) -> M;
    /// The better of the best so far and another choice.
    fn better(&self, u: u32, best: (i128, u32), choice: Choice<M>) -> (i128, u32);
}

/// Where a node is.
#[derive(Clone, Copy)]
pub(super) struct Home<M> {
    /// The label that it carries.
    pub(super) label: u32,
    /// The mass of its community, with its own.
    pub(super) mass: M,
}

/// What leads from a node to labels.
#[derive(Clone, Copy)]
pub(super) struct Ties {
    /// The weight that leads to all.
    pub(super) all: u64,
    /// The weight that leads to its own.
    pub(super) own: u64,
    /// The other label that most weight leads to, the first of several that are met; of no weight if there is none.
    heaviest: Sum,
}

impl Ties {
    const NONE: Self = Self { all: 0, own: 0, heaviest: Sum { label: 0, weight: 0 } };

    /// Added up without a branch: which way it would go cannot be predicted.
    #[inline]
    fn of(sums: &[Sum], own: u32) -> Self {
        let mut ties = Self::NONE;
        for sum in sums {
            let elsewhere = select_unpredictable(sum.label == own, 0, sum.weight);
            ties.all += sum.weight;
            ties.own += sum.weight - elsewhere;
            let heavier = elsewhere > ties.heaviest.weight;
            ties.heaviest.label = select_unpredictable(heavier, sum.label, ties.heaviest.label);
            ties.heaviest.weight = select_unpredictable(heavier, elsewhere, ties.heaviest.weight);
        }
        ties
    }

    /// The most weight that leads to one label.
    pub(super) fn most(&self) -> u64 {
        self.own.max(self.heaviest.weight)
    }
}

/// What a node can have without another community.
#[derive(Clone, Copy)]
pub(super) struct Stand {
    /// The score that a move must beat.
    pub(super) least: i128,
    /// The best score so far, and the label that has it.
    pub(super) best: (i128, u32),
}

impl Stand {
    /// The move to the best of these choices, if that beats staying.
    #[inline]
    fn choose<M: Mass>(
        self,
        node: u32,
        home: Home<M>,
        visitor: &impl Visitor<M>,
        choices: impl Iterator<Item = Choice<M>>,
    ) -> Option<Move> {
        let best = choices.fold(self.best, |best, choice| visitor.better(node, best, choice));
        (best.0 > self.least).then_some(Move { node, from: home.label, to: best.1 })
    }
}

/// A label, the weight that leads there, and the mass that carries it.
#[derive(Clone, Copy)]
pub(super) struct Choice<M> {
    pub(super) sum: Sum,
    pub(super) mass: M,
}

/// Row entries that are fetched together, about.
const FETCHED_ENTRIES: usize = 1 << 11;
/// Row entries in a piece of a row that all threads share.
pub(super) const PIECE_ENTRIES: usize = 1 << 14;

/// Asks about `nodes`, one thread; the moves that are wanted.
///
/// Labels and masses are far away in memory, and a choice has to wait for them. So nodes with some thousand neighbours
/// go through each step together: the processor fetches for all of them at once, where one node after the other would
/// wait each time.
pub(super) fn about<M: Mass>(
    level: &Level<'_, M>,
    visitor: &impl Visitor<M>,
    scratch: &mut Scratch<M>,
    mut nodes: impl Iterator<Item = u32>,
) -> Vec<Move> {
    let mut moves = Vec::new();
    while scratch.fetch(level, visitor, &mut nodes) {
        scratch.tie(level, visitor);
        scratch.narrow_down(visitor);
        scratch.choose(visitor, &mut moves);
    }
    moves
}

/// The same for one node with a long row: threads add up pieces of it, then the sums of the pieces are added up.
pub(super) fn about_hub<M: Mass>(
    level: &Level<'_, M>,
    visitor: &impl Visitor<M>,
    pool: &ScratchPool<M>,
    u: u32,
) -> Option<Move> {
    let (targets, weights) = level.row(u);
    if !visitor.looks_at(u) {
        return None;
    }
    let pieces = targets.par_chunks(PIECE_ENTRIES).zip(weights.par_chunks(PIECE_ENTRIES));
    let sums = pool.add_up_pieces(pieces.map(std::iter::once), &visitor.label_for(u));
    let home = visitor.home(u);
    let stand = visitor.stand(u, home, &Ties::of(&sums, home.label))?;
    let others = sums.into_iter().filter(|sum| sum.label != home.label);
    let choices = others.map(|sum| Choice { sum, mass: visitor.mass_of(sum.label) });
    stand.choose(u, home, visitor, choices)
}

/// What one thread needs beside the graph.
pub(super) struct Scratch<M> {
    tally: Tally,
    /// Of neighbours, row after row.
    labels: Vec<u32>,
    /// In step with `labels`, where rows are far apart.
    weights: Vec<u64>,
    asked: Vec<Asked<M>>,
    /// Of one node after the other.
    sums: Vec<Sum>,
    /// In step with `sums`.
    masses: Vec<M>,
}

/// A node with what is known about it so far.
struct Asked<M> {
    node: u32,
    home: Home<M>,
    ties: Ties,
    /// The mass of the label that most weight leads to.
    heaviest: M,
    /// None if it stays in any case.
    stand: Option<Stand>,
    /// Its range of sums.
    sums: Range<usize>,
}

impl<M: Mass> Scratch<M> {
    /// For labels below `label_count`.
    fn new(label_count: usize) -> Self {
        Self {
            tally: Tally::new(label_count),
            labels: Vec::new(),
            weights: Vec::new(),
            asked: Vec::new(),
            sums: Vec::new(),
            masses: Vec::new(),
        }
    }

    /// Takes the next nodes, and fetches the labels of their neighbours; whether there are any.
    fn fetch(
        &mut self,
        level: &Level<'_, M>,
        visitor: &impl Visitor<M>,
        nodes: &mut impl Iterator<Item = u32>,
    ) -> bool {
        let Self { labels, asked, .. } = self;
        labels.clear();
        asked.clear();
        for node in nodes.filter(|&u| level.degree(u) > 0 && visitor.looks_at(u)) {
            let label_of = visitor.label_for(node);
            labels.extend(level.row(node).0.iter().map(|&v| label_of(v)));
            let home = visitor.home(node);
            asked.push(Asked {
                node,
                home,
                ties: Ties::NONE,
                heaviest: M::default(),
                stand: None,
                sums: 0..0,
            });
            if labels.len() >= FETCHED_ENTRIES {
                break;
            }
        }
        !asked.is_empty()
    }

    /// Adds up the weight that leads to each label.
    fn tie(&mut self, level: &Level<'_, M>, visitor: &impl Visitor<M>) {
        let Self { tally, labels, asked, sums, .. } = self;
        sums.clear();
        let mut rest = &labels[..];
        for asked in &mut *asked {
            let weights = level.row(asked.node).1;
            let (labels, others) = rest.split_at(weights.len());
            rest = others;
            let start = sums.len();
            tally.begin((labels.len(), level.strength(asked.node)));
            tally.add(labels, weights);
            tally.finish(sums);
            asked.sums = start..sums.len();
            asked.ties = Ties::of(&sums[start..], asked.home.label);
        }
        for asked in asked {
            asked.heaviest = visitor.mass_of(asked.ties.heaviest.label);
        }
    }

    /// Keeps the sums that would win if no mass stood against them: few, where the heaviest one wins much.
    fn narrow_down(&mut self, visitor: &impl Visitor<M>) {
        let Self { asked, sums, masses, .. } = self;
        let mut kept = 0;
        for Asked { node, home, ties, heaviest, stand, sums: range } in asked {
            let start = kept;
            *stand = visitor.stand(*node, *home, ties);
            if let Some(stand) = stand {
                if ties.heaviest.weight > 0 {
                    let heaviest = Choice { sum: ties.heaviest, mass: *heaviest };
                    stand.best = visitor.better(*node, stand.best, heaviest);
                }
                for at in range.clone() {
                    let sum = sums[at];
                    // What is not kept is written over: no branch.
                    sums[kept] = sum;
                    let may_win = visitor.objective().most(sum.weight) >= stand.best.0;
                    kept += usize::from(may_win) & usize::from(sum.label != home.label);
                }
            }
            *range = start..kept;
        }
        masses.clear();
        masses.extend(sums[..kept].iter().map(|sum| visitor.mass_of(sum.label)));
    }

    /// Has every node choose among the sums that are kept.
    fn choose(&self, visitor: &impl Visitor<M>, moves: &mut Vec<Move>) {
        for asked in &self.asked {
            let Some(stand) = asked.stand else { continue };
            let range = asked.sums.clone();
            let choices = self.sums[range.clone()].iter().zip(&self.masses[range]);
            let choices = choices.map(|(&sum, &mass)| Choice { sum, mass });
            moves.extend(stand.choose(asked.node, asked.home, visitor, choices));
        }
    }

    /// Adds up the weights of rows by the label of the target; `bounds` as [`Tally::begin`] wants them.
    ///
    /// For rows that are far apart in memory: they are fetched, some at a time, before they are added up.
    pub(super) fn add_up<'r>(
        &mut self,
        bounds: (usize, u64),
        rows: impl Iterator<Item = (&'r [u32], &'r [u64])>,
        label_of: impl Fn(u32) -> u32,
    ) -> &[Sum] {
        let Self { tally, labels, weights, sums, .. } = self;
        tally.begin(bounds);
        labels.clear();
        weights.clear();
        for row in rows {
            labels.extend(row.0.iter().map(|&v| label_of(v)));
            weights.extend_from_slice(row.1);
            if labels.len() >= FETCHED_ENTRIES {
                tally.add(labels, weights);
                labels.clear();
                weights.clear();
            }
        }
        tally.add(labels, weights);
        sums.clear();
        tally.finish(sums);
        sums
    }
}

/// One [`Scratch`] for every thread of the pool. Which one a task gets is irrelevant to what it computes.
pub(super) struct ScratchPool<M> {
    slots: Vec<Mutex<Scratch<M>>>,
}

impl<M: Mass> ScratchPool<M> {
    /// For labels below `label_count`.
    pub(super) fn new(label_count: usize) -> Self {
        let scratch = |_| Mutex::new(Scratch::new(label_count));
        Self { slots: (0..rayon::current_num_threads()).map(scratch).collect() }
    }

    /// The scratch of the calling thread; nobody else holds it, as tasks do not start others while they do.
    pub(super) fn take(&self) -> MutexGuard<'_, Scratch<M>> {
        let thread = rayon::current_thread_index().unwrap_or(0);
        self.slots[thread].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sums over pieces that threads share, each some rows, by rising label. The caller holds no scratch.
    pub(super) fn add_up_pieces<'r, R: Iterator<Item = (&'r [u32], &'r [u64])> + Clone>(
        &self,
        pieces: impl IndexedParallelIterator<Item = R>,
        label_of: &(impl Fn(u32) -> u32 + Sync),
    ) -> Vec<Sum> {
        let add_up = |rows: R| self.take().add_up(tally::bounds(rows.clone()), rows, label_of).to_vec();
        let mut sums: Vec<Sum> = pieces.with_max_len(1).flat_map_iter(add_up).collect();
        sums.par_sort_unstable_by_key(|sum| sum.label);
        sums.dedup_by(|next, sum| {
            let same = next.label == sum.label;
            sum.weight += if same { next.weight } else { 0 };
            same
        });
        sums
    }
}
