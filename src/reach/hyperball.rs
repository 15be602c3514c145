//! How large are many large balls that overlap? One sketch a node, united with its audience's once a hop.

use rayon::prelude::*;

use super::{ReachConfig, sketch};
use crate::{
    graph::{self, Graph},
    ids::{NodeId, id32, index64, offset64},
};

/// Walk counts are followed up to this many hops: beyond, they pass the number of nodes nearly everywhere.
const WALK_HOPS: u32 = 8;

/// What is known about a ball without counting it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Union {
    /// Estimated number of nodes in the ball, its centre included.
    pub(super) nodes: f64,
    /// An upper bound of the number of nodes but the centre: the walks that end in it, at most `n - 1`.
    pub(super) walks: u64,
}

/// The nodes that need a sketch, the `open` ones first, then those one hop of audience away, and so on.
///
/// After round `t` of `hops` only nodes within `hops - t` hops of an open one matter, and they are a prefix.
/// Nodes without audience have no row: all they ever add is themselves, and the first round does that.
struct Rows {
    nodes: Vec<NodeId>,
    /// The row of each node of the graph; `u32::MAX` for none.
    row_of: Vec<u32>,
    /// How many rows lie within 0, 1, … hops; not continued once nothing is added.
    within: Vec<usize>,
}

/// Estimates the `cfg.hops`-hop balls of the `open` nodes, in their order; each has an audience, `cfg.hops` ≥ 2.
pub(super) fn unions(g: &Graph, audience: &[u32], open: &[NodeId], cfg: &ReachConfig) -> Vec<Union> {
    if open.is_empty() {
        return Vec::new();
    }
    let rows = Rows::new(g, audience, open, cfg.hops);
    let walks = walk_counts(g, audience, &rows, cfg.hops);
    let width = index64(u64::from(cfg.registers));

    let mut sketches = first_round(g, &rows, width, cfg.seed);
    let mut modified = vec![true; rows.nodes.len()];
    let mut spare = vec![0; if cfg.hops > 2 { rows.reached_from(cfg.hops - 2) * width } else { 0 }];
    for round in 2..cfg.hops {
        let due = rows.reached_from(cfg.hops - round);
        let step = |audiences: &mut graph::Rows<'_>, (row, next): (usize, &mut [u8])| {
            unite(audiences, &rows, &sketches, &modified, row, next);
            next != sketch_of(&sketches, row, width)
        };
        modified = spare[..due * width]
            .par_chunks_exact_mut(width)
            .enumerate()
            .map_init(|| g.in_edges().rows(), step)
            .collect();
        std::mem::swap(&mut sketches, &mut spare);
        if !modified.contains(&true) {
            break;
        }
    }

    // The last round feeds nobody: each union is estimated and forgotten.
    let last = |(audiences, buffer): &mut (graph::Rows<'_>, Vec<u8>), row: usize| {
        unite(audiences, &rows, &sketches, &modified, row, buffer);
        Union { nodes: sketch::cardinality(buffer), walks: walks[row] }
    };
    (0..open.len()).into_par_iter().map_init(|| (g.in_edges().rows(), vec![0; width]), last).collect()
}

/// The most bytes that [`unions`] takes, divided by the number of nodes.
pub(super) fn bytes_per_node(cfg: &ReachConfig) -> u64 {
    let arrays = if cfg.hops > 2 { 2 } else { 1 };
    let rows = 4 + 4 + 4;
    let walks = 2 * 8;
    let unions = offset64(size_of::<Union>());
    arrays * u64::from(cfg.registers) + 2 + rows + walks + unions
}

