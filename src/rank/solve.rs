//! The outer loop: certify in `f64`, correct in `f32`, until every column is as near as was asked.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    RankError,
    gather::{CoreRows, lane_sums, pull, pull_plain, sum},
    sweep::{Phase, Task},
    system::{CoreRow, Form, MAX_DISTANCE, System, narrow},
};
use crate::{
    graph::{HugeVec, Rows, Scratch},
    ids::NodeId,
    num::{self, SUM_BLOCK},
};

/// Residuals up to this part of the whole are corrected; from further away the phase starts anew from where it is.
const NEAR: f64 = 1.0 / 1024.0;

/// Into how many ranges nodes are cut when the last values are filled in. Part of no result.
const FINAL_RANGES: usize = 256;

/// When a column is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) tolerance: f64,
    pub(super) max_rounds: u32,
}

/// Columns solved side by side.
pub(super) struct Solved<const L: usize> {
    /// Row after row.
    pub(super) score: Vec<f64>,
    pub(super) rounds: [u32; L],
    pub(super) error_bound: [f64; L],
}

/// What comes next for a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// A phase of `f32` rounds from where it is.
    Afar,
    /// A phase that corrects what is nearly right.
    Near,
    /// Another plain round, because `f32` did not help.
    Plain,
    /// Nothing: certified.
    Done,
}

/// Where a column stands.
#[derive(Clone, Copy, Debug)]
struct Column {
    next: Next,
    rounds: u32,
    bound: f64,
    /// What turns `z` into probabilities: the chance to start anew in a step, `1 / (1 + a · mass on the core and
    /// sources)`.
    jump: f64,
    /// Sums over the core of `z`, of `y - z` and of `|y - z|`.
    mass: f64,
    drift: f64,
    change: f64,
}

/// The columns of one batch. `b`, `z` and `y` have an entry a core row.
struct Batch<'a, const L: usize> {
    system: &'a System<'a>,
    teleport: &'a [[f64; L]],
    limits: Limits,
    /// What comes from outside: `t` and what nodes without in-edges hand on of theirs.
    b: Vec<[f64; L]>,
    b_sum: [f64; L],
    z: Vec<[f64; L]>,
    /// One plain round after `z`.
    y: Vec<[f64; L]>,
    /// Contributions by node. Those of nodes beyond the prefix never change.
    table: HugeVec<f64>,
    /// The contributions of settled nodes. In the table they stand only while `b` or the last values are worked out:
    /// `b` holds what they hand on.
    settled: Vec<[f64; L]>,
    /// The sum of `z` over nodes outside the core that have out-edges.
    sources: [f64; L],
    columns: [Column; L],
}

/// Solves all columns of `teleport` (each sums to 1), each to the same bits as if it were alone.
///
/// `start`, if any, holds values to start from; only those of core nodes count. Columns from `used` on are padding.
pub(super) fn solve<const L: usize>(
    system: &System<'_>,
    teleport: &[[f64; L]],
    start: Option<&[[f64; L]]>,
    used: usize,
    limits: Limits,
) -> Result<Solved<L>, RankError> {
    let mut batch = Batch::new(system, teleport, used, limits);
    let mut phase = Phase::new(system);
    if let Some(start) = start {
        // It may be near already: look before anything else.
        batch.begin_at(start);
        batch.certify();
    }
    while batch.columns.iter().any(|column| column.next != Next::Done) {
        batch.approach(&mut phase);
        batch.certify();
    }
    drop(phase);
    let columns = batch.columns;
    if let Some(column) = columns[..used].iter().find(|column| column.bound > limits.tolerance) {
        let Column { rounds, bound, .. } = *column;
        return Err(RankError::NotConverged { rounds, bound, tolerance: limits.tolerance });
    }
    Ok(Solved {
        score: batch.finish(),
        rounds: columns.map(|column| column.rounds),
        error_bound: columns.map(|column| column.bound),
    })
}

