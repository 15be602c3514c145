//! The inner solver: a phase of many rounds in `f32`, up to the accuracy of `f32`.
//!
//! A phase iterates `d = r + β q + a A d` for every column, where `β` is set after each round so that the total mass is
//! right: `Σ leak · d = Σ r + β Σ q`. There are two kinds of phases.
//!
//! - *Approach*, from values far from the solution: `r = 0` and `q = b`. Then `d / β` tends to the solution of
//!   `z = b + a A z`. This is the power method with its mass renormalized.
//! - *Correction* of a `z` that is near the solution: `r` is its residual (scaled to sum to 1, so that `f32` does not
//!   underflow) and `q = b - r`, which is `(1 - a A) z`. Then `d - β z` tends to the correction: rounding errors are
//!   small relative to `r`.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    extrapolate::IterateHistory,
    gather::{CoreRows, lane_sums, sum},
    system::{CoreRow, CoreStorage, Flow, SCALE, System, narrow},
};
use crate::{
    graph::{HugeVec, RowBuffer},
    num,
};

/// Changes below this fraction of the total are rounding noise.
const NOISE: f64 = 1.0 / 4_194_304.0;
/// A phase ends after this many rounds without a new smallest change.
const MAX_STALLED_ROUNDS: u32 = 16;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PhaseTask {
    /// Limit on rounds; 0 leaves the column unchanged.
    pub(super) max_rounds: u32,
    pub(super) r_sum: f64,
    pub(super) q_sum: f64,
    /// The sum of the `z` that is corrected; 0 in an approach.
    pub(super) z_sum: f64,
    /// The phase ends when the predicted residual (in an approach, the residual of `d / β`) is at most this.
    pub(super) goal: f64,
}

impl PhaseTask {
    /// The `β` that makes the total mass right, where `leak` is the sum of leak times value.
    fn beta(&self, leak: f64) -> f64 {
        (leak - self.r_sum) / self.q_sum
    }
}

#[derive(Clone, Copy, Debug)]
struct PhaseState {
    beta: f64,
    rounds: u32,
    /// L1 change of the last round.
    change: f64,
    /// The smallest change so far.
    least: f64,
    /// Number of rounds since the smallest change.
    stalled: u32,
    live: bool,
}

/// Sums of one round over the rows of a chunk.
#[derive(Clone, Copy, Debug)]
struct RoundSums<const L: usize> {
    /// Sum of absolute changes.
    change: [f64; L],
    /// Sum of leak times value.
    leak: [f64; L],
    /// Sum of absolute values.
    size: [f64; L],
}

/// The vectors of a phase; `r`, `q` and `d` have one entry per core row.
#[derive(Debug)]
pub(super) struct Phase<'a, const L: usize> {
    pub(super) system: &'a System<'a>,
    /// `r` and `q`, interleaved.
    pub(super) r_q: Vec<[[f32; L]; 2]>,
    pub(super) d: Vec<[f32; L]>,
    /// The contribution of each node: value times share.
    table: HugeVec<f32>,
    /// The new contributions of a block until all of its rows are done.
    staged: HugeVec<f32>,
    history: IterateHistory<L>,
}

impl<'a, const L: usize> Phase<'a, L> {
    pub(super) fn new(system: &'a System<'a>) -> Self {
        let rows = system.rows.len();
        let zeros = || HugeVec::zeroed(system.prefix * L);
        Self {
            system,
            r_q: vec![[[0.0; L]; 2]; rows],
            d: vec![[0.0; L]; rows],
            table: zeros(),
            staged: zeros(),
            history: IterateHistory::new(),
        }
    }

