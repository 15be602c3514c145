//! How likely is a node to pass on what it hears from another, judging by how often it did?
//!
//! Most edges were tried a few times only, so the share of tries that succeeded says little. Nodes were tried more
//! often: over all its edges it shows how well a node is listened to, and how readily one passes things on. Their
//! product is what is expected of an edge, and what was seen of the edge itself corrects it as far as it goes.

use rayon::prelude::*;

use crate::{
    graph::{self, Graph},
    ids::{NodeId, offset64},
    num,
};

/// Base-2 logarithm of the unit of learnt chances as weights.
pub const CHANCE_UNIT_LOG2: i32 = -30;
/// No chance is learnt to be lower: one unit.
pub const LEAST_CHANCE: f64 = 1.0 / 1_073_741_824.0;
/// No chance is learnt to be higher: nobody is certain.
pub const MOST_CHANCE: f64 = 0.999;

/// What is expected of an edge before it is tried is no higher.
const MOST_EXPECTED: f64 = 0.95;
/// How often pulls and readiness are fitted in turn. After eight the fourth digit stands.
const SWEEPS: usize = 8;
/// Between these the variance of a factor is looked for, on a scale of ratios: with less, all nodes are alike; with
/// more, a factor is what its own tries say.
const VARIANCES: (f64, f64) = (0.01, 100.0);
/// How often the range of variances is halved: to a ratio of 1.0002.
const HALVINGS: usize = 16;
/// Between these lies the correlation of the tries of one edge: what is expected of it is worth 1 to 9999 tries.
const CORRELATIONS: (f64, f64) = (1e-4, 0.5);

/// What was seen of one edge. 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Who attends.
    pub source: NodeId,
    /// To whom.
    pub target: NodeId,
    /// How often the source heard something from the target, 1 or more.
    pub exposures: u32,
    /// How often it passed that on; at most `exposures`.
    pub shares: u32,
}

/// What is learnt of nodes: the chance over an edge `u → v` is expected to be `rate · readiness[u] · pull[v]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Learnt {
    /// The chance between two nodes of whom nothing is known.
    pub rate: f64,
    /// How well each node is listened to; 1 is usual.
    pub pull: Vec<f64>,
    /// How readily each node passes on what it hears; 1 is usual.
    pub readiness: Vec<f64>,
    /// By how much pulls differ.
    pub pull_variance: f64,
    /// By how much readiness differs.
    pub readiness_variance: f64,
    /// As many exposures as what is expected of an edge is worth.
    pub prior: f64,
}

