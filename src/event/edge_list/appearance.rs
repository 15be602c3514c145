//! In which order do ids first appear? Told from the references when all is read: nobody keeps count while reading.

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

/// The references in `lists` and the order in which they first appear there.
pub(super) struct Appearance {
    pub(super) seen: FixedBitSet,
    /// Each reference once.
    pub(super) order: Vec<u32>,
}

impl Appearance {
    /// Looks through `lists`, whose references are below `bound`. Each thread has a bit for each reference; the answer
    /// is the same for any number of them.
    pub(super) fn of(lists: &[&[u32]], bound: usize) -> Self {
        let in_part = lists.len().div_ceil(rayon::current_num_threads()).max(1);
        let parts: Vec<Self> = lists.par_chunks(in_part).map(|lists| Self::of_part(lists, bound)).collect();
        let none = Self { seen: FixedBitSet::new(), order: Vec::new() };
        parts.into_iter().reduce(Self::followed_by).unwrap_or(none)
    }

    fn of_part(lists: &[&[u32]], bound: usize) -> Self {
        let (mut seen, mut order) = (FixedBitSet::with_capacity(bound), Vec::new());
        for &reference in lists.iter().copied().flatten() {
            if !seen.put(reference as usize) {
                order.push(reference);
            }
        }
        Self { seen, order }
    }

    fn followed_by(mut self, later: Self) -> Self {
        let new = later.order.into_iter().filter(|&reference| !self.seen.contains(reference as usize));
        self.order.extend(new);
        self.seen.union_with(&later.seen);
        self
    }
}