impl<'a, const L: usize> Batch<'a, L> {
    fn new(system: &'a System<'a>, teleport: &'a [[f64; L]], used: usize, limits: Limits) -> Self {
        let (n, prefix) = (teleport.len(), system.prefix);
        let mut table = HugeVec::zeroed(n * L);
        let entries: &mut [[f64; L]] = table.as_chunks_mut().0;
        let beyond = entries[prefix..].par_iter_mut().zip(&teleport[prefix..]).zip(&system.share[prefix..]);
        beyond.for_each(|((entry, t), share)| {
            // Pages of nodes that hand on nothing stay untouched.
            if *share > 0.0 {
                *entry = t.map(|t| t * share);
            }
        });
        let fed = |entries: &[[f64; L]], core: &[CoreRow]| -> Vec<[f64; L]> {
            let value = |rows: &mut Rows<'_>, core: &CoreRow| {
                let pulled = pull_plain(system.fixed_row(*core, rows), entries);
                let t = teleport[NodeId(core.node).index()];
                std::array::from_fn(|lane| t[lane] + system.damping * pulled[lane])
            };
            core.par_iter().with_min_len(SUM_BLOCK).map_init(|| system.in_edges.rows(), value).collect()
        };
        let mut settled = fed(entries, &system.settled);
        let beyond = lane_sums(n - prefix, |i| {
            if system.share[prefix + i] > 0.0 { teleport[prefix + i] } else { [0.0; L] }
        });
        let sources = sum(beyond, lane_sums(settled.len(), |i| settled[i]));
        for (z, core) in settled.iter_mut().zip(&system.settled) {
            *z = z.map(|z| z * system.share[NodeId(core.node).index()]);
        }
        system.settle(entries, |i| settled[i]);
        let b = fed(entries, &system.rows);
        system.settle(entries, |_| [0.0; L]);
        let b_sum = lane_sums(b.len(), |i| b[i]);
        let columns = std::array::from_fn(|lane| Column {
            next: match (lane < used, limits.max_rounds) {
                (false, _) | (true, 0) => Next::Done,
                _ if b_sum[lane] > 0.0 => Next::Afar,
                // Nothing ever gets into the core.
                _ => Next::Plain,
            },
            rounds: 0,
            bound: MAX_DISTANCE,
            jump: 1.0,
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
            settled,
            sources,
            columns,
        }
    }

    /// Starts from probabilities instead of `b`.
    fn begin_at(&mut self, start: &[[f64; L]]) {
        let share = &self.system.share;
        let walking = lane_sums(start.len(), |v| if share[v] > 0.0 { start[v] } else { [0.0; L] });
        let jump = walking.map(|mass| 1.0 - self.system.damping * mass.min(1.0));
        for (i, z) in self.z.iter_mut().enumerate() {
            let start: [f64; L] = std::array::from_fn(|lane| start[self.system.node(i)][lane] / jump[lane]);
            // Where nothing gets into the core, its values are 0, and that is where `z` is.
            *z = std::array::from_fn(|lane| if self.b_sum[lane] > 0.0 { start[lane] } else { z[lane] });
        }
    }

