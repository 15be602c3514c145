//! How large are many large balls that overlap? One sketch a node, united with its audience's once a hop.

use rayon::prelude::*;

use super::{
    ReachConfig,
    ball::{Ball, Known, Number, Segments},
    frontier::{self, Marks},
    settings::MIN_REGISTERS,
    sketch,
    sketched::Sketched,
};
use crate::{
    graph::{self, Graph, HugeVec},
    ids::{NodeId, id32, index64, offset64},
};

/// A segment's sketch has one in so many registers of everybody's: there may be eight of them beside it.
const SEGMENT_SHARE: u32 = 4;
/// Rows of one task: few, because a row may be a thousand times as long as the next.
const TASK_ROWS: usize = 64;

/// Estimates the `cfg.hops`-hop balls of the `open` nodes, in their order; each has an audience, `cfg.hops` ≥ 2.
pub(super) fn unions<const S: usize>(
    g: &Graph,
    audience: &[u32],
    open: &[NodeId],
    balls: &[Ball<S>],
    segments: &Segments,
    cfg: &ReachConfig,
) -> Vec<Known<S>> {
    if open.is_empty() {
        return Vec::new();
    }
    let rows = Sketched::new(g, audience, open, cfg.hops);
    let walks = rows.walk_counts(g, audience, cfg.hops);
    let mut growths: Vec<Growth<S>> =
        open.iter().zip(walks).map(|(v, walks)| Growth::new(&balls[v.index()], walks)).collect();
    let layout = Layout::new(cfg, segments.count());
    let mut rounds = Rounds::new(g, &rows, layout, segments, cfg);
    // What a node first reached in this round is worth.
    let mut share = cfg.decay;
    let mut round = 2;
    while round < cfg.hops {
        rounds.advance(rows.reached_from(cfg.hops - round));
        if rounds.changed.is_empty() {
            break;
        }
        rounds.grow(&mut growths, round, share);
        share *= cfg.decay;
        round += 1;
    }
    for growth in &mut growths {
        // Where all ended before the count did, the first estimate is of the hop after it all the same.
        growth.last_share = (round..=growth.counted_hops).fold(share, |share, _| share * cfg.decay);
    }
    rounds.finish(growths, segments)
}

/// The most bytes that [`unions`] takes, divided by the number of nodes.
pub(super) fn bytes_per_node(cfg: &ReachConfig, segments: usize) -> u64 {
    let arrays = if cfg.hops > 2 { 2 } else { 1 };
    let sketches = arrays * offset64(Layout::new(cfg, segments).width());
    let (growth, known) = match segments {
        0 => (size_of::<Growth<0>>(), size_of::<Known<0>>()),
        _ => (size_of::<Growth<8>>(), size_of::<Known<8>>()),
    };
    let rows = 4 + 4;
    let changed = 4 + 4 + 8 + 1;
    sketches + rows + changed + offset64(growth + known)
}

/// How a row of registers is divided.
#[derive(Clone, Copy)]
struct Layout {
    /// Registers of everybody's sketch.
    registers: usize,
    /// Registers of each segment's.
    part: usize,
    segments: usize,
}

impl Layout {
    fn new(cfg: &ReachConfig, segments: usize) -> Self {
        let part = (cfg.registers / SEGMENT_SHARE).max(MIN_REGISTERS);
        Self { registers: index64(u64::from(cfg.registers)), part: index64(u64::from(part)), segments }
    }

    fn width(self) -> usize {
        self.registers + self.part * self.segments
    }

    /// The registers of a segment within a row.
    fn of_segment(self, at: usize) -> std::ops::Range<usize> {
        let start = self.registers + at * self.part;
        start..start + self.part
    }
}

/// What is known of an open node's ball so far.
struct Growth<const S: usize> {
    nodes: Number,
    decayed: Number,
    /// Hops that were counted: until then there is nothing to estimate.
    counted_hops: u32,
    /// What was counted of the segments.
    members: [u32; S],
    /// What a node that the last look finds is worth.
    last_share: f64,
    /// More nodes there cannot be: the walks that end here, at most `n - 1`.
    most: f64,
}

