//! Caps the score and tier of flagged rows at the score and tier that they have by other measures.

use super::{
    ProspectStanding, Standing, TierConfig,
    assign::{last_ranks, prospect_standing_of, standing_of},
};

/// Caps the score and tier of the rows marked `capped` at their score and tier in `ceiling`, the result for the same
/// rows by other measures. Other rows keep their scores. As in `assign`, ranks follow the scores and tiers follow the
/// ranks, so other rows move up to ranks that become free.
///
/// A capped score could still reach a tier above the row's tier in `ceiling`, because other rows may score lower in
/// `standing` than in `ceiling`. The score is then lowered to the next number below the lowest score of that higher
/// tier.
///
/// - **Input**: `standing`, `ceiling` of rows with these `keys` under this `config`; `capped[row]`.
/// - **Output**: as [`Standing`]; no score is above the row's score in `standing`; no capped row has a higher score or
///   a better tier than in `ceiling`.
/// - **Stop**: one pass over the tiers, from the top.
/// - **Cost**: O(t n log n) for t tiers; memory O(n).
/// - **Same bits**: for any thread count; permuted rows give permuted results.
/// - **Source**: a rule of this project, designed so that a flag never raises the flagged row and never lowers another
///   row.
/// - **Checked by**: `tests/it/pipeline/trust.rs`: random standings; the result is unchanged if no row is capped, or if
///   `ceiling` equals `standing`.
pub fn cap<K: Ord + Sync>(
    standing: &Standing,
    ceiling: &Standing,
    capped: &[bool],
    keys: &[K],
    config: &TierConfig,
) -> Standing {
    let mut score = capped_scores(&standing.score, &ceiling.score, capped);
    let last = config.bands.len() - 1;
    for (tier, last_rank) in last_ranks(score.len(), config).into_iter().enumerate().take(last) {
        let is_excluded = |row: usize| capped[row] && ceiling.tier[row] > tier;
        let order = |a: usize, b: usize| score[b].total_cmp(&score[a]).then_with(|| keys[a].cmp(&keys[b]));
        let mut allowed: Vec<usize> = (0..score.len()).filter(|&row| !is_excluded(row)).collect();
        allowed.sort_unstable_by(|&a, &b| order(a, b));
        // If fewer than `last_rank` rows are allowed, all excluded rows have score 0 and are in the last tier anyway.
        let Some(&lowest) = last_rank.checked_sub(1).and_then(|place| allowed.get(place)) else { continue };
        let below = score[lowest].next_down().max(0.0);
        let must_fall = |&row: &usize| is_excluded(row) && order(row, lowest).is_lt();
        let must_fall: Vec<usize> = (0..score.len()).filter(must_fall).collect();
        for row in must_fall {
            score[row] = below;
        }
    }
    standing_of(score, keys, config)
}

/// [`cap`] for prospects; their tiers follow from the final scores and tiers of the customers.
///
/// - **Input**: `standing`, `ceiling` of prospects with these `keys`; `capped[row]`; `customers` under the same
///   `config`.
/// - **Output**: as [`ProspectStanding`]; no score is above the row's score in `standing`, and no capped score is above
///   the row's score in `ceiling`. Each tier is the tier of customers with such a score, so tiers need no separate cap.
/// - **Stop**: one pass.
/// - **Cost**: O(p log p + p log n) for p prospects and n customers; memory O(n + p).
/// - **Same bits**: for any thread count; permuted rows give permuted results.
/// - **Source**: as [`cap`].
/// - **Checked by**: `tests/it/pipeline/trust.rs`: whole runs with bought accounts, none of which becomes a top
///   prospect.
pub fn cap_prospects<K: Ord + Sync>(
    standing: &ProspectStanding,
    ceiling: &ProspectStanding,
    capped: &[bool],
    keys: &[K],
    customers: &Standing,
    config: &TierConfig,
) -> ProspectStanding {
    prospect_standing_of(capped_scores(&standing.score, &ceiling.score, capped), keys, customers, config)
}

/// The scores; a capped row has the lower of its scores in `score` and `ceiling`.
fn capped_scores(score: &[f64], ceiling: &[f64], capped: &[bool]) -> Vec<f64> {
    assert!(score.len() == ceiling.len() && score.len() == capped.len(), "invariant: the same rows");
    let lower = |((&score, &ceiling), &capped): ((&f64, &f64), &bool)| {
        if capped { score.min(ceiling) } else { score }
    };
    score.iter().zip(ceiling).zip(capped).map(lower).collect()
}