    /// Moves every column that is not done: by a phase in `f32`, or else to the plain round that has been computed.
    fn approach(&mut self, phase: &mut Phase<'_, L>) {
        let tasks = std::array::from_fn(|lane| self.task(lane));
        let (columns, b, y, z) = (&self.columns, &self.b, &self.y, &self.z);
        phase.given.par_iter_mut().zip(&mut phase.d).enumerate().with_min_len(SUM_BLOCK).for_each(
            |(i, ([r, q], d))| {
                for lane in 0..L {
                    let residual = y[i][lane] - z[i][lane];
                    (r[lane], q[lane], d[lane]) = match columns[lane].next {
                        Next::Afar => (0.0, narrow(b[i][lane]), narrow(y[i][lane])),
                        Next::Near => {
                            let scaled = narrow(residual / columns[lane].change);
                            (scaled, narrow(b[i][lane] - residual), scaled)
                        }
                        Next::Plain | Next::Done => (0.0, 0.0, 0.0),
                    };
                }
            },
        );
        let ends = phase.run(&tasks);
        let step = |lane: usize, z: f64, y: f64, d: f32| {
            let (beta, rounds) = ends[lane];
            let next = match columns[lane].next {
                Next::Done => return z,
                _ if rounds == 0 => return y,
                Next::Near => z + columns[lane].change * (f64::from(d) - beta * z),
                Next::Afar | Next::Plain => f64::from(d) / beta,
            };
            // Rounding may carry a tiny value below 0; any start will do for the certificate.
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

    fn task(&self, lane: usize) -> Task {
        let column = &self.columns[lane];
        // One round is left for the certificate.
        let max_rounds = (self.limits.max_rounds - column.rounds).saturating_sub(1);
        let (damping, least) = (self.system.damping, self.system.error_bound(0.0));
        // The residual that would be certified, with `drift` as large as it can be; from afar with the largest jump.
        let goal = (self.limits.tolerance - least) * (1.0 - damping) / (2.0 * damping);
        match column.next {
            Next::Afar => Task { max_rounds, rhs: 0.0, mode: self.b_sum[lane], near: 0.0, goal },
            Next::Near => Task {
                max_rounds,
                // Scaled by 1 / change, like the residual.
                rhs: column.drift / column.change,
                mode: self.b_sum[lane] - column.drift,
                near: column.mass,
                goal: goal / (column.jump * column.change),
            },
            Next::Plain | Next::Done => Task::default(),
        }
    }

    /// One plain round in `f64` from `z` to `y`, and what it says about every column.
    fn certify(&mut self) {
        let system = self.system;
        let entries: &mut [[f64; L]] = self.table.as_chunks_mut().0;
        system.fill(entries, |i| self.z[i].map(|z| z * system.share[system.node(i)]));
        match system.form {
            Form::Unweighted(rows) => self.plain_round(rows),
            Form::Weighted(rows) => self.plain_round(rows),
            Form::Packed(rows) => self.plain_round(rows),
        }
        let over = |term: fn(f64, f64) -> f64| -> [f64; L] {
            lane_sums(self.z.len(), |i| std::array::from_fn(|lane| term(self.z[i][lane], self.y[i][lane])))
        };
        let (mass, drift, change) = (over(|z, _| z), over(|z, y| y - z), over(|z, y| (y - z).abs()));
        for (lane, column) in self.columns.iter_mut().enumerate() {
            if column.next != Next::Done {
                let jump = 1.0 / (1.0 + system.damping * (mass[lane] + self.sources[lane]));
                let before = column.jump * column.change;
                let now =
                    Column { jump, mass: mass[lane], drift: drift[lane], change: change[lane], ..*column };
                *column = now.judged(before, system, self.limits);
            }
        }
    }

    /// Gives `y` what follows from the contributions in the table.
    fn plain_round(&mut self, rows: impl CoreRows) {
        let Self { system, b, y, table, .. } = self;
        let entries: &[[f64; L]] = table.as_chunks().0;
        let chunks: Vec<_> = system.blocks.iter().flatten().collect();
        let parts = num::split_by_lengths(y, chunks.iter().map(|chunk| chunk.len()));
        chunks.into_par_iter().zip(parts).with_max_len(1).for_each(|(chunk, y)| {
            let mut scratch = Scratch::default();
            for ((row, b), y) in system.rows[chunk.clone()].iter().zip(&b[chunk.clone()]).zip(y) {
                let pulled = rows.pull(*row, &mut scratch, entries);
                *y = std::array::from_fn(|lane| b[lane] + system.damping * pulled[lane]);
            }
        });
    }

    /// The probabilities of all nodes, row after row, from the last plain round.
    fn finish(self) -> Vec<f64> {
        let Self { system, teleport, y, mut table, settled, columns, .. } = self;
        system.settle(table.as_chunks_mut().0, |i| settled[i]);
        let entries: &[[f64; L]] = table.as_chunks().0;
        let mut score = vec![0.0; teleport.len() * L];
        let ranges = system.in_edges.balanced_ranges(FINAL_RANGES);
        let parts = num::split_by_lengths(score.as_chunks_mut::<L>().0, ranges.iter().map(Range::len));
        ranges.into_par_iter().zip(parts).with_max_len(1).for_each(|(range, score)| {
            let in_rows = system.in_edges.stored();
            let mut core = system.rows.partition_point(|row| NodeId(row.node).index() < range.start);
            let mut scratch = Scratch::default();
            for (v, score) in range.zip(score) {
                let value: [f64; L] =
                    if system.rows.get(core).is_some_and(|row| NodeId(row.node).index() == v) {
                        core += 1;
                        y[core - 1]
                    } else if v >= system.prefix && system.share[v] > 0.0 {
                        teleport[v]
                    } else {
                        // All that feeds a dangling or a settled node is in the table now.
                        let (t, pulled) =
                            (teleport[v], pull(in_rows.row(NodeId::new(v)), &mut scratch, entries));
                        std::array::from_fn(|lane| t[lane] + system.damping * pulled[lane])
                    };
                *score = std::array::from_fn(|lane| columns[lane].jump * value[lane]);
            }
        });
        scale_to_one::<L>(&mut score);
        score
    }
}

impl Column {
    /// After a plain round: is it certified, and if not, what then?
    fn judged(self, residual_before: f64, system: &System<'_>, limits: Limits) -> Self {
        let residual = self.jump * self.change;
        let rounds = self.rounds + 1;
        let bound = system.error_bound(residual + self.jump * self.drift.abs());
        let next = if bound <= limits.tolerance || rounds >= limits.max_rounds {
            Next::Done
        } else if rounds > 1 && self.next != Next::Plain && residual > 0.5 * residual_before {
            Next::Plain
        } else if residual <= NEAR {
            Next::Near
        } else {
            Next::Afar
        };
        Self { next, rounds, bound, ..self }
    }
}

/// Makes every column sum to 1.
pub(super) fn scale_to_one<const L: usize>(score: &mut [f64]) {
    let rows = score.as_chunks_mut::<L>().0;
    let sums = lane_sums(rows.len(), |v| rows[v]);
    rows.par_iter_mut().with_min_len(SUM_BLOCK).for_each(|row| {
        for lane in 0..L {
            row[lane] /= sums[lane];
        }
    });
}
