//! Ranks people by shares that are known only up to an error bound.

/// Ranks people. Returns pairs of a position in `shares` and a rank from 1, in the order in which people are listed.
///
/// - **Input**: `shares` and `keys` of the same people in the same order; `bound` is at least the L1 distance between
///   all shares and the true shares.
/// - **Output**: the largest share first. The true values of two shares that differ by at most `bound` may be equal,
///   because the sum of their two errors is at most `bound`. If neighbors in the order differ by at most `bound`, they
///   get the same rank; a person with a smaller rank has a larger true share. The list is built in groups: all people
///   whose true share may equal the largest remaining share come next, sorted by key.
/// - **Same bits**: a function of the values and keys alone.
/// - **Checked by**: the tests below, `tests/it/analysis/personalized.rs`.
pub(super) fn rank_with_ties(shares: &[f64], keys: &[&str], bound: f64) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_unstable_by(|&a, &b| shares[b].total_cmp(&shares[a]).then_with(|| keys[a].cmp(keys[b])));
    let mut ranks = Vec::with_capacity(order.len());
    for (place, &at) in order.iter().enumerate() {
        let tied = place > 0 && shares[order[place - 1]] - shares[at] <= bound;
        ranks.push(if tied { ranks[place - 1] } else { place + 1 });
    }
    let mut rest = order.as_mut_slice();
    while let Some(&largest) = rest.first() {
        let alike = rest.partition_point(|&at| shares[largest] - shares[at] <= bound);
        let (group, others) = rest.split_at_mut(alike);
        group.sort_unstable_by_key(|&at| keys[at]);
        rest = others;
    }
    order.into_iter().zip(ranks).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_within_the_bound_is_a_tie_by_key() {
        let keys = ["d", "c", "b", "a"];
        let names = |shares: &[f64], bound| -> Vec<(&str, usize)> {
            rank_with_ties(shares, &keys, bound).into_iter().map(|(at, rank)| (keys[at], rank)).collect()
        };
        assert_eq!(names(&[0.1, 0.4, 0.3, 0.2], 0.0), [("c", 1), ("b", 2), ("a", 3), ("d", 4)]);
        assert_eq!(names(&[0.25, 0.5, 0.25, 0.25], 0.0), [("c", 1), ("a", 2), ("b", 2), ("d", 2)]);
        assert_eq!(names(&[0.5, 0.5, 0.125, 0.0], 0.125), [("c", 1), ("d", 1), ("a", 3), ("b", 3)]);
        // A chain: adjacent shares may be equal. The first and last cannot be, so they keep their order.
        assert_eq!(names(&[0.5, 0.375, 0.25, 0.125], 0.125), [("c", 1), ("d", 1), ("a", 1), ("b", 1)]);
        assert_eq!(rank_with_ties(&[], &[], 0.1), []);
    }
}