    /// Runs each column from the current `d` until that column is done; returns the last `β` and the number of rounds
    /// of each column.
    ///
    /// A finished column is left unchanged, so no column depends on other columns.
    pub(super) fn run(&mut self, tasks: &[PhaseTask; L]) -> [(f64, u32); L] {
        let leak = self.write_contributions();
        let mut states: [PhaseState; L] = std::array::from_fn(|lane| PhaseState {
            beta: tasks[lane].beta(leak[lane]),
            rounds: 0,
            change: f64::INFINITY,
            least: f64::INFINITY,
            stalled: 0,
            live: tasks[lane].max_rounds > 0,
        });
        for round in 1.. {
            let live = states.map(|state| state.live);
            if !live.contains(&true) {
                break;
            }
            let sums = self.round(&states.map(|state| narrow(state.beta)), &live);
            for (lane, (state, task)) in states.iter_mut().zip(tasks).enumerate() {
                if state.live {
                    state.advance(task, sums.change[lane], sums.leak[lane], sums.size[lane]);
                }
            }
            let live = states.map(|state| state.live);
            if live.contains(&true) && self.history.record(round, &mut self.d, &live) {
                let leak = self.write_contributions();
                for (lane, (state, task)) in states.iter_mut().zip(tasks).enumerate() {
                    if state.live {
                        state.restart(task, leak[lane]);
                    }
                }
            }
        }
        states.map(|state| (state.beta, state.rounds))
    }

    /// Writes the contributions of `d` to the table and returns the sum of leak times value.
    fn write_contributions(&mut self) -> [f64; L] {
        self.system.fill(self.table.as_chunks_mut().0, |i| self.d[i].map(|d| d * self.system.flows[i].share));
        lane_sums(self.d.len(), |i| self.d[i].map(|d| f64::from(d) * f64::from(self.system.flows[i].leak)))
    }

    /// One pass over the edges of the core.
    fn round(&mut self, beta: &[f32; L], live: &[bool; L]) -> RoundSums<L> {
        match self.system.storage {
            CoreStorage::Unweighted(rows) => self.round_of(rows, beta, live),
            CoreStorage::Weighted(rows) => self.round_of(rows, beta, live),
            CoreStorage::Compressed(rows) => self.round_of(rows, beta, live),
        }
    }

    fn round_of(&mut self, rows: impl CoreRows, beta: &[f32; L], live: &[bool; L]) -> RoundSums<L> {
        let damping = self.system.damping / SCALE;
        let kernel = RoundKernel { rows, system: self.system, damping, r_q: &self.r_q, beta, live };
        let mut total = RoundSums::zero();
        let mut add = |sums: RoundSums<L>| {
            total.change = sum(total.change, sums.change);
            total.leak = sum(total.leak, sums.leak);
            total.size = sum(total.size, sums.size);
        };
        for block in &self.system.blocks {
            if let [chunk] = &block[..]
                && self.system.in_place
            {
                // No other task runs now, so nodes may read this round's values even within the chunk.
                add(kernel.chunk_in_place(
                    chunk.clone(),
                    &mut self.d[chunk.clone()],
                    self.table.as_chunks_mut().0,
                ));
                continue;
            }
            let rows = block[0].start..block[block.len() - 1].end;
            let nodes = self.system.nodes_of(&rows);
            let table: &[[f32; L]] = self.table.as_chunks().0;
            let staged = self.system.parts_of(block, self.staged.as_chunks_mut().0);
            let d = num::split_by_lengths(&mut self.d[rows], block.iter().map(Range::len));
            let work = block.par_iter().zip(d).zip(staged).with_max_len(1);
            let sums: Vec<RoundSums<L>> =
                work.map(|((chunk, d), staged)| kernel.chunk(chunk.clone(), d, table, staged)).collect();
            sums.into_iter().for_each(&mut add);
            if self.system.blocks.len() == 1 {
                std::mem::swap(&mut self.table, &mut self.staged);
            } else {
                let entries = nodes.start * L..nodes.end * L;
                self.table[entries.clone()].copy_from_slice(&self.staged[entries]);
            }
        }
        total
    }
}

/// The inputs that all chunks of a round share.
struct RoundKernel<'a, R, const L: usize> {
    rows: R,
    system: &'a System<'a>,
    /// The damping divided by [`SCALE`].
    damping: f64,
    r_q: &'a [[[f32; L]; 2]],
    beta: &'a [f32; L],
    live: &'a [bool; L],
}

