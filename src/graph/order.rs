//! In which order do nodes stand in memory? Those that are read together, together.
//!
//! Kernels pull along in-edges: for each edge they read something of its source, anywhere in an array of all nodes. The
//! array is too long for the nearest cache, but most reads go to few nodes, those with many out-edges. So nodes that
//! are read alike often stand side by side, the hottest first, and nodes that are never read stand last.
//!
//! The order is about speed alone. It is a function of the edges, whatever their order, and everything that a user sees
//! goes by the user's ids.

use rayon::prelude::*;

use super::{Directions, EdgeBlock};
use crate::ids::{NodeId, id32, low32};

/// Bounds on a node's out-edges by which hot nodes are told from cold ones: so many times the mean. Inside a group the
/// caller's order stays, and with it what locality that has.
const GROUP_BOUNDS: [u64; 7] = [64, 32, 16, 8, 4, 2, 1];

/// A new number for each node, and back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeOrder {
    place_of: Vec<NodeId>,
}

impl NodeOrder {
    /// The place of each node, by its number before.
    pub fn place_of(&self) -> &[NodeId] {
        &self.place_of
    }

    /// The number before of the node at each place.
    pub fn node_at(&self) -> Vec<NodeId> {
        let mut node_at = vec![NodeId::NONE; self.place_of.len()];
        for (node, place) in self.place_of.iter().enumerate() {
            node_at[place.index()] = NodeId::new(node);
        }
        node_at
    }
}

/// Orders `node_count` nodes for locality.
///
/// First come nodes with edges both ways, which iterations go over again and again; then those with out-edges only, those
/// with in-edges only, and isolated ones. The first class is ordered by `community`, where that is given, and inside
/// each community by groups of out-degree, in powers of two of the mean, the highest first; then by number.
///
/// - **Input**: blocks as for [`build_blocks`](super::build_blocks), `node_of[number]` below `node_count` or
///   [`NodeId::NONE`]; `community[node]`, if any, last night's for example: numbers of the size of `node_count`.
/// - **Output**: a permutation of the nodes.
/// - **Cost**: O(n + m), parallel over the edges; memory 8 bytes a node and thread, no more than 8 an edge.
/// - **Same bits**: for any order of edges and any thread count; edges count as often as they are listed.
/// - **Source**: degree-based grouping (Faldu, Diamond, Grot 2019, "A closer look at lightweight graph reordering").
/// - **Checked by**: `tests/it/order.rs`.
pub fn locality_order(
    node_count: usize,
    blocks: &[EdgeBlock],
    node_of: &[NodeId],
    directions: Directions,
    community: Option<&[u32]>,
) -> NodeOrder {
    let degrees = degrees(node_count, blocks, node_of, directions);
    let core = degrees.iter().filter(|degree| degree.goes_out() && degree.comes_in());
    let (core_count, core_edges) =
        core.fold((0, 0), |(count, edges), degree| (count + 1, edges + degree.out()));
    let is_core = |node: usize| degrees[node].goes_out() && degrees[node].comes_in();
    let group = |node: usize| {
        let twice = 2 * u128::from(degrees[node].out()) * core_count;
        let colder = |bound: &&u64| twice < u128::from(**bound) * u128::from(core_edges);
        if is_core(node) { GROUP_BOUNDS.iter().take_while(colder).count() } else { 0 }
    };
    let circles = community.and_then(|community| community.iter().max()).map_or(1, |&most| most as usize + 1);
    let circle = |node: usize| match (degrees[node].goes_out(), degrees[node].comes_in()) {
        (true, true) => community.map_or(0, |community| community[node] as usize),
        (true, false) => circles,
        (false, true) => circles + 1,
        (false, false) => circles + 2,
    };
    // The lesser criterion first: the order that it makes stays where the greater one makes none.
    let by_group = stable_order(0..id32(node_count), GROUP_BOUNDS.len() + 1, group);
    let node_at = stable_order(by_group.into_iter(), circles + 3, circle);
    let mut place_of = vec![NodeId::NONE; node_count];
    for (place, &node) in node_at.iter().enumerate() {
        place_of[node as usize] = NodeId::new(place);
    }
    NodeOrder { place_of }
}

/// The nodes by key, below `keys`, and those of one key in the order in which they come.
fn stable_order(
    nodes: impl ExactSizeIterator<Item = u32> + Clone,
    keys: usize,
    key: impl Fn(usize) -> usize,
) -> Vec<u32> {
    let mut next = vec![0; keys];
    nodes.clone().for_each(|node| next[key(node as usize)] += 1);
    let mut before = 0;
    for next in &mut next {
        before += std::mem::replace(next, before);
    }
    let mut order = vec![0; nodes.len()];
    for node in nodes {
        let next = &mut next[key(node as usize)];
        order[*next] = node;
        *next += 1;
    }
    order
}

/// What is known of a node's edges: twice the number of out-edges, plus one if there are in-edges.
#[derive(Clone, Copy, Default)]
struct Degree(u32);

impl Degree {
    fn out(self) -> u64 {
        u64::from(self.0 >> 1)
    }

    fn goes_out(self) -> bool {
        self.0 > 1
    }

    fn comes_in(self) -> bool {
        self.0 & 1 == 1
    }

    #[inline]
    fn add_out(&mut self, count: u32) {
        // Beyond two billion more does not matter; what must not change is the last bit.
        self.0 = self.0 & 1 | (self.0 >> 1).saturating_add(count).min(u32::MAX >> 1) << 1;
    }

    #[inline]
    fn add_in(&mut self) {
        self.0 |= 1;
    }
}

/// The degrees of all nodes, repeats counted, edges of weight 0 too.
fn degrees(
    node_count: usize,
    blocks: &[EdgeBlock],
    node_of: &[NodeId],
    directions: Directions,
) -> Vec<Degree> {
    let edge_count: usize = blocks.iter().map(|block| block.ends.len()).sum();
    // One table a task, as many as their memory is small beside the edges'. Sums do not depend on how many.
    let tasks = (edge_count / node_of.len().max(1)).clamp(1, rayon::current_num_threads());
    let tables: Vec<Vec<Degree>> = blocks
        .par_chunks(blocks.len().div_ceil(tasks).max(1))
        .map(|blocks| {
            let mut table = vec![Degree::default(); node_of.len()];
            for &[source, target] in blocks.iter().flat_map(|block| &block.ends) {
                table[source as usize].add_out(1);
                table[target as usize].add_in();
                if directions == Directions::Both {
                    table[target as usize].add_out(1);
                    table[source as usize].add_in();
                }
            }
            table
        })
        .collect();
    let mut degrees = vec![Degree::default(); node_count];
    for table in tables {
        for (number, degree) in table.into_iter().enumerate().filter(|(_, degree)| degree.0 > 0) {
            let node = &mut degrees[node_of[number].index()];
            node.add_out(low32(degree.out()));
            if degree.comes_in() {
                node.add_in();
            }
        }
    }
    degrees
}
