//! The settings of scores and tiers, fully resolved.

/// The components of the score and the sizes of the tiers.
#[derive(Clone, Debug, PartialEq)]
pub struct TierConfig {
    /// The components in the order of the columns of measures; not all weights are 0.
    pub components: Vec<Component>,
    /// The tiers from the top; the last one takes the remaining customers.
    pub bands: Vec<TierBand>,
}

/// One measure that counts in the score.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// The name of the measure: `pagerank`, `reach`, `strength`, `audience`.
    pub name: String,
    /// Its weight, ≥ 0; the weights need not add up to 1.
    pub weight: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TierBand {
    /// Its name, from which the name of its segment file is made.
    pub name: String,
    /// The share of customers, counted from the top, at which it ends, in `(0, 1]`; the last band ends at 1.
    pub up_to_share: f64,
}
