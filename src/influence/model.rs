//! The diffusion model: which nodes activate which, and the probability of every edge.

use rayon::prelude::*;

use crate::{
    graph::{Graph, Row, Rows},
    ids::{NodeId, id32, index64, offset64},
    influence::edge_sampler::skip_scale,
    num,
};

/// How the probability of an edge `u → v` is chosen. It is the probability that an active `v` activates `u`.
#[derive(Clone, Debug, PartialEq)]
pub enum EdgeProbability {
    /// The same probability for every edge: above 0 and at most 1.
    Fixed(f64),
    /// The weight of the edge divided by the out-strength of `u`: weighted cascade (Kempe, Kleinberg, Tardos 2003). The
    /// probabilities of the out-edges of a node add up to 1, so the more nodes it attends to, the less each of them
    /// influences it.
    WeightedCascade,
    /// The weight of the edge, at most 1.
    Weight,
}

/// How influence spreads from active nodes to the nodes that attend to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Diffusion {
    /// Independent cascade: each node that becomes active has one chance to activate each node that attends to it, with
    /// the probability of the edge.
    #[default]
    IndependentCascade,
    /// Linear threshold: a node becomes active once the probabilities of its edges to active nodes add up to its
    /// threshold, which is uniform in `[0, 1]`. The probabilities of a node's out-edges add up to at most 1.
    LinearThreshold,
}

/// Why no spread model of a graph can be built.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The fixed probability is out of range; with 0 nothing spreads.
    #[error("an edge probability of {probability} is out of range: a number above 0, at most 1 is expected")]
    BadProbability {
        /// The value given.
        probability: f64,
    },
    /// A weight above 1 cannot be a probability.
    #[error(
        "the edge from node {source_node} to node {target} has a weight of {weight}: as a probability it may be 1 at most"
    )]
    WeightAboveOne {
        /// The source of the edge.
        source_node: u32,
        /// The target of the edge.
        target: u32,
        /// The weight of the edge.
        weight: f64,
    },
    /// The probabilities of a node's out-edges add up to more than 1, so the node would pass a threshold of 1 although
    /// some of their targets are inactive.
    #[error(
        "the probabilities of node {node} add up to {sum}: for the linear threshold model they may be 1 at most"
    )]
    SumAboveOne {
        /// The source of these edges.
        node: u32,
        /// The sum of their probabilities.
        sum: f64,
    },
}

/// A graph whose edges have activation probabilities.
#[derive(Debug)]
pub struct SpreadModel<'g> {
    pub(super) graph: &'g Graph,
    pub(super) diffusion: Diffusion,
    pub(super) edges: ModelEdges,
}

/// The out-edges of every node with their probabilities, in the form that the sampling reads.
#[derive(Debug)]
pub(super) enum ModelEdges {
    /// The rows of the graph: all edges of a row have the same probability.
    Uniform(RowProbability),
    /// Rows that are stored apart from the graph, sorted by falling probability.
    Sorted(SortedRows),
}

/// The probability that all edges of one row have, and its [`skip_scale`]. The scale is stored because one logarithm
/// for each row would take as long as the rest of the sampling.
#[derive(Debug)]
pub(super) enum RowProbability {
    Fixed {
        probability: f64,
        scale: f64,
    },
    /// The probability is one over the length of the row. `scales` holds the skip scale of every length below
    /// [`SCALED_LENGTHS`].
    InverseDegree {
        scales: Vec<f64>,
    },
}

/// Rows of this length or longer have no stored skip scale: they are rare, and one logarithm takes little time compared
/// with sampling their edges.
const SCALED_LENGTHS: usize = 1024;

/// The out-edges of every node, each row sorted by falling probability, ties by rising target.
#[derive(Debug)]
pub(super) struct SortedRows {
    offsets: Vec<u64>,
    targets: Vec<NodeId>,
    probabilities: Vec<f32>,
}

impl RowProbability {
    fn fixed(probability: f64) -> Self {
        Self::Fixed { probability, scale: skip_scale(probability) }
    }

    fn inverse_degree() -> Self {
        Self::InverseDegree {
            scales: (0..SCALED_LENGTHS).map(|degree| skip_scale(1.0 / degree as f64)).collect(),
        }
    }

