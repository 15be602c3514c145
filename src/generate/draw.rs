//! Draws: random choices in integers only, so that they are the same on every machine.

use std::ops::Range;

use crate::{ids, num};

/// What a random number is for; each purpose draws from its own sequence.
#[derive(Clone, Copy)]
pub(super) enum Stage {
    Communities = 1,
    Crowd,
    CustomerKinds,
    ProspectKinds,
    Person,
    Follow,
    EdgeNoise,
    Post,
    Coin,
    Thread,
    Household,
    Email,
    Customer,
    Claim,
    Fault,
    Degree,
    Sizes,
    Membership,
    InsideTies,
    OutsideTies,
    Direction,
}

/// The numbers drawn for one item of one stage: a counter-based generator and its counter.
pub(super) struct Dice {
    seed: u64,
    stage: u64,
    item: u64,
    draw: u64,
}

impl Dice {
    pub(super) fn new(seed: u64, stage: Stage, item: usize) -> Self {
        Self { seed, stage: stage as u64, item: ids::offset64(item), draw: 0 }
    }

    pub(super) fn word(&mut self) -> u64 {
        self.draw += 1;
        num::random(self.seed, self.stage, self.item, self.draw)
    }

    /// Uniform in `0..limit`; `limit` is above 0.
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        ids::low32(((self.word() >> 32) * u64::from(limit)) >> 32)
    }

    /// Uniform in `0..limit` for limits of any size; `limit` is above 0.
    pub(super) fn below_u64(&mut self, limit: u64) -> u64 {
        ids::low64((u128::from(self.word()) * u128::from(limit)) >> 64)
    }

    /// A place in a list of `len`, which is above 0.
    pub(super) fn place(&mut self, len: usize) -> usize {
        ids::index64(self.below_u64(ids::offset64(len)))
    }

    /// Uniform in `range`, which is not empty.
    pub(super) fn within(&mut self, range: Range<u32>) -> u32 {
        range.start + self.below(range.end - range.start)
    }

    /// True `percent` times in a hundred.
    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`, each as likely.
    pub(super) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(ids::id32(choices.len())) as usize]
    }

    /// A number above `scale` with a tail that falls like `x^-2`: twice as far, a quarter as many. At most `limit`.
    pub(super) fn tail_2(&mut self, scale: u32, limit: u32) -> u32 {
        let stretched = (u64::from(scale) << 32) / self.word().max(1).isqrt();
        ids::low32(stretched.min(u64::from(limit)))
    }

    /// A number above `scale` with a tail that falls like `x^-4`. At most `limit`.
    pub(super) fn tail_4(&mut self, scale: u32, limit: u32) -> u32 {
        let stretched = (u64::from(scale) << 16) / self.word().max(1).isqrt().isqrt();
        ids::low32(stretched.min(u64::from(limit)))
    }
}

/// Items with weights, to be drawn in proportion.
pub(super) struct Weighted {
    sums: Vec<u64>,
}

impl Weighted {
    pub(super) fn new(weights: impl ExactSizeIterator<Item = u32>) -> Self {
        Self { sums: num::prefix_sums(weights.map(u64::from)) }
    }

    /// One index of `range` in proportion to its weight; `None` where all weights are 0.
    pub(super) fn pick(&self, range: Range<usize>, dice: &mut Dice) -> Option<usize> {
        let (low, high) = (self.sums[range.start], self.sums[range.end]);
        if low == high {
            return None;
        }
        // The modulus favours small values by less than one part in 2^20: totals stay below 2^44.
        let mark = low + dice.word() % (high - low);
        Some(range.start + self.sums[range.start + 1..=range.end].partition_point(|&sum| sum <= mark))
    }

    /// One index of all in proportion to its weight.
    pub(super) fn pick_any(&self, dice: &mut Dice) -> Option<usize> {
        self.pick(0..self.sums.len() - 1, dice)
    }
}

/// `0..count` in random order (Fisher and Yates).
pub(super) fn shuffled(count: usize, seed: u64, stage: Stage) -> Vec<u32> {
    let mut order: Vec<u32> = (0..ids::id32(count)).collect();
    for i in (1..count).rev() {
        let other = Dice::new(seed, stage, i).below(ids::id32(i + 1));
        order.swap(i, other as usize);
    }
    order
}
