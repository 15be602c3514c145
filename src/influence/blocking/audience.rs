//! Who hears it from a node, and with what chance? The edges of a model by whom they lead to.

use crate::{
    graph,
    ids::{NodeId, index64, low32, offset64},
    influence::{
        coins::Coins,
        model::{Diffusion, Edges, Even, SpreadModel},
    },
    num,
};

/// The audience of every node.
pub(super) enum Audience {
    /// The rows of the graph: every edge has the same chance.
    Even(f64),
    /// Rows of their own, the likeliest first.
    Falling(Rows<f32>),
    /// Rows of their own, by linear threshold.
    Parts(Rows<Part>),
}

/// For each node those who attend to it, and what is known of each edge.
pub(super) struct Rows<T> {
    offsets: Vec<u64>,
    entries: Vec<(NodeId, T)>,
}

/// Of all words of 32 bits those for which a node hears this one of those that it attends to, and no other.
#[derive(Clone, Copy, Default)]
pub(super) struct Part {
    first: u32,
    /// Behind the last.
    end: u32,
}

impl<T: Copy + Default> Rows<T> {
    /// Deals the edges to whom they lead to; each row by rising source.
    fn new(model: &SpreadModel<'_>, mut entry: impl FnMut(NodeId, f64) -> T) -> Self {
        let g = model.graph;
        let degree = |v: usize| offset64(g.in_edges().degree(NodeId::new(v)));
        let offsets = num::prefix_sums((0..g.node_count()).map(degree));
        let mut next = offsets.clone();
        let mut entries = vec![(NodeId(0), T::default()); index64(g.edge_count())];
        let mut put = |u: NodeId, v: NodeId, chance: f64| {
            let next = &mut next[v.index()];
            entries[index64(*next)] = (u, entry(u, chance));
            *next += 1;
        };
        let mut plain = g.out_edges().rows();
        for u in g.nodes() {
            match &model.edges {
                Edges::Even(even) => {
                    let row = plain.neighbors(u);
                    for &v in row {
                        put(u, v, even.of(row.len()));
                    }
                }
                Edges::Sorted(rows) => {
                    let (row, chances) = rows.row(u);
                    row.iter().zip(chances).for_each(|(&v, &chance)| put(u, v, f64::from(chance)));
                }
            }
        }
        Self { offsets, entries }
    }

    fn row(&self, v: NodeId) -> &[(NodeId, T)] {
        &self.entries[index64(self.offsets[v.index()])..index64(self.offsets[v.index() + 1])]
    }
}

impl Audience {
    pub(super) fn new(model: &SpreadModel<'_>) -> Self {
        match (&model.edges, model.diffusion) {
            (Edges::Even(Even::Fixed(chance)), Diffusion::IndependentCascade) => Self::Even(*chance),
            (_, Diffusion::IndependentCascade) => Self::Falling(falling(model)),
            (_, Diffusion::LinearThreshold) => Self::Parts(parts(model)),
        }
    }

    /// Who hears it from `v` in the world of this key: a function of both, whatever else is asked.
    pub(super) fn heard(
        &self,
        v: NodeId,
        key: u64,
        rows: &mut graph::Rows<'_>,
        mut heard: impl FnMut(NodeId),
    ) {
        let coins = || Coins::new(num::mix64(key ^ u64::from(v.0)));
        match self {
            Self::Even(chance) => {
                let row = rows.neighbors(v);
                coins().even(row.len(), *chance, |at| heard(row[at]));
            }
            Self::Falling(rows) => {
                let row = rows.row(v);
                coins().falling(row.len(), |at| row[at].1, |at| heard(row[at].0));
            }
            // Here the coin is that of the one who hears: it hears one of those that it attends to, or none.
            Self::Parts(rows) => {
                for &(u, part) in rows.row(v) {
                    let word = low32(num::mix64(key ^ u64::from(u.0)) >> 32);
                    if part.first <= word && word < part.end {
                        heard(u);
                    }
                }
            }
        }
    }
}

fn falling(model: &SpreadModel<'_>) -> Rows<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "a probability to 24 binary digits")]
    let mut rows = Rows::new(model, |_, chance| chance as f32);
    let lengths = rows.offsets.windows(2).map(|pair| index64(pair[1] - pair[0]));
    for row in num::split_by_lengths(&mut rows.entries, lengths) {
        row.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    }
    rows
}

fn parts(model: &SpreadModel<'_>) -> Rows<Part> {
    const WORDS: f64 = 4_294_967_296.0;
    let (mut of, mut sum) = (NodeId::NONE, 0.0);
    let word = |sum: f64| num::saturating_u32(num::floor_u64(sum * WORDS));
    Rows::new(model, |u, chance| {
        if of != u {
            (of, sum) = (u, 0.0);
        }
        let first = word(sum);
        sum += chance;
        Part { first, end: word(sum) }
    })
}
