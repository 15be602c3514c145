//! The inner phase: many rounds in `f32`, until they have said what `f32` can say.
//!
//! A phase iterates `d = r + β q + a A d` for every column, where `β` is set after each round so that the mass of the
//! whole is right: `Σ leak · d = Σ r + β Σ q`. It comes in two kinds.
//!
//! - *From afar*: `r = 0` and `q = b`. Then `d / β` tends to the solution of `z = b + a A z`. This is the power method
//!   with its mass renormalised.
//! - *Correcting* a `z` that is near: `r` is its residual (scaled to sum to 1, lest `f32` underflow) and `q = b - r`,
//!   which is `(1 - a A) z`. Then `d - β z` tends to the correction: what `f32` rounds off is small against `r`.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    gather::{pull, sum},
    system::{SCALE, System, narrow},
};
use crate::{
    graph::{HugeVec, Scratch},
    ids::NodeId,
    num,
};

/// Changes below this part of the whole are rounding.
const NOISE: f64 = 1.0 / 4_194_304.0;
/// Rounds without a smaller change than ever before after which a phase ends.
const PATIENCE: u32 = 16;

/// What a phase is to do for one column.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Task {
    /// At most so many rounds; 0 leaves the column alone.
    pub(super) max_rounds: u32,
    /// The sum of `r`.
    pub(super) rhs: f64,
    /// The sum of `q`.
    pub(super) mode: f64,
    /// The sum of the `z` that is being corrected; 0 from afar.
    pub(super) near: f64,
    /// Predicted residuals of this size are small enough; from afar in units of `d / β`.
    pub(super) goal: f64,
}

/// Where a column stands.
#[derive(Clone, Copy, Debug)]
struct State {
    beta: f64,
    rounds: u32,
    change: f64,
    least: f64,
    stalled: u32,
    live: bool,
}

/// Sums over the rows of a chunk.
#[derive(Clone, Copy, Debug)]
struct Sums<const L: usize> {
    /// Of absolute changes.
    change: [f64; L],
    /// Of leak times value.
    leak: [f64; L],
    /// Of absolute values.
    size: [f64; L],
}

/// The vectors of a phase; `r`, `q` and `d` have a row a core row.
#[derive(Debug)]
pub(super) struct Phase<'a, const L: usize> {
    pub(super) system: &'a System<'a>,
    /// `r` and `q` side by side.
    pub(super) given: Vec<[[f32; L]; 2]>,
    pub(super) d: Vec<[f32; L]>,
    /// Contributions by node: value times share.
    table: HugeVec<f32>,
    /// Where the contributions of a block are put until all of it is done.
    staged: HugeVec<f32>,
}

impl<'a, const L: usize> Phase<'a, L> {
    pub(super) fn new(system: &'a System<'a>) -> Self {
        let rows = system.rows.len();
        let zeros = || HugeVec::zeroed(system.prefix * L);
        Self {
            system,
            given: vec![[[0.0; L]; 2]; rows],
            d: vec![[0.0; L]; rows],
            table: zeros(),
            staged: zeros(),
        }
    }

    /// Runs every column from the `d` that is given to its own end; returns the last `β` and the rounds of each.
    ///
    /// A column that has ended stands still, so none depends on what runs beside it.
    pub(super) fn run(&mut self, tasks: &[Task; L]) -> [(f64, u32); L] {
        let table = lanes_mut(&mut self.table);
        for ((row, flow), d) in self.system.rows.iter().zip(&self.system.flows).zip(&self.d) {
            table[NodeId(row.node).index()] = d.map(|d| d * flow.share);
        }
        let leak = super::gather::lane_sums(self.d.len(), |i| {
            self.d[i].map(|d| f64::from(d) * f64::from(self.system.flows[i].leak))
        });
        let mut states: [State; L] = std::array::from_fn(|lane| State {
            beta: (leak[lane] - tasks[lane].rhs) / tasks[lane].mode,
            rounds: 0,
            change: f64::INFINITY,
            least: f64::INFINITY,
            stalled: 0,
            live: tasks[lane].max_rounds > 0,
        });
        while states.iter().any(|state| state.live) {
            let beta = states.map(|state| narrow(state.beta));
            let sums = self.round(&beta, &states.map(|state| state.live));
            for (lane, (state, task)) in states.iter_mut().zip(tasks).enumerate() {
                if state.live {
                    state.advance(task, sums.change[lane], sums.leak[lane], sums.size[lane]);
                }
            }
        }
        states.map(|state| (state.beta, state.rounds))
    }