impl Rows {
    fn new(g: &Graph, audience: &[u32], open: &[NodeId], hops: u32) -> Self {
        let mut rows = Self { nodes: Vec::new(), row_of: vec![u32::MAX; g.node_count()], within: Vec::new() };
        rows.append(open);
        for _ in 1..hops {
            let is_next = |out: &mut graph::Rows<'_>, u: NodeId| {
                let mut attends = || out.neighbours(u).iter().any(|v| rows.row_of[v.index()] != u32::MAX);
                let open = audience[u.index()] > 0 && rows.row_of[u.index()] == u32::MAX;
                (open && attends()).then_some(u)
            };
            let nodes = (0..id32(g.node_count())).into_par_iter().map(NodeId);
            let level: Vec<NodeId> =
                nodes.map_init(|| g.out_edges().rows(), is_next).flatten_iter().collect();
            if level.is_empty() {
                break;
            }
            rows.append(&level);
        }
        rows
    }

    fn append(&mut self, level: &[NodeId]) {
        for &v in level {
            self.row_of[v.index()] = id32(self.nodes.len());
            self.nodes.push(v);
        }
        self.within.push(self.nodes.len());
    }

    /// How many rows lie within `hops` hops of audience of an open node.
    fn reached_from(&self, hops: u32) -> usize {
        let last = self.within.len() - 1;
        self.within[last.min(hops as usize)]
    }

    /// The row of `v`, if it has one.
    fn row(&self, v: NodeId) -> Option<usize> {
        let row = self.row_of[v.index()];
        (row != u32::MAX).then_some(row as usize)
    }
}

/// The one-hop sketches of all rows: the node and its audience.
fn first_round(g: &Graph, rows: &Rows, width: usize, seed: u64) -> Vec<u8> {
    let mut sketches = vec![0; rows.nodes.len() * width];
    let work = sketches.par_chunks_exact_mut(width).zip(&rows.nodes);
    work.for_each_init(
        || g.in_edges().rows(),
        |audiences, (registers, &v)| {
            sketch::insert(registers, v, seed);
            audiences.neighbours(v).iter().for_each(|&u| sketch::insert(registers, u, seed));
        },
    );
    sketches
}

/// One hop more for `row`: its sketch of the round before, united with those of its audience that changed then.
///
/// What did not change was united a round earlier. The row itself is copied even so, because `next` holds the round
/// before the last.
fn unite(
    audiences: &mut graph::Rows<'_>,
    rows: &Rows,
    sketches: &[u8],
    modified: &[bool],
    row: usize,
    next: &mut [u8],
) {
    next.copy_from_slice(sketch_of(sketches, row, next.len()));
    for &u in audiences.neighbours(rows.nodes[row]) {
        if let Some(other) = rows.row(u).filter(|&other| modified[other]) {
            sketch::merge(next, sketch_of(sketches, other, next.len()));
        }
    }
}

fn sketch_of(sketches: &[u8], row: usize, width: usize) -> &[u8] {
    &sketches[row * width..(row + 1) * width]
}

/// For each row within 0 hops, how many walks of 1 to `hops` edges end in it, at most `n - 1`; self-loops left out.
fn walk_counts(g: &Graph, audience: &[u32], rows: &Rows, hops: u32) -> Vec<u64> {
    let most = offset64(g.node_count() - 1);
    if hops > WALK_HOPS {
        return vec![most; rows.reached_from(0)];
    }
    let direct = |v: NodeId| u64::from(audience[v.index()]);
    let mut walks: Vec<u64> = rows.nodes.iter().map(|&v| direct(v)).collect();
    for round in 2..=hops {
        let through = |audiences: &mut graph::Rows<'_>, v: NodeId| {
            let audience = audiences.neighbours(v).iter().filter(|&&u| u != v);
            audience.filter_map(|&u| rows.row(u)).map(|row| walks[row]).fold(direct(v), u64::saturating_add)
        };
        let due = &rows.nodes[..rows.reached_from(hops - round)];
        let through = |audiences: &mut graph::Rows<'_>, v: &NodeId| through(audiences, *v).min(most);
        walks = due.par_iter().map_init(|| g.in_edges().rows(), through).collect();
    }
    walks
}
