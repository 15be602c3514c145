//! Computes the size of the k-hop audience of every node: counts small balls, estimates large ones.

use rayon::prelude::*;

use super::{
    ball::{Ball, Segments},
    batch,
    estimate::Reach,
    hyperball, search,
    settings::{MAX_SEGMENTS, ReachConfig, ReachError},
};
use crate::{
    graph::{Graph, Rows},
    ids::{NodeId, id32, offset64},
};

/// Computes for every node `v` how many distinct other nodes have a path of 1 to `cfg.hops` edges to `v`.
///
/// First each node is searched breadth-first over in-edges, up to `cfg.exact_edges` edges; a level is not expanded if
/// its rows would exceed the limit, so an aborted search is cheap. The balls that are too large are estimated with
/// HyperBall: in each hop, the sketch of a node is united with the sketches of its audience. Every estimate is clamped
/// to bounds that always hold: at least the ball of the last radius that the search finished (one hop or more), at most
/// the number of walks that end in `v` and at most `n - 1`. The `cfg.exact_top` nodes with the largest estimates (on
/// ties, the smaller nodes) are then searched in batches of 512 searches that share their traversals.
///
/// Decayed reach is Σ `cfg.decay`^(t − 1) · (nodes first reached at hop t) over the hops t. If the ball is estimated,
/// its growth from hop to hop is estimated too. By summation by parts, decayed reach is a sum over the balls of each
/// radius with weights ≥ 0. The ends of its interval are the same sum over the ends of the intervals of these balls,
/// which is as wide as if all errors were equal.
///
/// - **Input**: any graph; weights and self-loops do not matter. `cfg.hops` ≥ 1, `cfg.registers` a power of two,
///   `cfg.decay` in `[0, 1]`.
/// - **Output**: one entry per node. Exact: `low == estimate == high`. Estimated: `low ≤ estimate ≤ high`; the interval
///   is 2 standard errors of 1.04 / √registers to each side and covers the truth for at least 95 % of nodes. Errors are
///   not independent: balls that overlap have similar errors. One hop is always exact, and so is a node without
///   audience (0). If `cfg.exact_top` is 0, more hops never make an estimate smaller.
/// - **Stop**: after `cfg.hops` rounds, or once no sketch changes.
/// - **Cost**: time O(n · `cfg.exact_edges`) at worst, far less if balls are small; then, if any node must be
///   estimated, O(hops · m · registers), less if few sketches change in a round, because such a round visits only their
///   neighbors; and O(hops · m) cache lines for each batch of 512 nodes with the largest estimates. Memory 81 n bytes
///   including the result; for each worker, n / 8 and `4 · min(n, cfg.exact_edges)` bytes; during the estimate, for
///   each node that has an audience and lies within `hops - 1` hops of a node to estimate, a sketch of `registers`
///   bytes (two sketches for more than 2 hops) and 145 bytes; after the estimate, 209 n bytes for the batches.
///   [`estimated_bytes`] gives the worst case.
/// - **Same bits**: at any thread count; registers are maxima of hashes, and every node writes only its own registers.
/// - **Source**: Boldi, Vigna 2013 ("In-core computation of geometric centralities with HyperBall"); Flajolet et al.
///   2007 (HyperLogLog, its error); Ertl 2017 (the estimator); Then et al. 2014 ("The More the Merrier: Efficient
///   Multi-Source Graph Traversal", batches of searches).
/// - **Checked by**: `tests/it/reach/hops.rs` — breadth-first search, closed forms, coverage and size of the error,
///   monotone in edges and hops.
///
/// # Errors
/// [`ReachError::BadHops`], [`ReachError::BadRegisters`], [`ReachError::BadDecay`].
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId, reach::{self, ReachConfig}};
/// // 0 attends to 1, and 1 and 3 attend to 2: the 2-hop audience of 2 is 1, 3 and, at the second hop, 0.
/// let edges = [(0, 1), (1, 2), (3, 2)].map(|(u, v)| Edge { source: NodeId(u), target: NodeId(v), weight: 1 });
/// let g = graph::build(4, edges.to_vec(), Weighting::Unweighted);
/// assert_eq!(reach::reach(&g, &ReachConfig::default())?.estimate, [0.0, 1.0, 3.0, 0.0]);
/// # Ok::<(), reach::ReachError>(())
/// ```
pub fn reach(g: &Graph, cfg: &ReachConfig) -> Result<Reach, ReachError> {
    cfg.check()?;
    Ok(compute::<0>(g, &Segments::default(), cfg))
}

