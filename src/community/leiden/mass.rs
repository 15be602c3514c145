//! What the null model knows of a node: one number, or, where directions count, two.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a node, and by addition a community, brings into the null model.
pub(in crate::community) trait Mass: Copy + Default + Send + Sync + 'static {
    /// The same to be added to by several threads.
    type Cell: Send + Sync;

    fn cell(self) -> Self::Cell;
    fn load(cell: &Self::Cell) -> Self;
    fn add_to(self, cell: &Self::Cell);
    fn take_from(self, cell: &Self::Cell);
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, factor: u64) -> Self;
    /// What the null model expects between two, up to a factor.
    fn between(self, other: Self) -> i128;
    /// Whether it is nothing at all.
    fn is_zero(self) -> bool;
}

fn product(a: u64, b: u64) -> i128 {
    i128::from(a) * i128::from(b)
}

/// The strength of a node (modularity), or how many nodes it stands for (constant Potts model).
impl Mass for u64 {
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
    fn between(self, other: Self) -> i128 {
        product(self, other)
    }

    #[inline]
    fn is_zero(self) -> bool {
        self == 0
    }
}

/// Out-strength and in-strength (directed modularity): an edge is expected from one's out to the other's in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::community) struct OutIn {
    pub(in crate::community) out: u64,
    pub(in crate::community) into: u64,
}

impl Mass for OutIn {
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
    fn between(self, other: Self) -> i128 {
        product(self.out, other.into) + product(self.into, other.out)
    }

    #[inline]
    fn is_zero(self) -> bool {
        self.out == 0 && self.into == 0
    }
}
