//! Assigns each node to a community: at random, among the communities that are large enough for the node's inside
//! degree.

use std::cmp::Reverse;

use super::{PlantedConfig, power_law};
use crate::{
    generate::random::{CounterRng, RandomStream},
    ids::{id32, index64},
    num,
};

/// The community of every node and the members of every community; community 0 is the largest.
pub(super) struct Membership {
    pub(super) community: Vec<u32>,
    /// The nodes grouped by community, in ascending order within each.
    order: Vec<u32>,
    /// The first index of each community in `order`, and the length of `order`.
    starts: Vec<u64>,
}

impl Membership {
    fn new(community: Vec<u32>, sizes: &[u32]) -> Self {
        let starts = num::prefix_sums(sizes.iter().map(|&size| u64::from(size)));
        let mut next: Vec<usize> = starts.iter().map(|&start| index64(start)).collect();
        let mut order = vec![0; community.len()];
        for (v, &c) in community.iter().enumerate() {
            order[next[c as usize]] = id32(v);
            next[c as usize] += 1;
        }
        Self { community, order, starts }
    }

    pub(super) fn count(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn members(&self, c: usize) -> &[u32] {
        &self.order[index64(self.starts[c])..index64(self.starts[c + 1])]
    }
}

/// Assigns every node to a community with more members than the node has edges inside. Nodes with the most edges come
/// first; each node gets a uniformly random free slot among all communities that are large enough. If there is no such
/// slot, the node goes to the next smaller community.
pub(super) fn assign(cfg: &PlantedConfig, inside: &[u32]) -> Membership {
    let sizes = sizes(cfg);
    let mut nodes: Vec<u32> = (0..cfg.nodes).collect();
    // Ties stay in the order of node numbers, which are independent of degrees.
    nodes.sort_by_key(|&v| Reverse(inside[v as usize]));
    let mut community = vec![0; inside.len()];
    let (mut free, mut opened) = (Vec::new(), 0);
    for v in nodes {
        while opened < sizes.len() && (free.is_empty() || sizes[opened] > inside[v as usize]) {
            free.extend(std::iter::repeat_n(id32(opened), sizes[opened] as usize));
            opened += 1;
        }
        let slot = CounterRng::new(cfg.seed, RandomStream::Membership, v as usize).index(free.len());
        community[v as usize] = free.swap_remove(slot);
    }
    Membership::new(community, &sizes)
}

/// Draws community sizes that add up to the number of nodes, largest first.
fn sizes(cfg: &PlantedConfig) -> Vec<u32> {
    let law = power_law::community_sizes(cfg.smallest_community, cfg.largest_community);
    let mut rng = CounterRng::new(cfg.seed, RandomStream::Sizes, 0);
    let (mut sizes, mut rest) = (Vec::new(), cfg.nodes);
    while rest >= cfg.smallest_community {
        let size = law.draw(&mut rng).min(rest);
        sizes.push(size);
        rest -= size;
    }
    // The remaining nodes are too few for a community; they are distributed over the communities.
    let count = sizes.len();
    (0..rest as usize).for_each(|i| sizes[i % count] += 1);
    sizes.sort_unstable_by_key(|&size| Reverse(size));
    sizes
}
