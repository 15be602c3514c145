//! The ball around a node: its size as a count, or as an estimate with an interval; and the segments of every node.

use super::settings::MAX_SEGMENTS;
use crate::ids::{NodeId, id32};

/// An estimated number of nodes, with the ends of its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct IntervalEstimate {
    pub(super) low: f64,
    pub(super) estimate: f64,
    pub(super) high: f64,
}

impl IntervalEstimate {
    pub(super) fn exact(number: f64) -> Self {
        Self { low: number, estimate: number, high: number }
    }

    /// Adds the growth from `before` to `now`, times `weight`.
    pub(super) fn add_growth(&mut self, weight: f64, before: &Self, now: &Self) {
        self.low += weight * (now.low - before.low);
        self.estimate += weight * (now.estimate - before.estimate);
        self.high += weight * (now.high - before.high);
    }

    pub(super) fn clamp(self, min: f64, max: f64) -> Self {
        let clamped = |number: f64| number.clamp(min, max);
        Self { low: clamped(self.low), estimate: clamped(self.estimate), high: clamped(self.high) }
    }
}

/// The counts of a search of the ball around one node, without its center. `S` is 0 or at least the number of segments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ball<const S: usize> {
    /// The number of nodes within `radius`.
    pub(super) size: u32,
    /// The largest number of hops that the search finished.
    pub(super) radius: u32,
    /// Whether the search finished all hops, or found no more nodes.
    pub(super) complete: bool,
    /// The weighted number of nodes within `radius`; a node at hop `t` has weight `decay` to the power of `t - 1`.
    pub(super) decayed: f64,
    /// The number of nodes of each segment within `radius`; a lower bound if the search gave up in the first hop.
    pub(super) members: [u32; S],
}

impl<const S: usize> Ball<S> {
    pub(super) const EMPTY: Self = Self { size: 0, radius: 0, complete: true, decayed: 0.0, members: [0; S] };

    /// The counts as estimates without error.
    pub(super) fn exact(&self) -> BallEstimate<S> {
        BallEstimate {
            nodes: IntervalEstimate::exact(f64::from(self.size)),
            decayed: IntervalEstimate::exact(self.decayed),
            members: self.members.map(|count| IntervalEstimate::exact(f64::from(count))),
        }
    }
}

/// The final numbers of the ball around one node.
#[derive(Clone, Copy, Debug)]
pub(super) struct BallEstimate<const S: usize> {
    pub(super) nodes: IntervalEstimate,
    pub(super) decayed: IntervalEstimate,
    pub(super) members: [IntervalEstimate; S],
}

/// Which nodes belong to which of up to [`MAX_SEGMENTS`] segments.
#[derive(Clone, Debug, Default)]
pub(super) struct Segments {
    /// For each node, one bit per segment; empty if there are no segments.
    masks: Vec<u8>,
    sizes: Vec<u32>,
}

impl Segments {
    /// A node that is listed twice in a segment counts once.
    pub(super) fn new(node_count: usize, segments: &[Vec<NodeId>]) -> Self {
        assert!(segments.len() <= MAX_SEGMENTS, "invariant: one bit per segment");
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

    /// The segments of `v`, one bit per segment.
    #[inline]
    pub(super) fn mask(&self, v: NodeId) -> u8 {
        if self.masks.is_empty() { 0 } else { self.masks[v.index()] }
    }

    /// The indices of the segments of `v`.
    #[inline]
    pub(super) fn of(&self, v: NodeId) -> impl Iterator<Item = usize> + use<> {
        let mut mask = self.mask(v);
        std::iter::from_fn(move || {
            let at = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
            mask &= mask - 1;
            Some(at)
        })
    }

    /// The number of nodes of a segment other than `v`.
    pub(super) fn size_without(&self, at: usize, v: NodeId) -> u32 {
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
