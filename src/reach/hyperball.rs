//! HyperBall: estimates many large balls together, from sketches that are united along the edges once a hop.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    active_rows::{ActiveRows, NO_ROW},
    ball::{Ball, BallEstimate, IntervalEstimate, Segments},
    frontier::{self, NodeMarks},
    settings::{MAX_SEGMENTS, MIN_REGISTERS, ReachConfig},
    sketch,
};
use crate::{
    graph::{self, Graph, HugeVec},
    ids::{NodeId, id32, index64, offset64},
};

/// The sketch of a segment has a quarter of the registers of the sketch of all nodes, because there may be eight
/// segments.
const SEGMENT_SHARE: u32 = 4;
/// Number of rows per task: few, because a row may be a thousand times as long as the next row.
const TASK_ROWS: usize = 64;

/// Estimates the `cfg.hops`-hop balls of the `targets`, in their order; each has an audience, and `cfg.hops` ≥ 2.
pub(super) fn hyperball<const S: usize>(
    g: &Graph,
    audience: &[u32],
    targets: &[NodeId],
    balls: &[Ball<S>],
    segments: &Segments,
    cfg: &ReachConfig,
) -> Vec<BallEstimate<S>> {
    if targets.is_empty() {
        return Vec::new();
    }
    let rows = ActiveRows::new(g, audience, targets, cfg.hops);
    let walks = rows.walk_counts(g, audience, cfg.hops);
    let mut growths: Vec<BallGrowth<S>> =
        targets.iter().zip(walks).map(|(v, walks)| BallGrowth::new(&balls[v.index()], walks)).collect();
    let layout = RegisterLayout::new(cfg, segments.count());
    let mut rounds = SketchRounds::new(g, &rows, layout, segments, cfg);
    // The weight in decayed reach of a node first reached in this round.
    let mut weight = cfg.decay;
    let mut round = 2;
    while round < cfg.hops {
        rounds.advance(rows.count_within(cfg.hops - round));
        if rounds.changed.is_empty() {
            break;
        }
        rounds.grow(&mut growths, round, weight);
        weight *= cfg.decay;
        round += 1;
    }
    for growth in &mut growths {
        // If no sketch changes before the counted hops end, the first estimate still belongs to the hop after them.
        growth.last_weight = (round..=growth.counted_hops).fold(weight, |weight, _| weight * cfg.decay);
    }
    rounds.finish(growths, segments)
}

/// Upper bound on the bytes that [`hyperball`] takes, divided by the number of nodes.
pub(super) fn bytes_per_node(cfg: &ReachConfig, segments: usize) -> u64 {
    let arrays = if cfg.hops > 2 { 2 } else { 1 };
    let sketches = arrays * offset64(RegisterLayout::new(cfg, segments).width());
    let (growth, estimate) = match segments {
        0 => (size_of::<BallGrowth<0>>(), size_of::<BallEstimate<0>>()),
        _ => (size_of::<BallGrowth<MAX_SEGMENTS>>(), size_of::<BallEstimate<MAX_SEGMENTS>>()),
    };
    let rows = 4 + 4;
    let changed = 4 + 4 + 8 + 1;
    sketches + rows + changed + offset64(growth + estimate)
}

/// How the registers of one row are divided: the sketch of all nodes, then one for each segment.
#[derive(Clone, Copy)]
struct RegisterLayout {
    registers: usize,
    segment_registers: usize,
    segments: usize,
}

impl RegisterLayout {
    fn new(cfg: &ReachConfig, segments: usize) -> Self {
        let segment_registers = (cfg.registers / SEGMENT_SHARE).max(MIN_REGISTERS);
        Self {
            registers: index64(cfg.registers.into()),
            segment_registers: index64(segment_registers.into()),
            segments,
        }
    }

    fn width(self) -> usize {
        self.registers + self.segment_registers * self.segments
    }

    /// The registers of a segment within a row.
    fn of_segment(self, at: usize) -> Range<usize> {
        let start = self.registers + at * self.segment_registers;
        start..start + self.segment_registers
    }
}

/// The current estimate of the ball of a target.
struct BallGrowth<const S: usize> {
    nodes: IntervalEstimate,
    decayed: IntervalEstimate,
    /// The number of hops that were counted exactly; estimates begin after them.
    counted_hops: u32,
    /// The members of each segment within the counted hops.
    members: [u32; S],
    /// The weight in decayed reach of a node that only the last round finds.
    last_weight: f64,
    /// An upper bound on the size: the number of walks that end in the target, at most `n - 1`.
    max: f64,
}