impl<const S: usize> Growth<S> {
    fn new(ball: &Ball<S>, walks: u64) -> Self {
        Self {
            nodes: Number::exact(f64::from(ball.size)),
            decayed: Number::exact(ball.decayed),
            counted_hops: ball.radius,
            members: ball.members,
            last_share: 0.0,
            most: walks as f64,
        }
    }

    /// The sketch of everybody as it is now; a new node is worth `share`.
    ///
    /// Registers only rise, and estimates with them, so the number never falls.
    fn grow(&mut self, everybody: &[u8], share: f64) {
        let now = sketch::number(everybody, 1.0).clamped(self.nodes.low, self.most);
        self.decayed.add_growth(share, &self.nodes, &now);
        self.nodes = now;
    }

    /// What is told in the end.
    fn known(mut self, v: NodeId, sketch: &[u8], layout: Layout, segments: &Segments) -> Known<S> {
        self.grow(&sketch[..layout.registers], self.last_share);
        let mut members = [Number::exact(0.0); S];
        for (at, number) in members.iter_mut().enumerate().take(segments.count()) {
            let is_member = f64::from(segments.mask(v) >> at & 1);
            let least = f64::from(self.members[at]);
            let most = self.most.min(f64::from(segments.others(at, v)));
            *number = sketch::number(&sketch[layout.of_segment(at)], is_member).clamped(least, most);
        }
        Known { nodes: self.nodes, decayed: self.decayed, members }
    }
}

/// The sketches of all rows, round after round.
struct Rounds<'a> {
    g: &'a Graph,
    rows: &'a Sketched,
    layout: Layout,
    sketches: HugeVec<u8>,
    /// Room for those of the next round. What it holds is old; nothing is ever read from it.
    spare: HugeVec<u8>,
    /// The rows that changed in the last round, rising.
    changed: Vec<u32>,
    /// The row of each node whose row is among those; `u32::MAX` for all others.
    news: Vec<u32>,
}

impl<'a> Rounds<'a> {
    /// The sketches of one hop.
    fn new(g: &'a Graph, rows: &'a Sketched, layout: Layout, segments: &Segments, cfg: &ReachConfig) -> Self {
        let spare = if cfg.hops > 2 { rows.reached_from(cfg.hops - 2) } else { 0 };
        Self {
            g,
            rows,
            layout,
            sketches: first_round(g, rows, layout, segments, cfg.seed),
            spare: HugeVec::zeroed(spare * layout.width()),
            changed: (0..id32(rows.nodes.len())).collect(),
            news: rows.row_of.clone(),
        }
    }

    /// One hop more for the first `due` rows; the others are not asked again.
    fn advance(&mut self, due: usize) {
        let changed_nodes: Vec<NodeId> =
            self.changed.iter().map(|&row| self.rows.nodes[row as usize]).collect();
        let changed = match frontier::beside(self.g.out_edges(), &changed_nodes) {
            Some(marks) => self.advance_few(due, &marks),
            None => self.advance_all(due),
        };
        for v in &changed_nodes {
            self.news[v.index()] = u32::MAX;
        }
        for &row in &changed {
            self.news[self.rows.nodes[row as usize].index()] = row;
        }
        self.changed = changed;
    }

