//! How likely is it that a node which attends to another passes on what it hears from there?

use rayon::prelude::*;

use crate::{
    graph::{Graph, Row, Rows},
    ids::{NodeId, id32, index64, offset64},
    num,
};

/// The probability that a node is moved over one edge: by whom it attends to.
#[derive(Clone, Debug, PartialEq)]
pub enum Chance {
    /// The same over every edge, above 0, at most 1.
    Fixed(f64),
    /// The share that the edge has in the strength of all edges of its source: weighted cascade (Kempe, Kleinberg,
    /// Tardos 2003). Who attends to many is moved by each of them the less.
    WeightedCascade,
    /// The weight of the edge, at most 1.
    Weight,
}

/// How influence spreads from those who are active to those who attend to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Diffusion {
    /// Independent cascade: each active node has one chance to move each node that attends to it, by the edge.
    #[default]
    IndependentCascade,
    /// Linear threshold: a node becomes active once the chances of the active nodes that it attends to add up to its
    /// threshold, which is drawn evenly from 0 to 1. Those of a node add up to 1 at most.
    LinearThreshold,
}

/// Why a graph has no such model.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Not a probability, or 0, with which nothing spreads.
    #[error("a probability of {chance} cannot be: a number above 0, at most 1 is expected")]
    BadChance {
        /// What was asked for.
        chance: f64,
    },
    /// A weight that is no probability.
    #[error(
        "the edge from node {source_node} to node {target} has a weight of {weight}: as a probability it may be 1 at most"
    )]
    WeightAboveOne {
        /// Where the edge begins.
        source_node: u32,
        /// Where it ends.
        target: u32,
        /// What it weighs.
        weight: f64,
    },
    /// Thresholds of 1 would be passed by inactive nodes.
    #[error(
        "the probabilities of node {node} add up to {sum}: for the linear threshold model they may be 1 at most"
    )]
    SumAboveOne {
        /// Who attends to all of them.
        node: u32,
        /// What they add up to.
        sum: f64,
    },
}

/// Who moves whom, and with which probability.
#[derive(Debug)]
pub struct SpreadModel<'g> {
    pub(super) graph: &'g Graph,
    pub(super) diffusion: Diffusion,
    pub(super) edges: Edges,
}

/// The edges of each source, as they are drawn from.
#[derive(Debug)]
pub(super) enum Edges {
    /// The rows of the graph: within a row all chances are the same.
    Even(Even),
    /// Rows of their own, the likeliest edge first.
    Sorted(SortedRows),
}

/// The chance of every edge of a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Even {
    Fixed(f64),
    /// One over the length of the row.
    Inverse,
}

/// Rows by falling chance, ties by rising target.
#[derive(Debug)]
pub(super) struct SortedRows {
    offsets: Vec<u64>,
    targets: Vec<NodeId>,
    chances: Vec<f32>,
}

impl Even {
    pub(super) fn of(self, degree: usize) -> f64 {
        match self {
            Self::Fixed(chance) => chance,
            Self::Inverse => 1.0 / degree as f64,
        }
    }
}

impl SortedRows {
    /// Whom `u` attends to and with what chance they move it.
    #[inline]
    pub(super) fn row(&self, u: NodeId) -> (&[NodeId], &[f32]) {
        let row = index64(self.offsets[u.index()])..index64(self.offsets[u.index() + 1]);
        (&self.targets[row.clone()], &self.chances[row])
    }
}

/// Above 1 by less than this is rounding.
const ROUNDING: f64 = 1e-6;

impl<'g> SpreadModel<'g> {
    /// Gives every edge its probability.
    ///
    /// An edge `u → v` says that `u` attends to `v`; so influence flows from `v` to `u`, with the chance of that edge.
    ///
    /// - **Input**: any graph; self-loops move nobody, but count in the strength of their node.
    /// - **Cost**: nothing where all edges of a node have the same chance; else time O(m log d), memory 8 bytes an edge
    ///   and a node.
    /// - **Source**: Kempe, Kleinberg, Tardos 2003.
    /// - **Checked by**: `tests/it/influence/seeds.rs`.
    ///
    /// # Errors
    /// [`ModelError`]: what should be a probability is none, or the linear threshold model has no room for them.
    pub fn new(graph: &'g Graph, diffusion: Diffusion, chance: &Chance) -> Result<Self, ModelError> {
        let weighted = graph.out_edges().is_weighted();
        let edges = match *chance {
            Chance::Fixed(chance) if chance > 0.0 && chance <= 1.0 => Edges::Even(Even::Fixed(chance)),
            Chance::Fixed(chance) => return Err(ModelError::BadChance { chance }),
            Chance::WeightedCascade if !weighted => Edges::Even(Even::Inverse),
            Chance::WeightedCascade => {
                Edges::Sorted(sorted(graph, |row, weight| f64::from(weight) / row as f64))
            }
            Chance::Weight if !weighted => Edges::Even(Even::Fixed(1.0)),
            Chance::Weight => {
                let unit = graph.weight_unit();
                refuse_above_one(graph)?;
                Edges::Sorted(sorted(graph, |_, weight| f64::from(weight) * unit))
            }
        };
        let model = Self { graph, diffusion, edges };
        if diffusion == Diffusion::LinearThreshold {
            model.refuse_sums_above_one()?;
        }
        Ok(model)
    }

