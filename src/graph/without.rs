//! A graph less the edges of some sources.

use rayon::prelude::*;

use super::{Csr, Graph, Row, transpose};
use crate::{
    ids::{NodeId, id32, offset64},
    num::prefix_sums,
};

/// The same nodes without the edges whose source is `left_out`.
///
/// - **Input**: `left_out[NodeId]`.
/// - **Cost**: time O(n + m), parallel; memory that of a second graph, and of [`transpose`].
/// - **Same bits**: for any thread count.
/// - **Checked by**: `tests/it/trust.rs`: a graph built from the edges that are left.
pub fn without_sources(g: &Graph, left_out: &[bool]) -> Graph {
    assert_eq!(left_out.len(), g.node_count(), "invariant: a word a node");
    let kept: Vec<NodeId> = (0..id32(g.node_count())).map(NodeId).filter(|u| !left_out[u.index()]).collect();
    let row = |u: &NodeId| -> Row<'_> { g.out_edges().row(*u) };
    let degrees = left_out.iter().zip(g.nodes());
    let degrees = degrees.map(|(&out, u)| if out { 0 } else { offset64(g.out_edges().degree(u)) });
    let offsets = prefix_sums(degrees);
    let targets: Vec<NodeId> = kept.par_iter().flat_map_iter(|u| row(u).targets.iter().copied()).collect();
    let weights: Option<Vec<u32>> = g.is_weighted().then(|| {
        let weights = |u| row(u).weights.unwrap_or_default().iter().copied();
        kept.par_iter().flat_map_iter(weights).collect()
    });
    let out_edges = Csr::from_parts(offsets.into(), targets.into(), weights.map(Into::into));
    let in_edges = transpose(&out_edges);
    Graph::from_parts(out_edges, in_edges, g.weight_unit())
}
