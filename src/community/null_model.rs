//! The weight of a node in each quality function's null model: its strength, its size, or its out- and in-strength.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::graph::SymmetricCsr;

/// The weight of a node in the null model; the weight of a community, called its volume, is the sum over its members.
pub(super) trait NullModelWeight: Copy + Default + PartialEq + Send + Sync + 'static {
    /// The same value with atomic fields, so that several threads can add to it.
    type Cell: Send + Sync;

    fn cell(self) -> Self::Cell;
    fn load(cell: &Self::Cell) -> Self;
    fn add_to(self, cell: &Self::Cell);
    fn take_from(self, cell: &Self::Cell);
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, factor: u64) -> Self;
    /// The edge weight that the null model expects between two nodes or communities, up to a constant factor.
    fn expected_between(self, other: Self) -> i128;

    #[inline]
    fn is_zero(self) -> bool {
        self == Self::default()
    }
}

fn product(a: u64, b: u64) -> i128 {
    i128::from(a) * i128::from(b)
}

/// Strength (modularity), or number of nodes (constant Potts model).
impl NullModelWeight for u64 {
    type Cell = AtomicU64;

    #[inline]
    fn cell(self) -> AtomicU64 {
        AtomicU64::new(self)
    }

    #[inline]
    fn load(cell: &AtomicU64) -> Self {
        cell.load(Relaxed)
    }

    #[inline]
    fn add_to(self, cell: &AtomicU64) {
        cell.fetch_add(self, Relaxed);
    }

    #[inline]
    fn take_from(self, cell: &AtomicU64) {
        cell.fetch_sub(self, Relaxed);
    }

    #[inline]
    fn plus(self, other: Self) -> Self {
        self + other
    }

    #[inline]
    fn minus(self, other: Self) -> Self {
        self - other
    }

    #[inline]
    fn times(self, factor: u64) -> Self {
        self * factor
    }

    #[inline]
    fn expected_between(self, other: Self) -> i128 {
        product(self, other)
    }
}

/// Out-strength and in-strength (directed modularity). Edges are expected from the out-strength of one node to the
/// in-strength of the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct OutInStrength {
    pub(super) out: u64,
    pub(super) into: u64,
}

impl NullModelWeight for OutInStrength {
    type Cell = (AtomicU64, AtomicU64);

    fn cell(self) -> Self::Cell {
        (AtomicU64::new(self.out), AtomicU64::new(self.into))
    }

    #[inline]
    fn load(cell: &Self::Cell) -> Self {
        Self { out: cell.0.load(Relaxed), into: cell.1.load(Relaxed) }
    }

    #[inline]
    fn add_to(self, cell: &Self::Cell) {
        cell.0.fetch_add(self.out, Relaxed);
        cell.1.fetch_add(self.into, Relaxed);
    }

    #[inline]
    fn take_from(self, cell: &Self::Cell) {
        cell.0.fetch_sub(self.out, Relaxed);
        cell.1.fetch_sub(self.into, Relaxed);
    }

    #[inline]
    fn plus(self, other: Self) -> Self {
        Self { out: self.out + other.out, into: self.into + other.into }
    }

    #[inline]
    fn minus(self, other: Self) -> Self {
        Self { out: self.out - other.out, into: self.into - other.into }
    }

    #[inline]
    fn times(self, factor: u64) -> Self {
        Self { out: self.out * factor, into: self.into * factor }
    }

    #[inline]
    fn expected_between(self, other: Self) -> i128 {
        product(self.out, other.into) + product(self.into, other.out)
    }
}

pub(super) fn out_in_strengths(g: &SymmetricCsr) -> Vec<OutInStrength> {
    let strengths = g.strengths().iter().zip(g.out_strengths());
    strengths.map(|(&all, &out)| OutInStrength { out, into: all - out }).collect()
}

/// 1 for every node with edges, and 0 for isolated nodes, which join no community and must not count in the size of
/// one.
pub(super) fn node_sizes(g: &SymmetricCsr) -> Vec<u64> {
    g.strengths().iter().map(|&strength| u64::from(strength > 0)).collect()
}
