//! Measures what the picks prevent, with 95 % intervals, in worlds that are independent of the selection.

use std::{collections::BinaryHeap, ops::Range};

use super::{
    problem::BlockingProblem,
    worlds::{SampledWorld, WorldSample, WorldSet},
};
use crate::{
    ids::{NodeId, id32},
    influence::{
        certificate::{Z, wilson_interval},
        numbered_tasks::split,
        spread::Spread,
    },
};

/// The sum of the sizes of worlds, and the sum of the squared sizes. The size of a world is the total worth of its
/// nodes.
#[derive(Clone, Copy, Default)]
pub(super) struct SizeSums {
    sum: u128,
    squares: f64,
}

impl SizeSums {
    fn add(&mut self, size: u64) {
        self.sum += u128::from(size);
        self.squares += size as f64 * size as f64;
    }

    fn merge(&mut self, other: &Self) {
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// The mean of `worlds` ≥ 1 sizes, each at most `max_size`, with its 95 % interval.
    ///
    /// Sizes are skewed and often 0, so the usual interval, the mean ± 1.96 standard errors, covers the true mean too
    /// seldom. The lower end is Wilson's, as if each size were either 0 or one fixed value, chosen so that the mean and
    /// the variance are the observed ones. The upper end solves the same equation for a variance that grows with the
    /// mean, as the variance of rare events does: `(x − μ)² = Z² · μ · (variance / x) / worlds`. If all sizes are 0,
    /// the upper end assumes that other sizes may be up to `max_size`.
    pub(super) fn spread(&self, worlds: u64, max_size: f64) -> Spread {
        let n = worlds as f64;
        if self.sum == 0 {
            return Spread { mean: 0.0, low: 0.0, high: wilson_interval(0.0, n).1 * max_size };
        }
        let sum = self.sum as f64;
        let (mean, size) = (sum / n, self.squares / sum);
        let (low, high) = wilson_interval((sum / size).min(n), n);
        let variance_per_mean = (size - mean).max(0.0) / n;
        // The continuity correction is half of the smallest step upwards.
        let shift = (Z * Z + 1.0) * variance_per_mean / 2.0;
        let root = Z * (variance_per_mean * (mean + Z * Z * variance_per_mean / 4.0)).sqrt();
        let upper = mean + shift + root;
        Spread { mean, low: (low * size).min(mean), high: upper.max(high * size).min(max_size).max(mean) }
    }
}

/// Sums that are all taken over the same worlds.
#[derive(Default)]
pub(super) struct Evaluation {
    /// The spread of the sources if no node is blocked.
    pub(super) before: SizeSums,
    /// The spread of the sources if all picks are blocked.
    pub(super) after: SizeSums,
    /// An upper bound on what any set of the requested size prevents.
    pub(super) max_prevented: SizeSums,
    /// For each pick, what it prevents in addition to the picks before it, and what it and the picks before it prevent
    /// together.
    pub(super) picks: Vec<(SizeSums, SizeSums)>,
}

impl Evaluation {
    fn new(pick_count: usize) -> Self {
        Self { picks: vec![Default::default(); pick_count], ..Self::default() }
    }

    fn merge(&mut self, other: &Self) {
        self.before.merge(&other.before);
        self.after.merge(&other.after);
        self.max_prevented.merge(&other.max_prevented);
        for (own, other) in self.picks.iter_mut().zip(&other.picks) {
            own.0.merge(&other.0);
            own.1.merge(&other.1);
        }
    }
}

/// How many worlds are drawn before the sums of their tasks are added up.
const WAVE_WORLDS: u64 = 4096;

/// Sums over the worlds with the given numbers what `picks` prevent if they are blocked in this order.
pub(super) fn evaluate(
    problem: &BlockingProblem<'_>,
    sample: &WorldSample<'_>,
    worlds: WorldSet,
    numbers: Range<u64>,
    picks: &[NodeId],
) -> Evaluation {
    let none = id32(picks.len());
    let mut place = vec![none; problem.node_count()];
    // The first position of a repeated node counts.
    picks.iter().enumerate().rev().for_each(|(at, v)| place[v.index()] = id32(at));
    let mut sums = Evaluation::new(picks.len());
    // Worlds are drawn in waves, so that memory does not grow with their number.
    for wave in split(numbers, WAVE_WORLDS) {
        let chunks = sample.run_chunks(wave, |sampler, numbers| {
            let mut search = BlockedSearch { place: &place, none, ..BlockedSearch::default() };
            let mut sums = Evaluation::new(picks.len());
            for number in numbers {
                search.evaluate(problem, sampler.draw(worlds, number), &mut sums);
            }
            sums
        });
        for chunk in &chunks {
            sums.merge(chunk);
        }
    }
    sums
}

/// The buffers with which one task searches worlds.
#[derive(Default)]
struct BlockedSearch<'a> {
    /// By node: its position among the picks, or the number of picks if it is no pick.
    place: &'a [u32],
    none: u32,
    is_found: Vec<bool>,
    open: Vec<u32>,
    /// Picks that were found, ordered by position. The audience of a pick is searched once all nodes are found that
    /// only later picks prevent.
    waiting: BinaryHeap<(u32, u32)>,
    /// For each pick, the worth that it prevents in addition to the picks before it; the last entry is the worth that
    /// is still reached.
    prevented: Vec<u64>,
    worths: Vec<u64>,
}

