//! Computes score, rank and tier of customers and prospects from columns of measures.

use ndarray::{Array2, ArrayView1};
use rayon::prelude::*;

use super::TierConfig;

/// Score, rank and tier of every customer. Entries are in the order of the rows of the measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The weighted mean, over the measures, of the share of other customers with a lower value than the row, times
    /// 100: 0 to 100.
    pub score: Vec<f64>,
    /// Rank among the customers; 1 is best, and ranks are distinct.
    pub rank: Vec<u32>,
    /// The share of the other customers with a worse rank, times 100: 0 to 100.
    pub percentile: Vec<f64>,
    /// Index into [`TierConfig::bands`].
    pub tier: Vec<usize>,
}

/// Score, rank and tier of every prospect, measured against the customers. The prospects do not affect the results of
/// the customers.
#[derive(Clone, Debug, PartialEq)]
pub struct ProspectStanding {
    /// As [`Standing::score`], with the share of all customers with a lower value than the prospect.
    pub score: Vec<f64>,
    /// Rank among the prospects; 1 is best.
    pub rank: Vec<u32>,
    /// The share of the customers with a lower score, times 100.
    pub percentile: Vec<f64>,
    /// The tier of the highest-scoring customer whose score is not above the prospect's.
    pub tier: Vec<usize>,
}

/// Computes the score of every customer among the customers, and assigns tiers.
///
/// For one measure, the share of a row is the fraction of the other rows with a strictly lower value, so ties gain
/// nothing, a single best row has 1 and the lowest rows have 0. The score is the mean of these shares under the
/// components' weights, times 100; ranks follow the score, and on ties the smaller key ranks first. A tier ends at rank
/// `ceil(share · n)`, so no upper tier is empty; rows with score 0 are in the last tier for any shares.
///
/// - **Input**: `measures[row, component]`, finite; `keys[row]`, distinct; columns in the order of the components.
/// - **Output**: as [`Standing`]; empty if there are no rows.
/// - **Cost**: O(k n log n) for k components, parallel; memory 16 n bytes for one component at a time.
/// - **Same bits**: for any thread count; permuted rows give permuted results.
/// - **Source**: percentile (Borda) aggregation; tiers by fixed share.
/// - **Checked by**: `tests/it/tier/assign.rs`, against direct counting.
pub fn assign<K: Ord + Sync>(measures: &Array2<f64>, keys: &[K], config: &TierConfig) -> Standing {
    let others = measures.nrows().saturating_sub(1).max(1) as f64;
    standing_of(scores(measures, measures, others, config), keys, config)
}

/// Score, rank, percentile and tier of customers with these scores.
pub(super) fn standing_of<K: Ord + Sync>(score: Vec<f64>, keys: &[K], config: &TierConfig) -> Standing {
    let n = score.len();
    let others = n.saturating_sub(1).max(1) as f64;
    let rank = ranks(&score, keys);
    let last_ranks = last_ranks(n, config);
    let last = config.bands.len() - 1;
    let tier_of = |&rank: &u32| last_ranks.partition_point(|&end| end < rank as usize).min(last);
    let tier = rank.iter().zip(&score).map(|(rank, &score)| if score > 0.0 { tier_of(rank) } else { last });
    let tier = tier.collect();
    let percentile = rank.iter().map(|&rank| 100.0 * (n - rank as usize) as f64 / others).collect();
    Standing { score, rank, percentile, tier }
}

/// Computes the score of every prospect among the customers, and the tier that a customer with this score has.
///
/// `customers` is the result of [`assign`] for `customer_measures`.
///
/// - **Cost**: O(k (n + p) log n) for n customers and p prospects.
pub fn assign_prospects<K: Ord + Sync>(
    measures: &Array2<f64>,
    keys: &[K],
    customer_measures: &Array2<f64>,
    customers: &Standing,
    config: &TierConfig,
) -> ProspectStanding {
    let score = scores(measures, customer_measures, customer_measures.nrows().max(1) as f64, config);
    prospect_standing_of(score, keys, customers, config)
}

/// Score, rank, percentile and tier of prospects with these scores.
pub(super) fn prospect_standing_of<K: Ord + Sync>(
    score: Vec<f64>,
    keys: &[K],
    customers: &Standing,
    config: &TierConfig,
) -> ProspectStanding {
    let n = customers.score.len();
    let rank = ranks(&score, keys);
    // Customers by ascending score; among equal scores the best tier comes last.
    let mut by_score: Vec<(f64, usize)> =
        customers.score.iter().copied().zip(customers.tier.iter().copied()).collect();
    by_score.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let last = config.bands.len() - 1;
    let (percentile, tier) = score
        .iter()
        .map(|&score| {
            let below = by_score.partition_point(|customer| customer.0 < score);
            let not_above = by_score.partition_point(|customer| customer.0 <= score);
            let tier = if score > 0.0 && not_above > 0 { by_score[not_above - 1].1 } else { last };
            (100.0 * below as f64 / n.max(1) as f64, tier)
        })
        .unzip();
    ProspectStanding { score, rank, percentile, tier }
}

/// For each row, the weighted mean, over the components, of the share of `customers` with a lower value, times 100.
fn scores(measures: &Array2<f64>, customers: &Array2<f64>, others: f64, config: &TierConfig) -> Vec<f64> {
    assert_eq!(measures.ncols(), config.components.len(), "invariant: one column for each component");
    let mut score = vec![0.0; measures.nrows()];
    let mut total = 0.0;
    for (column, component) in config.components.iter().enumerate() {
        if component.weight == 0.0 {
            continue;
        }
        total += component.weight;
        let sorted = sorted(&customers.column(column));
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

/// Ranks from 1 by descending score, ties by ascending key.
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
pub(super) fn last_ranks(n: usize, config: &TierConfig) -> Vec<usize> {
    // Shares are rounded to billionths, so that 0.1 % of 5,000 is 5 and not 5.000000001, which would round up to 6.
    const BILLION: f64 = 1e9;
    let last_rank = |share: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shares lie in (0, 1]")]
        let billionths = (share * BILLION).round() as u128;
        usize::try_from((n as u128 * billionths).div_ceil(1_000_000_000)).unwrap_or(n)
    };
    config.bands.iter().map(|band| last_rank(band.up_to_share)).collect()
}
