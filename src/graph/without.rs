//! A graph like another: less the edges of some sources, or with other weights.

use std::ops::Range;

use rayon::prelude::*;

use super::{BuildConfig, Directions, EdgeBlock, Graph, Weighting, build_blocks, weights::exponent};
use crate::ids::NodeId;

/// Into how many blocks of about equal edges the rows are read. Part of no result.
const BLOCKS: usize = 512;

/// The same nodes without the edges whose source is `left_out`, in the same form.
///
/// - **Input**: `left_out[NodeId]`.
/// - **Output**: a graph of as many nodes with the same numbers; weights and their unit as they were.
/// - **Stop**: after one pass over the out-edges, and that of the builder.
/// - **Cost**: that of [`build_blocks`], whose blocks are read from the rows.
/// - **Same bits**: for any thread count.
/// - **Source**: the definition.
/// - **Checked by**: `tests/it/pipeline/trust.rs`: a graph built from the edges that are left.
pub fn without_sources(g: &Graph, left_out: &[bool]) -> Graph {
    assert_eq!(left_out.len(), g.node_count(), "invariant: a word a node");
    let block = |rows: Range<usize>| {
        let (mut ends, mut weights) = (Vec::new(), Vec::new());
        let mut reader = g.out_edges().rows();
        for u in rows.filter(|&u| !left_out[u]).map(NodeId::new) {
            let row = reader.row(u);
            ends.extend(row.targets.iter().map(|v| [u.0, v.0]));
            weights.extend(row.weights.into_iter().flatten().map(|&weight| u64::from(weight)));
        }
        EdgeBlock { ends: ends.into(), weights: weights.into() }
    };
    let weighting = if g.is_weighted() {
        // Weights fit already, so nothing is scaled again.
        Weighting::FixedPoint { unit_log2: exponent(g.weight_unit()) }
    } else {
        Weighting::Unweighted
    };
    rebuilt(g, weighting, block)
}

/// The same nodes and edges with other weights, in the same form.
///
/// - **Input**: `weigh(u, neighbours, weights)` adds the weight of the edge to each neighbour of `u`, in order, each
///   ≥ 1 and worth 2 to the power of `unit_log2`.
/// - **Output**: a graph of as many nodes and edges; where the weights add up to 2^52 or more, its unit is coarser, as
///   [`build_blocks`] says.
/// - **Stop**: after one pass over the out-edges, and that of the builder.
/// - **Cost**: that of [`build_blocks`], whose blocks are read from the rows.
/// - **Same bits**: for any thread count.
/// - **Source**: the definition.
/// - **Checked by**: `tests/it/influence/learn.rs`: rows and weights one by one, in both forms.
pub fn reweighted(
    g: &Graph,
    unit_log2: i32,
    weigh: impl Fn(NodeId, &[NodeId], &mut Vec<u64>) + Sync,
) -> Graph {
    let block = |rows: Range<usize>| {
        let (mut ends, mut weights) = (Vec::new(), Vec::new());
        let mut reader = g.out_edges().rows();
        for u in rows.map(NodeId::new) {
            let neighbours = reader.neighbours(u);
            ends.extend(neighbours.iter().map(|v| [u.0, v.0]));
            weigh(u, neighbours, &mut weights);
            assert_eq!(weights.len(), ends.len(), "invariant: a weight an edge");
        }
        assert!(!weights.contains(&0), "invariant: an edge of weight 0 is none");
        EdgeBlock { ends: ends.into(), weights: weights.into() }
    };
    rebuilt(g, Weighting::FixedPoint { unit_log2 }, block)
}

/// The graph of as many nodes as `g`, in its form, whose edges `block` reads from ranges of rows.
fn rebuilt(
    g: &Graph,
    weighting: Weighting,
    block: impl Fn(Range<usize>) -> EdgeBlock + Sync + Send,
) -> Graph {
    let blocks = g.out_edges().balanced_ranges(BLOCKS).into_par_iter().map(block).collect();
    let cfg = BuildConfig { directions: Directions::AsWritten, weighting, form: g.out_edges().form() };
    let numbers: Vec<NodeId> = g.nodes().collect();
    build_blocks(g.node_count(), blocks, &numbers, &cfg)
}