impl BlockedSearch<'_> {
    fn evaluate(&mut self, problem: &BlockingProblem<'_>, world: SampledWorld<'_>, sums: &mut Evaluation) {
        self.find_prevented(problem, world);
        let mut so_far = 0;
        for (&prevented, (marginal, cumulative)) in self.prevented.iter().zip(&mut sums.picks) {
            so_far += prevented;
            marginal.add(prevented);
            cumulative.add(so_far);
        }
        let reached = self.prevented[self.none as usize];
        sums.after.add(reached);
        sums.before.add(so_far + reached);
        sums.max_prevented.add(so_far + reached - self.min_reached(problem, world));
    }

    /// Finds for each node the earliest pick that, blocked together with all picks before it, cuts the node off. Its
    /// position is a maximum over all paths to the node: the maximum of the smallest position of a pick on the path. So
    /// the picks at the largest positions are expanded first.
    fn find_prevented(&mut self, problem: &BlockingProblem<'_>, world: SampledWorld<'_>) {
        let Self { place, none, is_found, open, waiting, prevented, .. } = self;
        is_found.clear();
        is_found.resize(world.nodes.len() + 1, false);
        prevented.clear();
        prevented.resize(*none as usize + 1, 0);
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
                    prevented[place as usize] += problem.worth(node);
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

    /// A lower bound on the worth that is reached for every choice of blocked nodes. A node that a source activates
    /// directly is not reached only if it is blocked itself. So all such nodes that may not be blocked are reached. If
    /// more of them than the size may be blocked, the excess is reached: at least the nodes of the least worth.
    fn min_reached(&mut self, problem: &BlockingProblem<'_>, world: SampledWorld<'_>) -> u64 {
        let Self { is_found, worths, .. } = self;
        worths.clear();
        let mut reached = 0;
        for &number in world.row(0) {
            // `find_prevented` has marked all nodes of this row. A node that two sources activate counts once.
            if std::mem::replace(&mut is_found[number as usize], false) {
                let node = world.node(number);
                if problem.may_be_blocked[node.index()] {
                    worths.push(problem.worth(node));
                } else {
                    reached += problem.worth(node);
                }
            }
        }
        let size = problem.constraints.size;
        if let Some(too_many) = worths.len().checked_sub(size).filter(|&count| count > 0) {
            worths.select_nth_unstable(too_many - 1);
            reached += worths[..too_many].iter().sum::<u64>();
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num;

    /// Draws many intervals, each from `worlds` random sizes, and returns the share of them that cover the mean.
    /// `sizes` holds pairs of a size and its probability.
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
            let mut sums = SizeSums::default();
            (0..worlds).for_each(|at| sums.add(draw(num::random(case, 1, *i, at))));
            let Spread { mean: estimate, low, high } = sums.spread(worlds, most);
            assert!(low <= estimate && estimate <= high && high <= most, "{low} {estimate} {high}");
            low <= mean && mean <= high
        };
        (0..INTERVALS).filter(holds).count() as f64 / INTERVALS as f64
    }

    #[test]
    fn intervals_cover_the_mean_at_least_94_times_in_100() {
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
    fn the_interval_of_all_zeros_has_an_upper_end_above_0() {
        let Spread { mean, low, high } = SizeSums::default().spread(100, 50.0);
        assert_eq!((mean, low), (0.0, 0.0));
        // An event of probability 3.6 % occurs at least once in 100 worlds 97.5 % of the time.
        assert!((0.036 * 50.0..0.06 * 50.0).contains(&high), "{high}");
    }
}
