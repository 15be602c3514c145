//! Whom is it worth to reach?

use super::{CampaignError, Formula, crowd::Crowd};
use crate::{ids::NodeId, influence::Spread, num};

/// Who counts when they are reached.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TargetOptions {
    /// Only people for whom this holds; the customers where there is none.
    pub among: Option<Formula>,
    /// How much each of them counts; 1 where there is none.
    pub worth: Option<Formula>,
}

/// Amounts of money and the like are added up in millionths.
pub(super) const MILLIONTHS: f64 = 1e6;
/// What can be added up: a quarter of what 64 bits hold.
const MOST: f64 = (1_u64 << 62) as f64;

/// By node, what reaching it is worth.
pub(super) struct Target {
    /// In units.
    pub(super) worth: Vec<u64>,
    /// What a unit is worth.
    unit: f64,
    /// What is reached, in words.
    pub(super) what: &'static str,
}

impl TargetOptions {
    pub(super) fn formulas(&self) -> impl Iterator<Item = &Formula> {
        self.among.iter().chain(&self.worth)
    }
}

impl Target {
    pub(super) fn new(crowd: &Crowd, options: &TargetOptions) -> Result<Self, CampaignError> {
        let among = match &options.among {
            Some(among) => among.truths(&crowd.table)?,
            None => crowd.by_row_of_customers(),
        };
        let units = match &options.worth {
            None => among.iter().map(|&counts| u64::from(counts)).collect(),
            Some(worth) => {
                let figures = worth.numbers(&crowd.table)?;
                let figures: Vec<f64> = figures
                    .iter()
                    .zip(&among)
                    .map(|(worth, &counts)| if counts { worth.unwrap_or(0.0) } else { 0.0 })
                    .collect();
                in_millionths(&figures, "--worth")?
            }
        };
        if units.iter().all(|&units| units == 0) {
            let why = match (&options.among, &options.worth) {
                (_, Some(_)) => "nobody has a `--worth` above 0",
                (Some(_), None) => "`--among` holds for nobody",
                (None, None) => "the run has no customers",
            };
            return Err(CampaignError::NothingToReach { why: why.to_owned() });
        }
        let what = match (&options.among, &options.worth) {
            (_, Some(_)) => "worth",
            (Some(_), None) => "people",
            (None, None) => "customers",
        };
        let unit = if options.worth.is_some() { 1.0 / MILLIONTHS } else { 1.0 };
        Ok(Self { worth: crowd.by_node(|row| units[row]), unit, what })
    }

    /// What the kernel found, in the words of the question.
    pub(super) fn scaled(&self, spread: Spread) -> Spread {
        let Spread { mean, low, high } = spread;
        Spread { mean: mean * self.unit, low: low * self.unit, high: high * self.unit }
    }

    /// So many units.
    pub(super) fn scaled_units(&self, units: u64) -> f64 {
        units as f64 * self.unit
    }

    /// What all who count are worth.
    pub(super) fn whole(&self) -> f64 {
        self.scaled_units(self.worth.iter().sum())
    }

    /// Whether somebody counts.
    pub(super) fn counts(&self, node: NodeId) -> bool {
        self.worth[node.index()] > 0
    }
}

/// An amount of millionths as people write it: two decimals, or as many as it takes.
pub(super) fn money(millionths: u64) -> String {
    let text = format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000);
    let shortest = text.find('.').map_or(text.len(), |point| point + 3);
    let needed = text.trim_end_matches('0').len();
    text[..needed.max(shortest)].to_owned()
}

/// Amounts in whole millionths; what is below 0 counts as 0.
pub(super) fn in_millionths(amounts: &[f64], option: &'static str) -> Result<Vec<u64>, CampaignError> {
    let scaled = |amount: f64| (amount.max(0.0) * MILLIONTHS + 0.5).floor();
    let sum: f64 = amounts.iter().map(|&amount| scaled(amount)).sum();
    if sum >= MOST {
        return Err(CampaignError::TooMuch { option, sum: sum / MILLIONTHS, most: MOST / MILLIONTHS });
    }
    Ok(amounts.iter().map(|&amount| num::floor_u64(scaled(amount))).collect())
}
