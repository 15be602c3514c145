//! Learns the probability of every edge from exposures and shares.
//!
//! Most edges have few trials, so their share of successes says little. All edges of a node together show how
//! influential and how susceptible it is. The product of both factors is the expected probability of an edge; the
//! trials of the edge itself then correct it.

use rayon::prelude::*;

use crate::{
    graph::{self, Graph},
    ids::{NodeId, offset64},
    num,
};

/// Base-2 logarithm of the unit in which learned probabilities are stored as edge weights.
pub(crate) const PROBABILITY_UNIT_LOG2: i32 = -30;
/// The smallest learned probability: one unit.
pub const MIN_PROBABILITY: f64 = 1.0 / 1_073_741_824.0;
/// The largest learned probability: no edge is certain.
pub const MAX_PROBABILITY: f64 = 0.999;

/// The largest expected probability of an edge.
const MAX_EXPECTED: f64 = 0.95;
/// How often both factors are fitted in turn. After eight sweeps four digits are final.
const SWEEPS: usize = 8;
/// The range in which the variance of a factor is searched: below it all nodes would get the same factor, above it the
/// factor of a node would depend on its trials alone.
const VARIANCE_RANGE: (f64, f64) = (0.01, 100.0);
/// How often the bisection halves that range, on a logarithmic scale. The ratio of its ends is then below 1.0002.
const HALVINGS: usize = 16;
/// The range of the correlation between the trials of one edge. With it the expected probability of an edge weighs as
/// much as 1 to 9999 trials.
const CORRELATION_RANGE: (f64, f64) = (1e-4, 0.5);

/// An edge is *saturated* if its probability is at least this although it has fewer than `SATURATED_EXPOSURES`
/// exposures: then the probability comes from the factors and hardly from the edge itself.
const SATURATED_PROBABILITY: f64 = 0.5;
const SATURATED_EXPOSURES: u32 = 10;

/// The trials of one edge. 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeTrials {
    /// The source of the edge: the node that attends.
    pub source: NodeId,
    /// The target of the edge: the node attended to.
    pub target: NodeId,
    /// How often the source was exposed to content of the target, at least 1.
    pub exposures: u32,
    /// How often the source shared that content after an exposure of its own; at most `exposures`. A share without one
    /// is no trial, because failures of that kind are not in the log.
    pub shares: u32,
}

/// The learned factors: the expected probability of an edge `u → v` is `rate · susceptibility[u] · influence[v]`.
#[derive(Clone, Debug, PartialEq)]
pub struct InfluenceFactors {
    /// The expected probability of an edge between two nodes without trials.
    pub rate: f64,
    /// How often content of each node is shared, relative to other nodes; 1 is average.
    pub influence: Vec<f64>,
    /// How often each node shares content to which it is exposed, relative to other nodes; 1 is average.
    pub susceptibility: Vec<f64>,
    /// The variance of `influence` between nodes.
    pub influence_variance: f64,
    /// The variance of `susceptibility` between nodes.
    pub susceptibility_variance: f64,
    /// The weight of the expected probability of an edge, as a number of exposures.
    pub prior: f64,
}