    pub(super) fn of_degree(&self, degree: usize) -> f64 {
        match self {
            Self::Fixed { probability, .. } => *probability,
            Self::InverseDegree { .. } => 1.0 / degree as f64,
        }
    }

    /// The [`skip_scale`] of a row of `degree` edges.
    #[inline]
    pub(super) fn scale_of_degree(&self, degree: usize) -> f64 {
        match self {
            Self::Fixed { scale, .. } => *scale,
            Self::InverseDegree { scales } => {
                scales.get(degree).copied().unwrap_or_else(|| skip_scale(1.0 / degree as f64))
            }
        }
    }
}

impl SortedRows {
    /// The nodes that `u` attends to, with the probability that each of them activates it.
    #[inline]
    pub(super) fn row(&self, u: NodeId) -> (&[NodeId], &[f32]) {
        let row = index64(self.offsets[u.index()])..index64(self.offsets[u.index() + 1]);
        (&self.targets[row.clone()], &self.probabilities[row])
    }
}

/// Sums above 1 by less than this are rounding errors.
const ROUNDING: f64 = 1e-6;

impl<'g> SpreadModel<'g> {
    /// Assigns a probability to every edge.
    ///
    /// An edge `u → v` says that `u` attends to `v`; so influence flows from `v` to `u`, with the probability of that
    /// edge.
    ///
    /// - **Input**: any graph; self-loops activate nothing, but count in the out-strength of their node.
    /// - **Cost**: none where all edges of a node have the same probability; else time O(m log d), where d is the
    ///   largest out-degree, and memory 8 bytes an edge and 8 a node.
    /// - **Source**: Kempe, Kleinberg, Tardos 2003.
    /// - **Checked by**: `tests/it/influence/seeds.rs`.
    ///
    /// # Errors
    /// [`ModelError`]: a probability is out of range, or, for linear threshold, the probabilities of a node's out-edges
    /// add up to more than 1.
    pub fn new(
        graph: &'g Graph,
        diffusion: Diffusion,
        probability: &EdgeProbability,
    ) -> Result<Self, ModelError> {
        let weighted = graph.out_edges().is_weighted();
        let edges = match *probability {
            EdgeProbability::Fixed(p) if p > 0.0 && p <= 1.0 => ModelEdges::Uniform(RowProbability::fixed(p)),
            EdgeProbability::Fixed(probability) => return Err(ModelError::BadProbability { probability }),
            EdgeProbability::WeightedCascade if !weighted => {
                ModelEdges::Uniform(RowProbability::inverse_degree())
            }
            EdgeProbability::WeightedCascade => {
                ModelEdges::Sorted(sorted_rows(graph, |out_strength, weight| {
                    f64::from(weight) / out_strength as f64
                }))
            }
            EdgeProbability::Weight if !weighted => ModelEdges::Uniform(RowProbability::fixed(1.0)),
            EdgeProbability::Weight => {
                let unit = graph.weight_unit();
                check_weights(graph)?;
                ModelEdges::Sorted(sorted_rows(graph, |_, weight| f64::from(weight) * unit))
            }
        };
        let model = Self { graph, diffusion, edges };
        if diffusion == Diffusion::LinearThreshold {
            model.check_sums()?;
        }
        Ok(model)
    }

    /// The number of nodes.
    pub fn node_count(&self) -> usize {
        self.graph.node_count()
    }

    /// For each of `nodes`, the expected worth of the nodes that it activates in one step.
    pub(super) fn one_step_spread(&self, nodes: &[NodeId], worth: Option<&[u64]>) -> Vec<f64> {
        let worth = |u: NodeId| worth.map_or(1.0, |worth| worth[u.index()] as f64);
        let out = self.graph.out_edges();
        match &self.edges {
            ModelEdges::Uniform(probability) => {
                let expected = |&u: &NodeId| probability.of_degree(out.degree(u)) * worth(u);
                let sum = |rows: &mut Rows<'_>, &v: &NodeId| rows.neighbors(v).iter().map(expected).sum();
                nodes.par_iter().map_init(|| self.graph.in_edges().rows(), sum).collect()
            }
            // Sorted rows exist by source only, so the sums of all nodes are scattered in one pass.
            ModelEdges::Sorted(rows) => {
                let mut sums = vec![0.0; self.graph.node_count()];
                for u in self.graph.nodes() {
                    let (row, probabilities) = rows.row(u);
                    for (v, &probability) in row.iter().zip(probabilities) {
                        sums[v.index()] += f64::from(probability) * worth(u);
                    }
                }
                nodes.iter().map(|v| sums[v.index()]).collect()
            }
        }
    }

