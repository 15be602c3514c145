//! What do the picks save? Worlds that had no part in the choice, and what their sizes say of the mean.

use std::{collections::BinaryHeap, ops::Range};

use super::{
    Problem,
    worlds::{Origin, Side, World},
};
use crate::{
    ids::{NodeId, id32},
    influence::{
        Spread,
        certificate::{Z, interval, wilson},
    },
};

/// Sums of what worlds come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    sum: u128,
    squares: f64,
}

impl Sums {
    fn add(&mut self, size: u64) {
        self.sum += u128::from(size);
        self.squares += size as f64 * size as f64;
    }

    fn merge(&mut self, other: &Self) {
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// The mean of `worlds` ≥ 1 sizes, `most` at most, with its 95 % interval.
    ///
    /// Sizes are skewed and often 0, so the usual mean ± 1.96 standard errors holds too seldom. The lower end is
    /// Wilson's, as if each world had come to nothing or to one size, the one that gives this mean and this variance.
    /// The upper end solves the same equation for a variance that grows with the mean, as that of rare events does:
    /// `(x − μ)² = Z² · μ · (variance / x) / worlds`. Where all are 0, nothing is known of sizes but the largest.
    pub(super) fn spread(&self, worlds: u64, most: f64) -> Spread {
        let n = worlds as f64;
        if self.sum == 0 {
            return Spread { mean: 0.0, low: 0.0, high: interval(0, worlds).1 * most };
        }
        let sum = self.sum as f64;
        let (mean, size) = (sum / n, self.squares / sum);
        let (low, high) = wilson((sum / size).min(n), n);
        let by_mean = (size - mean).max(0.0) / n;
        // A half of the smallest step upwards is the correction for continuity.
        let shift = (Z * Z + 1.0) * by_mean / 2.0;
        let upper = mean + shift + Z * (by_mean * (mean + Z * Z * by_mean / 4.0)).sqrt();
        Spread { mean, low: (low * size).min(mean), high: upper.max(high * size).min(most).max(mean) }
    }
}

/// Sums over the same worlds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Judged {
    /// Who is reached when nobody is won over.
    pub(super) before: Sums,
    /// Who is reached all the same.
    pub(super) after: Sums,
    /// More than this no choice of as many nodes saves.
    pub(super) most: Sums,
    /// For each pick what it saves beyond those before it, and what it and those before it save.
    pub(super) picks: Vec<(Sums, Sums)>,
}

impl Judged {
    fn new(pick_count: usize) -> Self {
        let none = Sums::default();
        Self { before: none, after: none, most: none, picks: vec![(none, none); pick_count] }
    }

    fn merge(&mut self, other: &Self) {
        self.before.merge(&other.before);
        self.after.merge(&other.after);
        self.most.merge(&other.most);
        for (own, other) in self.picks.iter_mut().zip(&other.picks) {
            own.0.merge(&other.0);
            own.1.merge(&other.1);
        }
    }
}

/// Worlds that are judged before their sums are added up.
const WAVE_WORLDS: u64 = 4096;

/// What `picks` save in each of these worlds, in this order.
pub(super) fn judge(
    problem: &Problem<'_>,
    origin: &Origin<'_>,
    side: Side,
    mut numbers: Range<u64>,
    picks: &[NodeId],
) -> Judged {
    let none = id32(picks.len());
    let mut place = vec![none; problem.node_count()];
    // Of one that stands twice, the first place counts.
    picks.iter().enumerate().rev().for_each(|(at, v)| place[v.index()] = id32(at));
    let mut judged = Judged::new(picks.len());
    // Some at a time: every task returns sums of its own.
    while !numbers.is_empty() {
        let end = (numbers.start + WAVE_WORLDS).min(numbers.end);
        let parts = origin.tasks(numbers.start..end, |walker, numbers| {
            let mut search = Search { place: &place, none, ..Search::default() };
            let mut judged = Judged::new(picks.len());
            for number in numbers {
                search.judge(problem, walker.draw(side, number), &mut judged);
            }
            judged
        });
        for part in &parts {
            judged.merge(part);
        }
        numbers.start = end;
    }
    judged
}

/// The search of one world after the other.
#[derive(Default)]
struct Search<'a> {
    /// By node: its place among the picks, or their number.
    place: &'a [u32],
    none: u32,
    is_found: Vec<bool>,
    open: Vec<u32>,
    /// Picks whose audience waits until all that is saved by later ones only is found.
    waiting: BinaryHeap<(u32, u32)>,
    /// For each pick what it saves beyond those before it; last, what is left.
    saved: Vec<u64>,
    worths: Vec<u64>,
}