/// Learns from the trials of edges how likely nodes are to share content to which they are exposed.
///
/// The expected probability of an edge is the product of a rate, the influence of its target and the susceptibility of
/// its source. The factors are fitted in turn. With the other factor held fixed, a node's factor is `(shares + 1 /
/// variance) / (expected shares + 1 / variance)`: the posterior mean of a gamma distribution of mean 1. So a node with
/// few trials stays near 1. The variance is chosen so that the squared errors are as large as expected, with sampling
/// noise included (method of moments). The rate is the mean over targets, weighted so that targets with many trials do
/// not dominate. Finally, the same method measures how much single edges deviate from their expected probability, which
/// gives `prior`; see [`InfluenceFactors::probability`].
///
/// - **Input**: `trials` sorted by source and target, each pair once, of nodes below `node_count`.
/// - **Output**: factors above 0; 1 for nodes without trials. Without any trials the rate is [`MIN_PROBABILITY`].
/// - **Stop**: after eight sweeps.
/// - **Cost**: time O(trials + nodes with trials) a sweep, parallel; memory 16 bytes an edge with trials, 16 a node and
///   32 a node with trials.
/// - **Same bits**: for any thread count; sums go by node and then through `num::block_sum_by`.
/// - **Source**: iterative proportional fitting (Deming, Stephan 1940) of the multiplicative model; gamma-Poisson
///   shrinkage (Clayton, Kaldor 1987); variance by moments (Paule, Mandel 1982); beta-binomial moments (Kleinman
///   1973).
/// - **Checked by**: `tests/it/influence/learn.rs` — closed forms, a dense reference implementation, recovery of
///   planted factors, relabeling; and `tests/it/pipeline/influence.rs` — the probabilities planted in the bundled
///   data.
///
/// ```
/// use plaudit::{ids::NodeId, influence::{EdgeTrials, learn}};
/// // 0 and 1 attend to 2, whose content they share half of the time, and to 3, whose content they hardly ever share.
/// let trials = |u, v, shares| EdgeTrials { source: NodeId(u), target: NodeId(v), exposures: 100, shares };
/// let factors = learn(4, &[trials(0, 2, 50), trials(0, 3, 2), trials(1, 2, 48), trials(1, 3, 1)]);
/// let [high, low] = [2, 3].map(|v| factors.expected_probability(NodeId(0), NodeId(v)));
/// assert!((0.45..0.55).contains(&high) && low < 0.03);
/// ```
pub fn learn(node_count: usize, trials: &[EdgeTrials]) -> InfluenceFactors {
    assert!(
        trials.iter().all(|edge| (1..=edge.exposures).contains(&edge.shares.max(1))),
        "invariant: at least one exposure, and no more shares than exposures"
    );
    let by_source = trials;
    let mut by_target = trials.to_vec();
    by_target.par_sort_unstable_by_key(|edge| (edge.target, edge.source));
    let sum = |of: fn(&EdgeTrials) -> u32| trials.iter().map(|edge| u64::from(of(edge))).sum::<u64>();
    let (exposures, shares) = (sum(|edge| edge.exposures), sum(|edge| edge.shares));
    let mut factors = InfluenceFactors {
        rate: (shares as f64 / exposures.max(1) as f64).clamp(MIN_PROBABILITY, MAX_EXPECTED),
        influence: vec![1.0; node_count],
        susceptibility: vec![1.0; node_count],
        influence_variance: 1.0,
        susceptibility_variance: 1.0,
        prior: 1.0,
    };
    for _ in 0..SWEEPS {
        let mut nodes = factors.node_trials(
            &by_target,
            |edge| edge.target,
            |edge| factors.susceptibility[edge.source.index()],
        );
        factors.fit_rate(&mut nodes);
        factors.influence_variance = variance(&nodes);
        for node in &nodes {
            factors.influence[node.node.index()] = node.factor(factors.influence_variance);
        }
        let nodes =
            factors.node_trials(by_source, |edge| edge.source, |edge| factors.influence[edge.target.index()]);
        factors.susceptibility_variance = variance(&nodes);
        for node in &nodes {
            factors.susceptibility[node.node.index()] = node.factor(factors.susceptibility_variance);
        }
    }
    factors.prior = 1.0 / factors.correlation(trials) - 1.0;
    factors
}

/// The sums over all trials of one node, either as source or as target.
#[derive(Clone, Copy, Debug)]
struct NodeTrials {
    node: NodeId,
    /// The expected number of shares without the factor of the node itself.
    expected: f64,
    /// The sampling variance of the number of shares.
    noise: f64,
    shares: f64,
}

impl NodeTrials {
    fn factor(&self, variance: f64) -> f64 {
        (self.shares + 1.0 / variance) / (self.expected + 1.0 / variance)
    }
}