    fn check_sums(&self) -> Result<(), ModelError> {
        let sum = |u: NodeId| match &self.edges {
            ModelEdges::Uniform(probability) => {
                let degree = self.graph.out_edges().degree(u);
                if degree == 0 { 0.0 } else { probability.of_degree(degree) * degree as f64 }
            }
            ModelEdges::Sorted(rows) => rows.row(u).1.iter().map(|&p| f64::from(p)).sum(),
        };
        let above = |u: u32| Some((u, sum(NodeId(u)))).filter(|(_, sum)| *sum > 1.0 + ROUNDING);
        match (0..id32(self.graph.node_count())).into_par_iter().find_map_first(above) {
            Some((node, sum)) => Err(ModelError::SumAboveOne { node, sum }),
            None => Ok(()),
        }
    }
}

fn check_weights(graph: &Graph) -> Result<(), ModelError> {
    let unit = graph.weight_unit();
    let above = |u: u32| {
        let mut rows = graph.out_edges().rows();
        let mut row = rows.row(NodeId(u)).iter().map(|(v, weight)| (v, f64::from(weight) * unit));
        row.find(|(_, weight)| *weight > 1.0 + ROUNDING).map(|(v, weight)| (u, v.0, weight))
    };
    match (0..id32(graph.node_count())).into_par_iter().find_map_first(above) {
        Some((source_node, target, weight)) => {
            Err(ModelError::WeightAboveOne { source_node, target, weight })
        }
        None => Ok(()),
    }
}

/// Copies the rows of the graph, each sorted by falling probability; `probability` is a function of the out-strength of
/// the row and the weight of the edge.
fn sorted_rows(graph: &Graph, probability: impl Fn(u64, u32) -> f64 + Sync) -> SortedRows {
    let edges = graph.out_edges();
    let degree = |u: usize| offset64(edges.degree(NodeId::new(u)));
    let offsets = num::prefix_sums((0..graph.node_count()).map(degree));
    let (mut targets, mut probabilities) =
        (vec![NodeId(0); index64(graph.edge_count())], vec![0.0_f32; index64(graph.edge_count())]);
    let ranges = edges.ranges_of(RANGE_EDGES);
    let lengths = || ranges.iter().map(|range| index64(offsets[range.end] - offsets[range.start]));
    let parts = num::split_by_lengths(&mut targets, lengths()).into_par_iter();
    let parts = parts.zip(num::split_by_lengths(&mut probabilities, lengths())).zip(&ranges);
    parts.for_each(|((targets, probabilities), range)| {
        let (mut rows, mut sorted, mut start) = (edges.rows(), Vec::new(), 0);
        for u in range.clone() {
            let row = rows.row(NodeId::new(u));
            sort_row(row, &probability, &mut sorted);
            for (at, &(probability, target)) in (start..).zip(&sorted) {
                (targets[at], probabilities[at]) = (target, probability);
            }
            start += sorted.len();
        }
    });
    SortedRows { offsets, targets, probabilities }
}

/// About how many edges one task sorts.
const RANGE_EDGES: usize = 1 << 16;

fn sort_row(row: Row<'_>, probability: &impl Fn(u64, u32) -> f64, sorted: &mut Vec<(f32, NodeId)>) {
    let strength = row.strength();
    #[expect(clippy::cast_possible_truncation, reason = "a probability to 24 binary digits")]
    let rounded = |weight| probability(strength, weight).min(1.0) as f32;
    sorted.clear();
    sorted.extend(row.iter().map(|(v, weight)| (rounded(weight), v)));
    sorted.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
}
