//! The target audience of a campaign: the people who count when the cascade activates them, each with a worth.

use super::{CampaignError, Formula, run_view::RunView};
use crate::{ids::NodeId, influence::Spread, num, tables::Interval};

/// The people who count when the cascade activates them, and their worth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AudienceOptions {
    /// The condition that selects these people; none: the customers.
    pub among: Option<Formula>,
    /// How much each of these people counts; none: each counts 1.
    pub worth: Option<Formula>,
}

/// The number of units in an amount of 1: amounts are summed as integers, in millionths.
pub(super) const MILLIONTHS: f64 = 1e6;
/// The largest sum, in millionths: a quarter of the range of 64 bits.
const LARGEST_SUM: f64 = (1_u64 << 62) as f64;

/// The worth of activating each node.
pub(super) struct TargetAudience {
    /// By node: its worth, in whole units.
    pub(super) worth: Vec<u64>,
    /// The worth of one unit.
    scale: f64,
    /// What spread counts: `customers`, `people` or `worth`.
    pub(super) unit: &'static str,
}

impl AudienceOptions {
    pub(super) fn formulas(&self) -> impl Iterator<Item = &Formula> {
        self.among.iter().chain(&self.worth)
    }
}

impl TargetAudience {
    pub(super) fn new(view: &RunView, options: &AudienceOptions) -> Result<Self, CampaignError> {
        let among = match &options.among {
            Some(among) => view.truths(among)?,
            None => view.by_row_of_customers(),
        };
        let units = match &options.worth {
            None => among.iter().map(|&counts| u64::from(counts)).collect(),
            Some(worth) => {
                let worth = view.numbers(worth)?;
                let of_row = |(worth, &counts): (Option<f64>, &bool)| worth.filter(|_| counts).unwrap_or(0.0);
                let figures: Vec<f64> = worth.into_iter().zip(&among).map(of_row).collect();
                in_millionths(&figures, "--worth")?
            }
        };
        let (unit, why) = match (&options.among, &options.worth) {
            (_, Some(_)) => ("worth", "nobody has a `--worth` above 0"),
            (Some(_), None) => ("people", "nobody matches `--among`"),
            (None, None) => ("customers", "the run has no customers"),
        };
        if units.iter().all(|&units| units == 0) {
            return Err(CampaignError::NothingToReach { why: why.to_owned() });
        }
        let scale = if options.worth.is_some() { 1.0 / MILLIONTHS } else { 1.0 };
        Ok(Self { worth: view.by_node(|row| units[row]), scale, unit })
    }

    /// Converts an estimate of the kernel from units to worth.
    pub(super) fn scaled(&self, spread: Spread) -> Interval {
        let Spread { mean, low, high } = spread;
        Interval { value: mean * self.scale, low: low * self.scale, high: high * self.scale }
    }

    pub(super) fn scaled_units(&self, units: u64) -> f64 {
        units as f64 * self.scale
    }

    pub(super) fn total_worth(&self) -> f64 {
        self.scaled_units(self.worth.iter().sum())
    }

    pub(super) fn counts(&self, node: NodeId) -> bool {
        self.worth[node.index()] > 0
    }
}

/// Formats an amount of millionths with two decimals, or with more where it has more.
pub(super) fn money(millionths: u64) -> String {
    let text = format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000);
    let shortest = text.find('.').map_or(text.len(), |point| point + 3);
    let needed = text.trim_end_matches('0').len();
    text[..needed.max(shortest)].to_owned()
}

/// Converts amounts to whole millionths; negative amounts count as 0.
pub(super) fn in_millionths(amounts: &[f64], option: &'static str) -> Result<Vec<u64>, CampaignError> {
    let scaled = |amount: f64| (amount.max(0.0) * MILLIONTHS + 0.5).floor();
    let sum: f64 = amounts.iter().map(|&amount| scaled(amount)).sum();
    if sum >= LARGEST_SUM {
        return Err(CampaignError::TooMuch { option, sum: sum / MILLIONTHS, most: LARGEST_SUM / MILLIONTHS });
    }
    Ok(amounts.iter().map(|&amount| num::floor_u64(scaled(amount))).collect())
}
