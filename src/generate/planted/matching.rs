//! Pairs half-edges (stubs) at random into edges, without self-loops and repeats: the configuration model.

use std::collections::HashMap;

use rayon::prelude::*;

use super::super::random::CounterRng;
use crate::ids::low32;

/// How many random edges are tried for an exchange with an invalid edge before the invalid edge is dropped.
const TRIES: u32 = 200;

/// The edges made from a list of stubs.
pub(super) struct StubMatching {
    /// The edges, each once, the smaller node first.
    pub(super) pairs: Vec<(u32, u32)>,
    /// The number of edges that could not be made.
    pub(super) lost_count: usize,
}

/// Pairs the half-edges in `stubs`, each given by its node, such that all pairs are `allowed` and no pair occurs twice.
/// `allowed` must be symmetric and must reject a pair of a node with itself.
pub(super) fn match_stubs(
    mut stubs: Vec<u32>,
    allowed: impl Fn(u32, u32) -> bool,
    mut rng: CounterRng,
) -> StubMatching {
    // Pair the stubs in random order.
    for i in (1..stubs.len()).rev() {
        stubs.swap(i, rng.index(i + 1));
    }
    let mut drawn: Vec<u64> = stubs.chunks_exact(2).map(|pair| pack(pair[0], pair[1])).collect();
    let unpaired = stubs.len() % 2;
    drop(stubs);
    drawn.par_sort_unstable();

    // Set invalid pairs aside: forbidden pairs and repeats.
    let mut invalid = Vec::new();
    let mut last = None;
    drawn.retain(|&pair| {
        let (u, v) = unpack(pair);
        let is_valid = allowed(u, v) && last != Some(pair);
        last = Some(pair);
        if !is_valid {
            invalid.push(pair);
        }
        is_valid
    });
    // Repair each invalid pair by an exchange with a random valid edge.
    let mut edges = ExchangeableEdges { current: drawn.clone(), drawn, changed: HashMap::new() };
    let dropped = invalid.iter().filter(|&&pair| !edges.exchange(pair, &allowed, &mut rng)).count();
    StubMatching { pairs: edges.current.into_iter().map(unpack).collect(), lost_count: dropped + unpaired }
}

/// Both endpoints in one integer, the smaller node first.
fn pack(u: u32, v: u32) -> u64 {
    u64::from(u.min(v)) << 32 | u64::from(u.max(v))
}

fn unpack(pair: u64) -> (u32, u32) {
    (low32(pair >> 32), low32(pair))
}

/// A set of edges that supports look-up and edge swaps (`u v`, `x y` become `u x`, `v y`).
struct ExchangeableEdges {
    current: Vec<u64>,
    /// The initial edges, sorted.
    drawn: Vec<u64>,
    /// The edges added (true) or removed (false) since the beginning.
    changed: HashMap<u64, bool>,
}

impl ExchangeableEdges {
    fn contains(&self, pair: u64) -> bool {
        self.changed.get(&pair).copied().unwrap_or_else(|| self.drawn.binary_search(&pair).is_ok())
    }

    /// Adds the stubs of `pair` by an exchange with a random edge: `u v` and `x y` become `u x` and `v y`. Returns
    /// whether a suitable edge was found.
    fn exchange(&mut self, pair: u64, allowed: &impl Fn(u32, u32) -> bool, rng: &mut CounterRng) -> bool {
        let (u, v) = unpack(pair);
        for _ in 0..TRIES {
            if self.current.is_empty() {
                return false;
            }
            let index = rng.index(self.current.len());
            let (mut x, mut y) = unpack(self.current[index]);
            if rng.percent(50) {
                (x, y) = (y, x);
            }
            let (one, other) = (pack(u, x), pack(v, y));
            let is_valid = allowed(u, x)
                && allowed(v, y)
                && one != other
                && !self.contains(one)
                && !self.contains(other);
            if is_valid {
                self.changed.insert(self.current[index], false);
                self.current[index] = one;
                self.current.push(other);
                self.changed.extend([(one, true), (other, true)]);
                return true;
            }
        }
        false
    }
}
