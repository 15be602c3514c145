//! Nobody of some stands higher than in another world.

use super::{
    OutsiderStanding, Standing, TierConfig,
    assign::{cuts, stand, stand_outside},
};

/// Where everyone stands when those who are `capped` may have no better tier and no better score than they have in
/// `ceiling`, the standing of the same rows by other measures. Who is not capped keeps the score; ranks follow the
/// scores and tiers the ranks, as in [`assign`](super::assign), so others move up into places that become free.
///
/// Where its score would still bring a capped row into a tier above that of its ceiling, because the others score lower
/// here than there, its score is lowered to the next number below the last score of that tier.
///
/// - **Input**: `standing`, `ceiling` of rows with these `keys` under this `config`; `capped[row]`.
/// - **Output**: as [`Standing`]; no score above the one in `standing`; for capped rows no score above and no tier
///   before that in `ceiling`.
/// - **Stop**: one pass a tier, from the top.
/// - **Cost**: O(t n log n) for t tiers; memory O(n).
/// - **Same bits**: for any thread count; with rows permuted, the same values permuted.
/// - **Source**: a rule of our own, so that a flag never helps and nobody else is moved down by it.
/// - **Checked by**: `tests/it/pipeline/trust.rs`: random worlds; nobody capped changes nothing, everybody capped by the own
///   standing neither.
pub fn cap<K: Ord + Sync>(
    standing: &Standing,
    ceiling: &Standing,
    capped: &[bool],
    keys: &[K],
    config: &TierConfig,
) -> Standing {
    let mut score = lower(&standing.score, &ceiling.score, capped);
    let last = config.bands.len() - 1;
    for (tier, cut) in cuts(score.len(), config).into_iter().enumerate().take(last) {
        let is_too_low = |row: usize| capped[row] && ceiling.tier[row] > tier;
        let order = |a: usize, b: usize| score[b].total_cmp(&score[a]).then_with(|| keys[a].cmp(&keys[b]));
        let mut allowed: Vec<usize> = (0..score.len()).filter(|&row| !is_too_low(row)).collect();
        allowed.sort_unstable_by(|&a, &b| order(a, b));
        // Where fewer may stand so high, all others beat nobody there, and so here: they are in the last tier anyway.
        let Some(&lowest) = cut.checked_sub(1).and_then(|place| allowed.get(place)) else { continue };
        let below = score[lowest].next_down().max(0.0);
        let in_front = |&row: &usize| is_too_low(row) && order(row, lowest).is_lt();
        let in_front: Vec<usize> = (0..score.len()).filter(in_front).collect();
        for row in in_front {
            score[row] = below;
        }
    }
    stand(score, keys, config)
}

/// [`cap`] for outsiders, against the `base` as it stands in the end.
///
/// - **Input**: `standing`, `ceiling` of outsiders with these `keys`; `capped[row]`; `base`, which has rows of its own,
///   under the same `config`.
/// - **Output**: as [`OutsiderStanding`]; no score above the one in `standing`, for capped rows none above the one in
///   `ceiling`. Tiers are those that the `base` has for such scores, so they need no cap of their own.
/// - **Stop**: one pass.
/// - **Cost**: O(n log n + n log b) for b rows in `base`; memory O(n + b).
/// - **Same bits**: for any thread count; with rows permuted, the same values permuted.
/// - **Source**: as [`cap`].
/// - **Checked by**: `tests/it/pipeline/trust.rs`: whole runs with bought accounts, which never become influential prospects.
pub fn cap_outsiders<K: Ord + Sync>(
    standing: &OutsiderStanding,
    ceiling: &OutsiderStanding,
    capped: &[bool],
    keys: &[K],
    base: &Standing,
    config: &TierConfig,
) -> OutsiderStanding {
    stand_outside(lower(&standing.score, &ceiling.score, capped), keys, base, config)
}

/// The lower of the two scores for who is capped.
fn lower(score: &[f64], ceiling: &[f64], capped: &[bool]) -> Vec<f64> {
    assert!(score.len() == ceiling.len() && score.len() == capped.len(), "invariant: the same rows");
    let lower = |((&score, &ceiling), &capped): ((&f64, &f64), &bool)| {
        if capped { score.min(ceiling) } else { score }
    };
    score.iter().zip(ceiling).zip(capped).map(lower).collect()
}