impl InfluenceFactors {
    /// Lowers the influence of nodes that are no target of any trial. Their influence would be average, because nothing
    /// is known of them; it becomes `coverage / (shares from the node + 1)`, which is what the log can tell. Here
    /// `coverage` is the share of all shares that have an exposure of their own, and `shares_from` holds by node how
    /// many shares share its content.
    ///
    /// None of the shares from such a node has an exposure, so they show content beyond the log, and the log holds
    /// little or nothing of the content of this node. The bound is the estimated part of its shared content that the
    /// log holds: 0 of its shares, with one share of the coverage of the whole log as prior. So the expected number of
    /// shares over all edges from those who shared from the node is below `rate · susceptibility`, however many they
    /// are. A log that covers all shares has a coverage of 1 and leaves every influence as it is.
    ///
    /// Panics if `coverage` is not above 0 and at most 1, or `shares_from` does not have one entry a node.
    #[must_use]
    pub fn bounded_by_coverage(mut self, trials: &[EdgeTrials], coverage: f64, shares_from: &[u32]) -> Self {
        assert!(coverage > 0.0 && coverage <= 1.0, "a coverage of {coverage} is out of range");
        assert_eq!(shares_from.len(), self.influence.len(), "one count per node");
        let mut is_tried = vec![false; self.influence.len()];
        for edge in trials {
            is_tried[edge.target.index()] = true;
        }
        for v in (0..is_tried.len()).filter(|&v| !is_tried[v]) {
            self.influence[v] = coverage / (f64::from(shares_from[v]) + 1.0);
        }
        self
    }

    /// The probability that is expected of an edge without its trials.
    pub fn expected_probability(&self, source: NodeId, target: NodeId) -> f64 {
        (self.rate * self.susceptibility[source.index()] * self.influence[target.index()])
            .clamp(MIN_PROBABILITY, MAX_EXPECTED)
    }

    /// The probability of an edge: `(shares + prior · expected) / (exposures + prior)`, from [`MIN_PROBABILITY`] to
    /// [`MAX_PROBABILITY`]. Without exposures it is the expected probability.
    pub fn probability(&self, edge: &EdgeTrials) -> f64 {
        let shares =
            f64::from(edge.shares) + self.prior * self.expected_probability(edge.source, edge.target);
        (shares / (f64::from(edge.exposures) + self.prior)).clamp(MIN_PROBABILITY, MAX_PROBABILITY)
    }

    /// Sums the trials of each node. `node` returns the end of an edge by which to sum, and the trials of one node must
    /// be adjacent. `other` returns the factor of the other end.
    fn node_trials(
        &self,
        trials: &[EdgeTrials],
        node: fn(&EdgeTrials) -> NodeId,
        other: impl Fn(&EdgeTrials) -> f64 + Sync,
    ) -> Vec<NodeTrials> {
        let sum = |trials: &[EdgeTrials]| {
            let mut sum = NodeTrials { node: node(&trials[0]), expected: 0.0, noise: 0.0, shares: 0.0 };
            for edge in trials {
                let expected = f64::from(edge.exposures) * self.rate * other(edge);
                sum.expected += expected;
                sum.noise += expected * (1.0 - self.expected_probability(edge.source, edge.target));
                sum.shares += f64::from(edge.shares);
            }
            sum
        };
        trials.par_chunk_by(|a, b| node(a) == node(b)).map(sum).collect()
    }

    /// Sets the rate so that the mean influence is 1, and scales the expected shares and their noise with it.
    fn fit_rate(&mut self, targets: &mut [NodeTrials]) {
        let variance = self.influence_variance;
        let weighted =
            |of: fn(&NodeTrials) -> f64| total(targets, |node| of(node) / (1.0 + variance * node.expected));
        let (shares, expected) = (weighted(|node| node.shares), weighted(|node| node.expected));
        if expected == 0.0 {
            return;
        }
        let rate = (self.rate * shares / expected).clamp(MIN_PROBABILITY, MAX_EXPECTED);
        let ratio = rate / self.rate;
        self.rate = rate;
        for node in targets {
            node.expected *= ratio;
            node.noise *= ratio;
        }
    }

    /// The correlation of the trials of one edge, given its expected probability.
    fn correlation(&self, trials: &[EdgeTrials]) -> f64 {
        let moments = |edge: &EdgeTrials| {
            let p = self.expected_probability(edge.source, edge.target);
            let exposures = f64::from(edge.exposures);
            let (error, noise) = (f64::from(edge.shares) - exposures * p, exposures * p * (1.0 - p));
            (error * error - noise, noise * (exposures - 1.0))
        };
        let excess = total(trials, |edge| moments(edge).0);
        let largest_excess = total(trials, |edge| moments(edge).1);
        let (min, max) = CORRELATION_RANGE;
        if largest_excess > 0.0 { (excess / largest_excess).clamp(min, max) } else { max }
    }
}

/// The sum over all items, in blocks that do not depend on threads.
fn total<T: Sync>(items: &[T], of: impl Fn(&T) -> f64 + Sync + Send) -> f64 {
    num::block_sum_by(items.len(), |range| items[range].iter().map(&of).sum())
}