    /// One pass over the edges of the core.
    fn round(&mut self, beta: &[f32; L], live: &[bool; L]) -> Sums<L> {
        let damping = self.system.damping / SCALE;
        let step = Step { system: self.system, damping, given: &self.given, beta, live };
        let zero = [0.0; L];
        let mut total = Sums { change: zero, leak: zero, size: zero };
        let mut add = |sums: Sums<L>| {
            total.change = sum(total.change, sums.change);
            total.leak = sum(total.leak, sums.leak);
            total.size = sum(total.size, sums.size);
        };
        for block in &self.system.blocks {
            if let [chunk] = &block[..]
                && self.system.in_place
            {
                // Nobody else reads or writes now, so nodes see this round's values even within the chunk.
                add(step.chunk_in_place(
                    chunk.clone(),
                    &mut self.d[chunk.clone()],
                    lanes_mut(&mut self.table),
                ));
                continue;
            }
            let rows = block[0].start..block[block.len() - 1].end;
            let nodes = self.system.nodes_of(&rows);
            let table = lanes(&self.table);
            // A chunk's part of the stage ends where the next one's begins.
            let starts = block.iter().map(|chunk| self.system.nodes_of(chunk).start);
            let cuts: Vec<usize> = starts.chain([nodes.end]).collect();
            let staged = &mut lanes_mut(&mut self.staged)[nodes.clone()];
            let staged = num::split_by_lengths(staged, cuts.windows(2).map(|cut| cut[1] - cut[0]));
            let d = num::split_by_lengths(&mut self.d[rows], block.iter().map(Range::len));
            let work = block.par_iter().zip(d).zip(staged).with_max_len(1);
            let sums: Vec<Sums<L>> =
                work.map(|((chunk, d), staged)| step.chunk(chunk.clone(), d, table, staged)).collect();
            sums.into_iter().for_each(&mut add);
            if self.system.blocks.len() == 1 {
                std::mem::swap(&mut self.table, &mut self.staged);
            } else {
                lanes_mut::<L>(&mut self.table)[nodes.clone()].copy_from_slice(&lanes(&self.staged)[nodes]);
            }
        }
        total
    }
}

/// What all chunks of a round share.
struct Step<'a, const L: usize> {
    system: &'a System<'a>,
    /// That of the system, over [`SCALE`].
    damping: f64,
    given: &'a [[[f32; L]; 2]],
    beta: &'a [f32; L],
    live: &'a [bool; L],
}

impl<const L: usize> Step<'_, L> {
    /// Reads one table and leaves the new contributions in `staged`, which starts at the node of the first row.
    fn chunk(
        &self,
        rows: Range<usize>,
        d: &mut [[f32; L]],
        table: &[[f32; L]],
        staged: &mut [[f32; L]],
    ) -> Sums<L> {
        let mut scratch = Scratch::default();
        let first = self.system.nodes_of(&rows).start;
        let mut sums = Sums { change: [0.0; L], leak: [0.0; L], size: [0.0; L] };
        for (i, d) in rows.zip(d) {
            let contribution = self.node(i, d, table, &mut scratch, &mut sums);
            staged[NodeId(self.system.rows[i].node).index() - first] = contribution;
        }
        sums
    }

    /// The same, but every node reads what those before it have just written.
    fn chunk_in_place(&self, rows: Range<usize>, d: &mut [[f32; L]], table: &mut [[f32; L]]) -> Sums<L> {
        let mut scratch = Scratch::default();
        let mut sums = Sums { change: [0.0; L], leak: [0.0; L], size: [0.0; L] };
        for (i, d) in rows.zip(d) {
            let contribution = self.node(i, d, table, &mut scratch, &mut sums);
            table[NodeId(self.system.rows[i].node).index()] = contribution;
        }
        sums
    }

    /// Gives core row `i` its next value and returns its contribution.
    #[expect(clippy::inline_always, reason = "rows are short")]
    #[inline(always)]
    fn node(
        &self,
        i: usize,
        d: &mut [f32; L],
        table: &[[f32; L]],
        scratch: &mut Scratch,
        sums: &mut Sums<L>,
    ) -> [f32; L] {
        let pulled = pull(self.system.row(i), scratch, table);
        let flow = self.system.flows[i];
        let [r, q] = &self.given[i];
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

impl State {
    /// Takes note of a round and decides whether there is another.
    fn advance(&mut self, task: &Task, change: f64, leak: f64, size: f64) {
        let before = (self.beta, self.change);
        self.rounds += 1;
        self.beta = (leak - task.rhs) / task.mode;
        let from_afar = task.near == 0.0;
        // The values meant are d / β and d - β z: they change with β too.
        let (change, size) = if from_afar {
            ((change + (self.beta / before.0 - 1.0).abs() * size) / self.beta, size / self.beta)
        } else {
            (change + (self.beta - before.0).abs() * task.near, size + self.beta.abs() * task.near)
        };
        self.change = change;
        self.stalled = if change < self.least { 0 } else { self.stalled + 1 };
        self.least = self.least.min(change);
        let rate = (change / before.1).min(1.0);
        let near = change <= NOISE * size || (self.rounds > 1 && change * rate <= task.goal);
        self.live = !(near || self.stalled == PATIENCE || self.rounds == task.max_rounds);
    }
}

/// A table by node.
pub(super) fn lanes<const L: usize>(table: &HugeVec<f32>) -> &[[f32; L]] {
    table.as_chunks().0
}

fn lanes_mut<const L: usize>(table: &mut HugeVec<f32>) -> &mut [[f32; L]] {
    table.as_chunks_mut().0
}
