//! Samples worlds: the nodes that the sources reach over live edges. Each world is a function of its number.

use std::ops::Range;

use super::audience::AudienceRows;
use crate::{
    graph::{Graph, Rows},
    ids::{NodeId, id32},
    influence::numbered_tasks::run_chunks,
    num,
};

/// Keeps the random numbers of this kernel apart from the random numbers of other kernels (the letters of "contai").
const STAGE: u64 = 0x636f_6e74_6169;
const TASK_WORLDS: u64 = 16;

/// Three independent collections of worlds. Nodes are picked in the first. The second checks whether there are enough
/// worlds. The third measures what the picks prevent, and no decision depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) enum WorldSet {
    Select = 0,
    Check = 1,
    Validate = 2,
}

/// The nodes that become active in one world if no node is blocked, and the live edges between them. Nodes are numbered
/// from 1 as they are found; number 0 stands for all sources together.
#[derive(Clone, Copy)]
pub(super) struct SampledWorld<'w> {
    /// For each node number, the end of its row in `targets`; empty if no node is reached.
    ends: &'w [u32],
    /// The nodes that are reached, in the order of their numbers from 1.
    pub(super) nodes: &'w [NodeId],
    /// The rows: for each node number, the numbers of the nodes that it activates.
    targets: &'w [u32],
}

impl<'w> SampledWorld<'w> {
    pub(super) fn node(self, number: u32) -> NodeId {
        self.nodes[number as usize - 1]
    }

    /// The numbers of the nodes that node `number` activates over live edges.
    #[inline]
    pub(super) fn row(self, number: u32) -> &'w [u32] {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.targets[start as usize..self.ends.get(number).map_or(0, |&end| end as usize)]
    }
}

/// A world that is kept in memory, with its three arrays in one allocation.
pub(super) struct StoredWorld {
    words: Box<[u32]>,
    node_count: u32,
}

impl StoredWorld {
    fn new(world: SampledWorld<'_>) -> Self {
        let SampledWorld { ends, nodes, targets } = world;
        let words = match nodes.len() {
            0 => Box::default(),
            _ => [ends, bytemuck::cast_slice(nodes), targets].concat().into(),
        };
        Self { words, node_count: id32(nodes.len()) }
    }

    pub(super) fn world(&self) -> SampledWorld<'_> {
        let count = self.node_count as usize;
        if count == 0 {
            return SampledWorld { ends: &[], nodes: &[], targets: &[] };
        }
        let (ends, rest) = self.words.split_at(count + 1);
        let (nodes, targets) = rest.split_at(count);
        SampledWorld { ends, nodes: bytemuck::cast_slice(nodes), targets }
    }

    /// The size of the world in memory, in units of 4 bytes.
    pub(super) fn size(&self) -> usize {
        self.words.len() + size_of::<Self>() / 4
    }
}

/// The distribution of worlds: where the spread starts, which nodes it cannot reach, and how it spreads.
pub(super) struct WorldSample<'m> {
    pub(super) graph: &'m Graph,
    pub(super) audience: AudienceRows,
    /// The sources, sorted and without repeats.
    pub(super) sources: Vec<NodeId>,
    /// By node: whether it is a source or already blocked. The search does not enter such nodes.
    pub(super) closed: Vec<bool>,
    pub(super) seed: u64,
}

impl WorldSample<'_> {
    /// Runs `task` on chunks of the world numbers in parallel; the results are in the order of the numbers.
    pub(super) fn run_chunks<T: Send>(
        &self,
        numbers: Range<u64>,
        task: impl Fn(&mut WorldSampler<'_>, Range<u64>) -> T + Sync,
    ) -> Vec<T> {
        run_chunks(numbers, TASK_WORLDS, || WorldSampler::new(self), task)
    }

    /// Draws worlds of [`WorldSet::Select`].
    pub(super) fn stored(&self, numbers: Range<u64>) -> impl Iterator<Item = StoredWorld> {
        let stored = self.run_chunks(numbers, |sampler, numbers| {
            let store = |number| StoredWorld::new(sampler.draw(WorldSet::Select, number));
            numbers.map(store).collect::<Vec<_>>()
        });
        stored.into_iter().flatten()
    }

    /// The nodes that would be reached if every edge were live.
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

/// The buffers with which one worker draws worlds.
pub(super) struct WorldSampler<'s> {
    sample: &'s WorldSample<'s>,
    rows: Rows<'s>,
    /// By node: its number in the world; 0 if it is not reached, [`CLOSED`] if it cannot be reached.
    numbers: Vec<u32>,
    ends: Vec<u32>,
    nodes: Vec<NodeId>,
    targets: Vec<u32>,
}

const CLOSED: u32 = u32::MAX;

impl<'s> WorldSampler<'s> {
    fn new(sample: &'s WorldSample<'s>) -> Self {
        let numbers = sample.closed.iter().map(|&closed| if closed { CLOSED } else { 0 }).collect();
        let rows = sample.graph.in_edges().rows();
        Self { sample, rows, numbers, ends: Vec::new(), nodes: Vec::new(), targets: Vec::new() }
    }

    /// Draws world `number`, by breadth-first search from the sources.
    pub(super) fn draw(&mut self, worlds: WorldSet, number: u64) -> SampledWorld<'_> {
        let Self { sample, rows, numbers, ends, nodes, targets } = self;
        for v in &*nodes {
            numbers[v.index()] = 0;
        }
        ends.clear();
        nodes.clear();
        targets.clear();
        let key = num::random(sample.seed, STAGE << 2 | worlds as u64, number, 0);
        let mut expand = |v: NodeId, nodes: &mut Vec<NodeId>| {
            sample.audience.activated_by(v, key, rows, |u| {
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
        for &v in &sample.sources {
            end = expand(v, nodes);
        }
        ends.push(end);
        while let Some(&v) = nodes.get(ends.len() - 1) {
            let end = expand(v, nodes);
            ends.push(end);
        }
        SampledWorld { ends, nodes, targets }
    }
}