/// Finds by bisection the variance of a factor between nodes for which the squared errors are as large as expected.
fn variance(nodes: &[NodeTrials]) -> f64 {
    let (mut low, mut high) = VARIANCE_RANGE;
    for _ in 0..HALVINGS {
        let middle = (low * high).sqrt();
        let excess = |node: &NodeTrials| {
            let error = node.shares - node.expected;
            error * error / (node.noise + middle * node.expected * node.expected) - 1.0
        };
        if total(nodes, excess) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low * high).sqrt()
}

/// The graph with the learned probability of each edge as its weight, in units of 2^-30 or coarser.
///
/// - **Input**: any graph; `trials` as for [`learn`], of edges of the graph.
/// - **Output**: the same nodes and edges, every weight ≥ 1, for
///   [`EdgeProbability::Weight`](super::EdgeProbability::Weight).
/// - **Cost**: that of [`graph::reweighted`].
/// - **Checked by**: `tests/it/influence/learn.rs`: each edge by itself.
pub fn probability_graph(g: &Graph, factors: &InfluenceFactors, trials: &[EdgeTrials]) -> Graph {
    let units = 1.0 / MIN_PROBABILITY;
    graph::reweighted(g, PROBABILITY_UNIT_LOG2, |source, neighbors, weights| {
        let first = trials.partition_point(|edge| edge.source < source);
        let mut own = trials[first..].iter().take_while(|edge| edge.source == source).peekable();
        for &target in neighbors {
            let untried = EdgeTrials { source, target, exposures: 0, shares: 0 };
            let edge = own.next_if(|edge| edge.target == target).copied().unwrap_or(untried);
            weights.push(num::floor_u64(factors.probability(&edge) * units + 0.5));
        }
    })
}

/// The mean probability of the edges of a graph made by [`probability_graph`]; 0 without edges.
pub fn mean_probability(g: &Graph) -> f64 {
    let units: u64 = g.out_edges().strengths().par_iter().sum();
    units as f64 * g.weight_unit() / g.edge_count().max(1) as f64
}

/// The edges whose learned probability is higher than their trials can show.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SaturatedEdges {
    /// How many edges have a probability of at least one half on fewer than ten exposures.
    pub count: u64,
    /// Their part of the sum of all probabilities; 0 without edges.
    pub part: f64,
    /// How many edges have a probability of 0.95 or more, the largest expected probability, on any exposures.
    pub at_cap: u64,
}

/// Finds the saturated edges of a graph made by [`probability_graph`] from the same `trials`. Integer sums, so the same
/// bits for any thread count.
pub fn saturated_edges(g: &Graph, trials: &[EdgeTrials]) -> SaturatedEdges {
    let row = |rows: &mut graph::Rows<'_>, source: NodeId| {
        let first = trials.partition_point(|edge| edge.source < source);
        let mut own = trials[first..].iter().take_while(|edge| edge.source == source).peekable();
        let (mut count, mut units, mut at_cap) = (0_u64, 0_u64, 0_u64);
        for (target, weight) in rows.row(source).iter() {
            let exposures = own.next_if(|edge| edge.target == target).map_or(0, |edge| edge.exposures);
            let probability = f64::from(weight) * g.weight_unit();
            at_cap += u64::from(probability >= MAX_EXPECTED);
            if probability >= SATURATED_PROBABILITY && exposures < SATURATED_EXPOSURES {
                count += 1;
                units += u64::from(weight);
            }
        }
        (count, units, at_cap)
    };
    let nodes = (0..g.node_count()).into_par_iter().map(NodeId::new);
    let (count, units, at_cap) = nodes
        .map_init(|| g.out_edges().rows(), row)
        .reduce(|| (0, 0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2));
    let all: u64 = g.out_edges().strengths().par_iter().sum();
    SaturatedEdges { count, part: units as f64 / all.max(1) as f64, at_cap }
}

/// The most memory that [`learn`] and [`probability_graph`] take in addition to the trials and the graphs, in bytes,
/// with the number of shares from each node.
pub(crate) fn learning_bytes(node_count: usize, edges_with_trials: u64) -> u64 {
    16 * edges_with_trials + offset64(node_count) * (20 + offset64(2 * size_of::<NodeTrials>()))
}
