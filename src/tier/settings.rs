//! The settings of scores and tiers, fully resolved.

/// The components of the score and the sizes of the tiers.
#[derive(Clone, Debug, PartialEq)]
pub struct TierConfig {
    /// The components in the order of the columns of measures; not all weights are 0.
    pub components: Vec<Component>,
    /// The tiers from the top; the last one takes the remaining customers.
    pub bands: Vec<TierBand>,
}

/// One measure in the score, with its weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    pub measure: ScoreMeasure,
    /// Its weight, ≥ 0; the weights need not add up to 1.
    pub weight: f64,
}

/// A measure that can be part of the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreMeasure {
    PageRank,
    /// The k-hop audience.
    Reach,
    /// The in-strength: the sum of the weights of the edges to a node.
    Strength,
    /// The number of nodes with an edge to a node.
    Audience,
}

impl ScoreMeasure {
    pub const ALL: [Self; 4] = [Self::PageRank, Self::Reach, Self::Strength, Self::Audience];

    /// The key of its weight in a configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PageRank => "pagerank",
            Self::Reach => "reach",
            Self::Strength => "strength",
            Self::Audience => "audience",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct TierBand {
    /// Its name, from which the name of its segment file is made.
    pub name: String,
    /// The end of the band: the share of customers, counted from the top, in `(0, 1]`; the last band ends at 1.
    pub up_to_share: f64,
}