    /// The number of nodes.
    pub fn node_count(&self) -> usize {
        self.graph.node_count()
    }

    /// Whom each of `nodes` moves in one step, on average, with what these are worth.
    pub(super) fn first_step(&self, nodes: &[NodeId], worth: Option<&[u64]>) -> Vec<f64> {
        let worth = |u: NodeId| worth.map_or(1.0, |worth| worth[u.index()] as f64);
        let out = self.graph.out_edges();
        match &self.edges {
            Edges::Even(even) => {
                let moved = |&u: &NodeId| even.of(out.degree(u)) * worth(u);
                let sum = |rows: &mut Rows<'_>, &v: &NodeId| rows.neighbors(v).iter().map(moved).sum();
                nodes.par_iter().map_init(|| self.graph.in_edges().rows(), sum).collect()
            }
            // Rows of their own are there by source only.
            Edges::Sorted(rows) => {
                let mut sums = vec![0.0; self.graph.node_count()];
                for u in self.graph.nodes() {
                    let (row, chances) = rows.row(u);
                    for (v, &chance) in row.iter().zip(chances) {
                        sums[v.index()] += f64::from(chance) * worth(u);
                    }
                }
                nodes.iter().map(|v| sums[v.index()]).collect()
            }
        }
    }

    /// Fails where the chances of a node add up to more than 1.
    fn refuse_sums_above_one(&self) -> Result<(), ModelError> {
        let sum = |u: NodeId| match &self.edges {
            Edges::Even(even) => {
                let degree = self.graph.out_edges().degree(u);
                if degree == 0 { 0.0 } else { even.of(degree) * degree as f64 }
            }
            Edges::Sorted(rows) => rows.row(u).1.iter().map(|&chance| f64::from(chance)).sum(),
        };
        let above = |u: u32| Some((u, sum(NodeId(u)))).filter(|(_, sum)| *sum > 1.0 + ROUNDING);
        match (0..id32(self.graph.node_count())).into_par_iter().find_map_first(above) {
            Some((node, sum)) => Err(ModelError::SumAboveOne { node, sum }),
            None => Ok(()),
        }
    }
}

fn refuse_above_one(graph: &Graph) -> Result<(), ModelError> {
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

/// Rows in the order of their chances: `chance` of the strength of the row and the weight of the edge.
fn sorted(graph: &Graph, chance: impl Fn(u64, u32) -> f64 + Sync) -> SortedRows {
    let edges = graph.out_edges();
    let degree = |u: usize| offset64(edges.degree(NodeId::new(u)));
    let offsets = num::prefix_sums((0..graph.node_count()).map(degree));
    let (mut targets, mut chances) =
        (vec![NodeId(0); index64(graph.edge_count())], vec![0.0_f32; index64(graph.edge_count())]);
    let ranges = edges.ranges_of(RANGE_EDGES);
    let lengths = || ranges.iter().map(|range| index64(offsets[range.end] - offsets[range.start]));
    let parts = num::split_by_lengths(&mut targets, lengths()).into_par_iter();
    let parts = parts.zip(num::split_by_lengths(&mut chances, lengths())).zip(&ranges);
    parts.for_each(|((targets, chances), range)| {
        let (mut rows, mut sorted, mut start) = (edges.rows(), Vec::new(), 0);
        for u in range.clone() {
            let row = rows.row(NodeId::new(u));
            sort_row(row, &chance, &mut sorted);
            for (at, &(chance, target)) in (start..).zip(&sorted) {
                (targets[at], chances[at]) = (target, chance);
            }
            start += sorted.len();
        }
    });
    SortedRows { offsets, targets, chances }
}

/// Edges of the rows that one task sorts, about.
const RANGE_EDGES: usize = 1 << 16;

fn sort_row(row: Row<'_>, chance: &impl Fn(u64, u32) -> f64, sorted: &mut Vec<(f32, NodeId)>) {
    let strength = row.strength();
    #[expect(clippy::cast_possible_truncation, reason = "a probability to 24 binary digits")]
    let rounded = |weight| chance(strength, weight).min(1.0) as f32;
    sorted.clear();
    sorted.extend(row.iter().map(|(v, weight)| (rounded(weight), v)));
    sorted.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
}
