//! Similarity of two partitions by textbook formulas: normalized mutual information and the adjusted Rand index.

use std::collections::BTreeMap;

/// The contingency table: sizes of the overlaps, of the parts of `a` and of the parts of `b`.
struct Contingency {
    both: BTreeMap<(u32, u32), f64>,
    a: BTreeMap<u32, f64>,
    b: BTreeMap<u32, f64>,
}

fn contingency(a: &[u32], b: &[u32]) -> Contingency {
    assert_eq!(a.len(), b.len());
    let mut found = Contingency { both: BTreeMap::new(), a: BTreeMap::new(), b: BTreeMap::new() };
    for (&a, &b) in a.iter().zip(b) {
        *found.both.entry((a, b)).or_default() += 1.0;
        *found.a.entry(a).or_default() += 1.0;
        *found.b.entry(b).or_default() += 1.0;
    }
    found
}

/// Normalized mutual information: mutual information over the mean of the entropies. 1 for equal partitions.
pub(crate) fn nmi(a: &[u32], b: &[u32]) -> f64 {
    let (n, table) = (a.len() as f64, contingency(a, b));
    let entropy = |sizes: &BTreeMap<u32, f64>| -sizes.values().map(|s| s / n * (s / n).ln()).sum::<f64>();
    let mean = f64::midpoint(entropy(&table.a), entropy(&table.b));
    let shared: f64 =
        table.both.iter().map(|((i, j), s)| s / n * (s * n / (table.a[i] * table.b[j])).ln()).sum();
    if mean == 0.0 { 1.0 } else { shared / mean }
}

/// The Rand index corrected for chance (Hubert, Arabie 1985). 1 for equal partitions, about 0 for independent ones.
pub(crate) fn adjusted_rand_index(a: &[u32], b: &[u32]) -> f64 {
    let table = contingency(a, b);
    let pairs = |s: &f64| s * (s - 1.0) / 2.0;
    let both: f64 = table.both.values().map(pairs).sum();
    let (in_a, in_b): (f64, f64) = (table.a.values().map(pairs).sum(), table.b.values().map(pairs).sum());
    let chance = in_a * in_b / pairs(&(a.len() as f64));
    let most = f64::midpoint(in_a, in_b);
    if most == chance { 1.0 } else { (both - chance) / (most - chance) }
}

#[test]
fn similarities_equal_values_by_hand() {
    // Two independent splits into halves. By hand: the mutual information is 0, and the Rand index is below chance.
    assert!(nmi(&[0, 0, 1, 1], &[0, 1, 0, 1]).abs() < 1e-12);
    assert!((adjusted_rand_index(&[0, 0, 1, 1], &[0, 1, 0, 1]) + 0.5).abs() < 1e-12);
    // The ids of the parts do not matter.
    assert!((nmi(&[0, 0, 1, 2], &[7, 7, 3, 5]) - 1.0).abs() < 1e-12);
    assert!((adjusted_rand_index(&[0, 0, 1, 2], &[7, 7, 3, 5]) - 1.0).abs() < 1e-12);
    // The second partition splits one half: the mutual information is ln 2, the entropies are ln 2 and 1.5 ln 2, so NMI
    // is 2 / 2.5.
    assert!((nmi(&[0, 0, 1, 1], &[0, 0, 1, 2]) - 0.8).abs() < 1e-12);
}