impl Search<'_> {
    fn judge(&mut self, problem: &Problem<'_>, world: World<'_>, judged: &mut Judged) {
        self.find_saved(problem, world);
        let mut so_far = 0;
        for (&saved, (marginal, cumulative)) in self.saved.iter().zip(&mut judged.picks) {
            so_far += saved;
            marginal.add(saved);
            cumulative.add(so_far);
        }
        let left = self.saved[self.none as usize];
        judged.after.add(left);
        judged.before.add(so_far + left);
        judged.most.add(so_far + left - self.least_left(problem, world));
    }

    /// A node is saved by the first pick `i` such that picks up to `i` are on every way to it: of all ways to it, the
    /// one whose first pick comes last says which. The latest picks are entered first.
    fn find_saved(&mut self, problem: &Problem<'_>, world: World<'_>) {
        let Self { place, none, is_found, open, waiting, saved, .. } = self;
        is_found.clear();
        is_found.resize(world.nodes().len() + 1, false);
        saved.clear();
        saved.resize(*none as usize + 1, 0);
        let mut level = *none;
        open.push(0);
        loop {
            while let Some(number) = open.pop() {
                for &next in world.row(number) {
                    if std::mem::replace(&mut is_found[next as usize], true) {
                        continue;
                    }
                    let node = world.node(next);
                    let place = place[node.index()].min(level);
                    saved[place as usize] += problem.worth(node);
                    if place < level {
                        waiting.push((place, next));
                    } else {
                        open.push(next);
                    }
                }
            }
            let Some((place, number)) = waiting.pop() else { break };
            level = place;
            open.push(number);
        }
    }

    /// Those who hear it from a source at first hand are saved by nothing but being won over: so many as there is no
    /// room for are left, at best the least worth, and all who may not be picked.
    fn least_left(&mut self, problem: &Problem<'_>, world: World<'_>) -> u64 {
        let Self { is_found, worths, .. } = self;
        worths.clear();
        let mut left = 0;
        for &number in world.row(0) {
            // Marked by the search; who hears it from two sources counts once.
            if std::mem::replace(&mut is_found[number as usize], false) {
                let node = world.node(number);
                if problem.may_be_won[node.index()] {
                    worths.push(problem.worth(node));
                } else {
                    left += problem.worth(node);
                }
            }
        }
        if let Some(too_many) = worths.len().checked_sub(problem.wish.size).filter(|&count| count > 0) {
            worths.select_nth_unstable(too_many - 1);
            left += worths[..too_many].iter().sum::<u64>();
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num;

    /// How many of many intervals for `worlds` sizes hold the mean: of every size its probability.
    fn coverage(sizes: &[(u64, f64)], worlds: u64, case: u64) -> f64 {
        const INTERVALS: u64 = 4000;
        let mean: f64 = sizes.iter().map(|&(size, p)| size as f64 * p).sum();
        let most = sizes.iter().map(|size| size.0).max().unwrap() as f64;
        let draw = |word: u64| {
            let mut left = num::unit_interval(word);
            let hit = sizes.iter().find(|(_, p)| {
                left -= p;
                left < 0.0
            });
            hit.map_or(0, |hit| hit.0)
        };
        let holds = |i: &u64| {
            let mut sums = Sums::default();
            (0..worlds).for_each(|at| sums.add(draw(num::random(case, 1, *i, at))));
            let Spread { mean: estimate, low, high } = sums.spread(worlds, most);
            assert!(low <= estimate && estimate <= high && high <= most, "{low} {estimate} {high}");
            low <= mean && mean <= high
        };
        (0..INTERVALS).filter(holds).count() as f64 / INTERVALS as f64
    }

    #[test]
    fn intervals_hold_as_often_as_they_say() {
        let falling: Vec<(u64, f64)> =
            (1..40).zip(0..).map(|(size, at)| (size, 0.2 * 0.8_f64.powi(at))).collect();
        let cases: [&[(u64, f64)]; 9] = [
            &[(1, 0.5)],
            &[(1, 0.02)],
            &[(7, 0.97)],
            &[(1, 0.3), (2, 0.3), (3, 0.4)],
            &[(1000, 0.5), (1001, 0.5)],
            &[(1, 0.3), (20, 0.05)],
            &[(3, 0.004), (5, 0.004)],
            &[(10, 0.9), (30, 0.1)],
            &falling,
        ];
        for (case, sizes) in (0..).zip(cases) {
            for worlds in [200, 1000] {
                let share = coverage(sizes, worlds, case);
                assert!(share >= 0.94, "case {case}, {worlds} worlds: {share}");
            }
        }
    }

    #[test]
    fn nothing_seen_is_not_nothing_there() {
        let Spread { mean, low, high } = Sums::default().spread(100, 50.0);
        assert_eq!((mean, low), (0.0, 0.0));
        // 97.5 % of the time at least one of a hundred is seen where the chance is 3.6 % or more.
        assert!((0.036 * 50.0..0.06 * 50.0).contains(&high), "{high}");
    }
}
