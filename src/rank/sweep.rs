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
    extrapolate::History,
    gather::{CoreRows, lane_sums, sum},
    system::{CoreRow, Flow, Form, SCALE, System, narrow},
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

impl Task {
    /// The `β` that keeps the mass right where leak times value sums to `leak`.
    fn beta(&self, leak: f64) -> f64 {
        (leak - self.rhs) / self.mode
    }
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
    history: History<L>,
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
            history: History::new(),
        }
    }

    /// Runs every column from the `d` that is given to its own end; returns the last `β` and the rounds of each.
    ///
    /// A column that has ended stands still, so none depends on what runs beside it.
    pub(super) fn run(&mut self, tasks: &[Task; L]) -> [(f64, u32); L] {
        let leak = self.publish();
        let mut states: [State; L] = std::array::from_fn(|lane| State {
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
            if live.contains(&true) && self.history.note(round, &mut self.d, &live) {
                let leak = self.publish();
                for (lane, (state, task)) in states.iter_mut().zip(tasks).enumerate() {
                    if state.live {
                        state.move_to(task, leak[lane]);
                    }
                }
            }
        }
        states.map(|state| (state.beta, state.rounds))
    }

    /// Puts the contributions of `d` into the table, and sums leak times value.
    fn publish(&mut self) -> [f64; L] {
        self.system.fill(lanes_mut(&mut self.table), |i| self.d[i].map(|d| d * self.system.flows[i].share));
        lane_sums(self.d.len(), |i| self.d[i].map(|d| f64::from(d) * f64::from(self.system.flows[i].leak)))
    }

    /// One pass over the edges of the core.
    fn round(&mut self, beta: &[f32; L], live: &[bool; L]) -> Sums<L> {
        match self.system.form {
            Form::Unweighted(rows) => self.round_of(rows, beta, live),
            Form::Weighted(rows) => self.round_of(rows, beta, live),
            Form::Packed(rows) => self.round_of(rows, beta, live),
        }
    }

    fn round_of(&mut self, rows: impl CoreRows, beta: &[f32; L], live: &[bool; L]) -> Sums<L> {
        let damping = self.system.damping / SCALE;
        let step = Step { rows, system: self.system, damping, given: &self.given, beta, live };
        let mut total = Sums::zero();
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
            let staged = self.system.parts_of(block, lanes_mut(&mut self.staged));
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
struct Step<'a, R, const L: usize> {
    rows: R,
    system: &'a System<'a>,
    /// That of the system, over [`SCALE`].
    damping: f64,
    given: &'a [[[f32; L]; 2]],
    beta: &'a [f32; L],
    live: &'a [bool; L],
}

impl<R: CoreRows, const L: usize> Step<'_, R, L> {
    /// Reads one table and leaves the new contributions in `staged`, which starts at the node of the first row.
    fn chunk(
        &self,
        rows: Range<usize>,
        d: &mut [[f32; L]],
        table: &[[f32; L]],
        staged: &mut [[f32; L]],
    ) -> Sums<L> {
        let first = self.system.nodes_of(&rows).start;
        let mut sums = Sums::zero();
        let mut scratch = Scratch::default();
        for (row, d) in self.of(rows).zip(d) {
            let pulled = self.rows.pull(*row.0, &mut scratch, table);
            staged[NodeId(row.0.node).index() - first] = self.next(row, pulled, d, &mut sums);
        }
        sums
    }

    /// The same, but every node reads what those before it have just written.
    fn chunk_in_place(&self, rows: Range<usize>, d: &mut [[f32; L]], table: &mut [[f32; L]]) -> Sums<L> {
        let mut sums = Sums::zero();
        let mut scratch = Scratch::default();
        for (row, d) in self.of(rows).zip(d) {
            let pulled = self.rows.pull(*row.0, &mut scratch, table);
            table[NodeId(row.0.node).index()] = self.next(row, pulled, d, &mut sums);
        }
        sums
    }

    /// What a round needs of each of these rows.
    fn of(&self, rows: Range<usize>) -> impl Iterator<Item = (&CoreRow, &Flow, &[[f32; L]; 2])> {
        let (flows, given) = (&self.system.flows[rows.clone()], &self.given[rows.clone()]);
        self.system.rows[rows].iter().zip(flows).zip(given).map(|((row, flow), given)| (row, flow, given))
    }

    /// Gives a core row the value that follows from what it pulled, and returns its contribution.
    #[expect(clippy::inline_always, reason = "rows are short")]
    #[inline(always)]
    fn next(
        &self,
        (_, flow, [r, q]): (&CoreRow, &Flow, &[[f32; L]; 2]),
        pulled: [f64; L],
        d: &mut [f32; L],
        sums: &mut Sums<L>,
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

impl<const L: usize> Sums<L> {
    fn zero() -> Self {
        Self { change: [0.0; L], leak: [0.0; L], size: [0.0; L] }
    }
}

impl State {
    /// Takes note that the values were moved, with this sum of leak times value.
    fn move_to(&mut self, task: &Task, leak: f64) {
        self.beta = task.beta(leak);
        // What the next round changes tells nothing of the rate at which changes fade: it counts as 1.
        self.change = 0.0;
    }

    /// Takes note of a round and decides whether there is another.
    fn advance(&mut self, task: &Task, change: f64, leak: f64, size: f64) {
        let before = (self.beta, self.change);
        self.rounds += 1;
        self.beta = task.beta(leak);
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
