//! Reduced rank extrapolation: estimates the limit of a linear iteration from its last iterates.
//!
//! A few rounds remove most of the error; the rest consists of a few modes that decay slowly, and the same mode often
//! occurs in thousands of places in the graph. For example, two nodes whose only edges go to each other keep a² of
//! their error in a sweep, in any order of the nodes. Iterates `x₀ … xₖ₊₁` with differences `uᵢ = xᵢ₊₁ - xᵢ` reveal k
//! such modes: if `g` minimizes `‖Σ gᵢ uᵢ‖₂` subject to `Σ gᵢ = 1`, then `Σ gᵢ xᵢ₊₁` is free of them. This sum only
//! serves as a better iterate from which to continue; the certificate does not rely on it.
//!
//! Source: Sidi 2017, *Vector Extrapolation Methods with Applications*, chapter 1 (RRE); for PageRank Kamvar,
//! Haveliwala, Manning and Golub 2003.

use std::{array, ops::Range};

use rayon::prelude::*;

use super::system::narrow;
use crate::num::{self, SUM_BLOCK};

/// Number of differences that an extrapolation uses, one more than the number of modes that it removes. On the Higgs
/// interactions, 55 rounds become 41, 27, 24 and 25 with two, three, four and five differences.
const DIFFERENCES: usize = 4;
/// Number of rounds of a phase before the first iterate is kept: the error of the first rounds has many modes.
const SKIPPED_ROUNDS: u32 = 2;
/// Regularization as a fraction of the trace of the Gram matrix: keeps the weights small if differences are nearly
/// dependent.
const RIDGE: f64 = 1e-10;
/// Maximum sum of absolute weights: a larger sum would amplify the rounding errors of `f32` too much.
const MAX_WEIGHT_SUM: f64 = 64.0;

type Gram = [[f64; DIFFERENCES]; DIFFERENCES];

/// The iterates before the current one, the latest last; allocated only in phases that are long enough.
#[derive(Debug)]
pub(super) struct IterateHistory<const L: usize> {
    iterates: [Vec<[f32; L]>; DIFFERENCES],
}

impl<const L: usize> IterateHistory<L> {
    pub(super) fn new() -> Self {
        Self { iterates: array::from_fn(|_| Vec::new()) }
    }

    /// Records `d`, the iterate after round `round` of a phase (counted from 1). With enough iterates it extrapolates
    /// the `live` columns and returns true.
    pub(super) fn record(&mut self, round: u32, d: &mut [[f32; L]], live: &[bool; L]) -> bool {
        let Some(kept) = round.checked_sub(SKIPPED_ROUNDS) else { return false };
        let place = kept as usize % DIFFERENCES;
        let is_full = place == 0 && kept > 0;
        if is_full {
            self.extrapolate(d, live);
        }
        let iterate = &mut self.iterates[place];
        iterate.resize(d.len(), [0.0; L]);
        iterate.par_iter_mut().zip(d).with_min_len(SUM_BLOCK).for_each(|(kept, d)| *kept = *d);
        is_full
    }

    fn extrapolate(&self, d: &mut [[f32; L]], live: &[bool; L]) {
        let grams = self.grams(d);
        let stay = array::from_fn(|i| f64::from(u8::from(i + 1 == DIFFERENCES)));
        let weights: [[f64; DIFFERENCES]; L] =
            array::from_fn(|lane| if live[lane] { weights(grams[lane]).unwrap_or(stay) } else { stay });
        d.par_iter_mut().enumerate().with_min_len(SUM_BLOCK).for_each(|(i, d)| {
            for (lane, weights) in weights.iter().enumerate() {
                let images = self.iterates[1..].iter().map(|iterate| iterate[i][lane]).chain([d[lane]]);
                let sum: f64 = images.zip(weights).map(|(image, weight)| f64::from(image) * weight).sum();
                d[lane] = narrow(sum);
            }
        });
    }

