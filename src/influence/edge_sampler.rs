//! Which edges of a row hold? Random words that are a function of their key, and how to skip the edges that fail.

use crate::{ids::index64, num};

/// The random words of one key.
pub(super) struct Coins {
    key: u64,
    next: u64,
}

impl Coins {
    pub(super) fn new(key: u64) -> Self {
        Self { key, next: 0 }
    }

    #[inline]
    pub(super) fn word(&mut self) -> u64 {
        self.next += 1;
        num::mix64(self.key ^ self.next)
    }

    /// In `[0, 1)`.
    #[inline]
    pub(super) fn unit(&mut self) -> f64 {
        num::unit_interval(self.word())
    }

    /// How many edges of chance `1 − e^(1 / scale)` fail before the next one holds: a geometric number.
    #[inline]
    fn failures(&mut self, scale: f64) -> usize {
        index64(num::floor_u64(num::ln_one_minus(self.unit()) * scale))
    }

    /// The places in a row that hold, where all of its edges have the same chance.
    #[inline]
    pub(super) fn even(&mut self, len: usize, chance: f64, mut holds: impl FnMut(usize)) {
        if len == 0 {
            return;
        }
        if chance >= 1.0 {
            (0..len).for_each(holds);
            return;
        }
        let scale = num::ln_one_minus(chance).recip();
        let mut at = self.failures(scale);
        while at < len {
            holds(at);
            at = at.saturating_add(1).saturating_add(self.failures(scale));
        }
    }

    /// The places in a row that hold, where no later edge is likelier than the one before.
    #[inline]
    pub(super) fn falling(
        &mut self,
        len: usize,
        chance: impl Fn(usize) -> f32,
        mut holds: impl FnMut(usize),
    ) {
        let mut at = 0;
        // No later edge is likelier than the one at hand: skip as if all were as likely, then make up for it.
        while at < len && chance(at) > 0.0 {
            let bound = f64::from(chance(at));
            if bound < 1.0 {
                at = at.saturating_add(self.failures(num::ln_one_minus(bound).recip()));
            }
            if at < len && self.unit() * bound < f64::from(chance(at)) {
                holds(at);
            }
            at = at.saturating_add(1);
        }
    }
}