/// Learns how likely nodes are to pass on what they hear, from what was seen of edges.
///
/// The expected chance of an edge is the product of a rate, the pull of its target and the readiness of its source.
/// The factors are fitted in turn. With the other side held, a node's factor is
/// `(shares + 1 / variance) / (expected shares + 1 / variance)`: the mean of a gamma distribution of mean 1, after
/// what was counted. So a node that was hardly ever tried stays near 1. The variance is the one with which the
/// squared errors are as large as they should be (the method of moments), chance included. The rate is the mean over
/// targets, those that were tried often counting no more than they can say. At the end the same method finds how much
/// single edges stray from what is expected of them, and with that `prior`; see [`Learnt::chance`].
///
/// - **Input**: `trials` sorted by source and target, each pair once, of nodes below `node_count`.
/// - **Output**: factors above 0; 1 for nodes without a trial. Without any trial the rate is [`LEAST_CHANCE`].
/// - **Stop**: after eight sweeps.
/// - **Cost**: time O(trials + nodes tried) a sweep, parallel; memory 16 bytes a trial, 16 a node and 32 a node
///   tried.
/// - **Same bits**: for any thread count; sums go by node and then through `num::block_sum_by`.
/// - **Source**: iterative proportional fitting (Deming, Stephan 1940) of the multiplicative model; gamma-Poisson
///   shrinkage (Clayton, Kaldor 1987); variance by moments (Paule, Mandel 1982); beta-binomial moments (Kleinman
///   1973).
/// - **Checked by**: `tests/it/influence/learn.rs` — closed forms, a dull twin, planted factors found again, relabelling; and
///   `tests/it/pipeline/influence.rs` — the chances that were planted in the bundled data.
///
/// ```
/// use plaudit::{ids::NodeId, influence::{Trial, learn}};
/// // 0 and 1 attend to 2, who is shared every other time, and to 3, who hardly ever is.
/// let trial = |u, v, shares| Trial { source: NodeId(u), target: NodeId(v), exposures: 100, shares };
/// let learnt = learn(4, &[trial(0, 2, 50), trial(0, 3, 2), trial(1, 2, 48), trial(1, 3, 1)]);
/// let [high, low] = [2, 3].map(|v| learnt.expected(NodeId(0), NodeId(v)));
/// assert!((0.45..0.55).contains(&high) && low < 0.03);
/// ```
pub fn learn(node_count: usize, trials: &[Trial]) -> Learnt {
    assert!(
        trials.iter().all(|trial| (1..=trial.exposures).contains(&trial.shares.max(1))),
        "invariant: tried"
    );
    let by_source = trials;
    let mut by_target = trials.to_vec();
    by_target.par_sort_unstable_by_key(|trial| (trial.target, trial.source));
    let counted = |of: fn(&Trial) -> u32| trials.iter().map(|trial| u64::from(of(trial))).sum::<u64>();
    let (exposures, shares) = (counted(|trial| trial.exposures), counted(|trial| trial.shares));
    let mut learnt = Learnt {
        rate: (shares as f64 / exposures.max(1) as f64).clamp(LEAST_CHANCE, MOST_EXPECTED),
        pull: vec![1.0; node_count],
        readiness: vec![1.0; node_count],
        pull_variance: 1.0,
        readiness_variance: 1.0,
        prior: 1.0,
    };
    for _ in 0..SWEEPS {
        let mut sums =
            learnt.sums(&by_target, |trial| trial.target, |trial| learnt.readiness[trial.source.index()]);
        learnt.level(&mut sums);
        learnt.pull_variance = variance(&sums);
        for sum in &sums {
            learnt.pull[sum.node.index()] = sum.factor(learnt.pull_variance);
        }
        let sums = learnt.sums(by_source, |trial| trial.source, |trial| learnt.pull[trial.target.index()]);
        learnt.readiness_variance = variance(&sums);
        for sum in &sums {
            learnt.readiness[sum.node.index()] = sum.factor(learnt.readiness_variance);
        }
    }
    let correlation = learnt.correlation(trials);
    learnt.prior = 1.0 / correlation - 1.0;
    learnt
}

/// What was expected of all trials of one node, its own factor left out, and what was counted.
#[derive(Clone, Copy, Debug)]
struct Sum {
    node: NodeId,
    expected: f64,
    /// The variance that the counted shares have by chance.
    noise: f64,
    counted: f64,
}

impl Sum {
    fn factor(&self, variance: f64) -> f64 {
        (self.counted + 1.0 / variance) / (self.expected + 1.0 / variance)
    }
}

impl Learnt {
    /// What is expected of the edge before it is tried.
    pub fn expected(&self, source: NodeId, target: NodeId) -> f64 {
        (self.rate * self.readiness[source.index()] * self.pull[target.index()])
            .clamp(LEAST_CHANCE, MOST_EXPECTED)
    }

    /// The chance of an edge: `(shares + prior · expected) / (exposures + prior)`, never below [`LEAST_CHANCE`] nor
    /// above [`MOST_CHANCE`]. Without exposures it is what is expected.
    pub fn chance(&self, trial: &Trial) -> f64 {
        let seen = f64::from(trial.shares) + self.prior * self.expected(trial.source, trial.target);
        (seen / (f64::from(trial.exposures) + self.prior)).clamp(LEAST_CHANCE, MOST_CHANCE)
    }

    /// The sums of the trials of each node, which stand together; `other` is the factor of the other end.
    fn sums(
        &self,
        trials: &[Trial],
        node: fn(&Trial) -> NodeId,
        other: impl Fn(&Trial) -> f64 + Sync,
    ) -> Vec<Sum> {
        let sum = |trials: &[Trial]| {
            let mut sum = Sum { node: node(&trials[0]), expected: 0.0, noise: 0.0, counted: 0.0 };
            for trial in trials {
                let expected = f64::from(trial.exposures) * self.rate * other(trial);
                sum.expected += expected;
                sum.noise += expected * (1.0 - self.expected(trial.source, trial.target));
                sum.counted += f64::from(trial.shares);
            }
            sum
        };
        trials.par_chunk_by(|a, b| node(a) == node(b)).map(sum).collect()
    }