impl<const S: usize> BallGrowth<S> {
    fn new(ball: &Ball<S>, walks: u64) -> Self {
        Self {
            nodes: IntervalEstimate::exact(f64::from(ball.size)),
            decayed: IntervalEstimate::exact(ball.decayed),
            counted_hops: ball.radius,
            members: ball.members,
            last_weight: 0.0,
            max: walks as f64,
        }
    }

    /// Updates the estimate from the current sketch of all nodes; each new node has this weight in decayed reach.
    ///
    /// Registers only increase, and estimates with them, so the estimate never decreases.
    fn grow(&mut self, all_nodes: &[u8], weight: f64) {
        let now = sketch::estimate(all_nodes, 1.0).clamp(self.nodes.low, self.max);
        self.decayed.add_growth(weight, &self.nodes, &now);
        self.nodes = now;
    }

    /// The final estimate, from the sketch after the last round.
    fn finish(
        mut self,
        v: NodeId,
        sketch: &[u8],
        layout: RegisterLayout,
        segments: &Segments,
    ) -> BallEstimate<S> {
        self.grow(&sketch[..layout.registers], self.last_weight);
        let mut members = [IntervalEstimate::exact(0.0); S];
        for (at, number) in members.iter_mut().enumerate().take(segments.count()) {
            let is_member = f64::from(segments.mask(v) >> at & 1);
            let min = f64::from(self.members[at]);
            let max = self.max.min(f64::from(segments.size_without(at, v)));
            *number = sketch::estimate(&sketch[layout.of_segment(at)], is_member).clamp(min, max);
        }
        BallEstimate { nodes: self.nodes, decayed: self.decayed, members }
    }
}

/// The sketches of all rows, round after round.
struct SketchRounds<'a> {
    g: &'a Graph,
    rows: &'a ActiveRows,
    layout: RegisterLayout,
    sketches: HugeVec<u8>,
    /// Space for the sketches of the next round. Its content is outdated and never read.
    spare: HugeVec<u8>,
    /// The rows that changed in the last round, in rising order.
    changed: Vec<u32>,
    /// For each node, its row if that row changed in the last round, otherwise [`NO_ROW`].
    changed_row_of: Vec<u32>,
}

impl<'a> SketchRounds<'a> {
    /// Creates the sketches of one hop.
    fn new(
        g: &'a Graph,
        rows: &'a ActiveRows,
        layout: RegisterLayout,
        segments: &Segments,
        cfg: &ReachConfig,
    ) -> Self {
        let spare = if cfg.hops > 2 { rows.count_within(cfg.hops - 2) } else { 0 };
        Self {
            g,
            rows,
            layout,
            sketches: first_round(g, rows, layout, segments, cfg.seed),
            spare: HugeVec::zeroed(spare * layout.width()),
            changed: (0..id32(rows.nodes.len())).collect(),
            changed_row_of: rows.row_of.clone(),
        }
    }

    /// Advances the first `count` rows by one hop; the other rows no longer matter.
    fn advance(&mut self, count: usize) {
        let changed_nodes: Vec<NodeId> =
            self.changed.iter().map(|&row| self.rows.nodes[row as usize]).collect();
        let changed = match frontier::neighbors_of(self.g.out_edges(), &changed_nodes) {
            Some(marks) => self.advance_few(count, &marks),
            None => self.advance_all(count),
        };
        for v in &changed_nodes {
            self.changed_row_of[v.index()] = NO_ROW;
        }
        for &row in &changed {
            self.changed_row_of[self.rows.nodes[row as usize].index()] = row;
        }
        self.changed = changed;
    }

