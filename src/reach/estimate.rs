//! The result: the size of the k-hop audience of every node, with intervals.

use super::ball::{BallEstimate, IntervalEstimate};
use crate::ids::NodeId;

/// The size of the k-hop audience of every node.
#[derive(Clone, Debug, PartialEq)]
pub struct Reach {
    /// The number of nodes in the audience, without the node itself; a whole number if exact.
    pub estimate: Vec<f64>,
    /// Lower end of the 95 % interval, a whole number; the estimate itself if exact.
    pub low: Vec<f64>,
    /// Upper end of the 95 % interval, a whole number; the estimate itself if exact.
    pub high: Vec<f64>,
    /// Whether the number was counted rather than estimated.
    pub exact: Vec<bool>,
    /// The weighted number of nodes in the audience; a node at hop `t` has weight `decay` to the power of `t - 1`.
    pub decayed: Estimates,
    /// For each segment, how many of its nodes are in the k-hop audience of each node.
    pub segments: Vec<Estimates>,
}

/// A number for each node with its 95 % interval, whose ends equal the number where [`Reach::exact`] holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimates {
    /// The number.
    pub estimate: Vec<f64>,
    /// Lower end of the interval.
    pub low: Vec<f64>,
    /// Upper end of the interval.
    pub high: Vec<f64>,
}

impl Reach {
    /// How many nodes were counted rather than estimated.
    pub fn exact_count(&self) -> usize {
        self.exact.iter().filter(|&&exact| exact).count()
    }

    pub(super) fn zeros(node_count: usize, segments: usize) -> Self {
        let Estimates { estimate, low, high } = Estimates::zeros(node_count);
        let decayed = Estimates::zeros(node_count);
        let segments = vec![decayed.clone(); segments];
        Self { estimate, low, high, exact: vec![false; node_count], decayed, segments }
    }

    pub(super) fn set<const S: usize>(&mut self, v: NodeId, ball: &BallEstimate<S>, exact: bool) {
        self.decayed.set(v, ball.decayed);
        self.segments.iter_mut().zip(ball.members).for_each(|(segment, members)| segment.set(v, members));
        let v = v.index();
        self.exact[v] = exact;
        (self.low[v], self.estimate[v], self.high[v]) =
            (ball.nodes.low, ball.nodes.estimate, ball.nodes.high);
    }
}

impl Estimates {
    fn zeros(len: usize) -> Self {
        Self { estimate: vec![0.0; len], low: vec![0.0; len], high: vec![0.0; len] }
    }

    fn set(&mut self, v: NodeId, number: IntervalEstimate) {
        let v = v.index();
        (self.low[v], self.estimate[v], self.high[v]) = (number.low, number.estimate, number.high);
    }
}