    /// Sets the rate so that the mean pull is 1, and what is expected with it.
    fn level(&mut self, sums: &mut [Sum]) {
        let variance = self.pull_variance;
        let mean = |of: fn(&Sum) -> f64| total(sums, |sum| of(sum) / (1.0 + variance * sum.expected));
        let (counted, expected) = (mean(|sum| sum.counted), mean(|sum| sum.expected));
        if expected == 0.0 {
            return;
        }
        let rate = (self.rate * counted / expected).clamp(LEAST_CHANCE, MOST_EXPECTED);
        let ratio = rate / self.rate;
        self.rate = rate;
        for sum in sums {
            sum.expected *= ratio;
            sum.noise *= ratio;
        }
    }

    /// How much the tries of one edge have in common beyond what is expected of it.
    fn correlation(&self, trials: &[Trial]) -> f64 {
        let of = |trial: &Trial| {
            let (tries, p) = (f64::from(trial.exposures), self.expected(trial.source, trial.target));
            let (error, noise) = (f64::from(trial.shares) - tries * p, tries * p * (1.0 - p));
            (error * error - noise, noise * (tries - 1.0))
        };
        let excess = total(trials, |trial| of(trial).0);
        let room = total(trials, |trial| of(trial).1);
        let (least, most) = CORRELATIONS;
        if room > 0.0 { (excess / room).clamp(least, most) } else { most }
    }
}

/// The sum over all items, in blocks that the data fixes.
fn total<T: Sync>(items: &[T], of: impl Fn(&T) -> f64 + Sync + Send) -> f64 {
    num::block_sum_by(items.len(), |range| items[range].iter().map(&of).sum())
}

/// The variance of the factors with which the squared errors are as large as they should be.
fn variance(sums: &[Sum]) -> f64 {
    let (mut low, mut high) = VARIANCES;
    for _ in 0..HALVINGS {
        let middle = (low * high).sqrt();
        let excess = |sum: &Sum| {
            let error = sum.counted - sum.expected;
            error * error / (sum.noise + middle * sum.expected * sum.expected) - 1.0
        };
        if total(sums, excess) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low * high).sqrt()
}

/// The graph with the chance of each edge as its weight, in units of 2^-30 or coarser.
///
/// - **Input**: any graph; `trials` as for [`learn`], of edges of the graph.
/// - **Output**: the same nodes and edges, every weight ≥ 1, for [`Chance::Weight`](super::Chance::Weight).
/// - **Cost**: that of [`graph::reweighted`].
/// - **Checked by**: `tests/it/influence/learn.rs`: each edge by itself.
pub fn learnt_graph(g: &Graph, learnt: &Learnt, trials: &[Trial]) -> Graph {
    let units = 1.0 / LEAST_CHANCE;
    graph::reweighted(g, CHANCE_UNIT_LOG2, |source, neighbours, weights| {
        let first = trials.partition_point(|trial| trial.source < source);
        let mut own = trials[first..].iter().take_while(|trial| trial.source == source).peekable();
        for &target in neighbours {
            let unseen = Trial { source, target, exposures: 0, shares: 0 };
            let trial = own.next_if(|trial| trial.target == target).copied().unwrap_or(unseen);
            weights.push(num::floor_u64(learnt.chance(&trial) * units + 0.5));
        }
    })
}

/// The mean chance of the edges of a graph that [`learnt_graph`] made; 0 without edges.
pub fn mean_chance(g: &Graph) -> f64 {
    let units: u64 = g.out_edges().strengths().par_iter().sum();
    units as f64 * g.weight_unit() / g.edge_count().max(1) as f64
}

/// The most memory that [`learn`] and [`learnt_graph`] take beside the trials and the graphs.
pub fn learning_bytes(node_count: usize, trial_count: u64) -> u64 {
    16 * trial_count + offset64(node_count) * (16 + offset64(2 * size_of::<Sum>()))
}