    /// Writes every row anew, changed or not, because `spare` holds the sketches before the last round.
    fn advance_all(&mut self, count: usize) -> Vec<u32> {
        let width = self.layout.width();
        let mut spare = std::mem::take(&mut self.spare);
        let work = spare[..count * width].par_chunks_exact_mut(width).enumerate().with_max_len(TASK_ROWS);
        let step = |worker: &mut UnionWorker<'_>, (row, next): (usize, &mut [u8])| {
            worker.unite(self, row, next);
            (next != self.sketch(row)).then(|| id32(row))
        };
        let changed = work.map_init(|| UnionWorker::new(self.g), step).flatten_iter().collect();
        self.spare = std::mem::replace(&mut self.sketches, spare);
        changed
    }

    /// Recomputes only the rows of marked nodes, whose audience changed, and then writes the changed rows in place,
    /// after all rows are computed.
    fn advance_few(&mut self, count: usize, marks: &NodeMarks) -> Vec<u32> {
        let width = self.layout.width();
        let rows = (0..id32(count)).into_par_iter().filter(|&row| marks.has(self.rows.nodes[row as usize]));
        let rows: Vec<u32> = rows.collect();
        let mut spare = std::mem::take(&mut self.spare);
        let work = spare.par_chunks_exact_mut(width).zip(&rows).with_max_len(TASK_ROWS);
        let step = |worker: &mut UnionWorker<'_>, (next, &row): (&mut [u8], &u32)| {
            worker.unite(self, row as usize, next);
            next != self.sketch(row as usize)
        };
        let is_new: Vec<bool> = work.map_init(|| UnionWorker::new(self.g), step).collect();
        let new = rows.iter().zip(spare.chunks_exact(width)).zip(is_new).filter(|(_, is_new)| *is_new);
        let mut changed = Vec::new();
        for ((&row, next), _) in new {
            self.sketches[row as usize * width..][..width].copy_from_slice(next);
            changed.push(row);
        }
        self.spare = spare;
        changed
    }

    fn sketch(&self, row: usize) -> &[u8] {
        let width = self.layout.width();
        &self.sketches[row * width..(row + 1) * width]
    }

    /// Updates the targets whose sketch changed in this round, or is estimated for the first time.
    fn grow<const S: usize>(&self, growths: &mut [BallGrowth<S>], round: u32, weight: f64) {
        growths.par_iter_mut().enumerate().with_max_len(TASK_ROWS).for_each(|(row, growth)| {
            let is_new = self.changed_row_of[self.rows.nodes[row].index()] != NO_ROW;
            // The hop after the last counted one is always estimated, even if no register changed in this round.
            if round == growth.counted_hops + 1 || is_new && round > growth.counted_hops {
                growth.grow(&self.sketch(row)[..self.layout.registers], weight);
            }
        });
    }

    /// Runs the last hop. No round follows, so each union is estimated and dropped.
    fn finish<const S: usize>(
        &self,
        growths: Vec<BallGrowth<S>>,
        segments: &Segments,
    ) -> Vec<BallEstimate<S>> {
        let width = self.layout.width();
        let last = |(worker, buffer): &mut (UnionWorker<'_>, Vec<u8>),
                    (row, growth): (usize, BallGrowth<S>)| {
            let sketch = if self.changed.is_empty() {
                self.sketch(row)
            } else {
                worker.unite(self, row, buffer);
                buffer
            };
            growth.finish(self.rows.nodes[row], sketch, self.layout, segments)
        };
        let work = growths.into_par_iter().enumerate().with_max_len(TASK_ROWS);
        work.map_init(|| (UnionWorker::new(self.g), vec![0; width]), last).collect()
    }
}

/// The buffers with which one worker unites sketches.
struct UnionWorker<'a> {
    audiences: graph::Rows<'a>,
    /// The rows to unite come first; the rest is space that is written to without a branch.
    rows: Vec<u32>,
}

impl<'a> UnionWorker<'a> {
    fn new(g: &'a Graph) -> Self {
        Self { audiences: g.in_edges().rows(), rows: Vec::new() }
    }

    /// Advances `row` by one hop: `next` becomes the union of its sketch of the previous round and of the sketches in
    /// its audience that changed in that round. Unchanged sketches were united a round earlier.
    #[inline]
    fn unite(&mut self, rounds: &SketchRounds<'_>, row: usize, next: &mut [u8]) {
        let audience = self.audiences.neighbors(rounds.rows.nodes[row]);
        if self.rows.len() <= audience.len() {
            self.rows.resize(audience.len() + 1, 0);
        }
        let mut len = 0;
        for u in audience {
            let changed_row = rounds.changed_row_of[u.index()];
            self.rows[len] = changed_row;
            len += usize::from(changed_row != NO_ROW);
        }
        next.copy_from_slice(rounds.sketch(row));
        sketch::unite(next, &rounds.sketches, &self.rows[..len]);
    }
}

/// The one-hop sketches of all rows: the node and its audience.
fn first_round(
    g: &Graph,
    rows: &ActiveRows,
    layout: RegisterLayout,
    segments: &Segments,
    seed: u64,
) -> HugeVec<u8> {
    let width = layout.width();
    let mut sketches = HugeVec::zeroed(rows.nodes.len() * width);
    let insert = |registers: &mut [u8], u: NodeId| {
        sketch::insert(&mut registers[..layout.registers], u, seed);
        segments.of(u).for_each(|at| sketch::insert(&mut registers[layout.of_segment(at)], u, seed));
    };
    let fill = |audiences: &mut graph::Rows<'_>, (registers, &v): (&mut [u8], &NodeId)| {
        insert(registers, v);
        audiences.neighbors(v).iter().for_each(|&u| insert(registers, u));
    };
    let work = sketches.par_chunks_exact_mut(width).zip(&rows.nodes).with_max_len(TASK_ROWS);
    work.for_each_init(|| g.in_edges().rows(), fill);
    sketches
}
