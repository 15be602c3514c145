//! Spearman's rank correlation of two vectors.

/// The rank of each value, from 1; equal values get the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let mean = first as f64 + f64::midpoint(equal.len() as f64, 1.0);
        for &i in equal {
            ranks[i] = mean;
        }
        first += equal.len();
    }
    ranks
}

/// Spearman's rank correlation: Pearson's of the ranks.
pub(crate) fn spearman(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let middle = f64::midpoint(a.len() as f64, 1.0);
    let [a, b] = [a, b].map(|values| ranks(values).iter().map(|rank| rank - middle).collect::<Vec<f64>>());
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}

#[test]
fn spearman_follows_the_formula() {
    assert!((spearman(&[1.0, 2.0, 3.0], &[10.0, 20.0, 90.0]) - 1.0).abs() < 1e-12);
    assert!((spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]) + 1.0).abs() < 1e-12);
    // Without ties 1 - 6 Σ d² / (n (n² - 1)): here d is 1, 1, 0, 0.
    assert!((spearman(&[1.0, 2.0, 3.0, 4.0], &[2.0, 1.0, 3.0, 4.0]) - 0.8).abs() < 1e-12);
    // Equal values get the mean of their ranks: the ranks are 1.5, 1.5, 3 and 1, 2, 3.
    assert!((spearman(&[5.0, 5.0, 9.0], &[1.0, 2.0, 3.0]) - 1.5 / 3.0_f64.sqrt()).abs() < 1e-12);
}