/// [`reach`], and for each segment how many of its nodes are in the k-hop audience of each node.
///
/// Searches count the members among the nodes that they find. If the ball is estimated, the number of its members in a
/// segment is estimated too, from a separate sketch for each segment with a quarter of the registers (at least 16). It
/// is clamped to at least the members counted before the search gave up, and at most the size of the segment.
///
/// - **Input**: as [`reach`]; at most [`MAX_SEGMENTS`] lists of nodes of `g`, which may overlap and be empty.
/// - **Output**: as [`reach`], whose numbers do not change; [`Reach::segments`] in the order of `segments`, with
///   intervals twice as wide as the intervals for all nodes.
/// - **Stop**, **Source**: as [`reach`].
/// - **Cost**: as [`reach`], and in addition 24 bytes per node and segment, 33 bytes per node, 224 bytes per estimated
///   node, and sketches that are longer by a quarter for each segment.
/// - **Same bits**: at any thread count, and in any order of a segment's nodes.
/// - **Checked by**: `tests/it/reach/hops.rs` — breadth-first search that counts members, coverage.
///
/// # Errors
/// The errors of [`reach`]; [`ReachError::TooManySegments`].
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId, reach::{self, ReachConfig}};
/// // The 2-hop audience of 2 is 1, 3 and, at the second hop, 0; of these, 0 and 3 are in the segment.
/// let edges = [(0, 1), (1, 2), (3, 2)].map(|(u, v)| Edge { source: NodeId(u), target: NodeId(v), weight: 1 });
/// let g = graph::build(4, edges.to_vec(), Weighting::Unweighted);
/// let reach = reach::reach_by_segment(&g, &[vec![NodeId(0), NodeId(3)]], &ReachConfig::default())?;
/// assert_eq!(reach.segments[0].estimate, [0.0, 1.0, 2.0, 0.0]);
/// # Ok::<(), reach::ReachError>(())
/// ```
pub fn reach_by_segment(g: &Graph, segments: &[Vec<NodeId>], cfg: &ReachConfig) -> Result<Reach, ReachError> {
    cfg.check()?;
    match segments.len() {
        0 => reach(g, cfg),
        1..=MAX_SEGMENTS => Ok(compute::<MAX_SEGMENTS>(g, &Segments::new(g.node_count(), segments), cfg)),
        count => Err(ReachError::TooManySegments { count }),
    }
}

/// [`reach_by_segment`] for at most `S` segments.
fn compute<const S: usize>(g: &Graph, segments: &Segments, cfg: &ReachConfig) -> Reach {
    let audience = audience_sizes(g);
    let balls: Vec<Ball<S>> = search::balls(g, &audience, segments, cfg);
    let mut reach = Reach::zeros(g.node_count(), segments.count());
    let mut incomplete = Vec::new();
    for (v, ball) in g.nodes().zip(&balls) {
        if ball.complete {
            reach.set(v, &ball.exact(), true);
        } else {
            incomplete.push(v);
        }
    }
    let estimates = hyperball::hyperball(g, &audience, &incomplete, &balls, segments, cfg);
    drop((audience, balls));
    incomplete.iter().zip(&estimates).for_each(|(&v, ball)| reach.set(v, ball, false));
    drop(estimates);
    let top = largest(incomplete, &reach.estimate, cfg.exact_top);
    for (&v, ball) in top.iter().zip(batch::balls::<S>(g, &top, segments, cfg)) {
        reach.set(v, &ball.exact(), true);
    }
    reach
}

/// The `count` nodes with the largest estimates, on ties the smaller nodes; sorted by node.
fn largest(mut nodes: Vec<NodeId>, estimate: &[f64], count: u32) -> Vec<NodeId> {
    let count = count as usize;
    let order = |a: &NodeId, b: &NodeId| estimate[b.index()].total_cmp(&estimate[a.index()]).then(a.cmp(b));
    if count < nodes.len() {
        nodes.select_nth_unstable_by(count, order);
        nodes.truncate(count);
    }
    // The balls of adjacent nodes overlap more, so their searches share more.
    nodes.sort_unstable();
    nodes
}

/// Upper estimate of the memory in bytes that [`reach_by_segment`] takes beyond a graph of `node_count` nodes, result
/// included: it assumes that every node has an audience and that some node must be estimated.
pub fn estimated_bytes(node_count: usize, segments: usize, cfg: &ReachConfig) -> u64 {
    let n = offset64(node_count);
    let result = n.saturating_mul(result_bytes(segments));
    let ball = if segments == 0 { size_of::<Ball<0>>() } else { size_of::<Ball<MAX_SEGMENTS>>() };
    let searches = n.saturating_mul(4 + 4 + u64::from(segments > 0) + offset64(ball));
    let worker = n / 8 + 4 * n.min(cfg.exact_edges);
    let workers = offset64(rayon::current_num_threads()).saturating_mul(worker);
    let estimated = cfg.hops > 1 && cfg.exact_edges < n.saturating_mul(n);
    let sketches = if estimated { n.saturating_mul(hyperball::bytes_per_node(cfg, segments)) } else { 0 };
    let top = if estimated && cfg.exact_top > 0 { batch::estimated_bytes(n) } else { 0 };
    [searches, workers, sketches.max(top)].into_iter().fold(result, u64::saturating_add)
}

/// The size of the result of [`reach_by_segment`] in bytes per node.
pub(crate) fn result_bytes(segments: usize) -> u64 {
    (2 + offset64(segments)) * 3 * 8 + 1
}

/// In-degrees without self-loops: a node is not in its own audience.
fn audience_sizes(g: &Graph) -> Vec<u32> {
    let size = |rows: &mut Rows<'_>, v: u32| {
        let row = rows.neighbors(NodeId(v));
        id32(row.len() - usize::from(row.binary_search(&NodeId(v)).is_ok()))
    };
    (0..id32(g.node_count())).into_par_iter().map_init(|| g.in_edges().rows(), size).collect()
}
