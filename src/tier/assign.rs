//! From columns of measures to a score, a rank and a tier.

use ndarray::{Array2, ArrayView1};
use rayon::prelude::*;

use super::TierConfig;

/// Where everyone stands. Vectors are in step with the rows of the measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The weighted mean of the shares of the base that a row beats in each measure, times 100: 0 to 100.
    pub score: Vec<f64>,
    /// 1 is best; each rank is taken once.
    pub rank: Vec<u32>,
    /// The share of the others that rank below, times 100: 0 to 100.
    pub percentile: Vec<f64>,
    /// Index into [`TierConfig::bands`].
    pub tier: Vec<usize>,
}

/// Where outsiders would stand among the base, who do not move for them.
#[derive(Clone, Debug, PartialEq)]
pub struct OutsiderStanding {
    /// As [`Standing::score`], measured against the base.
    pub score: Vec<f64>,
    /// Rank among the outsiders; 1 is best.
    pub rank: Vec<u32>,
    /// The share of the base that scores lower, times 100.
    pub percentile: Vec<f64>,
    /// The tier of the base's lowest score that the outsider reaches.
    pub tier: Vec<usize>,
}

/// Scores the base by itself and puts everyone in a tier.
///
/// A row's share in one measure is the part of the others with a strictly lower value, so nobody gains by a tie, the
/// top has 1 and those at the bottom 0. The score is their mean under the components' weights, times 100; ranks follow
/// the score, ties go to the smaller key. A tier ends at `ceil(share · n)` rows from the top, so no upper tier is
/// empty; whoever beats nobody (score 0) is in the last tier whatever the shares.
///
/// - **Input**: `measures[row, component]`, finite; `keys[row]`, distinct; components in the order of the columns.
/// - **Output**: as [`Standing`]; empty for no rows.
/// - **Cost**: O(k n log n) for k components, parallel; memory 16 n bytes a component at a time.
/// - **Same bits**: for any thread count; with rows permuted, the same values permuted.
/// - **Source**: percentile (Borda) aggregation; tiers by fixed share.
/// - **Checked by**: `tests/it/tier/assign.rs`, against counting by hand.
pub fn assign<K: Ord + Sync>(measures: &Array2<f64>, keys: &[K], config: &TierConfig) -> Standing {
    let others = measures.nrows().saturating_sub(1).max(1) as f64;
    stand(scores(measures, measures, others, config), keys, config)
}

/// Rank, percentile and tier of scores.
pub(super) fn stand<K: Ord + Sync>(score: Vec<f64>, keys: &[K], config: &TierConfig) -> Standing {
    let n = score.len();
    let others = n.saturating_sub(1).max(1) as f64;
    let rank = ranks(&score, keys);
    let cuts = cuts(n, config);
    let last = config.bands.len() - 1;
    let tier_of = |&rank: &u32| cuts.partition_point(|&cut| cut < rank as usize).min(last);
    let tier = rank.iter().zip(&score).map(|(rank, &score)| if score > 0.0 { tier_of(rank) } else { last });
    let tier = tier.collect();
    let percentile = rank.iter().map(|&rank| 100.0 * (n - rank as usize) as f64 / others).collect();
    Standing { score, rank, percentile, tier }
}

/// Scores outsiders against the base; `base` is the standing of `base_measures`.
///
/// - **Cost**: O(k (n + o) log n) for o outsiders.
pub fn assign_outsiders<K: Ord + Sync>(
    measures: &Array2<f64>,
    keys: &[K],
    base_measures: &Array2<f64>,
    base: &Standing,
    config: &TierConfig,
) -> OutsiderStanding {
    let score = scores(measures, base_measures, base_measures.nrows().max(1) as f64, config);
    stand_outside(score, keys, base, config)
}

/// Rank, percentile and tier of outsiders' scores.
pub(super) fn stand_outside<K: Ord + Sync>(
    score: Vec<f64>,
    keys: &[K],
    base: &Standing,
    config: &TierConfig,
) -> OutsiderStanding {
    let n = base.score.len();
    let rank = ranks(&score, keys);
    let mut ladder: Vec<(f64, usize)> = base.score.iter().copied().zip(base.tier.iter().copied()).collect();
    ladder.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let last = config.bands.len() - 1;
    let (percentile, tier) = score
        .iter()
        .map(|&score| {
            let below = ladder.partition_point(|step| step.0 < score);
            let reached = ladder.partition_point(|step| step.0 <= score);
            let tier = if score > 0.0 && reached > 0 { ladder[reached - 1].1 } else { last };
            (100.0 * below as f64 / n.max(1) as f64, tier)
        })
        .unzip();
    OutsiderStanding { score, rank, percentile, tier }
}

/// The weighted mean of the shares of `base` that each row beats, times 100.
fn scores(measures: &Array2<f64>, base: &Array2<f64>, others: f64, config: &TierConfig) -> Vec<f64> {
    assert_eq!(measures.ncols(), config.components.len(), "invariant: a column a component");
    let mut score = vec![0.0; measures.nrows()];
    let mut total = 0.0;
    for (column, component) in config.components.iter().enumerate() {
        if component.weight == 0.0 {
            continue;
        }
        total += component.weight;
        let sorted = sorted(&base.column(column));
        let values = measures.column(column);
        score.par_iter_mut().enumerate().for_each(|(row, score)| {
            let beaten = sorted.partition_point(|&value| value < values[row]);
            *score += component.weight * (beaten as f64 / others);
        });
    }
    score.par_iter_mut().for_each(|score| *score = (100.0 * *score / total).clamp(0.0, 100.0));
    score
}

fn sorted(column: &ArrayView1<'_, f64>) -> Vec<f64> {
    let mut values = column.to_vec();
    values.par_sort_unstable_by(f64::total_cmp);
    values
}

/// Ranks from 1 by falling score, ties by rising key.
fn ranks<K: Ord + Sync>(score: &[f64], keys: &[K]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..crate::ids::id32(score.len())).collect();
    order.par_sort_unstable_by(|&a, &b| {
        let (a, b) = (a as usize, b as usize);
        score[b].total_cmp(&score[a]).then_with(|| keys[a].cmp(&keys[b]))
    });
    let mut rank = vec![0; score.len()];
    for (position, row) in (1..).zip(order) {
        rank[row as usize] = position;
    }
    rank
}

/// The last rank of each tier.
pub(super) fn cuts(n: usize, config: &TierConfig) -> Vec<usize> {
    // Shares are compared as whole billionths, so that 0.1 % of 5,000 is 5 and not 5.000000001.
    const BILLION: f64 = 1e9;
    let cut = |share: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shares lie in (0, 1]")]
        let billionths = (share * BILLION).round() as u128;
        usize::try_from((n as u128 * billionths).div_ceil(1_000_000_000)).unwrap_or(n)
    };
    config.bands.iter().map(|band| cut(band.up_to_share)).collect()
}
