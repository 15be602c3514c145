//! The expected spread of a set of nodes, with its 95 % interval, and what each pick adds to it.

use super::certificate::wilson_interval;
use crate::ids::NodeId;

/// An expected spread: the mean over all outcomes of the diffusion model, where every active node counts with its
/// worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// Lower end of the 95 % interval of the mean.
    pub low: f64,
    /// Upper end of the 95 % interval of the mean.
    pub high: f64,
}

/// A selected node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// The node.
    pub node: NodeId,
    /// Its marginal gain: how much it adds to the spread of the picks before it.
    pub marginal: Spread,
    /// The spread of this pick and all picks before it.
    pub cumulative: Spread,
}

impl Spread {
    pub(super) const ZERO: Self = Self { mean: 0.0, low: 0.0, high: 0.0 };

    /// The estimate from `hits` covered sets among `sets` random reverse-reachable sets. `total_worth` is the worth of
    /// all nodes together.
    pub(super) fn of_hits(hits: u64, sets: u64, total_worth: f64) -> Self {
        let (low, high) = wilson_interval(hits as f64, sets as f64);
        Self {
            mean: hits as f64 / sets as f64 * total_worth,
            low: low * total_worth,
            high: high * total_worth,
        }
    }
}
