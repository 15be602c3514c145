//! Samples the live edges of a row: random words that are a function of a key, and geometric skips over dead edges.

use crate::{ids::index64, num};

/// The stream of random words of one key (counter-based).
pub(super) struct EdgeSampler {
    key: u64,
    counter: u64,
}

impl EdgeSampler {
    pub(super) fn new(key: u64) -> Self {
        Self { key, counter: 0 }
    }

    #[inline]
    pub(super) fn next_word(&mut self) -> u64 {
        self.counter += 1;
        num::mix64(self.key ^ self.counter)
    }

    /// A uniform number in `[0, 1)`.
    #[inline]
    pub(super) fn next_unit(&mut self) -> f64 {
        num::unit_interval(self.next_word())
    }

    /// The number of dead edges before the next live one, if each is live with probability `1 − e^(1 / scale)`: a
    /// geometric variable.
    #[inline]
    fn dead_count(&mut self, scale: f64) -> usize {
        index64(num::floor_u64(num::ln_one_minus(self.next_unit()) * scale))
    }

    /// Calls `live` with the positions of the live edges in a row of `len` edges that all have this probability.
    #[inline]
    pub(super) fn uniform_row(&mut self, len: usize, probability: f64, mut live: impl FnMut(usize)) {
        if len == 0 {
            return;
        }
        if probability >= 1.0 {
            (0..len).for_each(live);
            return;
        }
        let scale = num::ln_one_minus(probability).recip();
        let mut at = self.dead_count(scale);
        while at < len {
            live(at);
            at = at.saturating_add(1).saturating_add(self.dead_count(scale));
        }
    }

    /// Calls `live` with the positions of the live edges in a row whose probabilities never increase (SUBSIM).
    #[inline]
    pub(super) fn descending_row(
        &mut self,
        len: usize,
        probability: impl Fn(usize) -> f32,
        mut live: impl FnMut(usize),
    ) {
        let mut at = 0;
        // The current probability bounds all later ones: skip as if they were equal to it, then accept the edge that
        // the skip ends at with the ratio of its own probability to the bound.
        while at < len && probability(at) > 0.0 {
            let bound = f64::from(probability(at));
            if bound < 1.0 {
                at = at.saturating_add(self.dead_count(num::ln_one_minus(bound).recip()));
            }
            if at < len && self.next_unit() * bound < f64::from(probability(at)) {
                live(at);
            }
            at = at.saturating_add(1);
        }
    }
}