    /// Every row is written anew, changed or not, because `spare` holds what was before the last round.
    fn advance_all(&mut self, due: usize) -> Vec<u32> {
        let width = self.layout.width();
        let mut spare = std::mem::take(&mut self.spare);
        let work = spare[..due * width].par_chunks_exact_mut(width).enumerate().with_max_len(TASK_ROWS);
        let step = |worker: &mut Worker<'_>, (row, next): (usize, &mut [u8])| {
            worker.unite(self, row, next);
            (next != self.sketch(row)).then(|| id32(row))
        };
        let changed = work.map_init(|| Worker::new(self.g), step).flatten_iter().collect();
        self.spare = std::mem::replace(&mut self.sketches, spare);
        changed
    }

    /// Only those who attend to somebody with news look again; what changes is written where it stands once all have.
    fn advance_few(&mut self, due: usize, marks: &Marks) -> Vec<u32> {
        let width = self.layout.width();
        let asked = (0..id32(due)).into_par_iter().filter(|&row| marks.has(self.rows.nodes[row as usize]));
        let asked: Vec<u32> = asked.collect();
        let mut spare = std::mem::take(&mut self.spare);
        let work = spare.par_chunks_exact_mut(width).zip(&asked).with_max_len(TASK_ROWS);
        let step = |worker: &mut Worker<'_>, (next, &row): (&mut [u8], &u32)| {
            worker.unite(self, row as usize, next);
            next != self.sketch(row as usize)
        };
        let is_new: Vec<bool> = work.map_init(|| Worker::new(self.g), step).collect();
        let news = asked.iter().zip(spare.chunks_exact(width)).zip(is_new).filter(|(_, is_new)| *is_new);
        let mut changed = Vec::new();
        for ((&row, next), _) in news {
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

    /// Looks at the open nodes whose sketch changed in this round, or is the first to be looked at.
    fn grow<const S: usize>(&self, growths: &mut [Growth<S>], round: u32, share: f64) {
        growths.par_iter_mut().enumerate().with_max_len(TASK_ROWS).for_each(|(row, growth)| {
            let is_new = self.news[self.rows.nodes[row].index()] != u32::MAX;
            // The first estimate takes over from the last count, whether or not a register tells them apart.
            if round == growth.counted_hops + 1 || is_new && round > growth.counted_hops {
                growth.grow(&self.sketch(row)[..self.layout.registers], share);
            }
        });
    }

    /// The last hop. It feeds nobody, so each union is looked at and forgotten.
    fn finish<const S: usize>(&self, growths: Vec<Growth<S>>, segments: &Segments) -> Vec<Known<S>> {
        let width = self.layout.width();
        let last = |(worker, buffer): &mut (Worker<'_>, Vec<u8>), (row, growth): (usize, Growth<S>)| {
            let sketch = if self.changed.is_empty() {
                self.sketch(row)
            } else {
                worker.unite(self, row, buffer);
                buffer
            };
            growth.known(self.rows.nodes[row], sketch, self.layout, segments)
        };
        let work = growths.into_par_iter().enumerate().with_max_len(TASK_ROWS);
        work.map_init(|| (Worker::new(self.g), vec![0; width]), last).collect()
    }
}

/// What one thread needs to unite sketches.
struct Worker<'a> {
    audiences: graph::Rows<'a>,
    /// The rows to unite are the first so many; what follows is room to write without a branch.
    rows: Vec<u32>,
}

impl<'a> Worker<'a> {
    fn new(g: &'a Graph) -> Self {
        Self { audiences: g.in_edges().rows(), rows: Vec::new() }
    }

    /// One hop more for `row`: its sketch of the round before, united with those of its audience that changed then.
    /// What did not change was united a round earlier.
    #[inline]
    fn unite(&mut self, rounds: &Rounds<'_>, row: usize, next: &mut [u8]) {
        let audience = self.audiences.neighbors(rounds.rows.nodes[row]);
        if self.rows.len() <= audience.len() {
            self.rows.resize(audience.len() + 1, 0);
        }
        let mut len = 0;
        for u in audience {
            let news = rounds.news[u.index()];
            self.rows[len] = news;
            len += usize::from(news != u32::MAX);
        }
        next.copy_from_slice(rounds.sketch(row));
        sketch::unite(next, &rounds.sketches, &self.rows[..len]);
    }
}

/// The one-hop sketches of all rows: the node and its audience.
fn first_round(g: &Graph, rows: &Sketched, layout: Layout, segments: &Segments, seed: u64) -> HugeVec<u8> {
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
