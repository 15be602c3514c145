//! Confidence bounds: what a random sample of sets says about the mean over all sets.

use crate::num;

/// A lower bound on the expected share of covered sets, given that `hits` of `sets` random sets are covered; it fails
/// with probability `e^-a` at most (Tang, Tang, Xiao, Yuan 2018, lemma 4.2).
pub(super) fn lower_bound(hits: u64, sets: u64, a: f64) -> f64 {
    let root = (hits as f64 + 2.0 * a / 9.0).sqrt() - (a / 2.0).sqrt();
    ((root.max(0.0) * root.max(0.0) - a / 18.0) / sets as f64).max(0.0)
}

/// An upper bound on the expected share of sets that the best seed set covers, given that no seed set covers more than
/// `max_hits` of `sets` random sets; it fails with probability `e^-a` at most (Tang, Tang, Xiao, Yuan 2018, lemma 5.2).
pub(super) fn upper_bound(max_hits: u64, sets: u64, a: f64) -> f64 {
    let root = (max_hits as f64 + a / 2.0).sqrt() + (a / 2.0).sqrt();
    (root * root / sets as f64).min(1.0)
}

/// The two-sided 95 % quantile of the normal distribution.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval of a proportion: Wilson's score interval with continuity correction (Newcombe 1998). `hits` need
/// not be whole.
pub(super) fn wilson_interval(hits: f64, sets: f64) -> (f64, f64) {
    let (n, x) = (sets, hits);
    let p = x / n;
    let middle = 2.0 * x + Z * Z;
    let width = |sign: f64| {
        let root = Z * Z - 1.0 / n + 4.0 * n * p * (1.0 - p) + sign * (4.0 * p - 2.0);
        Z * root.max(0.0).sqrt() + 1.0
    };
    let low = if x == 0.0 { 0.0 } else { (middle - width(1.0)) / (2.0 * (n + Z * Z)) };
    let high = if x == n { 1.0 } else { (middle + width(-1.0)) / (2.0 * (n + Z * Z)) };
    (low.max(0.0), high.min(1.0))
}

/// The natural logarithm of the binomial coefficient of `n` and `k`, by Stirling's series; relative error 1e-8.
pub(super) fn ln_choose(n: f64, k: f64) -> f64 {
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

fn ln_factorial(n: f64) -> f64 {
    if n < 16.0 {
        // A product of at most fifteen whole numbers is exact enough.
        return (1..16).map(f64::from).take_while(|&i| i <= n).map(num::ln).sum();
    }
    n * num::ln(n) - n + 0.5 * num::ln(std::f64::consts::TAU * n) + 1.0 / (12.0 * n)
        - 1.0 / (360.0 * n * n * n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The probability mass of the binomial distribution at `k`.
    fn binomial(n: u64, k: u64, p: f64) -> f64 {
        let (n, k) = (n as f64, k as f64);
        (ln_choose(n, k) + k * p.ln() + (n - k) * (1.0 - p).ln()).exp()
    }

    #[test]
    fn bounds_fail_no_more_often_than_stated() {
        for (n, p) in [(50, 0.02), (50, 0.3), (400, 0.01), (400, 0.5), (1000, 0.97)] {
            let a = 20.0_f64.ln();
            let probability = |fails: &dyn Fn(u64) -> bool| -> f64 {
                (0..=n).filter(|&hits| fails(hits)).map(|hits| binomial(n, hits, p)).sum()
            };
            assert!(probability(&|hits| lower_bound(hits, n, a) > p) <= 0.05, "{n} {p}");
            assert!(probability(&|hits| upper_bound(hits, n, a) < p) <= 0.05, "{n} {p}");
            let outside = probability(&|hits| {
                let (low, high) = wilson_interval(hits as f64, n as f64);
                !(low..=high).contains(&p)
            });
            assert!(outside <= 0.055, "{n} {p}: {outside}");
        }
        assert_eq!(wilson_interval(0.0, 10.0).0, 0.0);
        assert_eq!(wilson_interval(10.0, 10.0).1, 1.0);
    }

    #[test]
    fn logarithms_of_binomials() {
        assert!((ln_choose(10.0, 3.0) - 120.0_f64.ln()).abs() < 1e-12);
        assert!((ln_choose(52.0, 5.0) - 2_598_960.0_f64.ln()).abs() < 1e-9);
        assert_eq!(ln_choose(7.0, 0.0), 0.0);
    }
}
