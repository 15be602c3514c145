//! Ends of ties become ties: matched at random, without loops and repeats.

use std::collections::HashMap;

use rayon::prelude::*;

use super::super::draw::Dice;
use crate::ids::low32;

/// How many random ties a forbidden one tries to exchange an end with before it is given up.
const TRIES: u32 = 200;

/// The ties that were made.
pub(super) struct Matched {
    /// Each pair once, the smaller node first.
    pub(super) pairs: Vec<(u32, u32)>,
    /// How many pairs of ends were left over.
    pub(super) lost: usize,
}

/// Matches the ends in `stubs`, each the number of its node, so that all pairs are `allowed` and none occurs twice.
/// `allowed` must be symmetric and refuse a node with itself.
pub(super) fn match_stubs(
    mut stubs: Vec<u32>,
    allowed: impl Fn(u32, u32) -> bool,
    mut dice: Dice,
) -> Matched {
    for i in (1..stubs.len()).rev() {
        stubs.swap(i, dice.place(i + 1));
    }
    let mut drawn: Vec<u64> = stubs.chunks_exact(2).map(|ends| key(ends[0], ends[1])).collect();
    let unpaired = stubs.len() % 2;
    drop(stubs);
    drawn.par_sort_unstable();

    let mut forbidden = Vec::new();
    let mut last = None;
    drawn.retain(|&pair| {
        let (u, v) = ends(pair);
        let is_good = allowed(u, v) && last != Some(pair);
        last = Some(pair);
        if !is_good {
            forbidden.push(pair);
        }
        is_good
    });
    let mut ties = Ties { current: drawn.clone(), drawn, changed: HashMap::new() };
    let left = forbidden.iter().filter(|&&pair| !ties.exchange(pair, &allowed, &mut dice)).count();
    Matched { pairs: ties.current.into_iter().map(ends).collect(), lost: left + unpaired }
}

/// Both ends in one word, the smaller node first.
fn key(u: u32, v: u32) -> u64 {
    u64::from(u.min(v)) << 32 | u64::from(u.max(v))
}

fn ends(pair: u64) -> (u32, u32) {
    (low32(pair >> 32), low32(pair))
}

/// Ties that can be asked for and exchanged.
struct Ties {
    /// All ties, in no order.
    current: Vec<u64>,
    /// The ties at first, sorted.
    drawn: Vec<u64>,
    /// What was added (true) or taken away (false) since.
    changed: HashMap<u64, bool>,
}

impl Ties {
    fn has(&self, pair: u64) -> bool {
        self.changed.get(&pair).copied().unwrap_or_else(|| self.drawn.binary_search(&pair).is_ok())
    }

    /// Adds the ends of `pair` by breaking up a random tie: `u v` and `x y` become `u x` and `v y`.
    fn exchange(&mut self, pair: u64, allowed: &impl Fn(u32, u32) -> bool, dice: &mut Dice) -> bool {
        let (u, v) = ends(pair);
        for _ in 0..TRIES {
            if self.current.is_empty() {
                return false;
            }
            let place = dice.place(self.current.len());
            let (mut x, mut y) = ends(self.current[place]);
            if dice.percent(50) {
                (x, y) = (y, x);
            }
            let (one, other) = (key(u, x), key(v, y));
            let is_free =
                allowed(u, x) && allowed(v, y) && one != other && !self.has(one) && !self.has(other);
            if is_free {
                self.changed.insert(self.current[place], false);
                self.current[place] = one;
                self.current.push(other);
                self.changed.extend([(one, true), (other, true)]);
                return true;
            }
        }
        false
    }
}
