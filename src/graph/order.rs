//! In which order do nodes stand in memory? Those that are read together, together.
//!
//! Kernels pull along in-edges: for each edge they read something of its source, anywhere in an array of all nodes. The
//! array is too long for the nearest cache, but most reads go to few nodes, those with many out-edges. So nodes that
//! are read alike often stand side by side, the hottest first, and nodes that are never read stand last.
//!
//! The order is about speed alone. It is a function of the edges, whatever their order, and everything that a user sees
//! goes by the user's ids.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;

use super::{Directions, EdgeBlock, HugeVec};
use crate::{ids::NodeId, num::blocks};

/// Bounds on a node's out-edges by which hot nodes are told from cold ones: so many times the mean. Inside a group the
/// caller's order stays, and with it what locality that has.
const GROUP_BOUNDS: [u64; 7] = [64, 32, 16, 8, 4, 2, 1];
/// One more than there are bounds.
const GROUPS: usize = GROUP_BOUNDS.len() + 1;
/// Nodes that one task gives places to at least.
const PART_NODES: usize = 1 << 15;

/// A new number for each node, and back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeOrder {
    place_of: Vec<NodeId>,
}

impl NodeOrder {
    /// The place of each node, for who has no more use for the rest.
    pub fn into_place_of(self) -> Vec<NodeId> {
        self.place_of
    }

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
/// First come nodes with edges both ways, which iterations go over again and again; then those with out-edges only,
/// those with in-edges only, and isolated ones. The first class is ordered by `community`, where that is given, and
/// inside each community by groups of out-degree, in powers of two of the mean, the highest first; then by number.
///
/// - **Input**: blocks as for [`build_blocks`](super::build_blocks), `node_of[number]` below `node_count` or
///   [`NodeId::NONE`]; `community[node]`, if any, last night's for example: numbers of the size of `node_count`.
/// - **Output**: a permutation of the nodes.
/// - **Cost**: O(n + m), parallel over the edges and over the places; memory 2 bytes a number and thread, no more
///   than 4 an edge, and 18 a node; 64 more a community.
/// - **Same bits**: for any order of edges and any thread count; edges count as often as they are listed.
/// - **Source**: degree-based grouping (Faldu, Diamond, Grot 2019, "A closer look at lightweight graph reordering").
/// - **Checked by**: `tests/it/graph/order.rs`.
pub fn locality_order(
    node_count: usize,
    blocks: &[EdgeBlock],
    node_of: &[NodeId],
    directions: Directions,
    community: Option<&[u32]>,
) -> NodeOrder {
    let degrees = degrees(node_count, blocks, node_of, directions);
    let degrees = &degrees[..node_count];
    let core = degrees.iter().filter(|degree| degree.is_core());
    let (core_count, core_edges) =
        core.fold((0, 0), |(count, edges), degree| (count + 1, edges + degree.out()));
    let bounds = GROUP_BOUNDS.map(|bound| colder_below(bound, core_count, core_edges));
    let group = |degree: Degree| bounds.iter().filter(|&&bound| degree.out() < bound).count();
    let circles = community.and_then(|community| community.iter().max()).map_or(1, |&most| most as usize + 1);
    let circle = |node: usize| community.map_or(0, |community| community[node] as usize);
    // Circles one after the other, the groups of each side by side, then the classes that have none. Looked up and not
    // branched on: which class a node is in is anybody's guess.
    let tail = circles * GROUPS;
    let key = |node: usize, degree: Degree| {
        let class = usize::from(degree.goes_out()) << 1 | usize::from(degree.comes_in());
        [tail + 2, tail + 1, tail, circle(node) * GROUPS + group(degree)][class]
    };
    NodeOrder { place_of: stable_places(degrees, tail + 3, key) }
}

/// The number of out-edges below which one has less than half of `bound` times the mean.
fn colder_below(bound: u64, core_count: u64, core_edges: u64) -> u64 {
    let goal = u128::from(bound) * u128::from(core_edges);
    u64::try_from(goal.div_ceil(2 * u128::from(core_count.max(1)))).unwrap_or(u64::MAX)
}

/// The place of each node where they stand by key, below `keys`, and those of one key by number.
fn stable_places(
    degrees: &[Degree],
    keys: usize,
    key: impl Fn(usize, Degree) -> usize + Sync,
) -> Vec<NodeId> {
    // There are counters for each part, which must not be more than what they count.
    let part_len = keys.max(PART_NODES);
    let parts = || blocks(degrees.len(), part_len).into_par_iter();
    let key = &key;
    let keys_of = |nodes: Range<usize>| nodes.map(move |node| key(node, degrees[node]));
    let count = |nodes| {
        let mut counts = vec![0; keys];
        keys_of(nodes).for_each(|key| counts[key] += 1);
        counts
    };
    let mut next: Vec<Vec<usize>> = parts().map(count).collect();
    let mut before = 0;
    for key in 0..keys {
        for next in &mut next {
            before += std::mem::replace(&mut next[key], before);
        }
    }
    let mut place_of = vec![NodeId(0); degrees.len()];
    place_of.par_chunks_mut(part_len).zip(parts()).zip(next).for_each(|((places, nodes), mut next)| {
        for (place, key) in places.iter_mut().zip(keys_of(nodes)) {
            *place = NodeId::new(next[key]);
            next[key] += 1;
        }
    });
    place_of
}

/// What is known of a node's edges: twice the number of out-edges, up to 32,767 of them, plus one if any come in.
/// Few bytes, so that the tables stay near; which nodes are hubs is known well enough.
#[derive(Clone, Copy, Default, Pod, Zeroable)]
#[repr(transparent)]
struct Degree(u16);

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

    fn is_core(self) -> bool {
        self.goes_out() && self.comes_in()
    }

    #[inline]
    fn add(&mut self, more: Self) {
        // What must not change is the last bit.
        let out = (self.0 & !1).saturating_add(more.0 & !1) & !1;
        self.0 = out | (self.0 | more.0) & 1;
    }

    #[inline]
    fn add_out(&mut self) {
        self.0 += if self.0 < u16::MAX - 1 { 2 } else { 0 };
    }

    #[inline]
    fn add_in(&mut self) {
        self.0 |= 1;
    }
}

/// The degrees of all nodes, and one more, repeats counted, edges of weight 0 too.
fn degrees(
    node_count: usize,
    blocks: &[EdgeBlock],
    node_of: &[NodeId],
    directions: Directions,
) -> HugeVec<Degree> {
    let edge_count: usize = blocks.iter().map(|block| block.ends.len()).sum();
    // One table a task, as many as take half of the edges' memory at most. Sums do not depend on how many.
    let tasks = (2 * edge_count / node_of.len().max(1)).clamp(1, rayon::current_num_threads());
    let tables: Vec<HugeVec<Degree>> = blocks
        .par_chunks(blocks.len().div_ceil(tasks).max(1))
        .map(|blocks| {
            let mut table = HugeVec::<Degree>::zeroed(node_of.len());
            for &[source, target] in blocks.iter().flat_map(|block| &block.ends) {
                table[source as usize].add_out();
                table[target as usize].add_in();
                if directions == Directions::Both {
                    table[target as usize].add_out();
                    table[source as usize].add_in();
                }
            }
            table
        })
        .collect();
    // One more, for numbers that are no node: nothing is added for them, and nothing asked either.
    let mut degrees = HugeVec::<Degree>::zeroed(node_count + 1);
    for (number, &degree) in tables.iter().flat_map(|table| table.iter().enumerate()) {
        degrees[node_of[number].index().min(node_count)].add(degree);
    }
    degrees
}
