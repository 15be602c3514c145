//! The community label of every node of a level, and the volume of every community.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rayon::prelude::*;

use super::level::Level;
use crate::{community::null_model::NullModelWeight, ids::id32};

/// A label for every node of a level; a label is itself a node of the level.
///
/// Relaxed atomics suffice: in every step the atomics are either only read, or only changed by stores to distinct nodes
/// and by integer additions, which commute. The end of a parallel loop separates the steps.
pub(super) struct Labels<W: NullModelWeight> {
    of: Vec<AtomicU32>,
    /// For each label, the summed null-model weight of the nodes with that label.
    volumes: Vec<W::Cell>,
}

#[derive(Clone, Copy)]
pub(super) struct Move {
    pub(super) node: u32,
    pub(super) from: u32,
    pub(super) to: u32,
}

/// Fewer moves than this are applied by one thread: waking other threads would take longer.
pub(super) const PARALLEL_MOVES: usize = 4096;
/// Number of moves that a thread applies at a time.
pub(super) const MOVES_PER_TASK: usize = 1024;

impl<W: NullModelWeight> Labels<W> {
    pub(super) fn singletons(level: &Level<'_, W>) -> Self {
        Self {
            of: (0..level.node_count()).into_par_iter().map(|u| AtomicU32::new(id32(u))).collect(),
            volumes: level.node_weights().par_iter().map(|&weight| weight.cell()).collect(),
        }
    }

    pub(super) fn from_partition(level: &Level<'_, W>, labels: &[u32]) -> Self {
        let volumes: Vec<W::Cell> = (0..labels.len()).into_par_iter().map(|_| W::default().cell()).collect();
        let nodes = labels.par_iter().zip(level.node_weights());
        nodes.for_each(|(&label, &weight)| weight.add_to(&volumes[label as usize]));
        Self { of: labels.par_iter().map(|&label| AtomicU32::new(label)).collect(), volumes }
    }

    #[inline]
    pub(super) fn of(&self, u: u32) -> u32 {
        self.of[u as usize].load(Relaxed)
    }

    /// The label of each node.
    pub(super) fn all(&self) -> &[AtomicU32] {
        &self.of
    }

    #[inline]
    pub(super) fn volume(&self, label: u32) -> W {
        W::load(&self.volumes[label as usize])
    }

    /// The volume of each label.
    pub(super) fn volumes(&self) -> impl Iterator<Item = W> + '_ {
        self.volumes.iter().map(W::load)
    }

    /// Number of communities with a volume above 0.
    pub(super) fn community_count(&self) -> usize {
        self.volumes.par_iter().filter(|volume| !W::load(volume).is_zero()).count()
    }

    /// Applies moves of distinct nodes; returns the number of moves.
    pub(super) fn apply(&self, level: &Level<'_, W>, moves: &[Vec<Move>]) -> usize {
        let apply = |step: &Move| {
            let weight = level.node_weight(step.node);
            self.of[step.node as usize].store(step.to, Relaxed);
            weight.take_from(&self.volumes[step.from as usize]);
            weight.add_to(&self.volumes[step.to as usize]);
        };
        for_each_move(moves, PARALLEL_MOVES, MOVES_PER_TASK, apply)
    }
}

/// Calls `visit` for every move and returns the number of moves. If there are at least `parallel` moves, all threads
/// share the work in tasks of up to `per_task` moves.
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
