//! Scores and tiers, compared with direct counting.

use ndarray::Array2;
use plaudit::tier::{Component, ScoreMeasure, TierBand, TierConfig, assign, assign_prospects};
use proptest::prelude::*;

fn config(weights: &[f64]) -> TierConfig {
    let component = |(measure, &weight): (ScoreMeasure, &f64)| Component { measure, weight };
    let band = |(name, up_to_share): (&str, f64)| TierBand { name: name.to_owned(), up_to_share };
    TierConfig {
        components: ScoreMeasure::ALL.into_iter().zip(weights).map(component).collect(),
        bands: [("a", 0.001), ("b", 0.01), ("c", 0.05), ("d", 0.2), ("e", 1.0)].map(band).to_vec(),
    }
}

fn column(values: &[f64]) -> Array2<f64> {
    Array2::from_shape_vec((values.len(), 1), values.to_vec()).unwrap()
}

fn keys(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("k{i:05}")).collect()
}

#[test]
fn shares_of_five_thousand_are_cut_exactly() {
    let values: Vec<f64> = (0..5000).map(f64::from).collect();
    let standing = assign(&column(&values), &keys(5000), &config(&[1.0]));
    let count = |tier| standing.tier.iter().filter(|&&t| t == tier).count();
    assert_eq!([0, 1, 2, 3, 4].map(count), [5, 45, 200, 750, 4000]);
    assert_eq!(standing.score[4999], 100.0);
    assert_eq!(standing.rank[4999], 1);
    assert_eq!(standing.percentile[4999], 100.0);
    assert_eq!((standing.score[0], standing.percentile[0], standing.rank[0]), (0.0, 0.0, 5000));
}

#[test]
fn ties_go_to_the_smaller_key_and_share_the_score() {
    let standing = assign(&column(&[7.0, 7.0, 7.0, 1.0]), &["c", "a", "b", "d"], &config(&[1.0]));
    assert_eq!(standing.rank, [3, 1, 2, 4]);
    assert_eq!(standing.score, [100.0 * (1.0 / 3.0), 100.0 * (1.0 / 3.0), 100.0 * (1.0 / 3.0), 0.0]);
}

#[test]
fn rows_with_equal_measures_are_in_the_last_tier() {
    let standing = assign(&column(&[0.0; 10]), &keys(10), &config(&[1.0]));
    assert!(standing.tier.iter().all(|&tier| tier == 4));
    let one = assign(&column(&[5.0]), &keys(1), &config(&[1.0]));
    assert_eq!((one.rank[0], one.tier[0], one.score[0]), (1, 4, 0.0));
    assert!(assign(&column(&[]), &keys(0), &config(&[1.0])).score.is_empty());
}

#[test]
fn prospects_get_the_tier_of_an_equal_customer() {
    let values: Vec<f64> = (0..1000).map(f64::from).collect();
    let (customers, config) = (column(&values), config(&[1.0]));
    let standing = assign(&customers, &keys(1000), &config);
    let prospects = assign_prospects(
        &column(&[1e9, 999.0, 0.0, -1.0]),
        &["w", "x", "y", "z"],
        &customers,
        &standing,
        &config,
    );
    assert_eq!(prospects.score, [100.0, 99.9, 0.0, 0.0]);
    assert_eq!(prospects.tier[0], 0);
    assert_eq!(prospects.tier[3], 4);
    assert_eq!(prospects.rank, [1, 2, 3, 4]);
}

proptest! {
    #[test]
    fn scores_count_the_rows_beaten(rows in prop::collection::vec((0_u8..6, 0_u8..6, 0_u8..6), 1..60)) {
        let n = rows.len();
        let flat: Vec<f64> = rows.iter().flat_map(|&(a, b, c)| [a, b, c].map(f64::from)).collect();
        let measures = Array2::from_shape_vec((n, 3), flat).unwrap();
        let weights = [0.5, 0.2, 0.3];
        let standing = assign(&measures, &keys(n), &config(&weights));
        for row in 0..n {
            let mut expected = 0.0;
            for column in 0..3 {
                let beaten = (0..n).filter(|&other| measures[[other, column]] < measures[[row, column]]).count();
                expected += weights[column] * beaten as f64 / (n - 1).max(1) as f64;
            }
            prop_assert!((standing.score[row] - 100.0 * expected).abs() < 1e-9);
            let better = (0..n).filter(|&o| (standing.score[o], std::cmp::Reverse(o)) > (standing.score[row], std::cmp::Reverse(row)));
            prop_assert_eq!(standing.rank[row] as usize, better.count() + 1);
        }
    }

    #[test]
    fn raising_a_measure_never_lowers_the_tier(values in prop::collection::vec(0_u16..50, 2..80), pick in any::<prop::sample::Index>()) {
        let mut values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let row = pick.index(values.len());
        let before = assign(&column(&values), &keys(values.len()), &config(&[1.0]));
        values[row] += 7.0;
        let after = assign(&column(&values), &keys(values.len()), &config(&[1.0]));
        prop_assert!(after.tier[row] <= before.tier[row]);
    }
}
