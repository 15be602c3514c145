//! Numbers nodes for cache locality: nodes that are read about equally often get adjacent numbers.
//!
//! Kernels pull along in-edges: for each edge they read the value of its source, a random access to an array of all
//! nodes. The array is larger than the nearest cache, but most reads go to the few nodes with many out-edges. So the
//! hottest nodes come first, and nodes that are never read come last.
//!
//! The order affects only the speed. It is a function of the set of edges, and all output uses the user's ids.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;

use super::{Directions, EdgeBlock, HugeVec};
use crate::{ids::NodeId, num::blocks};

/// Bounds between the degree groups, in multiples of the mean out-degree. Within a group, nodes stay in the caller's
/// order, which may already have some locality.
const GROUP_BOUNDS: [u64; 7] = [64, 32, 16, 8, 4, 2, 1];
const GROUPS: usize = GROUP_BOUNDS.len() + 1;
/// Minimum number of nodes per task.
const PART_NODES: usize = 1 << 15;

/// A permutation of the nodes: assigns every node a new number, also called its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeOrder {
    place_of: Vec<NodeId>,
}

impl NodeOrder {
    /// The new number of each node, indexed by its old number; consumes the order.
    pub fn into_place_of(self) -> Vec<NodeId> {
        self.place_of
    }

    /// The new number of each node, indexed by its old number.
    pub fn place_of(&self) -> &[NodeId] {
        &self.place_of
    }

    /// The old number of each node, indexed by its new number.
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
/// First come nodes with both in- and out-edges (the core), over which solvers iterate; then nodes with out-edges only,
/// nodes with in-edges only, and isolated nodes. The core is ordered by `community`, if given, and inside each
/// community by groups of out-degree, in powers of two of the mean, the highest first; then by old number.
///
/// - **Input**: blocks as for [`build_blocks`](super::build_blocks), `node_of[number]` below `node_count` or
///   [`NodeId::NONE`]; `community[node]`, if given (for example from the previous run): community numbers not much
///   larger than `node_count`.
/// - **Output**: a permutation of the nodes.
/// - **Stop**: after one pass over the edges and two over the nodes.
/// - **Cost**: O(n + m), parallel over the edges and over the nodes; memory 2 bytes per number and thread (at most 4
///   bytes per edge), 18 bytes per node, and 64 bytes per community.
/// - **Same bits**: for any order of edges and any thread count; repeated edges count each time.
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
    let bounds = GROUP_BOUNDS.map(|bound| degree_bound(bound, core_count, core_edges));
    let group = |degree: Degree| bounds.iter().filter(|&&bound| degree.out() < bound).count();
    let communities =
        community.and_then(|community| community.iter().max()).map_or(1, |&most| most as usize + 1);
    let community_of = |node: usize| community.map_or(0, |community| community[node] as usize);
    // Keys rise community after community, within a community group after group, and then over the three classes
    // outside the core. The key is looked up in a table, because a branch on the class would often be mispredicted.
    let tail = communities * GROUPS;
    let key = |node: usize, degree: Degree| {
        let class = usize::from(degree.goes_out()) << 1 | usize::from(degree.comes_in());
        [tail + 2, tail + 1, tail, community_of(node) * GROUPS + group(degree)][class]
    };
    NodeOrder { place_of: counting_sort(degrees, tail + 3, key) }
}

/// Half of `bound` times the mean out-degree of the core, rounded up.
fn degree_bound(bound: u64, core_count: u64, core_edges: u64) -> u64 {
    let goal = u128::from(bound) * u128::from(core_edges);
    u64::try_from(goal.div_ceil(2 * u128::from(core_count.max(1)))).unwrap_or(u64::MAX)
}

/// Sorts the nodes by key (below `keys`), then by number, with a parallel stable counting sort. Returns the new number
/// of each node.
fn counting_sort(
    degrees: &[Degree],
    keys: usize,
    key: impl Fn(usize, Degree) -> usize + Sync,
) -> Vec<NodeId> {
    // Each part has separate counters, and there must not be more counters than nodes in the part.
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

/// Twice a node's out-degree, which saturates at 32,767, plus one if it has in-edges. Two bytes, so that tables stay in
/// the cache; this is precise enough to tell hubs from other nodes.
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
        // Saturation must not touch the last bit.
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

/// The degrees of all nodes and one spare entry; repeated edges and edges of weight 0 count.
fn degrees(
    node_count: usize,
    blocks: &[EdgeBlock],
    node_of: &[NodeId],
    directions: Directions,
) -> HugeVec<Degree> {
    let edge_count: usize = blocks.iter().map(|block| block.ends.len()).sum();
    // One table per task; together they take at most half as much memory as the edges. Sums do not depend on the number
    // of tables.
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
    // The spare entry collects the degrees of numbers that map to no node.
    let mut degrees = HugeVec::<Degree>::zeroed(node_count + 1);
    for (number, &degree) in tables.iter().flat_map(|table| table.iter().enumerate()) {
        degrees[node_of[number].index().min(node_count)].add(degree);
    }
    degrees
}
