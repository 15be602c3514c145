//! Random numbers that are the same on every machine: a counter-based generator and integer-only distributions.

use std::ops::Range;

use crate::{ids, num};

/// The purpose for which random numbers are drawn; each purpose has a separate sequence.
#[derive(Clone, Copy)]
pub(super) enum RandomStream {
    Communities = 1,
    ActiveOrder,
    CustomerKinds,
    ProspectKinds,
    Person,
    Follow,
    EdgeNoise,
    Post,
    ShareTrial,
    Thread,
    Household,
    Email,
    Customer,
    Claim,
    Fault,
    Degree,
    Sizes,
    Membership,
    InsideEdges,
    OutsideEdges,
    Direction,
}

/// A counter-based generator of the numbers for one item (a person, a post, …) of one stream.
pub(super) struct CounterRng {
    seed: u64,
    stream: u64,
    item: u64,
    draw: u64,
}

impl CounterRng {
    pub(super) fn new(seed: u64, stream: RandomStream, item: usize) -> Self {
        Self { seed, stream: stream as u64, item: ids::offset64(item), draw: 0 }
    }

    pub(super) fn next_u64(&mut self) -> u64 {
        self.draw += 1;
        num::random(self.seed, self.stream, self.item, self.draw)
    }

    /// Uniform in `0..limit`; `limit` must not be 0.
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        ids::low32(((self.next_u64() >> 32) * u64::from(limit)) >> 32)
    }

    /// Uniform in `0..limit` for 64-bit limits; `limit` must not be 0.
    pub(super) fn below_u64(&mut self, limit: u64) -> u64 {
        ids::low64((u128::from(self.next_u64()) * u128::from(limit)) >> 64)
    }

    /// A uniform index into a list of length `len`, which must not be 0.
    pub(super) fn index(&mut self, len: usize) -> usize {
        ids::index64(self.below_u64(ids::offset64(len)))
    }

    /// Uniform in `range`, which must not be empty.
    pub(super) fn within(&mut self, range: Range<u32>) -> u32 {
        range.start + self.below(range.end - range.start)
    }

    /// True with a probability of `percent` in a hundred.
    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    pub(super) fn choose<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(ids::id32(choices.len())) as usize]
    }

    /// Pareto-distributed above `scale` with exponent 2: the probability of exceeding `x` falls like `x^-2`. Larger
    /// values become `limit`.
    pub(super) fn pareto_2(&mut self, scale: u32, limit: u32) -> u32 {
        let stretched = (u64::from(scale) << 32) / self.next_u64().max(1).isqrt();
        ids::low32(stretched.min(u64::from(limit)))
    }

    /// Pareto-distributed above `scale` with exponent 4. Larger values become `limit`.
    pub(super) fn pareto_4(&mut self, scale: u32, limit: u32) -> u32 {
        let stretched = (u64::from(scale) << 16) / self.next_u64().max(1).isqrt().isqrt();
        ids::low32(stretched.min(u64::from(limit)))
    }
}

/// Draws indices with probabilities in proportion to weights.
pub(super) struct WeightedSampler {
    sums: Vec<u64>,
}

impl WeightedSampler {
    pub(super) fn new(weights: impl ExactSizeIterator<Item = u32>) -> Self {
        Self { sums: num::prefix_sums(weights.map(u64::from)) }
    }

    /// Draws an index of `range` with a probability in proportion to its weight; `None` if all these weights are 0.
    pub(super) fn pick(&self, range: Range<usize>, rng: &mut CounterRng) -> Option<usize> {
        let (low, high) = (self.sums[range.start], self.sums[range.end]);
        if low == high {
            return None;
        }
        // The modulus favors small values by less than one part in 2^20, because totals stay below 2^44.
        let mark = low + rng.next_u64() % (high - low);
        Some(range.start + self.sums[range.start + 1..=range.end].partition_point(|&sum| sum <= mark))
    }

    /// Draws any index with a probability in proportion to its weight; `None` if all weights are 0.
    pub(super) fn pick_any(&self, rng: &mut CounterRng) -> Option<usize> {
        self.pick(0..self.sums.len() - 1, rng)
    }
}

/// `0..count` in random order (Fisher–Yates).
pub(super) fn shuffled(count: usize, seed: u64, stream: RandomStream) -> Vec<u32> {
    let mut order: Vec<u32> = (0..ids::id32(count)).collect();
    for i in (1..count).rev() {
        let other = CounterRng::new(seed, stream, i).below(ids::id32(i + 1));
        order.swap(i, other as usize);
    }
    order
}
