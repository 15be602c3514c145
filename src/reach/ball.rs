//! What is known of how far a node's content gets: counted, or a number with an interval.

use super::{Estimates, MAX_SEGMENTS};
use crate::ids::{NodeId, id32};

/// A number of nodes and the ends of its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number {
    pub(super) low: f64,
    pub(super) estimate: f64,
    pub(super) high: f64,
}

impl Number {
    pub(super) fn exact(number: f64) -> Self {
        Self { low: number, estimate: number, high: number }
    }

    /// Adds `share` of what `before` grew by until `now`.
    pub(super) fn add_growth(&mut self, share: f64, before: &Self, now: &Self) {
        self.low += share * (now.low - before.low);
        self.estimate += share * (now.estimate - before.estimate);
        self.high += share * (now.high - before.high);
    }

    /// Moves all three into the bounds.
    pub(super) fn clamped(self, least: f64, most: f64) -> Self {
        let inside = |number: f64| number.clamp(least, most);
        Self { low: inside(self.low), estimate: inside(self.estimate), high: inside(self.high) }
    }
}

/// What counting one node's ball found; its centre counts nowhere. `S` segments, or a place for each at least.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ball<const S: usize> {
    /// Nodes within `radius`.
    pub(super) size: u32,
    /// The largest number of hops that was finished.
    pub(super) radius: u32,
    /// Whether that is as far as asked for (or nothing lies beyond).
    pub(super) whole: bool,
    /// The nodes within `radius`, each worth `decay` to the power of its hops but one.
    pub(super) decayed: f64,
    /// The nodes of each segment within `radius`, or fewer where nobody looked who they are.
    pub(super) members: [u32; S],
}

impl<const S: usize> Ball<S> {
    pub(super) const EMPTY: Self = Self { size: 0, radius: 0, whole: true, decayed: 0.0, members: [0; S] };

    /// As it is told.
    pub(super) fn known(&self) -> Known<S> {
        Known {
            nodes: Number::exact(f64::from(self.size)),
            decayed: Number::exact(self.decayed),
            members: self.members.map(|count| Number::exact(f64::from(count))),
        }
    }
}

/// What is told of one node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<const S: usize> {
    pub(super) nodes: Number,
    pub(super) decayed: Number,
    pub(super) members: [Number; S],
}

/// Who belongs to which of up to [`MAX_SEGMENTS`] segments.
#[derive(Clone, Debug, Default)]
pub(super) struct Segments {
    /// A bit a segment for each node; empty where there is no segment.
    masks: Vec<u8>,
    /// How many nodes each segment has.
    sizes: Vec<u32>,
}

impl Segments {
    /// Nodes that are named twice count once.
    pub(super) fn new(node_count: usize, segments: &[Vec<NodeId>]) -> Self {
        assert!(segments.len() <= MAX_SEGMENTS, "invariant: a bit a segment");
        let mut masks = vec![0; if segments.is_empty() { 0 } else { node_count }];
        for (at, nodes) in segments.iter().enumerate() {
            for v in nodes {
                masks[v.index()] |= 1 << at;
            }
        }
        let size = |at: usize| id32(masks.iter().filter(|&&mask: &&u8| mask >> at & 1 == 1).count());
        Self { sizes: (0..segments.len()).map(size).collect(), masks }
    }

    pub(super) fn count(&self) -> usize {
        self.sizes.len()
    }

    /// The segments of `v`, a bit each.
    #[inline]
    pub(super) fn mask(&self, v: NodeId) -> u8 {
        if self.masks.is_empty() { 0 } else { self.masks[v.index()] }
    }

    /// The numbers of the segments of `v`.
    #[inline]
    pub(super) fn of(&self, v: NodeId) -> impl Iterator<Item = usize> + use<> {
        bits(self.mask(v))
    }

    /// How many others are in a segment that `v` may be in too.
    pub(super) fn others(&self, at: usize, v: NodeId) -> u32 {
        self.sizes[at] - u32::from(self.mask(v) >> at & 1)
    }

    /// How many of these nodes are in each segment.
    pub(super) fn members<const S: usize>(&self, nodes: impl Iterator<Item = NodeId>) -> [u32; S] {
        let mut members = [0; S];
        if self.count() > 0 {
            nodes.flat_map(|v| self.of(v)).for_each(|at| members[at] += 1);
        }
        members
    }
}

/// The places of the ones.
fn bits(mut mask: u8) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(at)
    })
}

impl Estimates {
    pub(super) fn zeros(len: usize) -> Self {
        Self { estimate: vec![0.0; len], low: vec![0.0; len], high: vec![0.0; len] }
    }

    pub(super) fn put(&mut self, v: NodeId, number: Number) {
        let v = v.index();
        (self.low[v], self.estimate[v], self.high[v]) = (number.low, number.estimate, number.high);
    }
}
