//! Sets of items that grow as pairs are joined one by one (union-find).

use crate::ids::id32;

/// Disjoint sets of the items `0..len`, each identified by its smallest member (Tarjan 1975, with path halving).
pub(super) struct DisjointSets {
    /// For each item, a smaller member of the same set, or the item itself if it is the smallest.
    parents: Vec<u32>,
}

impl DisjointSets {
    /// Creates one set for each item.
    pub(super) fn new(len: usize) -> Self {
        Self { parents: (0..len).map(id32).collect() }
    }

    /// The smallest member of the set of `item`.
    pub(super) fn smallest(&mut self, item: u32) -> u32 {
        let mut item = item;
        while self.parents[item as usize] != item {
            let parent = self.parents[item as usize];
            self.parents[item as usize] = self.parents[parent as usize];
            item = parent;
        }
        item
    }

    /// Joins the sets of `a` and `b`.
    pub(super) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.smallest(a), self.smallest(b));
        self.parents[a.max(b) as usize] = a.min(b);
    }
}
