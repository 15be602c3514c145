//! How sure is it? Bounds on what sets of a random sample say about all sets.

use crate::num;

/// Below this number of hits, as a share of all sets of a sample, lies the truth with a chance of `e^-a` at most
/// (Tang, Tang, Xiao, Yuan 2018, lemma 4.2).
pub(super) fn lower_bound(hits: u64, sets: u64, a: f64) -> f64 {
    let root = (hits as f64 + 2.0 * a / 9.0).sqrt() - (a / 2.0).sqrt();
    ((root.max(0.0) * root.max(0.0) - a / 18.0) / sets as f64).max(0.0)
}

/// Above this share lies the truth with a chance of `e^-a` at most, where a seed set covers `most` sets at best
/// (Tang, Tang, Xiao, Yuan 2018, lemma 5.2).
pub(super) fn upper_bound(most: u64, sets: u64, a: f64) -> f64 {
    let root = (most as f64 + a / 2.0).sqrt() + (a / 2.0).sqrt();
    (root * root / sets as f64).min(1.0)
}

/// The 95 % interval of the share of hits: Wilson's, corrected for continuity (Newcombe 1998).
pub(super) fn interval(hits: u64, sets: u64) -> (f64, f64) {
    wilson(hits as f64, sets as f64)
}

/// The quantile of the normal distribution for 95 % on both sides.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// [`interval`] of any number of hits, up to that of the sets.
pub(super) fn wilson(hits: f64, sets: f64) -> (f64, f64) {
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

/// The logarithm of how many ways there are to pick `k` of `n`: Stirling's series, to 1e-8 of it.
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

    /// The probability that a binomial number is `k`.
    fn binomial(n: u64, k: u64, p: f64) -> f64 {
        let (n, k) = (n as f64, k as f64);
        (ln_choose(n, k) + k * p.ln() + (n - k) * (1.0 - p).ln()).exp()
    }

    #[test]
    fn bounds_hold_as_often_as_they_say() {
        for (n, p) in [(50, 0.02), (50, 0.3), (400, 0.01), (400, 0.5), (1000, 0.97)] {
            let a = 20.0_f64.ln();
            let chance = |fails: &dyn Fn(u64) -> bool| -> f64 {
                (0..=n).filter(|&hits| fails(hits)).map(|hits| binomial(n, hits, p)).sum()
            };
            assert!(chance(&|hits| lower_bound(hits, n, a) > p) <= 0.05, "{n} {p}");
            assert!(chance(&|hits| upper_bound(hits, n, a) < p) <= 0.05, "{n} {p}");
            let outside = chance(&|hits| {
                let (low, high) = interval(hits, n);
                !(low..=high).contains(&p)
            });
            assert!(outside <= 0.055, "{n} {p}: {outside}");
        }
        assert_eq!(interval(0, 10).0, 0.0);
        assert_eq!(interval(10, 10).1, 1.0);
    }

    #[test]
    fn logarithms_of_binomials() {
        assert!((ln_choose(10.0, 3.0) - 120.0_f64.ln()).abs() < 1e-12);
        assert!((ln_choose(52.0, 5.0) - 2_598_960.0_f64.ln()).abs() < 1e-9);
        assert_eq!(ln_choose(7.0, 0.0), 0.0);
    }
}
