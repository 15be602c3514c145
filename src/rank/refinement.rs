//! The outer solver, iterative refinement: certify in `f64`, correct in `f32`, until every column meets the tolerance.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    RankError,
    error_bounds::MAX_DISTANCE,
    gather::{CoreRows, lane_sums, pull, pull_plain, scale_to_one, sum},
    sweep::{Phase, PhaseTask},
    system::{CoreRow, CoreStorage, System, narrow},
};
use crate::{
    graph::{HugeVec, RowBuffer, Rows},
    ids::NodeId,
    num::{self, SUM_BLOCK},
};

/// If a residual is at most this fraction of the total, the inner solver solves for the correction; if it is larger,
/// the inner solver continues from the current values.
const NEAR: f64 = 1.0 / 1024.0;

/// Maximum number of ranges of nodes when the final values are computed. Does not affect the result.
const FINAL_RANGES: usize = 256;

#[derive(Clone, Copy, Debug)]
pub(super) struct SolveLimits {
    pub(super) tolerance: f64,
    pub(super) max_rounds: u32,
}

/// The certified columns of one batch.
pub(super) struct SolvedBatch<const L: usize> {
    /// Interleaved: node after node, each with all columns.
    pub(super) score: Vec<f64>,
    pub(super) rounds: [u32; L],
    pub(super) error_bound: [f64; L],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextStep {
    /// A phase of `f32` rounds from values that are far from the solution.
    Approach,
    /// A phase of `f32` rounds that corrects a small residual.
    Correct,
    /// Another plain round, because `f32` did not help.
    PlainRound,
    /// No step: the column is certified, or has reached the limit on rounds.
    Done,
}

#[derive(Clone, Copy, Debug)]
struct ColumnState {
    next: NextStep,
    rounds: u32,
    bound: f64,
    /// The restart probability of a step, `1 / (1 + a · mass of z on nodes with out-edges)`; turns `z` into
    /// probabilities.
    restart: f64,
    /// The sum of `z` over the core.
    mass: f64,
    /// The sum of `y - z` over the core.
    drift: f64,
    /// The sum of `|y - z|` over the core.
    change: f64,
}

/// The columns of one batch. `b`, `z` and `y` have one entry per core row.
struct RefinementBatch<'a, const L: usize> {
    system: &'a System<'a>,
    teleport: &'a [[f64; L]],
    limits: SolveLimits,
    /// The constant part of the equations: `t`, and the contributions of nodes whose values never change.
    b: Vec<[f64; L]>,
    b_sum: [f64; L],
    z: Vec<[f64; L]>,
    /// One plain round after `z`.
    y: Vec<[f64; L]>,
    /// The contribution of each node: value times share. Contributions of nodes beyond the prefix never change.
    table: HugeVec<f64>,
    /// The contributions of `system.no_core_in_edges`. They are in the table only while `b` and the final values are
    /// computed; in between, `b` includes them.
    no_core_in_edges: Vec<[f64; L]>,
    /// The sum of `z` over nodes outside the core that have out-edges.
    sources: [f64; L],
    columns: [ColumnState; L],
}

/// Solves all columns of `teleport` (each sums to 1). A column has the same bits as if it were solved alone.
///
/// `start`, if given, holds the probabilities from which to start; only the probabilities of core nodes matter. Columns
/// from `used` on are padding.
pub(super) fn solve_by_refinement<const L: usize>(
    system: &System<'_>,
    teleport: &[[f64; L]],
    start: Option<&[[f64; L]]>,
    used: usize,
    limits: SolveLimits,
) -> Result<SolvedBatch<L>, RankError> {
    let mut batch = RefinementBatch::new(system, teleport, used, limits);
    let mut phase = Phase::new(system);
    if let Some(start) = start {
        // The start may be near enough already, so certify first.
        batch.start_from(start);
        batch.certify();
    }
    while batch.columns.iter().any(|column| column.next != NextStep::Done) {
        batch.improve(&mut phase);
        batch.certify();
    }
    drop(phase);
    let columns = batch.columns;
    if let Some(column) = columns[..used].iter().find(|column| column.bound > limits.tolerance) {
        let ColumnState { rounds, bound, .. } = *column;
        return Err(RankError::NotConverged { rounds, bound, tolerance: limits.tolerance });
    }
    Ok(SolvedBatch {
        score: batch.into_scores(),
        rounds: columns.map(|column| column.rounds),
        error_bound: columns.map(|column| column.bound),
    })
}

