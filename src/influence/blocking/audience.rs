//! The in-edges of each node of a model. They show which nodes an active node activates in one world.

use crate::{
    graph,
    ids::{NodeId, index64, low32, offset64},
    influence::{
        edge_sampler::EdgeSampler,
        model::{Diffusion, ModelEdges, RowProbability, SpreadModel},
    },
    num,
};

/// The audience of every node, in the form that the sampling reads.
pub(super) enum AudienceRows {
    /// The rows of the graph: all edges have the same probability, given by its [`skip_scale`].
    ///
    /// [`skip_scale`]: crate::influence::edge_sampler::skip_scale
    Uniform(f64),
    /// Rows that are stored apart from the graph, sorted by falling probability.
    Sorted(InRows<f32>),
    /// Rows that are stored apart from the graph, for linear threshold, where a node has at most one live out-edge.
    Threshold(InRows<WordRange>),
}

/// For each node, its in-edges. Each in-edge has its source and a value.
pub(super) struct InRows<T> {
    offsets: Vec<u64>,
    entries: Vec<(NodeId, T)>,
}

/// The range of random 32-bit words for which this out-edge of a node is live. The ranges of a node's out-edges are
/// disjoint.
#[derive(Clone, Copy, Default)]
pub(super) struct WordRange {
    first: u32,
    /// The end of the range, exclusive.
    end: u32,
}

impl<T: Copy + Default> InRows<T> {
    /// Transposes the edges of the model with a counting sort; each row is sorted by rising source. `value` is called
    /// with the source and the probability of each edge, in the order of the out-edges.
    fn new(model: &SpreadModel<'_>, mut value: impl FnMut(NodeId, f64) -> T) -> Self {
        let g = model.graph;
        let degree = |v: usize| offset64(g.in_edges().degree(NodeId::new(v)));
        let offsets = num::prefix_sums((0..g.node_count()).map(degree));
        let mut next = offsets.clone();
        let mut entries = vec![(NodeId(0), T::default()); index64(g.edge_count())];
        let mut put = |u: NodeId, v: NodeId, probability: f64| {
            let next = &mut next[v.index()];
            entries[index64(*next)] = (u, value(u, probability));
            *next += 1;
        };
        let mut out_rows = g.out_edges().rows();
        for u in g.nodes() {
            match &model.edges {
                ModelEdges::Uniform(probability) => {
                    let row = out_rows.neighbors(u);
                    for &v in row {
                        put(u, v, probability.of_degree(row.len()));
                    }
                }
                ModelEdges::Sorted(rows) => {
                    let (row, probabilities) = rows.row(u);
                    row.iter().zip(probabilities).for_each(|(&v, &p)| put(u, v, f64::from(p)));
                }
            }
        }
        Self { offsets, entries }
    }

    fn row(&self, v: NodeId) -> &[(NodeId, T)] {
        &self.entries[index64(self.offsets[v.index()])..index64(self.offsets[v.index() + 1])]
    }
}

impl AudienceRows {
    pub(super) fn new(model: &SpreadModel<'_>) -> Self {
        match (&model.edges, model.diffusion) {
            (ModelEdges::Uniform(RowProbability::Fixed { scale, .. }), Diffusion::IndependentCascade) => {
                Self::Uniform(*scale)
            }
            (_, Diffusion::IndependentCascade) => Self::Sorted(sorted_rows(model)),
            (_, Diffusion::LinearThreshold) => Self::Threshold(threshold_rows(model)),
        }
    }

    /// Calls `activated` with the nodes that an active `v` activates in the world of this key. The nodes depend only on
    /// `v` and `key`.
    pub(super) fn activated_by(
        &self,
        v: NodeId,
        key: u64,
        rows: &mut graph::Rows<'_>,
        mut activated: impl FnMut(NodeId),
    ) {
        let edge_sampler = || EdgeSampler::new(num::mix64(key ^ u64::from(v.0)));
        match self {
            Self::Uniform(scale) => {
                let row = rows.neighbors(v);
                edge_sampler().uniform_row(row.len(), *scale, |at| activated(row[at]));
            }
            Self::Sorted(rows) => {
                let row = rows.row(v);
                edge_sampler().descending_row(row.len(), |at| row[at].1, |at| activated(row[at].0));
            }
            // With linear threshold the random word belongs to the source of the edge: it chooses the only live
            // out-edge of the source.
            Self::Threshold(rows) => {
                for &(u, range) in rows.row(v) {
                    let word = low32(num::mix64(key ^ u64::from(u.0)) >> 32);
                    if range.first <= word && word < range.end {
                        activated(u);
                    }
                }
            }
        }
    }
}

fn sorted_rows(model: &SpreadModel<'_>) -> InRows<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "a probability to 24 binary digits")]
    let mut rows = InRows::new(model, |_, probability| probability as f32);
    let lengths = rows.offsets.windows(2).map(|pair| index64(pair[1] - pair[0]));
    for row in num::split_by_lengths(&mut rows.entries, lengths) {
        row.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    }
    rows
}

fn threshold_rows(model: &SpreadModel<'_>) -> InRows<WordRange> {
    const WORDS: f64 = 4_294_967_296.0;
    let (mut source, mut sum) = (NodeId::NONE, 0.0);
    let word = |sum: f64| num::saturating_u32(num::floor_u64(sum * WORDS));
    InRows::new(model, |u, probability| {
        if source != u {
            (source, sum) = (u, 0.0);
        }
        let first = word(sum);
        sum += probability;
        WordRange { first, end: word(sum) }
    })
}
