//! How far does it get this time? Random worlds, forwards from the sources, each a function of its number.

use std::ops::Range;

use super::audience::Audience;
use crate::{
    graph::{Graph, Rows},
    ids::{NodeId, id32},
    influence::tasks::tasks,
    num,
};

/// Keeps the draws of this kernel apart from the other kernels' (the letters of "contai").
const STAGE: u64 = 0x636f_6e74_6169;
/// Worlds that one task draws.
const TASK_WORLDS: u64 = 16;

/// What worlds are for: nodes are picked by some, others tell when there are enough of them, and others yet, of which
/// nothing was known before, say what the picks save.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Choosing,
    Checking,
    Judging,
}

/// Who becomes active in one world when nobody is won over, and over which edges: nodes are numbered as they are found,
/// from 1; all sources together are number 0.
#[derive(Clone, Copy)]
pub(super) struct World<'w> {
    /// For each number where its row in `targets` ends; empty where nobody is reached.
    ends: &'w [u32],
    /// The node of each number from 1 on.
    nodes: &'w [NodeId],
    /// The numbers of those who hear it.
    targets: &'w [u32],
}

impl<'w> World<'w> {
    /// The nodes that are reached, in the order of their numbers from 1.
    pub(super) fn nodes(self) -> &'w [NodeId] {
        self.nodes
    }

    pub(super) fn node(self, number: u32) -> NodeId {
        self.nodes[number as usize - 1]
    }

    /// Who hears it from a number.
    #[inline]
    pub(super) fn row(self, number: u32) -> &'w [u32] {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.targets[start as usize..self.ends.get(number).map_or(0, |&end| end as usize)]
    }
}

/// A world that is kept: the three arrays one after the other, and no more than that.
pub(super) struct Kept {
    words: Box<[u32]>,
    node_count: u32,
}

impl Kept {
    fn new(world: World<'_>) -> Self {
        let World { ends, nodes, targets } = world;
        let words = match nodes.len() {
            0 => Box::default(),
            _ => [ends, bytemuck::cast_slice(nodes), targets].concat().into(),
        };
        Self { words, node_count: id32(nodes.len()) }
    }

    pub(super) fn world(&self) -> World<'_> {
        let count = self.node_count as usize;
        if count == 0 {
            return World { ends: &[], nodes: &[], targets: &[] };
        }
        let (ends, rest) = self.words.split_at(count + 1);
        let (nodes, targets) = rest.split_at(count);
        World { ends, nodes: bytemuck::cast_slice(nodes), targets }
    }

    /// How many numbers of 4 bytes it takes.
    pub(super) fn size(&self) -> usize {
        self.words.len() + size_of::<Self>() / 4
    }
}

/// Where it starts, where it cannot get to, and how it spreads.
pub(super) struct Origin<'m> {
    pub(super) graph: &'m Graph,
    pub(super) audience: Audience,
    /// Each once, rising.
    pub(super) sources: Vec<NodeId>,
    /// By node: whether it is a source or never becomes active.
    pub(super) closed: Vec<bool>,
    pub(super) seed: u64,
}

impl Origin<'_> {
    /// What `task` makes of every few worlds, in the order of their numbers; all threads.
    pub(super) fn tasks<T: Send>(
        &self,
        numbers: Range<u64>,
        task: impl Fn(&mut Walker<'_>, Range<u64>) -> T + Sync,
    ) -> Vec<T> {
        tasks(numbers, TASK_WORLDS, || Walker::new(self), task)
    }

    /// Worlds to pick by.
    pub(super) fn kept(&self, numbers: Range<u64>) -> impl Iterator<Item = Kept> {
        let kept = self.tasks(numbers, |walker, numbers| {
            numbers.map(|number| Kept::new(walker.draw(Side::Choosing, number))).collect::<Vec<_>>()
        });
        kept.into_iter().flatten()
    }

    /// Who could be reached if every edge held, whatever its chance.
    pub(super) fn reachable(&self) -> Vec<NodeId> {
        let (mut is_found, mut found) = (self.closed.clone(), Vec::new());
        let mut rows = self.graph.in_edges().rows();
        let (mut at, mut open) = (0, self.sources.clone());
        while let Some(v) = open.pop() {
            for &u in rows.neighbors(v) {
                if !is_found[u.index()] {
                    is_found[u.index()] = true;
                    found.push(u);
                }
            }
            open.extend(&found[at..]);
            at = found.len();
        }
        found
    }
}

/// What one worker needs to draw worlds.
pub(super) struct Walker<'o> {
    origin: &'o Origin<'o>,
    rows: Rows<'o>,
    /// By node: its number; 0 where it is not reached, [`CLOSED`] where it cannot be.
    numbers: Vec<u32>,
    ends: Vec<u32>,
    nodes: Vec<NodeId>,
    targets: Vec<u32>,
}

const CLOSED: u32 = u32::MAX;

impl<'o> Walker<'o> {
    fn new(origin: &'o Origin<'o>) -> Self {
        let numbers = origin.closed.iter().map(|&closed| if closed { CLOSED } else { 0 }).collect();
        let rows = origin.graph.in_edges().rows();
        Self { origin, rows, numbers, ends: Vec::new(), nodes: Vec::new(), targets: Vec::new() }
    }

    /// Draws a world.
    pub(super) fn draw(&mut self, side: Side, number: u64) -> World<'_> {
        let Self { origin, rows, numbers, ends, nodes, targets } = self;
        for v in &*nodes {
            numbers[v.index()] = 0;
        }
        ends.clear();
        nodes.clear();
        targets.clear();
        let stage = STAGE << 2
            | match side {
                Side::Choosing => 0,
                Side::Checking => 1,
                Side::Judging => 2,
            };
        let key = num::random(origin.seed, stage, number, 0);
        let mut expand = |v: NodeId, nodes: &mut Vec<NodeId>| {
            origin.audience.heard(v, key, rows, |u| {
                let number = &mut numbers[u.index()];
                if *number == 0 {
                    nodes.push(u);
                    *number = id32(nodes.len());
                }
                if *number != CLOSED {
                    targets.push(*number);
                }
            });
            id32(targets.len())
        };
        let mut end = 0;
        for &v in &origin.sources {
            end = expand(v, nodes);
        }
        ends.push(end);
        while let Some(&v) = nodes.get(ends.len() - 1) {
            let end = expand(v, nodes);
            ends.push(end);
        }
        World { ends, nodes, targets }
    }
}