impl<'a, const L: usize> RefinementBatch<'a, L> {
    fn new(system: &'a System<'a>, teleport: &'a [[f64; L]], used: usize, limits: SolveLimits) -> Self {
        let (n, prefix) = (teleport.len(), system.prefix);
        // The contributions of nodes beyond the prefix that have out-edges: they have no in-edges, so z = t.
        let mut table = HugeVec::zeroed(n * L);
        let entries: &mut [[f64; L]] = table.as_chunks_mut().0;
        let beyond = entries[prefix..].par_iter_mut().zip(&teleport[prefix..]).zip(&system.share[prefix..]);
        beyond.for_each(|((entry, t), share)| {
            // Dangling nodes contribute nothing; their pages stay untouched.
            if *share > 0.0 {
                *entry = t.map(|t| t * share);
            }
        });
        // t plus the contributions of sources whose values never change.
        let constant_part = |entries: &[[f64; L]], core: &[CoreRow]| -> Vec<[f64; L]> {
            let value = |rows: &mut Rows<'_>, core: &CoreRow| {
                let pulled = pull_plain(system.fixed_row(*core, rows), entries);
                let t = teleport[core.node.index()];
                std::array::from_fn(|lane| t[lane] + system.damping * pulled[lane])
            };
            core.par_iter().with_min_len(SUM_BLOCK).map_init(|| system.in_edges.rows(), value).collect()
        };
        let mut no_core_in_edges = constant_part(entries, &system.no_core_in_edges);
        let beyond = lane_sums(n - prefix, |i| {
            if system.share[prefix + i] > 0.0 { teleport[prefix + i] } else { [0.0; L] }
        });
        let sources = sum(beyond, lane_sums(no_core_in_edges.len(), |i| no_core_in_edges[i]));
        for (z, core) in no_core_in_edges.iter_mut().zip(&system.no_core_in_edges) {
            *z = z.map(|z| z * system.share[core.node.index()]);
        }
        system.fill_no_core_in_edges(entries, |i| no_core_in_edges[i]);
        let b = constant_part(entries, &system.rows);
        system.fill_no_core_in_edges(entries, |_| [0.0; L]);
        let b_sum = lane_sums(b.len(), |i| b[i]);
        let columns = std::array::from_fn(|lane| ColumnState {
            next: match (lane < used, limits.max_rounds) {
                (false, _) | (true, 0) => NextStep::Done,
                _ if b_sum[lane] > 0.0 => NextStep::Approach,
                // No rank ever enters the core.
                _ => NextStep::PlainRound,
            },
            rounds: 0,
            bound: MAX_DISTANCE,
            restart: 1.0,
            mass: 0.0,
            drift: 0.0,
            change: f64::INFINITY,
        });
        Self {
            system,
            teleport,
            limits,
            z: b.clone(),
            y: b.clone(),
            b,
            b_sum,
            table,
            no_core_in_edges,
            sources,
            columns,
        }
    }

    /// Starts from probabilities instead of `b`.
    fn start_from(&mut self, start: &[[f64; L]]) {
        let share = &self.system.share;
        let walking = lane_sums(start.len(), |v| if share[v] > 0.0 { start[v] } else { [0.0; L] });
        let restart = walking.map(|mass| 1.0 - self.system.damping * mass.min(1.0));
        for (i, z) in self.z.iter_mut().enumerate() {
            let start: [f64; L] =
                std::array::from_fn(|lane| start[self.system.node(i)][lane] / restart[lane]);
            // If no rank enters the core, the solution is 0; `z` is 0 from the beginning.
            *z = std::array::from_fn(|lane| if self.b_sum[lane] > 0.0 { start[lane] } else { z[lane] });
        }
    }

    /// Improves every column that is not done: by a phase in `f32`, or by taking the result `y` of the plain round.
    fn improve(&mut self, phase: &mut Phase<'_, L>) {
        let tasks = std::array::from_fn(|lane| self.task(lane));
        let (columns, b, y, z) = (&self.columns, &self.b, &self.y, &self.z);
        phase.r_q.par_iter_mut().zip(&mut phase.d).enumerate().with_min_len(SUM_BLOCK).for_each(
            |(i, ([r, q], d))| {
                for lane in 0..L {
                    let residual = y[i][lane] - z[i][lane];
                    (r[lane], q[lane], d[lane]) = match columns[lane].next {
                        NextStep::Approach => (0.0, narrow(b[i][lane]), narrow(y[i][lane])),
                        NextStep::Correct => {
                            let scaled = narrow(residual / columns[lane].change);
                            (scaled, narrow(b[i][lane] - residual), scaled)
                        }
                        NextStep::PlainRound | NextStep::Done => (0.0, 0.0, 0.0),
                    };
                }
            },
        );
        let ends = phase.run(&tasks);
        let step = |lane: usize, z: f64, y: f64, d: f32| {
            let (beta, rounds) = ends[lane];
            let next = match columns[lane].next {
                NextStep::Done => return z,
                _ if rounds == 0 => return y,
                NextStep::Correct => z + columns[lane].change * (f64::from(d) - beta * z),
                NextStep::Approach | NextStep::PlainRound => f64::from(d) / beta,
            };
            // Rounding may make a tiny value negative. The certificate holds for any `z`, so it can be clamped.
            next.max(0.0)
        };
        self.z.par_iter_mut().zip(&self.y).zip(&phase.d).with_min_len(SUM_BLOCK).for_each(|((z, y), d)| {
            for lane in 0..L {
                z[lane] = step(lane, z[lane], y[lane], d[lane]);
            }
        });
        for (column, (_, rounds)) in self.columns.iter_mut().zip(ends) {
            column.rounds += rounds;
        }
    }

    fn task(&self, lane: usize) -> PhaseTask {
        let column = &self.columns[lane];
        // One round is left for the certificate.
        let max_rounds = (self.limits.max_rounds - column.rounds).saturating_sub(1);
        let (damping, least) = (self.system.damping, self.system.error_bound(0.0));
        // The largest residual that can be certified if `drift` and, in an approach, `restart` have their largest
        // possible values.
        let goal = (self.limits.tolerance - least) * (1.0 - damping) / (2.0 * damping);
        match column.next {
            NextStep::Approach => {
                PhaseTask { max_rounds, r_sum: 0.0, q_sum: self.b_sum[lane], z_sum: 0.0, goal }
            }
            NextStep::Correct => PhaseTask {
                max_rounds,
                // Scaled by 1 / change, like the residual.
                r_sum: column.drift / column.change,
                q_sum: self.b_sum[lane] - column.drift,
                z_sum: column.mass,
                goal: goal / (column.restart * column.change),
            },
            NextStep::PlainRound | NextStep::Done => PhaseTask::default(),
        }
    }

    /// Computes `y`, one plain round in `f64` after `z`, and from it the error bound and next step of every column.
    fn certify(&mut self) {
        let system = self.system;
        let entries: &mut [[f64; L]] = self.table.as_chunks_mut().0;
        system.fill(entries, |i| self.z[i].map(|z| z * system.share[system.node(i)]));
        match system.storage {
            CoreStorage::Unweighted(rows) => self.plain_round(rows),
            CoreStorage::Weighted(rows) => self.plain_round(rows),
            CoreStorage::Compressed(rows) => self.plain_round(rows),
        }
        let over = |term: fn(f64, f64) -> f64| -> [f64; L] {
            lane_sums(self.z.len(), |i| std::array::from_fn(|lane| term(self.z[i][lane], self.y[i][lane])))
        };
        let (mass, drift, change) = (over(|z, _| z), over(|z, y| y - z), over(|z, y| (y - z).abs()));
        for (lane, column) in self.columns.iter_mut().enumerate() {
            if column.next != NextStep::Done {
                let restart = 1.0 / (1.0 + system.damping * (mass[lane] + self.sources[lane]));
                let before = column.restart * column.change;
                let (mass, drift, change) = (mass[lane], drift[lane], change[lane]);
                let now = ColumnState { restart, mass, drift, change, ..*column };
                *column = now.with_bound(before, system, self.limits);
            }
        }
    }

    /// Computes `y` from the contributions in the table.
    fn plain_round(&mut self, rows: impl CoreRows) {
        let Self { system, b, y, table, .. } = self;
        let entries: &[[f64; L]] = table.as_chunks().0;
        let chunks: Vec<_> = system.blocks.iter().flatten().collect();
        let parts = num::split_by_lengths(y, chunks.iter().map(|chunk| chunk.len()));
        chunks.into_par_iter().zip(parts).with_max_len(1).for_each(|(chunk, y)| {
            let mut buffer = RowBuffer::default();
            for ((row, b), y) in system.rows[chunk.clone()].iter().zip(&b[chunk.clone()]).zip(y) {
                let pulled = rows.pull(*row, &mut buffer, entries);
                *y = std::array::from_fn(|lane| b[lane] + system.damping * pulled[lane]);
            }
        });
    }

    /// The probabilities of all nodes, from the last plain round.
    fn into_scores(self) -> Vec<f64> {
        let Self { system, teleport, y, mut table, no_core_in_edges, columns, .. } = self;
        system.fill_no_core_in_edges(table.as_chunks_mut().0, |i| no_core_in_edges[i]);
        let entries: &[[f64; L]] = table.as_chunks().0;
        let mut score = vec![0.0; teleport.len() * L];
        let ranges = system.in_edges.balanced_ranges(FINAL_RANGES);
        let parts = num::split_by_lengths(score.as_chunks_mut::<L>().0, ranges.iter().map(Range::len));
        ranges.into_par_iter().zip(parts).with_max_len(1).for_each(|(range, score)| {
            let in_rows = system.in_edges.stored();
            let mut core = system.rows.partition_point(|row| row.node.index() < range.start);
            let mut buffer = RowBuffer::default();
            for (v, score) in range.zip(score) {
                let value: [f64; L] = if system.rows.get(core).is_some_and(|row| row.node.index() == v) {
                    core += 1;
                    y[core - 1]
                } else if v >= system.prefix && system.share[v] > 0.0 {
                    teleport[v]
                } else {
                    // A dangling node or one of `no_core_in_edges`: the table now holds all contributions.
                    let (t, pulled) = (teleport[v], pull(in_rows.row(NodeId::new(v)), &mut buffer, entries));
                    std::array::from_fn(|lane| t[lane] + system.damping * pulled[lane])
                };
                *score = std::array::from_fn(|lane| columns[lane].restart * value[lane]);
            }
        });
        scale_to_one::<L>(&mut score);
        score
    }
}

impl ColumnState {
    /// The state after a plain round: its error bound, and the next step.
    fn with_bound(self, residual_before: f64, system: &System<'_>, limits: SolveLimits) -> Self {
        let residual = self.restart * self.change;
        let rounds = self.rounds + 1;
        let bound = system.error_bound(residual + self.restart * self.drift.abs());
        let next = if bound <= limits.tolerance || rounds >= limits.max_rounds {
            NextStep::Done
        } else if rounds > 1 && self.next != NextStep::PlainRound && residual > 0.5 * residual_before {
            NextStep::PlainRound
        } else if residual <= NEAR {
            NextStep::Correct
        } else {
            NextStep::Approach
        };
        Self { next, rounds, bound, ..self }
    }
}
