//! Who is in which community, and how much mass each community holds.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rayon::prelude::*;

use super::{level::Level, mass::Mass};
use crate::ids::id32;

/// A label for every node of a level; a label is itself a node of the level.
///
/// The atomics are no lock and order nothing: in every phase they are either only read, or only changed by stores to
/// distinct nodes and by integer additions, which commute. The end of a parallel loop separates the phases.
pub(super) struct Labels<M: Mass> {
    of: Vec<AtomicU32>,
    /// By label: the mass of the nodes that carry it.
    volumes: Vec<M::Cell>,
}

/// One node changes its label.
#[derive(Clone, Copy)]
pub(super) struct Move {
    pub(super) node: u32,
    pub(super) from: u32,
    pub(super) to: u32,
}

/// Fewer moves than this are applied by one thread: waking the others would take longer.
const PARALLEL_MOVES: usize = 4096;
/// Moves that a thread applies at a time.
const MOVES_PER_TASK: usize = 1024;

impl<M: Mass> Labels<M> {
    /// Every node by itself.
    pub(super) fn singletons(level: &Level<'_, M>) -> Self {
        Self {
            of: (0..level.node_count()).into_par_iter().map(|u| AtomicU32::new(id32(u))).collect(),
            volumes: level.masses().par_iter().map(|&mass| mass.cell()).collect(),
        }
    }

    /// The partition in which node `u` carries the label `labels[u]`.
    pub(super) fn from_partition(level: &Level<'_, M>, labels: &[u32]) -> Self {
        let volumes: Vec<M::Cell> = (0..labels.len()).into_par_iter().map(|_| M::default().cell()).collect();
        labels
            .par_iter()
            .zip(level.masses())
            .for_each(|(&label, &mass)| mass.add_to(&volumes[label as usize]));
        Self { of: labels.par_iter().map(|&label| AtomicU32::new(label)).collect(), volumes }
    }

    /// The label of `u`.
    #[inline]
    pub(super) fn of(&self, u: u32) -> u32 {
        self.of[u as usize].load(Relaxed)
    }

    /// The label of every node.
    pub(super) fn all(&self) -> &[AtomicU32] {
        &self.of
    }

    /// The mass of the nodes that carry `label`.
    #[inline]
    pub(super) fn volume(&self, label: u32) -> M {
        M::load(&self.volumes[label as usize])
    }

    /// All volumes, by label.
    pub(super) fn volumes(&self) -> impl Iterator<Item = M> + '_ {
        self.volumes.iter().map(M::load)
    }

    /// Number of labels that a node with mass carries.
    pub(super) fn community_count(&self) -> usize {
        self.volumes.par_iter().filter(|volume| !M::load(volume).is_zero()).count()
    }

    /// Carries out moves of distinct nodes; returns how many there were.
    pub(super) fn apply(&self, level: &Level<'_, M>, moves: &[Vec<Move>]) -> usize {
        let apply = |step: &Move| {
            let mass = level.mass(step.node);
            self.of[step.node as usize].store(step.to, Relaxed);
            mass.take_from(&self.volumes[step.from as usize]);
            mass.add_to(&self.volumes[step.to as usize]);
        };
        for_each_move(moves, PARALLEL_MOVES, MOVES_PER_TASK, apply)
    }
}

/// Calls `visit` for every move, on all threads where there are at least `parallel`, `per_task` at a time; how many
/// moves there were.
pub(super) fn for_each_move(
    moves: &[Vec<Move>],
    parallel: usize,
    per_task: usize,
    visit: impl Fn(&Move) + Sync,
) -> usize {
    let count = moves.iter().map(Vec::len).sum();
    if count < parallel {
        moves.iter().flatten().for_each(visit);
    } else {
        let tasks = moves.par_iter().flat_map(|list| list.par_chunks(per_task));
        tasks.for_each(|task| task.iter().for_each(&visit));
    }
    count
}