    /// The inner products of the differences, for each column.
    fn grams(&self, d: &[[f32; L]]) -> [Gram; L] {
        let of_block = |block: Range<usize>| {
            let mut grams = [Gram::default(); L];
            for i in block {
                for (lane, gram) in grams.iter_mut().enumerate() {
                    let at = |k: usize| f64::from(self.iterates.get(k).map_or(d[i][lane], |x| x[i][lane]));
                    let differences: [f64; DIFFERENCES] = array::from_fn(|k| at(k + 1) - at(k));
                    add_products(gram, &differences);
                }
            }
            grams
        };
        let blocks: Vec<[Gram; L]> = num::blocks(d.len(), SUM_BLOCK).into_par_iter().map(of_block).collect();
        let mut total = [Gram::default(); L];
        for grams in blocks {
            let parts = grams.as_flattened().as_flattened();
            let sums = total.as_flattened_mut().as_flattened_mut();
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
        }
        total
    }
}

fn add_products(gram: &mut Gram, differences: &[f64; DIFFERENCES]) {
    for (row, a) in gram.iter_mut().zip(differences) {
        for (sum, b) in row.iter_mut().zip(differences) {
            *sum += a * b;
        }
    }
}

/// The weights `g` of the iterates, of sum 1; `None` if the differences do not determine them.
fn weights(mut gram: Gram) -> Option<[f64; DIFFERENCES]> {
    let trace: f64 = (0..DIFFERENCES).map(|i| gram[i][i]).sum();
    for (i, row) in gram.iter_mut().enumerate() {
        row[i] += RIDGE * trace;
    }
    // Least squares subject to Σ g = 1: the solution of `gram · g = 1`, scaled to sum 1.
    let solved = solve_for_ones(gram)?;
    let sum: f64 = solved.iter().sum();
    let weights = solved.map(|weight| weight / sum);
    let size: f64 = weights.iter().map(|weight| weight.abs()).sum();
    (size <= MAX_WEIGHT_SUM).then_some(weights)
}

/// Solves `matrix · x = 1` for a positive definite matrix by elimination; `None` if it is singular.
fn solve_for_ones(mut matrix: Gram) -> Option<[f64; DIFFERENCES]> {
    let mut x = [1.0; DIFFERENCES];
    for i in 0..DIFFERENCES {
        let (pivot, known) = (matrix[i], x[i]);
        if pivot[i].is_nan() || pivot[i] <= 0.0 {
            return None;
        }
        for (row, x) in matrix.iter_mut().zip(&mut x).skip(i + 1) {
            let factor = row[i] / pivot[i];
            row.iter_mut().zip(pivot).for_each(|(entry, above)| *entry -= factor * above);
            *x -= factor * known;
        }
    }
    for i in (0..DIFFERENCES).rev() {
        let later: f64 = (i + 1..DIFFERENCES).map(|j| matrix[i][j] * x[j]).sum();
        x[i] = (x[i] - later) / matrix[i][i];
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_extrapolation_removes_three_modes() {
        // x ← F x with eigenvalues 1 (the limit), 0.9, -0.8 and 0.5, one in each entry.
        let modes = [1.0_f32, 0.9, -0.8, 0.5];
        let mut d = vec![[1.0_f32, 1.0]; modes.len()];
        let mut history = IterateHistory::new();
        for round in 1..=6 {
            for (d, mode) in d.iter_mut().zip(modes) {
                *d = d.map(|d| d * mode);
            }
            assert_eq!(history.record(round, &mut d, &[true, false]), round == 6);
        }
        let power = |mode: f32| (0..6).fold(1.0, |power, _| power * mode);
        for (d, mode) in d[1..].iter().zip(&modes[1..]) {
            assert!(d[0].abs() < 1e-3 * power(*mode).abs().max(0.05), "{mode}: {}", d[0]);
            assert!((d[1] - power(*mode)).abs() < 1e-6, "a column that is not live is not extrapolated");
        }
        assert!((d[0][0] - 1.0).abs() < 1e-5);
    }

    #[test]
    fn zero_differences_leave_the_iterate_unchanged() {
        assert_eq!(weights(Gram::default()), None);
        assert_eq!(weights([[f64::NAN; DIFFERENCES]; DIFFERENCES]), None);
        let mut d = vec![[3.0_f32]; 5];
        let mut history = IterateHistory::new();
        for round in 1..20 {
            history.record(round, &mut d, &[true]);
        }
        assert_eq!(d, vec![[3.0]; 5]);
    }
}