impl<R: CoreRows, const L: usize> RoundKernel<'_, R, L> {
    /// Reads `table` and writes the new contributions to `staged`, which starts at the node of the first row.
    fn chunk(
        &self,
        rows: Range<usize>,
        d: &mut [[f32; L]],
        table: &[[f32; L]],
        staged: &mut [[f32; L]],
    ) -> RoundSums<L> {
        let first = self.system.nodes_of(&rows).start;
        let mut sums = RoundSums::zero();
        let mut buffer = RowBuffer::default();
        for (row, d) in self.inputs(rows).zip(d) {
            let pulled = self.rows.pull(*row.0, &mut buffer, table);
            staged[row.0.node.index() - first] = self.next(row, pulled, d, &mut sums);
        }
        sums
    }

    /// Like [`chunk`](Self::chunk), but writes to `table`, so that every node reads the new values of the nodes before
    /// it.
    fn chunk_in_place(&self, rows: Range<usize>, d: &mut [[f32; L]], table: &mut [[f32; L]]) -> RoundSums<L> {
        let mut sums = RoundSums::zero();
        let mut buffer = RowBuffer::default();
        for (row, d) in self.inputs(rows).zip(d) {
            let pulled = self.rows.pull(*row.0, &mut buffer, table);
            table[row.0.node.index()] = self.next(row, pulled, d, &mut sums);
        }
        sums
    }

    /// The core row, the flow, and `r` and `q` of each of these rows.
    fn inputs(&self, rows: Range<usize>) -> impl Iterator<Item = (&CoreRow, &Flow, &[[f32; L]; 2])> {
        let (flows, r_q) = (&self.system.flows[rows.clone()], &self.r_q[rows.clone()]);
        self.system.rows[rows].iter().zip(flows).zip(r_q).map(|((row, flow), r_q)| (row, flow, r_q))
    }

    /// Computes the next value of a core row from the sum that it pulled, and returns its contribution.
    #[expect(clippy::inline_always, reason = "rows are short")]
    #[inline(always)]
    fn next(
        &self,
        (_, flow, [r, q]): (&CoreRow, &Flow, &[[f32; L]; 2]),
        pulled: [f64; L],
        d: &mut [f32; L],
        sums: &mut RoundSums<L>,
    ) -> [f32; L] {
        let mut contribution = [0.0; L];
        for lane in 0..L {
            let walked = narrow(self.damping * pulled[lane]);
            let next = r[lane] + self.beta[lane] * q[lane] + walked;
            let next = if self.live[lane] { next } else { d[lane] };
            sums.change[lane] += f64::from((next - d[lane]).abs());
            sums.leak[lane] += f64::from(next * flow.leak);
            sums.size[lane] += f64::from(next.abs());
            d[lane] = next;
            contribution[lane] = next * flow.share;
        }
        contribution
    }
}

impl<const L: usize> RoundSums<L> {
    fn zero() -> Self {
        Self { change: [0.0; L], leak: [0.0; L], size: [0.0; L] }
    }
}

impl PhaseState {
    /// Continues after an extrapolation; `leak` is the new sum of leak times value.
    fn restart(&mut self, task: &PhaseTask, leak: f64) {
        self.beta = task.beta(leak);
        // The change of the next round says nothing about the convergence rate, which is then taken as 1.
        self.change = 0.0;
    }

    /// Records a round and decides whether the column needs another round.
    fn advance(&mut self, task: &PhaseTask, change: f64, leak: f64, size: f64) {
        let before = (self.beta, self.change);
        self.rounds += 1;
        self.beta = task.beta(leak);
        let is_approach = task.z_sum == 0.0;
        // The actual iterates are d / β and d - β z, which also change with β.
        let (change, size) = if is_approach {
            ((change + (self.beta / before.0 - 1.0).abs() * size) / self.beta, size / self.beta)
        } else {
            (change + (self.beta - before.0).abs() * task.z_sum, size + self.beta.abs() * task.z_sum)
        };
        self.change = change;
        self.stalled = if change < self.least { 0 } else { self.stalled + 1 };
        self.least = self.least.min(change);
        let rate = (change / before.1).min(1.0);
        let done = change <= NOISE * size || (self.rounds > 1 && change * rate <= task.goal);
        self.live = !(done || self.stalled == MAX_STALLED_ROUNDS || self.rounds == task.max_rounds);
    }
}
