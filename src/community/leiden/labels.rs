//! Who is in which community, and how much strength each community holds.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use super::level::Level;
use crate::ids::id32;

/// A label for every node of a level; a label is itself a node of the level.
///
/// The atomics are no lock and order nothing: in every phase they are either only read, or only changed by stores to
/// distinct nodes and by integer additions, which commute. The end of a parallel loop separates the phases.
pub(super) struct Labels {
    of: Vec<AtomicU32>,
    /// By label: the strength of the nodes that carry it.
    volumes: Vec<AtomicU64>,
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

impl Labels {
    /// Every node by itself.
    pub(super) fn singletons(level: &Level<'_>) -> Self {
        Self {
            of: (0..level.node_count()).into_par_iter().map(|u| AtomicU32::new(id32(u))).collect(),
            volumes: level.strengths().par_iter().map(|&strength| AtomicU64::new(strength)).collect(),
        }
    }

    /// The partition in which node `u` carries the label `labels[u]`.
    pub(super) fn from_partition(level: &Level<'_>, labels: &[u32]) -> Self {
        let volumes: Vec<AtomicU64> = (0..labels.len()).into_par_iter().map(|_| AtomicU64::new(0)).collect();
        labels.par_iter().zip(level.strengths()).for_each(|(&label, &strength)| {
            volumes[label as usize].fetch_add(strength, Relaxed);
        });
        Self { of: labels.par_iter().map(|&label| AtomicU32::new(label)).collect(), volumes }
    }

    /// The label of `u`.
    #[inline]
    pub(super) fn of(&self, u: u32) -> u32 {
        self.of[u as usize].load(Relaxed)
    }

    /// The strength of the nodes that carry `label`.
    #[inline]
    pub(super) fn volume(&self, label: u32) -> u64 {
        self.volumes[label as usize].load(Relaxed)
    }

    /// All volumes, by label.
    pub(super) fn volumes(&self) -> Vec<u64> {
        self.volumes.par_iter().map(|volume| volume.load(Relaxed)).collect()
    }

    /// Number of labels that a node of strength above 0 carries.
    pub(super) fn community_count(&self) -> usize {
        self.volumes.par_iter().filter(|volume| volume.load(Relaxed) > 0).count()
    }

    /// Carries out moves of distinct nodes; returns how many there were.
    pub(super) fn apply(&self, level: &Level<'_>, moves: &[Vec<Move>]) -> usize {
        let apply = |list: &Vec<Move>| {
            for step in list {
                let strength = level.strength(step.node);
                self.of[step.node as usize].store(step.to, Relaxed);
                self.volumes[step.from as usize].fetch_sub(strength, Relaxed);
                self.volumes[step.to as usize].fetch_add(strength, Relaxed);
            }
        };
        let count = moves.iter().map(Vec::len).sum();
        if count < PARALLEL_MOVES {
            moves.iter().for_each(apply);
        } else {
            moves.par_iter().for_each(apply);
        }
        count
    }
}
