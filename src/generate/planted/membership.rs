//! Which node is in which community: at random, but where its ties fit.

use std::cmp::Reverse;

use super::{PlantedConfig, power_law};
use crate::{
    generate::draw::{Dice, Stage},
    ids::{id32, index64},
    num,
};

/// Who is where; community 0 is the largest.
pub(super) struct Membership {
    /// The community of every node.
    pub(super) community: Vec<u32>,
    /// The nodes, community after community, in ascending order.
    order: Vec<u32>,
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

    /// How many communities.
    pub(super) fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The nodes of community `c`.
    pub(super) fn members(&self, c: usize) -> &[u32] {
        &self.order[index64(self.starts[c])..index64(self.starts[c + 1])]
    }
}

/// Puts every node into a community that has more members than the node has ties inside: those with the most ties
/// first, each into one of the free places of all communities that are large enough, all as likely. Where no such
/// place is free, the next smaller community gets the node.
pub(super) fn assign(cfg: &PlantedConfig, inside: &[u32]) -> Membership {
    let sizes = sizes(cfg);
    let mut nodes: Vec<u32> = (0..cfg.nodes).collect();
    // Nodes that are alike are ordered by number: numbers mean nothing.
    nodes.sort_by_key(|&v| Reverse(inside[v as usize]));
    let mut community = vec![0; inside.len()];
    let (mut free, mut opened) = (Vec::new(), 0);
    for v in nodes {
        while opened < sizes.len() && (free.is_empty() || sizes[opened] > inside[v as usize]) {
            free.extend(std::iter::repeat_n(id32(opened), sizes[opened] as usize));
            opened += 1;
        }
        let place = Dice::new(cfg.seed, Stage::Membership, v as usize).place(free.len());
        community[v as usize] = free.swap_remove(place);
    }
    Membership::new(community, &sizes)
}

/// Sizes that add up to the number of nodes, largest first.
fn sizes(cfg: &PlantedConfig) -> Vec<u32> {
    let law = power_law::sizes(cfg.smallest_community, cfg.largest_community);
    let mut dice = Dice::new(cfg.seed, Stage::Sizes, 0);
    let (mut sizes, mut rest) = (Vec::new(), cfg.nodes);
    while rest >= cfg.smallest_community {
        let size = law.draw(&mut dice).min(rest);
        sizes.push(size);
        rest -= size;
    }
    // Too few for a community: they join the others, one after the other.
    let count = sizes.len();
    (0..rest as usize).for_each(|i| sizes[i % count] += 1);
    sizes.sort_unstable_by_key(|&size| Reverse(size));
    sizes
}
