//! What the score is made of and where tiers are cut, fully resolved.

/// The composition of the score and the cuts of the tiers.
#[derive(Clone, Debug, PartialEq)]
pub struct TierConfig {
    /// Weight of each component in the score, in the order of the columns given; not all 0.
    pub components: Vec<Component>,
    /// The tiers from the top; the last one takes the rest.
    pub bands: Vec<TierBand>,
}

/// One column of the score.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Name of the column: `pagerank`, `reach`, `strength`, `audience`.
    pub name: String,
    /// Its weight, ≥ 0; weights need not add up to 1.
    pub weight: f64,
}

/// One tier.
#[derive(Clone, Debug, PartialEq)]
pub struct TierBand {
    /// Its name, also the name of its segment file.
    pub name: String,
    /// It ends at this share of the customers, counted from the top, in `(0, 1]`; the last band ends at 1.
    pub up_to_share: f64,
}
